# shellcheck shell=bash
# Time to repair and packets lost, for each wound of lab.d/wounds.sh, or with --family dual or ipv6 of lab.d/wounds6.sh. Repairs come from
# events: the periodic comparison is an hour away.

bench_heal() {
    local line times=() list=wounds.sh version=4
    if [[ ${1:-} = --family ]]; then
        use_family "${2:-}"
        shift 2
        ! has_family 6 || list=wounds6.sh version=6
    fi
    export FLANNELD_AUDIT_SECONDS=3600
    bench_begin node1 node2 node3
    start_nodes
    add_pod node1 red
    add_pod node2 green
    while IFS= read -r line; do
        echo "$line"
        [[ ! $line =~ ([0-9]+)\ ms ]] || times+=("${BASH_REMATCH[1]}")
    done < <(inside node1 env PODS=red FAR="$(pod_address node2 green $version)" bash "$lab_dir/lab.d/$list" bench "$@" 2>&1 </dev/null)
    echo "time to repair in ms, the command that wounds included: $(printf '%s\n' "${times[@]}" | quantiles)"
}
