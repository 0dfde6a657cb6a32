# shellcheck shell=bash
# Kubernetes' control plane, in a namespace "control" of its own on the underlay: etcd, API server, controllers, scheduler.

control_address=192.0.2.20
kube_directory=/run/lab/kube # as it is seen in nodes; outside it is $state/kube

# serve NODE NAME CMD...: starts CMD in a node, its output in $state/NODE.NAME.log; what is served ends with the node at the latest.
serve() {
    local node=$1 name=$2 pid
    shift 2
    pid=$(pid_of "$node")
    nsenter -t "$pid" -m -r --wd="/proc/$pid/root" -u -n -p -- setsid "$@" >>"$state/$node.$name.log" 2>&1 </dev/null &
    echo $! >"$state/$node.$name.served"
    disown
}

# served NODE NAME: whether it still runs.
served() {
    [ -d "/proc/$(<"$state/$1.$2.served")" ]
}

# end_served NODE NAME: asks it to end and waits.
end_served() {
    local enter child='' tries started=$SECONDS
    enter=$(<"$state/$1.$2.served")
    # The kernel writes no end of line there, which read takes for a failure.
    read -r child 2>/dev/null <"/proc/$enter/task/$enter/children" || true
    [ -n "$child" ] || return 0
    kill -TERM "${child%% *}" 2>/dev/null || true
    for ((tries = 0; tries < 300; tries++)); do
        [ -d "/proc/$enter" ] || {
            [ $((SECONDS - started)) -lt 3 ] || echo "$2 of $1 took $((SECONDS - started)) s to end" | show
            return 0
        }
        # An API server waits long for its clients, but not if it is asked twice.
        [ $tries != 50 ] || kill -TERM "${child%% *}" 2>/dev/null || true
        sleep 0.1
    done
    say "$2 of $1 does not end in 30 s"
    return 1
}

# await_served SECONDS NODE NAME CMD...: until CMD works; gives up early if what is served has ended.
await_served() {
    local limit=$1 node=$2 name=$3 end
    shift 3
    end=$((SECONDS + limit))
    until "$@" >/dev/null 2>&1; do
        served "$node" "$name" && [ $SECONDS -lt $end ] || {
            tail -n 15 "$state/$node.$name.log" | cut -c 1-300 | show >&2
            say "$name of $node did not get there: $*; its log: $state/$node.$name.log" >&2
            return 1
        }
        sleep 0.2
    done
}

kube() {
    inside control "$servers/bin/kubectl" --kubeconfig "$kube_directory/admin.conf" "$@"
}

# A line of the API server's users: token, name, uid, groups.
write_users() {
    local node
    echo "admin-token,admin,admin,\"system:masters\""
    for node in "${nodes[@]}"; do echo "$node-token,system:node:$node,$node,\"system:nodes\""; done
}

# kubeconfig TOKEN
kubeconfig() {
    cat <<END
apiVersion: v1
kind: Config
clusters: [{name: lab, cluster: {server: "https://$control_address:6443", certificate-authority: "$kube_directory/ca.crt"}}]
users: [{name: lab, user: {token: "$1"}}]
contexts: [{name: lab, context: {cluster: lab, user: lab}}]
current-context: lab
END
}

# certificate NAME EXTENSION...: a key and a certificate, of the authority if there is one.
certificate() {
    local name=$1 extension options=()
    shift
    for extension in "$@"; do options+=(-addext "$extension"); done
    [ ! -f "$state/kube/ca.crt" ] || options+=(-CA "$state/kube/ca.crt" -CAkey "$state/kube/ca.key")
    openssl req -x509 -days 30 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" "${options[@]}" \
        -keyout "$state/kube/$name.key" -out "$state/kube/$name.crt" 2>>"$state/kube/openssl.log"
}

write_credentials() {
    local node
    mkdir -p "$state/kube"
    chmod 700 "$state/kube"
    certificate ca basicConstraints=critical,CA:TRUE
    certificate apiserver basicConstraints=critical,CA:FALSE "subjectAltName=IP:$control_address,IP:10.96.0.1,DNS:kubernetes.default.svc"
    openssl genrsa -out "$state/kube/accounts.key" 2048 2>>"$state/kube/openssl.log"
    openssl rsa -in "$state/kube/accounts.key" -pubout -out "$state/kube/accounts.pub" 2>>"$state/kube/openssl.log"
    write_users >"$state/kube/users.csv"
    kubeconfig admin-token >"$state/kube/admin.conf"
    for node in "${nodes[@]}"; do kubeconfig "$node-token" >"$state/kube/$node.conf"; done
}

# etcd and the API server, nothing that acts by itself.
start_api_server() {
    write_credentials
    start_holder control ""
    plug_in control "$control_address" "2001:db8::20"
    serve control etcd etcd --data-dir "$kube_directory/etcd" --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379
    await_served 30 control etcd inside control env ETCDCTL_API=3 etcdctl endpoint health
    serve control apiserver "$servers/bin/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --advertise-address="$control_address" \
        --cert-dir="$kube_directory" --tls-cert-file="$kube_directory/apiserver.crt" --tls-private-key-file="$kube_directory/apiserver.key" \
        --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$kube_directory/accounts.pub" \
        --service-account-signing-key-file="$kube_directory/accounts.key" --token-auth-file="$kube_directory/users.csv" \
        --authorization-mode=Node,RBAC --kubelet-preferred-address-types=InternalIP --service-cluster-ip-range=10.96.0.0/16
    await_served 90 control apiserver kube get --raw /readyz
}

start_control_plane() {
    start_api_server || return
    serve control controllers "$servers/bin/kube-controller-manager" --kubeconfig="$kube_directory/admin.conf" --leader-elect=false \
        --cert-dir="$kube_directory/controllers" --service-account-private-key-file="$kube_directory/accounts.key" --root-ca-file="$kube_directory/ca.crt" \
        --allocate-node-cidrs --cluster-cidr="$cluster_network" --service-cluster-ip-range=10.96.0.0/16
    serve control scheduler "$servers/bin/kube-scheduler" --kubeconfig="$kube_directory/admin.conf" --leader-elect=false \
        --cert-dir="$kube_directory/scheduler"
    apply_manifest || return
}

# What our manifest says, the DaemonSet only where nodes take the daemon from its image: rights and configuration are the manifest's.
apply_manifest() {
    kube_manifest "${kube_images:-without}" | kube_apply || return
    [ -z "$kube_images" ] || return 0
    kubeconfig "$(kube create token flannel -n kube-flannel --duration=24h)" >"$state/kube/flannel.conf"
    kube get configmap kube-flannel-cfg -n kube-flannel -o 'jsonpath={.data.net-conf\.json}' >"$state/kube/net-conf.json"
}

# Without a Kubernetes store, leases are in a directory that all nodes of the lab share.
kube_manifest() {
    local change=()
    [ "$cluster_store" = kubernetes ] || change=(-e 's|--kube-subnet-mgr|--store=directory|' -e 's|^\( *- \)--healthz-port.*|&\n\1--store-dir=/run/flannel/leases|')
    awk -v what="$1" 'BEGIN { RS = "---\n" } NF && (what != "without" || !/kind: DaemonSet/) { printf "---\n%s", $0 }' \
        "$project_dir/packaging/kubernetes/kube-flannel-j.yml" | sed "${change[@]}" -e 's/IfNotPresent/Never/'
}

# Objects from standard input.
kube_apply() {
    local file
    file=$state/kube/apply.yaml
    cat >"$file"
    kube apply -f "$kube_directory/apply.yaml" >>"$state/control.kubectl.log"
}
