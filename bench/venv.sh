#!/usr/bin/env bash
# The peers that are not in Debian, in build/bench-venv, compiled for this machine.
#
#   bench/venv.sh          make it, if it is not there, and print its Python
#   bench/venv.sh -n       only print its Python, if it is there
#
# Status 77 when it is not there or the packages cannot be fetched.
set -uo pipefail

skip=77
limit_s=600
venv=$(cd "$(dirname "$0")/.." && pwd)/build/bench-venv

make_venv() {
    rm -rf "$venv"
    /usr/bin/python3 -m venv --system-site-packages "$venv" &&
        timeout $limit_s "$venv/bin/pip" install --quiet --retries 1 --timeout 15 \
            --disable-pip-version-check Corrfunc edt && touch "$venv/complete"
}

mkdir -p "$(dirname "$venv")"
if [ ! -e "$venv/complete" ]; then
    [ "${1:-}" = -n ] && exit $skip
    make_venv >"$venv.log" 2>&1 || exit $skip
fi
echo "$venv/bin/python"
