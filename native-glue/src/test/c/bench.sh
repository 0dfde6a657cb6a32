#!/bin/sh
# Builds the launcher against a run directory of its own and compares it with an empty static C program: bench.sh [PAIRS]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
CC=${CC:-cc}
dir=$(mktemp -d /tmp/flannel-j-bench.XXXXXX)
trap 'rm -rf "$dir"' EXIT INT TERM
mkdir "$dir/run"
make -s -C "$here/../../main/c" OUT="$dir/launcher" DEFINES="-DRUN_DIR='\"$dir/run\"'"
$CC -O2 -static -o "$dir/empty" "$here/empty.c"
$CC -O2 -Wall -Wextra -Werror -o "$dir/bench" "$here/bench.c"
"$dir/bench" "$dir/empty" "$dir/launcher/flannel-j-cni" "$dir/run" "${1:-1000}"
