// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/cosine.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strip.h"
#include "cytotaxis/transpose.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns gathered at a time: one cache line of a row, so that what is fetched from far
 * away is used whole. Panels of 16 and 32 were measured 2 to 15 % slower. */
enum { PANEL = 8 };

cyt_gain cyt_gain_steady(double diffusion_um2_per_s, double decay_per_s)
{
    return (cyt_gain){CYT_GAIN_FIELD, diffusion_um2_per_s, decay_per_s};
}

cyt_gain cyt_gain_relative(double lambda_um)
{
    return (cyt_gain){CYT_GAIN_FIELD, lambda_um * lambda_um, 1.0};
}

cyt_gain cyt_gain_smooth(double sigma_um)
{
    return (cyt_gain){CYT_GAIN_HEAT, sigma_um * sigma_um / 2, 0.0};
}

static void fill_eigenvalues(double *mu, size_t n, double h)
{
    const double step = acos(-1.0) / (2.0 * (double)n);
    for (size_t m = 0; m < n; m++) {
        const double s = sin(step * (double)m);
        mu[m] = 4.0 / (h * h) * s * s;
    }
}

/* Scratch of the column pass: panel, waves, gain of one column, factor of each row. */
static size_t panel_room(size_t n_rows)
{
    return (PANEL + 2) * cyt_dct_room(n_rows) + cyt_dct_scratch(n_rows);
}

static cyt_code make_plan(cyt_cosine *p, const uint64_t *row_starts, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (CYT_FAULT("cosine.plan"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    const size_t for_rows = cyt_dct_scratch(p->n_cols),
                 for_cols = panel_room(p->n_rows);
    p->row_starts = cyt_alloc(p->size + 1, sizeof *p->row_starts, "a field plan", err);
    p->col_starts = cyt_alloc(p->size + 1, sizeof *p->col_starts, "a field plan", err);
    p->mu_x = cyt_alloc(p->n_cols, sizeof *p->mu_x, "a field plan", err);
    p->mu_y = cyt_alloc(p->n_rows, sizeof *p->mu_y, "a field plan", err);
    p->scratch = cyt_alloc(for_rows > for_cols ? for_rows : for_cols,
                           sizeof *p->scratch, "a field plan", err);
    CYT_TRY(err->code);
    CYT_TRY(cyt_dct_init(&p->along_row, p->n_cols, err));
    CYT_TRY(cyt_dct_init(&p->along_col, p->n_rows, err));
    memcpy(p->row_starts, row_starts, (p->size + 1) * sizeof *row_starts);
    cyt_blocks_cut(p->n_cols, 1, p->size, p->col_starts);
    fill_eigenvalues(p->mu_x, p->n_cols, p->spacing_um);
    fill_eigenvalues(p->mu_y, p->n_rows, p->spacing_um);
done:
    return code;
}

cyt_code cyt_cosine_init(MPI_Comm comm, const cyt_grid *grid,
                         const uint64_t *row_starts, cyt_cosine *plan, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *plan = (cyt_cosine){.n_rows = grid->n_rows,
                         .n_cols = grid->n_cols,
                         .spacing_um = grid->spacing_um,
                         .size = (size_t)cyt_comm_size(comm),
                         .rank = (size_t)cyt_comm_rank(comm)};
    CYT_TRY(cyt_agree(comm, make_plan(plan, row_starts, err), err));
done:
    if (code != CYT_OK)
        cyt_cosine_free(plan);
    return code;
}

void cyt_cosine_free(cyt_cosine *plan)
{
    cyt_dct_free(&plan->along_row);
    cyt_dct_free(&plan->along_col);
    free(plan->row_starts);
    free(plan->col_starts);
    free(plan->mu_x);
    free(plan->mu_y);
    free(plan->scratch);
    *plan = (cyt_cosine){0};
}

/* --- the column pass -------------------------------------------------------------- */

/* A panel of `width` columns as `width` shuffled rows, `room` apart. */
static void gather(size_t n_rows, size_t stride, size_t width, const double *columns,
                   size_t room, double *panel)
{
    for (size_t r = 0; r < n_rows; r++) {
        const double *from = columns + r * stride;
        double *to = panel + cyt_dct_place(n_rows, r);
        for (size_t i = 0; i < width; i++)
            to[i * room] = from[i];
    }
}

static void put_back(size_t n_rows, size_t stride, size_t width, double *columns,
                     size_t room, const double *panel)
{
    for (size_t r = 0; r < n_rows; r++) {
        double *to = columns + r * stride;
        const double *from = panel + cyt_dct_place(n_rows, r);
        for (size_t i = 0; i < width; i++)
            to[i] = from[i * room];
    }
}

/* The part of the gain that depends on the row alone. */
static void row_factors(const cyt_cosine *p, const cyt_gain *g, double *factor)
{
    for (size_t m = 0; m < p->n_rows; m++)
        factor[m] = g->kind == CYT_GAIN_HEAT ? exp(-g->diffusion * p->mu_y[m])
                                             : g->decay + g->diffusion * p->mu_y[m];
}

/* Gain of each mode of column `col`, with the factor that undoes the transforms. */
static void column_gain(const cyt_cosine *p, const cyt_gain *g, size_t col,
                        const double *restrict factor, double *restrict out)
{
    const double scale = 1.0 / ((double)p->n_rows * (double)p->n_cols);
    if (g->kind == CYT_GAIN_HEAT) {
        const double f = scale * exp(-g->diffusion * p->mu_x[col]);
        for (size_t m = 0; m < p->n_rows; m++)
            out[m] = f * factor[m];
    } else {
        const double f = g->diffusion * p->mu_x[col];
        for (size_t m = 0; m < p->n_rows; m++)
            out[m] = scale / (f + factor[m]);
    }
}

static void filter_columns(const cyt_cosine *p, const cyt_gain *g, size_t first,
                           size_t n_cols, double *columns)
{
    const size_t n = p->n_rows, room = cyt_dct_room(n);
    double *panel = p->scratch, *gain = panel + PANEL * room, *factor = gain + room;
    double *waves = factor + room;
    row_factors(p, g, factor);
    for (size_t c = 0; c < n_cols; c += PANEL) {
        const size_t width = n_cols - c < PANEL ? n_cols - c : PANEL;
        gather(n, n_cols, width, columns + c, room, panel);
        for (size_t i = 0; i < width; i++) {
            column_gain(p, g, first + c + i, factor, gain);
            cyt_dct_filter(&p->along_col, gain, panel + i * room, waves);
        }
        put_back(n, n_cols, width, columns + c, room, panel);
    }
}

/* --- the whole -------------------------------------------------------------------- */

static cyt_code check_gain(const cyt_gain *g, cyt_error *err)
{
    const int decays = g->kind == CYT_GAIN_HEAT || (isfinite(g->decay) && g->decay > 0);
    if (decays && isfinite(g->diffusion) && g->diffusion >= 0)
        return CYT_OK;
    return CYT_FAIL(
        err, CYT_ERR_USAGE, NULL,
        "diffusion %g and decay %g make no filter; the first must be finite "
        "and not negative, the second positive",
        g->diffusion, g->decay);
}

/* The second raster; a group of one works in the field itself. */
static cyt_code prepare(const cyt_cosine *p, const cyt_gain *gain, double **columns,
                        cyt_error *err)
{
    if (CYT_FAULT("cosine.solve"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    const size_t mine = (size_t)(p->col_starts[p->rank + 1] - p->col_starts[p->rank]);
    if (p->size > 1)
        *columns =
            cyt_alloc(p->n_rows * mine, sizeof **columns, "columns of a field", err);
    return err->code == CYT_OK ? check_gain(gain, err) : err->code;
}

cyt_code cyt_cosine_solve(MPI_Comm comm, const cyt_cosine *p, const cyt_gain *gain,
                          double *field, cyt_error *err)
{
    cyt_code code = CYT_OK;
    double *columns = NULL;
    const uint64_t *rows = p->row_starts + p->rank, *cols = p->col_starts + p->rank;
    const size_t n_rows = (size_t)(rows[1] - rows[0]), n = p->n_cols;
    const cyt_cut cut = {p->row_starts, p->col_starts};
    CYT_TRY(cyt_agree(comm, prepare(p, gain, &columns, err), err));

    for (size_t r = 0; r < n_rows; r++)
        cyt_dct_forward(&p->along_row, field + r * n, field + r * n, p->scratch);
    if (columns) {
        CYT_TRY(cyt_transpose_to_columns(comm, &cut, field, columns, err));
        filter_columns(p, gain, (size_t)cols[0], (size_t)(cols[1] - cols[0]), columns);
        CYT_TRY(cyt_transpose_to_rows(comm, &cut, columns, field, err));
    } else {
        filter_columns(p, gain, 0, n, field);
    }
    for (size_t r = 0; r < n_rows; r++)
        cyt_dct_backward(&p->along_row, field + r * n, field + r * n, p->scratch);
done:
    free(columns);
    return code;
}

double cyt_cosine_error(const cyt_cosine *plan, double largest)
{
    return DBL_EPSILON * log2((double)plan->n_rows * (double)plan->n_cols + 1) *
           largest;
}
