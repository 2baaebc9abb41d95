#!/usr/bin/env bash
# Install, move the installed tree elsewhere, and let a stranger's project use it.
#
#   run.sh BUILD_DIR WORK_DIR CMAKE MPIEXEC
set -euo pipefail

build=$1 work=$2 cmake=$3 mpiexec=$4
source=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$source/../.." && pwd)
prefix=$work/prefix

fail() {
    echo "package: $1"
    exit 1
}

rm -rf "$work"
mkdir -p "$work"
"$cmake" --install "$build" --prefix "$work/first" >"$work/install.log" ||
    fail "the installation failed: $(tail -n 5 "$work/install.log")"
mv "$work/first" "$prefix"

# What is installed must not lead back to where it was built.
if grep -rIlF -e "$root" -e "$work/first" "$prefix"; then
    fail "the files above name the folder they come from"
fi

"$cmake" -S "$source" -B "$work/consumer" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" \
    --log-level=WARNING
"$cmake" --build "$work/consumer" -- --quiet
for n in 1 2 3; do
    said=$("$mpiexec" -n $n "$work/consumer/consumer") &&
        [ "$said" = "3600 cells on $n ranks: as it should be" ] ||
        fail "the consumer said \"$said\""
done

if [ -e "$build/src/cytotaxis" ]; then
    "$prefix/bin/cytotaxis" --version || fail "the installed program does not run"
    "$prefix/bin/cytotaxis" --man | cmp - "$prefix"/share/man/man1/cytotaxis.1 ||
        fail "the installed manual page is not the program's"
fi
echo "package: $said"
