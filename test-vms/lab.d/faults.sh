# shellcheck shell=bash
# What befalls a node while its daemon is down, or beyond what its events tell. Runs inside node1 of a lab: bash faults.sh NAME
# fault.sh tells what it prints.
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/fault.sh"

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
        cni ADD late >/dev/null || echo "NOT added: late"
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
        cni DEL late || echo "NOT deleted: late"
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
