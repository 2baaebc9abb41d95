// SPDX-License-Identifier: BSD-3-Clause
//
// Cells from delimited text, each rank reading its share.
//
// The body of the file, behind the header, is cut into blocks, and a record belongs to
// the block in which it starts (record_feed.h):
//
//     plain        one block a rank, of equal bytes. Line and quote state at a block's
//                  start come from a first pass in which every rank counts the newlines
//                  and quotes of its block, and a prefix sum over ranks.
//     compressed   blocks of fixed size, dealt out in turn. Every rank decompresses the
//                  whole stream, which cannot be entered in the middle, counts in the
//                  blocks of others and parses its own. Parsing scales, inflating does
//                  not: the price of a format without an index.
//
// Afterwards the kept rows of each block are counted and added up, which gives each row
// its number in input order. Memory: a block and the rows kept, never the file.
//
// Of all errors the one on the earliest line is reported, whatever the number of ranks:
// each rank stops at its first, and the least line wins.
#include "read/csv.h"

#include "read/csv_columns.h"
#include "read/csv_row.h"
#include "read/readers.h"
#include "read/unique_ids.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Large enough that the read calls do not show, small enough for the second-level cache
 * of the machines we know. */
enum { BLOCK_BYTES = 1 << 18 };

/* Lines that errors without a line sort behind. */
#define NO_LINE (UINT64_MAX - 1)

/* A block this rank has parsed: its number and its first row. */
struct share {
    uint64_t block;
    size_t first_row;
};

struct job {
    const cyt_source *source;
    size_t block_bytes;
    cyt_text_stream *stream;
    cyt_feed feed;
    char separator;
    uint64_t body; /* byte of the text where the records begin */
    cyt_csv_columns columns;
    cyt_row_store store;
    cyt_csv_row_parser parser;
    struct share *shares; /* [n_shares] in file order */
    size_t n_shares, shares_capacity;
    uint64_t n_blocks;   /* of all ranks */
    uint64_t error_line; /* of this rank's error */
};

static void free_job(struct job *job)
{
    cyt_csv_record_free(&job->parser.record);
    cyt_csv_columns_free(&job->columns);
    cyt_store_free(&job->store);
    cyt_feed_free(&job->feed);
    cyt_text_close(job->stream);
    free(job->shares);
}

/* --- header ----------------------------------------------------------------------- */

/* The first line that is not blank. */
static cyt_code next_line(struct job *job, cyt_span *span, cyt_error *err)
{
    cyt_code code = CYT_OK;
    do {
        CYT_TRY(cyt_feed_next(&job->feed, span, err));
    } while (span->length > 0 && cyt_csv_blank(span->text, span->length));
done:
    return code;
}

static cyt_code check_header(const cyt_source *s, const cyt_span *header,
                             cyt_error *err)
{
    if (header->length == 0)
        return CYT_FAIL(err, CYT_ERR_DATA, s->sample, "%s is empty", s->shown_path);
    if (memchr(header->text, '\0', header->length))
        return CYT_FAIL(
            err, CYT_ERR_DATA, s->sample,
            "%s is not text: line %llu has a NUL byte; save it as UTF-8 text",
            s->shown_path, (unsigned long long)header->line);
    const char *cr = memchr(header->text, '\r', header->length);
    const size_t behind = cr ? header->length - (size_t)(cr - header->text) : 0;
    if (behind > 2 || (behind == 2 && cr[1] != '\n'))
        return CYT_FAIL(err, CYT_ERR_DATA, s->sample,
                        "%s line %llu: a carriage return inside the header; end lines "
                        "with LF or CR LF",
                        s->shown_path, (unsigned long long)header->line);
    return CYT_OK;
}

static cyt_code read_header(struct job *job, cyt_problems *problems, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_span header;
    CYT_TRY(next_line(job, &header, err));
    CYT_TRY(check_header(job->source, &header, err));
    job->separator = cyt_csv_separator(header.text, header.length);
    job->body = job->feed.at;
    CYT_TRY(cyt_csv_row_split(job->source, &header, job->separator, &job->parser.record,
                              err));
    CYT_TRY(cyt_csv_columns_find(job->source, &job->parser.record, header.line,
                                 &job->columns, problems, err));
done:
    return code;
}

static cyt_code open_job(struct job *job, const cyt_source *source, size_t block_bytes,
                         cyt_problems *problems, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *job = (struct job){
        .source = source, .block_bytes = block_bytes, .error_line = NO_LINE};
    if (CYT_FAULT("csv.open"))
        CYT_TRY(CYT_FAIL(err, CYT_ERR_MEMORY, source->sample, "fault injected"));
    CYT_TRY(cyt_text_open(source->path, source->shown_path, source->sample,
                          &job->stream, err));
    CYT_TRY(cyt_feed_init(&job->feed, job->stream, source->shown_path, source->sample,
                          block_bytes, err));
    CYT_TRY(read_header(job, problems, err));
done:
    return code;
}

/* The same, the first problem being the error. */
static cyt_code open_or_fail(struct job *job, const cyt_source *source,
                             size_t block_bytes, cyt_rows *rows, cyt_error *err)
{
    cyt_problems problems = {0};
    cyt_code code = open_job(job, source, block_bytes, &problems, err);
    if (code == CYT_OK && problems.n > 0)
        code = CYT_FAIL(err, problems.item[0].code, source->sample, "%s",
                        problems.item[0].text);
    cyt_problems_free(&problems);
    if (code != CYT_OK)
        return code;
    code = cyt_store_init(&job->store, rows, source->n_values, err);
    for (size_t i = 0; code == CYT_OK && i < source->n_values; i++)
        rows->value_found[i] = job->columns.value[i] != CYT_NO_NAME;
    job->parser.source = source;
    job->parser.columns = &job->columns;
    job->parser.store = &job->store;
    job->parser.separator = job->separator;
    return code;
}

/* --- this rank's blocks ----------------------------------------------------------- */

/* First byte of rank's block of a plain file. */
static uint64_t block_start(const struct job *job, int rank, int size)
{
    const uint64_t length = cyt_text_size(job->stream) - job->body;
    const uint64_t n = (uint64_t)size, r = (uint64_t)rank;
    return job->body + length / n * r + length % n * r / n;
}

/* What a rank's block of a plain file holds, and whether a newline precedes it. */
struct counts {
    uint64_t n_newlines, n_quotes;
    int after_newline;
};

static cyt_code count_block(struct job *job, uint64_t from, uint64_t to,
                            struct counts *counts, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_feed *feed = &job->feed;
    if (CYT_FAULT("csv.count"))
        CYT_TRY(CYT_FAIL(err, CYT_ERR_IO, job->source->sample, "fault injected"));
    CYT_TRY(cyt_text_seek(job->stream, from - 1, err));
    cyt_feed_moved(feed, from - 1, 0, 0, 0);
    CYT_TRY(cyt_feed_run(feed, from, err));
    counts->after_newline = feed->line > 0;
    feed->line = 0;
    feed->inside = 0;
    CYT_TRY(cyt_feed_run(feed, to, err));
    counts->n_newlines = feed->line;
    counts->n_quotes = (uint64_t)feed->inside; /* only the parity is needed */
done:
    return code;
}

/* Bring the feed of a plain file to the start of this rank's block. One rank alone is
 * there already, and nobody needs the counts of the last. */
static cyt_code enter_block(MPI_Comm comm, struct job *job, uint64_t from, uint64_t to,
                            cyt_error *err)
{
    const int rank = cyt_comm_rank(comm), size = cyt_comm_size(comm);
    if (size == 1)
        return CYT_OK;
    struct counts counts = {0};
    const uint64_t header_lines = job->feed.line;
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_agree(
        comm, count_block(job, from, rank == size - 1 ? from : to, &counts, err), err));
    const uint64_t line = header_lines + cyt_exscan_u64(comm, counts.n_newlines);
    const int inside = (int)(cyt_exscan_u64(comm, counts.n_quotes) & 1);
    CYT_TRY(cyt_agree(comm, cyt_text_seek(job->stream, from, err), err));
    cyt_feed_moved(&job->feed, from, line, inside, counts.after_newline && !inside);
done:
    return code;
}

/* Parse the records that start before byte `to`. */
static cyt_code parse_block(struct job *job, uint64_t block, uint64_t to,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_span span = {0};
    CYT_TRY(cyt_grow(&job->shares, &job->shares_capacity, job->n_shares + 1,
                     sizeof *job->shares, "the blocks of a file", err));
    job->shares[job->n_shares++] = (struct share){block, job->store.rows->n};
    while (job->feed.at < to) {
        job->error_line = job->feed.line;
        CYT_TRY(cyt_feed_next(&job->feed, &span, err));
        if (span.length == 0)
            break;
        CYT_TRY(cyt_csv_row(&job->parser, &span, err));
    }
    job->error_line = NO_LINE;
done:
    return code;
}

/* Every `size`-th block from number `rank` on, to the end of the stream. */
static cyt_code parse_dealt_blocks(struct job *job, int rank, int size, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (uint64_t block = (uint64_t)rank;; block += (uint64_t)size) {
        const uint64_t from = job->body + block * job->block_bytes;
        int at_end;
        CYT_TRY(cyt_feed_seek(&job->feed, from, err));
        CYT_TRY(cyt_feed_at_end(&job->feed, &at_end, err));
        if (at_end)
            break;
        CYT_TRY(parse_block(job, block, from + job->block_bytes, err));
    }
    const uint64_t length = job->feed.at - job->body;
    job->n_blocks = length / job->block_bytes + 1;
done:
    return code;
}

static cyt_code parse_share(struct job *job, int rank, int size, uint64_t to,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (CYT_FAULT("csv.read"))
        CYT_TRY(CYT_FAIL(err, CYT_ERR_MEMORY, job->source->sample, "fault injected"));
    if (cyt_text_is_plain(job->stream)) {
        job->n_blocks = (uint64_t)size;
        CYT_TRY(cyt_feed_seek(&job->feed, job->feed.at, err));
        CYT_TRY(parse_block(job, (uint64_t)rank, to, err));
    } else {
        CYT_TRY(parse_dealt_blocks(job, rank, size, err));
    }
    cyt_store_end(&job->store);
done:
    return code;
}

/* cyt_agree(), but of several errors the one on the least line wins. */
static cyt_code agree_on_earliest(MPI_Comm comm, cyt_code local, uint64_t line,
                                  cyt_error *err)
{
    uint64_t least = local == CYT_OK ? UINT64_MAX : line;
    MPI_Allreduce(MPI_IN_PLACE, &least, 1, MPI_UINT64_T, MPI_MIN, comm);
    if (local != CYT_OK && line > least) {
        local = CYT_OK;
        *err = (cyt_error){0};
    }
    return cyt_agree(comm, local, err);
}

/* --- all rows together ------------------------------------------------------------ */

static cyt_code check_totals(const cyt_source *s, uint64_t n_seen, uint64_t n_kept,
                             int too_many_labels, cyt_error *err)
{
    if (n_seen == 0)
        return CYT_FAIL(err, CYT_ERR_DATA, s->sample, "%s has a header but no cells",
                        s->shown_path);
    if (n_kept == 0)
        return CYT_FAIL(err, CYT_ERR_DATA, s->sample,
                        "%s: the filter %s=%s keeps none of its %llu rows",
                        s->shown_path, s->filter_column, s->filter_value,
                        (unsigned long long)n_seen);
    if (too_many_labels)
        return CYT_FAIL(
            err, CYT_ERR_DATA, s->sample,
            "%s: column \"%s\" has more than %d different labels; is it the "
            "type of a cell?",
            s->shown_path, s->type ? s->type : "cell_type", CYT_MAX_LABELS);
    return CYT_OK;
}

/* The number of the first kept row of each of this rank's blocks. */
static void first_indices(MPI_Comm comm, const struct job *job, uint64_t *kept)
{
    const size_t n_rows = job->store.rows->n;
    for (size_t i = 0; i < job->n_shares; i++) {
        const size_t next =
            i + 1 < job->n_shares ? job->shares[i + 1].first_row : n_rows;
        kept[job->shares[i].block] = next - job->shares[i].first_row;
    }
    MPI_Allreduce(MPI_IN_PLACE, kept, (int)job->n_blocks, MPI_UINT64_T, MPI_SUM, comm);
    uint64_t before = 0;
    for (uint64_t b = 0; b < job->n_blocks; b++) {
        const uint64_t here = kept[b];
        kept[b] = before;
        before += here;
    }
}

static cyt_code number_rows(MPI_Comm comm, const struct job *job, cyt_error *err)
{
    cyt_rows *rows = job->store.rows;
    uint64_t *kept = cyt_calloc(job->n_blocks, sizeof *kept, "rows of each block", err);
    if (cyt_mpi_count(job->n_blocks, err) < 0 || CYT_FAULT("csv.number"))
        CYT_FAIL(err, CYT_ERR_MEMORY, job->source->sample, "fault injected");
    const cyt_code code = cyt_agree(comm, err->code, err);
    if (code == CYT_OK) {
        first_indices(comm, job, kept);
        for (size_t i = 0, s = 0; i < rows->n; i++) {
            while (s + 1 < job->n_shares && job->shares[s + 1].first_row <= i)
                s++;
            rows->index[i] = kept[job->shares[s].block] + i - job->shares[s].first_row;
        }
    }
    free(kept);
    return code;
}

/* A file without ids: cells are counted from 1. */
static cyt_code make_ids(struct job *job, cyt_error *err)
{
    cyt_rows *rows = job->store.rows;
    const size_t n = rows->n;
    cyt_code code = CYT_OK;
    for (rows->n = 0; rows->n < n && code == CYT_OK; rows->n++) {
        char id[24];
        const int length = snprintf(id, sizeof id, "%llu",
                                    (unsigned long long)rows->index[rows->n] + 1);
        code = cyt_store_id(&job->store, id, (size_t)length, err);
    }
    rows->n = n;
    return code;
}

static cyt_code settle_ids(MPI_Comm comm, struct job *job, cyt_error *err)
{
    if (job->columns.id.first == CYT_NO_NAME)
        return cyt_agree(comm, make_ids(job, err), err);
    return cyt_check_unique_ids(comm, job->store.rows, job->source->shown_path, "line",
                                job->source->sample, err);
}

/* --- the reader ------------------------------------------------------------------- */

cyt_code cyt_csv_read_blocks(MPI_Comm comm, const cyt_source *source,
                             size_t block_bytes, cyt_rows *rows, cyt_error *err)
{
    const int rank = cyt_comm_rank(comm), size = cyt_comm_size(comm);
    cyt_code code = CYT_OK;
    struct job job;
    uint64_t to = 0;
    *rows = (cyt_rows){0};
    CYT_TRY(cyt_agree(comm, open_or_fail(&job, source, block_bytes, rows, err), err));
    if (cyt_text_is_plain(job.stream)) {
        to = block_start(&job, rank + 1, size);
        CYT_TRY(enter_block(comm, &job, block_start(&job, rank, size), to, err));
    }
    const cyt_code local = parse_share(&job, rank, size, to, err);
    CYT_TRY(agree_on_earliest(comm, local, job.error_line, err));

    const uint64_t n_seen = cyt_sum_u64(comm, job.parser.n_seen);
    const uint64_t n_kept = cyt_sum_u64(comm, rows->n);
    const int too_many = cyt_any(comm, job.store.types.too_many);
    CYT_TRY(check_totals(source, n_seen, n_kept, too_many, err));
    CYT_TRY(number_rows(comm, &job, err));
    CYT_TRY(settle_ids(comm, &job, err));
done:
    free_job(&job);
    return code;
}

cyt_code cyt_csv_read(MPI_Comm comm, const cyt_source *source, cyt_rows *rows,
                      cyt_error *err)
{
    return cyt_csv_read_blocks(comm, source, BLOCK_BYTES, rows, err);
}

cyt_code cyt_csv_check(const cyt_source *source, cyt_problems *problems, cyt_error *err)
{
    struct job job;
    cyt_problems found = {0};
    cyt_error why = {0};
    cyt_code code = open_job(&job, source, BLOCK_BYTES, &found, &why);
    free_job(&job);
    if (code == CYT_ERR_MEMORY)
        *err = why;
    else if (code != CYT_OK)
        code = cyt_problems_add(&found, err, code, "%s", why.text);
    for (size_t i = 0; i < found.n && code == CYT_OK; i++)
        code = cyt_problems_add(problems, err, found.item[i].code, "%s: %s",
                                source->sample, found.item[i].text);
    cyt_problems_free(&found);
    return code;
}

int cyt_csv_accepts(const char *path)
{
    static const char *const packings[] = {"", ".gz", ".zst"};
    static const char *const endings[] = {".csv", ".tsv", ".txt"};
    const size_t n = strlen(path);
    for (size_t p = 0; p < 3; p++)
        for (size_t e = 0; e < 3; e++) {
            char ending[16];
            const size_t m = (size_t)snprintf(ending, sizeof ending, "%s%s", endings[e],
                                              packings[p]);
            if (n > m && strcmp(path + n - m, ending) == 0)
                return 1;
        }
    return 0;
}
