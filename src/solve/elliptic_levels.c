// SPDX-License-Identifier: BSD-3-Clause
/* The levels of a medium.
 *
 * Each rank works out its own rows of the coarser operator from its strip of the finer
 * one, then halo rows are exchanged once. From the first small level on, every rank
 * holds and works out everything.
 */
#include "elliptic_parts.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/halo.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <stdlib.h>
#include <string.h>

/* Floats between two arrays of a level beyond their room, so that the same row of each
 * falls into another set of the cache: large blocks all begin at a large page. */
enum { STAGGER = 7 * CYT_MG_MARGIN };

/* --- traffic ---------------------------------------------------------------------- */

/* One exchange. */
typedef struct halo {
    const elliptic_level *level;
    float *array;
    int64_t depth;
    MPI_Datatype row;
    cyt_metered call;
} halo;

/* Send or receive the rows that `owner` has of the halo of `reader`. */
static void post(MPI_Comm comm, cyt_elliptic *e, const halo *h, size_t owner,
                 size_t reader)
{
    const uint64_t *starts = h->level->starts;
    const int64_t top = (int64_t)starts[reader], end = (int64_t)starts[reader + 1];
    const int64_t ranges[2][2] = {{top - h->depth, top}, {end, end + h->depth}};
    const int64_t first = (int64_t)starts[owner], last = (int64_t)starts[owner + 1];
    for (int side = 0; side < 2; side++) {
        const int64_t from = ranges[side][0] > first ? ranges[side][0] : first;
        const int64_t to = ranges[side][1] < last ? ranges[side][1] : last;
        if (from >= to)
            continue;
        float *at = cyt_mg_row(&h->level->mg.rows, h->array, from);
        MPI_Request *request = &e->requests[e->n_requests++];
        const size_t bytes =
            (size_t)(to - from) * h->level->mg.rows.stride * sizeof *at;
        if (owner == e->rank) {
            MPI_Isend(at, (int)(to - from), h->row, (int)reader, side, comm, request);
            cyt_meter_sent(&h->call, bytes);
        } else {
            MPI_Irecv(at, (int)(to - from), h->row, (int)owner, side, comm, request);
            cyt_meter_received(&h->call, bytes);
        }
    }
}

/* A strip may have rows of a fine level and none of a coarse one, whose correction it
 * needs all the same: whoever has any rows at all reads. */
static int reads(const cyt_elliptic *e, size_t rank)
{
    return e->medium.row_starts[rank] < e->medium.row_starts[rank + 1];
}

void elliptic_exchange(MPI_Comm comm, cyt_elliptic *e, const elliptic_level *level,
                       float *array, int64_t depth)
{
    halo h = {.level = level, .array = array, .depth = depth};
    MPI_Type_contiguous((int)level->mg.rows.stride, MPI_FLOAT, &h.row);
    MPI_Type_commit(&h.row);
    h.call = cyt_meter_begin(comm, CYT_EXCHANGE_HALO_ROWS);
    e->n_requests = 0;
    for (size_t r = 0; r < e->size; r++) {
        if (r == e->rank)
            continue;
        if (reads(e, e->rank))
            post(comm, e, &h, r, e->rank);
        if (reads(e, r))
            post(comm, e, &h, e->rank, r);
    }
    MPI_Waitall(e->n_requests, e->requests, MPI_STATUSES_IGNORE);
    cyt_meter_end(&h.call);
    MPI_Type_free(&h.row);
}

void elliptic_gather(MPI_Comm comm, cyt_elliptic *e, const elliptic_level *level,
                     float *array)
{
    MPI_Datatype row;
    int *counts = e->counts, *starts = e->counts + e->size;
    for (size_t r = 0; r < e->size; r++) {
        counts[r] = (int)(level->starts[r + 1] - level->starts[r]);
        starts[r] = (int)level->starts[r];
    }
    MPI_Type_contiguous((int)level->mg.rows.stride, MPI_FLOAT, &row);
    MPI_Type_commit(&row);
    cyt_allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL,
                   cyt_mg_row(&level->mg.rows, array, 0), counts, starts, row, comm);
    MPI_Type_free(&row);
}

/* A strip's first and last row stand for it: what is next to a strip is then the halo
 * of this small raster. */
cyt_code elliptic_edge_rows(MPI_Comm comm, const cyt_elliptic *e, const double *first,
                            const double *last, double *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = e->medium.n_cols, own = e->n_own < 2 ? e->n_own : 2;
    uint64_t *starts = cyt_calloc(e->size + 1, sizeof *starts, "edge rows", err);
    double *rows = cyt_calloc(4 * n, sizeof *rows, "edge rows", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t r = 0; r < e->size; r++) {
        const uint64_t of = e->medium.row_starts[r + 1] - e->medium.row_starts[r];
        starts[r + 1] = starts[r] + (of < 2 ? of : 2);
    }
    if (own > 0) {
        memcpy(rows + n, first, n * sizeof *rows);
        memcpy(rows + own * n, last, n * sizeof *rows);
    }
    CYT_TRY(cyt_halo_rows(comm, starts, n * sizeof *rows, 1, rows, err));
    memcpy(out, rows, n * sizeof *rows);
    memcpy(out + n, rows + (own + 1) * n, n * sizeof *rows);
done:
    free(starts);
    free(rows);
    return code;
}

/* --- memory ----------------------------------------------------------------------- */

/* One more halo row than is exchanged: the outermost row that is swept looks at it, and
 * finds zeros, as everywhere at the start. */
enum { STORED_HALO = CYT_MG_HALO + 1 };

/* Arrays in one block. */
static float *carve(const cyt_mg_rows *rows, float **const *places, size_t n,
                    cyt_error *err)
{
    const size_t room = cyt_mg_room(rows) + STAGGER;
    float *memory = cyt_calloc(n * room, sizeof *memory, "a level of multigrid", err);
    for (size_t i = 0; memory && i < n; i++)
        *places[i] = memory + i * room;
    return memory;
}

static cyt_mg_rows rows_of(const cyt_elliptic *e, const elliptic_level *level,
                           uint64_t n_rows, size_t n_cols)
{
    const int64_t from = (int64_t)level->starts[e->rank];
    const int64_t to = (int64_t)level->starts[e->rank + 1];
    return (cyt_mg_rows){.n_rows = (int64_t)n_rows,
                         .first = level->is_whole ? 0 : from,
                         .end = level->is_whole ? (int64_t)n_rows : to,
                         .halo = STORED_HALO,
                         .n_cols = n_cols,
                         .stride = cyt_mg_stride(n_cols)};
}

static cyt_code make_finest(cyt_elliptic *e, cyt_error *err)
{
    elliptic_level *level = &e->levels[0];
    cyt_mg_level *mg = &level->mg;
    const cyt_elliptic_params *m = &e->medium;
    const int varies = m->decay != NULL;
    if (CYT_FAULT("elliptic.levels"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    level->starts = cyt_alloc(e->size + 1, sizeof *level->starts, "strips", err);
    if (!level->starts)
        return err->code;
    memcpy(level->starts, m->row_starts, (e->size + 1) * sizeof *level->starts);
    mg->rows = rows_of(e, level, m->n_rows, m->n_cols);
    mg->is_finest = 1;
    mg->decay_stride = varies ? mg->rows.stride : 0;
    float **const places[] = {&mg->right, &mg->below, &mg->inverse_diagonal,
                              &mg->u,     &mg->f,     &e->p,
                              &mg->decay};
    level->memory = carve(&mg->rows, places, varies ? 7 : 6, err);
    const size_t need = cyt_mg_galerkin_scratch((m->n_cols + 1) / 2) +
                        cyt_mg_descend_scratch(m->n_cols) + mg->rows.stride;
    e->scratch = cyt_calloc(need, sizeof *e->scratch, "scratch of multigrid", err);
    e->requests = cyt_alloc(4 * e->size, sizeof *e->requests, "halo requests", err);
    e->counts = cyt_alloc(2 * e->size, sizeof *e->counts, "counts of rows", err);
    e->row_sums = cyt_alloc(2 * e->n_own, sizeof *e->row_sums, "row sums", err);
    if (!varies)
        mg->decay = e->uniform_row =
            cyt_calloc(2 * mg->rows.stride, sizeof *mg->decay, "a row of decay", err);
    return err->code;
}

/* The next coarser level, and the transfer to it. */
static cyt_code make_coarser(cyt_elliptic *e, elliptic_level *fine,
                             elliptic_level *coarse, cyt_error *err)
{
    cyt_mg_level *mg = &coarse->mg;
    cyt_mg_transfer *t = &fine->transfer;
    const uint64_t n_rows = (uint64_t)(fine->mg.rows.n_rows + 1) / 2;
    const size_t n_cols = (fine->mg.rows.n_cols + 1) / 2;
    coarse->starts = cyt_alloc(e->size + 1, sizeof *coarse->starts, "strips", err);
    if (!coarse->starts)
        return err->code;
    for (size_t r = 0; r <= e->size; r++)
        coarse->starts[r] = (fine->starts[r] + 1) / 2;
    coarse->is_whole = n_rows <= CYT_MG_WHOLE_PIXELS / n_cols;
    mg->rows = rows_of(e, coarse, n_rows, n_cols);
    mg->decay_stride = mg->rows.stride;
    float **const places[] = {&mg->right,      &mg->below, &mg->below_right,
                              &mg->below_left, &mg->decay, &mg->inverse_diagonal,
                              &mg->u,          &mg->f};
    coarse->memory = carve(&mg->rows, places, 8, err);
    t->rows = mg->rows;
    t->rows.first = (fine->mg.rows.first + 1) / 2;
    t->rows.end = (fine->mg.rows.end + 1) / 2;
    t->rows.halo = CYT_MG_REACH;
    float **const weights[CYT_MG_WEIGHTS] = {
        &t->across[0], &t->across[1], &t->down[0],   &t->down[1],
        &t->centre[0], &t->centre[1], &t->centre[2], &t->centre[3]};
    fine->transfer_memory = carve(&t->rows, weights, CYT_MG_WEIGHTS, err);
    return err->code;
}

void elliptic_levels_free(cyt_elliptic *e)
{
    for (int l = 0; l < MAX_LEVELS; l++) {
        free(e->levels[l].memory);
        free(e->levels[l].transfer_memory);
        free(e->levels[l].starts);
    }
    free(e->scratch);
    free(e->row_sums);
    free(e->requests);
    free(e->counts);
    free(e->uniform_row);
}

/* --- operators -------------------------------------------------------------------- */

/* D of own row `r`, or of the rows next to the strip; NULL outside the raster. */
static const double *diffusion_row(const cyt_elliptic *e, size_t r)
{
    const cyt_elliptic_params *m = &e->medium;
    if (r < e->n_own)
        return m->diffusion + r * m->n_cols;
    return m->row_starts[e->rank + 1] < m->n_rows ? e->edge_rows + m->n_cols : NULL;
}

static void fill_decay(const cyt_elliptic *e, const cyt_mg_level *mg)
{
    const cyt_elliptic_params *m = &e->medium;
    for (size_t i = 0; !m->decay && i < m->n_cols; i++)
        mg->decay[CYT_MG_MARGIN + i] = (float)(e->scale * m->uniform_decay);
    for (size_t r = 0; m->decay && r < e->n_own; r++) {
        float *to = cyt_mg_row(&mg->rows, mg->decay, mg->rows.first + (int64_t)r);
        const double *k = m->decay + r * m->n_cols, *d = diffusion_row(e, r);
        for (size_t i = 0; i < m->n_cols; i++)
            to[i] = d[i] > 0 ? (float)(e->scale * k[i]) : 0;
    }
}

static void mask_diagonal(const cyt_elliptic *e, const cyt_mg_level *mg)
{
    for (size_t r = 0; r < e->n_own; r++) {
        const double *d = diffusion_row(e, r);
        const int64_t j = mg->rows.first + (int64_t)r;
        float *inverse = cyt_mg_row(&mg->rows, mg->inverse_diagonal, j);
        for (size_t i = 0; i < e->medium.n_cols; i++)
            inverse[i] = d[i] > 0 ? inverse[i] : 0;
    }
}

static void share_operator(MPI_Comm comm, cyt_elliptic *e, const elliptic_level *level)
{
    const cyt_mg_level *mg = &level->mg;
    float *const arrays[] = {mg->right, mg->below, mg->decay_stride ? mg->decay : NULL,
                             mg->below_right, mg->below_left};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        if (arrays[i] && level->is_whole)
            elliptic_gather(comm, e, level, arrays[i]);
        else if (arrays[i])
            elliptic_exchange(comm, e, level, arrays[i], CYT_MG_HALO);
}

static void fill_finest(MPI_Comm comm, cyt_elliptic *e)
{
    const cyt_mg_level *mg = &e->levels[0].mg;
    const double per_area = e->scale * e->per_area;
    fill_decay(e, mg);
    for (size_t r = 0; r < e->n_own; r++) {
        const int64_t j = mg->rows.first + (int64_t)r;
        cyt_mg_edges_row(e->medium.n_cols, diffusion_row(e, r), diffusion_row(e, r + 1),
                         per_area, cyt_mg_row(&mg->rows, mg->right, j),
                         cyt_mg_row(&mg->rows, mg->below, j));
    }
    elliptic_islands_clear(e, mg->right);
    elliptic_islands_clear(e, mg->below);
    share_operator(comm, e, &e->levels[0]);
    cyt_mg_diagonal(mg, mg->rows.first, mg->rows.end);
    mask_diagonal(e, mg);
    elliptic_islands_clear(e, mg->inverse_diagonal);
    elliptic_exchange(comm, e, &e->levels[0], mg->inverse_diagonal, CYT_MG_HALO);
}

static void fill_coarser(MPI_Comm comm, cyt_elliptic *e, const elliptic_level *fine,
                         const elliptic_level *coarse)
{
    const cyt_mg_level *mg = &coarse->mg;
    cyt_mg_weights(&fine->mg, &fine->transfer);
    cyt_mg_galerkin(&fine->mg, &fine->transfer, mg, fine->transfer.rows.first,
                    fine->transfer.rows.end, e->scratch);
    if (!fine->is_whole)
        share_operator(comm, e, coarse);
    cyt_mg_diagonal(mg, mg->rows.first, mg->rows.end);
    if (!coarse->is_whole)
        elliptic_exchange(comm, e, coarse, mg->inverse_diagonal, CYT_MG_HALO);
}

static int is_coarsest(const elliptic_level *level)
{
    const cyt_mg_rows *r = &level->mg.rows;
    return r->n_rows <= DIRECT_SIDE && r->n_cols <= DIRECT_SIDE;
}

cyt_code elliptic_levels_init(MPI_Comm comm, cyt_elliptic *e, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_agree(comm, make_finest(e, err), err));
    fill_finest(comm, e);
    e->n_levels = 1;
    do {
        elliptic_level *fine = &e->levels[e->n_levels - 1];
        elliptic_level *coarse = fine + 1;
        CYT_TRY(cyt_agree(comm, make_coarser(e, fine, coarse, err), err));
        fill_coarser(comm, e, fine, coarse);
        e->n_levels++;
    } while (!is_coarsest(&e->levels[e->n_levels - 1]));
    elliptic_direct_init(e);
done:
    return code;
}
