# shellcheck shell=bash
# What befalls the store, or the time by which its leases are judged, under live pods. Runs inside node1 of a lab: bash store-faults.sh NAME
# fault.sh tells what it prints.
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/fault.sh"

store=/run/lab/store
preload=$(dirname "${BASH_SOURCE[0]}")/../target/bench/clock.so

state() { ip route show proto 102; ip neigh show dev flannel.1 nud permanent; bridge fdb show dev flannel.1; ls $store; }

# The time of day of the daemon alone jumps by a day and an hour.
jump() {
    local seconds=$1 told=$2 before
    before=$(state)
    echo "$seconds" >/run/clock
    # Some milliseconds less, as the two clocks are not read at once.
    await 10 "told: the clock was set $told by 25h" 'says "the clock was set '"$told"' by 25h" || says "the clock was set '"$told"' by 24h59m59s"'
    # A look at everything.
    ip link set flannel.1 mtu 1300
    await 10 "mended while the clock is wrong" '[ "$(cat /sys/class/net/flannel.1/mtu)" = 1450 ]'
    [ "$(state)" = "$before" ] || echo "NOT as it was after the clock was set $told: $(diff <(echo "$before") <(state))"
    says ": ready for" || echo "NOT ready while the clock is wrong"
    ip netns add late
    cni ADD late >/dev/null || echo "NOT added while the clock is wrong"
    passes late "$FAR" || echo "NOT reachable: $FAR from late"
    cni DEL late || echo "NOT deleted while the clock is wrong"
    ip netns delete late
    echo 0 >/run/clock
    await 10 "told no more: the clock" '! says "the clock was set"'
    [ "$(state)" = "$before" ] || echo "NOT as it was after the clock was set right: $(diff <(echo "$before") <(state))"
}

clock_jumps() {
    local pinging
    echo 0 >/run/clock
    stop_daemon TERM
    LD_PRELOAD=$preload CLOCK_OFFSET=/run/clock start_daemon
    await 20 "ready with another clock" 'says ": ready for"'
    ip netns exec "${PODS%% *}" ping -q -n -i 0.02 "$FAR" >/run/clock.ping 2>&1 &
    pinging=$!
    jump 90000 forward
    jump -90000 back
    kill -INT "$pinging"
    wait "$pinging"
    grep -q ' 0% packet loss' /run/clock.ping || echo "NOT without loss: $(grep transmitted /run/clock.ping)"
    stop_daemon TERM
    start_daemon
    await 20 "ready again" 'says ": ready for"'
}

gateways() { ip -4 -o address show cni0 | sed -n 's/.*inet \([^ ]*\).*/\1/p' | paste -sd ' '; }
code_of_status() {
    CNI_COMMAND=STATUS CNI_PATH=/opt/cni/bin /opt/cni/bin/flannel <<<'{"cniVersion": "1.1.0", "name": "cbr0", "type": "flannel"}' |
        sed -n 's/.*"code": \([0-9]*\).*/\1/p'
}

# The store is away, and our subnet is another node's when it is back.
lost_subnet() {
    local former file pod id records=/var/lib/cni/networks/cbr0 beneath=/run/lab/beneath
    former=$(sed -n 's/^FLANNEL_SUBNET=//p' /run/flannel/subnet.env)
    file=${former%.1/24}.0-24.json
    mkdir -p $beneath
    mount --bind $store $beneath
    mount -t tmpfs none $store
    await 20 "told: the store is away" 'says "has no lease at all, not even ours"'
    sed 's/"Node":"node1"/"Node":"node9"/; s/192.0.2.11/192.0.2.99/; s/"VtepMAC":"[^"]*"/"VtepMAC":"02:00:00:00:00:99"/' $beneath/"$file" >$beneath/.x
    mv $beneath/.x $beneath/"$file"
    umount $store
    await 20 "leased: another subnet" '! grep -qF "'"$former"'" /run/flannel/subnet.env'
    for pod in $PODS; do await 10 "named: $pod" 'says "restart" && '"$flanneld status | grep -q 'store:.*$(address_of "$pod") '"; done
    [ "$(code_of_status)" = 51 ] || echo "NOT told by STATUS: $(code_of_status)"
    # Nothing is torn down: they reach each other and the outside.
    for pod in $PODS; do
        passes "$pod" 203.0.113.1 || echo "NOT reachable: the outside from $pod"
        passes "$pod" "$(address_of "${PODS%% *}")" || echo "NOT reachable: ${PODS%% *} from $pod"
    done
    # New pods need not wait for the old ones.
    ip netns add late
    cni ADD late >/dev/null || echo "NOT added: late"
    await 10 "reachable: $FAR from late" "passes late $FAR"
    for pod in $PODS; do
        read -r id <"$records/$(address_of "$pod")"
        ip -netns "$pod" link show eth0 >/dev/null || echo "NOT there: eth0 of $pod"
        CNI_COMMAND=DEL CNI_CONTAINERID=${id%$'\r'} CNI_NETNS=/run/netns/$pod CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin /opt/cni/bin/flannel \
            <<<'{"cniVersion": "1.1.0", "name": "cbr0", "type": "flannel"}' || echo "NOT deleted: $pod"
        ! ip -netns "$pod" link show eth0 >/dev/null 2>&1 || echo "NOT gone: eth0 of $pod"
    done
    ! ls $records | grep -F "${former%1/24}" || echo "NOT given back: these addresses"
    await 20 "told no more: former pods" '! says "former"'
    await 20 "gone: the former gateway" '[ "$(gateways)" = "$(sed -n s/^FLANNEL_SUBNET=//p /run/flannel/subnet.env)" ]'
    [ -z "$(code_of_status)" ] || echo "NOT well: STATUS says $(code_of_status)"
    passes late "$FAR" || echo "NOT reachable: $FAR from late at last"
    cni DEL late || echo "NOT deleted: late"
    ip netns delete late
}

case $1 in
clock) clock_jumps ;;
lost) lost_subnet ;;
*) echo "NOT known: $1" ;;
esac
