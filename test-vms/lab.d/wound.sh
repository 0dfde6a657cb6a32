# shellcheck shell=bash
# What the lists of wounds have in common; they source it with their own arguments: MODE [WORD...]
#
#   MODE    check: heals and the pod's packets pass within the ceiling; bench: also how long it took and how many packets were lost
#   WORD    only wounds whose name holds one of these words
#
# The environment names pods of node1 (PODS, their network namespaces) and the address of one on node2 (FAR).
set -u
export LC_ALL=C

mode=$1
shift
words=("$@")
ceiling_ms=$((10000 * ${LAB_SLOWNESS:-1}))

now_ms() {
    local now=${EPOCHREALTIME/./}
    echo $((now / 1000))
}

wanted() {
    local word
    [ ${#words[@]} -gt 0 ] || return 0
    for word in "${words[@]}"; do [[ $1 != *"$word"* ]] || return 0; done
    return 1
}

packets_pass() {
    local pod
    for pod in $PODS; do ip netns exec "$pod" ping -q -n -c 1 -W 1 "$FAR" || return; done
}

# at_once COMMANDS: several steps, none of which is healed before the last one is done.
at_once() {
    local daemon
    daemon=$(pidof java)
    kill -STOP "$daemon"
    eval "$1"
    kill -CONT "$daemon"
}

# rename_device FROM TO [WORD...]: kernels before 6.3 rename no device that is up, so there it is taken down first; TO comes up again.
rename_device() {
    local from=$1 to=$2
    shift 2
    ip link set "$from" name "$to" "$@" 2>/dev/null && return
    at_once "ip link set $from down; ip link set $from name $to $*; ip link set $to up"
}

# wound NAME HAND HEALED: both in this shell.
wound() {
    local name=$1 hand=$2 healed=$3 begin took sent=0 received=0 pinging=
    wanted "$name" || return 0
    if [ "$mode" = bench ]; then
        ip netns exec "${PODS%% *}" ping -q -n -i 0.01 -c 1500 -w 15 "$FAR" >/run/wounds.ping 2>&1 &
        pinging=$!
        sleep 0.2
    fi
    begin=$(now_ms)
    eval "$hand" || echo "NOT DONE: $name"
    until { eval "$healed"; } >/dev/null 2>&1; do
        took=$(($(now_ms) - begin))
        [ "$took" -lt "$ceiling_ms" ] || { echo "NOT HEALED: $name" && break; }
        sleep 0.002
    done
    took=$(($(now_ms) - begin))
    until packets_pass >/dev/null 2>&1; do
        [ $(($(now_ms) - begin)) -lt "$ceiling_ms" ] || { echo "NO PACKETS: $name" && break; }
    done
    if [ -n "$pinging" ]; then
        sleep 0.1
        kill -INT "$pinging" 2>/dev/null # ping ends by itself at the first ICMP error.
        wait "$pinging"
        read -r sent received < <(sed -n 's/^\([0-9]*\) packets transmitted, \([0-9]*\) received.*/\1 \2/p' /run/wounds.ping)
        printf '%-44s %5d ms  %4d lost\n' "$name" "$took" $((sent - received))
    else
        printf 'healed in %d ms: %s\n' "$took" "$name"
    fi
}
