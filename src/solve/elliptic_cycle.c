// SPDX-License-Identifier: BSD-3-Clause
/* One cycle over the levels, and the direct solution of the coarsest.
 *
 * Messages of a level that is cut into strips: CYT_MG_HALO rows of the right side on
 * the way down, CYT_MG_REACH rows of the correction on the way up. The first whole
 * level takes one gather; below it there are none.
 */
#include "elliptic_parts.h"

#include <math.h>

/* --- coarsest --------------------------------------------------------------------- */

/* A pivot this small beside its diagonal is rounding: a part of the tissue without
 * decay to speak of. It is left out, the outer iteration finds it. */
static const double smallest_pivot = 1e-13;

static double *factor_row(double *factor, size_t i)
{
    return factor + i * (i + 1) / 2;
}

static void add_weight(double *a, size_t i, size_t j, double w)
{
    factor_row(a, i)[i] += w;
    factor_row(a, j)[j] += w;
    if (i < j)
        factor_row(a, j)[i] -= w;
    else
        factor_row(a, i)[j] -= w;
}

static size_t assemble(const cyt_mg_level *l, double *a)
{
    const cyt_mg_rows *r = &l->rows;
    const size_t n = r->n_cols, n_all = (size_t)r->n_rows * n;
    for (size_t i = 0; i < n_all * (n_all + 1) / 2; i++)
        a[i] = 0;
    for (size_t j = 0; j < (size_t)r->n_rows; j++)
        for (size_t c = 0; c < n; c++) {
            const size_t i = j * n + c;
            const ptrdiff_t at = cyt_mg_row(r, l->u, (int64_t)j) + (ptrdiff_t)c - l->u;
            factor_row(a, i)[i] += (double)l->decay[at];
            if (c + 1 < n)
                add_weight(a, i, i + 1, (double)l->right[at]);
            if (j + 1 == (size_t)r->n_rows)
                continue;
            add_weight(a, i, i + n, (double)l->below[at]);
            if (c + 1 < n)
                add_weight(a, i, i + n + 1, (double)l->below_right[at]);
            if (c > 0)
                add_weight(a, i, i + n - 1, (double)l->below_left[at]);
        }
    return n_all;
}

/* Cholesky; a row that is left out has an infinite diagonal. */
static void factorise(double *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double *row = factor_row(a, i);
        const double diagonal = row[i];
        for (size_t j = 0; j <= i; j++) {
            const double *other = factor_row(a, j);
            double sum = row[j];
            for (size_t k = 0; k < j; k++)
                sum -= row[k] * other[k];
            row[j] = j < i ? sum / other[j] : sum;
        }
        row[i] = row[i] > smallest_pivot * diagonal ? sqrt(row[i]) : INFINITY;
    }
}

void elliptic_direct_init(cyt_elliptic *e)
{
    factorise(e->direct, assemble(&e->levels[e->n_levels - 1].mg, e->direct));
}

void elliptic_direct_solve(cyt_elliptic *e)
{
    const cyt_mg_level *l = &e->levels[e->n_levels - 1].mg;
    const size_t cols = l->rows.n_cols, n = (size_t)l->rows.n_rows * cols;
    double x[DIRECT_MAX];
    for (size_t i = 0; i < n; i++) {
        const double *row = factor_row(e->direct, i);
        double sum = (double)cyt_mg_row(&l->rows, l->f, (int64_t)(i / cols))[i % cols];
        for (size_t k = 0; k < i; k++)
            sum -= row[k] * x[k];
        x[i] = sum / row[i];
    }
    for (size_t i = n; i-- > 0;) {
        x[i] /= factor_row(e->direct, i)[i];
        for (size_t k = 0; k < i; k++)
            x[k] -= factor_row(e->direct, i)[k] * x[i];
        cyt_mg_row(&l->rows, l->u, (int64_t)(i / cols))[i % cols] = (float)x[i];
    }
}

/* --- cycle ------------------------------------------------------------------------ */

static void visit(MPI_Comm comm, cyt_elliptic *e, int l, int from_zero)
{
    elliptic_level *fine = &e->levels[l], *coarse = fine + 1;
    if (l == e->n_levels - 1) {
        elliptic_direct_solve(e);
        return;
    }
    cyt_mg_descend(&fine->mg, &fine->transfer, &coarse->mg, from_zero, e->scratch);
    if (!coarse->is_whole)
        elliptic_exchange(comm, e, coarse, coarse->mg.f, CYT_MG_HALO);
    else if (!fine->is_whole)
        elliptic_gather(comm, e, coarse, coarse->mg.f);
    visit(comm, e, l + 1, 1);
    if (coarse->is_whole && l + 1 < e->n_levels - 1)
        visit(comm, e, l + 1, 0);
    if (!coarse->is_whole)
        elliptic_exchange(comm, e, coarse, coarse->mg.u, CYT_MG_REACH);
    cyt_mg_ascend(&fine->mg, &fine->transfer, &coarse->mg);
}

void elliptic_cycle(MPI_Comm comm, cyt_elliptic *e)
{
    elliptic_exchange(comm, e, &e->levels[0], e->levels[0].mg.f, CYT_MG_HALO);
    visit(comm, e, 0, 1);
}
