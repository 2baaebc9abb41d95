#!/usr/bin/env bash
# Build the image from the committed tree, the same digest each time:
#
#   container/build.sh BASE [TAG [MIRROR]]
#
#   BASE     an image of Debian 12, NAME@sha256:... or one that is here already
#   TAG      name of the image (localhost/cytotaxis)
#   MIRROR   base URL of a Debian archive of a fixed day, for when the versions of the
#            lock files have left the one that BASE knows
#
# Every file gets the time of the commit. Prints the digest of the image. For Apptainer:
#   podman save -o cytotaxis.tar TAG && apptainer build cytotaxis.sif container/cytotaxis.def
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 1 ] || { sed -n '2,14s/^# \{0,1\}//p' "$0" >&2 && exit 64; }
base=$1 tag=${2:-localhost/cytotaxis} mirror=${3:-}

# The committed files only: neither a build folder nor what someone is trying out.
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
git -C "$root" archive HEAD | tar -x -C "$context"

pull=missing
podman image exists "$base" && pull=never
podman build --quiet --no-cache --network host --pull=$pull --file "$context/container/Containerfile" \
    --timestamp "$(git -C "$root" log -1 --format=%ct)" \
    --build-arg BASE="$base" --build-arg MIRROR="$mirror" \
    --build-arg REVISION="$(git -C "$root" describe --always)" \
    --build-arg VERSION="$(sed -n 's/^project(cytotaxis VERSION \([^ ]*\).*/\1/p' "$context/CMakeLists.txt")" \
    --tag "$tag" "$context" >/dev/null
podman image inspect --format '{{.Digest}}' "$tag"
