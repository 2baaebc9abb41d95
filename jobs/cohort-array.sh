#!/usr/bin/env bash
# A cohort as an array of jobs, one a slide, and a last job that compares patients:
#
#   jobs/cohort-array.sh [-n RANKS] [-m MOST] SHEET OUT [OPTION]... [-- SBATCH_OPTION...]
#
#   -n RANKS   ranks of each slide (4)
#   -m MOST    jobs of the array that may run at the same time (no limit)
#
# SHEET, OUT and the options are those of `cytotaxis run`; what follows -- goes to each
# sbatch (-t 1:00:00 -A project). OUT must be new or empty. The bytes are those of
# jobs/cohort.sbatch. Prints the numbers of the two jobs. A slide that failed leaves the
# last job unstarted and cancelled: mend the slide and submit again what is printed.
# From the environment: CYTOTAXIS, the program (cytotaxis).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
usage=64 cannot_create=73

fail() {
    echo "cohort-array: $1" >&2
    exit "$2"
}

# The samples of the sheet in its order; the program knows how to read a sheet.
samples() {
    python3 - "$1" <<'PYTHON'
import csv, sys
with open(sys.argv[1], newline="", encoding="utf-8-sig") as f:
    text = f.read()
lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
for row in csv.DictReader(lines, delimiter="\t" if "\t" in lines[0] else ","):
    print(row["sample"])
PYTHON
}

ranks=4 most=""
while getopts n:m:h letter; do
    case $letter in
    n) ranks=$OPTARG ;;
    m) most=%$OPTARG ;;
    h) sed -n '2,14s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) exit $usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] || fail "SHEET and OUT are needed; see -h" $usage
sheet=$1 out=$2
shift 2
options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    options+=("$1")
    shift
done
[ $# = 0 ] || shift

program=${CYTOTAXIS:-cytotaxis}
"$program" check "$sheet" -q || exit
if [ -e "$out" ] && [ -n "$(ls -A "$out")" ]; then
    fail "$out is not empty; name a new folder" $cannot_create
fi
mkdir -p "$out"
samples "$sheet" >"$out/array.txt"
n=$(wc -l <"$out/array.txt")

slides=$(sbatch --parsable "$@" --ntasks="$ranks" --array="1-$n$most" \
    "$here/cohort-array.sbatch" "$sheet" "$out" "${options[@]}")
last=$(sbatch --parsable "$@" --ntasks="$ranks" --dependency="afterok:$slides" \
    --kill-on-invalid-dep=yes --output=%x-%j.log "$here/cohort-array.sbatch" "$sheet" "$out")
echo "$slides $last"
