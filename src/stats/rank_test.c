// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/rank_test.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

typedef struct ranked {
    double value;
    int from_a;
    size_t rank2; /* twice the mid-rank, from 2 */
} ranked;

static int by_value(const void *pa, const void *pb)
{
    const double a = ((const ranked *)pa)->value, b = ((const ranked *)pb)->value;
    return a < b ? -1 : a > b;
}

/* Doubled mid-ranks of the pooled values; returns the sum of t^3 - t over ties. */
static double rank_pooled(ranked *v, size_t n)
{
    double ties = 0;
    qsort(v, n, sizeof *v, by_value);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && v[j].value == v[i].value; j++)
            ;
        const double t = (double)(j - i);
        ties += t * t * t - t;
        for (size_t k = i; k < j; k++)
            v[k].rank2 = i + j + 1; /* (i + 1) + j, the doubled mean of ranks i+1..j */
    }
    return ties;
}

/* ways[m][s]: choices of m of the values whose doubled ranks add up to s. Doubles hold
 * the counts exactly up to 2^53; choose(40, 20) = 1.4e11. */
static cyt_code count_ways(const ranked *v, size_t n, size_t n_a, size_t top,
                           double **ways, cyt_error *err)
{
    double *w = cyt_calloc((n_a + 1) * (top + 1), sizeof *w, "a rank test", err);
    *ways = w;
    if (!w)
        return err->code;
    w[0] = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t m = i + 1 < n_a ? i + 1 : n_a; m >= 1; m--)
            for (size_t s = v[i].rank2; s <= top; s++)
                w[m * (top + 1) + s] += w[(m - 1) * (top + 1) + s - v[i].rank2];
    return CYT_OK;
}

/* Probability of a doubled rank sum at least as far from its mean as the observed. */
static cyt_code exact_p(const ranked *v, size_t n, size_t n_a, size_t observed2,
                        double *p, cyt_error *err)
{
    const size_t top = n * (n + 1); /* all doubled ranks */
    double *ways = NULL, far = 0, all = 0;
    if (count_ways(v, n, n_a, top, &ways, err) == CYT_OK) {
        const double mean2 = (double)(n_a * (n + 1));
        const double off = fabs((double)observed2 - mean2);
        for (size_t s = 0; s <= top; s++) {
            const double w = ways[n_a * (top + 1) + s];
            all += w;
            far += fabs((double)s - mean2) >= off ? w : 0;
        }
        *p = far / all;
    }
    free(ways);
    return err->code;
}

static double normal_p(double u, double n_a, double n_b, double ties)
{
    const double n = n_a + n_b;
    const double var = n_a * n_b / 12 * (n + 1 - ties / (n * (n - 1)));
    double off = fabs(u - n_a * n_b / 2) - 0.5; /* continuity correction */
    if (off < 0)
        off = 0;
    const double p = 2 * gsl_cdf_ugaussian_Q(off / sqrt(var));
    return p < 1 ? p : 1;
}

static cyt_code test_ranked(ranked *v, size_t n_a, size_t n_b, cyt_rank_test *out,
                            cyt_error *err)
{
    const size_t n = n_a + n_b;
    const double ties = rank_pooled(v, n);
    size_t sum2 = 0;
    for (size_t i = 0; i < n; i++)
        sum2 += v[i].from_a ? v[i].rank2 : 0;
    const double da = (double)n_a, db = (double)n_b;
    out->u = (double)sum2 / 2 - da * (da + 1) / 2;
    out->delta = 2 * out->u / (da * db) - 1;
    if (v[0].value == v[n - 1].value) /* no information */
        return CYT_OK;
    out->exact = n <= CYT_EXACT_MOST;
    if (out->exact)
        return exact_p(v, n, n_a, sum2, &out->p, err);
    out->p = normal_p(out->u, da, db, ties);
    return CYT_OK;
}

cyt_code cyt_mann_whitney(const double *a, size_t n_a, const double *b, size_t n_b,
                          cyt_rank_test *out, cyt_error *err)
{
    *out = (cyt_rank_test){.u = NAN, .p = NAN, .delta = NAN};
    if (n_a == 0 || n_b == 0)
        return CYT_OK;
    ranked *v = cyt_alloc(n_a + n_b, sizeof *v, "a rank test", err);
    if (!v)
        return err->code;
    for (size_t i = 0; i < n_a; i++)
        v[i] = (ranked){a[i], 1, 0};
    for (size_t i = 0; i < n_b; i++)
        v[n_a + i] = (ranked){b[i], 0, 0};
    const cyt_code code = test_ranked(v, n_a, n_b, out, err);
    free(v);
    return code;
}

typedef struct p_value {
    double p;
    size_t at;
} p_value;

static int by_p(const void *pa, const void *pb)
{
    const p_value *a = pa, *b = pb;
    if (a->p != b->p)
        return a->p < b->p ? -1 : 1;
    return a->at < b->at ? -1 : a->at > b->at;
}

cyt_code cyt_benjamini_hochberg(const double *p, size_t n, double *q, cyt_error *err)
{
    p_value *sorted = cyt_alloc(n, sizeof *sorted, "adjusted p-values", err);
    if (!sorted)
        return err->code;
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        q[i] = NAN;
        if (!isnan(p[i]))
            sorted[m++] = (p_value){p[i], i};
    }
    qsort(sorted, m, sizeof *sorted, by_p);
    double least = 1;
    for (size_t k = m; k-- > 0;) {
        const double adjusted = sorted[k].p * (double)m / (double)(k + 1);
        least = adjusted < least ? adjusted : least;
        q[sorted[k].at] = least;
    }
    free(sorted);
    return CYT_OK;
}
