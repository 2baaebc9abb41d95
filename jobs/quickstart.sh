#!/usr/bin/env bash
# From a fresh Debian 12 to first results: install, build, make a cohort, run it.
#
#   jobs/quickstart.sh [--out DIR] [--no-install] [-h]
#
#   --out DIR      folder for the cohort and its results, new or empty
#                  (./quickstart-results, or the next free number after it)
#   --no-install   install nothing: the libraries come from elsewhere (modules, Spack)
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
program=$root/build/release/src/cytotaxis
cannot_create=73 unusable=69

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$0"
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
    [ -e build/release/CMakeCache.txt ] ||
        first=(-DCYT_BUILD_TESTS=OFF -DCYT_BUILD_BENCH=OFF)
    cmake --preset release --log-level=WARNING "${first[@]}" &&
        cmake --build --preset release
}

# The compiler's lines interest only when it fails.
build_quietly() {
    local log=build/quickstart.log
    cd "$root"
    if ! { mkdir -p build && : >"$log"; }; then
        echo "quickstart: $root/build cannot be written; copy the sources elsewhere" >&2
        exit $cannot_create
    fi
    echo "compiling; $root/$log has the details"
    if ! build >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        echo "quickstart: it does not build; all of it is in $root/$log" >&2
        exit $unusable
    fi
}

# A word as the shell wants it typed.
quoted() {
    printf '%q' "$1"
}

# What lies where: the path, then what it is.
show() {
    printf '  %s\n      %s\n' "$1" "$2"
}

# Does mpiexec need something of jobs/mpi-env.sh here? Then that is to be typed first.
source_first() {
    if [ -n "$(env | grep '^OMPI_')" ]; then
        printf '\n    . %s' "$(quoted "$root/jobs/mpi-env.sh")"
    fi
}

next_steps() {
    local call
    call=$(quoted "$program")
    cat <<TEXT
The numbers, in Python with anndata (0.8 or newer; Debian: python3-anndata):

    import anndata
    cohort = anndata.read_h5ad("$out/results/cohort.h5ad")
    cohort.to_df()                 # a row per slide, a column per metric
    cohort.uns["tests"]            # a table per pair of conditions: metric, effect, p, q
    cohort.uns["signals"]          # how signals hold cells, pooled over patients

A map as a picture (--list names them all):

    $call render "$out/results" --slide S01 --field signal/CXCL12-CXCR4/concentration \\
        --arrows --cells "CD8 T" --png map.png

Your own slides: write a samplesheet and a config like these two (README.md, "Your own
slides"), have them checked, run them:
$(source_first)
    $call check samplesheet.csv --config config.yaml
    mpiexec -n $ranks $call run samplesheet.csv --config config.yaml --out results

What else there is: $call --help
TEXT
}

out="" install=yes
while [ $# -gt 0 ]; do
    case $1 in
    --out)
        [ $# -gt 1 ] && [ -n "$2" ] || { usage >&2 && exit 64; }
        out=$2
        shift
        ;;
    --no-install) install=no ;;
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
trap 'rmdir "$out" 2>/dev/null || true' EXIT # where nothing was written

if [ $install = yes ]; then
    step "packages"
    bash "$root/jobs/install-packages.sh" build run
    echo "all here"
fi

step "build"
(build_quietly)
"$program" --version

# shellcheck source=jobs/mpi-env.sh
. "$root/jobs/mpi-env.sh"

step "a made-up cohort: 24 slides from 12 patients in two conditions"
"$program" synth --out "$out/cohort" --slides 24 --patients 12 --cells 5000 --seed 1 -q
head -n 3 "$out/cohort/samplesheet.csv"
echo "..."

step "run on $ranks cores: every slide from distances to the predicted blockade, then the cohort"
cat "$out/cohort/config.yaml" - >"$out/config.yaml" <<'END'
patterns: {pair_radii_um: [10, 20, 50, 100], graph: delaunay}
trap: {block_lambdas: 1, bandwidth_um: 30, background: [CD4 T, B],
       margin_knots_um: [-100, 0, 100, 300]}
block: {doses: [0.1, 1, 10, 100], law: competitive}
END
mpiexec -n "$ranks" "$program" run "$out/cohort/samplesheet.csv" \
    --config "$out/config.yaml" --out "$out/results"

step "where it is"
show "$out/cohort/samplesheet.csv" "a row per slide: its file, patient, condition"
show "$out/config.yaml" "what was asked: named types, signals, trap, contrasts"
show "$out/cohort/slides/" "the cells that were read (what was planted: truth.csv)"
show "$out/results/report.html" "look at this: the whole cohort in one page"
show "$out/results/cohort.h5ad" "slides x metrics, and every comparison"
show "$out/results/slides/" "per slide: its cells (.h5ad) and its maps (.fields.h5)"
show "$out/results/run.json" "times, versions, warnings, a digest of each result"

step "what to do next"
next_steps
