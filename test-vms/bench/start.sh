# shellcheck shell=bash
# From exec of the daemon to a node that is ready: subnet.env, readiness, the hello of the CNI socket; with three peers' leases, on every JVM that is
# here, in turn, beside an empty run of the same JVM.

bench_start() {
    local rounds=${1:-10} round name java aot measured daemon what
    cluster_network=10.32.0.0/11
    bench_begin node1
    make_aot_cache
    start_underlay
    write_configuration node1
    write_leases 3
    for ((round = 0; round <= rounds; round++)); do
        while read -r name java aot; do
            run_daemon "$java" "$aot" --file /run/flannel/subnet.env --http 8471 /readyz --socket /run/flannel/cni.sock </dev/null
            [ "$round" = 0 ] || sed -E '/^pid/d' <<<"$measured" | while read -r what time; do echo "$time" >>"$state/$name.${what##*/}"; done
            end_daemon </dev/null
            forget_daemon </dev/null
            [ "$aot" = on ] || empty_jvm "$java" >>"$state/$name.empty"
        done < <(jvm_variants)
    done
    while read -r name _; do
        for what in empty subnet.env readyz cni.sock; do
            [ ! -s "$state/$name.$what" ] || printf '%-14s ms to %-12s %s\n' "$name" "$what" "$(quantiles <"$state/$name.$what")"
        done
    done < <(jvm_variants)
}

# Milliseconds of java -version with the daemon's flags.
empty_jvm() {
    local started=${EPOCHREALTIME/./} t
    "$1/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -version >/dev/null 2>&1
    t=$((${EPOCHREALTIME/./} - started))
    printf '%d.%03d\n' $((t / 1000)) $((t % 1000))
}
