#!/usr/bin/env bash
# A Debian 12 base made on this machine, from the archive this machine uses, so that the
# container test needs no image registry:
#
#   base.sh WORK NAME      makes image NAME if it is not there; 77 where it cannot
#
# Also writes WORK/containers.conf: runc, because crun refuses machines with both kinds of
# cgroups, and small limits, because a root without CAP_SYS_RESOURCE may not raise them.
set -euo pipefail

work=$1 name=$2 skip=77

cannot() {
    echo "SKIPPED: no containers here: $1"
    exit $skip
}

[ "$(id -u)" = 0 ] || cannot "it needs root"
for program in podman runc mmdebstrap; do
    command -v $program >/dev/null ||
        cannot "no $program; bash jobs/install-packages.sh image"
done
mkdir -p "$work"
cat >"$work/containers.conf" <<'CONF'
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
CONF
export CONTAINERS_CONF=$work/containers.conf
podman image exists "$name" && exit 0

for sources in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
    [ -f $sources ] && break
done
export SOURCE_DATE_EPOCH=1700000000 # any fixed time
mmdebstrap --quiet --variant=minbase --include=ca-certificates \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    bookworm "$work/base.tar" $sources || cannot "no Debian archive"
podman import --quiet "$work/base.tar" "$name" >/dev/null
rm "$work/base.tar"
