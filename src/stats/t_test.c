// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/t_test.h"

#include "cytotaxis/p_value.h"

#include <float.h>
#include <math.h>

/* Mean, and sum of squares about it; two passes. */
static void spread(const double *v, size_t n, double *mean, double *squares)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    *mean = sum / (double)n;
    *squares = 0;
    for (size_t i = 0; i < n; i++)
        *squares += (v[i] - *mean) * (v[i] - *mean);
}

/* A standard error of no more than the rounding of means of this size is 0, as in R. */
static cyt_t_test finish(double difference, double variance, double df, double size)
{
    cyt_t_test out = {difference, sqrt(variance), NAN, NAN, NAN};
    if (out.se < 10 * DBL_EPSILON * size)
        out.se = 0;
    if (!(out.se > 0))
        return out;
    out.t = difference / out.se;
    out.df = df;
    out.p = cyt_p_of_t(out.t, df);
    return out;
}

cyt_t_test cyt_t_welch(const double *a, size_t n_a, const double *b, size_t n_b)
{
    double mean_a, mean_b, sa, sb;
    if (n_a < 2 || n_b < 2)
        return (cyt_t_test){NAN, NAN, NAN, NAN, NAN};
    spread(a, n_a, &mean_a, &sa);
    spread(b, n_b, &mean_b, &sb);
    const double da = (double)n_a, db = (double)n_b;
    const double va = sa / (da - 1) / da, vb = sb / (db - 1) / db, v = va + vb;
    const double df = v * v / (va * va / (da - 1) + vb * vb / (db - 1));
    return finish(mean_a - mean_b, v, df, fmax(fabs(mean_a), fabs(mean_b)));
}

cyt_t_test cyt_t_paired(const double *d, size_t n)
{
    double mean, squares;
    if (n < 2)
        return (cyt_t_test){NAN, NAN, NAN, NAN, NAN};
    spread(d, n, &mean, &squares);
    const double dn = (double)n;
    return finish(mean, squares / (dn - 1) / dn, dn - 1, fabs(mean));
}

double cyt_hedges_correction(double df)
{
    if (!(df >= 2))
        return NAN;
    return exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2);
}
