#!/usr/bin/env bash
# Install what the tests need, build, run every test.
#
#   tests/run.sh [--full] [--preset dev|asan] [-R REGEX]
#
#   --full      also the tests that take long, and the others again under the sanitizers
#   --preset    which build to test (dev)
#   -R REGEX    only tests whose name matches
#
# The last line is "N passed, N failed", with ", N skipped" where something was missing;
# exit status 0 only if nothing failed, 69 if packages are missing without which nothing
# can be built. What the build or a test said is above it.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 70
exec </dev/null

passed=0 failed=0 skipped=0
unusable=69

verdict() {
    local more=""
    [ $skipped = 0 ] || more=", $skipped skipped"
    echo "$passed passed, $failed failed$more"
}

# What failed before any test ran counts as one failure.
give_up() {
    echo "tests/run.sh: $1" >&2
    passed=0 failed=1 skipped=0
    verdict
    exit "${2:-1}"
}

build() {
    local preset=$1
    echo "== $preset: build"
    cmake --preset "$preset" --log-level=WARNING &&
        cmake --build --preset "$preset" -- --quiet
}

# Tests that say they cannot run here are skipped; any other that did not run has failed.
count() {
    local results=$1 all ok left_out
    all=$(grep -c '^\s*<testcase ' "$results")
    ok=$(grep -c '^\s*<testcase .* status="run">' "$results")
    left_out=$(grep -cE '^\s*(<skipped message="SKIP_|<testcase .* status="disabled">)' \
        "$results")
    passed=$((passed + ok))
    skipped=$((skipped + left_out))
    failed=$((failed + all - ok - left_out))
}

why_skipped() {
    awk '/^\t<testcase /                  { split($0, part, "\""); name = part[2] }
         /^\t\t<skipped message="SKIP_/  { left_out = 1 }
         left_out && sub(/^\t\t<system-out>/, "") {
             sub(/<\/system-out>.*/, ""); print "skipped: " name ": " $0; left_out = 0
         }' "$1"
}

# The tests of a preset; those that take long, too, or not.
run_tests() {
    local preset=$1 results status selection more=(-u CYTOTAXIS_FULL)
    selection=(${regex:+-R "$regex"})
    if [ "$2" = yes ]; then
        more=(CYTOTAXIS_FULL=1)
    else
        selection+=(-LE '^full$')
    fi
    results=$PWD/build/$preset/results.xml
    rm -f "$results"
    echo "== $preset: tests"
    env "${more[@]}" ctest --test-dir "build/$preset" -j "${CTEST_PARALLEL_LEVEL:-2}" \
        --output-on-failure --no-tests=error --output-junit "$results" "${selection[@]}"
    status=$?
    [ -s "$results" ] || give_up "no test matches, or ctest itself failed"
    count "$results"
    why_skipped "$results"
    # Whatever the counts say, ctest has the last word.
    if [ $status != 0 ] && [ $failed = 0 ]; then
        failed=1
    fi
}

full=no only="" regex=""
while [ $# -gt 0 ]; do
    case $1 in
    --full) full=yes ;;
    --preset | -R)
        [ $# -gt 1 ] || give_up "$1 wants a word after it"
        [ "$1" = -R ] && regex=$2 || only=$2
        shift
        ;;
    -h | --help) sed -n '2,12s/^# \{0,1\}//p' tests/run.sh && exit 0 ;;
    *) give_up "unknown option \"$1\": tests/run.sh [--full] [--preset P] [-R REGEX]" ;;
    esac
    shift
done
presets=("${only:-dev}")
[ $full = no ] || [ -n "$only" ] || presets=(dev asan)

# Without the right to install, what is here may still be enough: the build will tell.
groups=(build run test)
[ $full = no ] || groups+=(browser tools)
bash jobs/install-packages.sh "${groups[@]}"
installed=$?

for preset in "${presets[@]}"; do
    build "$preset" && continue
    [ $installed = 0 ] || give_up "packages are missing, see above" $unusable
    give_up "preset $preset does not build"
done
for preset in "${presets[@]}"; do
    run_tests "$preset" $full
    full=no # the second build is the one with the sanitizers
done
verdict
[ $failed = 0 ]
