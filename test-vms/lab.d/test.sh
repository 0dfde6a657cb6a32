# shellcheck shell=bash
# lab test: all tests in one run of Maven, and one line at the end that counts them.

test_limit=${LAB_TEST_LIMIT:-1800}

# All reports as lines: tests, failures and errors, skipped, seconds, class.
test_reports() {
    find "$project_dir" -path '*/target/surefire-reports/TEST-*.xml' -exec awk '
        function attribute(name) { return match($0, " " name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : "" }
        /<testsuite / { print attribute("tests"), attribute("failures") + attribute("errors"), attribute("skipped"), attribute("time"), attribute("name"); nextfile }
    ' {} +
}

# How many tests ran of the classes whose source has a line like $1.
tests_ran() {
    awk 'NR == FNR { marked[$1] = 1; next } { class = $5; sub(/\$.*/, "", class); if (class in marked) ran += $1 - $3 } END { print ran + 0 }' \
        <(grep -rlE "$1" "$project_dir"/*/src/test/java --include='*Test.java' | sed 's|.*/src/test/java/||; s|\.java$||; s|/|.|g') \
        <(test_reports)
}

# What tests run against; those that lack theirs are skipped, saying why.
install_servers() {
    (install_missing "${server_packages[@]}") || say "  tests that need one of these are skipped"
    find_reference
    say "the reference CNI plugins are version $reference_version"
    [ -n "${FLANNELD_GO:-}" ] || build_servers flanneld || say "  tests that need Go flannel are skipped"
    build_servers "${kubernetes_programs[@]}" || say "  tests that need Kubernetes are skipped"
}

# Tests that must have run: always those on the kernel, in CI those with servers too. Sets $absent to what did not run.
count_marked() {
    local what pattern ran
    absent=()
    while read -r what pattern; do
        ran=$(tests_ran "$pattern")
        say "$ran tests of the kind $what"
        if [ "$ran" = 0 ] && { [ "$what" = namespaces ] || [ "${CI:-}" = true ]; }; then absent+=("$what"); fi
    done <<'END'
namespaces @Tag\("netns"\)|@RequiresRoot
etcd @RequiresEtcd
kubernetes @RequiresKubernetes
cluster @Tag\("kubernetes"\)
END
}

# What Maven says when tests were lost without a report; with testFailureIgnore it calls such a build a success.
lost_forks() {
    grep -cE 'There was a timeout in the fork|The forked VM terminated|There was an error in the forked process|Error occurred in starting fork' "$1" || true
}

test_problems() {
    local log=$1
    grep -E '^\[ERROR\]' "$log" | grep -vE 'Re-run Maven|To see the full|For more information|^\[ERROR\] *$' | cut -c 1-300 | head -n 60 | show
}

# The tests of the C launcher are no JUnit tests; they report in the same form.
run_launcher_tests() {
    local reports=$project_dir/native-glue/target/surefire-reports
    mkdir -p "$reports"
    LAUNCHER_REPORT=$reports/TEST-launcher.xml timeout -k 10 300 make --silent -C "$project_dir/native-glue/src/main/c" test
}

run_maven_tests() {
    # A PID namespace of its own: whatever a test leaves running ends with it.
    export -f run_maven
    export project_dir
    unshare --mount --pid --fork --kill-child --mount-proc \
        bash -c 'run_maven "$@"' - "$test_limit" -Dmaven.test.failure.ignore=true -Dlauncher.tests.skip=true verify
}

lab_test() {
    local log=$project_dir/target/lab-test.log status=0 passed=0 failed=0 skipped=0 tests bad ignored lost=0 absent what
    trap end_long_job EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    install_missing "${base_packages[@]}" "${test_packages[@]}"
    make --silent -C "$lab_dir/bench" OUT="$tools"
    install_servers
    find "$project_dir" -path '*/target/surefire-reports' -prune -exec rm -rf {} +
    long_step "testing the launcher" "$project_dir/target/lab-test-launcher.log" run_launcher_tests || true
    [ -f "$project_dir/native-glue/target/surefire-reports/TEST-launcher.xml" ] || lost=1
    long_step "building and running all other tests with Maven" "$log" run_maven_tests || status=$?
    give_back
    while read -r tests bad ignored _; do
        passed=$((passed + tests - bad - ignored))
        failed=$((failed + bad))
        skipped=$((skipped + ignored))
    done < <(test_reports)
    lost=$((lost + $(lost_forks "$log")))
    test_problems "$log" || true # grep found nothing
    grep -hE '^\[WARNING\] Tests run:.*Skipped: [1-9].* in ' "$log" | show || true
    say "the ten slowest test classes, in seconds"
    # Not by head: sort would die of SIGPIPE, and with it all that follows.
    test_reports | sort -k 4,4 -rn | awk 'NR <= 10 {printf "%8.1f  %4d tests  %s\n", $4, $1, $5}' | show
    count_marked
    if [ "$status" != 0 ] || [ "$lost" != 0 ]; then
        say "the build failed or a test process was lost: counted as one failure"
        failed=$((failed + 1))
    fi
    for what in "${absent[@]}"; do
        say "no test with $what ran: counted as one failure"
        failed=$((failed + 1))
    done
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
}
