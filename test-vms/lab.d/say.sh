# shellcheck shell=bash
# What the lab tells: steps with the time since its start, and what went wrong.

lab_started=${EPOCHREALTIME/./}

elapsed() {
    local now=${EPOCHREALTIME/./} tenths
    tenths=$(((now - lab_started) / 100000))
    printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

say() {
    printf '[%5s s] %s\n' "$(elapsed)" "$*"
}

show() {
    sed 's/^/    /'
}

die() {
    printf 'lab: %s\n' "$*" >&2
    exit 1
}

long_job=

# Ends the process $1 and all that it started; background jobs of a script do not hear the terminal's Ctrl-C.
kill_tree() {
    local child children=
    read -r children 2>/dev/null <"/proc/$1/task/$1/children" || true
    kill -TERM "$1" 2>/dev/null || true
    for child in $children; do kill_tree "$child"; done
}

end_long_job() {
    [ -z "$long_job" ] || kill_tree "$long_job"
    long_job=
}

# long_step TEXT LOG CMD...: runs CMD with its output in LOG and says every 15 s that it still runs; shows the log's end if it fails.
long_step() {
    local text=$1 log=$2 status=0 job
    shift 2
    say "$text"
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 </dev/null &
    job=$!
    long_job=$job
    (
        # Not one sleep: it would outlive its parent.
        while read -r -t 15 _ || [ $? -gt 128 ]; do
            say "  still at it: $(tail -n 1 "$log" | cut -c 1-100)"
        done
    ) < <(wait_for_end "$job") &
    wait "$job" || status=$?
    wait $! || true
    long_job=
    if [ "$status" != 0 ]; then
        tail -n 30 "$log" | show >&2
        say "  failed with status $status; all of it: $log" >&2
    fi
    return "$status"
}

# Holds standard output open until the process $1 has ended, and writes nothing.
wait_for_end() {
    tail --pid="$1" -s 0.1 -f /dev/null
}
