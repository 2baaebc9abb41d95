// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/region_labels.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/polygon.h"

#include <stdlib.h>
#include <string.h>

/* --- cells ------------------------------------------------------------------------ */

/* The label of a point; each other label that it lies in is counted once. */
static int32_t label_of(const cyt_regions *r, double x, double y, uint64_t *shared)
{
    int32_t label = -1;
    unsigned char seen[CYT_MOST_LABELS] = {0};
    const uint32_t *polygon;
    const size_t n = cyt_regions_near(r, y, &polygon);
    for (size_t i = 0; i < n; i++) {
        const uint8_t k = r->label[polygon[i]];
        if (seen[k] || !cyt_regions_inside(r, polygon[i], x, y))
            continue;
        seen[k] = 1;
        if (label < 0)
            label = k;
        else
            shared[(size_t)label * r->labels.n + k]++;
    }
    return label;
}

cyt_code cyt_region_label_cells(MPI_Comm comm, const cyt_slide *slide,
                                const cyt_regions *regions, int32_t *label,
                                uint64_t *n_cells, uint64_t *shared, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = regions->labels.n;
    const cyt_cells *c = &slide->cells;
    if (CYT_FAULT("regions.cells"))
        code = CYT_FAIL(err, CYT_ERR_MEMORY, slide->name, "fault injected");
    CYT_TRY(cyt_agree(comm, code, err));
    memset(n_cells, 0, n * sizeof *n_cells);
    memset(shared, 0, n * n * sizeof *shared);
    for (size_t i = 0; i < c->n; i++) {
        label[i] = label_of(regions, c->x[i] * slide->um_per_unit,
                            c->y[i] * slide->um_per_unit, shared);
        if (label[i] >= 0)
            n_cells[label[i]]++;
    }
    cyt_allreduce(MPI_IN_PLACE, n_cells, (int)n, MPI_UINT64_T, MPI_SUM, comm);
    cyt_allreduce(MPI_IN_PLACE, shared, (int)(n * n), MPI_UINT64_T, MPI_SUM, comm);
done:
    return code;
}

/* --- pixels ----------------------------------------------------------------------- */

/* Give the pixels between flips the label, where they have none; clears the flips.
 * Returns how many have one already. */
static uint64_t paint(unsigned char *flip, size_t first, size_t last, uint8_t value,
                      uint8_t *restrict pixel)
{
    unsigned char inside = 0;
    uint64_t n_shared = 0;
    for (size_t c = first; c < last; c++) {
        inside ^= flip[c];
        flip[c] = 0;
        n_shared += inside && pixel[c] != 0;
        if (inside && pixel[c] == 0)
            pixel[c] = value;
    }
    flip[last] = 0;
    return n_shared;
}

static uint64_t label_row(const cyt_regions *r, const uint8_t *wanted,
                          const cyt_pixel_row *row, unsigned char *flip, uint8_t *pixel)
{
    uint64_t n_shared = 0;
    const uint32_t *polygon, *edges;
    const size_t n = cyt_regions_near(r, row->y, &polygon);
    for (size_t i = 0; i < n; i++) {
        size_t last;
        const uint8_t label = r->label[polygon[i]];
        if (wanted && !wanted[label])
            continue;
        const size_t n_edges = cyt_regions_edges(r, polygon[i], row->y, &edges);
        const size_t first =
            cyt_polygon_scan(r->x, r->y, n_edges, edges, row, flip, &last);
        if (first <= last)
            n_shared += paint(flip, first, last, (uint8_t)(label + 1), pixel);
    }
    return n_shared;
}

cyt_code cyt_region_label_pixels(const cyt_slide *slide, const cyt_regions *regions,
                                 const uint8_t *wanted, uint8_t *pixel,
                                 uint64_t *n_shared, cyt_error *err)
{
    const cyt_grid *g = &slide->grid;
    const size_t n_rows = cyt_slide_n_rows(slide), top = cyt_slide_first_row(slide);
    unsigned char *flip = cyt_calloc(g->n_cols + 1, 1, "a row of pixels", err);
    if (!flip)
        return err->code;
    memset(pixel, 0, n_rows * g->n_cols);
    *n_shared = 0;
    for (size_t r = 0; r < n_rows; r++) {
        const cyt_pixel_row row = {
            g->origin_x_um, g->spacing_um,
            g->origin_y_um + ((double)(top + r) + 0.5) * g->spacing_um, g->n_cols};
        *n_shared += label_row(regions, wanted, &row, flip, pixel + r * g->n_cols);
    }
    free(flip);
    return CYT_OK;
}
