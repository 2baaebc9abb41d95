// SPDX-License-Identifier: BSD-3-Clause
/* All of a level's work on the way down, and on the way up, as one pass over its rows.
 *
 *     row t            half sweep 0 ┐
 *     row t - 1        half sweep 1 │  a few rows,
 *        …                          │  all in cache
 *     row t - S        residual     │
 *     row (t - S)/2    restriction  ┘
 *
 * A half sweep may touch a row when the one before has done the row below, so the
 * result is that of whole half sweeps one after the other.
 */
#include "cytotaxis/mg.h"

#include <string.h>

enum { S = CYT_MG_HALF_SWEEPS };

/* Own rows and `more` rows on both sides, as far as the level goes. */
typedef struct span {
    int64_t from, to;
} span;

static span widened(const cyt_mg_rows *r, int64_t more)
{
    const int64_t from = r->first - more, to = r->end + more;
    return (span){from < 0 ? 0 : from, to > r->n_rows ? r->n_rows : to};
}

static int is_in(span s, int64_t j)
{
    return s.from <= j && j < s.to;
}

static void clear_row(const cyt_mg_level *l, int64_t j)
{
    memset(cyt_mg_row(&l->rows, l->u, j), 0, l->rows.n_cols * sizeof *l->u);
}

size_t cyt_mg_descend_scratch(size_t n_cols)
{
    return 4 * cyt_mg_stride(n_cols) + 2 * CYT_MG_MARGIN;
}

void cyt_mg_descend(const cyt_mg_level *fine, const cyt_mg_transfer *transfer,
                    const cyt_mg_level *coarse, int from_zero, float *scratch)
{
    const cyt_mg_rows *r = &fine->rows;
    const size_t room = cyt_mg_stride(r->n_cols);
    if (r->first == r->end)
        return;
    const int64_t J_from = (r->first + 1) / 2, J_to = (r->end + 1) / 2;
    const span all = widened(r, CYT_MG_HALO);
    const span residuals = {2 * J_from - 1, 2 * J_to};
    memset(scratch, 0, cyt_mg_descend_scratch(r->n_cols) * sizeof *scratch);
    float *ring = scratch + CYT_MG_MARGIN;
    if (from_zero && all.from < all.to)
        clear_row(fine, all.from);
    for (int64_t t = all.from; t < all.to + S + 1; t++) {
        if (from_zero && is_in(all, t + 1))
            clear_row(fine, t + 1);
        for (int s = 0; s < S; s++)
            if (is_in(widened(r, CYT_MG_HALO - s), t - s))
                cyt_mg_relax_row(fine, t - s, s, 0);
        const int64_t j = t - S;
        if (!is_in(residuals, j))
            continue;
        cyt_mg_residual_row(fine, j, ring + (size_t)(j & 3) * room);
        if ((j & 1) && j / 2 >= J_from && j > 0)
            cyt_mg_restrict_row(
                transfer, coarse, j / 2, ring + (size_t)((j - 2) & 3) * room,
                ring + (size_t)((j - 1) & 3) * room, ring + (size_t)(j & 3) * room);
    }
}

void cyt_mg_ascend(const cyt_mg_level *fine, const cyt_mg_transfer *transfer,
                   const cyt_mg_level *coarse)
{
    const cyt_mg_rows *r = &fine->rows;
    if (r->first == r->end)
        return;
    const span all = widened(r, S + 1);
    for (int64_t t = all.from; t < all.to + S; t++) {
        if (t < all.to)
            cyt_mg_prolong_row(fine, transfer, coarse, t);
        for (int s = 0; s < S; s++)
            if (is_in(widened(r, S - s), t - 1 - s))
                cyt_mg_relax_row(fine, t - 1 - s, s, 1);
    }
}
