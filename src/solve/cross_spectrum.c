// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/cross_spectrum.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/ordered.h"
#include "cytotaxis/transpose.h"

#include <stdlib.h>

enum { SUM, SQUARES, POWER, POWER2, N_SUMS };

typedef struct room {
    double *columns[2]; /* [n_rows * own cols] of each raster; NULL: a group of one */
    double *modes;      /* [2 * n_rows] of one column */
    double *scratch;
    double *sums; /* [own cols * N_SUMS] */
} room;

static size_t own_cols(const cyt_cosine *p)
{
    return (size_t)(p->col_starts[p->rank + 1] - p->col_starts[p->rank]);
}

static cyt_code make_room(const cyt_cosine *p, room *r, cyt_error *err)
{
    if (CYT_FAULT("cross.spectrum"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    const size_t n = p->n_rows, longest = n > p->n_cols ? n : p->n_cols;
    for (size_t k = 0; p->size > 1 && k < 2; k++)
        r->columns[k] = cyt_alloc(n * own_cols(p), sizeof(double), "columns", err);
    r->modes = cyt_alloc(2 * n, sizeof *r->modes, "modes", err);
    r->scratch = cyt_alloc(cyt_dct_scratch(longest), sizeof *r->scratch, "modes", err);
    r->sums = cyt_calloc(own_cols(p) * N_SUMS, sizeof *r->sums, "sums of modes", err);
    return err->code;
}

static void free_room(room *r)
{
    free(r->columns[0]);
    free(r->columns[1]);
    free(r->modes);
    free(r->scratch);
    free(r->sums);
}

/* What makes the modes of length n orthonormal, squared. */
static double norm(size_t n, size_t k)
{
    return (k == 0 ? 1.0 : 2.0) / (double)n;
}

static void add_column(const cyt_cosine *p, const double *const columns[2],
                       size_t stride, size_t col, room *r)
{
    const size_t n = p->n_rows;
    double *sums = r->sums + col * N_SUMS;
    const double of_col = norm(p->n_cols, (size_t)p->col_starts[p->rank] + col);
    for (size_t k = 0; k < 2; k++) {
        double *modes = r->modes + k * n;
        for (size_t row = 0; row < n; row++)
            modes[row] = columns[k][row * stride + col];
        cyt_dct_forward(&p->along_col, modes, modes, r->scratch);
    }
    for (size_t m = 0; m < n; m++) {
        const double scale = of_col * norm(n, m), b = r->modes[n + m];
        const double w = scale * r->modes[m] * b, power = scale * b * b;
        sums[SUM] += w;
        sums[SQUARES] += w * w;
        sums[POWER] += power;
        sums[POWER2] += power * power;
    }
}

cyt_code cyt_cross_spectrum_of(MPI_Comm comm, const cyt_cosine *p, double *a, double *b,
                               cyt_cross_spectrum *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    room r = {0};
    double *rasters[2] = {a, b}, totals[N_SUMS];
    const cyt_cut cut = {p->row_starts, p->col_starts};
    const size_t n_rows = (size_t)(p->row_starts[p->rank + 1] - p->row_starts[p->rank]);
    CYT_TRY(cyt_agree(comm, make_room(p, &r, err), err));
    for (size_t k = 0; k < 2; k++) {
        for (size_t row = 0; row < n_rows; row++) {
            double *at = rasters[k] + row * p->n_cols;
            cyt_dct_forward(&p->along_row, at, at, r.scratch);
        }
        if (p->size > 1)
            CYT_TRY(
                cyt_transpose_to_columns(comm, &cut, rasters[k], r.columns[k], err));
    }
    const int alone = p->size == 1;
    const double *const columns[2] = {alone ? a : r.columns[0],
                                      alone ? b : r.columns[1]};
    for (size_t col = 0; col < own_cols(p); col++)
        add_column(p, columns, own_cols(p), col, &r);
    CYT_TRY(cyt_ordered_sums(comm, p->col_starts, N_SUMS, r.sums, totals, err));
    *out = (cyt_cross_spectrum){totals[SUM], totals[SQUARES], totals[POWER],
                                totals[POWER2]};
done:
    free_room(&r);
    return code;
}
