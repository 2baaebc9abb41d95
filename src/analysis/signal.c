// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/signal.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/deposit.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/ordered.h"
#include "cytotaxis/stencil.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What every step below looks at. */
typedef struct view {
    const cyt_slide *slide;
    const cyt_medium *medium;
    const cyt_signal_params *params;
    size_t n_cols;
    cyt_row_range rows; /* of this strip */
} view;

static cyt_points points_of(const view *v)
{
    const cyt_cells *c = &v->slide->cells;
    return (cyt_points){c->n, c->x, c->y, v->slide->um_per_unit};
}

/* --- sources ---------------------------------------------------------------------- */

static int is_sender(const view *v, const cyt_cells *cells, size_t i)
{
    return cells->type[i] != CYT_NO_TYPE && v->params->is_sender[cells->type[i]];
}

static double secreted(const void *context, const cyt_cells *cells, size_t i)
{
    const cyt_signal_params *p = context;
    if (p->n_ligands == 0)
        return p->type_rate[cells->type[i]];
    double sum = 0;
    for (size_t l = 0; l < p->n_ligands; l++) {
        const double value = cells->values[p->ligand[l] * cells->n + i];
        sum += p->values_are_log1p ? expm1(value) : value;
    }
    return sum;
}

static int is_amount(double value)
{
    return isfinite(value) && value >= 0;
}

static cyt_code refuse_value(const view *v, size_t i, size_t l, double value,
                             cyt_error *err)
{
    const cyt_signal_params *p = v->params;
    const uint64_t number = v->slide->cells.index[i] + 1;
    return CYT_FAIL(err, CYT_ERR_DATA, v->slide->name,
                    "signal %s: cell %" PRIu64
                    " (in input order) has %s = %g; a sender's "
                    "value must be finite and not negative: correct it, or declare the "
                    "transform of the values",
                    p->name, number, p->ligand_name[l], value);
}

static cyt_code check_cell(const view *v, size_t i, cyt_error *err)
{
    const cyt_cells *cells = &v->slide->cells;
    for (size_t l = 0; l < v->params->n_ligands; l++) {
        const double value = cells->values[v->params->ligand[l] * cells->n + i];
        if (!is_amount(value))
            return refuse_value(v, i, l, value, err);
    }
    if (is_amount(secreted(v->params, cells, i)))
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_DATA, v->slide->name,
                    "signal %s: cell %" PRIu64 " (in input order) secretes at rate %g; "
                    "rates must be finite and not negative",
                    v->params->name, cells->index[i] + 1,
                    secreted(v->params, cells, i));
}

static cyt_code check_senders(const view *v, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; code == CYT_OK && i < v->slide->cells.n; i++)
        if (is_sender(v, &v->slide->cells, i))
            code = check_cell(v, i, err);
    return code;
}

static int lacks_a_ligand(const view *v)
{
    for (size_t l = 0; l < v->params->n_ligands; l++)
        if (!v->slide->value_found[v->params->ligand[l]])
            return 1;
    return 0;
}

/* --- memory ----------------------------------------------------------------------- */

static cyt_code make_room(const view *v, cyt_signal *out, cyt_error *err)
{
    if (CYT_FAULT("signal.solve"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    const size_t n = v->slide->cells.n;
    out->raster = cyt_alloc((v->rows.n + 2) * v->n_cols, sizeof *out->raster,
                            "a signal field", err);
    out->cell = cyt_alloc(3 * n, sizeof *out->cell, "a signal at cells", err);
    if (err->code != CYT_OK)
        return err->code;
    out->c = out->raster + v->n_cols;
    out->cell_c = out->cell;
    out->cell_grad_x = out->cell + n;
    out->cell_grad_y = out->cell + 2 * n;
    return CYT_OK;
}

static cyt_code make_slopes(const view *v, cyt_signal *out, cyt_error *err)
{
    const size_t with_halo = (v->rows.n + 2) * v->n_cols;
    out->slopes =
        cyt_alloc(2 * with_halo, sizeof *out->slopes, "a signal's gradient", err);
    if (!out->slopes)
        return err->code;
    out->grad_x = out->slopes + v->n_cols;
    out->grad_y = out->grad_x + with_halo;
    return CYT_OK;
}

void cyt_signal_free(cyt_signal *signal)
{
    free(signal->raster);
    free(signal->slopes);
    free(signal->cell);
    *signal = (cyt_signal){0};
}

static void fill_with_nan(const view *v, cyt_signal *out)
{
    out->missing = 1;
    out->total = out->balance = NAN;
    out->solution = (cyt_solution){NAN, NAN, NAN, NAN, NAN, NAN, 0};
    const size_t with_halo = (v->rows.n + 2) * v->n_cols;
    for (size_t i = 0; i < with_halo; i++)
        out->raster[i] = out->slopes[i] = out->slopes[with_halo + i] = NAN;
    for (size_t i = 0; i < 3 * v->slide->cells.n; i++)
        out->cell[i] = NAN;
}

/* --- source and balance ----------------------------------------------------------- */

/* Rate of the whole slide: senders outside the tissue secrete into nothing. */
static cyt_code add_sources(MPI_Comm comm, const view *v, cyt_signal *out,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide *s = v->slide;
    const cyt_points at = points_of(v);
    uint64_t lost = 0;
    double *sums = cyt_calloc(v->rows.n, sizeof *sums, "row sums", err);
    char *touches = cyt_alloc(at.n, 1, "cells in tissue", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    cyt_touches(&v->medium->domain.pixels, v->rows, &at, v->medium->domain.inside,
                touches);
    for (size_t i = 0; i < at.n; i++) {
        if (!is_sender(v, &s->cells, i))
            continue;
        const size_t row = cyt_grid_row(&s->grid, at.y[i] * at.um_per_unit);
        if (touches[i])
            sums[row - v->rows.first] += secreted(v->params, &s->cells, i);
        lost += !touches[i];
    }
    CYT_TRY(cyt_ordered_sum(comm, s->strips, sums, &out->total, err));
    out->n_lost = cyt_sum_u64(comm, lost);
done:
    free(sums);
    free(touches);
    return code;
}

static cyt_code solve(MPI_Comm comm, const view *v, cyt_signal *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_giving giving = {v->params->is_sender, secreted, v->params};
    CYT_TRY(add_sources(comm, v, out, err));
    CYT_TRY(cyt_deposit_cells(comm, v->slide, &giving, v->medium->domain.inside, out->c,
                              err));
    CYT_TRY(cyt_medium_solve(comm, v->medium, &v->params->goal, out->c, &out->solution,
                             err));
    out->balance =
        out->total > 0 ? fabs(out->solution.decayed - out->total) / out->total : 0;
done:
    return code;
}

/* --- gradient, cells -------------------------------------------------------------- */

static cyt_code sample(MPI_Comm comm, const view *v, cyt_signal *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_domain *d = &v->medium->domain;
    const cyt_points at = points_of(v);
    CYT_TRY(cyt_domain_gradient(comm, d, out->c, out->grad_x, out->grad_y, err));
    CYT_TRY(cyt_domain_halo(comm, d, out->grad_x, err));
    CYT_TRY(cyt_domain_halo(comm, d, out->grad_y, err));
    cyt_sample_at(&d->pixels, v->rows, &at, out->c, d->inside, out->cell_c);
    cyt_sample_at(&d->pixels, v->rows, &at, out->grad_x, d->inside, out->cell_grad_x);
    cyt_sample_at(&d->pixels, v->rows, &at, out->grad_y, d->inside, out->cell_grad_y);
    for (size_t i = 0; d->inside && i < v->rows.n * v->n_cols; i++)
        if (!d->inside[i])
            out->c[i] = NAN;
done:
    return code;
}

cyt_code cyt_signal_solve(MPI_Comm comm, const cyt_slide *slide,
                          const cyt_medium *medium, const cyt_signal_params *params,
                          cyt_signal *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const view v = {slide,
                    medium,
                    params,
                    slide->grid.n_cols,
                    {cyt_slide_first_row(slide), cyt_slide_n_rows(slide)}};
    *out = (cyt_signal){0};
    CYT_TRY(cyt_agree(comm, make_room(&v, out, err), err));
    if (!lacks_a_ligand(&v)) {
        CYT_TRY(cyt_agree(comm, check_senders(&v, err), err));
        CYT_TRY(solve(comm, &v, out, err));
    }
    CYT_TRY(cyt_agree(comm, make_slopes(&v, out, err), err));
    if (lacks_a_ligand(&v)) {
        fill_with_nan(&v, out);
        return CYT_OK;
    }
    CYT_TRY(sample(comm, &v, out, err));
done:
    if (code != CYT_OK)
        cyt_signal_free(out);
    return code;
}
