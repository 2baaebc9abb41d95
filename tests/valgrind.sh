#!/usr/bin/env bash
# The unit tests, and on request those of MPI on 2 ranks, under valgrind's memcheck: no
# error, and no block lost. Finds reads of values that were never set, which the
# sanitizers do not look for; the kernels then run in the clones without AVX-512, which
# valgrind does not offer.
#
#   tests/valgrind.sh [BUILD [NAME...]]     build/dev; NAMEs of tests/unit or tests/mpi
#
# Exit status 77 without valgrind.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 70
. jobs/mpi-env.sh

build=${1:-build/dev}
shift || true
command -v valgrind >/dev/null || { echo "skipped: no valgrind"; exit 77; }
names=("$@")
if [ $# = 0 ]; then
    mapfile -t names < <(find tests/unit -name 'test_*.c' -printf '%f\n' |
        sed 's/^test_//; s/\.c$//' | sort)
fi

check=(valgrind -q --error-exitcode=33 --keep-debuginfo=yes --leak-check=full
    --show-leak-kinds=definite --errors-for-leak-kinds=definite
    --suppressions="$PWD/tests/valgrind.supp")
shipped=/usr/share/openmpi/openmpi-valgrind.supp
[ ! -e $shipped ] || check+=(--suppressions=$shipped)
failed=0
for name in "${names[@]}"; do
    start=()
    [ ! -e "tests/mpi/test_$name.c" ] ||
        start=(mpiexec -n 2 --mca btl vader,self --mca pml ob1)
    log=$build/valgrind-$name.log
    CMOCKA_TEST_ABORT=0 "${start[@]}" "${check[@]}" "$build/tests/test_$name" >"$log" 2>&1
    status=$?
    if [ $status != 0 ]; then
        failed=$((failed + 1))
        echo "$name: exit $status"
        grep -E '^==|FAILED' "$log" | head -n 20
    fi
done
echo "${#names[@]} tests under valgrind, $failed failed"
[ $failed = 0 ]
