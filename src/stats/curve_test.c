// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/curve_test.h"

#include "stats/ranks.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Differences that are nearer than this to each other, relative to the largest of their
 * place, are the same but for the order of additions. */
static const double grain = 0x1p-40;

/* All curves of differences, the observed first: it is the first of exact labellings,
 * and stands before those that were drawn. */
typedef struct curves {
    size_t n, n_x;
    double *t;     /* [n * n_x] */
    size_t *rank2; /* [n * n_x] from the nearer end; then ascending in each curve */
} curves;

/* --- differences of means --------------------------------------------------------- */

/* @p set: who is in a, ascending; NULL: the first n_a */
static void difference_of(const double *v, size_t n_x, const cyt_labellings *by,
                          const uint16_t *set, const double *all, double *out)
{
    const double n_a = (double)by->n_a, n_b = (double)by->n_b;
    memset(out, 0, n_x * sizeof *out);
    for (size_t i = 0; i < by->n_a; i++) {
        const double *curve = v + (by->n_b && set ? set[i] : i) * n_x;
        const double sign = by->n_b == 0 && set && set[i] ? -1 : 1;
        for (size_t k = 0; k < n_x; k++)
            out[k] += sign * curve[k];
    }
    for (size_t k = 0; k < n_x; k++)
        out[k] = by->n_b ? out[k] / n_a - (all[k] - out[k]) / n_b : out[k] / n_a;
}

static void fill_differences(const double *v, const cyt_labellings *by, double *all,
                             curves *c)
{
    const size_t n_x = c->n_x;
    memset(all, 0, n_x * sizeof *all);
    for (size_t i = 0; i < by->n_a + by->n_b; i++)
        for (size_t k = 0; k < n_x; k++)
            all[k] += v[i * n_x + k];
    difference_of(v, n_x, by, NULL, all, c->t);
    for (size_t i = 1, d = by->exact ? 1 : 0; i < c->n; i++, d++)
        difference_of(v, n_x, by, by->chosen + d * by->n_a, all, c->t + i * n_x);
}

/* --- ranks ------------------------------------------------------------------------ */

/* Ranks at one place, counted from the nearer end. @p column [n] scratch */
static cyt_code rank_place(curves *c, size_t k, double *column, size_t *rank2,
                           cyt_error *err)
{
    double largest = 0, ties;
    for (size_t i = 0; i < c->n; i++)
        largest = fmax(largest, fabs(c->t[i * c->n_x + k]));
    const double step = largest > 0 ? largest * grain : 1;
    for (size_t i = 0; i < c->n; i++)
        column[i] = round(c->t[i * c->n_x + k] / step);
    const cyt_code code = cyt_ranks_doubled(column, c->n, rank2, &ties, err);
    for (size_t i = 0; code == CYT_OK && i < c->n; i++) {
        const size_t from_top = 2 * (c->n + 1) - rank2[i];
        c->rank2[i * c->n_x + k] = rank2[i] < from_top ? rank2[i] : from_top;
    }
    return code;
}

static int by_size(const void *pa, const void *pb)
{
    const size_t a = *(const size_t *)pa, b = *(const size_t *)pb;
    return a < b ? -1 : a > b;
}

static cyt_code rank_all(curves *c, cyt_error *err)
{
    double *column = cyt_alloc(c->n, sizeof *column, "curves", err);
    size_t *rank2 = cyt_alloc(c->n, sizeof *rank2, "curves", err);
    for (size_t k = 0; err->code == CYT_OK && k < c->n_x; k++)
        (void)!rank_place(c, k, column, rank2, err);
    for (size_t i = 0; err->code == CYT_OK && i < c->n; i++)
        qsort(c->rank2 + i * c->n_x, c->n_x, sizeof *c->rank2, by_size);
    free(column);
    free(rank2);
    return err->code;
}

/* Negative when curve i is more extreme than j. */
static int compare_curves(const curves *c, size_t i, size_t j)
{
    for (size_t k = 0; k < c->n_x; k++) {
        const size_t a = c->rank2[i * c->n_x + k], b = c->rank2[j * c->n_x + k];
        if (a != b)
            return a < b ? -1 : 1;
    }
    return 0;
}

/* --- the envelope ----------------------------------------------------------------- */

/* A curve with what it is compared by, for sorting. */
typedef struct placed {
    const curves *of;
    size_t at;
} placed;

static int most_extreme_first(const void *pa, const void *pb)
{
    const placed *a = pa, *b = pb;
    return compare_curves(a->of, a->at, b->at);
}

static void widen(const curves *c, size_t i, cyt_envelope *out)
{
    for (size_t k = 0; k < c->n_x; k++) {
        out->low[k] = fmin(out->low[k], c->t[i * c->n_x + k]);
        out->high[k] = fmax(out->high[k], c->t[i * c->n_x + k]);
    }
}

/* The p of a curve is the share of those at least as extreme; the envelope spans the
 * curves whose p is above alpha. */
static cyt_code span(const curves *c, double alpha, cyt_envelope *out, cyt_error *err)
{
    const size_t n = c->n;
    placed *order = cyt_alloc(n, sizeof *order, "curves", err);
    if (!order)
        return err->code;
    for (size_t i = 0; i < n; i++)
        order[i] = (placed){c, i};
    qsort(order, n, sizeof *order, most_extreme_first);
    size_t n_extreme = 0;
    for (size_t k = 0; k < c->n_x; k++) {
        out->low[k] = INFINITY;
        out->high[k] = -INFINITY;
    }
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && compare_curves(c, order[i].at, order[j].at) == 0; j++)
            ;
        if (compare_curves(c, order[i].at, 0) <= 0)
            n_extreme = j;
        for (size_t k = i; k < j && (double)j / (double)n > alpha; k++)
            widen(c, order[k].at, out);
    }
    out->p = (double)n_extreme / (double)n;
    free(order);
    return CYT_OK;
}

cyt_code cyt_curve_envelope(const double *v, size_t n_x, const cyt_labellings *by,
                            double alpha, cyt_envelope *out, cyt_error *err)
{
    curves c = {.n = by->exact ? by->n : by->n + 1, .n_x = n_x};
    double *all = cyt_alloc(n_x, sizeof *all, "curves", err);
    c.t = cyt_alloc(c.n * n_x, sizeof *c.t, "curves", err);
    c.rank2 = cyt_alloc(c.n * n_x, sizeof *c.rank2, "curves", err);
    if (err->code == CYT_OK) {
        fill_differences(v, by, all, &c);
        memcpy(out->difference, c.t, n_x * sizeof *c.t);
        if (rank_all(&c, err) == CYT_OK)
            (void)!span(&c, alpha, out, err);
    }
    free(all);
    free(c.t);
    free(c.rank2);
    return err->code;
}

/* --- bands ------------------------------------------------------------------------ */

/* The mean of a draw; NULL: of each patient once. Returns 0 when nobody is in it. */
static size_t mean_of(const double *v, size_t n_x, size_t n_units,
                      const uint16_t *times, double *out)
{
    double n = 0;
    memset(out, 0, n_x * sizeof *out);
    for (size_t i = 0; i < n_units; i++) {
        const double w = times ? times[i] : 1;
        if (isnan(v[i * n_x]) || w == 0)
            continue;
        n += w;
        for (size_t k = 0; k < n_x; k++)
            out[k] += w * v[i * n_x + k];
    }
    for (size_t k = 0; k < n_x; k++)
        out[k] = n > 0 ? out[k] / n : NAN;
    return n > 0 ? 1 : 0;
}

/* Standard errors of the n drawn means, at each place. */
static void errors_of(const double *drawn, size_t n, size_t n_x, double *se)
{
    for (size_t k = 0; k < n_x; k++) {
        double mean = 0, squares = 0;
        for (size_t d = 0; d < n; d++)
            mean += drawn[d * n_x + k] / (double)n;
        for (size_t d = 0; d < n; d++)
            squares += (drawn[d * n_x + k] - mean) * (drawn[d * n_x + k] - mean);
        se[k] = sqrt(squares / (double)(n - 1));
    }
}

/* The quantile of the largest deviation in standard errors. @p most [n] scratch */
static double critical(const double *drawn, size_t n, size_t n_x, const double *mean,
                       const double *se, double confidence, double *most)
{
    double c;
    for (size_t d = 0; d < n; d++) {
        most[d] = 0;
        for (size_t k = 0; k < n_x; k++)
            if (se[k] > 0)
                most[d] = fmax(most[d], fabs(drawn[d * n_x + k] - mean[k]) / se[k]);
    }
    cyt_quantiles(most, n, &confidence, 1, &c);
    return c;
}

cyt_code cyt_curve_band(const double *v, size_t n_x, const cyt_resamples *draws,
                        double confidence, double *mean, double *low, double *high,
                        cyt_error *err)
{
    size_t n = 0, n_there = 0;
    double *drawn =
        cyt_alloc(draws->n_draws * n_x + draws->n_draws, sizeof *drawn, "curves", err);
    if (!drawn)
        return err->code;
    double *se = low, *most = drawn + draws->n_draws * n_x;
    for (size_t i = 0; i < draws->n_units; i++)
        n_there += isnan(v[i * n_x]) ? 0 : 1;
    (void)mean_of(v, n_x, draws->n_units, NULL, mean);
    for (size_t d = 0; d < draws->n_draws; d++)
        n += mean_of(v, n_x, draws->n_units, draws->times + d * draws->n_units,
                     drawn + n * n_x);
    double c = NAN;
    if (n_there >= 2 && n >= 2) {
        errors_of(drawn, n, n_x, se);
        c = critical(drawn, n, n_x, mean, se, confidence, most);
        c *= sqrt((double)n_there / (double)(n_there - 1)); /* a draw varies less */
    }
    for (size_t k = 0; k < n_x; k++) {
        const double half = isnan(c) ? NAN : c * se[k];
        low[k] = mean[k] - half;
        high[k] = mean[k] + half;
    }
    free(drawn);
    return CYT_OK;
}
