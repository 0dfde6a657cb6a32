# shellcheck shell=bash
# What foreign hands do to a node's network, and how one sees that it is as it was. Runs inside node1: bash wounds.sh MODE [WORD...]
# wound.sh tells what these are.
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/wound.sh"

# The peer's subnet, the gateway and MAC of its flannel.1, our own.
peer=$(ip route | grep -m1 "dev flannel.1" | cut -d' ' -f1)
gateway=${peer%/*}
mac=$(ip neigh show "$gateway" dev flannel.1 | sed -n 's/.*lladdr \([^ ]*\).*/\1/p')
node=$(bridge fdb show dev flannel.1 | sed -n "s/^$mac dst \([^ ]*\).*/\1/p")
own_mac=$(cat /sys/class/net/flannel.1/address)
own=$(ip -4 -o address show flannel.1 | sed -n 's/.*inet \([^ /]*\).*/\1/p')

has_route() { ip route | grep -q "^$peer via $gateway dev flannel.1 .*onlink"; }
has_neighbour() { ip neigh show "$gateway" dev flannel.1 | grep -q "lladdr $mac PERMANENT"; }
has_fdb() { bridge fdb show dev flannel.1 | grep -q "^$mac dst $node self permanent"; }
has_peer() { has_route && has_neighbour && has_fdb; }
has_own() { [ "$(ip -4 -o address show flannel.1 | sed -n 's/.*inet \([^ ]*\).*/\1/p')" = "$own/32" ]; }
has_device() { [ "$(cat /sys/class/net/flannel.1/address)" = "$own_mac" ] && has_own && has_peer; }
details() { ip -d link show "$1"; }

wound 'flannel.1 deleted' 'ip link delete flannel.1' has_device
wound 'flannel.1 set down' 'ip link set flannel.1 down' has_device
wound 'flannel.1 renamed away' 'rename_device flannel.1 elsewhere' 'has_device && ! details elsewhere'
wound 'flannel.1 renamed away and its MAC changed' 'rename_device flannel.1 elsewhere address 02:00:00:00:00:66' \
    'has_device && ! details elsewhere'
wound 'flannel.1 remade with another VNI' 'at_once "ip link delete flannel.1; ip link add flannel.1 type vxlan id 7 dev eth0 dstport 8472"' \
    'has_device && details flannel.1 | grep "vxlan id 1 "'
wound 'flannel.1 remade with another port' 'at_once "ip link delete flannel.1; ip link add flannel.1 type vxlan id 1 dev eth0 dstport 4789"' \
    'has_device && details flannel.1 | grep "dstport 8472"'
wound 'flannel.1 renamed, another VNI in its place' 'at_once "ip link set flannel.1 down; ip link set flannel.1 name elsewhere up; ip link add flannel.1 type vxlan id 7 dev eth0 dstport 8472"' \
    'has_device && ! details elsewhere'
wound 'flannel.1 MTU changed' 'ip link set flannel.1 mtu 1300' 'details flannel.1 | grep "mtu 1450"'
wound 'flannel.1 MAC changed' 'ip link set flannel.1 address 02:00:00:00:00:77' has_device
wound 'flannel.1 local address changed' 'ip link set flannel.1 type vxlan local 192.0.2.77 dev eth0' 'details flannel.1 | grep "local 192.0.2.11 "'
wound 'address of flannel.1 removed' 'ip address flush dev flannel.1' has_device
wound 'second address on flannel.1' 'ip address add 10.244.99.9/32 dev flannel.1' has_own
wound 'route removed' 'ip route delete "$peer"' has_route
wound 'route altered' 'ip route replace "$peer" via 192.0.2.254' has_route
wound 'route with an MTU' 'ip route replace "$peer" via "$gateway" dev flannel.1 onlink mtu lock 576' '! ip route show "$peer" | grep mtu'
wound 'route with our protocol and an MTU' 'ip route replace "$peer" via "$gateway" dev flannel.1 onlink proto 102 mtu lock 576' \
    '! ip route show "$peer" | grep mtu'
wound 'neighbour removed' 'ip neigh delete "$gateway" dev flannel.1' has_neighbour
wound 'neighbour altered' 'ip neigh replace "$gateway" lladdr 02:00:00:00:00:88 nud permanent dev flannel.1' has_neighbour
wound 'FDB entry removed' 'bridge fdb delete "$mac" dev flannel.1' has_fdb
wound 'FDB entry altered' 'bridge fdb replace "$mac" dst 192.0.2.77 dev flannel.1 self permanent' has_fdb
wound 'FDB entry with another port' 'bridge fdb replace "$mac" dst "$node" port 4789 dev flannel.1 self permanent' has_fdb
wound 'FDB entry with another VNI' 'bridge fdb replace "$mac" dst "$node" vni 7 dev flannel.1 self permanent' has_fdb
wound 'ip_forward set to 0' 'echo 0 >/proc/sys/net/ipv4/ip_forward' 'grep 1 /proc/sys/net/ipv4/ip_forward'
wound 'flannel.1 forwards no more' 'echo 0 >/proc/sys/net/ipv4/conf/flannel.1/forwarding' 'grep 1 /proc/sys/net/ipv4/conf/flannel.1/forwarding'
wound 'cni0 forwards no more' 'echo 0 >/proc/sys/net/ipv4/conf/cni0/forwarding' 'grep 1 /proc/sys/net/ipv4/conf/cni0/forwarding'
wound 'ruleset flushed' 'nft flush ruleset; nft add table ip theirs' 'nft list table ip flannel-ipv4 | grep masquerade'
wound 'our nft table deleted' 'nft delete table ip flannel-ipv4' 'nft list table ip flannel-ipv4 | grep masquerade'

# The bridge of the pods and a port of it.
bridge_mac=$(cat /sys/class/net/cni0/address)
bridge_address=$(ip -4 -o address show cni0 | sed -n 's/.*inet \([^ ]*\).*/\1/p')
port=$(ip -o link show master cni0 | sed -n '1s/^[0-9]*: \([^@:]*\).*/\1/p')
ports=$(ip -o link show master cni0 | wc -l)
has_ports() { [ "$(ip -o link show master cni0 up | wc -l)" = "$ports" ] && ip -d link show "$port" | grep -q 'hairpin on'; }
has_gateway() { [ "$(ip -4 -o address show cni0 | sed -n 's/.*inet \([^ ]*\).*/\1/p')" = "$bridge_address" ]; }
has_bridge() { [ "$(cat /sys/class/net/cni0/address)" = "$bridge_mac" ] && ip link show up dev cni0 | grep -q cni0 && has_gateway && has_ports; }

wound 'cni0 set down' 'ip link set cni0 down' has_bridge
wound 'cni0 renamed away' 'rename_device cni0 elsewhere' 'has_bridge && ! details elsewhere'
wound 'cni0 MAC changed' 'ip link set cni0 address 02:00:00:00:00:55' has_bridge
wound 'cni0 MTU changed' 'ip link set cni0 mtu 1300' 'details cni0 | grep "mtu 1450"'
wound 'cni0 address removed' 'ip address flush dev cni0' has_bridge
wound 'cni0 address changed' 'at_once "ip address add ${bridge_address%.1/24}.77/24 dev cni0; ip address delete $bridge_address dev cni0"' has_bridge
wound 'cni0 deleted under live pods' 'ip link delete cni0' has_bridge
wound 'a pod taken off the bridge' 'ip link set "$port" nomaster' has_bridge
wound "a pod's veth set down" 'ip link set "$port" down' has_bridge

# The interface that carries the tunnel. With its last address it loses its routes: whoever changes it sets the default route again.
uplink_route='ip route replace default via 192.0.2.254'
mtu_is() { details flannel.1 | grep -q "mtu $1 " && details cni0 | grep -q "mtu $1 " && grep -q "FLANNEL_MTU=$1" /run/flannel/subnet.env; }

wound 'uplink address changed' "ip address delete 192.0.2.11/24 dev eth0; ip address add 192.0.2.111/24 dev eth0; $uplink_route" \
    'has_device && details flannel.1 | grep "local 192.0.2.111 "'
wound 'uplink address changed back' "ip address delete 192.0.2.111/24 dev eth0; ip address add 192.0.2.11/24 dev eth0; $uplink_route" \
    'has_device && details flannel.1 | grep "local 192.0.2.11 "'
wound 'uplink down and up' "ip link set eth0 down; ip link set eth0 up; $uplink_route" has_device
wound 'uplink MTU lowered' 'ip link set eth0 mtu 1400' 'mtu_is 1350'
wound 'uplink MTU raised' 'ip link set eth0 mtu 1500' 'mtu_is 1450'
legacy_accepts() { iptables-legacy -S FORWARD | grep -q "flanneld forward"; }
wound "Docker's FORWARD policy, legacy kind" 'iptables-legacy -P FORWARD DROP' legacy_accepts
wound 'legacy FORWARD flushed' 'iptables-legacy -F FORWARD' legacy_accepts
wound "FORWARD ends with REJECT" 'iptables-nft -I FORWARD -j REJECT' 'iptables-nft -S FORWARD | grep -A9 "flanneld forward" | grep -x -- "-A FORWARD -j REJECT.*"'
wound "Docker's FORWARD policy" 'iptables-nft -P FORWARD DROP' 'iptables-nft -S FORWARD | grep "flanneld forward"'
