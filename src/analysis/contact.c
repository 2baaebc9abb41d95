// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/contact.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/group_means.h"
#include "cytotaxis/halo.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>

/* Sums of each row up to a column, [n_cols + 1] a row, with halo rows on both sides;
 * zero beyond the raster. */
typedef struct running {
    size_t n_rows, n_cols, depth;
    double *sum;
    size_t *half; /* [depth + 1] columns on either side, by rows away */
} running;

static cyt_code make_room(const cyt_slide *s, double radius_um, running *r,
                          cyt_error *err)
{
    const double pixels = radius_um / s->grid.spacing_um;
    if (CYT_FAULT("contact.rows"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    r->n_rows = cyt_slide_n_rows(s);
    r->n_cols = s->grid.n_cols;
    r->depth = (size_t)fmin(floor(pixels), (double)s->grid.n_rows);
    r->sum = cyt_calloc((r->n_rows + 2 * r->depth) * (r->n_cols + 1), sizeof *r->sum,
                        "sums of rows", err);
    r->half = cyt_alloc(r->depth + 1, sizeof *r->half, "a disc of pixels", err);
    for (size_t d = 0; r->half && d <= r->depth; d++)
        r->half[d] =
            (size_t)fmin(floor(sqrt(fmax(0, pixels * pixels - (double)d * (double)d))),
                         (double)r->n_cols);
    return err->code;
}

static void fill_sums(const double *expected, running *r)
{
    for (size_t row = 0; row < r->n_rows; row++) {
        double *sum = r->sum + (r->depth + row) * (r->n_cols + 1);
        for (size_t c = 0; c < r->n_cols; c++)
            sum[c + 1] = sum[c] + expected[row * r->n_cols + c];
    }
}

/* Expected responders in the disc around a pixel, row of this strip. */
static double disc_at(const running *r, size_t row, size_t col)
{
    double total = 0;
    for (size_t k = 0; k <= 2 * r->depth; k++) {
        const size_t away = k < r->depth ? r->depth - k : k - r->depth;
        const size_t w = r->half[away];
        const size_t from = col > w ? col - w : 0;
        const size_t to = col + w + 1 < r->n_cols ? col + w + 1 : r->n_cols;
        const double *sum = r->sum + (row + k) * (r->n_cols + 1);
        total += fmax(0, sum[to] - sum[from]);
    }
    return total;
}

static void look_around(const cyt_slide *s, const uint8_t *is_asked, const running *r,
                        uint32_t *group, double *near)
{
    const cyt_cells *cells = &s->cells;
    const size_t first = cyt_slide_first_row(s);
    for (size_t i = 0; i < cells->n; i++) {
        const uint16_t t = cells->type[i];
        group[i] = t != CYT_NO_TYPE && is_asked[t] ? 0 : CYT_NO_GROUP;
        near[i] = 0;
        if (group[i] == 0)
            near[i] =
                disc_at(r, cyt_grid_row(&s->grid, cells->y[i] * s->um_per_unit) - first,
                        cyt_grid_col(&s->grid, cells->x[i] * s->um_per_unit));
    }
}

static uint64_t count_asked(const cyt_slide *s, const uint8_t *is_asked)
{
    uint64_t n = 0;
    for (size_t t = 0; t < s->types.n; t++)
        n += is_asked[t] ? s->type_counts[t] : 0;
    return n;
}

cyt_code cyt_contact_of(MPI_Comm comm, const cyt_slide *slide, const uint8_t *is_asked,
                        const double *expected, double radius_um, cyt_contact *out,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = slide->cells.n;
    running r = {0};
    *out = (cyt_contact){count_asked(slide, is_asked), NAN, NAN};
    uint32_t *group = cyt_alloc(n, sizeof *group, "cells that are looked at", err);
    double *near = cyt_alloc(n, sizeof *near, "responders near a cell", err);
    CYT_TRY(cyt_agree(comm, make_room(slide, radius_um, &r, err), err));
    fill_sums(expected, &r);
    CYT_TRY(cyt_halo_rows(comm, slide->strips, (r.n_cols + 1) * sizeof *r.sum, r.depth,
                          r.sum, err));
    look_around(slide, is_asked, &r, group, near);
    CYT_TRY(cyt_group_means(comm, n, group, near, 1, &out->mean, err));
    for (size_t i = 0; i < n; i++)
        near[i] = -expm1(-near[i]);
    CYT_TRY(cyt_group_means(comm, n, group, near, 1, &out->share, err));
done:
    free(group);
    free(near);
    free(r.sum);
    free(r.half);
    return code;
}
