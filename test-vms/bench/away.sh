# shellcheck shell=bash
# 100 calls at once while the daemon is away: wall time, memory of launchers and stand-alone process together, and that nothing fails, hangs
# or is left; then the same with the daemon coming back in the middle. bench away aot: with an AOT cache; once: one round of the first.
# A launcher waits 60 s at most, so where LAB_SLOWNESS is 10 it is a tenth of them.

bench_away() {
    local rounds=3 round
    at_once=$((100 / slowness))
    bench_begin node1
    [ "${1:-}" != once ] || rounds=1
    [ "${1:-}" != aot ] || make_aot_cache
    start_nodes
    find_server daemon || die "there is no daemon"
    inside node1 kill -KILL "$server"
    for ((round = 1; round <= rounds; round++)); do
        herd "stand-alone process started by the first of $at_once calls" 1
        find_server standalone
        inside node1 awk '{ printf "processor time of the stand-alone process from its start: %.2f s\n", ($14 + $15) / 100 }' "/proc/$server/stat"
        inside node1 kill -KILL "$server"
    done
    herd "the daemon coming back in the middle" 3 comes_back
    kills_check "nothing is left" inside node1 "$lab_dir/lab.d/leaks" cbr0 /dev/null
    [ "$kill_failures" = 0 ] || exit 1
}

comes_back() {
    sleep 0.7
    start_daemon node1
    await_daemon node1
}

# herd TEXT ROUNDS [CMD]: CMD is run meanwhile. cni-chain reads each output to its end, as Go's exec.Cmd does.
herd() {
    local text=$1 rounds=$2 status=0 watcher job
    shift 2
    inside node1 "$tools/pss" flannel portmap java sh cni-standalone >"$state/pss.txt" &
    watcher=$!
    inside node1 timeout $((120 * slowness)) "$tools/cni-chain" bench --chain "flannel-j:/etc/cni/net.d/10-flannel.conflist:/opt/cni/bin" --calls 0 \
        --at-once "$at_once" --rounds "$rounds" >"$state/herd.txt" 2>&1 &
    job=$!
    [ $# = 0 ] || "$@"
    wait "$job" || status=$?
    inside node1 pkill -TERM -x pss
    wait "$watcher" || true
    awk -v at_once="$at_once" '/wall time/ { wall = 1 } /: each/ { wall = 0 } wall && ($2 == "ADD" || $2 == "DEL") { printf "%s of %d: %.2f s   ", $2, at_once, $6 / 1000 }' "$state/herd.txt"
    cat "$state/pss.txt"
    [ "$status" = 0 ] || show <"$state/herd.txt"
    kills_check "$text: no call failed" [ "$status" = 0 ]
    kills_check "$text: at most 200 MiB" awk '{ exit !($3 > 0 && $3 <= 200) }' "$state/pss.txt"
}
