// SPDX-License-Identifier: BSD-3-Clause
//
// Cells from delimited text, each rank reading its share.
//
// The body of the file, behind the header, is cut into blocks, and a record belongs to
// the block in which it starts (record_feed.h):
//
//     plain        one block a rank, of equal bytes. Each rank guesses that a record
//                  starts behind the first newline of its block. The guesses are right,
//                  all of them, when each rank's last record ends where the next rank
//                  began; lines are numbered afterwards, by a prefix sum over ranks. If
//                  not (a newline inside quotes), or if anything is wrong with the
//                  data, all start again with care: a pass over the file counts the
//                  newlines and quotes of each block, which gives the line and the
//                  quote state at its start.
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
#include "read/csv/csv.h"

#include "read/csv/csv_job.h"
#include "read/readers.h"
#include "read/rows/unique_ids.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Large enough that the read calls do not show, small enough for the second-level cache
 * of the machines we know. */
enum { BLOCK_BYTES = 1 << 18 };

/* Bring the feed of a plain file to the start of this rank's block, with care. Nobody
 * needs the counts of the last. */
static cyt_code enter_block(MPI_Comm comm, cyt_csv_job *job, uint64_t from, uint64_t to,
                            cyt_error *err)
{
    const int rank = cyt_comm_rank(comm), size = cyt_comm_size(comm);
    cyt_csv_counts counts = {0};
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_agree(
        comm,
        cyt_csv_count_block(job, from, rank == size - 1 ? from : to, &counts, err),
        err));
    const uint64_t line = job->body_line + cyt_exscan_u64(comm, counts.n_newlines);
    const int inside = (int)(cyt_exscan_u64(comm, counts.n_quotes) & 1);
    CYT_TRY(cyt_agree(comm, cyt_text_seek(job->stream, from, err), err));
    cyt_feed_moved(&job->feed, from, line, inside, counts.after_newline && !inside);
done:
    return code;
}

/* Did the records of the rank before this one end where ours begin? */
static int is_joined(MPI_Comm comm, const cyt_csv_job *job)
{
    const int rank = cyt_comm_rank(comm), size = cyt_comm_size(comm);
    uint64_t end = job->feed.at, end_before = job->from;
    const cyt_metered call = cyt_meter_begin(comm, CYT_EXCHANGE_HALO_ROWS);
    cyt_meter_sent(&call, rank + 1 < size ? sizeof end : 0);
    cyt_meter_received(&call, rank > 0 ? sizeof end_before : 0);
    MPI_Sendrecv(&end, 1, MPI_UINT64_T, rank + 1 < size ? rank + 1 : MPI_PROC_NULL, 0,
                 &end_before, 1, MPI_UINT64_T, rank > 0 ? rank - 1 : MPI_PROC_NULL, 0,
                 comm, MPI_STATUS_IGNORE);
    cyt_meter_end(&call);
    return end_before == job->from;
}

/* @p settled: the rows are read. */
static cyt_code read_guessed(MPI_Comm comm, cyt_csv_job *job, int *settled,
                             cyt_error *err)
{
    cyt_code code =
        cyt_csv_parse_guessed(job, cyt_comm_rank(comm), cyt_comm_size(comm), err);
    const int bad_data = code == CYT_ERR_DATA;
    if (bad_data) { /* perhaps by a wrong guess; and its line is not known */
        code = CYT_OK;
        *err = (cyt_error){0};
    }
    CYT_TRY(cyt_agree(comm, code, err));
    const int joined = is_joined(comm, job);
    *settled = !cyt_any(comm, bad_data || !joined);
    const uint64_t line = job->body_line + cyt_exscan_u64(comm, job->feed.line);
    cyt_rows *rows = job->store.rows;
    for (size_t i = 0; *settled && i < rows->n; i++)
        rows->place[i] += line;
done:
    return code;
}

/* cyt_agree(), but of several errors the one on the least line wins. */
static cyt_code agree_on_earliest(MPI_Comm comm, cyt_code local, uint64_t line,
                                  cyt_error *err)
{
    uint64_t least = local == CYT_OK ? UINT64_MAX : line;
    cyt_allreduce(MPI_IN_PLACE, &least, 1, MPI_UINT64_T, MPI_MIN, comm);
    if (local != CYT_OK && line > least) {
        local = CYT_OK;
        *err = (cyt_error){0};
    }
    return cyt_agree(comm, local, err);
}

static cyt_code read_rows(MPI_Comm comm, cyt_csv_job *job, cyt_error *err)
{
    const int rank = cyt_comm_rank(comm), size = cyt_comm_size(comm);
    cyt_code code = CYT_OK;
    uint64_t to = UINT64_MAX;
    if (cyt_text_is_plain(job->stream)) {
        to = cyt_csv_block_start(job, rank + 1, size);
        if (size > 1) {
            int settled;
            CYT_TRY(read_guessed(comm, job, &settled, err));
            if (settled)
                return CYT_OK;
            CYT_TRY(
                cyt_agree(comm, cyt_csv_job_restart(job, job->store.rows, err), err));
            CYT_TRY(
                enter_block(comm, job, cyt_csv_block_start(job, rank, size), to, err));
        }
    }
    const cyt_code local = cyt_csv_parse_share(job, rank, size, to, err);
    CYT_TRY(agree_on_earliest(comm, local, job->error_line, err));
done:
    return code;
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
static void first_indices(MPI_Comm comm, const cyt_csv_job *job, uint64_t *kept)
{
    const size_t n_rows = job->store.rows->n;
    for (size_t i = 0; i < job->n_shares; i++) {
        const size_t next =
            i + 1 < job->n_shares ? job->shares[i + 1].first_row : n_rows;
        kept[job->shares[i].block] = next - job->shares[i].first_row;
    }
    cyt_allreduce(MPI_IN_PLACE, kept, (int)job->n_blocks, MPI_UINT64_T, MPI_SUM, comm);
    uint64_t before = 0;
    for (uint64_t b = 0; b < job->n_blocks; b++) {
        const uint64_t here = kept[b];
        kept[b] = before;
        before += here;
    }
}

static cyt_code number_rows(MPI_Comm comm, const cyt_csv_job *job, cyt_error *err)
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
static cyt_code make_ids(cyt_csv_job *job, cyt_error *err)
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

static cyt_code settle_ids(MPI_Comm comm, cyt_csv_job *job, cyt_error *err)
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
    cyt_code code = CYT_OK;
    cyt_csv_job job;
    *rows = (cyt_rows){0};
    CYT_TRY(
        cyt_agree(comm, cyt_csv_job_open(&job, source, block_bytes, rows, err), err));
    CYT_TRY(read_rows(comm, &job, err));
    const uint64_t n_seen = cyt_sum_u64(comm, job.parser.n_seen);
    const uint64_t n_kept = cyt_sum_u64(comm, rows->n);
    const int too_many = cyt_any(comm, job.store.types.too_many);
    CYT_TRY(check_totals(source, n_seen, n_kept, too_many, err));
    CYT_TRY(number_rows(comm, &job, err));
    CYT_TRY(settle_ids(comm, &job, err));
done:
    cyt_csv_job_close(&job);
    return code;
}

cyt_code cyt_csv_read(MPI_Comm comm, const cyt_source *source, cyt_rows *rows,
                      cyt_error *err)
{
    return cyt_csv_read_blocks(comm, source, BLOCK_BYTES, rows, err);
}

int cyt_csv_accepts(const char *path)
{
    static const char *const packings[] = {"", ".gz", ".zst"};
    static const char *const endings[] = {".csv", ".tsv", ".txt"};
    for (size_t p = 0; p < 3; p++)
        for (size_t e = 0; e < 3; e++) {
            char ending[16];
            snprintf(ending, sizeof ending, "%s%s", endings[e], packings[p]);
            if (cyt_text_ends(path, ending))
                return 1;
        }
    return 0;
}
