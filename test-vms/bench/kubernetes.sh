# shellcheck shell=bash
# The store "kubernetes": a real API server with nodes of 10 KB. From exec of the daemon to subnet.env with 3 nodes and to all routes with 5,000,
# its memory then, and how much later than a bare watch client of the same run a new node's route is there; beside Go flannel, where there is one.

kube_nodes() {
    inside node1 python3 "$lab_dir/bench/nodes.py" "https://$control_address:6443" "$kube_directory/ca.crt" admin-token "$@"
}

bench_kubernetes() {
    local rounds=${1:-5} count=${2:-5000} round name java aot measured daemon
    cluster_network=10.32.0.0/11 cluster_store=kubernetes
    bench_begin node1
    install_missing iptables:iptables etcd:etcd-server etcdctl:etcd-client openssl:openssl python3:python3
    build_servers kube-apiserver kubectl || die "there is no API server: it takes Go 1.26"
    make_aot_cache
    start_underlay
    write_configuration node1
    start_api_server
    apply_manifest
    daemon_options=(--kube-subnet-mgr "--kubeconfig-file=$kube_directory/flannel.conf" --node-name node1 --ip-masq)
    go_options=(-kube-subnet-mgr "-kubeconfig-file=$kube_directory/flannel.conf")
    build_servers flanneld || say "Go flannel is not measured"
    kube_nodes own node1 10.63.0.0/24
    kube_nodes create 1 3
    for ((round = 0; round <= rounds; round++)); do
        while read -r name java aot; do
            run_daemon "$java" "$aot" --file /run/flannel/subnet.env </dev/null
            [ "$round" = 0 ] || sed -n 's/^.*subnet.env //p' <<<"$measured" >>"$state/$name.three"
            end_daemon </dev/null
            forget_daemon </dev/null
        done < <(jvm_variants; go_variant)
    done
    for name in "$state"/*.three; do printf '%-14s ms to subnet.env, 3 nodes      %s\n' "$(basename "$name" .three)" "$(quantiles <"$name")"; done
    say "making $count nodes of 10 KB"
    kube_nodes create 4 $((count - 3))
    for ((round = 0; round <= rounds; round++)); do
        while read -r name java aot; do
            run_daemon "$java" "$aot" --objects flannel.1 "$count" "$count" "$count" </dev/null
            [ "$round" = 0 ] || sed -n 's/^flannel.1 //p' <<<"$measured" >>"$state/$name.all"
            resident </dev/null >"$state/$name.rss"
            end_daemon </dev/null
            forget_daemon </dev/null
        done < <(jvm_variants; go_variant)
    done
    for name in "$state"/*.all; do
        printf '%-14s ms to all routes, %s nodes  %s  %s\n' "$(basename "$name" .all)" "$count" "$(quantiles <"$name")" "$(cat "${name%.all}.rss")"
    done
    say "one new node while $count are there"
    round=0
    while read -r name java aot; do
        run_daemon "$java" "$aot" --objects flannel.1 $((count + round)) $((count + round)) $((count + round)) </dev/null
        kube_nodes measure $((count + round + 1)) 20 </dev/null >/dev/null
        printf '%-14s ms from a bare watch to the route  %s\n' "$name" "$(kube_nodes measure $((count + round + 21)) 100 </dev/null | quantiles)"
        round=$((round + 120))
        end_daemon </dev/null
        forget_daemon </dev/null
    done < <(jvm_variants; go_variant)
}
