# shellcheck shell=bash
# What a fresh Debian 12 lacks, and the build.

tree=${LAB_TREE:-$project_dir/packaging/target/flanneld-j}
tools=$lab_dir/target/bench
servers=${FLANNELJ_SERVERS:-/var/cache/flannel-j/servers}

# Debian package for each command; headers are looked for as files.
base_packages=(make:make gcc:gcc ip:iproute2 nft:nftables tcpdump:tcpdump ping:iputils-ping /usr/include/stdio.h:libc6-dev
    nsenter:util-linux setpriv:util-linux sysctl:procps)
test_packages=(python3:python3 iptables:iptables /usr/lib/cni/bridge:containernetworking-plugins conntrack:conntrack ethtool:ethtool)
# Servers of others that tests run; without them those tests are skipped.
server_packages=(etcd:etcd-server etcdctl:etcd-client openssl:openssl containerd:containerd ctr:containerd runc:runc)
kubernetes_programs=(kube-apiserver kube-controller-manager kube-scheduler kubectl kubelet agnhost)
bench_packages=(/usr/lib/cni/bridge:containernetworking-plugins iperf3:iperf3 ethtool:ethtool)

# Debian's own JDK 17; another one is as good if it can compile for 17.
has_jdk() {
    local home
    for home in ${JAVA_HOME:+"$JAVA_HOME"} /usr/lib/jvm/*; do
        [ ! -x "$home/bin/javac" ] || return 0
    done
    return 1
}

install_missing() {
    local pair missing=()
    for pair in "$@"; do
        case $pair in
        /*) [ -e "${pair%%:*}" ] || missing+=("${pair#*:}") ;;
        *) [ -n "$(type -P "${pair%%:*}")" ] || missing+=("${pair#*:}") ;;
        esac
    done
    if [ -z "${LAB_TREE:-}" ]; then
        has_jdk || missing+=(openjdk-17-jdk-headless)
        [ -n "$(type -P mvn)" ] || missing+=(maven)
    fi
    [ ${#missing[@]} -gt 0 ] || return 0
    [ -n "$(type -P apt-get)" ] || die "missing: ${missing[*]} (Debian's names); install them first, there is no apt-get here"
    [ "$(id -u)" = 0 ] || die "missing: ${missing[*]}; install them first, or run as root"
    long_step "installing ${missing[*]}" "$project_dir/target/apt.log" apt_install "${missing[@]}"
}

apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    timeout 600 apt-get -q -y install --no-install-recommends "$@" && return
    timeout 300 apt-get -q update && timeout 900 apt-get -q -y install --no-install-recommends "$@"
}

# build_servers NAME...: what servers/build knows, for this machine once; status 1 without Go or where it does not build.
build_servers() {
    local missing
    [ -n "$(type -P go)" ] || { say "there is no Go here, so nothing can be built of: $*" && return 1; }
    missing=$("$lab_dir/servers/build" --missing "$@")
    [ -n "$missing" ] || return 0
    long_step "building with Go, once for this machine (all of Kubernetes takes some ten minutes): $missing" \
        "$project_dir/target/servers.log" timeout -k 10 "${LAB_BUILD_LIMIT:-3600}" "$lab_dir/servers/build" "$@"
}

# Maven with the limit of $1 seconds, in the project's directory.
run_maven() {
    local limit=$1
    shift
    cd "$project_dir" || return
    timeout -k 10 "$limit" mvn --batch-mode --no-transfer-progress -Dstyle.color=never "$@"
}

# One line that changes with any source of the tree.
sources_stamp() {
    (cd "$project_dir" && find pom.xml ./*/pom.xml ./*/src .mvn -type f -printf '%p %s %T@\n' | sort | cksum)
}

# What sudo has built belongs to whom the sources belong to, so that a later mvn without sudo can work on it.
give_back() {
    [ "$(stat -c %u "$project_dir")" != 0 ] || return 0
    chown -R --reference="$project_dir" "$project_dir"/target "$project_dir"/*/target 2>/dev/null || true
}

lab_build() {
    local stamp_file=$project_dir/packaging/target/lab-build.stamp stamp
    install_missing "${base_packages[@]}"
    make --silent -C "$lab_dir/bench" OUT="$tools"
    if [ -n "${LAB_TREE:-}" ]; then
        [ -x "$tree/bin/flanneld-j" ] || die "LAB_TREE=$LAB_TREE has no bin/flanneld-j"
        return
    fi
    stamp=$(sources_stamp)
    if [ -f "$stamp_file" ] && [ -x "$tree/bin/flanneld-j" ] && [ "$(<"$stamp_file")" = "$stamp" ]; then
        say "the build is up to date"
        return
    fi
    long_step "building with Maven" "$project_dir/target/lab-build.log" run_maven 1200 -Dquick -DskipTests package
    printf '%s\n' "$stamp" >"$stamp_file"
    give_back
}
