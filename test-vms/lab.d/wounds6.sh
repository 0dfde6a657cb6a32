# shellcheck shell=bash
# What foreign hands do to a node's IPv6 network, and how one sees that it is as it was. Runs inside node1 of a lab with IPv6, alone or
# beside IPv4: bash wounds6.sh MODE [WORD...] wound.sh tells what these are.
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/wound.sh"

device=flannel-v6.1
conf=/proc/sys/net/ipv6/conf
peer=$(ip -6 route | grep -m1 "via .* dev $device" | cut -d' ' -f1)
gateway=${peer%/*}
mac=$(ip -6 neigh show "$gateway" dev $device | sed -n 's/.*lladdr \([^ ]*\).*/\1/p')
own_mac=$(cat /sys/class/net/$device/address)

has_route() { ip -6 route | grep -q "^$peer via $gateway dev $device .*onlink"; }
has_neighbour() { ip -6 neigh show "$gateway" dev $device | grep -q "lladdr $mac PERMANENT"; }
has_fdb() { bridge fdb show dev $device | grep -q "^$mac dst 2001:db8::"; }
has_own() { [ "$(ip -6 -o address show dev $device scope global | grep -c '/128')" = 1 ]; }
has_device() { [ "$(cat /sys/class/net/$device/address)" = "$own_mac" ] && has_own && has_route && has_neighbour && has_fdb; }
has_mtu() { [ "$(cat /sys/class/net/$device/mtu)" = 1430 ] && has_device; }
has_table() { nft list table ip6 flannel-ipv6 | grep -q masquerade; }
# is_set DEVICE KEY VALUE
is_set() { [ "$(cat "$conf/$1/$2")" = "$3" ]; }

wound "$device deleted" 'ip link delete $device' has_device
wound "$device set down" 'ip link set $device down' has_device
wound "$device MTU changed" 'ip link set $device mtu 1300' has_mtu
# Below 1280 bytes the kernel takes IPv6 off the device.
wound "$device MTU below 1280" 'ip link set $device mtu 1200' has_mtu
wound "$device MAC changed" 'ip link set $device address 02:00:00:00:00:77' has_device
wound "second address on $device" 'ip -6 address add fd00:10:244:99::9/128 dev $device' has_own
wound "address of $device removed" 'ip -6 address flush dev $device scope global' has_own
wound "IPv6 disabled on $device" 'echo 1 >$conf/$device/disable_ipv6' has_device
# The kernel tells nobody: this is seen within two seconds.
wound "$device hears routers" 'echo 2 >$conf/$device/accept_ra' 'is_set $device accept_ra 0'
wound "$device forwards no more" 'echo 0 >$conf/$device/forwarding' 'is_set $device forwarding 1'
wound 'IPv6 route removed' 'ip -6 route delete $peer' has_route
# The kernel refuses ours as long as this one leads to the gateway.
wound 'IPv6 route altered' 'ip -6 route replace $peer via 2001:db8::fe' has_route
wound 'IPv6 neighbour removed' 'ip -6 neigh delete $gateway dev $device' has_neighbour
wound 'IPv6 FDB entry removed' 'bridge fdb delete $mac dev $device' has_fdb
wound 'IPv6 forwarding set to 0' 'echo 0 >$conf/all/forwarding' 'is_set all forwarding 1'
wound 'our IPv6 table deleted' 'nft delete table ip6 flannel-ipv6' has_table
wound 'ruleset flushed' 'nft flush ruleset' has_table
[ ! -e /sys/class/net/flannel.1 ] ||
    wound 'flannel.1 deleted beside it' 'ip link delete flannel.1' 'ip route | grep "dev flannel.1 proto 102" && has_device'

# The bridge of the pods and a port of it.
bridge_mac=$(cat /sys/class/net/cni0/address)
bridge_address=$(ip -6 -o address show cni0 scope global | sed -n 's/.*inet6 \([^ ]*\).*/\1/p')
bridge_mtu=$(cat /sys/class/net/cni0/mtu)
port=$(ip -o link show master cni0 | sed -n '1s/^[0-9]*: \([^@:]*\).*/\1/p')
ports=$(ip -o link show master cni0 | wc -l)
has_ports() { [ "$(ip -o link show master cni0 up | wc -l)" = "$ports" ] && ip -d link show "$port" | grep -q 'hairpin on'; }
has_gateway() {
    [ "$(ip -6 -o address show cni0 scope global -tentative | sed -n 's/.*inet6 \([^ ]*\).*/\1/p')" = "$bridge_address" ] &&
        ip -6 route show dev cni0 | grep -q "^${bridge_address%1/64}/64 "
}
has_settings() { is_set cni0 accept_ra 0 && is_set cni0 disable_ipv6 0 && is_set cni0 forwarding 1; }
has_bridge() {
    [ "$(cat /sys/class/net/cni0/address)" = "$bridge_mac" ] && [ "$(cat /sys/class/net/cni0/mtu)" = "$bridge_mtu" ] &&
        ip link show up dev cni0 | grep -q cni0 && has_gateway && has_ports && has_settings
}

wound 'IPv6 address of cni0 removed' 'ip -6 address delete $bridge_address dev cni0' has_bridge
wound 'IPv6 address of cni0 changed' 'at_once "ip -6 address add ${bridge_address%1/64}77/64 dev cni0; ip -6 address delete $bridge_address dev cni0"' has_bridge
# IPv6 addresses vanish by this; IPv4's stay.
wound 'cni0 set down' 'ip link set cni0 down' has_bridge
wound 'cni0 deleted under live pods' 'ip link delete cni0' has_bridge
wound 'cni0 MTU below 1280' 'ip link set cni0 mtu 1200' has_bridge
wound 'cni0 MAC changed' 'ip link set cni0 address 02:00:00:00:00:55' has_bridge
wound 'IPv6 disabled on cni0' 'echo 1 >$conf/cni0/disable_ipv6' has_bridge
# These two by the look every two seconds.
wound 'cni0 hears routers, as hosts do' 'echo 1 >$conf/cni0/accept_ra' has_bridge
wound 'cni0 hears routers, as routers do' 'echo 2 >$conf/cni0/accept_ra' has_bridge
wound 'cni0 forwards no more IPv6' 'echo 0 >$conf/cni0/forwarding' has_bridge
