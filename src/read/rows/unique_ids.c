// SPDX-License-Identifier: BSD-3-Clause
#include "read/rows/unique_ids.h"

#include "read/rows/id_hash.h"
#include "read/rows/id_order.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/route.h"
#include "cytotaxis/text.h"

#include <stdlib.h>

struct entry {
    cyt_id_hash hash;
    uint64_t index;
};

/* Input order of two rows with one id; second is UINT64_MAX for none. */
struct repeat {
    uint64_t first, second;
};

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
    cyt_allreduce(MPI_IN_PLACE, &mine, 1, MPI_UINT64_T, MPI_MIN, comm);
    return mine;
}

cyt_code cyt_check_unique_ids(MPI_Comm comm, const cyt_rows *rows,
                              const char *file_word, const char *place_word,
                              const char *sample, cyt_error *err)
{
    struct entry *entries = NULL;
    int *dest = NULL, ascend = 0;
    struct repeat here = {UINT64_MAX, UINT64_MAX};
    cyt_code code = CYT_OK;
    if (CYT_FAULT("ids.unique"))
        code = CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    CYT_TRY(cyt_agree(comm, code, err));
    CYT_TRY(cyt_ids_ascend(comm, rows, &ascend, err));
    if (ascend)
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
