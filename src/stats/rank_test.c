// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/rank_test.h"

#include "stats/ranks.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

/* ways[m][s]: choices of m of the values whose doubled ranks add up to s. Doubles hold
 * the counts exactly up to 2^53; choose(40, 20) = 1.4e11. */
static cyt_code count_ways(const size_t *rank2, size_t n, size_t n_a, size_t top,
                           double **ways, cyt_error *err)
{
    double *w = cyt_calloc((n_a + 1) * (top + 1), sizeof *w, "a rank test", err);
    *ways = w;
    if (!w)
        return err->code;
    w[0] = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t m = i + 1 < n_a ? i + 1 : n_a; m >= 1; m--)
            for (size_t s = rank2[i]; s <= top; s++)
                w[m * (top + 1) + s] += w[(m - 1) * (top + 1) + s - rank2[i]];
    return CYT_OK;
}

/* Probability of a doubled rank sum at least as far from its mean as the observed. */
static cyt_code exact_p(const size_t *rank2, size_t n, size_t n_a, size_t observed2,
                        double *p, cyt_error *err)
{
    const size_t top = n * (n + 1); /* all doubled ranks */
    double *ways = NULL, far = 0, all = 0;
    if (count_ways(rank2, n, n_a, top, &ways, err) == CYT_OK) {
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

static cyt_code test_ranked(const size_t *rank2, size_t n_a, size_t n_b, double ties,
                            cyt_rank_test *out, cyt_error *err)
{
    const size_t n = n_a + n_b;
    const double da = (double)n_a, db = (double)n_b, dn = (double)n;
    size_t sum2 = 0;
    for (size_t i = 0; i < n_a; i++)
        sum2 += rank2[i];
    out->u = (double)sum2 / 2 - da * (da + 1) / 2;
    out->delta = 2 * out->u / (da * db) - 1;
    if (ties == dn * dn * dn - dn) /* all equal: no information */
        return CYT_OK;
    out->exact = n <= CYT_RANKS_EXACT_MOST;
    if (out->exact)
        return exact_p(rank2, n, n_a, sum2, &out->p, err);
    out->p = normal_p(out->u, da, db, ties);
    return CYT_OK;
}

cyt_code cyt_mann_whitney(const double *a, size_t n_a, const double *b, size_t n_b,
                          cyt_rank_test *out, cyt_error *err)
{
    const size_t n = n_a + n_b;
    double ties;
    *out = (cyt_rank_test){.u = NAN, .p = NAN, .delta = NAN};
    if (n_a == 0 || n_b == 0)
        return CYT_OK;
    double *v = cyt_alloc(n, sizeof *v, "a rank test", err);
    size_t *rank2 = cyt_alloc(n, sizeof *rank2, "a rank test", err);
    if (err->code == CYT_OK) {
        memcpy(v, a, n_a * sizeof *v);
        memcpy(v + n_a, b, n_b * sizeof *v);
        if (cyt_ranks_doubled(v, n, rank2, &ties, err) == CYT_OK)
            (void)!test_ranked(rank2, n_a, n_b, ties, out, err);
    }
    free(v);
    free(rank2);
    return err->code;
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
