// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/survival.h"

#include "stats/small_matrix.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

/* --- patients by time ------------------------------------------------------------- */

typedef struct leaving {
    double time;
    size_t at;
} leaving;

static int latest_first(const void *pa, const void *pb)
{
    const leaving *a = pa, *b = pb;
    if (a->time != b->time)
        return a->time > b->time ? -1 : 1;
    return a->at < b->at ? -1 : a->at > b->at;
}

/* Latest first, so that those at risk only grow. */
static leaving *by_time(const cyt_lifetimes *life, cyt_error *err)
{
    leaving *order = cyt_alloc(life->n, sizeof *order, "survival", err);
    for (size_t i = 0; order && i < life->n; i++)
        order[i] = (leaving){life->time[i], i};
    if (order)
        qsort(order, life->n, sizeof *order, latest_first);
    return order;
}

/* --- log-rank --------------------------------------------------------------------- */

/* Observed less expected of all groups, their covariance, and what is at one time. */
typedef struct rank_sums {
    double *excess, *variance; /* [k], [k * k] lower */
    double *at_risk, *dying;   /* [k] */
} rank_sums;

static void add_time(rank_sums *s, size_t k, size_t n_dying)
{
    double n = 0;
    const double d = (double)n_dying;
    for (size_t g = 0; g < k; g++)
        n += s->at_risk[g];
    const double scale = n > 1 ? d * (n - d) / (n - 1) : 0;
    for (size_t g = 0; g < k; g++) {
        const double share = s->at_risk[g] / n;
        s->excess[g] += s->dying[g] - d * share;
        for (size_t h = 0; h <= g; h++)
            s->variance[g * k + h] += scale * share * ((g == h) - s->at_risk[h] / n);
    }
}

/* Groups that were at risk beside a rival, less one, which follows from the others.
 * Returns how many there were with it. */
static size_t pack_groups(const rank_sums *s, size_t k, double *excess,
                          double *variance)
{
    size_t n = 0, row = 0;
    for (size_t g = 0; g < k; g++)
        n += s->variance[g * k + g] > 0;
    for (size_t g = 0; g < k && row + 1 < n; g++) {
        if (!(s->variance[g * k + g] > 0))
            continue;
        for (size_t h = 0, column = 0; h <= g; h++)
            if (s->variance[h * k + h] > 0)
                variance[row * (n - 1) + column++] = s->variance[g * k + h];
        excess[row++] = s->excess[g];
    }
    return n;
}

static void finish_log_rank(const rank_sums *s, size_t k, double *room,
                            cyt_log_rank *out)
{
    double *excess = room, *variance = room + k;
    const size_t n = pack_groups(s, k, excess, variance);
    if (n < 2 || !cyt_cholesky(n - 1, variance))
        return;
    cyt_cholesky_forward(n - 1, variance, excess);
    out->chi2 = 0;
    for (size_t g = 0; g + 1 < n; g++)
        out->chi2 += excess[g] * excess[g];
    out->df = (double)(n - 1);
    out->p = gsl_cdf_chisq_Q(out->chi2, out->df);
}

static void walk_times(const cyt_lifetimes *life, const leaving *order,
                       const size_t *group, size_t k, rank_sums *s, cyt_log_rank *out)
{
    for (size_t i = 0, j; i < life->n; i = j) {
        size_t n_dying = 0;
        memset(s->dying, 0, k * sizeof *s->dying);
        for (j = i; j < life->n && order[j].time == order[i].time; j++) {
            const size_t at = order[j].at;
            s->at_risk[group[at]] += 1;
            s->dying[group[at]] += life->event[at];
            n_dying += life->event[at];
        }
        if (n_dying > 0)
            add_time(s, k, n_dying);
        out->n_events += n_dying;
    }
}

cyt_code cyt_log_rank_test(const cyt_lifetimes *life, const size_t *group,
                           size_t n_groups, cyt_log_rank *out, cyt_error *err)
{
    const size_t k = n_groups;
    *out = (cyt_log_rank){0, NAN, NAN, NAN};
    rank_sums s = {.excess =
                       cyt_calloc(2 * k * k + 4 * k, sizeof(double), "survival", err)};
    leaving *order = by_time(life, err);
    if (err->code == CYT_OK) {
        s.at_risk = s.excess + k;
        s.dying = s.at_risk + k;
        s.variance = s.dying + k;
        walk_times(life, order, group, k, &s, out);
        finish_log_rank(&s, k, s.variance + k * k, out);
    }
    free(s.excess);
    free(order);
    return err->code;
}

/* --- Cox -------------------------------------------------------------------------- */

enum { MOST_STEPS = 20, MOST_HALVINGS = 20 };
static const double relative_gain = 1e-9;

/* The likelihood at one beta, with sums over those at risk and those that die. */
typedef struct cox {
    const cyt_lifetimes *life;
    const leaving *order;
    const double *x; /* [n * p] centred */
    size_t p;
    double log_likelihood;
    double *beta, *step, *score, *information; /* [p], [p * p] lower */
    double *s1, *d1, *s2, *d2;                 /* sums of w x, w x x' */
    double s0, d0;                             /* sums of w */
} cox;

static void add_risk(cox *c, const double *x, double w, int dies)
{
    const size_t p = c->p;
    c->s0 += w;
    c->d0 += dies ? w : 0;
    for (size_t j = 0; j < p; j++) {
        c->s1[j] += w * x[j];
        c->d1[j] += dies ? w * x[j] : 0;
        for (size_t k = 0; k <= j; k++) {
            c->s2[j * p + k] += w * x[j] * x[k];
            c->d2[j * p + k] += dies ? w * x[j] * x[k] : 0;
        }
    }
}

/* Efron: of d that die together the l-th sees l/d of their weight gone. */
static void add_deaths(cox *c, size_t d)
{
    const size_t p = c->p;
    for (size_t l = 0; l < d; l++) {
        const double gone = (double)l / (double)d, s0 = c->s0 - gone * c->d0;
        c->log_likelihood -= log(s0);
        for (size_t j = 0; j < p; j++) {
            const double mean = (c->s1[j] - gone * c->d1[j]) / s0;
            c->score[j] -= mean;
            for (size_t k = 0; k <= j; k++)
                c->information[j * p + k] +=
                    (c->s2[j * p + k] - gone * c->d2[j * p + k]) / s0 -
                    mean * (c->s1[k] - gone * c->d1[k]) / s0;
        }
    }
    c->d0 = 0;
    memset(c->d1, 0, p * sizeof *c->d1);
    memset(c->d2, 0, p * p * sizeof *c->d2);
}

static void evaluate(cox *c)
{
    const size_t p = c->p, n = c->life->n;
    c->log_likelihood = c->s0 = c->d0 = 0;
    memset(c->score, 0, (3 * p + 3 * p * p) * sizeof(double)); /* up to d2 */
    for (size_t i = 0, j; i < n; i = j) {
        size_t d = 0;
        for (j = i; j < n && c->order[j].time == c->order[i].time; j++) {
            const size_t at = c->order[j].at;
            const double *x = c->x + at * p;
            double eta = 0;
            for (size_t k = 0; k < p; k++)
                eta += x[k] * c->beta[k];
            add_risk(c, x, exp(eta), c->life->event[at]);
            if (!c->life->event[at])
                continue;
            d++;
            c->log_likelihood += eta;
            for (size_t k = 0; k < p; k++)
                c->score[k] += x[k];
        }
        add_deaths(c, d);
    }
}

/* A step of Newton from where the likelihood was `before`; halved until it gains. */
static void take_step(cox *c, double before)
{
    const size_t p = c->p;
    for (size_t j = 0; j < p; j++)
        c->beta[j] += c->step[j];
    evaluate(c);
    for (int h = 0; h < MOST_HALVINGS && !(c->log_likelihood >= before); h++) {
        for (size_t j = 0; j < p; j++) {
            c->step[j] /= 2;
            c->beta[j] -= c->step[j];
        }
        evaluate(c);
    }
}

/* Has beta come to rest too? A likelihood can, and beta go on to infinity. The bounds
 * are those of R's coxph.control (eps, toler.inf). */
static int is_at_rest(cox *c)
{
    const size_t p = c->p;
    if (!cyt_cholesky(p, c->information))
        return 0;
    memcpy(c->step, c->score, p * sizeof *c->step);
    cyt_cholesky_solve(p, c->information, c->step);
    for (size_t j = 0; j < p; j++)
        if (fabs(c->step[j]) > relative_gain &&
            fabs(c->step[j]) > sqrt(relative_gain) * fabs(c->beta[j]))
            return 0;
    return 1;
}

static cyt_cox_outcome climb(cox *c)
{
    const size_t p = c->p;
    evaluate(c);
    for (int i = 0; i < MOST_STEPS; i++) {
        const double before = c->log_likelihood;
        memcpy(c->step, c->score, p * sizeof *c->step);
        if (!cyt_cholesky(p, c->information))
            return i == 0 ? CYT_COX_SINGULAR : CYT_COX_DIVERGES;
        cyt_cholesky_solve(p, c->information, c->step);
        take_step(c, before);
        if (!isfinite(c->log_likelihood))
            return CYT_COX_DIVERGES;
        if (fabs(1 - before / c->log_likelihood) <= relative_gain)
            return is_at_rest(c) ? CYT_COX_OK : CYT_COX_DIVERGES;
    }
    return CYT_COX_DIVERGES;
}

/* Centred columns: the exponentials stay near 1. Constant columns are singular. */
static int centre(const double *x, size_t n, size_t p, double *out)
{
    int varies = 1;
    for (size_t j = 0; j < p; j++) {
        double mean = 0, low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < n; i++) {
            mean += x[i * p + j] / (double)n;
            low = fmin(low, x[i * p + j]);
            high = fmax(high, x[i * p + j]);
        }
        for (size_t i = 0; i < n; i++)
            out[i * p + j] = x[i * p + j] - mean;
        varies = varies && low < high;
    }
    return varies;
}

static void fit_cox(cox *c, size_t tested, cyt_cox_fit *fit)
{
    const size_t p = c->p;
    fit->outcome = climb(c);
    if (fit->outcome != CYT_COX_OK)
        return;
    memset(c->step, 0, p * sizeof *c->step);
    c->step[tested] = 1;
    cyt_cholesky_forward(p, c->information, c->step);
    double variance = 0;
    for (size_t j = 0; j < p; j++)
        variance += c->step[j] * c->step[j];
    fit->estimate = c->beta[tested];
    fit->se = sqrt(variance);
    fit->z = fit->estimate / fit->se;
    fit->p = 2 * gsl_cdf_ugaussian_Q(fabs(fit->z));
}

cyt_code cyt_cox_regression(const cyt_lifetimes *life, const double *x, size_t p,
                            size_t tested, cyt_cox_fit *fit, cyt_error *err)
{
    const size_t n = life->n;
    *fit = (cyt_cox_fit){CYT_COX_NO_EVENT, 0, NAN, NAN, NAN, NAN};
    for (size_t i = 0; i < n; i++)
        fit->n_events += life->event[i];
    double *room = cyt_calloc(5 * p + 3 * p * p + n * p, sizeof *room, "survival", err);
    leaving *order = by_time(life, err);
    if (err->code == CYT_OK && fit->n_events > 0) {
        double *score = room + 2 * p, *centred = score + 3 * p + 3 * p * p;
        cox c = {.life = life,
                 .order = order,
                 .x = centred,
                 .p = p,
                 .beta = room,
                 .step = room + p,
                 .score = score,
                 .information = score + p,
                 .s1 = score + p + p * p,
                 .s2 = score + 2 * p + p * p,
                 .d1 = score + 2 * p + 2 * p * p,
                 .d2 = score + 3 * p + 2 * p * p};
        fit->outcome = CYT_COX_SINGULAR;
        if (centre(x, n, p, centred))
            fit_cox(&c, tested, fit);
    }
    free(room);
    free(order);
    return err->code;
}
