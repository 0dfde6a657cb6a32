# shellcheck shell=bash
# lab bench NAME: measures, always beside a peer in the same run and in turn with it. bench/NAME.sh has each.

bench_names=(away churn cni etcd floor heal idle kubernetes leases start rss throughput)

bench_end() {
    local status=$?
    trap - EXIT
    exec >&"$bench_terminal"
    end_long_job
    remove_lab
    exit "$status"
}

# Nodes of this run only; they end with it, however it ends.
bench_begin() {
    lab_name=bench.$$ state=/run/flannel-j-lab/bench.$$ bound=1
    nodes=("$@")
    exec {bench_terminal}>&1
    trap bench_end EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    remove_stale
    install_missing "${base_packages[@]}" "${bench_packages[@]}"
    lab_build
    say "$(uname -sr), $(nproc) processors, load $(cut -d ' ' -f 1-3 /proc/loadavg)"
}

# Lines "NAME JAVA_HOME AOT" of the JVMs that the daemon can run on here: every JDK as it is, and with an AOT cache where it can have one.
jvm_variants() {
    local java release
    for java in /usr/lib/jvm/*; do
        [ ! -L "$java" ] && [ -x "$java/bin/java" ] && [ -r "$java/release" ] || continue
        release=$(sed -n 's/^JAVA_RUNTIME_VERSION="\(.*\)"/\1/p' "$java/release")
        [ "${release%%[!0-9]*}" -ge 17 ] || continue
        echo "jdk-${release%%[!0-9]*} $java off"
        if compgen -G "$tree/lib/aot/daemon-*-$release.aot" >/dev/null; then echo "jdk-${release%%[!0-9]*}-aot $java on"; fi
    done
}

# An AOT cache for the newest JDK, if it can have one.
make_aot_cache() {
    long_step "AOT cache" "$project_dir/target/aot.log" "$tree/bin/build-aot-cache" || say "  none then"
}

# The name, lease and files of the daemon of node1 as if it had never run there; its lease stays.
forget_daemon() {
    inside node1 sh -c 'ip link del flannel.1 2>/dev/null; rm -rf /run/flannel /run/flannel-j'
}

# A line like those of jvm_variants for Go flannel, where there is one; what it is told is in $go_options.
go_variant() {
    [ ! -x "${FLANNELD_GO:-$servers/bin/flanneld}" ] || echo "go-flannel go off"
}

# run_daemon JAVA_HOME AOT CONDITION...: starts the daemon in node1 and waits by tools/await; its lines in $measured, its process in $daemon.
run_daemon() {
    local java=$1 aot=$2 program
    shift 2
    program=(env JAVA_HOME="$java" FLANNELJ_AOT="$aot" /usr/lib/flannel-j/bin/flanneld-j run "${daemon_options[@]}" --healthz-port 8471)
    [ "$java" != go ] || program=(env NODE_NAME=node1 "${FLANNELD_GO:-$servers/bin/flanneld}" "${go_options[@]}" -ip-masq -iface=eth0)
    measured=$(inside node1 "$tools/await" "$@" -- "${program[@]}" 2>>"$state/node1.daemon.log") || {
        tail -n 20 "$state/node1.daemon.log" | show >&2
        die "the daemon did not get there: $measured"
    }
    daemon=$(sed -n 's/^pid //p' <<<"$measured")
}

end_daemon() {
    inside node1 sh -c 'kill "$1"; while [ -d "/proc/$1" ]; do sleep 0.01; done' - "$daemon"
}

resident() {
    inside node1 awk '/^VmRSS|^VmHWM/ {printf "%s %.1f MiB  ", $1, $2 / 1024} END {print ""}' "/proc/$daemon/status"
}

# $1 leases of peers in the store of this lab, 10.32.0.0/24 and on; see peer_* for what they say.
write_leases() {
    local count=$1
    mkdir -p "$state/store"
    awk -v count="$count" -v directory="$state/store" 'BEGIN {
        for (i = 1; i <= count; i++) {
            a = 32 + int(i / 256); b = i % 256
            file = directory "/10." a "." b ".0-24.json"
            printf "{\"PublicIP\":\"172.20.%d.%d\",\"PublicIPv6\":null,\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"02:00:00:01:%02x:%02x\"},\"Node\":\"peer%d\",\"Expiration\":4000000000000}\n", int(i / 256), b, a, b, i > file
            close(file)
        }
    }'
}

# Directory of the reference CNI plugins in $reference and their version in $reference_version: 1.9.1 where there is Go, else Debian's.
find_reference() {
    reference=/usr/lib/cni
    reference_version=$(dpkg-query -W -f '${Version}' containernetworking-plugins 2>/dev/null || echo unknown)
    build_servers plugins || return 0
    reference=$servers/plugins-1.9.1
    reference_version=1.9.1
}

# The configuration that flannel would hand to its delegate, for a network of its own: $1 name, $2 bridge.
reference_conflist() {
    cat <<END
{"name": "$1", "cniVersion": "1.0.0", "plugins": [
  {"type": "bridge", "bridge": "$2", "mtu": 1450, "isGateway": true, "isDefaultGateway": true, "hairpinMode": true, "ipMasq": false,
   "ipam": {"type": "host-local", "subnet": "10.99.0.0/22", "dataDir": "/run/$1", "routes": [{"dst": "$cluster_network"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}
]}
END
}

# Numbers, one a line: count, p50, p90, p99, max.
quantiles() {
    sort -n | awk '
        { v[NR] = $1 }
        function rank(p) { r = int((NR * p + 99) / 100); return v[r < 1 ? 1 : r] }
        END { if (NR) printf "n %d  p50 %.3f  p90 %.3f  p99 %.3f  max %.3f\n", NR, rank(50), rank(90), rank(99), v[NR]; else print "nothing measured" }'
}

median() {
    sort -n | awk '{ v[NR] = $1 } END { if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2; else print "nan" }'
}

lab_bench() {
    local name=${1:-} known
    for known in "${bench_names[@]}"; do
        [ "$name" != "$known" ] || {
            shift
            # shellcheck source=/dev/null
            . "$lab_dir/bench/$name.sh"
            "bench_$name" "$@"
            return
        }
    done
    die "usage: lab bench NAME, one of: ${bench_names[*]}"
}
