// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/spd.h"

#include <math.h>
#include <string.h>

static size_t at(size_t j, size_t k)
{
    return j * (j + 1) / 2 + k;
}

/* Row j of the factor, all but its pivot, which is returned squared. */
static double factor_row(size_t j, const double *a, const char *is_kept, double *factor)
{
    double left = a[at(j, j)];
    for (size_t k = 0; k < j; k++) {
        double sum = a[at(j, k)];
        for (size_t i = 0; i < k; i++)
            sum -= factor[at(j, i)] * factor[at(k, i)];
        factor[at(j, k)] = is_kept[k] ? sum / factor[at(k, k)] : 0;
        left -= factor[at(j, k)] * factor[at(j, k)];
    }
    return left;
}

size_t cyt_spd_factor(size_t n, const double *a, double least, char *is_kept,
                      double *factor)
{
    size_t n_kept = 0;
    memset(factor, 0, at(n, 0) * sizeof *factor);
    for (size_t j = 0; j < n; j++) {
        if (!is_kept[j])
            continue;
        const double left = factor_row(j, a, is_kept, factor);
        is_kept[j] = left > least * a[at(j, j)];
        if (is_kept[j])
            factor[at(j, j)] = sqrt(left);
        else
            memset(factor + at(j, 0), 0, (j + 1) * sizeof *factor);
        n_kept += (size_t)is_kept[j];
    }
    return n_kept;
}

void cyt_spd_forward(size_t n, const double *factor, const char *is_kept, double *x)
{
    for (size_t j = 0; j < n; j++) {
        double sum = x[j];
        for (size_t k = 0; k < j; k++)
            sum -= factor[at(j, k)] * x[k];
        x[j] = is_kept[j] ? sum / factor[at(j, j)] : 0;
    }
}

void cyt_spd_backward(size_t n, const double *factor, const char *is_kept, double *x)
{
    for (size_t j = n; j-- > 0;) {
        double sum = x[j];
        for (size_t k = j + 1; k < n; k++)
            sum -= factor[at(k, j)] * x[k];
        x[j] = is_kept[j] ? sum / factor[at(j, j)] : 0;
    }
}

void cyt_spd_solve(size_t n, const double *factor, const char *is_kept, double *x)
{
    cyt_spd_forward(n, factor, is_kept, x);
    cyt_spd_backward(n, factor, is_kept, x);
}
