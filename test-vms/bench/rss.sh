# shellcheck shell=bash
# Memory of the daemon: ready with three leases; after 1,000 pods came and went; with 5,000 leases.

bench_rss() {
    local name java aot measured daemon
    # The daemon leases before there are 5,000: a subnet that none of them has.
    cluster_network=10.32.0.0/11 subnet_min=10.60.0.0
    bench_begin node1
    make_aot_cache
    start_underlay
    write_configuration node1
    while read -r name java aot; do
        rm -rf "$state/store"
        write_leases 3
        run_daemon "$java" "$aot" --http 8471 /readyz </dev/null
        printf '%-14s %-24s %s\n' "$name" "3 leases" "$(resident </dev/null)"
        inside node1 "$tools/cni-chain" bench --chain "flannel-j:/etc/cni/net.d/10-flannel.conflist:/opt/cni/bin" --settle 0 --calls 1000 </dev/null >/dev/null
        printf '%-14s %-24s %s\n' "$name" "after 1,000 ADD and DEL" "$(resident </dev/null)"
        write_leases 5000
        inside node1 "$tools/await" --objects flannel.1 5000 5000 5000 </dev/null >/dev/null
        printf '%-14s %-24s %s\n' "$name" "5,000 leases" "$(resident </dev/null)"
        end_daemon </dev/null
        forget_daemon </dev/null
    done < <(jvm_variants)
    empty_memory
}

# What a JVM takes that does nothing.
empty_memory() {
    local name java aot job
    while read -r name java aot; do
        [ "$aot" = off ] || continue
        mkdir -p "$state/empty"
        printf 'class Empty { public static void main(String[] a) throws Exception { Thread.sleep(20000); } }' >"$state/empty/Empty.java"
        [ -f "$state/empty/Empty.class" ] || javac --release 17 -d "$state/empty" "$state/empty/Empty.java"
        "$java/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx64m -XX:-UsePerfData -cp "$state/empty" Empty &
        job=$!
        sleep 1
        printf '%-14s %-24s VmRSS: %s MiB\n' "$name" "an empty program" "$(awk '/^VmRSS/ {printf "%.1f", $2 / 1024}' "/proc/$job/status")"
        kill "$job"
        wait "$job" || true
    done < <(jvm_variants)
}
