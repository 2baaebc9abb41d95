#!/usr/bin/env bash
# Install what container/packages.txt lists and this machine lacks.
#
#   jobs/install-packages.sh [--dry-run] GROUP...
#
#   GROUP    build, run, test, bench, browser, tools, slurm or image, as that list explains
#
# As root or with sudo. With neither it prints the commands that are needed and ends with
# status 69. Nothing missing: no output, no network.
set -euo pipefail

list=$(dirname "$0")/../container/packages.txt
unusable=69

usage() {
    sed -n '2,9s/^# \{0,1\}//p' "$0"
}

# The packages of the groups asked for, each once.
packages_of() {
    awk -v groups=" $* " '
        { sub(/#.*/, "") }
        NF == 2 && index(groups, " " $1 " ") && !seen[$2]++ { print $2 }' "$list"
}

# The packages dpkg has, one a line; none where there is no dpkg.
installed() {
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2>/dev/null |
        sed -n 's/ installed$//p'
}

# How to become root: nothing for root itself, sudo if it answers (or can ask).
root_command() {
    if [ "$(id -u)" = 0 ]; then
        return 0
    fi
    command -v sudo >/dev/null || return 1
    if sudo -n true 2>/dev/null || [ -t 0 ]; then
        echo sudo
        return 0
    fi
    return 1
}

# Another apt may hold the package lists for a moment, and that lock cannot be waited for.
update_lists() {
    for _ in 1 2 3; do
        "$@" && return 0
        sleep 5
    done
    echo "install-packages: the package lists are not up to date; trying all the same"
}

dry_run=no
groups=()
for arg in "$@"; do
    case $arg in
    --dry-run) dry_run=yes ;;
    -h | --help) usage && exit 0 ;;
    build | run | test | bench | browser | tools | slurm | image) groups+=("$arg") ;;
    *) echo "install-packages: unknown word \"$arg\"; see --help" >&2 && exit 64 ;;
    esac
done
if [ ${#groups[@]} = 0 ]; then
    usage >&2
    exit 64
fi

mapfile -t missing < <(packages_of "${groups[@]}" | grep -vxF -f <(installed))
if [ ${#missing[@]} = 0 ]; then
    exit 0
fi

update=(apt-get -o DPkg::Lock::Timeout=600 -q update)
install=(apt-get -o DPkg::Lock::Timeout=600 -q -y install --no-install-recommends
    "${missing[@]}")
if [ $dry_run = yes ]; then
    printf '%s\n' "${update[*]}" "${install[*]}"
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "install-packages: no apt-get here; provide what these Debian packages hold:" \
        "${missing[*]}" >&2
    exit $unusable
fi
if ! sudo=$(root_command); then
    {
        echo "install-packages: ${#missing[@]} packages are missing, and this is neither" \
            "root nor a user of sudo. An administrator would run:"
        printf '    %s\n' "${update[*]}" "${install[*]}"
    } >&2
    exit $unusable
fi

as_root=(${sudo:+"$sudo"} env DEBIAN_FRONTEND=noninteractive)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "installing ${#missing[@]} packages: ${missing[*]}"
update_lists "${as_root[@]}" "${update[@]}" </dev/null >>"$log" 2>&1
if ! "${as_root[@]}" "${install[@]}" </dev/null >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "install-packages: apt-get failed; needed: ${missing[*]}" >&2
    exit $unusable
fi
