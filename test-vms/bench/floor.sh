# shellcheck shell=bash
# The kernel's own share of a pod, with no program around it; then the chain of ours in the same node, to be set beside it.

bench_floor() {
    local rounds=${1:-300}
    bench_begin node1
    make_aot_cache
    start_nodes
    say "the kernel alone: same objects, one netlink socket"
    inside node1 "$tools/floor" "$rounds"
    say "flannel and portmap, two executables each time"
    inside node1 "$tools/cni-chain" bench --chain "flannel-j:/etc/cni/net.d/10-flannel.conflist:/opt/cni/bin" --calls "$rounds"
    say "the kernel alone, once more"
    inside node1 "$tools/floor" "$rounds"
}
