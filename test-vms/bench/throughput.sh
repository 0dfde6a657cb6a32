# shellcheck shell=bash
# Pod to pod between nodes: node1 and node2 by flannel-j, node3 and node4 by a VXLAN device, bridge and veth made by hand with ip.
# The hand-made nodes get the rules of ours too, by nft: masquerading needs connection tracking, which costs a tenth of the throughput whoever
# asks for it. With a third argument, bare, neither side has any rules: none of the daemon's and no ipMasq of the plugin's. The queue length is what flannel asks for. In turn, because the machine's mood changes within minutes; the ratio of each pair is what counts.

# $1 node, $2 its number, $3 the other's number
hand_made_node() {
    local node=$1 own=$2 other=$3
    inside "$node" sysctl -qw net.ipv4.ip_forward=1
    inside "$node" ip -batch - <<END
link add flannel.1 txqueuelen 0 address 0a:00:00:00:00:0$own mtu 1450 type vxlan id 1 dev eth0 local $(node_address "$node") dstport 8472 nolearning
address add 10.244.$own.0/32 dev flannel.1
link set flannel.1 up
neighbour add 10.244.$other.0 lladdr 0a:00:00:00:00:0$other dev flannel.1 nud permanent
route add 10.244.$other.0/24 via 10.244.$other.0 dev flannel.1 onlink
link add cni0 mtu 1450 type bridge forward_delay 0
address add 10.244.$own.1/24 dev cni0
link set cni0 up
netns add pod
link add veth0 mtu 1450 type veth peer name eth0 mtu 1450 netns pod
link set veth0 master cni0 up
END
    inside "$node" bridge fdb append "0a:00:00:00:00:0$other" dev flannel.1 dst "$(node_address "node$other")"
    inside "$node" ip -netns pod -batch - <<END
address add 10.244.$own.2/24 dev eth0
link set eth0 up
route add default via 10.244.$own.1
END
}

# The device as ip shows it, without what differs by nature: number, name, addresses.
device_shape() {
    inside "$1" ip -details link show dev flannel.1 |
        sed -E 's/^[0-9]+: //; s/(link\/ether|local) [0-9a-f:.]+/\1 X/; s/ifindex [0-9]+//' | tr -s ' \n' ' '
}

# The rules of node1, for the subnet of a hand-made node.
same_rules() {
    local node=$1 own=$2 subnet
    subnet=$(inside node1 sed -n 's/^FLANNEL_SUBNET=\(.*\)1\/24/\1/p' /run/flannel/subnet.env)
    inside node1 nft list ruleset | sed "s/${subnet//./\\.}0\/24/10.244.$own.0\/24/g" | inside "$node" nft -f -
}

# Mbit/s of one iperf3 run from the pod of $1 to the pod of $2 at $3.
one_run() {
    local job mbits
    inside "$2" ip netns exec pod iperf3 -s -1 -p 5201 >/dev/null 2>&1 &
    job=$!
    inside "$2" ip netns exec pod sh -c 'until ss -Hltn "sport = 5201" | grep -q .; do sleep 0.02; done'
    mbits=$(inside "$1" ip netns exec pod timeout 20 iperf3 -c "$3" -p 5201 -t "$seconds" -f m | awk '/receiver/ {for (i = 2; i <= NF; i++) if ($i ~ /bits\/sec/) print $(i - 1)}')
    wait "$job" || true
    echo "${mbits:-0}"
}

bench_throughput() {
    local pairs=${1:-20} seconds=${2:-2} rules=${3:-rules} i ours hand target ours_all=() hand_all=() ratios=()
    bench_begin node1 node2 node3 node4
    start_underlay
    nodes=(node1 node2)
    [ "$rules" != bare ] || daemon_options=("${daemon_options[@]/--ip-masq/--iptables-forward-rules=false}")
    for node in "${nodes[@]}"; do start_daemon "$node"; done
    for node in "${nodes[@]}"; do await_daemon "$node"; done
    if [ "$rules" = bare ]; then
        for node in "${nodes[@]}"; do inside "$node" sed -i 's/"delegate": {/&"ipMasq": false, /' /etc/cni/net.d/10-flannel.conflist; done
    fi
    add_pod node1 pod
    add_pod node2 pod
    hand_made_node node3 3 4
    hand_made_node node4 4 3
    target=$(pod_address node2 pod)
    if [ "$rules" != bare ]; then
        same_rules node3 3
        same_rules node4 4
    fi
    [ "$rules" != bare ] || ! inside node1 nft list ruleset | grep -q chain || die "node1 has rules"
    say "devices as ip -details link shows them"
    { device_shape node1 && echo && device_shape node3 && echo; } | show
    if [ "$(device_shape node1)" = "$(device_shape node3)" ]; then say "equal"; else say "NOT EQUAL"; fi
    one_run node1 node2 "$target" >/dev/null
    one_run node3 node4 10.244.4.2 >/dev/null
    say "$pairs pairs of $seconds s each, iperf3, one TCP stream, $rules"
    for ((i = 0; i < pairs; i++)); do
        if ((i % 2)); then
            ours=$(one_run node1 node2 "$target") hand=$(one_run node3 node4 10.244.4.2)
        else
            hand=$(one_run node3 node4 10.244.4.2) ours=$(one_run node1 node2 "$target")
        fi
        ours_all+=("$ours") hand_all+=("$hand")
        ratios+=("$(awk -v a="$ours" -v b="$hand" 'BEGIN { print b ? a / b : 0 }')")
        say "flannel-j $ours Mbit/s, by hand $hand Mbit/s"
    done
    printf 'flannel-j  Mbit/s  %s\n' "$(printf '%s\n' "${ours_all[@]}" | quantiles)"
    printf 'by hand    Mbit/s  %s\n' "$(printf '%s\n' "${hand_all[@]}" | quantiles)"
    printf 'median ratio of a pair  %s\n' "$(printf '%s\n' "${ratios[@]}" | median)"
}
