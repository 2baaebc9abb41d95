// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/signed_rank.h"

#include "stats/ranks.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/rank_test.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

/* ways[s]: choices of signs whose positive doubled ranks add up to s. Doubles hold the
 * counts exactly: 2^CYT_RANKS_EXACT_MOST < 2^53. */
static cyt_code exact_p(const size_t *rank2, size_t n, size_t positive2, double *p,
                        cyt_error *err)
{
    const size_t top = n * (n + 1); /* all doubled ranks */
    double *ways = cyt_calloc(top + 1, sizeof *ways, "a rank test", err);
    if (!ways)
        return err->code;
    ways[0] = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t s = top; s >= rank2[i]; s--)
            ways[s] += ways[s - rank2[i]];
    const double off = fabs(2 * (double)positive2 - (double)top);
    double far = 0;
    for (size_t s = 0; s <= top; s++)
        far += fabs(2 * (double)s - (double)top) >= off ? ways[s] : 0;
    *p = ldexp(far, -(int)n);
    free(ways);
    return CYT_OK;
}

static double normal_p(double v, double n, double ties)
{
    const double var = n * (n + 1) * (2 * n + 1) / 24 - ties / 48;
    const double off = fmax(fabs(v - n * (n + 1) / 4) - 0.5, 0); /* continuity */
    return fmin(2 * gsl_cdf_ugaussian_Q(off / sqrt(var)), 1);
}

static cyt_code test_signs(const double *d, const size_t *rank2, double ties,
                           cyt_signed_rank *out, cyt_error *err)
{
    const size_t n = out->n;
    size_t positive2 = 0;
    for (size_t i = 0; i < n; i++)
        positive2 += d[i] > 0 ? rank2[i] : 0;
    out->v = (double)positive2 / 2;
    out->biserial = 4 * out->v / ((double)n * (double)(n + 1)) - 1;
    out->exact = n <= CYT_RANKS_EXACT_MOST;
    if (out->exact)
        return exact_p(rank2, n, positive2, &out->p, err);
    out->p = normal_p(out->v, (double)n, ties);
    return CYT_OK;
}

cyt_code cyt_signed_rank_test(const double *d, size_t n, cyt_signed_rank *out,
                              cyt_error *err)
{
    *out = (cyt_signed_rank){.v = NAN, .p = NAN, .biserial = NAN};
    double ties, *kept = cyt_alloc(2 * n, sizeof *kept, "a rank test", err);
    double *size = kept ? kept + n : NULL;
    size_t *rank2 = cyt_alloc(n, sizeof *rank2, "a rank test", err);
    for (size_t i = 0; err->code == CYT_OK && i < n; i++) {
        if (d[i] == 0)
            continue;
        kept[out->n] = d[i];
        size[out->n++] = fabs(d[i]);
    }
    if (err->code == CYT_OK && out->n > 0 &&
        cyt_ranks_doubled(size, out->n, rank2, &ties, err) == CYT_OK)
        (void)!test_signs(kept, rank2, ties, out, err);
    free(kept);
    free(rank2);
    return err->code;
}
