# shellcheck shell=bash
# What lab kubernetes tries on a cluster that stands.

# A step, unless one before has failed: what comes next would only wait for what cannot come.
try() {
    [ "$demo_failures" = 0 ] || return 0
    check "$@"
}

kube_steps() {
    [ "$cluster_store" != kubernetes ] || try "each node's subnet is its podCIDR, told by annotations, and the network is available" nodes_tell
    say "a DaemonSet and a Deployment of an HTTP server"
    try "they are served on every node" deploy_web
    kube get pods -o custom-columns=POD:.metadata.name,NODE:.spec.nodeName,ADDRESS:.status.podIP --no-headers | show
    try "every pod fetches from every pod" every_pod_fetches
    try "node2 is drained: its pods are served elsewhere, its addresses released" drain node2
    try "every pod fetches from every pod" every_pod_fetches
    try "node2 comes back with a daemon and a kubelet started anew, and gets pods again" bring_back node2
    try "every pod fetches from every pod" every_pod_fetches
    try "$kube_crowd pods on each node appear, each with an address of its own, and vanish" crowd
    [ -n "$kube_images" ] ||
        try "a hostPort of our portmap is answered from outside, another node and its own node" host_port ours node3 8088 "nft list ruleset 2>/dev/null | grep 8088"
    try "the reference portmap does it too in our chain" reference_host_port node1 8089
    try "no pod's ADD or DEL failed on the way" no_failed_call
}

# A failed ADD is repeated by the kubelet after some seconds, so that it would only be slow.
no_failed_call() {
    local failed expected='^$'
    # No stand-alone runtime is beside the launcher there: calls answer code 11 while a node's daemon is replaced.
    [ -z "$kube_images" ] || expected='daemon not reached at'
    failed=$(grep -hoE 'plugin type=.*failed \((add|delete)\)[^"]*' "$state"/*.containerd.log | grep -v "$expected" | sort | uniq -c | sort -rn | head -n 5)
    [ -z "$failed" ] || { show <<<"$failed" && return 1; }
}

# web_template NAME: the head of a set of pods that serve HTTP on port 8080.
web_template() {
    cat <<END
    metadata: {labels: {app: $1}}
    spec:
      terminationGracePeriodSeconds: 1
      automountServiceAccountToken: false
      enableServiceLinks: false
      containers:
      - name: web
        image: $image_prefix/agnhost:1
        imagePullPolicy: Never
        args: [netexec, --http-port=8080, --udp-port=-1]
        readinessProbe: {httpGet: {path: /hostname, port: 8080}, periodSeconds: 1}
END
}

deploy_web() {
    {
        cat <<'END'
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: every}
spec:
  selector: {matchLabels: {app: every}}
  template:
END
        web_template every
        cat <<'END'
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 6
  selector: {matchLabels: {app: web}}
  template:
END
        web_template web
        cat <<'END'
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: web}}}
END
    } | kube_apply
    web_ready && [ "$(nodes_of app=web)" = "${nodes[*]}" ] && [ "$(nodes_of app=every)" = "${nodes[*]}" ]
}

web_ready() {
    { kube rollout status --timeout=120s daemonset/every && kube rollout status --timeout=120s deployment/web; } >>"$state/control.kubectl.log" 2>&1
}

# The condition comes after the network, by a request of its own.
nodes_tell() {
    local status=0
    await 10 "what nodes tell" nodes_told || status=1
    show <"$state/kube/told"
    return $status
}

nodes_told() {
    local node cidr
    kube get nodes -o custom-columns='NODE:.metadata.name,CIDR:.spec.podCIDR,BACKEND:.metadata.annotations.flannel\.alpha\.coreos\.com/backend-type,PUBLIC:.metadata.annotations.flannel\.alpha\.coreos\.com/public-ip,UNAVAILABLE:.status.conditions[?(@.type=="NetworkUnavailable")].status' \
        --no-headers >"$state/kube/told"
    for node in "${nodes[@]}"; do
        cidr=$(inside "$node" sed -n 's/^FLANNEL_SUBNET=//p' /run/flannel/subnet.env)
        grep -qE "^$node +${cidr%.1/24}.0/24 +vxlan +$(node_address "$node") +False" "$state/kube/told" || return
    done
}

# Names of the nodes where pods of a label run.
nodes_of() {
    kube get pods -l "$1" -o 'jsonpath={range .items[*]}{.spec.nodeName}{"\n"}{end}' | sort -u | paste -sd ' '
}

# Asks each pod of the HTTP server to fetch from each of them; the answer is the name of the pod that was asked.
every_pod_fetches() {
    kube get pods -l 'app in (web, every)' --field-selector=status.phase=Running \
        -o 'jsonpath={range .items[?(@.status.podIP)]}{.metadata.name} {.status.podIP} {.metadata.deletionTimestamp}{"\n"}{end}' |
        awk 'NF == 2' >"$state/kube/pods"
    inside node1 python3 - "$kube_directory/pods" <<'END' | show
import concurrent.futures, json, sys, urllib.request
pods = [line.split() for line in open(sys.argv[1])]
def fetch(pair):
    (a, from_ip), (b, to_ip) = pair
    url = f"http://{from_ip}:8080/dial?host={to_ip}&port=8080&protocol=http&request=hostname&tries=1"
    try:
        answer = json.load(urllib.request.urlopen(url, timeout=20))
        return None if answer.get("responses") == [b] else f"{a} from {b}: {answer}"
    except Exception as e:
        return f"{a} from {b}: {e}"
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    answers = list(pool.map(fetch, [(a, b) for a in pods for b in pods]))
bad = [answer for answer in answers if answer]
print(f"{len(pods)} pods, {len(answers) - len(bad)} of {len(answers)} fetched", *bad[:5], sep="\n")
sys.exit(bool(bad) or len(pods) < 3)
END
    return "${PIPESTATUS[0]}"
}

# Addresses that are taken on a node.
addresses_of() {
    inside "$1" find /var/lib/cni/networks/cbr0 -name '*.*.*.*' -printf '%f\n' 2>/dev/null | grep -v last_ | sort
}

# Addresses of pods that the API server has on a node.
addresses_known() {
    kube get pods --field-selector="spec.nodeName=$1" -o 'jsonpath={range .items[*]}{.status.podIP}{"\n"}{end}' | grep . | sort
}

same_addresses() {
    [ "$(addresses_of "$1")" = "$(addresses_known "$1")" ]
}

# Every node holds exactly the addresses of its pods.
addresses_agree() {
    local node
    for node in "${nodes[@]}"; do
        await 30 "addresses of $node are those of its pods" same_addresses "$node" || {
            printf 'taken:\n%s\npods:\n%s\n' "$(addresses_of "$node")" "$(addresses_known "$node")" | show
            return 1
        }
    done
}

drain() {
    kube drain "$1" --ignore-daemonsets --timeout=120s >>"$state/control.kubectl.log" 2>&1 && web_ready && addresses_agree || return
    echo "$(addresses_of "$1" | wc -l) address taken on $1, for its pod of the DaemonSet; the Deployment is on $(nodes_of app=web)" | show
    [ "$(addresses_of "$1" | wc -l)" = 1 ] && ! grep -q "$1" <<<"$(nodes_of app=web)"
}

bring_back() {
    local node=$1
    end_served "$node" kubelet || return
    [ -n "$kube_images" ] || end_served "$node" daemon || return
    inside "$node" rm -f /run/flannel/subnet.env
    start_cluster_daemon "$node" || return
    start_kubelet "$node"
    [ -z "$kube_images" ] || kube delete pod -n kube-flannel --field-selector="spec.nodeName=$node" --wait >>"$state/control.kubectl.log" 2>&1 || return
    await 60 "subnet.env is there again" inside "$node" test -s /run/flannel/subnet.env || return
    await 60 "$node is Ready" kube wait --for=condition=Ready "node/$node" --timeout=1s || return
    { kube uncordon "$node" && kube scale deployment/web --replicas=9; } >>"$state/control.kubectl.log" 2>&1
    web_ready && addresses_agree || return
    echo "the Deployment is on $(nodes_of app=web)" | show
    grep -q "$node" <<<"$(nodes_of app=web)"
}

crowd() {
    local node started=$SECONDS
    for node in "${nodes[@]}"; do
        cat <<END
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: crowd-$node}
spec:
  replicas: $kube_crowd
  selector: {matchLabels: {app: crowd-$node}}
  template:
    metadata: {labels: {app: crowd-$node, crowd: "yes"}}
    spec:
      nodeSelector: {kubernetes.io/hostname: $node}
      terminationGracePeriodSeconds: 1
      automountServiceAccountToken: false
      enableServiceLinks: false
      containers:
      - {name: pause, image: "$image_prefix/pause:1", imagePullPolicy: Never}
END
    done | kube_apply
    for node in "${nodes[@]}"; do
        kube rollout status --timeout=240s "deployment/crowd-$node" >>"$state/control.kubectl.log" 2>&1 || return
    done
    echo "$((${#nodes[@]} * kube_crowd)) pods run after $((SECONDS - started)) s; addresses taken: $(for node in "${nodes[@]}"; do
        echo "$node $(addresses_of "$node" | wc -l)"
    done | paste -sd ' ')" | show
    [ "$(kube get pods -o 'jsonpath={range .items[*]}{.status.podIP}{"\n"}{end}' | grep . | sort | uniq -d)" = "" ] && addresses_agree || return
    started=$SECONDS
    kube delete deployment "${nodes[@]/#/crowd-}" >>"$state/control.kubectl.log" 2>&1
    await 300 "pods of the crowd are gone" no_pods crowd=yes && addresses_agree || return
    echo "gone after $((SECONDS - started)) s; addresses taken: $(for node in "${nodes[@]}"; do echo "$node $(addresses_of "$node" | wc -l)"; done | paste -sd ' ')" | show
}

no_pods() {
    [ -z "$(kube get pods "${@:2}" -l "$1" -o name)" ]
}

# fetch NODE URL
fetch() {
    inside "$1" python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode(), end="")' "$2"
}

# host_port NAME NODE PORT PROOF: a pod with that port; the shell command PROOF shows on the node whose work it is.
host_port() {
    local pod=hostport-$1 node=$2 port=$3 proof=$4 from answer trouble=
    {
        printf '%s\n' 'apiVersion: v1' 'kind: Pod' "metadata: {name: $pod}" 'spec:' "  nodeName: $node"
        web_template "$pod" | sed -n '3,$s/^    //p' | sed "s/^    image:/    ports: [{containerPort: 8080, hostPort: $port}]\n&/"
    } | kube_apply
    kube wait --for=condition=Ready "pod/$pod" --timeout=60s >>"$state/control.kubectl.log" 2>&1 || return
    inside "$node" sh -c "$proof" | head -n 2 | cut -c 1-150 | show
    for from in outside node2 "$node"; do
        answer=$(fetch "$from" "http://$(node_address "$node"):$port/hostname" 2>&1 | tail -n 1) || true
        [ "$answer" = "$pod" ] || trouble+="from $from: $answer; "
    done
    kube delete pod "$pod" --wait >>"$state/control.kubectl.log" 2>&1
    ! fetch outside "http://$(node_address "$node"):$port/hostname" >/dev/null 2>&1 || trouble+="still answered after the pod is gone"
    [ -z "$trouble" ] || { show <<<"$trouble" && return 1; }
}

# With the executable of the reference plugins in the place of ours for as long as it takes.
reference_host_port() {
    local node=$1 status=0
    inside "$node" sh -ec "cp -a /opt/cni/bin/portmap /run/portmap.ours; cp '$servers/plugins-1.9.1/portmap' /opt/cni/bin/portmap.new
        mv /opt/cni/bin/portmap.new /opt/cni/bin/portmap"
    host_port reference "$node" "$2" "(iptables-save -t nat; nft list table ip cni_hostport) 2>/dev/null | grep -i dnat.*$2" || status=1
    inside "$node" sh -ec 'cp -a /run/portmap.ours /opt/cni/bin/portmap.new; mv /opt/cni/bin/portmap.new /opt/cni/bin/portmap'
    return $status
}

remove_all_pods() {
    kube delete deployment,daemonset,pod --all >>"$state/control.kubectl.log" 2>&1
    await 120 "all pods are gone" no_pods '' && await 30 "nothing of pods is left" nothing_left_quietly || {
        nothing_left
        return 1
    }
}

nothing_left_quietly() {
    local node
    nothing_left >/dev/null || return
    [ -z "$kube_images" ] || return 0
    for node in "${nodes[@]}"; do [ -z "$(inside "$node" ctr -n k8s.io task ls -q)" ] || return; done
}
