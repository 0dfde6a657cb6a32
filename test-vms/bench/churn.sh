# shellcheck shell=bash
# 250 pods of ours and 250 of the reference chain on a node; 100 threads detach and attach them again, each chain in turn: distribution of
# the times, failures, what is left, and the daemon's memory over time. bench churn [MINUTES [PODS [AT-ONCE]]], default 1 250 100.

bench_churn() {
    local minutes=${1:-1} pods=${2:-250} threads=${3:-100} status=0 job
    bench_begin node1
    find_reference
    start_nodes
    reference_conflist reference ref0 >"$state/reference.conflist"
    say "reference plugins $reference_version from $reference; $pods pods each, $threads threads, $minutes minutes"
    find_server daemon || die "there is no daemon"
    inside node1 "$tools/cni-chain" churn --chain "flannel-j:/etc/cni/net.d/10-flannel.conflist:/opt/cni/bin" \
        --chain "reference:/run/lab/reference.conflist:$reference" --pods "$pods" --at-once "$threads" --seconds $((minutes * 60)) --turn 5 \
        --check "$lab_dir/lab.d/leaks cbr0" >"$state/churn.txt" 2>&1 &
    job=$!
    resident_over_time "$job" >"$state/resident.txt"
    wait "$job" || status=$?
    cat "$state/churn.txt"
    say "memory of the daemon, VmRSS in MiB, every 5 s"
    plot_series <"$state/resident.txt" | show
    [ "$status" = 0 ] || die "a call failed or something is left"
}

# VmRSS of $server in KiB until the process $1 has ended, a line each time.
resident_over_time() {
    local tick=0
    while [ -d "/proc/$1" ]; do
        [ $((tick++ % 25)) != 0 ] || inside node1 awk '/^VmRSS/ { print $2 }' "/proc/$server/status"
        sleep 0.2
    done
}

# KiB, one a line, as bars from 0.
plot_series() {
    awk '
        { v[NR] = $1 / 1024; if (v[NR] > most) most = v[NR] }
        END {
            for (i = 1; i <= NR; i++) {
                bar = sprintf("%" int(v[i] * 50 / most) "s", "")
                gsub(/ /, "#", bar)
                printf "%5d s %7.1f %s\n", (i - 1) * 5, v[i], bar
            }
            # The first quarter is start and warm-up.
            from = int(NR / 4) + 1
            printf "from %d s on: %.1f at first, %.1f at last\n", (from - 1) * 5, v[from], v[NR]
        }'
}
