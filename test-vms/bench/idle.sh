# shellcheck shell=bash
# The daemon with nothing to do: three nodes, pods that ping each other across the nodes all the time; processor time of node1's daemon over
# some minutes, and whether a process or thread was started on node1 meanwhile. bench idle [MINUTES [PODS]], default 1 and 30 on each node.

bench_idle() {
    local minutes=${1:-1} pods=${2:-30} node before after started
    bench_begin node1 node2 node3
    start_nodes
    say "attaching $pods pods on each of ${nodes[*]}"
    for node in "${nodes[@]}"; do idle_pods "$node" "$pods" || die "a pod of $node could not be attached"; done
    start_pings node1 node2
    start_pings node2 node3
    start_pings node3 node1
    find_server daemon || die "there is no daemon"
    sleep 10 # what the daemon has to learn of its pods is over then
    say "measuring for $minutes minutes"
    before=$(processor_time)
    started=$(inside node1 cat /proc/sys/kernel/ns_last_pid)
    sleep $((minutes * 60))
    # This look is one process more, or two.
    started=$(($(inside node1 cat /proc/sys/kernel/ns_last_pid) - started))
    after=$(processor_time)
    awk -v seconds=$((minutes * 60)) '
        { u[NR] = $1; k[NR] = $2; c[NR] = $3 + $4 }
        END {
            printf "daemon of node1: utime %.2f s, stime %.2f s in %d s: %.3f %% of a core\n", (u[2] - u[1]) / 100, (k[2] - k[1]) / 100, seconds, \
                (u[2] - u[1] + k[2] - k[1]) / seconds
            printf "processor time of its child processes: %.2f s\n", (c[2] - c[1]) / 100
        }' <<<"$before"$'\n'"$after"
    say "processes and threads started on node1 meanwhile, with one or two of this measurement: $started"
    say "still pinging on node1: $(inside node1 pgrep -c -x ping) of $pods"
    daemon=$server
    resident
    busiest_threads
}

# utime, stime and those of children, in ticks of 10 ms.
processor_time() {
    inside node1 awk '{ print $14, $15, $16, $17 }' "/proc/$server/stat"
}

busiest_threads() {
    inside node1 sh -c 'cat /proc/$1/task/*/stat' - "$server" | sed 's/^\([0-9]*\) (\(.*\)) ./\1 \2/; s/ \([^ ]* \)/ \1/' |
        awk '{ n = NF; for (i = 1; i <= NF; i++) if ($i ~ /^-?[0-9]+$/ && i > 1) break; name = $2; for (j = 3; j < i; j++) name = name " " $j; print ($(i + 10) + $(i + 11)) / 100, name }' |
        sort -rn | head -n 5 | awk '{ printf "    %6.2f s  %s\n", $1, substr($0, length($1) + 2) }'
}

# All at once would take longer than one after the other by the shell; a few at a time.
idle_pods() {
    local node=$1 count=$2 i
    for ((i = 0; i < count; i++)); do
        inside "$node" ip netns add "idle$i"
        chain add "$node" "idle$i" /etc/cni/net.d/10-flannel.conflist eth0 >/dev/null || return 1
    done
}

# Each pod of the node $1 pings the same pod of the node $2, once a second.
start_pings() {
    local from=$1 to=$2 i
    inside "$to" sh -c 'for i in $(seq 0 $(($1 - 1))); do ip -netns idle$i -4 -o address show dev eth0; done' - "$pods" | awk '{ sub("/.*", "", $4); print $4 }' >"$state/$to.addresses"
    # shellcheck disable=SC2016 # the node's shell takes it
    inside "$from" sh -c 'i=0; while read -r address; do setsid ip netns exec "idle$i" ping -q "$address" </dev/null >/dev/null 2>&1 & i=$((i + 1)); done' <"$state/$to.addresses"
}
