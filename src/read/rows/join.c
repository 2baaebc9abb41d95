// SPDX-License-Identifier: BSD-3-Clause
#include "read/rows/join.h"

#include "read/rows/id_hash.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/labels.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/route.h"

#include <math.h>
#include <stdlib.h>

#define NOT_FOUND UINT32_MAX

/* The rows of one file on their way to the ranks where ids meet. */
typedef struct side {
    const cyt_rows *rows;
    cyt_route route;
    cyt_id_hash *met; /* [route.n_recv] ids that arrived here */
} side;

/* A meeting rank: for each id of the first file, which of the second it is. */
typedef struct meeting {
    side cells, extra;
    uint32_t *partner; /* [cells.route.n_recv] number among extra.met, or NOT_FOUND */
} meeting;

static void free_side(side *s)
{
    cyt_route_free(&s->route);
    free(s->met);
}

static cyt_code hash_all(const cyt_rows *rows, size_t n_ranks, cyt_id_hash **hash,
                         int **dest, cyt_error *err)
{
    if (CYT_FAULT("join.hash"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    *hash = cyt_alloc(rows->n, sizeof **hash, "the hashes of cell ids", err);
    *dest = cyt_alloc(rows->n, sizeof **dest, "the hashes of cell ids", err);
    for (size_t i = 0; err->code == CYT_OK && i < rows->n; i++) {
        (*hash)[i] = cyt_id_hash_of(rows, i);
        (*dest)[i] = (int)((*hash)[i].low % n_ranks);
    }
    return err->code;
}

static cyt_code send_ids(MPI_Comm comm, const cyt_rows *rows, side *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_id_hash *hash = NULL;
    int *dest = NULL;
    s->rows = rows;
    const size_t n_ranks = (size_t)cyt_comm_size(comm);
    CYT_TRY(cyt_agree(comm, hash_all(rows, n_ranks, &hash, &dest, err), err));
    CYT_TRY(cyt_route_init(comm, rows->n, NULL, dest, &s->route, err));
    s->met = cyt_alloc(s->route.n_recv, sizeof *s->met, "the hashes of cell ids", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_route_forward(comm, &s->route, sizeof *hash, hash, s->met, err));
done:
    free(hash);
    free(dest);
    return code;
}

/* Slot of an id in a table of 1 + numbers, 0 where it is not. */
static size_t slot_of(const uint32_t *table, size_t mask, const cyt_id_hash *ids,
                      cyt_id_hash id)
{
    size_t slot = (size_t)id.high & mask;
    while (table[slot] && !cyt_id_hash_same(ids[table[slot] - 1], id))
        slot = (slot + 1) & mask;
    return slot;
}

static cyt_code match(meeting *m, cyt_error *err)
{
    const size_t n_extra = m->extra.route.n_recv, n_cells = m->cells.route.n_recv;
    size_t slots = 16;
    while (slots < 2 * n_extra)
        slots *= 2;
    uint32_t *table = cyt_calloc(slots, sizeof *table, "the table of cell ids", err);
    m->partner = cyt_alloc(n_cells, sizeof *m->partner, "pairs of cell ids", err);
    if (err->code == CYT_OK) {
        for (size_t i = 0; i < n_extra; i++)
            table[slot_of(table, slots - 1, m->extra.met, m->extra.met[i])] =
                (uint32_t)i + 1;
        for (size_t i = 0; i < n_cells; i++) {
            const uint32_t at =
                table[slot_of(table, slots - 1, m->extra.met, m->cells.met[i])];
            m->partner[i] = at ? at - 1 : NOT_FOUND;
        }
    }
    free(table);
    return err->code;
}

static cyt_code meet(MPI_Comm comm, const cyt_rows *extra, const cyt_rows *rows,
                     meeting *m, cyt_joined *joined, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint64_t found = 0;
    CYT_TRY(send_ids(comm, extra, &m->extra, err));
    CYT_TRY(send_ids(comm, rows, &m->cells, err));
    CYT_TRY(cyt_agree(comm, match(m, err), err));
    for (size_t i = 0; i < m->cells.route.n_recv; i++)
        found += m->partner[i] != NOT_FOUND;
    joined->n_rows = cyt_sum_u64(comm, rows->n);
    joined->n_found = cyt_sum_u64(comm, found);
done:
    return code;
}

/* --- columns ---------------------------------------------------------------------- */

/* Carry a column of numbers; what is not found becomes NaN. Labels travel as numbers
 * too: every uint16_t is a double. */
static cyt_code carry(MPI_Comm comm, const meeting *m, const double *from, double *to,
                      cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_cells = m->cells.route.n_recv;
    double *arrived =
        cyt_alloc(m->extra.route.n_recv, sizeof *arrived, "a joined column", err);
    double *answer = cyt_alloc(n_cells, sizeof *answer, "a joined column", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_route_forward(comm, &m->extra.route, sizeof *from, from, arrived, err));
    for (size_t i = 0; i < n_cells; i++)
        answer[i] = m->partner[i] == NOT_FOUND ? NAN : arrived[m->partner[i]];
    CYT_TRY(cyt_route_back(comm, &m->cells.route, sizeof *to, answer, to, err));
done:
    free(arrived);
    free(answer);
    return code;
}

static cyt_code join_values(MPI_Comm comm, const meeting *m, cyt_rows *rows,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_rows *extra = m->extra.rows;
    for (size_t v = 0; v < rows->n_values; v++) {
        if (cyt_any(comm, rows->value_found[v]) ||
            !cyt_any(comm, extra->value_found[v]))
            continue;
        CYT_TRY(carry(comm, m, extra->values + v * extra->n, rows->values + v * rows->n,
                      err));
        rows->value_found[v] = 1;
    }
done:
    return code;
}

static cyt_code join_types(MPI_Comm comm, const meeting *m, cyt_rows *rows,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_rows *extra = m->extra.rows;
    cyt_names all = {0};
    uint16_t *type = cyt_alloc(extra->n, sizeof *type, "cell types", err);
    double *from = cyt_alloc(extra->n, sizeof *from, "cell types", err);
    double *to = cyt_alloc(rows->n, sizeof *to, "cell types", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_labels_agree(comm, extra, &all, err));
    CYT_TRY(cyt_agree(comm, cyt_labels_translate(extra, &all, type, err), err));
    for (size_t i = 0; i < extra->n; i++)
        from[i] = type[i];
    CYT_TRY(carry(comm, m, from, to, err));
    for (size_t i = 0; i < rows->n; i++)
        rows->type[i] = isnan(to[i]) ? CYT_NO_TYPE : (uint16_t)to[i];
    cyt_names_free(&rows->labels);
    rows->labels = all;
    all = (cyt_names){0};
done:
    cyt_names_free(&all);
    free(type);
    free(from);
    free(to);
    return code;
}

cyt_code cyt_join(MPI_Comm comm, unsigned what, const cyt_rows *extra, cyt_rows *rows,
                  cyt_joined *joined, cyt_error *err)
{
    cyt_code code = CYT_OK;
    meeting m = {0};
    CYT_TRY(meet(comm, extra, rows, &m, joined, err));
    if (what & CYT_JOIN_VALUES)
        CYT_TRY(join_values(comm, &m, rows, err));
    if (what & CYT_JOIN_TYPES)
        CYT_TRY(join_types(comm, &m, rows, err));
done:
    free_side(&m.cells);
    free_side(&m.extra);
    free(m.partner);
    return code;
}
