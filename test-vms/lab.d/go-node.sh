# shellcheck shell=bash
# node1 in the state in which Go flannel 0.28 and its CNI plugin leave a node, laid down by hand, then this daemon in its place and back.
# Runs inside node1: bash go-node.sh FAR, where FAR is the address of a pod on node2 and 203.0.113.1 a host that knows no pods.
# Prints a line for each thing looked at, "ok ..." or "NOT ...".
set -eu
export LC_ALL=C
far=$1
outside=203.0.113.1
conf='{"cniVersion": "0.3.1", "name": "cbr0", "type": "flannel", "delegate": {"hairpinMode": true, "isDefaultGateway": true}}'

check() {
    local text=$1
    shift
    if eval "$*" >/dev/null 2>&1; then echo "ok $text"; else echo "NOT $text"; fi
}

await() {
    local tries
    for ((tries = 0; tries < 500; tries++)); do
        ! eval "$*" >/dev/null 2>&1 || return 0
        sleep 0.02
    done
    echo "NOT in 10 s: $*"
}

stop_daemon() {
    local daemon
    daemon=$(pidof java)
    kill -TERM "$daemon"
    await "! [ -d /proc/$daemon ]"
}

start_daemon() {
    setsid env -u JAVA_TOOL_OPTIONS /usr/lib/flannel-j/bin/flanneld-j run --store directory --store-dir /run/lab/store --ip-masq \
        >>/run/lab/node1.daemon.log 2>&1 </dev/null &
    await '/usr/lib/flannel-j/bin/flanneld-j status | head -n 1 | grep -q ": ready"'
}

# The lease is ours already, as it would be by the node's annotations; everything else is made anew as Go's netlink library does.
lay_down_device() {
    local mac address peers route
    mac=$(cat /sys/class/net/flannel.1/address)
    address=$(ip -4 -o address show dev flannel.1 | awk '{ print $4 }')
    peers=$(ip route show dev flannel.1 | awk '/onlink/ { print $3 }')
    for route in $peers; do
        echo "$route $(ip neigh show "$route" dev flannel.1 | awk '{ print $3 }')"
    done | while read -r gateway peer_mac; do
        echo "$gateway $peer_mac $(bridge fdb show dev flannel.1 | awk -v mac="$peer_mac" '$1 == mac { print $3 }')"
    done >/run/peers
    # A node that is gone while nobody looked.
    echo "10.244.77.0 02:00:00:00:00:77 192.0.2.77" >>/run/peers
    nft delete table ip flannel-ipv4
    ip link delete flannel.1
    ip link add flannel.1 address "$mac" mtu 1450 txqueuelen 0 type vxlan id 1 dev eth0 local 192.0.2.11 dstport 8472 nolearning
    ip address add "$address" dev flannel.1
    ip link set flannel.1 up
    while read -r gateway peer_mac node; do
        ip neigh add "$gateway" lladdr "$peer_mac" dev flannel.1 nud permanent
        bridge fdb add "$peer_mac" dev flannel.1 dst "$node" self permanent
        ip route add "$gateway/24" via "$gateway" dev flannel.1 onlink
    done </run/peers
}

lay_down_rules() {
    local subnet network=10.244.0.0/16 masq='-m comment --comment "flanneld masq"' forward='-m comment --comment "flanneld forward"'
    subnet=$(sed -n 's/^FLANNEL_SUBNET=//p' /run/flannel/subnet.env)
    subnet=${subnet/.1\//.0/}
    iptables-nft-restore --noflush <<END
*nat
:FLANNEL-POSTRTG - [0:0]
-A POSTROUTING $masq -j FLANNEL-POSTRTG
-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 $masq -j RETURN
-A FLANNEL-POSTRTG -s $subnet -d $network $masq -j RETURN
-A FLANNEL-POSTRTG -s $network -d $subnet $masq -j RETURN
-A FLANNEL-POSTRTG ! -s $network -d $subnet $masq -j RETURN
-A FLANNEL-POSTRTG -s $network ! -d 224.0.0.0/4 $masq -j MASQUERADE --random-fully
-A FLANNEL-POSTRTG ! -s $network -d $network $masq -j MASQUERADE --random-fully
COMMIT
*filter
:FLANNEL-FWD - [0:0]
:FORWARD DROP [0:0]
-A FORWARD $forward -j FLANNEL-FWD
-A FLANNEL-FWD -s $network $forward -j ACCEPT
-A FLANNEL-FWD -d $network $forward -j ACCEPT
COMMIT
END
}

# Attached by the reference plugins, called as the Go plugin calls them, which keeps what it told them for DEL.
lay_down_pod() {
    local subnet delegate
    subnet=$(sed -n 's/^FLANNEL_SUBNET=//p' /run/flannel/subnet.env)
    delegate='{"cniVersion":"0.3.1","hairpinMode":true,"ipMasq":false,"ipam":{"ranges":[[{"subnet":"'${subnet/.1\//.0/}'"}]],'
    delegate+='"routes":[{"dst":"10.244.0.0/16"}],"type":"host-local"},"isDefaultGateway":true,"isGateway":true,"mtu":1450,"name":"cbr0","type":"bridge"}'
    ip netns add go
    mkdir -p /var/lib/cni/flannel
    echo "$delegate" >/var/lib/cni/flannel/go
    CNI_COMMAND=ADD CNI_CONTAINERID=go CNI_NETNS=/run/netns/go CNI_IFNAME=eth0 CNI_PATH=/usr/lib/cni /usr/lib/cni/bridge <<<"$delegate" >/dev/null
}

# Each a connection of its own, so that it needs the rules of its moment.
knock() {
    local lost=0 sent=0
    while [ -e /run/knocking ]; do
        sent=$((sent + 1))
        ip netns exec go ping -q -n -c 1 -W 1 "$outside" >/dev/null || lost=$((lost + 1))
    done
    echo "$lost of $sent" >/run/knocks
}

begin_traffic() {
    ip netns exec go ping -n -q -i 0.005 -c 100000 "$far" >/run/flood 2>&1 &
    flood=$!
    touch /run/knocking
    knock &
    knocker=$!
    sleep 0.5
}

end_traffic() {
    sleep 0.5
    kill -INT "$flood"
    rm /run/knocking
    wait "$flood" "$knocker" || true
    check "no packet between pods was lost while $1: $(grep -o '[0-9]* packets.*loss' /run/flood)" 'grep -q ", 0% packet loss" /run/flood'
    check "no connection to the outside failed while $1: $(cat /run/knocks)" 'grep -q "^0 of" /run/knocks'
}

stop_daemon
[ ! -d /sys/class/net/cni0 ] || ip link delete cni0
lay_down_device
lay_down_rules
lay_down_pod
address=$(ip -netns go -4 -o address show dev eth0 | awk '{ sub("/.*", "", $4); print $4 }')
device=$(ip -d link show flannel.1)
bridge_mac=$(cat /sys/class/net/cni0/address)
subnet=$(cat /run/flannel/subnet.env)

begin_traffic
start_daemon
await '! iptables-nft-save | grep -q FLANNEL'
end_traffic "this daemon took over"
check "flannel.1 is the same device" '[ "$(ip -d link show flannel.1)" = "$device" ]'
check "cni0 has its MAC still" '[ "$(cat /sys/class/net/cni0/address)" = "$bridge_mac" ]'
check "subnet.env says the same" '[ "$(cat /run/flannel/subnet.env)" = "$subnet" ]'
check "the routes are ours now" '[ "$(ip route show dev flannel.1 | grep -c "proto 102")" = 2 ]'
check "the route of a node that is gone went" '! ip route show | grep -q 10.244.77.0'
check "its neighbour went" '! ip neigh show dev flannel.1 | grep -q 10.244.77.0'
check "its forwarding entry went" '! bridge fdb show dev flannel.1 | grep -q 02:00:00:00:00:77'
check "the chains of Go flannel went" '! iptables-nft-save | grep -q FLANNEL'
check "pods are accepted in FORWARD though its policy drops" 'iptables-nft -S FORWARD | grep -q -- "-s 10.244.0.0/16"'
check "plan --diff finds nothing" '/usr/lib/flannel-j/bin/flanneld-j plan --diff | grep -q "the kernel is as it should be"'

veth=$(ip -o link show master cni0 | awk -F '[ @:]+' '{ print $2; exit }')
CNI_COMMAND=DEL CNI_CONTAINERID=go CNI_NETNS=/run/netns/go CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin /opt/cni/bin/flannel <<<"$conf"
check "the Go plugin's pod can be detached: its address is free" "[ ! -e /var/lib/cni/networks/cbr0/$address ]"
check "its veth is gone" "! ip link show $veth"
check "its record is gone" '[ ! -e /var/lib/cni/flannel/go ]'
ip netns delete go

# And back: a pod of ours under the Go plugin, which calls the bridge plugin with what the record says.
ip netns add go
CNI_COMMAND=ADD CNI_CONTAINERID=ours CNI_NETNS=/run/netns/go CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin /opt/cni/bin/flannel <<<"$conf" >/dev/null
address=$(ip -netns go -4 -o address show dev eth0 | awk '{ sub("/.*", "", $4); print $4 }')
begin_traffic
stop_daemon
lay_down_rules
nft delete table ip flannel-ipv4
while read -r gateway peer_mac node; do
    [ "$gateway" != 10.244.77.0 ] || continue
    bridge fdb replace "$peer_mac" dev flannel.1 dst "$node" self permanent
    ip neigh replace "$gateway" lladdr "$peer_mac" dev flannel.1 nud permanent
    ip route replace "$gateway/24" via "$gateway" dev flannel.1 onlink
done </run/peers
end_traffic "Go flannel took over"
check "flannel.1 is the same device still" '[ "$(ip -d link show flannel.1)" = "$device" ]'
veth=$(ip -o link show master cni0 | awk -F '[ @:]+' '{ print $2; exit }')
CNI_COMMAND=DEL CNI_CONTAINERID=ours CNI_NETNS=/run/netns/go CNI_IFNAME=eth0 CNI_PATH=/usr/lib/cni /usr/lib/cni/bridge </var/lib/cni/flannel/ours
check "the Go plugin can detach our pod: its address is free" "[ ! -e /var/lib/cni/networks/cbr0/$address ]"
check "its veth is gone too" "! ip link show $veth"
