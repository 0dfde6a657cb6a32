# shellcheck shell=bash
# lab kills: SIGKILL of launcher, daemon and stand-alone process while pods come and go and others talk, then a comparison of the node
# with what the runtime knows. A third of the launchers and two thirds of the servers die right before one of their system calls.

kill_failures=0
kills=0
declare -A killed_at

kills_end() {
    local status=$?
    trap - EXIT
    exec >&"$kills_terminal"
    [ "$status" = 0 ] && [ "$kill_failures" = 0 ] || kills_logs
    remove_lab
    if [ "$status" = 0 ] && [ "$kill_failures" = 0 ]; then
        say "all held, and all was removed"
        exit 0
    fi
    say "NOT all held${kills_saved:+; logs: $kills_saved}; the same choices again: lab kills $kill_count --seed $kill_seed"
    [ "$status" != 0 ] || status=1
    exit "$status"
}

kills_logs() {
    kills_saved=$project_dir/target/lab-kills-logs
    rm -rf "$kills_saved"
    mkdir -p "$kills_saved"
    cp "$state"/*.log "$state"/*.txt "$kills_saved/" 2>/dev/null || true
    inside node1 cat /run/flannel/cni-standalone.log >"$kills_saved/standalone.log" 2>/dev/null || true
}

kills_check() {
    local text=$1
    shift
    if "$@"; then
        say "ok      $text"
    else
        say "FAILED  $text"
        kill_failures=$((kill_failures + 1))
    fi
}

# A number below $1 in $random: the seed's next.
next_random() {
    kill_random=$(((kill_random * 1103515245 + 12345) % 2147483648))
    random=$((kill_random / 65536 % $1))
}

# Process IDs inside node1, in $server: of the daemon or of the stand-alone process.
find_server() {
    local jar=flanneld-j-
    [ "$1" = daemon ] || jar=cni-plugin-
    server=$(inside node1 pgrep -o -f "^[^ ]*/java .*/lib/${jar}[^ ]*\.jar") || return 1
}

# Kills a server of node1 at a random moment or right before a change that it is about to make.
kill_server() {
    local kind=$1 what
    find_server "$kind" || return 1
    next_random 3
    if [ "$random" = 0 ]; then
        next_random 60
        sleep "$(printf '0.%03d' "$random")"
        inside node1 kill -KILL "$server" 2>/dev/null || return 1
        what="at random"
    else
        next_random 120
        what=$(inside node1 "$tools/kill-at" "$server" $((random + 1)) $((1500 * slowness)) 2>/dev/null) || return 1
    fi
    kills=$((kills + 1))
    killed_at["$kind $what"]=$((${killed_at["$kind $what"]:-0} + 1))
}

# Until the server is there and serves; $2 tries of 20 ms.
await_server() {
    local tries socket=cni.sock
    [ "$1" = daemon ] || socket=cni-standalone.sock
    for ((tries = 0; tries < $2 * slowness; tries++)); do
        # A socket that listens; it keeps the name that it was bound to.
        ! inside node1 grep -q "00010000 .*/run/flannel/$socket.new" /proc/net/unix || return 0
        sleep 0.02
    done
    return 1
}

# Pings without a pause, in runs of a second, as the end of a run must not cut an answer off.
flood() {
    local name=$1 pod=$2 address=$3
    # shellcheck disable=SC2016 # the node's shell takes it
    inside node1 ip netns exec "$pod" setsid sh -c 'until [ -e /run/lab/flood.stop ]; do ping -q -c 200 -i 0.005 -W 2 "$1"; done; echo end' - "$address" \
        >"$state/flood.$name.txt" 2>&1 </dev/null &
    disown
}

end_floods() {
    local tries file
    touch "$state/flood.stop"
    for file in "$state"/flood.*.txt; do
        for ((tries = 0; tries < 500 * slowness; tries++)); do
            ! grep -q '^end' "$file" || break
            sleep 0.02
        done
    done
}

no_packet_lost() {
    awk -v name="$1" '/packets transmitted/ { sent += $1; got += $4 } END { printf "    %s: %d sent, %d lost\n", name, sent, sent - got; exit !(sent > 0 && sent == got) }' \
        "$state/flood.$1.txt"
}

kills_conflist() {
    inside "$1" sh -c 'cat >/run/kills.conflist' <<END
{"name": "cbr0", "cniVersion": "1.1.0", "plugins": [
  {"type": "flannel", "delegate": {"hairpinMode": true, "isDefaultGateway": true, "ipMasq": true}},
  {"type": "portmap", "capabilities": {"portMappings": true}}
]}
END
}

# The pods that talk all the time: two on node1 and one on node2.
attach_talkers() {
    local place
    for place in node1:talk1 node1:talk2 node2:talk3; do
        inside "${place%:*}" ip netns add "${place#*:}"
        chain add "${place%:*}" "${place#*:}" /run/kills.conflist eth0 >/dev/null || die "$place could not be attached"
    done
    for place in talk1 talk2; do echo "$(pod_address node1 "$place") $(container_id node1 "$place")"; done >"$state/talkers"
    flood near talk1 "$(pod_address node1 talk2)"
    flood far talk1 "$(pod_address node2 talk3)"
}

# One round: the daemon dies and is back at once, or is away while stand-alone processes serve and die.
kills_round() {
    kill_server daemon || return 0
    next_random 2
    if [ "$random" = 0 ]; then
        local more
        next_random 2
        for ((more = 0; more <= random; more++)); do
            await_server standalone 250 || break
            kill_server standalone || break
        done
    fi
    start_daemon node1
    await_server daemon 2000 || { say "the daemon did not serve again within $((40 * slowness)) s" && kill_failures=$((kill_failures + 1)); }
}

lab_kills() {
    local job launchers status=0 what
    kill_count=100 kill_seed=$RANDOM kills_saved=
    while [ $# -gt 0 ]; do
        case $1 in
        --seed) kill_seed=$2 && shift 2 ;;
        *) kill_count=$1 && shift ;;
        esac
    done
    lab_name=kills.$$ state=/run/flannel-j-lab/kills.$$ bound=1 nodes=(node1 node2)
    kill_random=$kill_seed
    exec {kills_terminal}>&1
    trap kills_end EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    remove_stale
    lab_build
    say "$kill_count kills, seed $kill_seed"
    start_nodes
    kills_conflist node1
    kills_conflist node2
    attach_talkers
    launchers=$((kill_count * 3 / 4))
    inside node1 "$tools/cni-chain" churn --chain flannel-j:/run/kills.conflist:/opt/cni/bin --pods 24 --at-once 4 --seconds 86400 --ports --forget 30 \
        --patience $((60 * slowness)) --seed "$kill_seed" --kills "$launchers" --every 4 --others /run/lab/talkers \
        --check "$lab_dir/lab.d/leaks cbr0 masq" >"$state/churn.txt" 2>&1 &
    job=$!
    await_first_pods
    while [ $((kills + launchers)) -lt "$kill_count" ]; do
        [ -d "/proc/$job" ] || break
        kills_round
    done
    inside node1 pkill -TERM -x cni-chain || true
    wait "$job" || status=$?
    end_floods
    grep -v '|\|^ADD, ms\|^DEL, ms\|^$' "$state/churn.txt" | show
    for what in "${!killed_at[@]}"; do printf '%s: %d\n' "$what" "${killed_at[$what]}"; done | sort | show
    kills_check "no address twice, no call failed but those told to try again, nothing left" [ "$status" = 0 ]
    kills_check "no packet lost between two pods of the node" no_packet_lost near
    kills_check "no packet lost to a pod of the other node" no_packet_lost far
}

await_first_pods() {
    local tries
    for ((tries = 0; tries < 500 * slowness; tries++)); do
        [ "$(inside node1 sh -c 'ls /run/flannel/attachments/cbr0 | wc -l')" -lt 20 ] || return 0
        sleep 0.02
    done
}
