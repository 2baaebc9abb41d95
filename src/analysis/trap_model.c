// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/trap_model.h"

#include "cytotaxis/spline.h"

#include <math.h>
#include <string.h>

static const double UM2_PER_MM2 = 1e6;
static const double PI = 3.14159265358979323846;

size_t cyt_trap_n_coefs(const cyt_trap_model *d)
{
    return 1 + d->n_planes + (d->log_total != NULL) + d->n_part_columns +
           (d->n_knots > 0 ? d->n_knots - 1 : 0) + (d->c != NULL);
}

/* --- a row ------------------------------------------------------------------------ */

/* The items of a row: first their pixels are put into items->block, as columns of the
 * raster, then covariates are filled in column by column, at last blocks take the place
 * of pixels. */

int cyt_trap_uses(const cyt_trap_model *d, size_t pixel)
{
    return d->inside[pixel] &&
           (!d->part || d->part_column[d->part[pixel]] != CYT_TRAP_LEFT_OUT);
}

static void fill_plane(const float *row, const cyt_glm_items *items, double *x)
{
    for (size_t i = 0; i < items->n; i++)
        x[i] = (double)row[items->block[i]];
}

/* Column k is 1 in the k-th compartment that is used, the first of which has none. */
static void fill_parts(const cyt_trap_model *d, size_t at, const cyt_glm_items *items,
                       double *x)
{
    for (size_t i = 0; i < items->n; i++) {
        const int part = d->part_column[d->part[at + items->block[i]]];
        for (size_t k = 0; k < d->n_part_columns; k++)
            x[k * items->stride + i] = (int)k + 1 == part;
    }
}

static void fill_spline(const cyt_trap_model *d, size_t at, const cyt_glm_items *items,
                        double *x)
{
    for (size_t i = 0; i < items->n; i++)
        cyt_natural_spline(d->n_knots, d->knot, d->margin_um[at + items->block[i]],
                           items->stride, x + i);
}

static void fill_theta(const cyt_trap_model *d, size_t n, double *x)
{
    const double per_kd = d->per_kd;
    for (size_t i = 0; i < n && per_kd > 0; i++) {
        const double dose = per_kd * x[i];
        x[i] = dose / (1 + dose);
    }
}

/* Covariates that pixels have, and cells by their pixel. */
static void fill_covariates(const cyt_trap_model *d, size_t own_row,
                            const cyt_glm_items *items)
{
    const size_t stride = items->stride, at = own_row * d->slide->grid.n_cols;
    double *x = items->x;
    for (size_t i = 0; i < items->n; i++)
        x[i] = 1;
    for (size_t k = 0; k < d->n_planes; k++)
        fill_plane(d->plane[k] + at, items, x += stride);
    x += d->log_total ? 2 * stride : stride;
    if (d->n_part_columns > 0)
        fill_parts(d, at, items, x);
    x += d->n_part_columns * stride;
    if (d->n_knots > 0)
        fill_spline(d, at, items, x);
}

static double *theta_column(const cyt_trap_model *d, const cyt_glm_items *items)
{
    return items->x + (cyt_trap_n_coefs(d) - 1) * items->stride;
}

/* Columns ascend, and so do the borders between blocks. */
static void pixels_to_blocks(const cyt_trap_model *d, size_t own_row,
                             cyt_glm_items *items)
{
    const size_t row = cyt_slide_first_row(d->slide) + own_row;
    const size_t n = d->n_block_cols, n_cols = d->box.n_cols;
    const size_t first = (row - d->box.first_row) * d->n_block_rows / d->box.n_rows * n;
    size_t block = 0;
    for (size_t i = 0; i < items->n; i++) {
        const size_t col = items->block[i] - d->box.first_col;
        while ((block + 1) * n_cols <= col * n)
            block++;
        items->block[i] = (uint32_t)(first + block);
    }
}

/* --- items ------------------------------------------------------------------------ */

static size_t column_of(const cyt_trap_model *d, size_t cell)
{
    return cyt_grid_col(&d->slide->grid,
                        d->slide->cells.x[cell] * d->slide->um_per_unit);
}

static int is_in(const char *of_type, uint16_t type)
{
    return type != CYT_NO_TYPE && of_type[type];
}

/* Responders in the pixels of a row. */
static void count_responders(const cyt_trap_model *d, size_t row, double *y)
{
    memset(y, 0, d->slide->grid.n_cols * sizeof *y);
    for (size_t cell = d->row_cell[row]; cell < d->row_cell[row + 1]; cell++)
        if (is_in(d->is_responder, d->slide->cells.type[cell]))
            y[column_of(d, cell)]++;
}

static void make_pixels(const void *context, size_t row, cyt_glm_items *items)
{
    const cyt_trap_model *d = context;
    const size_t n_cols = d->slide->grid.n_cols, at = row * n_cols;
    size_t n = 0;
    count_responders(d, row, items->y);
    for (size_t col = 0; col < n_cols; col++) { /* n is at most col */
        items->block[n] = (uint32_t)col;
        items->y[n] = items->y[col];
        n += cyt_trap_uses(d, at + col) != 0;
    }
    items->n = n;
    fill_covariates(d, row, items);
    if (d->c) {
        double *theta = theta_column(d, items);
        for (size_t i = 0; i < n; i++)
            theta[i] = d->c[at + items->block[i]];
        fill_theta(d, n, theta);
    }
    pixels_to_blocks(d, row, items);
}

static void make_cells(const void *context, size_t row, cyt_glm_items *items)
{
    const cyt_trap_model *d = context;
    double *theta = theta_column(d, items);
    double *log_total = items->x + (1 + d->n_planes) * items->stride;
    size_t n = 0;
    for (size_t cell = d->row_cell[row]; cell < d->row_cell[row + 1]; cell++) {
        const uint16_t type = d->slide->cells.type[cell];
        const int y = is_in(d->is_responder, type);
        if (!y && !is_in(d->is_background, type))
            continue;
        const size_t col = column_of(d, cell);
        if (!cyt_trap_uses(d, row * d->slide->grid.n_cols + col))
            continue;
        items->block[n] = (uint32_t)col;
        items->y[n] = y;
        if (d->log_total)
            log_total[n] = d->log_total[cell];
        if (d->c)
            theta[n] = d->c[cell];
        n++;
    }
    items->n = n;
    fill_covariates(d, row, items);
    fill_theta(d, d->c ? n : 0, theta);
    pixels_to_blocks(d, row, items);
}

static size_t most_cells(const cyt_trap_model *d)
{
    size_t most = 0;
    for (size_t row = 0; row < cyt_slide_n_rows(d->slide); row++) {
        const size_t n = d->row_cell[row + 1] - d->row_cell[row];
        most = n > most ? n : most;
    }
    return most;
}

cyt_glm_data cyt_trap_data(const cyt_trap_model *d)
{
    const int of_cells = d->is_background != NULL;
    return (cyt_glm_data){
        .family = of_cells ? CYT_GLM_LOGISTIC : CYT_GLM_POISSON,
        .n_rows = cyt_slide_n_rows(d->slide),
        .most = of_cells ? most_cells(d) : d->slide->grid.n_cols,
        .n_coefs = cyt_trap_n_coefs(d),
        .n_blocks = d->n_block_rows * d->n_block_cols,
        .make_row = of_cells ? make_cells : make_pixels,
        .context = d,
    };
}

/* --- set-up ----------------------------------------------------------------------- */

/* How many sides fit into so many pixels; at least one. */
static size_t n_blocks_along(const cyt_trap_model *d, double side_um, size_t n_pixels)
{
    const double fit = floor((double)n_pixels * d->slide->grid.spacing_um / side_um);
    return fit < 1 ? 1 : (size_t)fit;
}

void cyt_trap_lay_blocks(cyt_trap_model *d, double side_um, const cyt_raster_box *box)
{
    d->box = *box;
    d->n_block_rows = n_blocks_along(d, side_um, box->n_rows);
    d->n_block_cols = n_blocks_along(d, side_um, box->n_cols);
}

void cyt_trap_log_density(size_t n, const double *density, double sigma_um,
                          float *plane)
{
    const double one_cell = 1 / (4 * PI * sigma_um * sigma_um);
    for (size_t i = 0; i < n; i++)
        plane[i] = (float)log(density[i] / UM2_PER_MM2 + one_cell);
}
