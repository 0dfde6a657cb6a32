# shellcheck shell=bash
# ADD and DEL of a whole chain as a runtime calls it: flannel and portmap (without ports) of ours, against bridge, host-local and portmap
# of the reference plugins, and against Go flannel's chain where FLANNEL_CNI_GO names its executable.

bench_cni() {
    local calls=${1:-300} chains=() subnet
    bench_begin node1
    make_aot_cache
    find_reference
    start_nodes
    subnet=$(inside node1 sed -n 's/^FLANNEL_SUBNET=//p' /run/flannel/subnet.env)
    reference_conflist reference ref0 >"$state/reference.conflist"
    chains=(--chain "flannel-j:/etc/cni/net.d/10-flannel.conflist:/opt/cni/bin")
    if [ -n "${FLANNEL_CNI_GO:-}" ]; then
        mkdir "$state/go"
        cp "$reference"/* "$state/go/"
        cp "$FLANNEL_CNI_GO" "$state/go/flannel"
        go_flannel_conflist >"$state/go.conflist"
        chains+=(--chain "go-flannel:/run/lab/go.conflist:/run/lab/go")
    else
        say "no Go flannel here: FLANNEL_CNI_GO names no executable"
    fi
    chains+=(--chain "reference:/run/lab/reference.conflist:$reference")
    say "flannel-j in subnet $subnet, reference plugins $reference_version from $reference"
    inside node1 "$tools/cni-chain" bench "${chains[0]}" "${chains[1]}" --first --calls 1 | grep first
    # The daemon practises while nobody calls; a node's daemon has had these seconds long before.
    sleep 5
    inside node1 "$tools/cni-chain" bench "${chains[@]}" --calls "$calls" --at-once 100 --rounds 5
}

go_flannel_conflist() {
    cat <<END
{"name": "go", "cniVersion": "1.0.0", "plugins": [
  {"type": "flannel", "dataDir": "/run/go-flannel", "delegate": {"bridge": "go0", "hairpinMode": true, "isDefaultGateway": true}},
  {"type": "portmap", "capabilities": {"portMappings": true}}
]}
END
}
