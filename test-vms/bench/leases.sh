# shellcheck shell=bash
# 5,000 leases of the store "directory" into the kernel (route, neighbour and forwarding entry each), from exec of the daemon, beside the same
# objects by ip -batch and bridge -batch, in turn; then single changes while 5,000 are there.

# The same objects as commands.
write_batches() {
    awk -v count="$1" -v directory="$state" 'BEGIN {
        for (i = 1; i <= count; i++) {
            a = 32 + int(i / 256); b = i % 256
            mac = sprintf("02:00:00:01:%02x:%02x", a, b)
            printf "route add 10.%d.%d.0/24 via 10.%d.%d.0 dev flannel.1 onlink\n", a, b, a, b > (directory "/routes.batch")
            printf "neighbour add 10.%d.%d.0 lladdr %s dev flannel.1 nud permanent\n", a, b, mac > (directory "/neighbours.batch")
            printf "fdb append %s dev flannel.1 dst 172.20.%d.%d self permanent\n", mac, int(i / 256), b > (directory "/fdb.batch")
        }
    }'
}

# Milliseconds of the batches in a node without daemon.
by_batch() {
    inside node1 bash -c '
        started=${EPOCHREALTIME/./}
        ip link add flannel.1 type vxlan id 1 dev eth0 local 192.0.2.11 dstport 8472 nolearning
        ip link set flannel.1 up
        ip -batch /run/lab/neighbours.batch
        bridge -batch /run/lab/fdb.batch
        ip -batch /run/lab/routes.batch
        echo $(((${EPOCHREALTIME/./} - started) / 1000))'
    inside node1 ip link del flannel.1
}

# Changes the MAC of one peer back and forth and prints the milliseconds until the kernel has it, one a line.
single_changes() {
    local count=$1 i mac file=$state/store/10.40.7.0-24.json
    for ((i = 0; i < count; i++)); do
        mac=02:00:00:02:00:0$((i % 2))
        sed "s/02:00:00:0[12]:[0-9a-f:]*/$mac/" "$file" >"$state/changed.json"
        inside node1 "$tools/await" --event /run/lab/changed.json "/run/lab/store/10.40.7.0-24.json" \
            "neighbour:10.40.7.0=$mac" "fdb:$mac=172.20.8.7"
    done
}

by_hand_changes() {
    local count=$1 i
    for ((i = 0; i < count; i++)); do
        inside node1 bash -c '
            started=${EPOCHREALTIME/./}
            ip neighbour replace 10.40.7.0 lladdr "$1" dev flannel.1 nud permanent
            bridge fdb replace "$1" dev flannel.1 dst 172.20.8.7 self permanent
            t=$((${EPOCHREALTIME/./} - started)); printf "%d.%03d\n" $((t / 1000)) $((t % 1000))' - "02:00:00:03:00:0$((i % 2))"
    done
}

bench_leases() {
    local rounds=${1:-5} count=${2:-5000} round name java aot measured daemon
    cluster_network=10.32.0.0/11
    bench_begin node1
    make_aot_cache
    start_underlay
    write_configuration node1
    write_leases "$count"
    write_batches "$count"
    say "$count leases, $rounds rounds in turn"
    for ((round = 0; round <= rounds; round++)); do
        while read -r name java aot; do
            run_daemon "$java" "$aot" --objects flannel.1 "$count" "$count" "$count" --file /run/flannel/subnet.env </dev/null
            [ "$round" = 0 ] || sed -n 's/^flannel.1 //p' <<<"$measured" >>"$state/times.$name"
            resident </dev/null >"$state/rss.$name"
            end_daemon </dev/null
            forget_daemon </dev/null
        done < <(jvm_variants)
        [ "$round" = 0 ] && by_batch >/dev/null || by_batch >>"$state/times.batch"
    done
    for name in "$state"/times.*; do
        printf '%-14s ms until all is in the kernel  %s  %s\n' "${name##*times.}" "$(quantiles <"$name")" "$(cat "${name/times/rss}" 2>/dev/null || true)"
    done
    say "one changed lease while $count are there"
    while read -r name java aot; do
        run_daemon "$java" "$aot" --objects flannel.1 "$count" "$count" "$count" </dev/null
        single_changes 20 </dev/null >/dev/null
        printf '%-14s ms from the changed file to the kernel  %s\n' "$name" "$(single_changes 100 </dev/null | quantiles)"
        end_daemon </dev/null
        forget_daemon </dev/null
    done < <(jvm_variants)
    inside node1 ip link add flannel.1 type vxlan id 1 dev eth0 local 192.0.2.11 dstport 8472 nolearning
    printf '%-14s ms of ip and bridge, one change          %s\n' "by hand" "$(by_hand_changes 100 | quantiles)"
}
