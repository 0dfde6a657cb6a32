#!/bin/sh
# Writes dockerd's options for the node's subnet, as flannel's script of this name does.
set -eu

usage() {
    cat <<END
usage: mk-docker-opts.sh [-f FILE] [-d FILE] [-i] [-c] [-m] [-k KEY]

  -f FILE  subnet.env (/run/flannel/subnet.env)
  -d FILE  where the options are written (/run/docker_opts.env)
  -i       only the single options, DOCKER_OPT_BIP, DOCKER_OPT_IPMASQ and DOCKER_OPT_MTU
  -c       only all of them in one, DOCKER_OPTS
  -m       without --ip-masq
  -k KEY   the name of the one option instead of DOCKER_OPTS
END
}

subnet_file=/run/flannel/subnet.env options_file=/run/docker_opts.env
single=1 combined=1 masquerade=1 key=DOCKER_OPTS
while getopts f:d:icmk:h option; do
    case $option in
    f) subnet_file=$OPTARG ;;
    d) options_file=$OPTARG ;;
    i) combined= ;;
    c) single= ;;
    m) masquerade= ;;
    k) key=$OPTARG ;;
    h)
        usage
        exit 0
        ;;
    *)
        usage >&2
        exit 2
        ;;
    esac
done
shift $((OPTIND - 1))
[ $# = 0 ] || {
    usage >&2
    exit 2
}
case $key in
'' | [0-9]* | *[!A-Za-z0-9_]*)
    echo "mk-docker-opts.sh: -k $key is no name of a variable" >&2
    exit 2
    ;;
esac
# Neither of the two: both, as without flags.
[ -n "$single$combined" ] || single=1 combined=1

[ -r "$subnet_file" ] || {
    echo "mk-docker-opts.sh: $subnet_file cannot be read; flanneld-j writes it when the network is there (-f names another)" >&2
    exit 1
}
FLANNEL_SUBNET='' FLANNEL_MTU='' FLANNEL_IPMASQ=''
# Read as text: whatever else is in there is not run.
while IFS='=' read -r name value; do
    case $name in
    FLANNEL_SUBNET) FLANNEL_SUBNET=$value ;;
    FLANNEL_MTU) FLANNEL_MTU=$value ;;
    FLANNEL_IPMASQ) FLANNEL_IPMASQ=$value ;;
    esac
done <"$subnet_file"

# A subnet that is reached by a gateway is another node's.
if [ -n "$FLANNEL_SUBNET" ] && ip -4 route show "$FLANNEL_SUBNET" 2>/dev/null | grep -q ' via '; then
    echo "mk-docker-opts.sh: there is a route to $FLANNEL_SUBNET by another node: $(ip -4 route show "$FLANNEL_SUBNET")" >&2
    exit 1
fi

bip='' ipmasq='' mtu=''
[ -z "$FLANNEL_SUBNET" ] || bip="--bip=$FLANNEL_SUBNET"
# Who masquerades already, so that Docker need not.
case $masquerade$FLANNEL_IPMASQ in
1true) ipmasq=--ip-masq=false ;;
1false) ipmasq=--ip-masq=true ;;
esac
[ -z "$FLANNEL_MTU" ] || mtu="--mtu=$FLANNEL_MTU"

new=$options_file.$$
trap 'rm -f "$new"' EXIT
{
    if [ -n "$single" ]; then
        [ -z "$bip" ] || echo "DOCKER_OPT_BIP=\"$bip\""
        [ -z "$ipmasq" ] || echo "DOCKER_OPT_IPMASQ=\"$ipmasq\""
        [ -z "$mtu" ] || echo "DOCKER_OPT_MTU=\"$mtu\""
    fi
    [ -z "$combined" ] || echo "$key=\"${bip:+ $bip}${ipmasq:+ $ipmasq}${mtu:+ $mtu}\""
} >"$new"
mv -f "$new" "$options_file"
