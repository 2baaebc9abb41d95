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

/* --- an item ---------------------------------------------------------------------- */

int cyt_trap_uses(const cyt_trap_model *d, size_t pixel)
{
    return d->inside[pixel] &&
           (!d->part || d->part_column[d->part[pixel]] != CYT_TRAP_LEFT_OUT);
}

static double theta_of(const cyt_trap_model *d, double c)
{
    const double dose = d->per_kd * c;
    return d->per_kd > 0 ? dose / (1 + dose) : c;
}

static uint32_t block_of(const cyt_trap_model *d, size_t own_row, size_t col)
{
    const size_t row = cyt_slide_first_row(d->slide) + own_row;
    return (uint32_t)((row - d->box.first_row) * d->n_block_rows / d->box.n_rows *
                          d->n_block_cols +
                      (col - d->box.first_col) * d->n_block_cols / d->box.n_cols);
}

/* Covariates of item i, which lies in a pixel of an own row. @p cell: its place among
 * the own cells; SIZE_MAX: it is a pixel. */
static void add_item(const cyt_trap_model *d, size_t row, size_t col, size_t cell,
                     double y, cyt_glm_items *items)
{
    const size_t i = items->n++, stride = items->stride;
    const size_t pixel = row * d->slide->grid.n_cols + col;
    const int part = d->part ? d->part_column[d->part[pixel]] : 0;
    double *x = items->x + i;
    *x = 1;
    for (size_t k = 0; k < d->n_planes; k++)
        *(x += stride) = d->plane[k][pixel];
    if (d->log_total)
        *(x += stride) = d->log_total[cell];
    for (size_t k = 1; k <= d->n_part_columns; k++)
        *(x += stride) = (int)k == part;
    if (d->n_knots > 0) {
        cyt_natural_spline(d->n_knots, d->knot, d->margin_um[pixel], stride,
                           x + stride);
        x += (d->n_knots - 1) * stride;
    }
    if (d->c)
        x[stride] = theta_of(d, d->c[cell == SIZE_MAX ? pixel : cell]);
    items->y[i] = y;
    items->block[i] = block_of(d, row, col);
}

/* --- rows ------------------------------------------------------------------------- */

static size_t column_of(const cyt_trap_model *d, size_t cell)
{
    return cyt_grid_col(&d->slide->grid,
                        d->slide->cells.x[cell] * d->slide->um_per_unit);
}

static int is_in(const char *of_type, uint16_t type)
{
    return type != CYT_NO_TYPE && of_type[type];
}

/* Column of a cell of the row; SIZE_MAX behind its last. */
static size_t next_column(const cyt_trap_model *d, size_t row, size_t cell)
{
    return cell < d->row_cell[row + 1] ? column_of(d, cell) : SIZE_MAX;
}

static void make_pixels(const void *context, size_t row, cyt_glm_items *items)
{
    const cyt_trap_model *d = context;
    const size_t n_cols = d->slide->grid.n_cols;
    size_t cell = d->row_cell[row], next = next_column(d, row, cell);
    items->n = 0;
    for (size_t col = 0; col < n_cols; col++) {
        double y = 0; /* the cells of a row ascend in x */
        for (; next <= col; next = next_column(d, row, ++cell))
            y += is_in(d->is_responder, d->slide->cells.type[cell]);
        if (cyt_trap_uses(d, row * n_cols + col))
            add_item(d, row, col, SIZE_MAX, y, items);
    }
}

static void make_cells(const void *context, size_t row, cyt_glm_items *items)
{
    const cyt_trap_model *d = context;
    items->n = 0;
    for (size_t cell = d->row_cell[row]; cell < d->row_cell[row + 1]; cell++) {
        const uint16_t type = d->slide->cells.type[cell];
        const size_t col = column_of(d, cell);
        const int y = is_in(d->is_responder, type);
        if ((y || is_in(d->is_background, type)) &&
            cyt_trap_uses(d, row * d->slide->grid.n_cols + col))
            add_item(d, row, col, cell, y, items);
    }
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
