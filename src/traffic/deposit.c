// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/deposit.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/halo.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/stencil.h"

#include <stdlib.h>
#include <string.h>

/* What every step below looks at. */
typedef struct view {
    const cyt_slide *slide;
    const cyt_giving *giving;
    const unsigned char *inside;
    cyt_row_range rows; /* of this strip */
} view;

/* Givers up to two rows away: a deposit reaches one row, and which row a y belongs to
 * may round differently here and in the strip that holds it. Too many do no harm. */
static void want_givers(const view *v, double *wanted)
{
    const cyt_grid *g = &v->slide->grid;
    const double reach = 2, scale = v->slide->um_per_unit;
    const double top = (double)v->rows.first - reach;
    const double end = (double)(v->rows.first + v->rows.n) + reach;
    for (size_t t = 0; t < v->slide->types.n; t++) {
        const int none = v->rows.n == 0 || !v->giving->gives[t];
        wanted[2 * t] = none ? 1 : (g->origin_y_um + top * g->spacing_um) / scale;
        wanted[2 * t + 1] = none ? 0 : (g->origin_y_um + end * g->spacing_um) / scale;
    }
}

static double amount_of(const cyt_giving *giving, const cyt_cells *cells, size_t i)
{
    const uint16_t type = cells->type[i];
    if (type == CYT_NO_TYPE || !giving->gives[type])
        return 0;
    return giving->amount(giving->context, cells, i);
}

static void deposit_some(const view *v, const cyt_cells *cells, size_t first, size_t n,
                         double *amount, double *field)
{
    const cyt_grid *g = &v->slide->grid;
    const cyt_pixels pixels = {g->spacing_um, g->origin_x_um, g->origin_y_um, g->n_cols,
                               g->n_rows};
    const cyt_points points = {n, cells->x + first, cells->y + first,
                               v->slide->um_per_unit};
    for (size_t i = 0; i < n; i++)
        amount[i] = amount_of(v->giving, cells, first + i);
    cyt_deposit(&pixels, v->rows, &points, amount, v->inside, field);
}

cyt_code cyt_deposit_cells(MPI_Comm comm, const cyt_slide *slide,
                           const cyt_giving *giving, const unsigned char *inside,
                           double *field, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_cells halo = {0};
    const view v = {
        slide, giving, inside, {cyt_slide_first_row(slide), cyt_slide_n_rows(slide)}};
    const cyt_cells *own = &slide->cells;
    size_t n_above = 0;
    double *amount = NULL;
    double *wanted = cyt_alloc(2 * slide->types.n, sizeof *wanted, "giver ranges", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    want_givers(&v, wanted);
    CYT_TRY(cyt_halo_cells(comm, slide, wanted, &halo, &n_above, err));
    amount =
        cyt_alloc(own->n > halo.n ? own->n : halo.n, sizeof *amount, "amounts", err);
    CYT_TRY(cyt_agree(comm, err->code, err));

    memset(field, 0, v.rows.n * slide->grid.n_cols * sizeof *field);
    deposit_some(&v, &halo, 0, n_above, amount, field);
    deposit_some(&v, own, 0, own->n, amount, field);
    deposit_some(&v, &halo, n_above, halo.n - n_above, amount, field);
done:
    cyt_cells_free(&halo);
    free(wanted);
    free(amount);
    return code;
}
