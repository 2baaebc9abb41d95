#!/usr/bin/env bash
# Which lines and branches of src the tests run: builds with gcc's counters, runs tests,
# asks gcovr.
#
#   tests/coverage.sh [REGEX]     tests whose name matches (all of unit, mpi and cohort)
#
# Leaves build/coverage/coverage.txt (a row per file), .html and .json; the last line is
# the share of lines. Exit status 77 without gcovr.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v gcovr >/dev/null || { echo "skipped: no gcovr"; exit 77; }

out=build/coverage
cmake --preset coverage --log-level=WARNING
cmake --build --preset coverage -- --quiet
find $out -name '*.gcda' -delete
ctest --test-dir $out -j "${CTEST_PARALLEL_LEVEL:-2}" -L '^(unit|mpi|cohort)$' -R "${1:-.}" \
    >$out/tests.log || echo "some tests failed: $out/tests.log"
mkdir -p $out/html
gcovr --root . --filter src/ --object-directory $out $out --print-summary \
    --txt $out/coverage.txt --json-summary $out/coverage.json \
    --html-details $out/html/index.html --exclude-unreachable-branches \
    --exclude-throw-branches >$out/summary.txt
cat $out/summary.txt
