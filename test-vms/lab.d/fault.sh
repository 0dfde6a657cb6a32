# shellcheck shell=bash
# What scripts of faults have in common. They run inside node1 of a lab and print a line beginning with NOT for everything that is not as
# it should be. PODS are pods of node1, FAR is the address of one on node2.
set -u
export LC_ALL=C
flanneld=/usr/lib/flannel-j/bin/flanneld-j

stop_daemon() {
    local daemon i
    daemon=$(pidof java)
    kill "-${1:-TERM}" "$daemon"
    wait 2>/dev/null
    for i in $(seq 200); do [ -d "/proc/$daemon" ] || return 0; sleep 0.1; done
    echo "NOT stopped within 20 s"
}

start_daemon() {
    setsid env -u JAVA_TOOL_OPTIONS "$flanneld" run --store directory --store-dir /run/lab/store --ip-masq >>/run/lab/faults.log 2>&1 </dev/null &
}

# await SECONDS WHAT CONDITION
await() {
    local i
    for i in $(seq $(($1 * 10))); do ! eval "$3" >/dev/null 2>&1 || return 0; sleep 0.1; done
    echo "NOT $2"
    return 1
}

says() { "$flanneld" status | grep -qF "$1"; }
ready() { curl -s http://127.0.0.1:"${PORT:-8471}"/readyz | grep -q '^flanneld is ready'; }
passes() { ip netns exec "$1" ping -q -n -c 1 -W 1 "$2" >/dev/null 2>&1; }
address_of() { ip -netns "$1" -4 -o address show eth0 | sed -n 's/.*inet \([^ /]*\).*/\1/p'; }

# cni VERB POD: with flannel's plugin alone.
cni() {
    CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$2 CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin /opt/cni/bin/flannel <<'EOF'
{"cniVersion": "1.1.0", "name": "cbr0", "type": "flannel", "delegate": {"hairpinMode": true, "isDefaultGateway": true}}
EOF
}
