# shellcheck shell=bash
# The store "etcd": a real etcd. From exec of the daemon to subnet.env with 3 leases and to all routes with 5,000, its memory then, and how much
# later than bare watch clients of the same run (etcdctl watch, and one of the JSON gateway) a new lease's route is there.

etcd_address=127.0.0.1:2379

etcd_leases() {
    inside node1 python3 "$lab_dir/bench/puts.py" "$etcd_address" "$@"
}

start_etcd() {
    serve node1 etcd etcd --data-dir /run/etcd --listen-client-urls "http://$etcd_address" --advertise-client-urls "http://$etcd_address" --logger zap
    await_served 30 node1 etcd inside node1 env ETCDCTL_API=3 etcdctl --endpoints "$etcd_address" endpoint health
}

# rounds_of WHAT ROUNDS CONDITION...: starts the daemon on each JVM in turn; milliseconds to $state/NAME.WHAT, memory to $state/NAME.rss.
rounds_of() {
    local what=$1 rounds=$2 round name java aot
    shift 2
    for ((round = 0; round <= rounds; round++)); do
        while read -r name java aot; do
            run_daemon "$java" "$aot" "$@" </dev/null
            [ "$round" = 0 ] || sed -n 's/^\(.*subnet.env\|flannel.1\) //p' <<<"$measured" >>"$state/$name.$what"
            resident </dev/null >"$state/$name.rss"
            end_daemon </dev/null
            forget_daemon </dev/null
        done < <(jvm_variants)
    done
}

bench_etcd() {
    local rounds=${1:-5} count=${2:-5000} puts=${3:-200} round=0 name java aot measured daemon
    cluster_network=10.32.0.0/11
    bench_begin node1
    install_missing etcd:etcd-server etcdctl:etcd-client python3:python3
    make_aot_cache
    start_underlay
    write_configuration node1
    start_etcd
    inside node1 env ETCDCTL_API=3 etcdctl --endpoints "$etcd_address" put /coreos.com/network/config >/dev/null \
        "{\"Network\": \"$cluster_network\", \"SubnetLen\": 24, \"SubnetMin\": \"10.60.0.0\", \"Backend\": {\"Type\": \"vxlan\"}}"
    daemon_options=(--store etcd "--etcd-endpoints=http://$etcd_address" --ip-masq)
    etcd_leases create 1 3
    rounds_of three "$rounds" --file /run/flannel/subnet.env
    for name in "$state"/*.three; do printf '%-14s ms to subnet.env, 3 leases      %s\n' "$(basename "$name" .three)" "$(quantiles <"$name")"; done
    etcd_leases create 4 $((count - 3))
    rounds_of all "$rounds" --objects flannel.1 "$count" "$count" "$count"
    for name in "$state"/*.all; do
        printf '%-14s ms to all routes, %s leases  %s  %s\n' "$(basename "$name" .all)" "$count" "$(quantiles <"$name")" "$(cat "${name%.all}.rss")"
    done
    say "one new lease while $count are there"
    while read -r name java aot; do
        run_daemon "$java" "$aot" --objects flannel.1 $((count + round)) $((count + round)) $((count + round)) </dev/null
        etcd_leases measure $((count + round + 1)) 40 </dev/null >/dev/null
        etcd_leases measure $((count + round + 41)) "$puts" </dev/null >"$state/$name.later"
        printf '%-14s ms from a bare etcdctl watch to the route  %s\n' "$name" "$(cut -d ' ' -f 1 "$state/$name.later" | quantiles)"
        printf '%-14s ms from a bare watch of the gateway        %s\n' "$name" "$(cut -d ' ' -f 2 "$state/$name.later" | quantiles)"
        round=$((round + puts + 40))
        end_daemon </dev/null
        forget_daemon </dev/null
    done < <(jvm_variants)
}
