// SPDX-License-Identifier: BSD-3-Clause
#include "read/unique_ids.h"

#include "read/id_hash.h"

#include "base/bytes.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/csv_record.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/route.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    cyt_id_hash hash;
    uint64_t index;
};

/* Input order of two rows with one id; second is UINT64_MAX for none. */
struct repeat {
    uint64_t first, second;
};

/* --- ids that ascend ---------------------------------------------------------------
 */

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

/* The first and last id of a rank. */
enum { END_BYTES = 48 };
struct ends {
    uint32_t n[2]; /* bytes; more than END_BYTES: it is not here */
    char text[2][END_BYTES];
};

static struct ends ends_of(const cyt_rows *rows)
{
    struct ends ends = {0};
    const size_t row[2] = {0, rows->n - 1};
    for (int e = 0; e < 2 && rows->n > 0; e++) {
        const size_t start = rows->id_start[row[e]];
        const size_t n = rows->id_start[row[e] + 1] - start;
        ends.n[e] = n <= END_BYTES ? (uint32_t)n : END_BYTES + 1;
        if (n <= END_BYTES)
            memcpy(ends.text[e], rows->id_text + start, n);
    }
    return ends;
}

/* Are the last id of the rank before and the first of this one in order? */
static int is_joined(MPI_Comm comm, const cyt_rows *rows)
{
    const int rank = cyt_comm_rank(comm), size = cyt_comm_size(comm);
    struct ends mine = ends_of(rows), before = {0};
    MPI_Sendrecv(&mine, sizeof mine, MPI_BYTE,
                 rank + 1 < size ? rank + 1 : MPI_PROC_NULL, 0, &before, sizeof before,
                 MPI_BYTE, rank > 0 ? rank - 1 : MPI_PROC_NULL, 0, comm,
                 MPI_STATUS_IGNORE);
    return rank == 0 ||
           (mine.n[0] <= END_BYTES && before.n[1] <= END_BYTES && rows->n > 0 &&
            is_before(before.text[1], before.n[1], mine.text[0], mine.n[0]));
}

/* Ids that ascend from row to row and from rank to rank cannot repeat. */
static int ids_ascend(MPI_Comm comm, const cyt_rows *rows)
{
    const int joined = is_joined(comm, rows);
    return !cyt_any(comm, !joined || !ascend_here(rows));
}

/* --- all others --------------------------------------------------------------------
 */

static cyt_code hash_ids(const cyt_rows *rows, size_t size, struct entry **entries,
                         int **dest, cyt_error *err)
{
    *entries = cyt_alloc(rows->n, sizeof **entries, "the hashes of cell ids", err);
    if (size > 1)
        *dest = cyt_alloc(rows->n, sizeof **dest, "the hashes of cell ids", err);
    for (size_t i = 0; err->code == CYT_OK && i < rows->n; i++) {
        (*entries)[i] = (struct entry){cyt_id_hash_of(rows, i), rows->index[i]};
        if (size > 1)
            (*dest)[i] = (int)((*entries)[i].hash.low % size);
    }
    return err->code;
}

/* The table holds, for each hash, 1 + the entry of lowest input order seen so far. The
 * two lowest rows of an id meet there at some time, so the least `second` of all
 * meetings is that of the whole set, in any order of arrival. */
static struct repeat meet(const struct entry *entries, size_t n, uint32_t *table,
                          size_t mask)
{
    struct repeat least = {UINT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < n; i++) {
        const struct entry *new = &entries[i], *old = NULL;
        size_t slot = (size_t) new->hash.high &mask;
        for (; table[slot]; slot = (slot + 1) & mask) {
            old = &entries[table[slot] - 1];
            if (cyt_id_hash_same(old->hash, new->hash))
                break;
        }
        if (!table[slot]) {
            table[slot] = (uint32_t)i + 1;
            continue;
        }
        const int earlier = new->index < old->index;
        const uint64_t second = earlier ? old->index : new->index;
        if (second < least.second)
            least = (struct repeat){earlier ? new->index : old->index, second};
        if (earlier)
            table[slot] = (uint32_t)i + 1;
    }
    return least;
}

static cyt_code find_repeat(const struct entry *entries, size_t n, struct repeat *least,
                            cyt_error *err)
{
    size_t slots = 16;
    while (slots < 2 * n)
        slots *= 2;
    uint32_t *table = cyt_calloc(slots, sizeof *table, "the table of cell ids", err);
    if (!table)
        return err->code;
    *least = meet(entries, n, table, slots - 1);
    free(table);
    return CYT_OK;
}

/* Send the hashes where equal ones meet, and find the first repeat there. One rank
 * alone has them all. */
static cyt_code repeat_here(MPI_Comm comm, const struct entry *entries, size_t n,
                            const int *dest, struct repeat *least, cyt_error *err)
{
    cyt_route route = {0};
    struct entry *met = NULL;
    cyt_code code = CYT_OK;
    if (cyt_comm_size(comm) == 1)
        return find_repeat(entries, n, least, err);
    CYT_TRY(cyt_route_init(comm, n, NULL, dest, &route, err));
    met = cyt_alloc(route.n_recv, sizeof *met, "the hashes of cell ids", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_route_forward(comm, &route, sizeof *met, entries, met, err));
    CYT_TRY(cyt_agree(comm, find_repeat(met, route.n_recv, least, err), err));
done:
    free(met);
    cyt_route_free(&route);
    return code;
}

static size_t row_of(const cyt_rows *rows, uint64_t index)
{
    size_t i = 0;
    while (i < rows->n && rows->index[i] != index)
        i++;
    return i;
}

/* The place of the row `index`, whichever rank has it. */
static uint64_t place_of(MPI_Comm comm, const cyt_rows *rows, uint64_t index)
{
    const size_t i = row_of(rows, index);
    return cyt_max_u64(comm, i < rows->n ? rows->place[i] : 0);
}

static uint64_t least_of(MPI_Comm comm, uint64_t mine)
{
    MPI_Allreduce(MPI_IN_PLACE, &mine, 1, MPI_UINT64_T, MPI_MIN, comm);
    return mine;
}

cyt_code cyt_check_unique_ids(MPI_Comm comm, const cyt_rows *rows,
                              const char *file_word, const char *place_word,
                              const char *sample, cyt_error *err)
{
    struct entry *entries = NULL;
    int *dest = NULL;
    struct repeat here = {UINT64_MAX, UINT64_MAX};
    cyt_code code = CYT_OK;
    if (CYT_FAULT("ids.unique"))
        code = CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    CYT_TRY(cyt_agree(comm, code, err));
    if (ids_ascend(comm, rows))
        return CYT_OK;
    CYT_TRY(cyt_agree(
        comm, hash_ids(rows, (size_t)cyt_comm_size(comm), &entries, &dest, err), err));
    CYT_TRY(repeat_here(comm, entries, rows->n, dest, &here, err));

    const uint64_t second = least_of(comm, here.second);
    if (second == UINT64_MAX)
        goto done;
    const uint64_t first =
        least_of(comm, here.second == second ? here.first : UINT64_MAX);
    const uint64_t place = place_of(comm, rows, first);
    const size_t i = row_of(rows, second);
    if (i < rows->n) {
        char shown[CYT_SHOWN_SIZE];
        const size_t start = rows->id_start[i];
        code = CYT_FAIL(
            err, CYT_ERR_DATA, sample,
            "%s %s %llu: cell id \"%s\" is already that of %s %llu; ids must "
            "be unique within a slide",
            file_word, place_word, (unsigned long long)rows->place[i],
            cyt_text_shown(rows->id_text + start, rows->id_start[i + 1] - start, shown),
            place_word, (unsigned long long)place);
    }
    code = cyt_agree(comm, code, err);
done:
    free(entries);
    free(dest);
    return code;
}
