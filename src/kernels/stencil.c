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

/* Weights of the four pixels, those outside the tissue dropped and the rest scaled to
 * add to 1. Returns 0 when none is tissue. A row out of reach counts as none. */
static int weigh_inside(const cyt_bilinear *b, size_t n_cols, cyt_row_range rows,
                        const unsigned char *inside, double weight[2][2])
{
    double sum = 0;
    for (int r = 0; r < 2; r++) {
        const ptrdiff_t row = (ptrdiff_t)b->row[r] - (ptrdiff_t)rows.first;
        const int is_near = row >= -1 && row <= (ptrdiff_t)rows.n;
        const unsigned char *tissue = inside + row * (ptrdiff_t)n_cols;
        for (int c = 0; c < 2; c++) {
            const int is_in = is_near && tissue[b->col[c]];
            weight[r][c] = is_in ? b->weight_row[r] * b->weight_col[c] : 0;
            sum += weight[r][c];
        }
    }
    if (!(sum > 0))
        return 0;
    for (int k = 0; k < 4; k++)
        weight[k / 2][k % 2] /= sum;
    return 1;
}

void cyt_touches(const cyt_pixels *grid, cyt_row_range rows, const cyt_points *points,
                 const unsigned char *inside, char *touches)
{
    double weight[2][2];
    for (size_t i = 0; i < points->n; i++) {
        const cyt_bilinear b = at_point(grid, points, i);
        touches[i] = !inside || weigh_inside(&b, grid->n_cols, rows, inside, weight);
    }
}

static int is_own(cyt_row_range rows, size_t row)
{
    return row >= rows.first && row < rows.first + rows.n;
}

static void deposit_everywhere(const cyt_pixels *grid, cyt_row_range rows,
                               const cyt_bilinear *b, double density, double *field)
{
    for (int r = 0; r < 2; r++) {
        if (!is_own(rows, b->row[r]))
            continue;
        double *to = field + (b->row[r] - rows.first) * grid->n_cols;
        const double part = density * b->weight_row[r];
        to[b->col[0]] += part * b->weight_col[0];
        to[b->col[1]] += part * b->weight_col[1];
    }
}

static void deposit_inside(const cyt_pixels *grid, cyt_row_range rows,
                           const cyt_bilinear *b, double density,
                           const unsigned char *inside, double *field)
{
    double weight[2][2];
    if (!(is_own(rows, b->row[0]) || is_own(rows, b->row[1])) ||
        !weigh_inside(b, grid->n_cols, rows, inside, weight))
        return;
    for (int r = 0; r < 2; r++) {
        if (!is_own(rows, b->row[r]))
            continue;
        double *to = field + (b->row[r] - rows.first) * grid->n_cols;
        to[b->col[0]] += density * weight[r][0];
        to[b->col[1]] += density * weight[r][1];
    }
}

void cyt_deposit(const cyt_pixels *grid, cyt_row_range rows, const cyt_points *points,
                 const double *amount, const unsigned char *inside, double *field)
{
    const double per_area = 1.0 / (grid->spacing_um * grid->spacing_um);
    for (size_t i = 0; i < points->n; i++) {
        const cyt_bilinear b = at_point(grid, points, i);
        if (inside)
            deposit_inside(grid, rows, &b, amount[i] * per_area, inside, field);
        else
            deposit_everywhere(grid, rows, &b, amount[i] * per_area, field);
    }
}

static double sample_everywhere(const cyt_bilinear *b, cyt_row_range rows,
                                ptrdiff_t stride, const double *field)
{
    double sum = 0;
    for (int r = 0; r < 2; r++) {
        const ptrdiff_t row = (ptrdiff_t)b->row[r] - (ptrdiff_t)rows.first;
        const double *from = field + row * stride;
        sum += b->weight_row[r] * (b->weight_col[0] * from[b->col[0]] +
                                   b->weight_col[1] * from[b->col[1]]);
    }
    return sum;
}

static double sample_inside(const cyt_bilinear *b, cyt_row_range rows, size_t n_cols,
                            const unsigned char *inside, const double *field)
{
    double sum = 0, weight[2][2];
    if (!weigh_inside(b, n_cols, rows, inside, weight))
        return NAN;
    for (int r = 0; r < 2; r++) {
        const ptrdiff_t row = (ptrdiff_t)b->row[r] - (ptrdiff_t)rows.first;
        const double *from = field + row * (ptrdiff_t)n_cols;
        for (int c = 0; c < 2; c++)
            if (weight[r][c] > 0)
                sum += weight[r][c] * from[b->col[c]];
    }
    return sum;
}

void cyt_sample_at(const cyt_pixels *grid, cyt_row_range rows, const cyt_points *points,
                   const double *field, const unsigned char *inside, double *out)
{
    for (size_t i = 0; i < points->n; i++) {
        const cyt_bilinear b = at_point(grid, points, i);
        out[i] = inside ? sample_inside(&b, rows, grid->n_cols, inside, field)
                        : sample_everywhere(&b, rows, (ptrdiff_t)grid->n_cols, field);
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

/* --- within the tissue ------------------------------------------------------------ */

cyt_edge cyt_edge_at(const cyt_edges *e, ptrdiff_t row, ptrdiff_t col)
{
    const int is_in_view =
        row >= (ptrdiff_t)e->first_row && row < (ptrdiff_t)(e->first_row + e->n_rows) &&
        col >= (ptrdiff_t)e->first_col && col < (ptrdiff_t)(e->first_col + e->n_cols);
    return is_in_view ? e->tissue : e->view;
}

/* One of the two faces of a pixel on an axis. */
typedef struct face {
    int is_inner;  /* both sides are tissue */
    double beyond; /* value on the far side, when inner */
    cyt_edge edge; /* when not */
} face;

/* Slope away from the pixel through a face, of which `other` is the opposite. */
static double slope_out(const face *f, const face *other, double here, double h)
{
    if (f->is_inner)
        return (f->beyond - here) / h;
    if (f->edge == CYT_EDGE_ABSORBING)
        return -2 * here / h;
    if (f->edge == CYT_EDGE_OPEN && other->is_inner)
        return (here - other->beyond) / h;
    return 0;
}

static double mean_slope(const face *low, const face *high, double here, double h)
{
    if (low->is_inner && high->is_inner)
        return (high->beyond - low->beyond) / (2 * h);
    return (slope_out(high, low, here, h) - slope_out(low, high, here, h)) / 2;
}

void cyt_gradient_row_inside(const cyt_pixels *grid, const cyt_edges *edges, size_t row,
                             const double *const value[3],
                             const unsigned char *const inside[3], double *grad_x,
                             double *grad_y)
{
    const size_t n = grid->n_cols;
    const double h = grid->spacing_um, *here = value[1];
    const ptrdiff_t y = (ptrdiff_t)row;
    for (size_t c = 0; c < n; c++) {
        const ptrdiff_t x = (ptrdiff_t)c;
        if (!inside[1][c]) {
            grad_x[c] = grad_y[c] = NAN;
            continue;
        }
        face side[4] = {
            {c > 0 && inside[1][c - 1], 0, cyt_edge_at(edges, y, x - 1)},
            {c + 1 < n && inside[1][c + 1], 0, cyt_edge_at(edges, y, x + 1)},
            {inside[0] && inside[0][c], 0, cyt_edge_at(edges, y - 1, x)},
            {inside[2] && inside[2][c], 0, cyt_edge_at(edges, y + 1, x)},
        };
        side[0].beyond = side[0].is_inner ? here[c - 1] : 0;
        side[1].beyond = side[1].is_inner ? here[c + 1] : 0;
        side[2].beyond = side[2].is_inner ? value[0][c] : 0;
        side[3].beyond = side[3].is_inner ? value[2][c] : 0;
        grad_x[c] = mean_slope(&side[0], &side[1], here[c], h);
        grad_y[c] = mean_slope(&side[2], &side[3], here[c], h);
    }
}
