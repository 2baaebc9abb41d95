#!/usr/bin/env bash
# Fuzz the readers of text with libFuzzer and sanitizers.
#
#   tests/fuzz/run.sh [SECONDS] [NAME...]     60 s each, one after the other; NAMEs below
#
# Inputs that fail stay in build/fuzz/NAME. Status 77 without a clang that has libFuzzer.
set -euo pipefail
cd "$(dirname "$0")/../.."

all=(geojson xml selection csv mtx samplesheet config records facts)
seconds=${1:-60}
shift || true
names=("$@")
[ $# -gt 0 ] || names=("${all[@]}")
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

base=(src/base/{status,mem,names,number,text,csv_record,csv_line,problems,strbuf,suggest}.c
    src/model/complaint.c)
regions=(src/read/text/{text_stream,cursor,json_pull,xml_pull}.c
    src/read/regions/{geojson,halo_xml,selection_csv}.c
    src/model/{regions,regions_index}.c src/kernels/{bands,polygon,predicates}.c)
cells=(src/read/text/{text_stream,record_feed}.c
    src/read/rows/{row_store,id_order,unique_ids,matrix_share}.c
    src/read/csv/csv{_columns,_header,_row,_job,}.c src/read/{column_spec,mtx,folder_files}.c
    src/base/{comm,meter}.c src/traffic/route.c src/model/{cells,grid}.c tests/keep_plugins.c)
facts=(src/read/text/{cursor,text_stream,json_pull,json_facts}.c)
sheet=(src/model/samplesheet{,_row}.c)
config=("${sheet[@]}" src/model/{config*,preset*}.c)
records=(src/cohort/{cohort_plan,estimate}.c src/write/origin_file.c src/base/{folder,whole_file}.c
    src/model/{cost_model,plan}.c)

# What a target is made of: sources[] and flags[].
parts_of() {
    flags=(-lz -lzstd -lm)
    case $1 in
    geojson | xml | selection) sources=("${regions[@]}") ;;
    csv | mtx)
        sources=("${cells[@]}")
        read -ra mpi <<<"$(pkg-config --cflags --libs ompi-c)"
        flags+=("${mpi[@]}" -lxxhash -rdynamic)
        ;;
    facts) sources=("${facts[@]}") ;;
    samplesheet) sources=("${sheet[@]}") ;;
    config)
        sources=("${config[@]}")
        read -ra fyaml <<<"$(pkg-config --cflags --libs libfyaml jansson)"
        flags+=("${fyaml[@]}")
        ;;
    records)
        sources=("${records[@]}")
        read -ra jansson <<<"$(pkg-config --cflags --libs jansson)"
        flags+=("${jansson[@]}")
        ;;
    *)
        echo "no target $1; one of: ${all[*]}" >&2
        exit 64
        ;;
    esac
}

# One process is enough for MPI_Init; without this it starts a daemon.
export OMPI_MCA_ess_singleton_isolated=1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
export ASAN_OPTIONS=fast_unwind_on_malloc=0:allocator_may_return_null=1
for name in "${names[@]}"; do
    parts_of "$name"
    "$clang" -std=c11 -D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE -g -O1 -ffp-contract=off \
        -fno-sanitize-recover=all -fsanitize=fuzzer,address,undefined \
        -Iinclude -Isrc -Isrc/model "tests/fuzz/fuzz_$name.c" "${base[@]}" \
        "${sources[@]}" "${flags[@]}" -o "$out/fuzz_$name"
    mkdir -p "$out/$name"
    echo "== $name: $seconds s"
    "$out/fuzz_$name" -max_total_time="$seconds" -max_len=20000 -timeout=10 \
        -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$out/$name/" \
        "$out/$name" "tests/fuzz/seeds/$name" 2>"$out/$name.log" ||
        { tail -n 40 "$out/$name.log"; exit 1; }
    grep -E "number_of_executed_units|peak_rss" "$out/$name.log"
done
