# shellcheck shell=bash
# Breaks node1 of a dual-stack lab in one way after the other, and looks whether doctor names it with what mends it; then types that.
# fault.sh tells what it prints.
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/fault.sh"

store=/run/lab/store

# judges STATUS VERDICT CHECK TEXT [REMEDY]: the last line of a finding with a remedy is the one behind >.
judges() {
    local status=0 finding
    report=$("$flanneld" doctor --store-dir $store) || status=$?
    finding=$(grep -A1 -E "^$2 +$3 " <<<"$report")
    [ "$status" = "$1" ] || echo "NOT status $1 but $status: $3"
    [[ $finding = *"$4"* ]] || echo "NOT $2 $3 $4: $report"
    [[ $finding = *"> "*"${5:-}"* ]] || [ -z "${5:-}" ] || echo "NOT remedied: $finding"
    remedy=$(sed -n 's/^ *> //p' <<<"$finding")
}

well() {
    judges 0 ok "$1" "$2"
}

well mtu "flannel.1 1450, flannel-v6.1 1430, eth0 1500"
well tunnel "2 of 2 peers"
well network "flannel.1, flannel-v6.1"
well daemon ready

nft -f - <<'EOF'
table inet host {
    chain input { type filter hook input priority 0; udp dport 8472 drop; }
}
EOF
judges 1 FAIL udp-port "inet host drops UDP 8472" "nft insert rule inet host input udp dport 8472 accept"
eval "$remedy"
well udp-port "nothing seen"
well tunnel "2 of 2 peers"
nft delete table inet host

echo 1 >/proc/sys/net/ipv4/conf/flannel.1/rp_filter
judges 0 warn rp_filter "strict on flannel.1" "sysctl -w net/ipv4/conf/flannel.1/rp_filter=2"
eval "$remedy" >/dev/null
well rp_filter "not strict"

if [ ! -e /proc/sys/net/bridge ]; then
    judges 0 warn br_netfilter "the module is not loaded" "modprobe br_netfilter"
fi

echo '{"cniVersion": "1.0.0", "name": "other", "type": "bridge"}' >/etc/cni/net.d/05-other.conf
judges 1 FAIL cni "05-other.conf (network other, bridge) is the first" "mv /etc/cni/net.d/05-other.conf"
rm /etc/cni/net.d/05-other.conf
well cni "10-flannel.conflist is the first"

# Another node with node2's MAC and address.
twin=$(grep -l '"node2"' $store/*.json)
sed 's/"node2"/"node7"/' "$twin" >$store/.twin
mv $store/.twin $store/10.244.200.0-24.json
await 10 "seen: the twin of node2" "$flanneld status | grep -q node7"
judges 1 FAIL leases "of node2 and node7" "remove its lease"
[[ $report = *"public address 192.0.2.12 of node"* ]] || echo "NOT named: the address"
rm $store/10.244.200.0-24.json
await 10 "gone: the twin of node2" "! $flanneld status | grep -q node7"
well leases "no MAC, public address or subnet twice"

# What the daemon would mend, without it.
stop_daemon
echo 0 >/proc/sys/net/ipv4/ip_forward
echo 0 >/proc/sys/net/ipv6/conf/all/forwarding
judges 1 FAIL ip_forward "net.ipv4.ip_forward = 0" "sysctl -w net.ipv4.ip_forward=1"
[[ $report = *"net.ipv6.conf.all.forwarding = 0"* ]] || echo "NOT named: IPv6 forwarding"
[[ $report = *"none answers: nothing follows the leases"* ]] || echo "NOT named: no daemon"
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
judges 0 warn daemon "none answers" "systemctl start"
# The kernel refuses a tunnel device more than fits, but the device below it may shrink.
ip link set eth0 mtu 1400
judges 1 FAIL mtu "flannel.1 1450, flannel-v6.1 1430, eth0 1400: at most 1330 fit" "set Backend.MTU"
ip link set eth0 mtu 1500
well mtu "flannel-v6.1 1430"

# The MAC that a clone of this machine has too; another one is leased with the next start.
own=$(grep -l '"node1"' $store/*.json)
mac=$(cat /sys/class/net/flannel.1/address)
sed 's/"node1"/"node7"/' "$own" >$store/10.244.200.0-24.json
judges 1 FAIL leases "MAC $mac of node" "ip link set flannel.1 address"
rm $store/10.244.200.0-24.json
grep -o 'ip link set [^;]*' <<<"$remedy" | bash -e || echo "NOT possible: $remedy"

# Without the right to change anything.
report=$(setpriv --bounding-set=-net_admin --inh-caps=-net_admin "$flanneld" doctor --store-dir $store) && echo "NOT status 1 without CAP_NET_ADMIN"
[[ $report = *"FAIL  capability"*"this process lacks CAP_NET_ADMIN"*"run doctor as root"* ]] || echo "NOT named: $report"
said=$(timeout 20 setpriv --bounding-set=-net_admin --inh-caps=-net_admin env -u JAVA_TOOL_OPTIONS "$flanneld" run --store directory \
    --store-dir $store 2>&1) && echo "NOT refused: a daemon without CAP_NET_ADMIN"
[[ $said = *"lacks CAP_NET_ADMIN"*"AmbientCapabilities=CAP_NET_ADMIN"* ]] || echo "NOT named: $said"

# Root's alone.
start_daemon
await 20 "ready again" 'says ": ready for"'
fresh=$(cat /sys/class/net/flannel.1/address)
[ "$fresh" != "$mac" ] && grep -qi "$fresh" "$own" || echo "NOT leased: another MAC than $mac"
for socket in /run/flannel/cni.sock /run/flannel-j/control.sock; do
    [ "$(stat -c '%U %a' $socket)" = "root 600" ] || echo "NOT root's alone: $socket $(stat -c '%U %a' $socket)"
done
! setpriv --reuid=65534 --regid=65534 --clear-groups "$flanneld" status >/dev/null 2>&1 || echo "NOT refused: status for nobody"
well daemon ready
