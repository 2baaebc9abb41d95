// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/stencil.h"

#include <math.h>

static size_t clamped(double i, size_t n)
{
    if (!(i > 0))
        return 0;
    return i >= (double)n ? n - 1 : (size_t)i;
}

/* at: position in pixels from the outer corner, as in cyt_grid_row(). */
static void along_axis(double at, size_t n, size_t *index, double *weight)
{
    const double from_centre = at - 0.5;
    const double below = floor(from_centre), f = from_centre - below;
    index[0] = clamped(below, n);
    index[1] = clamped(below + 1, n);
    weight[0] = 1 - f;
    weight[1] = f;
}

cyt_bilinear cyt_bilinear_at(const cyt_pixels *g, double x_um, double y_um)
{
    cyt_bilinear b;
    along_axis((y_um - g->origin_y_um) / g->spacing_um, g->n_rows, b.row, b.weight_row);
    along_axis((x_um - g->origin_x_um) / g->spacing_um, g->n_cols, b.col, b.weight_col);
    return b;
}

static cyt_bilinear at_point(const cyt_pixels *grid, const cyt_points *p, size_t i)
{
    return cyt_bilinear_at(grid, p->x[i] * p->um_per_unit, p->y[i] * p->um_per_unit);
}

void cyt_deposit(const cyt_pixels *grid, cyt_row_range rows, const cyt_points *points,
                 const double *amount, double *field)
{
    const double per_area = 1.0 / (grid->spacing_um * grid->spacing_um);
    for (size_t i = 0; i < points->n; i++) {
        const cyt_bilinear b = at_point(grid, points, i);
        for (int r = 0; r < 2; r++) {
            if (b.row[r] < rows.first || b.row[r] >= rows.first + rows.n)
                continue;
            double *to = field + (b.row[r] - rows.first) * grid->n_cols;
            const double part = amount[i] * per_area * b.weight_row[r];
            to[b.col[0]] += part * b.weight_col[0];
            to[b.col[1]] += part * b.weight_col[1];
        }
    }
}

void cyt_sample(const cyt_pixels *grid, cyt_row_range rows, const cyt_points *points,
                const double *field, double *out)
{
    const ptrdiff_t stride = (ptrdiff_t)grid->n_cols;
    for (size_t i = 0; i < points->n; i++) {
        const cyt_bilinear b = at_point(grid, points, i);
        double sum = 0;
        for (int r = 0; r < 2; r++) {
            const ptrdiff_t row = (ptrdiff_t)b.row[r] - (ptrdiff_t)rows.first;
            const double *from = field + row * stride;
            sum += b.weight_row[r] * (b.weight_col[0] * from[b.col[0]] +
                                      b.weight_col[1] * from[b.col[1]]);
        }
        out[i] = sum;
    }
}

void cyt_gradient_row(size_t n_cols, double spacing_um, const double *above,
                      const double *here, const double *below, double *grad_x,
                      double *grad_y)
{
    const double f = 1.0 / (2.0 * spacing_um);
    for (size_t c = 0; c < n_cols; c++)
        grad_y[c] = (below[c] - above[c]) * f;
    for (size_t c = 1; c + 1 < n_cols; c++)
        grad_x[c] = (here[c + 1] - here[c - 1]) * f;
    if (n_cols == 1) {
        grad_x[0] = 0;
        return;
    }
    grad_x[0] = (here[1] - here[0]) * f;
    grad_x[n_cols - 1] = (here[n_cols - 1] - here[n_cols - 2]) * f;
}
