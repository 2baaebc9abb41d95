#!/usr/bin/env bash
# From a fresh Debian 12 to first results: install, build, make a cohort, run it.
#
#   jobs/quickstart.sh [--out DIR] [-h]
#
#   --out DIR   folder for the cohort and its results, new or empty
#               (./quickstart-results, or the next free number after it)
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
program=$root/build/release/src/cytotaxis
cannot_create=73

usage() {
    sed -n '2,7s/^# \{0,1\}//p' "$0"
}

is_free() {
    [ ! -e "$1" ] || { [ -d "$1" ] && [ -z "$(ls -A "$1")" ]; }
}

# quickstart-results, quickstart-results-2, ...: the first that is free.
next_free() {
    local name=quickstart-results n=1
    while ! is_free "$name"; do
        n=$((n + 1))
        name=quickstart-results-$n
    done
    echo "$name"
}

step() {
    printf '\n== %s\n' "$1"
}

build() {
    local first=()
    # Neither tests nor benchmarks, unless this build folder is someone's already.
    [ -e "$root/build/release/CMakeCache.txt" ] ||
        first=(-DCYT_BUILD_TESTS=OFF -DCYT_BUILD_BENCH=OFF)
    cd "$root"
    cmake --preset release --log-level=WARNING "${first[@]}"
    cmake --build --preset release -- --quiet
}

out=""
while [ $# -gt 0 ]; do
    case $1 in
    --out)
        [ $# -gt 1 ] || { usage >&2 && exit 64; }
        out=$2
        shift
        ;;
    -h | --help) usage && exit 0 ;;
    *)
        echo "quickstart: unknown word \"$1\"" >&2
        usage >&2
        exit 64
        ;;
    esac
    shift
done
out=${out:-$(next_free)}
if ! is_free "$out"; then
    echo "quickstart: $out holds something already; name another folder with --out" >&2
    exit $cannot_create
fi
mkdir -p "$out" || exit $cannot_create

step "packages"
bash "$root/jobs/install-packages.sh" build run </dev/null
echo "all here"

step "build"
(build)
"$program" --version

# shellcheck source=jobs/mpi-env.sh
. "$root/jobs/mpi-env.sh"

step "a cohort of 24 slides from 12 patients, with a planted signal"
"$program" synth --out "$out/cohort" --slides 24 --patients 12 --cells 5000 --seed 1

step "run on $ranks cores"
mpiexec -n "$ranks" "$program" run "$out/cohort/samplesheet.csv" \
    --config "$out/cohort/config.yaml" --out "$out/results"

step "where it is"
cat <<TEXT
$out/cohort                  the samplesheet, the config and the slides that were read
$out/results/cohort.h5ad     slides x metrics, and the tests between conditions
$out/results/slides/         per slide: its cells (.h5ad) and its maps (.fields.h5)
$out/results/run.json        times, versions, digests

In Python:  anndata.read_h5ad("$out/results/cohort.h5ad")
Your own:   mpiexec -n $ranks $program run SAMPLESHEET --config FILE --out DIR
TEXT
