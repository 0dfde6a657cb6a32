# shellcheck shell=bash
# Pods: a network namespace each, attached by running the executables of /opt/cni/bin as a container runtime does.

# 64 hex digits, the same for the same pod.
container_id() {
    printf '%s' "$lab_name/$1/$2" | sha256sum | cut -c 1-64
}

# chain VERB NODE POD CONFLIST IFNAME
chain() {
    inside "$2" "$tools/cni-chain" "$1" --conflist "$4" --netns "/run/netns/$3" --id "$(container_id "$2" "$3")" --ifname "$5" \
        --cap '{"portMappings":[]}' --args "IgnoreUnknown=1;K8S_POD_NAMESPACE=lab;K8S_POD_NAME=$3"
}

add_pod() {
    local node=$1 pod=$2
    inside "$node" ip netns add "$pod"
    if ! { chain add "$node" "$pod" /run/loopback.conflist lo && chain add "$node" "$pod" /etc/cni/net.d/10-flannel.conflist eth0; } >/dev/null; then
        chain del "$node" "$pod" /etc/cni/net.d/10-flannel.conflist eth0 >/dev/null || true
        inside "$node" ip netns del "$pod"
        return 1
    fi
}

del_pod() {
    local node=$1 pod=$2 status=0
    chain del "$node" "$pod" /etc/cni/net.d/10-flannel.conflist eth0 || status=1
    chain del "$node" "$pod" /run/loopback.conflist lo || status=1
    inside "$node" ip netns del "$pod" || status=1
    return $status
}

# pod_address NODE POD [4|6]
pod_address() {
    inside "$1" ip -netns "$2" "-${3:-4}" -o address show dev eth0 scope global | awk '{sub("/.*", "", $4); print $4}'
}

lab_pod() {
    [ $# = 3 ] || die "usage: lab pod add|del NODE NAME"
    tree=$(<"$state/tree")
    case $1 in
    add)
        add_pod "$2" "$3"
        recall_family
        echo "$3 on $2: $(for family in "${families[@]}"; do pod_address "$2" "$3" "$family"; done | paste -sd ' ')"
        ;;
    del) del_pod "$2" "$3" ;;
    *) die "usage: lab pod add|del NODE NAME" ;;
    esac
}
