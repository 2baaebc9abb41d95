// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/signal.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/halo.h"
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
    const cyt_signal_params *params;
    size_t n_cols;
    cyt_row_range rows; /* of this strip */
    cyt_pixels pixels;  /* the slide's grid, as kernels know it */
} view;

static size_t n_pixels(const view *v)
{
    return v->rows.n * v->n_cols;
}

static cyt_points points_of(const view *v, const cyt_cells *cells, size_t first,
                            size_t n)
{
    return (cyt_points){n, cells->x + first, cells->y + first, v->slide->um_per_unit};
}

/* --- sources ---------------------------------------------------------------------- */

static int is_sender(const view *v, const cyt_cells *cells, size_t i)
{
    return cells->type[i] != CYT_NO_TYPE && v->params->is_sender[cells->type[i]];
}

static double source_of(const view *v, const cyt_cells *cells, size_t i)
{
    const cyt_signal_params *p = v->params;
    if (!is_sender(v, cells, i))
        return 0;
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
    if (is_amount(source_of(v, cells, i)))
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_DATA, v->slide->name,
                    "signal %s: cell %" PRIu64 " (in input order) secretes at rate %g; "
                    "rates must be finite and not negative",
                    v->params->name, cells->index[i] + 1, source_of(v, cells, i));
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
    if (!(isfinite(v->params->lambda_um) && v->params->lambda_um > 0))
        return CYT_FAIL(err, CYT_ERR_USAGE, v->slide->name,
                        "signal %s: lambda is %g um; it must be finite and positive",
                        v->params->name, v->params->lambda_um);
    const size_t with_halo = (v->rows.n + 2) * v->n_cols, n = v->slide->cells.n;
    out->raster = cyt_alloc(3 * with_halo, sizeof *out->raster, "a signal field", err);
    out->cell = cyt_alloc(3 * n, sizeof *out->cell, "a signal at cells", err);
    if (err->code != CYT_OK)
        return err->code;
    out->c = out->raster + v->n_cols;
    out->grad_x = out->c + with_halo;
    out->grad_y = out->grad_x + with_halo;
    out->cell_c = out->cell;
    out->cell_grad_x = out->cell + n;
    out->cell_grad_y = out->cell + 2 * n;
    return CYT_OK;
}

void cyt_signal_free(cyt_signal *signal)
{
    free(signal->raster);
    free(signal->cell);
    *signal = (cyt_signal){0};
}

static void fill_with_nan(const view *v, cyt_signal *out)
{
    out->missing = 1;
    out->total = out->balance = out->smallest = out->largest = NAN;
    out->c_error = out->grad_error = NAN;
    for (size_t i = 0; i < 3 * (v->rows.n + 2) * v->n_cols; i++)
        out->raster[i] = NAN;
    for (size_t i = 0; i < 3 * v->slide->cells.n; i++)
        out->cell[i] = NAN;
}

/* --- deposit ---------------------------------------------------------------------- */

/* Senders up to two rows away: a deposit reaches one row, and which row a y belongs to
 * may round differently here and in the strip that holds it. Too many do no harm. */
static void want_senders(const view *v, double *wanted)
{
    const cyt_grid *g = &v->slide->grid;
    const double reach = 2, scale = v->slide->um_per_unit;
    const double top = (double)v->rows.first - reach;
    const double end = (double)(v->rows.first + v->rows.n) + reach;
    for (size_t t = 0; t < v->slide->types.n; t++) {
        const int none = v->rows.n == 0 || !v->params->is_sender[t];
        wanted[2 * t] = none ? 1 : (g->origin_y_um + top * g->spacing_um) / scale;
        wanted[2 * t + 1] = none ? 0 : (g->origin_y_um + end * g->spacing_um) / scale;
    }
}

static void deposit_some(const view *v, const cyt_cells *cells, size_t first, size_t n,
                         double *amount, double *field)
{
    const cyt_points points = points_of(v, cells, first, n);
    for (size_t i = 0; i < n; i++)
        amount[i] = source_of(v, cells, first + i);
    cyt_deposit(&v->pixels, v->rows, &points, amount, field);
}

/* Cells above, own cells, cells below: global order, so each pixel adds its
 * contributions in the same order on any number of ranks. */
static cyt_code deposit(MPI_Comm comm, const view *v, double *field, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_cells halo = {0};
    const cyt_cells *own = &v->slide->cells;
    size_t n_above = 0;
    double *amount = NULL;
    double *wanted =
        cyt_alloc(2 * v->slide->types.n, sizeof *wanted, "sender ranges", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    want_senders(v, wanted);
    CYT_TRY(cyt_halo_cells(comm, v->slide, wanted, &halo, &n_above, err));
    amount =
        cyt_alloc(own->n > halo.n ? own->n : halo.n, sizeof *amount, "sources", err);
    CYT_TRY(cyt_agree(comm, err->code, err));

    memset(field, 0, n_pixels(v) * sizeof *field);
    deposit_some(v, &halo, 0, n_above, amount, field);
    deposit_some(v, own, 0, own->n, amount, field);
    deposit_some(v, &halo, n_above, halo.n - n_above, amount, field);
done:
    cyt_cells_free(&halo);
    free(wanted);
    free(amount);
    return code;
}

/* --- checks ----------------------------------------------------------------------- */

static void add_sources(const view *v, double *row_sums)
{
    const cyt_slide *s = v->slide;
    memset(row_sums, 0, v->rows.n * sizeof *row_sums);
    for (size_t i = 0; i < s->cells.n; i++) {
        const size_t row = cyt_grid_row(&s->grid, s->cells.y[i] * s->um_per_unit);
        row_sums[row - v->rows.first] += source_of(v, &s->cells, i);
    }
}

static void add_rows(const view *v, const double *field, double *row_sums)
{
    for (size_t r = 0; r < v->rows.n; r++) {
        row_sums[r] = 0;
        for (size_t c = 0; c < v->n_cols; c++)
            row_sums[r] += field[r * v->n_cols + c];
    }
}

static cyt_code check_balance(MPI_Comm comm, const view *v, cyt_signal *out,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    double sum_c = 0;
    const double h = v->slide->grid.spacing_um;
    double *row_sums = cyt_alloc(v->rows.n, sizeof *row_sums, "row sums", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    add_sources(v, row_sums);
    CYT_TRY(cyt_ordered_sum(comm, v->slide->strips, row_sums, &out->total, err));
    add_rows(v, out->c, row_sums);
    CYT_TRY(cyt_ordered_sum(comm, v->slide->strips, row_sums, &sum_c, err));
    out->balance = out->total > 0 ? fabs(sum_c * h * h - out->total) / out->total : 0;
done:
    free(row_sums);
    return code;
}

/* --- field, gradient, cells ------------------------------------------------------- */

/* At the edge of the box the halo mirrors the edge row: no flux. */
static cyt_code fill_halo(MPI_Comm comm, const view *v, double *field, cyt_error *err)
{
    const size_t row_bytes = v->n_cols * sizeof *field, n = v->rows.n;
    double *end = field + n * v->n_cols;
    if (n > 0 && v->rows.first == 0)
        memcpy(field - v->n_cols, field, row_bytes);
    if (n > 0 && v->rows.first + n == v->slide->grid.n_rows)
        memcpy(end, end - v->n_cols, row_bytes);
    return cyt_halo_rows(comm, v->slide->strips, row_bytes, 1, field - v->n_cols, err);
}

static void differentiate(const view *v, cyt_signal *out)
{
    const size_t n = v->n_cols;
    for (size_t r = 0; r < v->rows.n; r++) {
        const double *here = out->c + r * n;
        cyt_gradient_row(n, v->slide->grid.spacing_um, here - n, here, here + n,
                         out->grad_x + r * n, out->grad_y + r * n);
    }
}

static cyt_code solve(MPI_Comm comm, const view *v, const cyt_cosine *plan,
                      cyt_signal *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_range range;
    const cyt_gain gain = cyt_gain_relative(v->params->lambda_um);
    CYT_TRY(deposit(comm, v, out->c, err));
    CYT_TRY(cyt_cosine_solve(comm, plan, &gain, out->c, err));
    CYT_TRY(cyt_cosine_clip(comm, n_pixels(v), out->c, &range, err));
    CYT_TRY(check_balance(comm, v, out, err));
    out->smallest = range.smallest;
    out->largest = range.largest;
    out->c_error = cyt_cosine_error(plan, range.largest);
    out->grad_error = out->c_error / v->slide->grid.spacing_um;
done:
    return code;
}

static cyt_code sample(MPI_Comm comm, const view *v, cyt_signal *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_points at = points_of(v, &v->slide->cells, 0, v->slide->cells.n);
    CYT_TRY(fill_halo(comm, v, out->c, err));
    differentiate(v, out);
    CYT_TRY(fill_halo(comm, v, out->grad_x, err));
    CYT_TRY(fill_halo(comm, v, out->grad_y, err));
    cyt_sample(&v->pixels, v->rows, &at, out->c, out->cell_c);
    cyt_sample(&v->pixels, v->rows, &at, out->grad_x, out->cell_grad_x);
    cyt_sample(&v->pixels, v->rows, &at, out->grad_y, out->cell_grad_y);
done:
    return code;
}

cyt_code cyt_signal_solve(MPI_Comm comm, const cyt_slide *slide, const cyt_cosine *plan,
                          const cyt_signal_params *params, cyt_signal *out,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    const view v = {slide,
                    params,
                    slide->grid.n_cols,
                    {cyt_slide_first_row(slide), cyt_slide_n_rows(slide)},
                    {slide->grid.spacing_um, slide->grid.origin_x_um,
                     slide->grid.origin_y_um, slide->grid.n_cols, slide->grid.n_rows}};
    *out = (cyt_signal){0};
    CYT_TRY(cyt_agree(comm, make_room(&v, out, err), err));
    if (lacks_a_ligand(&v)) {
        fill_with_nan(&v, out);
        return CYT_OK;
    }
    CYT_TRY(cyt_agree(comm, check_senders(&v, err), err));
    CYT_TRY(solve(comm, &v, plan, out, err));
    CYT_TRY(sample(comm, &v, out, err));
done:
    if (code != CYT_OK)
        cyt_signal_free(out);
    return code;
}
