#!/usr/bin/env bash
# Static analysis of src and bench, by those of these that are here:
#
#   clang-tidy   .clang-tidy: bugprone, cert, performance, portability, and the clang static
#                analyser with its checker of MPI calls (optin.mpi); tests/clang-tidy.supp
#   cppcheck     warning, performance, portability; tests/cppcheck.supp
#
#   tests/analyse.sh [BUILD] [FILE...]      BUILD (build/dev) has compile_commands.json
#
# Exit status 0 only if nothing is found; 77 if no analyser is here. JOBS=1 runs at a time.
# The way that leads to a finding: clang-tidy -p BUILD FILE.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 70

build=${1:-build/dev}
shift || true
files=("$@")
if [ $# = 0 ]; then
    mapfile -t files < <(find src bench -name '*.c' -not -path 'bench/peers/*' | sort)
fi

# Files of functions that analysis_model.h describes; kernels, which know none of them; and
# those that ask for _GNU_SOURCE before any header.
plain='^src/(base/(mem|status|comm)\.c|kernels/.*|write/store_room\.c|doctor/doctor_mpi\.c)$'
model=()
# shellcheck disable=SC2016
for word in -include tests/analysis_model.h -Iinclude $(pkg-config --cflags ompi-c); do
    case $word in tests/*) word=$PWD/$word ;; esac
    case $word in -Iinclude) word=-I$PWD/include ;; esac
    model+=("--extra-arg=$word")
done
export build model_words="${model[*]}" plain

tidy_one() {
    local words=()
    [[ $1 =~ $plain ]] || read -ra words <<<"$model_words"
    clang-tidy -p "$build" --quiet "${words[@]}" "$1" 2>/dev/null | sed "s|$PWD/||"
}
export -f tidy_one

# Findings, a line each, without those that the list of false ones names.
true_findings() {
    awk 'NR == FNR { if (NF == 2 && $1 != "#") known[$1 " " $2] = 1; next }
         /^[^ ]+:[0-9]+:[0-9]+: (error|warning): .*\]$/ {
             file = $0; sub(/:.*/, "", file)
             check = $0; sub(/.*\[/, "", check); sub(/[],].*/, "", check)
             if (!((file " " check) in known) && !seen[$0]++) print
         }' tests/clang-tidy.supp -
}

found=0 ran=0
if command -v clang-tidy >/dev/null && [ -e "$build/compile_commands.json" ]; then
    ran=1
    said=$(printf '%s\n' "${files[@]}" |
        xargs -P "${JOBS:-1}" -I{} bash -c 'tidy_one "$1"' _ {} | true_findings)
    if [ -n "$said" ]; then
        printf '%s\n' "$said"
        found=1
    fi
fi
if command -v cppcheck >/dev/null; then
    ran=1
    cppcheck --std=c11 --enable=warning,performance,portability --inline-suppr --quiet \
        --max-configs=1 -j "${JOBS:-1}" -DCYT_FAULTS -D__GNUC__ -Iinclude -Isrc \
        --suppressions-list=tests/cppcheck.supp --suppress=missingIncludeSystem \
        --template='{file}:{line}: {severity}: {message} [{id}]' --error-exitcode=1 \
        "${files[@]}" || found=1
fi
if [ $ran = 0 ]; then
    echo "skipped: neither clang-tidy nor cppcheck is here"
    exit 77
fi
[ $found = 0 ] && echo "${#files[@]} files: nothing to say"
exit $found
