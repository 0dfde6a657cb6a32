# shellcheck shell=bash
# Breaks node1 of an IPv6-only lab, and looks whether doctor names it; before that all is well. fault.sh tells what it prints.
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/fault.sh"

store=/run/lab/store

# judges STATUS VERDICT CHECK TEXT [REMEDY]
judges() {
    local status=0 finding
    report=$("$flanneld" doctor --store-dir $store) || status=$?
    finding=$(grep -A1 -E "^$2 +$3 " <<<"$report")
    [ "$status" = "$1" ] || echo "NOT status $1 but $status: $3"
    [[ $finding = *"$4"* ]] || echo "NOT $2 $3 $4: $report"
    [[ $finding = *"> "*"${5:-}"* ]] || [ -z "${5:-}" ] || echo "NOT remedied: $finding"
    remedy=$(sed -n 's/^ *> //p' <<<"$finding")
}

judges 0 ok network "fd00:10:244::/48 over flannel-v6.1"
# What a module that is not loaded says is no fault.
! grep -E '^(warn|FAIL)' <<<"$report" | grep -vE '^warn +br_netfilter the module is not loaded' || echo "NOT well: $report"
judges 0 ok tunnel "2 of 2 peers"
judges 0 ok mtu "flannel-v6.1 1430, eth0 1500"
judges 0 ok ip_forward "net.ipv6.conf.all.forwarding = 1"
[[ $report != *net.ipv4.ip_forward* ]] || echo "NOT of IPv6 alone: $report"
judges 0 ok daemon ready
says ": ready for" || echo "NOT said by status: ready"

# Another node with node2's MAC and address.
twin=$(grep -l '"node2"' $store/*.json)
sed 's/"node2"/"node7"/' "$twin" >$store/.twin
mv $store/.twin "$store/fd00:10:244:c8::-64.json"
await 10 "seen: the twin of node2" "$flanneld status | grep -q node7"
judges 1 FAIL leases "of node2 and node7" "ip link set flannel-v6.1 address"
[[ $report = *"public address 2001:db8::12 of node"* && $report = *"MAC "*" of node"* ]] || echo "NOT named: $report"
rm "$store/fd00:10:244:c8::-64.json"
await 10 "gone: the twin of node2" "! $flanneld status | grep -q node7"
judges 0 ok leases "no MAC, public address or subnet twice"

# A filter for IPv4 alone is none of ours, one for IPv6 is.
nft -f - <<'END'
table ip host {
    chain input { type filter hook input priority 0; udp dport 8472 drop; }
}
END
judges 0 ok udp-port "nothing seen"
nft -f - <<'END'
delete table ip host
table ip6 host {
    chain input { type filter hook input priority 0; udp dport 8472 drop; }
}
END
judges 1 FAIL udp-port "ip6 host drops UDP 8472" "nft insert rule ip6 host input udp dport 8472 accept"
eval "$remedy"
judges 0 ok udp-port "nothing seen"
judges 0 ok tunnel "2 of 2 peers"
nft delete table ip6 host

# What the daemon would mend, without it.
stop_daemon
echo 0 >/proc/sys/net/ipv6/conf/all/forwarding
judges 1 FAIL ip_forward "net.ipv6.conf.all.forwarding = 0" "sysctl -w net.ipv6.conf.all.forwarding=1"
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
ip link set eth0 mtu 1400
judges 1 FAIL mtu "flannel-v6.1 1430, eth0 1400: at most 1330 fit" "set Backend.MTU"
ip link set eth0 mtu 1500
judges 0 ok mtu "flannel-v6.1 1430"
