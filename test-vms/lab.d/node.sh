# shellcheck shell=bash
# Nodes and the network between them.
#
#   switch    a bridge, "underlay", with one port for each of the others
#   node1..   eth0 192.0.2.11, ...; default route by outside
#   outside   eth0 192.0.2.254 and, behind it, 203.0.113.1: hosts that know nothing of pod addresses
#
# With --family ipv6 it is 2001:db8::11, ..., 2001:db8::fe and 2001:db8:1::1 instead, with dual it is both.
#
# With --direct nodes on one link exchange pods' packets without tunnel (DirectRouting), and node3 is on another link than the others,
# 198.51.100.0/24 (2001:db8:2::/64), with outside as the router between both.
#
# All of it lives in namespaces: the machine's own network gets nothing.

outside_near=192.0.2.254
outside_far=203.0.113.1
outside_near6=2001:db8::fe
outside_far6=2001:db8:1::1
# Of an emulated machine: ceilings are that much higher.
slowness=${LAB_SLOWNESS:-1}
cluster_network=10.244.0.0/16
cluster_network6=fd00:10:244::/48

# The families in use: 4, 6 or both.
families=(4)

use_family() {
    case $1 in
    ipv4) families=(4) ;;
    ipv6) families=(6) ;;
    dual) families=(4 6) ;;
    *) die "--family $1: ipv4, ipv6 or dual" ;;
    esac
}

# Whether nodes on one link need no tunnel.
direct=

# family_option [--family ipv4|ipv6|dual] [--direct]
family_option() {
    while [ $# -gt 0 ]; do
        case $1 in
        --family)
            use_family "${2:-}"
            shift
            ;;
        --family=*) use_family "${1#--family=}" ;;
        --direct) direct=1 ;;
        *) die "unknown option $1; there are --family ipv4|ipv6|dual and --direct" ;;
        esac
        shift
    done
}

is_remote() {
    [ -n "$direct" ] && [ "$1" = node3 ]
}

# Of a lab that stands.
recall_family() {
    local name
    read -r name 2>/dev/null <"$state/family" || return 0
    use_family "$name"
}

family_name() {
    case ${families[*]} in
    4) echo ipv4 ;;
    6) echo ipv6 ;;
    *) echo dual ;;
    esac
}

has_family() {
    [[ " ${families[*]} " = *" $1 "* ]]
}

# node_address NODE [4|6]
node_address() {
    local near=192.0.2.1 near6=2001:db8::1
    ! is_remote "$1" || near=198.51.100.1 near6=2001:db8:2::1
    case ${2:-4} in
    4) echo "$near${1#node}" ;;
    6) echo "$near6${1#node}" ;;
    esac
}

pid_of() {
    local pid
    read -r pid 2>/dev/null <"$state/$1.pid" || die "there is no $1: sudo $0 up starts node1, node2, node3"
    [ -d "/proc/$pid" ] || die "$1 is gone: sudo $0 down, then up"
    echo "$pid"
}

# inside NODE CMD...: in all of its namespaces.
inside() {
    local pid
    pid=$(pid_of "$1")
    shift
    nsenter -t "$pid" -m -r --wd="/proc/$pid/root" -u -n -p -- "$@"
}

# start_holder NAME TREE: the lab that dies takes it along if $bound is set; a lab that stands for itself leaves it.
start_holder() {
    local name=$1 pid reply
    reply=$state/$name.fifo
    mkfifo "$reply"
    exec 9<>"$reply"
    exec 8<"$reply"
    rm "$reply"
    # Default signals: bash hands "ignore SIGINT" to its background jobs, and a Java process keeps that.
    setsid ${bound:+setpriv --pdeathsig KILL} env --default-signal unshare --net --mount --uts --pid --fork --kill-child \
        "$lab_dir/lab.d/holder" "$name" "$state" "$2" >&9 2>>"$state/$name.log" </dev/null 9>&- 8<&- &
    exec 9>&-
    if ! read -r -t $((20 * slowness)) pid <&8; then
        show <"$state/$name.log" >&2
        die "$name did not start"
    fi
    exec 8<&-
    disown
    echo "$pid" >"$state/$name.pid"
}

# Gives $1 an eth0 with the addresses $2 and $3 on the underlay, of the families in use.
plug_in() {
    local pid
    pid=$(pid_of "$1")
    nsenter -t "$(pid_of switch)" -n ip -batch - <<END
link add $1 type veth peer name eth0 netns $pid
link set $1 master underlay up
END
    {
        ! has_family 4 || echo "address add $2/24 dev eth0"
        ! has_family 6 || echo "address add $3/64 dev eth0 nodad"
        echo "link set eth0 up"
    } | nsenter -t "$pid" -n ip -batch -
}

start_underlay() {
    local node
    mkdir -p "$state"
    # What this lab was made from: later commands use the same tree.
    printf '%s\n' "$tree" >"$state/tree"
    family_name >"$state/family"
    readlink /proc/self/ns/pid >"$state/pid-namespace"
    start_holder switch ""
    nsenter -t "$(pid_of switch)" -n ip -batch - <<END
link add underlay type bridge forward_delay 0
link set underlay up
END
    start_holder outside ""
    plug_in outside "$outside_near" "$outside_near6"
    ! has_family 4 || inside outside ip address add "$outside_far/32" dev lo
    ! has_family 6 || inside outside ip address add "$outside_far6/128" dev lo nodad
    [ -z "$direct" ] || make_router
    for node in "${nodes[@]}"; do
        start_holder "$node" "${node_tree-$tree}"
        plug_in "$node" "$(node_address "$node")" "$(node_address "$node" 6)"
        if is_remote "$node"; then route_by 198.51.100.254 2001:db8:2::fe; else route_by "$outside_near" "$outside_near6"; fi
    done
}

# Its default routes, for the node in $node.
route_by() {
    ! has_family 4 || inside "$node" ip route add default via "$1"
    ! has_family 6 || inside "$node" ip -6 route add default via "$2"
}

# outside leads to the other link, which is on the same wire.
make_router() {
    ! has_family 4 || inside outside sh -c 'ip address add 198.51.100.254/24 dev eth0; echo 1 >/proc/sys/net/ipv4/ip_forward
        echo 0 >/proc/sys/net/ipv4/conf/eth0/send_redirects; echo 0 >/proc/sys/net/ipv4/conf/all/send_redirects'
    ! has_family 6 || inside outside sh -c 'ip address add 2001:db8:2::fe/64 dev eth0 nodad; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
}

network_configuration() {
    local backend="{\"Type\": \"vxlan\"${direct:+, \"DirectRouting\": true}}"
    case $(family_name) in
    ipv4) echo "{\"Network\": \"$cluster_network\", ${subnet_min:+\"SubnetMin\": \"$subnet_min\", }\"Backend\": $backend}" ;;
    ipv6) echo "{\"EnableIPv4\": false, \"EnableIPv6\": true, \"IPv6Network\": \"$cluster_network6\", \"Backend\": $backend}" ;;
    dual) echo "{\"Network\": \"$cluster_network\", \"EnableIPv6\": true, \"IPv6Network\": \"$cluster_network6\", \"Backend\": $backend}" ;;
    esac
}

write_configuration() {
    local node=$1
    network_configuration | inside "$node" sh -c 'cat >/etc/kube-flannel/net-conf.json'
    inside "$node" sh -c 'cat >/etc/cni/net.d/10-flannel.conflist' <<END
{
  "name": "cbr0",
  "cniVersion": "1.0.0",
  "plugins": [
    {"type": "flannel", "delegate": {"hairpinMode": true, "isDefaultGateway": true}},
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
END
    # Runtimes keep this one for themselves; it is no file of theirs.
    inside "$node" sh -c 'cat >/run/loopback.conflist' <<END
{"name": "cni-loopback", "cniVersion": "1.0.0", "plugins": [{"type": "loopback"}]}
END
}

start_daemon() {
    local node=$1 pid
    mkdir -p "$state/store"
    write_configuration "$node"
    pid=$(pid_of "$node")
    nsenter -t "$pid" -m -r --wd="/proc/$pid/root" -u -n -p -- setsid env -u JAVA_TOOL_OPTIONS /usr/lib/flannel-j/bin/flanneld-j run "${daemon_options[@]}" \
        >>"$state/$node.daemon.log" 2>&1 </dev/null &
    echo $! >"$state/$node.daemon.pid"
    disown
}

daemon_options=(--store directory --store-dir /run/lab/store --ip-masq)

# Until subnet.env says that the node's network is there.
await_daemon() {
    local node=$1 pid file tries
    pid=$(<"$state/$node.daemon.pid")
    file=/proc/$(pid_of "$node")/root/run/flannel/subnet.env
    for ((tries = 0; tries < 1500 * slowness; tries++)); do
        [ ! -s "$file" ] || return 0
        [ -d "/proc/$pid" ] || break
        sleep 0.02
    done
    show <"$state/$node.daemon.log" >&2
    [ -d "/proc/$pid" ] || die "the daemon of $node has ended"
    die "the daemon of $node has written no /run/flannel/subnet.env in 30 s"
}

start_nodes() {
    local node
    start_underlay
    for node in "${nodes[@]}"; do start_daemon "$node"; done
    for node in "${nodes[@]}"; do await_daemon "$node"; done
}

# Everything of this lab: the first process of a PID namespace takes all others along, and with the last one go the namespaces with
# links, mounts and files. Never fails, as it runs after any failure.
remove_lab() {
    local file pid holders=() tries
    [ -d "$state" ] || return 0
    for file in "$state"/*.daemon.pid; do
        # nsenter stops together with a daemon that is stopped, and does not go on with it: it would never reap it then.
        read -r pid 2>/dev/null <"$file" && grep -qs '^nsenter' "/proc/$pid/comm" && kill -CONT "$pid" 2>/dev/null || true
    done
    for file in "$state"/*.pid; do
        [ "${file%.daemon.pid}" = "$file" ] || continue
        read -r pid 2>/dev/null <"$file" || continue
        # The number may have been given to another process since: ours is the first of a namespace below this one.
        grep -qs '^NSpid:.*[[:space:]]1$' "/proc/$pid/status" || continue
        kill -KILL "$pid" 2>/dev/null && holders+=("$pid")
    done
    for pid in "${holders[@]}"; do
        for ((tries = 0; tries < 500; tries++)); do
            [ -d "/proc/$pid" ] || break
            sleep 0.01
        done
    done
    [ ! -d "$state/kube" ] || remove_control_groups
    rm -rf "$state"
    rmdir /run/flannel-j-lab 2>/dev/null || true
}

# Directories of runs that were killed; their nodes died with them. Their number says nothing in another PID namespace, such as that of the tests.
remove_stale() {
    local directory
    for directory in /run/flannel-j-lab/*.*; do
        [ -d "$directory" ] && [ "$(cat "$directory/pid-namespace" 2>/dev/null)" = "$(readlink /proc/self/ns/pid)" ] || continue
        [ -d "/proc/${directory##*.}" ] || rm -rf "$directory"
    done
}

lab_up() {
    family_option "$@"
    [ ! -d "$state" ] || die "the lab is up already: sudo $0 down removes it"
    lab_build
    trap 'status=$?; [ "$status" = 0 ] || remove_lab' EXIT
    trap 'exit 130' INT TERM
    say "starting ${nodes[*]}"
    start_nodes
    say "ready: sudo $0 exec node1 ip route; sudo $0 pod add node1 web; sudo $0 down"
}

lab_down() {
    [ -d "$state" ] || { say "nothing to remove" && return; }
    remove_lab
    say "removed"
}

lab_exec() {
    [ $# -ge 2 ] || die "usage: lab exec NODE CMD..."
    local pid
    pid=$(pid_of "$1")
    shift
    exec nsenter -t "$pid" -m -r --wd="/proc/$pid/root" -u -n -p -- "$@"
}

lab_log() {
    [ $# = 1 ] || die "usage: lab log NODE"
    cat "$state/$1.daemon.log"
}

lab_status() {
    local node
    [ -d "$state" ] || { say "no lab is up" && return; }
    recall_family
    for node in "${nodes[@]}"; do
        printf '%s  %s  subnet %s  pods: %s\n' "$node" "$(node_address "$node" "${families[0]}")" \
            "$(inside "$node" sed -n 's/^FLANNEL_.*SUBNET=//p' /run/flannel/subnet.env 2>/dev/null | paste -sd ' ' || echo none)" \
            "$(inside "$node" ip netns list | awk '{printf "%s ", $1}')"
    done
    inside node1 /usr/lib/flannel-j/bin/flanneld-j status || true
}
