#!/bin/sh
# install-locked.sh LOCK [MIRROR]: install the packages of a lock file, one
# package=version a line, in an image of Debian 12; leave no trace of when.
#
# Of a MIRROR of a fixed day the lists may be older than apt allows, hence the option.
set -eu

lock=$1 mirror=${2:-}
options="-q -o Acquire::Check-Valid-Until=false -o Dpkg::Use-Pty=0"
if [ -n "$mirror" ]; then
    key=/usr/share/keyrings/debian-archive-keyring.gpg
    rm -f /etc/apt/sources.list.d/*
    echo "deb [signed-by=$key] $mirror bookworm main" >/etc/apt/sources.list
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
{
    apt-get $options update
    grep -v '^#' "$lock" | xargs apt-get $options -y install --no-install-recommends
} >/install.log 2>&1 || {
    tail -n 30 /install.log >&2
    echo "install-locked: a version of $lock is not in this archive; give a MIRROR of" \
        "the day of the lock, or make the lock anew (container/lock.sh)" >&2
    exit 69
}
apt-get clean
rm -rf /install.log /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log \
    /var/log/alternatives.log /var/cache/ldconfig/aux-cache /var/cache/debconf/*-old \
    /var/lib/dpkg/*-old
