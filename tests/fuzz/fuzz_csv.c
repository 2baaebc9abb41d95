// SPDX-License-Identifier: BSD-3-Clause
/* A table of cells. The first byte says which columns are asked for, the next the size
 * of the blocks in which the rest is read a second time: neither that nor packing may
 * change a row or a sentence. Bytes that are packed themselves are read as they are. */
#include "fuzz_file.h"
#include "fuzz_rows.h"

#include "read/csv/csv.h"
#include "read/readers.h"

#include <zlib.h>
#include <zstd.h>

enum { ROOM = 1 << 18 };

typedef struct outcome {
    cyt_rows rows;
    cyt_code code;
    cyt_error err;
} outcome;

static cyt_source source_of(uint8_t flags)
{
    static const char *const values[] = {"CXCL12", "v|w", "x"};
    cyt_source s = {.sample = "S", .shown_path = "t.csv", .n_values = 3};
    s.value_names = values;
    if (flags & 1) {
        s.filter_column = "slide";
        s.filter_value = "A";
    }
    if (flags & 2) {
        s.x = "x0..x1";
        s.y = "y|Y";
        s.id = "fov+cell_id";
    }
    s.id_is_usual = !(flags & 4);
    s.wanted = (cyt_wanted)(flags >> 3 & 3);
    return s;
}

static void read_as(outcome *o, cyt_source *s, const void *bytes, size_t n,
                    size_t block)
{
    static fuzz_file file;
    *o = (outcome){0};
    s->path = fuzz_file_hold(&file, bytes, n);
    o->code = cyt_csv_read_blocks(MPI_COMM_SELF, s, block, &o->rows, &o->err);
    if (o->code != CYT_OK)
        check_failure(o->code, &o->err);
    else
        check_rows(&o->rows, s->wanted <= CYT_WANT_POSITIONS);
}

static int same_numbers(const double *a, const double *b, size_t n)
{
    return n == 0 || memcmp(a, b, n * sizeof *a) == 0;
}

static void check_same(const outcome *a, const outcome *b)
{
    const cyt_rows *r = &a->rows, *s = &b->rows;
    MUST(a->code == b->code && strcmp(a->err.text, b->err.text) == 0);
    if (a->code != CYT_OK)
        return;
    MUST(r->n == s->n && r->n_values == s->n_values && r->labels.n == s->labels.n);
    MUST(same_numbers(r->x, s->x, r->n) && same_numbers(r->y, s->y, r->n));
    MUST(same_numbers(r->values, s->values, r->n * r->n_values));
    MUST(r->n == 0 || memcmp(r->type, s->type, r->n * sizeof *r->type) == 0);
    MUST(r->n == 0 || memcmp(r->place, s->place, r->n * sizeof *r->place) == 0);
    MUST(r->n == 0 || r->id_start[r->n] == s->id_start[r->n]);
    MUST(r->n == 0 || memcmp(r->id_text, s->id_text, r->id_start[r->n]) == 0);
}

static int is_packed(const uint8_t *text, size_t n)
{
    return n >= 2 && (text[0] == 0x1F || (text[1] == 0xB5 || text[1] == 0x2A));
}

static size_t pack(int zstd, const uint8_t *text, size_t n, uint8_t *packed)
{
    z_stream z = {0};
    if (zstd)
        return ZSTD_compress(packed, ROOM, text, n, 1);
    MUST(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 1, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)n;
    z.next_out = packed;
    z.avail_out = ROOM;
    MUST(deflate(&z, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&z);
    return z.total_out;
}

static void check_header(const cyt_source *s)
{
    cyt_problems problems = {0};
    cyt_error err = {0};
    MUST(cyt_csv_check(s, &problems, &err) == CYT_OK);
    check_problems(&problems);
    cyt_problems_free(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t packed[ROOM];
    outcome whole, blocks;
    if (size < 2 || size > ROOM / 2)
        return 0;
    cyt_source s = source_of(data[0]);
    const uint8_t *text = data + 2;
    const size_t n = size - 2, block = 3 + (size_t)(data[1] & 0x7F) * (data[1] & 0x7F);
    const int as_is = is_packed(text, n);
    enter_mpi();
    read_as(&whole, &s, text, n, ROOM);
    check_header(&s);
    if (as_is)
        read_as(&blocks, &s, text, n, block);
    else
        read_as(&blocks, &s, packed, pack(data[1] >> 7, text, n, packed), block);
    check_same(&whole, &blocks);
    cyt_rows_free(&whole.rows);
    cyt_rows_free(&blocks.rows);
    return 0;
}
