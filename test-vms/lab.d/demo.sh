# shellcheck shell=bash
# lab demo: the whole way once, shown and checked.

demo_pods=(node1:red node1:blue node2:green node2:black node3:white node3:pink)
declare -A demo_address
demo_failures=0

check() {
    local text=$1
    shift
    if "$@"; then
        say "ok      $text"
    else
        say "FAILED  $text"
        demo_failures=$((demo_failures + 1))
    fi
}

in_pod() {
    local place=$1
    shift
    inside "${place%:*}" ip netns exec "${place#*:}" "$@"
}

demo_attach() {
    local place node pod
    for place in "${demo_pods[@]}"; do
        node=${place%:*} pod=${place#*:}
        add_pod "$node" "$pod" || return 1
        demo_address[$place]=$(pod_address "$node" "$pod")
        [ -n "${demo_address[$place]}" ] || return 1
        in_pod "$place" setsid "$tools/who" serve 7777 </dev/null >/dev/null 2>&1 &
        disown
    done
    inside outside setsid "$tools/who" serve 7777 </dev/null >/dev/null 2>&1 &
    disown
}

demo_show() {
    local place node
    for place in "${demo_pods[@]}"; do printf '%-12s %s\n' "$place" "${demo_address[$place]}"; done | show
    say "leases, as node1 sees them"
    inside node1 /usr/lib/flannel-j/bin/flanneld-j leases | show || demo_failures=$((demo_failures + 1))
    for node in "${nodes[@]}"; do
        say "routes of $node"
        inside "$node" ip route | show
    done
    say "neighbours and forwarding entries of node1's flannel.1"
    inside node1 sh -c 'ip neighbour show dev flannel.1; bridge fdb show dev flannel.1' | show
}

# Runs "$1 PLACE" for all pods and nodes at the same time; each prints a line for what went wrong.
demo_from_all() {
    local what=$1 place trouble
    shift
    trouble=$(
        for place in "$@"; do "$what" "$place" & done
        wait
    )
    [ -z "$trouble" ] || { show <<<"$trouble" && return 1; }
}

ping_all_from() {
    local from=$1 to
    for to in "${demo_pods[@]}"; do
        [ "$from" != "$to" ] || continue
        if [ "${from#*:}" != "$from" ]; then
            in_pod "$from" ping -q -c 1 -W 3 "${demo_address[$to]}"
        else
            inside "$from" ping -q -c 1 -W 3 "${demo_address[$to]}"
        fi >/dev/null 2>&1 || echo "$from cannot ping $to ${demo_address[$to]}"
    done
}

own_address_from() {
    local from=$1 to protocol seen
    for to in "${demo_pods[@]}"; do
        [ "$from" != "$to" ] || continue
        for protocol in tcp udp; do
            seen=$(in_pod "$from" "$tools/who" ask "$protocol" "${demo_address[$to]}" 7777 2>&1) || true
            [ "$seen" = "${demo_address[$from]}" ] || echo "$to sees $from ${demo_address[$from]} over $protocol as: $seen"
        done
    done
}

outside_from() {
    local from=$1 host protocol seen
    for host in "$outside_near" "$outside_far"; do
        for protocol in tcp udp; do
            seen=$(in_pod "$from" "$tools/who" ask "$protocol" "$host" 7777 2>&1) || true
            [ "$seen" = "$(node_address "${from%:*}")" ] || echo "$host sees $from over $protocol as: $seen"
        done
    done
}

# One packet from red on node1 to green on node2, taken at node1's port of the switch. tcpdump takes 8472 for another protocol if not told.
demo_capture() {
    local file=$state/packet.txt from=${demo_address[node1:red]} to=${demo_address[node2:green]} job tries
    : >"$file.err"
    inside switch timeout 20 tcpdump -i node1 -T vxlan -nn -e -v -l -c 1 "udp dst port 8472 and src $(node_address node1)" >"$file" 2>"$file.err" &
    job=$!
    for ((tries = 0; tries < 500; tries++)); do
        ! grep -q '^tcpdump: listening\|^listening' "$file.err" || break
        sleep 0.02
    done
    in_pod node1:red ping -q -c 1 -W 3 "$to" >/dev/null || true
    wait "$job" || true
    show <"$file"
    grep -q "$(node_address node1).[0-9]* > $(node_address node2).8472: VXLAN, flags .*, vni 1" "$file" &&
        grep -q "$from > $to: ICMP echo request" "$file"
}

demo_detach() {
    local place
    for place in "${demo_pods[@]}"; do del_pod "${place%:*}" "${place#*:}" || return 1; done
}

nothing_left() {
    local node left
    for node in "${nodes[@]}"; do
        left=$(inside "$node" sh -c 'ip -o link show type veth | grep -v " eth0@"; find /var/lib/cni/networks -name "*.*.*.*" ! -name "last_*"; ip netns list')
        [ -z "$left" ] || { show <<<"$left" && return 1; }
    done
}

demo_end() {
    local status=$?
    trap - EXIT
    exec >&"$demo_terminal" # the signal may have come while output was going elsewhere
    end_long_job
    remove_lab
    if [ -d "$state" ]; then
        say "FAILED  $state could not be removed"
        status=1
    fi
    if [ "$status" = 0 ] && [ "$demo_failures" = 0 ]; then
        say "all worked, and all was removed"
        exit 0
    fi
    case $status in 129 | 130 | 143) say "interrupted" ;; esac
    say "NOT all worked: $demo_failures checks failed${demo_logs:+; logs: $demo_logs}"
    [ "$status" != 0 ] || status=1
    exit "$status"
}

# The logs of a demonstration that failed outlive it.
keep_logs() {
    demo_logs=$project_dir/target/lab-demo-logs
    rm -rf "$demo_logs"
    mkdir -p "$demo_logs"
    cp "$state"/*.log "$demo_logs/" 2>/dev/null || true
}

lab_demo() {
    lab_name=demo.$$ state=/run/flannel-j-lab/demo.$$ bound=1 demo_logs=
    trap demo_end EXIT
    exec {demo_terminal}>&1
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    remove_stale
    lab_build
    say "starting ${nodes[*]}: a network, mount, UTS and PID namespace each, a daemon in each"
    start_nodes || die "the nodes did not start"
    say "attaching ${#demo_pods[@]} pods by /opt/cni/bin/flannel and portmap"
    demo_attach || die "a pod could not be attached"
    demo_show
    check "every pod pings every pod" demo_from_all ping_all_from "${demo_pods[@]}"
    check "every node pings every pod" demo_from_all ping_all_from "${nodes[@]}"
    check "pods see each other's own address over TCP and UDP: no translation between pods" demo_from_all own_address_from "${demo_pods[@]}"
    check "hosts outside see pods by their node's address: masqueraded" demo_from_all outside_from "${demo_pods[@]}"
    check "a packet between nodes is VXLAN, UDP port 8472, VNI 1" demo_capture
    check "every pod can be detached" demo_detach
    check "no link, address or namespace of a pod is left" nothing_left
    [ "$demo_failures" = 0 ] || keep_logs
}
