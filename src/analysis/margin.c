// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/margin.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/distance_map.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/halo.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/stencil.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const cyt_zone_names[CYT_ZONES] = {"core", "inner_margin", "outer_margin",
                                               "stroma"};

static size_t n_pixels(const cyt_slide *s)
{
    return cyt_slide_n_rows(s) * s->grid.n_cols;
}

/* --- phi -------------------------------------------------------------------------- */

static void pick(size_t n, const uint8_t *kind, uint8_t which, uint8_t *mask)
{
    for (size_t i = 0; i < n; i++)
        mask[i] = kind[i] == which;
}

/* Between two centres on both sides of the border lies half a pixel of each. */
static void sign(size_t n, const uint8_t *kind, double h, const float *to_inside,
                 const float *to_outside, float *phi)
{
    for (size_t i = 0; i < n; i++) {
        if (kind[i] == 2)
            phi[i] = (float)(h / 2 - to_outside[i]);
        else
            phi[i] = kind[i] ? (float)(to_inside[i] - h / 2) : NAN;
    }
}

cyt_code cyt_margin_map(MPI_Comm comm, const cyt_slide *slide, const uint8_t *kind,
                        float *phi_um, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = n_pixels(slide);
    if (CYT_FAULT("margin.map"))
        CYT_FAIL(err, CYT_ERR_MEMORY, slide->name, "fault injected");
    uint8_t *mask = cyt_alloc(n, sizeof *mask, "one side of a border", err);
    float *other = cyt_alloc(n, sizeof *other, "distances to a border", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    pick(n, kind, 2, mask);
    CYT_TRY(cyt_distance_map(comm, slide, mask, phi_um, err));
    pick(n, kind, 1, mask);
    CYT_TRY(cyt_distance_map(comm, slide, mask, other, err));
    sign(n, kind, slide->grid.spacing_um, phi_um, other, phi_um);
done:
    free(mask);
    free(other);
    return code;
}

/* --- phi at cells ----------------------------------------------------------------- */

/* @p phi is the strip's first row; a row of halo lies on both sides. */
static double interpolate(const cyt_slide *s, const cyt_pixels *pixels, size_t i,
                          const float *phi)
{
    const double x = s->cells.x[i] * s->um_per_unit, y = s->cells.y[i] * s->um_per_unit;
    const ptrdiff_t cols = (ptrdiff_t)s->grid.n_cols;
    const ptrdiff_t top = (ptrdiff_t)cyt_slide_first_row(s);
    const ptrdiff_t row = (ptrdiff_t)cyt_grid_row(&s->grid, y) - top;
    const cyt_bilinear at = cyt_bilinear_at(pixels, x, y);
    double sum = 0, weights = 0;
    if (isnan(phi[row * cols + (ptrdiff_t)cyt_grid_col(&s->grid, x)]))
        return NAN;
    for (int r = 0; r < 2; r++)
        for (int c = 0; c < 2; c++) {
            const double w = at.weight_row[r] * at.weight_col[c];
            const double value =
                phi[((ptrdiff_t)at.row[r] - top) * cols + (ptrdiff_t)at.col[c]];
            if (isnan(value))
                continue;
            sum += w * value;
            weights += w;
        }
    return sum / weights;
}

cyt_code cyt_margin_at_cells(MPI_Comm comm, const cyt_slide *slide, const float *phi_um,
                             double *out_um, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = n_pixels(slide), cols = slide->grid.n_cols;
    const cyt_grid *g = &slide->grid;
    const cyt_pixels pixels = {g->spacing_um, g->origin_x_um, g->origin_y_um, g->n_cols,
                               g->n_rows};
    float *rows = cyt_alloc(n + 2 * cols, sizeof *rows, "distances to a border", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    memcpy(rows + cols, phi_um, n * sizeof *rows);
    CYT_TRY(cyt_halo_rows(comm, slide->strips, cols * sizeof *rows, 1, rows, err));
    for (size_t i = 0; i < slide->cells.n; i++)
        out_um[i] = interpolate(slide, &pixels, i, rows + cols);
done:
    free(rows);
    return code;
}

/* --- bands ------------------------------------------------------------------------ */

static cyt_code make_edges(size_t n, cyt_margin_bands *bands, cyt_error *err)
{
    *bands = (cyt_margin_bands){.n = n};
    bands->edge_um = cyt_alloc(n + 1, sizeof *bands->edge_um, "bands", err);
    return err->code;
}

cyt_code cyt_margin_profile(double band_um, double reach_um, cyt_margin_bands *bands,
                            cyt_error *err)
{
    const double decimals = 1e-9; /* 0.9 / 0.3 is a little more than 3 */
    const double each = ceil(reach_um / band_um * (1 - decimals));
    const cyt_code code = make_edges(2 * (size_t)each, bands, err);
    for (size_t k = 0; code == CYT_OK && k <= bands->n; k++)
        bands->edge_um[k] = ((double)k - each) * band_um;
    return code;
}

cyt_code cyt_margin_zones(double width_um, cyt_margin_bands *bands, cyt_error *err)
{
    const double edges[CYT_ZONES + 1] = {-INFINITY, -width_um, 0, width_um, INFINITY};
    const cyt_code code = make_edges(CYT_ZONES, bands, err);
    if (code == CYT_OK)
        memcpy(bands->edge_um, edges, sizeof edges);
    return code;
}

/* The band that holds @p phi; n when none does, or phi is NaN. */
static size_t band_of(const cyt_margin_bands *b, double phi)
{
    size_t low = 0, high = b->n;
    if (!(phi >= b->edge_um[0] && phi < b->edge_um[b->n]))
        return b->n;
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (phi < b->edge_um[middle])
            high = middle;
        else
            low = middle;
    }
    return low;
}

static void count_strip(const cyt_slide *s, const float *phi, cyt_margin_bands *b)
{
    const cyt_cells *c = &s->cells;
    for (size_t i = 0; i < n_pixels(s); i++) {
        const size_t k = band_of(b, phi[i]);
        if (k < b->n)
            b->n_pixels[k]++;
    }
    for (size_t i = 0; i < c->n; i++) {
        const size_t k = band_of(b, phi[cyt_slide_pixel_of(s, i)]);
        if (k < b->n && c->type[i] != CYT_NO_TYPE)
            b->n_cells[k * s->types.n + c->type[i]]++;
    }
}

cyt_code cyt_margin_count(MPI_Comm comm, const cyt_slide *slide, const float *phi_um,
                          cyt_margin_bands *bands, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_cells = bands->n * slide->types.n;
    bands->n_pixels =
        cyt_calloc(bands->n, sizeof *bands->n_pixels, "areas of bands", err);
    bands->n_cells = cyt_calloc(n_cells, sizeof *bands->n_cells, "cells of bands", err);
    const int count = cyt_mpi_count(n_cells, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    count_strip(slide, phi_um, bands);
    cyt_allreduce(MPI_IN_PLACE, bands->n_pixels, (int)bands->n, MPI_UINT64_T, MPI_SUM,
                  comm);
    cyt_allreduce(MPI_IN_PLACE, bands->n_cells, count, MPI_UINT64_T, MPI_SUM, comm);
done:
    return code;
}

void cyt_margin_bands_free(cyt_margin_bands *bands)
{
    free(bands->edge_um);
    free(bands->n_pixels);
    free(bands->n_cells);
    *bands = (cyt_margin_bands){0};
}
