// SPDX-License-Identifier: BSD-3-Clause
#include "read/csv/csv_job.h"

#include "read/csv/csv_header.h"
#include "read/readers.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"

#include <stdlib.h>

/* Where nothing but the header is read. */
enum { HEADER_BYTES = 1 << 14 };

void cyt_csv_job_close(cyt_csv_job *job)
{
    cyt_csv_record_free(&job->parser.record);
    cyt_csv_columns_free(&job->columns);
    cyt_store_free(&job->store);
    cyt_feed_free(&job->feed);
    cyt_text_close(job->stream);
    free(job->shares);
}

/* --- header ----------------------------------------------------------------------- */

static cyt_code read_header(cyt_csv_job *job, cyt_problems *problems, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_span header;
    CYT_TRY(cyt_feed_next_full(&job->feed, &header, err));
    CYT_TRY(cyt_csv_header_check(job->source, &header, err));
    job->separator = cyt_csv_separator(header.text, header.length);
    job->body = job->from = job->feed.at;
    job->body_line = job->feed.line;
    CYT_TRY(cyt_csv_row_split(job->source, &header, job->separator, &job->parser.record,
                              err));
    CYT_TRY(cyt_csv_columns_find(job->source, &job->parser.record, header.line,
                                 &job->columns, problems, err));
done:
    return code;
}

static cyt_code open_job(cyt_csv_job *job, const cyt_source *source, size_t block_bytes,
                         cyt_problems *problems, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *job = (cyt_csv_job){
        .source = source, .block_bytes = block_bytes, .error_line = CYT_CSV_NO_LINE};
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

/* Also once more, when rows were read in vain. */
cyt_code cyt_csv_job_restart(cyt_csv_job *job, cyt_rows *rows, cyt_error *err)
{
    cyt_store_free(&job->store);
    cyt_rows_free(rows);
    job->n_shares = 0;
    job->parser.n_seen = 0;
    const size_t n = job->source->n_values;
    const cyt_code code = cyt_store_init(&job->store, rows, n, err);
    for (size_t i = 0; code == CYT_OK && i < n; i++)
        rows->value_found[i] = job->columns.value[i] != CYT_NO_NAME;
    return code;
}

/* The same, the first problem being the error. */
cyt_code cyt_csv_job_open(cyt_csv_job *job, const cyt_source *source,
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
    code = cyt_csv_job_restart(job, rows, err);
    job->parser.source = source;
    job->parser.columns = &job->columns;
    job->parser.store = &job->store;
    job->parser.separator = job->separator;
    job->parser.n_wanted = cyt_csv_columns_end(&job->columns);
    return code;
}

/* --- this rank's blocks ----------------------------------------------------------- */

uint64_t cyt_csv_block_start(const cyt_csv_job *job, int rank, int size)
{
    const uint64_t length = cyt_text_size(job->stream) - job->body;
    const uint64_t n = (uint64_t)size, r = (uint64_t)rank;
    return job->body + length / n * r + length % n * r / n;
}

cyt_code cyt_csv_count_block(cyt_csv_job *job, uint64_t from, uint64_t to,
                             cyt_csv_counts *counts, cyt_error *err)
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

/* What share of its bytes this rank has behind it: bytes of text in a plain file, else
 * bytes of the file, which it reads from the start. */
static double progress(const cyt_csv_job *job, uint64_t to)
{
    if (!cyt_text_is_plain(job->stream))
        return (double)cyt_text_position(job->stream) /
               (double)cyt_text_size(job->stream);
    return (double)(job->feed.at - job->from) / (double)(to - job->from);
}

/* Full arrays grow to what the rows so far let expect. Rows that pass a filter often
 * stand together, and let nothing be expected. */
static cyt_code make_room(cyt_csv_job *job, uint64_t to, cyt_error *err)
{
    cyt_row_store *store = &job->store;
    if (store->rows->n < store->capacity || job->source->filter_column)
        return CYT_OK;
    return cyt_store_expect(store, (double)store->rows->n / progress(job, to), err);
}

/* Parse the records that start before byte `to`. */
static cyt_code parse_block(cyt_csv_job *job, uint64_t block, uint64_t to,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_span span = {0};
    cyt_csv_row_parser *parser = &job->parser;
    CYT_TRY(cyt_grow(&job->shares, &job->shares_capacity, job->n_shares + 1,
                     sizeof *job->shares, "the blocks of a file", err));
    job->shares[job->n_shares++] = (cyt_csv_share){block, job->store.rows->n};
    while (job->feed.at < to) {
        job->error_line = job->feed.line;
        CYT_TRY(cyt_feed_next_fields(&job->feed, job->separator, parser->n_wanted,
                                     &parser->record, &span, err));
        if (span.length == 0)
            break;
        CYT_TRY(make_room(job, to, err));
        CYT_TRY(cyt_csv_row(parser, &span, err));
    }
    job->error_line = CYT_CSV_NO_LINE;
done:
    return code;
}

/* Every `size`-th block from number `rank` on, to the end of the stream. */
static cyt_code parse_dealt_blocks(cyt_csv_job *job, int rank, int size, cyt_error *err)
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

cyt_code cyt_csv_parse_share(cyt_csv_job *job, int rank, int size, uint64_t to,
                             cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (CYT_FAULT("csv.read"))
        CYT_TRY(CYT_FAIL(err, CYT_ERR_MEMORY, job->source->sample, "fault injected"));
    if (cyt_text_is_plain(job->stream)) {
        job->n_blocks = (uint64_t)size;
        CYT_TRY(cyt_feed_seek(&job->feed, job->feed.at, err));
        job->from = job->feed.at;
        CYT_TRY(parse_block(job, (uint64_t)rank, to, err));
    } else {
        CYT_TRY(parse_dealt_blocks(job, rank, size, err));
    }
    cyt_store_end(&job->store);
done:
    return code;
}

cyt_code cyt_csv_parse_guessed(cyt_csv_job *job, int rank, int size, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (rank > 0) {
        const uint64_t from = cyt_csv_block_start(job, rank, size);
        CYT_TRY(cyt_text_seek(job->stream, from - 1, err));
        cyt_feed_moved(&job->feed, from - 1, 0, 0, 0);
        CYT_TRY(cyt_feed_guess(&job->feed, err));
    } else {
        job->feed.line = 0;
    }
    CYT_TRY(cyt_csv_parse_share(job, rank, size,
                                cyt_csv_block_start(job, rank + 1, size), err));
done:
    return code;
}

cyt_code cyt_csv_check(const cyt_source *source, cyt_problems *problems, cyt_error *err)
{
    cyt_csv_job job;
    cyt_problems found = {0};
    cyt_error why = {0};
    (void)!open_job(&job, source, HEADER_BYTES, &found, &why);
    cyt_csv_job_close(&job);
    cyt_code code = cyt_problems_take(problems, source->sample, &why, err);
    for (size_t i = 0; i < found.n && code == CYT_OK; i++)
        code = cyt_problems_add(problems, err, found.item[i].code, "%s: %s",
                                source->sample, found.item[i].text);
    cyt_problems_free(&found);
    return code;
}
