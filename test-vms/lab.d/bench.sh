# shellcheck shell=bash
# lab bench NAME: measures, always beside a peer in the same run.

lab_bench() {
    die "no benchmark of that name: ${1:-}"
}
