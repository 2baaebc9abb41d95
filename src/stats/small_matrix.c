// SPDX-License-Identifier: BSD-3-Clause
#include "stats/small_matrix.h"

#include <float.h>
#include <math.h>

int cyt_cholesky(size_t p, double *a)
{
    const double least = pow(DBL_EPSILON, 0.75);
    for (size_t i = 0; i < p; i++) {
        const double before = a[i * p + i];
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i * p + j];
            for (size_t k = 0; k < j; k++)
                sum -= a[i * p + k] * a[j * p + k];
            if (j < i)
                a[i * p + j] = sum / a[j * p + j];
            else if (sum > least * before)
                a[i * p + i] = sqrt(sum);
            else
                return 0; /* for NaN too */
        }
    }
    return 1;
}

void cyt_cholesky_forward(size_t p, const double *factor, double *x)
{
    for (size_t i = 0; i < p; i++) {
        for (size_t k = 0; k < i; k++)
            x[i] -= factor[i * p + k] * x[k];
        x[i] /= factor[i * p + i];
    }
}

void cyt_cholesky_solve(size_t p, const double *factor, double *x)
{
    cyt_cholesky_forward(p, factor, x);
    for (size_t i = p; i-- > 0;) {
        for (size_t k = i + 1; k < p; k++)
            x[i] -= factor[k * p + i] * x[k];
        x[i] /= factor[i * p + i];
    }
}

double cyt_cholesky_log_det(size_t p, const double *factor)
{
    double sum = 0;
    for (size_t i = 0; i < p; i++)
        sum += log(factor[i * p + i]);
    return 2 * sum;
}
