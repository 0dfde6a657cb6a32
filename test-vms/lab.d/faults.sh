# shellcheck shell=bash
# What befalls a node while its daemon is down, or beyond what its events tell. Runs inside node1 of a lab: bash faults.sh NAME
#
# Prints a line beginning with NOT for everything that is not as it should be. PODS are pods of node1, FAR is the address of one on node2.
set -u
export LC_ALL=C
flanneld=/usr/lib/flannel-j/bin/flanneld-j

stop_daemon() {
    local daemon i
    daemon=$(pidof java)
    kill "-${1:-TERM}" "$daemon"
    wait 2>/dev/null
    for i in $(seq 200); do [ -d "/proc/$daemon" ] || return 0; sleep 0.1; done
    echo "NOT stopped within 20 s"
}

start_daemon() {
    setsid env -u JAVA_TOOL_OPTIONS "$flanneld" run --store directory --store-dir /run/lab/store --ip-masq >>/run/lab/faults.log 2>&1 </dev/null &
}

# await SECONDS WHAT CONDITION
await() {
    local i
    for i in $(seq $(($1 * 10))); do ! eval "$3" >/dev/null 2>&1 || return 0; sleep 0.1; done
    echo "NOT $2"
    return 1
}

says() { "$flanneld" status | grep -qF "$1"; }
ready() { curl -s http://127.0.0.1:"${PORT:-8471}"/readyz | grep -q '^flanneld is ready'; }
passes() { ip netns exec "$1" ping -q -n -c 1 -W 1 "$2" >/dev/null 2>&1; }
address_of() { ip -netns "$1" -4 -o address show eth0 | sed -n 's/.*inet \([^ /]*\).*/\1/p'; }

# cni0 is deleted, a pod comes without it, the daemon starts.
bridge_gone() {
    local pod other mac gateway ports
    mac=$(cat /sys/class/net/cni0/address)
    gateway=$(ip -4 -o address show cni0 | sed -n 's/.*inet \([^ ]*\).*/\1/p')
    ports=$(ip -o link show master cni0 | wc -l)
    stop_daemon "$1"
    ip link delete cni0
    if [ "$2" = pod ]; then
        # By the stand-alone process: a bridge of the same name is there again, with the new pod only.
        ip netns add late
        CNI_COMMAND=ADD CNI_CONTAINERID=late CNI_NETNS=/run/netns/late CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin /opt/cni/bin/flannel >/dev/null <<END || echo "NOT added: late"
{"cniVersion": "1.0.0", "name": "cbr0", "type": "flannel", "delegate": {"hairpinMode": true, "isDefaultGateway": true}}
END
        PODS="$PODS late"
        ports=$((ports + 1))
    fi
    start_daemon
    await 20 "restored: cni0 with its MAC" '[ "$(cat /sys/class/net/cni0/address)" = '"$mac"' ]'
    await 20 "restored: the gateway $gateway" 'ip -4 -o address show cni0 | grep "inet '"$gateway"' "'
    await 20 "restored: all $ports ports" '[ "$(ip -o link show master cni0 up | wc -l)" = '"$ports"' ]'
    await 20 "restored: hairpin" '[ "$(ip -d link show master cni0 | grep -c "hairpin on")" = '"$ports"' ]'
    for pod in $PODS; do
        await 20 "reachable: $FAR from $pod" "passes $pod $FAR"
        for other in $PODS; do [ "$pod" = "$other" ] || passes "$pod" "$(address_of "$other")" || echo "NOT reachable: $other from $pod"; done
    done
    if [ "$2" = pod ]; then
        CNI_COMMAND=DEL CNI_CONTAINERID=late CNI_NETNS=/run/netns/late CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin /opt/cni/bin/flannel <<END || echo "NOT deleted: late"
{"cniVersion": "1.0.0", "name": "cbr0", "type": "flannel", "delegate": {"hairpinMode": true, "isDefaultGateway": true}}
END
        PODS=${PODS% late}
        ip netns delete late
    fi
}

case $1 in
bridge-gone)
    bridge_gone TERM no
    bridge_gone KILL no
    bridge_gone KILL pod
    ;;
*) echo "NOT known: $1" ;;
esac
