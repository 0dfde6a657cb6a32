# shellcheck shell=bash
# lab demo: the whole way once, shown and checked.

demo_pods=(node1:red node1:blue node2:green node2:black node3:white node3:pink)
declare -A demo_address # by place and family: node1:red/4
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
    local place node pod family
    for place in "${demo_pods[@]}"; do
        node=${place%:*} pod=${place#*:}
        add_pod "$node" "$pod" || return 1
        for family in "${families[@]}"; do
            demo_address[$place/$family]=$(pod_address "$node" "$pod" "$family")
            [ -n "${demo_address[$place/$family]}" ] || return 1
        done
        in_pod "$place" setsid "$tools/who" serve 7777 </dev/null >/dev/null 2>&1 &
        disown
    done
    inside outside setsid "$tools/who" serve 7777 </dev/null >/dev/null 2>&1 &
    disown
}

demo_show() {
    local place node family
    for place in "${demo_pods[@]}"; do printf '%-12s %s %s\n' "$place" "${demo_address[$place/4]:-}" "${demo_address[$place/6]:-}"; done | show
    say "leases, as node1 sees them"
    inside node1 /usr/lib/flannel-j/bin/flanneld-j leases | show || demo_failures=$((demo_failures + 1))
    for node in "${nodes[@]}"; do
        say "routes of $node"
        for family in "${families[@]}"; do inside "$node" ip "-$family" route | grep -v '^fe80::' | show; done
    done
    for family in "${families[@]}"; do
        say "neighbours and forwarding entries of node1's $(demo_device "$family")"
        inside node1 sh -c "ip -$family neighbour show dev $(demo_device "$family"); bridge fdb show dev $(demo_device "$family")" | show
    done
}

demo_device() {
    case $1 in
    4) echo flannel.1 ;;
    6) echo flannel-v6.1 ;;
    esac
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
    local from=$1 to family address
    for to in "${demo_pods[@]}"; do
        [ "$from" != "$to" ] || continue
        for family in "${families[@]}"; do
            address=${demo_address[$to/$family]}
            if [ "${from#*:}" != "$from" ]; then
                in_pod "$from" ping -q -c 1 -W 3 "$address"
            else
                inside "$from" ping -q -c 1 -W 3 "$address"
            fi >/dev/null 2>&1 || echo "$from cannot ping $to $address"
        done
    done
}

own_address_from() {
    local from=$1 to protocol seen family own
    for to in "${demo_pods[@]}"; do
        [ "$from" != "$to" ] || continue
        for family in "${families[@]}"; do
            own=${demo_address[$from/$family]}
            for protocol in tcp udp; do
                seen=$(in_pod "$from" "$tools/who" ask "$protocol" "${demo_address[$to/$family]}" 7777 2>&1) || true
                [ "$seen" = "$own" ] || echo "$to sees $from $own over $protocol as: $seen"
            done
        done
    done
}

outside_from() {
    local from=$1 host hosts=() protocol seen family=4
    ! has_family 4 || hosts+=("$outside_near" "$outside_far")
    ! has_family 6 || hosts+=("$outside_near6" "$outside_far6")
    for host in "${hosts[@]}"; do
        [[ $host != *:* ]] || family=6
        for protocol in tcp udp; do
            seen=$(in_pod "$from" "$tools/who" ask "$protocol" "$host" 7777 2>&1) || true
            [ "$seen" = "$(node_address "${from%:*}" "$family")" ] || echo "$host sees $from over $protocol as: $seen"
        done
    done
}

# One packet of the family $1 from red on node1 to green on node2, taken at node1's port of the switch. tcpdump takes 8472 for another
# protocol if not told.
demo_capture() {
    local file=$state/packet.txt from=${demo_address[node1:red/$1]} to=${demo_address[node2:green/$1]} job tries icmp='ICMP echo request'
    [ "$1" = 4 ] || icmp='.*ICMP6, echo request'
    : >"$file.err"
    inside switch timeout 20 tcpdump -i node1 -T vxlan -nn -e -v -l -c 1 "udp dst port 8472 and src $(node_address node1 "$1")" >"$file" 2>"$file.err" &
    job=$!
    for ((tries = 0; tries < 500; tries++)); do
        ! grep -q '^tcpdump: listening\|^listening' "$file.err" || break
        sleep 0.02
    done
    in_pod node1:red ping -q -c 1 -W 3 "$to" >/dev/null || true
    wait "$job" || true
    show <"$file"
    grep -q "$(node_address node1 "$1").[0-9]* > $(node_address node2 "$1").8472: .*VXLAN, flags .*, vni 1" "$file" &&
        grep -q "$from > $to: $icmp" "$file"
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
    local status=${1:-$?}
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

# A packet that fills the pod's interface gets to another node whole, in each family.
full_packets_fit() {
    local family mtu header trouble=
    mtu=$(in_pod node1:red cat /sys/class/net/eth0/mtu)
    for family in "${families[@]}"; do
        header=28
        [ "$family" = 4 ] || header=48
        in_pod node1:red ping -q -c 1 -W 3 -M do -s $((mtu - header)) "${demo_address[node2:green/$family]}" >/dev/null 2>&1 ||
            trouble+="IPv$family: $mtu bytes do not get through "
    done
    echo "MTU of pods $mtu" | show
    [ -z "$trouble" ] || { show <<<"$trouble" && return 1; }
}

# On every device of ours that stands in a node; eth0 is the machine's own.
hears_no_router() {
    local node trouble=
    for node in "${nodes[@]}"; do
        trouble+=$(inside "$node" sh -c 'cd /proc/sys/net/ipv6/conf && grep -Hv "^0$" */accept_ra | grep -v "^\(all\|default\|lo\|eth0\)/"' || true)
    done
    [ -z "$trouble" ] || { show <<<"$trouble" && return 1; }
}

lab_demo() {
    family_option "$@"
    local family
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
    check "the largest packet of a pod gets to another node in one piece" full_packets_fit
    for family in "${families[@]}"; do
        check "a packet between nodes is VXLAN over IPv$family, UDP port 8472, VNI 1" demo_capture "$family"
    done
    ! has_family 6 || check "no router advertisement is heard on cni0, pods' veths and flannel's devices" hears_no_router
    check "every pod can be detached" demo_detach
    check "no link, address or namespace of a pod is left" nothing_left
    [ "$demo_failures" = 0 ] || keep_logs
}
