# shellcheck shell=bash
# What makes a node of Kubernetes of a node of the lab: containerd, kubelet, and images without a registry.

image_prefix=flannel-j.test
# Directories of theirs that the machine's must not be touched for.
node_directories=(/var/lib/kubelet /var/lib/containerd /var/log/pods /var/log/containers)

make_images() {
    local images=$state/kube/images
    mkdir -p "$images"
    cc -O2 -Wall -Wextra -Werror -static -o "$images/pause" "$lab_dir/lab.d/pause.c"
    "$lab_dir/lab.d/image" "$image_prefix/pause:1" "$images/pause" "$images/pause.tar"
    "$lab_dir/lab.d/image" "$image_prefix/agnhost:1" "$servers/bin/agnhost" "$images/agnhost.tar"
    [ -z "$kube_images" ] || ln "$project_dir"/packaging/target/images/*.tar "$images/" 2>/dev/null || cp "$project_dir"/packaging/target/images/*.tar "$images/"
}

containerd_configuration() {
    cat <<END
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$image_prefix/pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"
END
}

# Control groups and memory are shared with the machine, so the kubelet manages and reserves none of it.
kubelet_configuration() {
    cat <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
volumePluginDir: /var/lib/kubelet/volume-plugins
resolvConf: ""
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
localStorageCapacityIsolation: false
evictionHard: {memory.available: 1Mi}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
nodeStatusUpdateFrequency: 2s
registryPullQPS: 0
kubeAPIQPS: 100
kubeAPIBurst: 200
END
}

start_containerd() {
    local node=$1
    containerd_configuration >"$state/kube/containerd.toml"
    serve "$node" containerd containerd --config "$kube_directory/containerd.toml"
    await_served 60 "$node" containerd inside "$node" ctr version
}

import_images() {
    local image
    for image in "$state"/kube/images/*.tar; do inside "$1" ctr -n k8s.io image import "$kube_directory/images/${image##*/}" >>"$state/$1.images.log" 2>&1 || return; done
}

start_kubelet() {
    local node=$1
    kubelet_configuration >"$state/kube/kubelet.yaml"
    serve "$node" kubelet "$servers/bin/kubelet" --config="$kube_directory/kubelet.yaml" --kubeconfig="$kube_directory/$node.conf" \
        --root-dir=/var/lib/kubelet --hostname-override="$node" --node-ip="$(node_address "$node")"
}

# A tree without the Kubernetes store says so.
has_kubernetes_store() {
    local answer
    # Without the kubeconfig that it is told of it ends at once.
    answer=$(env -u JAVA_TOOL_OPTIONS timeout 20 "$tree/bin/flanneld-j" run --kube-subnet-mgr --kubeconfig-file=/nonexistent 2>&1) || true
    [[ $answer != *'not supported yet'* ]]
}

# As the manifest's DaemonSet starts it, with what a pod would get from its service account.
start_cluster_daemon() {
    [ -z "$kube_images" ] || return 0
    local node=$1 store=(--kube-subnet-mgr --kubeconfig-file="$kube_directory/flannel.conf")
    [ "$cluster_store" = kubernetes ] || store=(--store directory --store-dir /run/lab/store)
    mkdir -p "$state/store"
    inside "$node" sh -c 'cat >/etc/kube-flannel/net-conf.json' <"$state/kube/net-conf.json"
    serve "$node" daemon env -u JAVA_TOOL_OPTIONS NODE_NAME="$node" /usr/lib/flannel-j/bin/flanneld --ip-masq "${store[@]}" --healthz-port=8081 \
        --cni-conf=/etc/cni/net.d/10-flannel.conflist --snapshot-dir=/run/flannel/flannel-j
    await_served 60 "$node" daemon inside "$node" test -s /run/flannel/subnet.env
}

# In this order: a kubelet leaves its pods running, and a containerd that is gone leaves their processes.
end_node() {
    local node=$1 task
    end_served "$node" kubelet || return
    for task in $(inside "$node" ctr -n k8s.io task ls -q); do
        inside "$node" ctr -n k8s.io task kill -s KILL "$task" || true
    done
    end_served "$node" containerd || return
    [ -n "$kube_images" ] || end_served "$node" daemon
}
