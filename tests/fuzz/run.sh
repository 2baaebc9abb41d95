#!/usr/bin/env bash
# Fuzz the readers of regions with libFuzzer and sanitizers.
#
#   tests/fuzz/run.sh [SECONDS] [NAME...]     60 s each; geojson xml selection
#
# Inputs that fail stay in build/fuzz/NAME. Status 77 without a clang that has libFuzzer.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-60}
shift || true
names=("${@:-geojson}")
[ $# -gt 0 ] || names=(geojson xml selection)
out=build/fuzz
mkdir -p "$out"

clang=$(command -v clang || true)
echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d && n > 9; }' \
    >"$out/probe.c"
if [ -z "$clang" ] || ! "$clang" -fsanitize=fuzzer,address "$out/probe.c" -o "$out/probe" \
    2>"$out/probe.log"; then
    echo "skipped: no clang with libFuzzer"
    exit 77
fi

sources=(src/read/{cursor,text_stream,json_pull,geojson,xml_pull,halo_xml,selection_csv}.c
    src/model/{regions,regions_index,complaint}.c src/kernels/{bands,polygon}.c
    src/base/{status,mem,names,number,csv_record,problems,strbuf}.c)
for name in "${names[@]}"; do
    "$clang" -std=c11 -D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE -g -O1 -ffp-contract=off \
        -fno-sanitize-recover=all -fsanitize=fuzzer,address,undefined \
        -Iinclude -Isrc -Isrc/model "tests/fuzz/fuzz_$name.c" "${sources[@]}" \
        -lz -lzstd -lm -o "$out/fuzz_$name"
    mkdir -p "$out/$name"
    echo "== $name: $seconds s"
    "$out/fuzz_$name" -max_total_time="$seconds" -max_len=20000 -timeout=10 \
        -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$out/$name/" \
        "$out/$name" "tests/fuzz/seeds/$name" 2>"$out/$name.log" ||
        { tail -n 40 "$out/$name.log"; exit 1; }
    grep -E "number_of_executed_units|peak_rss" "$out/$name.log"
done
