#!/usr/bin/env bash
# squidpy, which is not in Debian, in build/squidpy-venv.
#
#   tests/squidpy.sh SCRIPT [ARG]...    make it, if it is not there; run a script with it
#
# Status 77, which ctest counts as skipped, when the packages cannot be fetched. Of one
# version, because the tests say how that one differs. docrep, which it needs, is a
# source package only.
set -uo pipefail

skip=77
limit_s=900
venv=$(cd "$(dirname "$0")/.." && pwd)/build/squidpy-venv

make_venv() {
    rm -rf "$venv"
    /usr/bin/python3 -m venv "$venv" &&
        timeout $limit_s "$venv/bin/pip" install --quiet --retries 1 --timeout 15 \
            --disable-pip-version-check --prefer-binary squidpy==1.8.2 &&
        touch "$venv/complete"
}

mkdir -p "$(dirname "$venv")"
exec 9>"$venv.lock"
flock 9
if [ ! -e "$venv/complete" ] && ! make_venv >"$venv.log" 2>&1; then
    echo "skipped: cannot fetch squidpy from PyPI (see $venv.log)"
    exit $skip
fi
exec 9>&-
exec "$venv/bin/python" "$@"
