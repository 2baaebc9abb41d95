#!/usr/bin/env bash
# The newest anndata, h5py and hdf5plugin, beside Debian's, in build/venv, and what
# jobs/to_h5ad.py needs; without the latter only the test of that script is skipped.
#
#   tests/venv.sh                    make it, if it is not there
#   tests/venv.sh SCRIPT [ARG]...    run a Python script with it
#
# Status 77, which ctest counts as skipped, when the packages cannot be fetched.
set -uo pipefail

skip=77
limit_s=120
retry_after_min=10
source=$(cd "$(dirname "$0")/.." && pwd)
venv=$source/build/venv

give_up() {
    echo "skipped: cannot fetch anndata, h5py and hdf5plugin from PyPI ($1)"
    exit $skip
}

# A failure is remembered for a while, so that each test does not wait for it again.
failed_lately() {
    [ -n "$(find "$venv.unreachable" -mmin -$retry_after_min 2>/dev/null)" ]
}

# Half a venv is none: tests look for its Python.
not_made() {
    rm -rf "$venv"
    give_up "$1"
}

make_venv() {
    failed_lately && give_up "tried less than $retry_after_min minutes ago"
    rm -rf "$venv"
    touch "$venv.unreachable"
    /usr/bin/python3 -m venv "$venv" >"$venv.log" 2>&1 || not_made "no venv; see $venv.log"
    install anndata h5py hdf5plugin || not_made "see $venv.log"
    mv "$venv.unreachable" "$venv/complete"
}

install() {
    timeout $limit_s "$venv/bin/pip" install --quiet --retries 1 --timeout 15 \
        --disable-pip-version-check "$@" >>"$venv.log" 2>&1
}

add_converter() {
    [ -n "$(find "$venv/no-converter" -mmin -$retry_after_min 2>/dev/null)" ] && return
    if install -r "$source/jobs/to_h5ad.requirements.txt"; then
        touch "$venv/complete-converter"
    else
        touch "$venv/no-converter"
        echo "no packages of jobs/to_h5ad.requirements.txt (see $venv.log)"
    fi
}

mkdir -p "$(dirname "$venv")"
exec 9>"$venv.lock"
flock 9
[ -e "$venv/complete" ] || make_venv
[ -e "$venv/complete-converter" ] || add_converter
exec 9>&-

if [ $# = 0 ]; then
    "$venv/bin/pip" list --disable-pip-version-check 2>/dev/null |
        grep -E '^(anndata|h5py|hdf5plugin|pyarrow|zarr|FlowIO) '
    exit 0
fi
exec "$venv/bin/python" "$@"
