#!/usr/bin/env bash
# lock.sh BASE: write build.lock and run.lock, the exact version of every package that the
# groups of packages.txt add to an image of Debian 12. To be run when packages.txt or the
# archive has changed; what it writes is to be committed.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
[ $# = 1 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2 && exit 64; }
base=$1

packages_of() {
    awk -v group="$1" '{ sub(/#.*/, "") } NF == 2 && $1 == group { print $2 }' \
        "$here/packages.txt"
}

# "Inst gcc (4:12.2.0-3 Debian:12/oldstable [amd64])" -> gcc=4:12.2.0-3
versions() {
    sed -n 's/^Inst \([^ ]*\) \(\[[^]]*\] \)\{0,1\}(\([^ ]*\) .*/\1=\3/p' | LC_ALL=C sort
}

for group in build run; do
    mapfile -t packages < <(packages_of $group)
    found=$(podman run --rm --pull=never --network host "$base" sh -c '
        apt-get -q update >/dev/null && apt-get -s install --no-install-recommends "$@"' \
        sh "${packages[@]}" | versions)
    [ -n "$found" ] || { echo "lock.sh: apt-get found nothing for $group" >&2 && exit 69; }
    # What a base has already is fixed by its digest.
    mapfile -t there < <(printf '%s\n' "${packages[@]}" | grep -vxF -f <(sed 's/=.*//' <<<"$found"))
    {
        echo "# $group of packages.txt and what that needs; made by lock.sh, not by hand."
        echo "# in the base already: ${there[*]:-nothing}"
        echo "$found"
    } >"$here/$group.lock"
    echo "$group.lock: $(grep -c = "$here/$group.lock") packages"
done
