// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/window_mask.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/distance_map.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the pixel's centre, in pixels, to the rim of the raster. */
static double to_rim(const cyt_grid *g, size_t row, size_t col)
{
    const size_t down = g->n_rows - 1 - row, right = g->n_cols - 1 - col;
    const size_t y = row < down ? row : down, x = col < right ? col : right;
    return (double)(x < y ? x : y) + 0.5;
}

/* A raster without a pixel outside has its rim for an edge. */
static void shift(const cyt_slide *s, const uint8_t *inside, float *edge_um)
{
    const cyt_grid *g = &s->grid;
    const size_t cols = g->n_cols, top = cyt_slide_first_row(s);
    for (size_t i = 0; i < cyt_slide_n_rows(s) * cols; i++) {
        const double rim = to_rim(g, top + i / cols, i % cols) * g->spacing_um;
        const double hole = (double)edge_um[i] - g->spacing_um / 2;
        const double d = isnan(edge_um[i]) ? rim : fmin(rim, hole);
        edge_um[i] = inside[i] ? (float)d : -INFINITY;
    }
}

cyt_code cyt_window_map(MPI_Comm comm, const cyt_slide *slide, const uint8_t *inside,
                        float *edge_um, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = cyt_slide_n_rows(slide) * slide->grid.n_cols;
    if (CYT_FAULT("window.map"))
        CYT_FAIL(err, CYT_ERR_MEMORY, slide->name, "fault injected");
    uint8_t *outside = cyt_alloc(n, 1, "the outside of a window", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < n; i++)
        outside[i] = !inside[i];
    CYT_TRY(cyt_distance_map(comm, slide, outside, edge_um, err));
    shift(slide, inside, edge_um);
done:
    free(outside);
    return code;
}

void cyt_window_at_cells(const cyt_slide *s, const float *edge_um, double *border)
{
    for (size_t i = 0; i < s->cells.n; i++)
        border[i] = (double)edge_um[cyt_slide_pixel_of(s, i)] / s->um_per_unit;
}

cyt_code cyt_window_eroded(MPI_Comm comm, const cyt_slide *slide, const float *edge_um,
                           size_t n, const double *radius, double *area, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const double h = slide->grid.spacing_um;
    const size_t n_pixels = cyt_slide_n_rows(slide) * slide->grid.n_cols;
    uint64_t *count = cyt_calloc(n, sizeof *count, "areas of a window", err);
    const int n_counts = cyt_mpi_count(n, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < n_pixels; i++)
            count[k] += (double)edge_um[i] >= radius[k];
    cyt_allreduce(MPI_IN_PLACE, count, n_counts, MPI_UINT64_T, MPI_SUM, comm);
    for (size_t k = 0; k < n; k++)
        area[k] = (double)count[k] * h * h;
done:
    free(count);
    return code;
}

cyt_box cyt_window_of_cells(MPI_Comm comm, const cyt_slide *slide)
{
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t i = 0; i < slide->cells.n; i++) {
        low[0] = fmin(low[0], slide->cells.x[i]);
        low[1] = fmin(low[1], slide->cells.y[i]);
        high[0] = fmax(high[0], slide->cells.x[i]);
        high[1] = fmax(high[1], slide->cells.y[i]);
    }
    cyt_allreduce(MPI_IN_PLACE, low, 2, MPI_DOUBLE, MPI_MIN, comm);
    cyt_allreduce(MPI_IN_PLACE, high, 2, MPI_DOUBLE, MPI_MAX, comm);
    return (cyt_box){low[0], high[0], low[1], high[1]};
}
