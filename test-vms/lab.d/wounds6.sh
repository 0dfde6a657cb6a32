# shellcheck shell=bash
# What foreign hands do to a node's IPv6 network, and how one sees that it is as it was. Runs inside node1 of a dual-stack lab: the audit
# is an hour away, so that only an event can repair.
set -u
export LC_ALL=C
device=flannel-v6.1
ceiling_ms=10000

now_ms() {
    echo $((${EPOCHREALTIME/./} / 1000))
}

wound() {
    local begin took
    begin=$(now_ms)
    eval "$1" || echo "NOT DONE: $1"
    until { eval "$2"; } >/dev/null 2>&1; do
        took=$(($(now_ms) - begin))
        [ "$took" -lt "$ceiling_ms" ] || { echo "NOT HEALED: $1" && return; }
        sleep 0.01
    done
    echo "healed in $(($(now_ms) - begin)) ms: $1"
}

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

wound "ip link delete $device" has_device
wound "ip link set $device down" has_device
wound "ip link set $device mtu 1300" has_mtu
# Below 1280 bytes the kernel takes IPv6 off the device.
wound "ip link set $device mtu 1200" has_mtu
wound "ip link set $device address 02:00:00:00:00:77" has_device
wound "ip -6 address add fd00:10:244:99::9/128 dev $device" has_own
wound "ip -6 address flush dev $device scope global" has_own
wound "ip -6 route delete $peer" has_route
# The kernel refuses ours as long as this one leads to the gateway.
wound "ip -6 route replace $peer via 2001:db8::fe" has_route
wound "ip -6 neigh delete $gateway dev $device" has_neighbour
wound "bridge fdb delete $mac dev $device" has_fdb
wound "echo 0 >/proc/sys/net/ipv6/conf/all/forwarding" 'grep 1 /proc/sys/net/ipv6/conf/all/forwarding'
wound "nft delete table ip6 flannel-ipv6" has_table
wound "nft flush ruleset" has_table
wound "ip link delete flannel.1" 'ip route | grep "dev flannel.1 proto 102" && has_device'
