// SPDX-License-Identifier: BSD-3-Clause
#include "read/rows/id_order.h"

#include "base/bytes.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of an id that travel, and runs of all ranks together: beyond, ids are taken not
 * to ascend, which costs time and nothing else. */
enum { END_BYTES = 48, MAX_RUNS = 1 << 14 };

/* Rows of one rank that follow each other in the input: the first one's place in input
 * order, the first and the last id. */
struct run {
    uint64_t first;
    uint32_t n[2]; /* bytes of the ids; more than END_BYTES: they are not here */
    char text[2][END_BYTES];
};

/* --- one rank --------------------------------------------------------------------- */

/* Is a before b: shorter, or as long and less, byte by byte? Ids of 8 to 16 bytes are
 * two words, which may overlap. */
static int is_before(const char *a, size_t n_a, const char *b, size_t n_b)
{
    if (n_a != n_b)
        return n_a < n_b;
    if (n_a < 8 || n_a > 16)
        return memcmp(a, b, n_a) < 0;
    const size_t tail = n_a - 8;
    const uint64_t head_a = cyt_load_word(a), head_b = cyt_load_word(b);
    const uint64_t word_a = head_a == head_b ? cyt_load_word(a + tail) : head_a;
    const uint64_t word_b = head_a == head_b ? cyt_load_word(b + tail) : head_b;
    return __builtin_bswap64(word_a) < __builtin_bswap64(word_b);
}

static int ascend_here(const cyt_rows *rows)
{
    const size_t *start = rows->id_start;
    for (size_t i = 1; i < rows->n; i++)
        if (!is_before(rows->id_text + start[i - 1], start[i] - start[i - 1],
                       rows->id_text + start[i], start[i + 1] - start[i]))
            return 0;
    return 1;
}

static int begins_run(const cyt_rows *rows, size_t i)
{
    return i == 0 || rows->index[i] != rows->index[i - 1] + 1;
}

static size_t count_runs(const cyt_rows *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i++)
        n += begins_run(rows, i) ? 1 : 0;
    return n;
}

static void note_end(struct run *run, int end, const cyt_rows *rows, size_t i)
{
    const size_t start = rows->id_start[i], n = rows->id_start[i + 1] - start;
    run->n[end] = n <= END_BYTES ? (uint32_t)n : END_BYTES + 1;
    if (n <= END_BYTES)
        memcpy(run->text[end], rows->id_text + start, n);
}

static void list_runs(const cyt_rows *rows, struct run *run)
{
    for (size_t i = 0, r = 0; i < rows->n; i++) {
        if (begins_run(rows, i)) {
            run[r] = (struct run){.first = rows->index[i]};
            note_end(&run[r++], 0, rows, i);
        }
        if (i + 1 == rows->n || begins_run(rows, i + 1))
            note_end(&run[r - 1], 1, rows, i);
    }
}

/* --- all ranks -------------------------------------------------------------------- */

static int by_first(const void *a, const void *b)
{
    const uint64_t x = ((const struct run *)a)->first,
                   y = ((const struct run *)b)->first;
    return (x > y) - (x < y);
}

static int runs_ascend(struct run *run, size_t n)
{
    qsort(run, n, sizeof *run, by_first);
    for (size_t r = 1; r < n; r++)
        if (run[r - 1].n[1] > END_BYTES || run[r].n[0] > END_BYTES ||
            !is_before(run[r - 1].text[1], run[r - 1].n[1], run[r].text[0],
                       run[r].n[0]))
            return 0;
    return 1;
}

/* What each rank sends, in bytes. */
static void gather(MPI_Comm comm, const struct run *mine, size_t n, int *count,
                   int *start, struct run *all)
{
    const int bytes = (int)(n * sizeof *mine), size = cyt_comm_size(comm);
    cyt_allgather(&bytes, 1, MPI_INT, count, 1, MPI_INT, comm);
    start[0] = 0;
    for (int r = 1; r < size; r++)
        start[r] = start[r - 1] + count[r - 1];
    cyt_allgatherv(mine, bytes, MPI_BYTE, all, count, start, MPI_BYTE, comm);
}

static cyt_code ascend_together(MPI_Comm comm, const cyt_rows *rows, size_t n_mine,
                                size_t n_all, int *ascend, cyt_error *err)
{
    const size_t size = (size_t)cyt_comm_size(comm);
    struct run *mine = cyt_alloc(n_mine, sizeof *mine, "the order of ids", err);
    struct run *all = cyt_alloc(n_all, sizeof *all, "the order of ids", err);
    int *count = cyt_alloc(size, sizeof *count, "the order of ids", err);
    int *start = cyt_alloc(size, sizeof *start, "the order of ids", err);
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_agree(comm, err->code, err));
    list_runs(rows, mine);
    gather(comm, mine, n_mine, count, start, all);
    *ascend = runs_ascend(all, n_all);
done:
    free(mine);
    free(all);
    free(count);
    free(start);
    return code;
}

cyt_code cyt_ids_ascend(MPI_Comm comm, const cyt_rows *rows, int *ascend,
                        cyt_error *err)
{
    *ascend = !cyt_any(comm, !ascend_here(rows));
    if (!*ascend || cyt_comm_size(comm) == 1)
        return CYT_OK;
    const size_t n_mine = count_runs(rows);
    const uint64_t n_all = cyt_sum_u64(comm, n_mine);
    *ascend = 0;
    return n_all > MAX_RUNS
               ? CYT_OK
               : ascend_together(comm, rows, n_mine, (size_t)n_all, ascend, err);
}
