# shellcheck shell=bash
# lab kubernetes: a cluster of real Kubernetes whose pods' network is ours, tried as its users would, and taken down.

kube_keep=
kube_images=
kube_crowd=50
kube_packages=(etcd:etcd-server etcdctl:etcd-client openssl:openssl containerd:containerd ctr:containerd runc:runc python3:python3 iptables:iptables)

kube_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --keep) kube_keep=1 ;;
        --images) kube_images=with ;;
        --pods) kube_crowd=${2:-} && shift ;;
        --pods=*) kube_crowd=${1#--pods=} ;;
        *) die "unknown option $1; there are --keep, --images and --pods N" ;;
        esac
        shift
    done
    [[ $kube_crowd =~ ^[1-9][0-9]*$ ]] && [ "$kube_crowd" -le 100 ] || die "--pods $kube_crowd: a number from 1 to 100, of pods that come and go on each node"
}

kube_end() {
    local status=$?
    trap - EXIT
    exec >&"$kube_terminal" # the signal may have come while output was going elsewhere
    end_long_job
    keep_kube_logs
    remember_namespaces
    if [ -n "$kube_keep" ]; then
        say "the cluster stays up: export KUBECONFIG=$kube_directory/admin.conf inside it, as in"
        echo "sudo $0 exec control $servers/bin/kubectl --kubeconfig $kube_directory/admin.conf get pods -o wide" | show
        say "seen from the machine that file is $state/kube/admin.conf; sudo $0 down takes everything down"
    else
        remove_lab
        check "no process, namespace, directory or control group of it is left" kube_nothing_left
    fi
    if [ "$status" = 0 ] && [ "$demo_failures" = 0 ]; then
        if [ -n "$kube_keep" ]; then say "all worked"; else say "all worked, and all was removed"; fi
        exit 0
    fi
    case $status in 129 | 130 | 143) say "interrupted" ;; esac
    say "NOT all worked: $demo_failures checks failed; logs: $demo_logs"
    [ "$status" != 0 ] || status=1
    exit "$status"
}

# They outlive the cluster; its objects only where it has not been taken down in good order.
keep_kube_logs() {
    demo_logs=$project_dir/target/lab-kubernetes-logs
    rm -rf "$demo_logs"
    mkdir -p "$demo_logs"
    cp "$state"/*.log "$demo_logs/" 2>/dev/null || true
    [ ! -f "$state/control.apiserver.served" ] || ! served control apiserver || {
        kube logs -n kube-flannel -l app=flannel --prefix --tail=300 >"$demo_logs/daemons" 2>&1 || true
        kube get nodes,pods,events -A -o wide >"$demo_logs/objects" 2>&1 || true
    }
}

# The namespaces of this lab, as /proc names them.
remember_namespaces() {
    local file pid
    kube_namespaces=
    for file in "$state"/*.pid; do
        # What stands for a daemon is outside of the node's PID namespace.
        [ "${file%.daemon.pid}" = "$file" ] || continue
        read -r pid 2>/dev/null <"$file" && kube_namespaces+=$(readlink "/proc/$pid/ns/net" "/proc/$pid/ns/pid" "/proc/$pid/ns/mnt" || true)$'\n'
    done
}

# Processes of nodes went with their namespaces; control groups do not go by themselves.
kube_nothing_left() {
    local left
    left=$(find /proc -maxdepth 3 -path '/proc/[0-9]*/ns/*' -printf '%l %p\n' 2>/dev/null | grep -F -f <(grep . <<<"${kube_namespaces:-none}") | head -n 5)
    left+=$(find /sys/fs/cgroup -mindepth 2 -maxdepth 4 -type d -path '*/k8s.io/*' 2>/dev/null | head -n 3)
    [ ! -d "$state" ] || left+=" $state"
    [ -z "$left" ] || { show <<<"$left" && return 1; }
}

# Empty ones only: where a process is left the kernel refuses.
remove_control_groups() {
    local root
    for root in /sys/fs/cgroup/*/k8s.io /sys/fs/cgroup/k8s.io; do
        [ ! -d "$root" ] || find "$root" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
}

kube_prepare() {
    lab_build
    install_missing "${kube_packages[@]}"
    build_servers "${kubernetes_programs[@]}" plugins || die "without the programs of Kubernetes there is no cluster"
    [ -z "$kube_images" ] || {
        install_missing mmdebstrap:mmdebstrap
        long_step "building the images of the manifest" "$project_dir/target/images.log" "$project_dir/packaging/images/build"
    }
}

start_cluster() {
    local node
    export LAB_OWN="${node_directories[*]}"
    [ -z "$kube_images" ] || node_tree=
    start_underlay
    cluster_store=kubernetes
    has_kubernetes_store || cluster_store=directory
    say "control plane: etcd, API server, controllers, scheduler at $control_address"
    start_control_plane || return
    kube version | grep Server | show
    say "images: a pause of its own and agnhost, packed here"
    make_images
    say "${nodes[*]}: containerd, images, kubelet, and the daemon in place of flannel${kube_images:+ from its image by the manifest}, store $cluster_store"
    for node in "${nodes[@]}"; do start_cluster_node "$node" & done
    for node in "${nodes[@]}"; do wait -n || return; done
    await 120 "all nodes are Ready" nodes_ready || return
    kube get nodes -o wide | cut -c 1-110 | show
}

start_cluster_node() {
    local node=$1
    [ -z "$kube_images" ] || bare_node "$node" || return
    start_containerd "$node" && import_images "$node" && start_kubelet "$node" && start_cluster_daemon "$node"
}

# As one that kubeadm finds: forwarding switched on, reference plugins and no flannel; the DaemonSet brings that.
bare_node() {
    inside "$1" sh -ec "cp $servers/plugins-1.9.1/[a-z]*[a-z0-9] /opt/cni/bin/; rm -f /opt/cni/bin/*.stamp; sysctl -qw net.ipv4.ip_forward=1
        mkdir -p /run/flannel/leases /run/lab/store; mount --bind /run/lab/store /run/flannel/leases
        # What kube-proxy would do for the service \"kubernetes\", by which pods reach the API server.
        nft 'table ip lab { chain output { type nat hook output priority -100; ip daddr 10.96.0.1 tcp dport 443 dnat to $control_address:6443; }; }'"
}

nodes_ready() {
    [ "$(kube get nodes --no-headers | awk '$2 ~ /^Ready/' | wc -l)" = ${#nodes[@]} ]
}

# await SECONDS TEXT CMD...: until CMD works; says what did not come if it does not.
await() {
    local limit=$1 text=$2 end
    shift 2
    end=$((SECONDS + limit))
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || { say "not in $limit s: $text" && return 1; }
        sleep 0.5
    done
}

remove_manifest() {
    kube delete --wait -f "$kube_directory/apply.yaml" --ignore-not-found >>"$state/control.kubectl.log" 2>&1 || true
    kube delete namespace kube-flannel --wait --timeout=60s >>"$state/control.kubectl.log" 2>&1 || true
    await 60 "the daemons' pods are gone" no_pods '' -A
}

stop_cluster() {
    local node status=0
    [ -z "$kube_images" ] || remove_manifest || status=1
    for node in "${nodes[@]}"; do end_node "$node" & done
    for node in "${nodes[@]}"; do wait -n || status=1; done
    # The API server before its etcd, without which it does not end.
    for name in scheduler controllers apiserver etcd; do end_served control "$name" || status=1; done
    return $status
}

lab_kubernetes() {
    kube_options "$@"
    demo_logs=
    if [ -n "$kube_keep" ]; then
        [ ! -d "$state" ] || die "the lab is up already: sudo $0 down removes it"
    else
        lab_name=kubernetes.$$ state=/run/flannel-j-lab/kubernetes.$$ bound=1
    fi
    exec {kube_terminal}>&1
    trap kube_end EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    remove_stale
    kube_prepare
    start_cluster || die "the cluster did not come up"
    kube_steps
    [ -z "$kube_keep" ] || return 0
    [ "$demo_failures" = 0 ] || die "the rest was not tried"
    check "all pods can be removed, and nothing of them is left on the nodes" remove_all_pods
    check "kubelets, containerds and the control plane end when asked to" stop_cluster
}
