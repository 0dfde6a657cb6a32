# shellcheck shell=bash
# lab go-flannel: the real Go flanneld on some nodes and this daemon on the others, in one store, and a node that is switched under load.
#
# FLANNELD_GO names the program; without it servers/build makes one. Where FLANNEL_CNI_GO names Go flannel's CNI plugin, that one and the
# reference plugins attach pods beside Go flannel; without it ours do so everywhere: they find no daemon there and work by themselves.

go_rules=iptables
go_store=etcd
go_options=()
knock_job=
go_pods=(node1:red node1:blue node2:green node3:white)
gone_subnet=10.244.77.0
gone_mac=02:00:00:00:00:77

go_flannel_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --store) go_store=${2:-} && shift ;;
        --store=*) go_store=${1#--store=} ;;
        --rules) go_rules=${2:-} && shift ;;
        --rules=*) go_rules=${1#--rules=} ;;
        --family) use_family "${2:-}" && shift ;;
        --family=*) use_family "${1#--family=}" ;;
        *) die "unknown option $1; there are --store etcd|kubernetes, --rules iptables|legacy|nftables and --family ipv4|dual" ;;
        esac
        shift
    done
    has_family 4 || die "--family ipv6: ipv4 or dual"
    case $go_rules in iptables | legacy | nftables) ;; *) die "--rules $go_rules: iptables, legacy or nftables" ;; esac
    case $go_store in etcd | kubernetes) ;; *) die "--store $go_store: etcd or kubernetes" ;; esac
}

go_flannel_prepare() {
    lab_build
    install_missing etcd:etcd-server etcdctl:etcd-client openssl:openssl iptables:iptables
    flanneld_go=${FLANNELD_GO:-$servers/bin/flanneld}
    if [ -z "${FLANNELD_GO:-}" ]; then build_servers flanneld || die "there is no Go flanneld: FLANNELD_GO names its executable"; fi
    [ -x "$flanneld_go" ] || die "FLANNELD_GO=$flanneld_go is no executable"
    if [ -n "${FLANNEL_CNI_GO:-}" ]; then
        [ -x "$FLANNEL_CNI_GO" ] || die "FLANNEL_CNI_GO=$FLANNEL_CNI_GO is no executable"
        build_servers plugins || die "Go flannel's plugin needs the reference plugins"
    fi
    [ "$go_store" = etcd ] || build_servers kube-apiserver kubectl || die "there is no API server: it takes Go 1.26"
}

# What both daemons read: net-conf.json of this run.
go_configuration() {
    local nft=false six=
    [ $go_rules != nftables ] || nft=true
    ! has_family 6 || six="\"EnableIPv6\": true, \"IPv6Network\": \"$cluster_network6\","
    echo "{\"Network\": \"$cluster_network\", $six \"EnableNFTables\": $nft, \"Backend\": {\"Type\": \"vxlan\"}}"
}

in_etcd() {
    inside control env ETCDCTL_API=3 etcdctl --endpoints="http://$control_address:2379" "$@"
}

start_go_etcd() {
    start_holder control ""
    plug_in control "$control_address" "2001:db8::20"
    serve control etcd etcd --data-dir /run/lab/etcd --listen-client-urls "http://$control_address:2379" --advertise-client-urls "http://$control_address:2379"
    await_served 30 control etcd in_etcd endpoint health
    in_etcd put /coreos.com/network/config "$(go_configuration)" >/dev/null
    go_options=(-etcd-endpoints="http://$control_address:2379")
}

# A Node as the controller manager leaves it: $1 name, $2 its podCIDR; with a third word as flannel leaves it.
go_node() {
    local annotations='{}' cidrs="\"$2\""
    # 10.244.3.0/24 and fd00:10:244:3::/64.
    ! has_family 6 || cidrs+=", \"fd00:10:244:$(cut -d . -f 3 <<<"$2")::/64\""
    [ -z "${3:-}" ] || annotations='{"flannel.alpha.coreos.com/kube-subnet-manager": "true", "flannel.alpha.coreos.com/backend-type": "vxlan",
        "flannel.alpha.coreos.com/public-ip": "192.0.2.77", "flannel.alpha.coreos.com/backend-data": "{\"VNI\":1,\"VtepMAC\":\"'$gone_mac'\"}"}'
    echo "{\"apiVersion\": \"v1\", \"kind\": \"Node\", \"metadata\": {\"name\": \"$1\", \"annotations\": $annotations}, \"spec\": {\"podCIDR\": \"$2\", \"podCIDRs\": [$cidrs]}}"
}

start_go_kubernetes() {
    local node
    cluster_store=kubernetes
    start_api_server
    apply_manifest
    for node in "${nodes[@]}"; do go_node "$node" "10.244.${node#node}.0/24" | kube_apply; done
    go_options=(-kube-subnet-mgr -kubeconfig-file="$kube_directory/flannel.conf")
}

# A node that comes while all listen, and goes while node1 has no daemon.
peer_comes() {
    case $go_store in
    etcd) in_etcd put /coreos.com/network/subnets/$gone_subnet-24 "{\"PublicIP\":\"192.0.2.77\",\"PublicIPv6\":null,\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"$gone_mac\"}}" >/dev/null ;;
    kubernetes) go_node gone $gone_subnet/24 annotated | kube_apply ;;
    esac
}

peer_goes() {
    case $go_store in
    etcd) in_etcd del /coreos.com/network/subnets/$gone_subnet-24 >/dev/null ;;
    kubernetes) kube delete node gone >/dev/null ;;
    esac
}

# What the store says of node1, without what changes by itself.
stored_lease() {
    case $go_store in
    etcd) in_etcd get --prefix /coreos.com/network/subnets/ | grep -B 1 "$(node_address node1)" ;;
    kubernetes) kube get node node1 -o 'jsonpath={.metadata.annotations}{.spec}' ;;
    esac
}

start_go() {
    rm -f "$state/$1.go.log"
    local path=$PATH
    [ $go_rules != legacy ] || path=/run/legacy:$PATH
    serve "$1" go env PATH="$path" NODE_NAME="$1" "$flanneld_go" "${go_options[@]}" -ip-masq -iface=eth0
    await_served 40 "$1" go go_is_ready "$1"
}

# By its log: subnet.env and nft's table may be those of its predecessor.
go_is_ready() {
    grep -q 'Running backend' "$state/$1.go.log" && { [ $go_rules = nftables ] || has_go_rules "$1"; }
}

has_go_rules() {
    case $go_rules in
    iptables) inside "$1" iptables-nft-save | grep -q 'A FLANNEL-POSTRTG' ;;
    legacy) inside "$1" iptables-legacy-save | grep -q 'A FLANNEL-POSTRTG' ;;
    nftables) inside "$1" nft list table ip flannel-ipv4 2>/dev/null | grep -q 'comment "rules for' ;;
    esac
}

no_go_rules() {
    ! has_go_rules "$1" && ! inside "$1" sh -c 'iptables-nft-save; iptables-legacy-save' 2>/dev/null | grep -q FLANNEL
}

start_ours() {
    serve "$1" daemon env -u JAVA_TOOL_OPTIONS NODE_NAME="$1" /usr/lib/flannel-j/bin/flanneld "${go_options[@]}" -ip-masq -iface=eth0
    await_served 40 "$1" daemon ours_is_ready "$1"
}

ours_is_ready() {
    inside "$1" /usr/lib/flannel-j/bin/flanneld-j status | head -n 1 | grep -q ': ready'
}

go_plugins() {
    [ -n "${FLANNEL_CNI_GO:-}" ] || return 0
    inside "$1" sh -ec "cp $servers/plugins-1.9.1/bridge $servers/plugins-1.9.1/host-local $servers/plugins-1.9.1/loopback $servers/plugins-1.9.1/portmap /opt/cni/bin/"
    inside "$1" install "$FLANNEL_CNI_GO" /opt/cni/bin/flannel
}

our_plugins() {
    [ -z "${FLANNEL_CNI_GO:-}" ] || inside "$1" sh -ec 'rm -f /opt/cni/bin/*; cp /usr/lib/flannel-j/cni/* /opt/cni/bin/'
}

attach() {
    local family
    add_pod "${1%:*}" "${1#*:}" || return
    go_address[$1]=$(for family in "${families[@]}"; do pod_address "${1%:*}" "${1#*:}" "$family"; done)
}

# $1 node:pod; its address is free again.
detach() {
    local address
    del_pod "${1%:*}" "${1#*:}" || return
    for address in ${go_address[$1]}; do inside "${1%:*}" test ! -e "/var/lib/cni/networks/cbr0/$address" || return; done
}

all_ping_all() {
    local from to address
    for from in "${go_pods[@]}"; do
        for to in "${go_pods[@]}" outside; do
            for address in ${go_address[$to]}; do
                in_pod "$from" ping -q -n -c 1 -W 2 "$address" >/dev/null || { echo "$from does not reach $to $address" | show && return 1; }
            done
        done
    done
}

# Floods between node1's pod and the others', both ways, and new connections to the outside, which need the rules of their moment.
begin_load() {
    local pair from address
    flood_jobs=()
    rm -f "$state"/flood.*
    for pair in node1:red/node2:green node1:red/node3:white node2:green/node1:red node3:white/node1:red; do
        from=${pair%/*}
        for address in ${go_address[${pair#*/}]}; do
            in_pod "$from" ping -n -q -i 0.005 -c 100000 "$address" >"$state/flood.$from to $address" 2>&1 &
            flood_jobs+=($!)
        done
    done
    touch "$state/knocking"
    (
        lost=0 sent=0
        while [ -e "$state/knocking" ]; do
            sent=$((sent + 1))
            for address in ${go_address[outside]}; do in_pod node1:red ping -q -n -c 1 -W 1 "$address" >/dev/null || lost=$((lost + 1)); done
        done
        echo "$lost of $sent" >"$state/knocks"
    ) &
    knock_job=$!
    sleep 0.5
}

# The program in a pod is the last of a row of shells and of what enters namespaces.
interrupt_youngest() {
    local child=''
    read -r child _ 2>/dev/null <"/proc/$1/task/$1/children" || true
    if [ -n "$child" ]; then interrupt_youngest "$child"; else kill -INT "$1"; fi
}

end_load() {
    local file job
    sleep 1
    rm "$state/knocking"
    for job in "${flood_jobs[@]}"; do
        interrupt_youngest "$job"
        wait "$job" || true
    done
    wait "$knock_job" || true
    knock_job=
    for file in "$state"/flood.*; do
        check "from ${file##*/flood.}: no packet was lost while $1 ($(grep -o '[0-9]* packets transmitted, [0-9]* received' "$file"))" grep -q ' 0% packet loss' "$file"
    done
    # Go flannel deletes nft's table before it writes chains, or the other way round: a moment without masquerading that is not ours to mend.
    case $1 in
    Go*) say "        new connections to the outside that failed while $1: $(<"$state/knocks")" ;;
    *) check "no new connection to the outside failed while $1 ($(<"$state/knocks"))" grep -q '^0 of' "$state/knocks" ;;
    esac
}

remember_node() {
    device_before=$(inside node1 ip -details link show type vxlan)
    bridge_before=$(inside node1 cat /sys/class/net/cni0/address)
    subnet_before=$(inside node1 cat /run/flannel/subnet.env)
    lease_before=$(stored_lease)
}

node_is_the_same() {
    local mtu_line=^$
    ! has_family 6 || mtu_line=^FLANNEL_MTU=
    check "the VXLAN devices are the same" [ "$(inside node1 ip -details link show type vxlan)" = "$device_before" ]
    check "cni0 has its MAC still" [ "$(inside node1 cat /sys/class/net/cni0/address)" = "$bridge_before" ]
    # With IPv6 Go flannel promises pods an MTU that only the other tunnel carries.
    check "subnet.env says the same" diff <(grep -v "$mtu_line" <<<"$subnet_before") <(inside node1 grep -v "$mtu_line" /run/flannel/subnet.env)
    check "the store says the same of node1" [ "$(stored_lease)" = "$lease_before" ]
    check "every pod pings every pod and the outside" all_ping_all
}

nothing_of_the_gone() {
    ! inside node1 sh -c 'ip route; ip -6 route; ip neigh; bridge fdb' | grep -E "$gone_subnet|fd00:10:244:77:|$gone_mac"
}

all_know_the_peer() {
    local node
    for node in "${nodes[@]}"; do inside "$node" ip route show $gone_subnet/24 | grep -q flannel.1 || return; done
}

go_flannel_end() {
    local status=$?
    rm -f "$state/knocking"
    [ -z "$knock_job" ] || wait "$knock_job" || true
    demo_end "$status"
}

store_option() {
    echo "--store=$go_store"
}

# Nothing that the kernel has already but the routes, which get our protocol; Go flannel's rules by name.
plan_is_true() {
    grep -E '^ip (link|address|neighbour|route)|^bridge' "$state/ahead" | grep -vE '^ip route replace.*proto 102|^ip link set (flannel|cni0).*mtu 1430' && return 1
    ! grep -q flanneld-j: "$state/ahead" || return
    case $go_rules in
    iptables) grep -q 'goes once.*FLANNEL-POSTRTG' "$state/ahead" ;;
    legacy) grep -q 'goes once.*legacy.*FLANNEL-POSTRTG' "$state/ahead" ;;
    esac
    grep -q 'masquerade' "$state/ahead"
}

lab_go_flannel() {
    local node place
    declare -gA go_address
    go_flannel_options "$@"
    go_address[outside]=$(! has_family 4 || echo $outside_far; ! has_family 6 || echo $outside_far6)
    lab_name=go-flannel.$$ state=/run/flannel-j-lab/go-flannel.$$ bound=1
    exec {demo_terminal}>&1
    trap go_flannel_end EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    remove_stale
    go_flannel_prepare
    say "$("$flanneld_go" --version 2>&1 | head -n 1) of Go on node1 and node3, flannel-j on node2, store $go_store, rules by $go_rules, $(family_name)"
    start_underlay
    for node in "${nodes[@]}"; do
        write_configuration "$node"
        go_configuration | inside "$node" sh -c 'cat >/etc/kube-flannel/net-conf.json
            mkdir /run/legacy; for name in iptables ip6tables; do for end in "" -save -restore; do
                ln -s "/usr/sbin/$name-legacy$end" "/run/legacy/$name$end"; done; done'
    done
    start_go_"$go_store"
    start_go node1
    start_ours node2
    start_go node3
    say "pods on node1 and node3 by ${FLANNEL_CNI_GO:-our executables, without a daemon}"
    go_plugins node1
    go_plugins node3
    for place in "${go_pods[@]}"; do attach "$place" || die "no pod at $place"; done
    check "every pod pings every pod and the outside" all_ping_all
    peer_comes
    check "all nodes have a route to a node that came" await 10 "its routes" all_know_the_peer
    remember_node

    say "node1: flannel-j in place of Go flannel"
    inside node1 env NODE_NAME=node1 /usr/lib/flannel-j/bin/flanneld-j plan --diff "${go_options[@]}" "$(store_option)" -ip-masq -iface=eth0 >"$state/ahead" 2>&1 || true
    show <"$state/ahead"
    check "plan --diff says before what the switch will change" plan_is_true
    begin_load
    end_served node1 go
    peer_goes
    start_ours node1
    check "the rules of Go flannel are gone" await 10 "no rules of Go flannel" no_go_rules node1
    end_load "flannel-j took over"
    check "the routes are ours now" [ "$(inside node1 ip route show dev flannel.1 | grep -c 'proto 102')" = 2 ]
    check "nothing is left of a node that went meanwhile" nothing_of_the_gone
    check "plan --diff finds nothing" grep -q 'the kernel is as it should be' <(inside node1 /usr/lib/flannel-j/bin/flanneld-j plan --diff)
    node_is_the_same
    our_plugins node1
    check "a pod from before can be detached" detach node1:blue
    go_pods=(node1:red node1:black node2:green node3:white)
    check "a pod can be attached" attach node1:black
    check "every pod pings every pod and the outside" all_ping_all

    say "node1: Go flannel in place of flannel-j"
    begin_load
    end_served node1 daemon
    start_go node1
    end_load "Go flannel took over"
    node_is_the_same
    go_plugins node1
    for place in "${go_pods[@]}"; do
        check "pod ${place#*:} on ${place%:*} can be detached" detach "$place"
    done
}
