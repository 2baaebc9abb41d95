// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/nearest_types.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/halo.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/nearest.h"
#include "cytotaxis/reach.h"

#include <math.h>
#include <stdlib.h>

static cyt_nearest_cells view(const cyt_cells *c)
{
    return (cyt_nearest_cells){c->n, c->x, c->y, c->type};
}

/* From `from`, or from the cells of `to` to each other when that is NULL. */
static cyt_code search(const cyt_nearest_cells *to, const cyt_nearest_cells *from,
                       size_t n_types, int bounded, double *distance, cyt_error *err)
{
    if (CYT_FAULT("nearest.search"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    const size_t n = from ? from->n : to->n;
    void *scratch = cyt_alloc(cyt_nearest_scratch(to->n, n, n_types), 1,
                              "the search for nearest cells", err);
    if (scratch)
        cyt_nearest(to, from, n_types, bounded, scratch, distance);
    free(scratch);
    return err->code;
}

/* What a strip borrowed: cells from above, then cells from below. */
typedef struct border {
    cyt_cells halo;
    size_t n_above;
    double *above, *below; /* [types.n] largest y from above, smallest from below,
                              NaN: none */
    size_t n;              /* own cells for which some of the halo may be nearer */
    size_t *cell;          /* [n] which */
} border;

static void free_border(border *b)
{
    cyt_cells_free(&b->halo);
    free(b->above);
    free(b->below);
    free(b->cell);
}

/* Cells of other strips that are within the bounds. */
static cyt_code borrow(MPI_Comm comm, const cyt_slide *slide, const double *bound,
                       border *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_types = slide->types.n;
    double *wanted = cyt_alloc(2 * n_types, sizeof *wanted, "halo ranges", err);
    b->above = cyt_alloc(n_types, sizeof *b->above, "halo ranges", err);
    b->below = cyt_alloc(n_types, sizeof *b->below, "halo ranges", err);
    b->cell = cyt_alloc(slide->cells.n, sizeof *b->cell, "cells near a border", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    cyt_reach_ranges(slide, bound, wanted);
    CYT_TRY(cyt_halo_cells(comm, slide, wanted, &b->halo, &b->n_above, err));
done:
    free(wanted);
    return code;
}

/* NaN where nothing was borrowed: no comparison holds. */
static void find_edges(size_t n_types, border *b)
{
    for (size_t t = 0; t < n_types; t++)
        b->above[t] = b->below[t] = NAN;
    for (size_t i = 0; i < b->halo.n; i++) {
        const double y = b->halo.y[i];
        double *above = b->above + b->halo.type[i], *below = b->below + b->halo.type[i];
        if (i < b->n_above)
            *above = y <= *above ? *above : y;
        else
            *below = y >= *below ? *below : y;
    }
}

/* Most cells are nearer to cells of their own strip than to its border. */
static void find_border_cells(const cyt_slide *slide, const double *distance, border *b)
{
    const cyt_cells *c = &slide->cells;
    find_edges(slide->types.n, b);
    for (size_t i = 0; i < c->n; i++) {
        int near = 0;
        for (size_t t = 0; t < slide->types.n; t++) {
            const double d = cyt_reach_over(distance[t * c->n + i]);
            near |= (c->y[i] - d <= b->above[t]) | (c->y[i] + d >= b->below[t]);
        }
        b->cell[b->n] = i;
        b->n += near != 0;
    }
}

/* Lower the distances of the border's cells by those to the cells of the halo. */
static cyt_code search_halo(const cyt_slide *slide, border *b, double *distance,
                            cyt_error *err)
{
    const cyt_cells *own = &slide->cells;
    const size_t n_types = slide->types.n;
    cyt_cells c = {0};
    find_border_cells(slide, distance, b);
    double *d = cyt_alloc(n_types * b->n, sizeof *d, "cells near a border", err);
    if (err->code == CYT_OK && cyt_cells_init(&c, b->n, 0, err) == CYT_OK) {
        for (size_t k = 0; k < b->n; k++) {
            c.x[k] = own->x[b->cell[k]];
            c.y[k] = own->y[b->cell[k]];
            c.type[k] = own->type[b->cell[k]];
        }
        for (size_t k = 0; k < n_types * b->n; k++)
            d[k] = distance[k / b->n * own->n + b->cell[k % b->n]];
        const cyt_nearest_cells to = view(&b->halo), from = view(&c);
        if (search(&to, &from, n_types, 1, d, err) == CYT_OK)
            for (size_t k = 0; k < n_types * b->n; k++)
                distance[k / b->n * own->n + b->cell[k % b->n]] = d[k];
    }
    free(d);
    cyt_cells_free(&c);
    return err->code;
}

cyt_code cyt_nearest_of_types(MPI_Comm comm, const cyt_slide *slide, double *distance,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    border b = {0};
    const cyt_nearest_cells own = view(&slide->cells);
    const size_t n_types = slide->types.n;
    const int bounded = slide->n_strips > 1;
    if (bounded)
        CYT_TRY(cyt_reach_of_types(comm, slide, distance, err));
    CYT_TRY(cyt_agree(comm, search(&own, NULL, n_types, bounded, distance, err), err));
    if (bounded) {
        CYT_TRY(borrow(comm, slide, distance, &b, err));
        CYT_TRY(cyt_agree(comm, search_halo(slide, &b, distance, err), err));
    }
    for (size_t i = 0; i < n_types * own.n; i++)
        distance[i] = isinf(distance[i]) ? NAN : distance[i];
done:
    free_border(&b);
    return code;
}
