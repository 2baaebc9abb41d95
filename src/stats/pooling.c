// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/pooling.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/p_value.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

/* --- restricted maximum likelihood ------------------------------------------------ */

typedef struct grouped {
    size_t n_groups;
    const size_t *start;
    const double *value, *variance;
} grouped;

/* Restricted log-likelihood at an added variance t, and its slope. With w = 1/(v + t):
 *   l  = ½ Σ log w - ½ log Σ w - ½ Σ w (y - m)²
 *   l' = ½ (-Σ w + Σ w² / Σ w + Σ w² (y - m)²), summed over groups. */
typedef struct likelihood {
    double height, slope;
} likelihood;

static double weighted_mean(const grouped *g, size_t from, size_t to, double t)
{
    double sum_w = 0, sum = 0;
    for (size_t i = from; i < to; i++) {
        const double w = 1 / (g->variance[i] + t);
        sum_w += w;
        sum += w * g->value[i];
    }
    return sum / sum_w;
}

static likelihood likelihood_at(const grouped *g, double t)
{
    likelihood l = {0, 0};
    for (size_t k = 0; k < g->n_groups; k++) {
        const size_t from = g->start[k], to = g->start[k + 1];
        if (to - from < 2)
            continue;
        const double mean = weighted_mean(g, from, to, t);
        double logs = 0, sum = 0, squares = 0, spread = 0, steep = 0;
        for (size_t i = from; i < to; i++) {
            const double w = 1 / (g->variance[i] + t), off = g->value[i] - mean;
            logs += log(w);
            sum += w;
            squares += w * w;
            spread += w * off * off;
            steep += w * w * off * off;
        }
        l.height += (logs - log(sum) - spread) / 2;
        l.slope += (squares / sum - sum + steep) / 2;
    }
    return l;
}

/* Where the slope changes from + at @p lo to - at @p hi. */
static double bisect(const grouped *g, double lo, double hi)
{
    for (;;) {
        const double mid = lo + (hi - lo) / 2;
        if (!(mid > lo && mid < hi))
            return mid;
        if (likelihood_at(g, mid).slope > 0)
            lo = mid;
        else
            hi = mid;
    }
}

/* Scale of the problem: below the least variance nothing changes, and beyond the
 * largest and the squared range the slope turns negative for good. */
static int find_scale(const grouped *g, double *least, double *most)
{
    double lo = INFINITY, hi = -INFINITY;
    int any = 0;
    *least = INFINITY;
    *most = 0;
    for (size_t k = 0; k < g->n_groups; k++)
        for (size_t i = g->start[k]; i < g->start[k + 1]; i++) {
            any |= g->start[k + 1] - g->start[k] > 1;
            *least = fmin(*least, g->variance[i]);
            *most = fmax(*most, g->variance[i]);
            lo = fmin(lo, g->value[i]);
            hi = fmax(hi, g->value[i]);
        }
    *most = fmax(*most, (hi - lo) * (hi - lo));
    return any;
}

double cyt_reml_variance(size_t n_groups, const size_t *start, const double *value,
                         const double *variance)
{
    const grouped g = {n_groups, start, value, variance};
    double least, most, best = 0, before = 0;
    if (!find_scale(&g, &least, &most))
        return 0;
    likelihood l = likelihood_at(&g, 0);
    double height = l.height, slope = l.slope;
    for (double t = least / 4; t < INFINITY; t *= sqrt(2)) {
        l = likelihood_at(&g, t);
        if (slope > 0 && !(l.slope > 0)) {
            const double root = bisect(&g, before, t);
            const double top = likelihood_at(&g, root).height;
            best = top > height ? root : best;
            height = fmax(top, height);
        }
        if (t > most && !(l.slope > 0))
            break;
        before = t;
        slope = l.slope;
    }
    return best;
}

/* --- patients to a cohort --------------------------------------------------------- */

/* Q, and the share of the variance that is between patients: τ² over itself and the
 * typical variance of an estimate (Higgins & Thompson 2002, equation 9). */
static void tell_heterogeneity(const grouped *g, cyt_pooled *out)
{
    const double k = (double)out->k, mean = weighted_mean(g, 0, out->k, 0);
    double sum = 0, squares = 0;
    out->q = 0;
    for (size_t i = 0; i < out->k; i++) {
        const double w = 1 / g->variance[i], off = g->value[i] - mean;
        sum += w;
        squares += w * w;
        out->q += w * off * off;
    }
    const double typical = (k - 1) * sum / (sum * sum - squares);
    out->q_p = gsl_cdf_chisq_Q(out->q, k - 1);
    out->i2 = out->tau2 / (out->tau2 + typical);
}

static void tell_intervals(const grouped *g, double level, cyt_pooled *out)
{
    const double df = (double)out->k - 1;
    const double t = gsl_cdf_tdist_Pinv((1 + level) / 2, df);
    double sum = 0, spread = 0;
    for (size_t i = 0; i < out->k; i++) {
        const double w = 1 / (g->variance[i] + out->tau2);
        sum += w;
        spread += w * (g->value[i] - out->mean) * (g->value[i] - out->mean);
    }
    const double variance = spread / df / sum;
    const double next = sqrt(variance + out->tau2);
    out->se = sqrt(variance);
    out->lo = out->mean - t * out->se;
    out->hi = out->mean + t * out->se;
    out->from = out->mean - t * next;
    out->upto = out->mean + t * next;
    if (variance > 0) /* else all are equal: no spread to judge by */
        out->p = cyt_p_of_t(out->mean / out->se, df);
}

cyt_pooled cyt_pool(size_t k, const double *value, const double *variance, double level)
{
    const size_t start[] = {0, k};
    const grouped g = {1, start, value, variance};
    cyt_pooled out = {k, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (k == 0)
        return out;
    if (k == 1) {
        out.mean = value[0];
        return out;
    }
    out.tau2 = cyt_reml_variance(1, start, value, variance);
    out.mean = weighted_mean(&g, 0, k, out.tau2);
    tell_heterogeneity(&g, &out);
    tell_intervals(&g, level, &out);
    return out;
}

/* --- slides to patients ----------------------------------------------------------- */

static int takes_part(const cyt_slide_estimate *s)
{
    return isfinite(s->value) && isfinite(s->variance) && s->variance > 0;
}

typedef struct numbered {
    cyt_slide_estimate slide;
    size_t at;
} numbered;

static int by_patient(const void *pa, const void *pb)
{
    const numbered *a = pa, *b = pb;
    if (a->slide.patient != b->slide.patient)
        return a->slide.patient < b->slide.patient ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

/* Slides sorted by patient, and where each patient's begin. */
typedef struct sorted {
    numbered *item;
    double *value, *variance;
    size_t *start;
} sorted;

static void sort_slides(size_t n, const cyt_slide_estimate *slides, sorted *s,
                        cyt_patient_estimates *out)
{
    for (size_t i = 0; i < n; i++)
        if (takes_part(&slides[i]))
            s->item[out->n_slides++] = (numbered){slides[i], i};
    if (out->n_slides > 0)
        qsort(s->item, out->n_slides, sizeof *s->item, by_patient);
    for (size_t i = 0; i < out->n_slides; i++) {
        const cyt_slide_estimate *e = &s->item[i].slide;
        s->value[i] = e->value;
        s->variance[i] = e->variance;
        if (i == 0 || e->patient != s->item[i - 1].slide.patient) {
            out->patient[out->n] = e->patient;
            s->start[out->n++] = i;
        }
    }
    s->start[out->n] = out->n_slides;
}

static void combine(const sorted *s, cyt_patient_estimates *out)
{
    const grouped g = {out->n, s->start, s->value, s->variance};
    const double added = cyt_reml_variance(out->n, s->start, s->value, s->variance);
    out->omega2 = out->n_slides > out->n ? added : NAN;
    for (size_t k = 0; k < out->n; k++) {
        double sum = 0;
        for (size_t i = s->start[k]; i < s->start[k + 1]; i++)
            sum += 1 / (s->variance[i] + added);
        out->value[k] = weighted_mean(&g, s->start[k], s->start[k + 1], added);
        out->variance[k] = 1 / sum;
    }
}

cyt_code cyt_combine_slides(size_t n, const cyt_slide_estimate *slides,
                            cyt_patient_estimates *out, cyt_error *err)
{
    *out = (cyt_patient_estimates){0};
    sorted s = {cyt_alloc(n, sizeof *s.item, "estimates of slides", err),
                cyt_alloc(n, sizeof *s.value, "estimates of slides", err),
                cyt_alloc(n, sizeof *s.variance, "estimates of slides", err),
                cyt_alloc(n + 1, sizeof *s.start, "estimates of slides", err)};
    out->patient = cyt_alloc(n, sizeof *out->patient, "estimates of patients", err);
    out->value = cyt_alloc(n, sizeof *out->value, "estimates of patients", err);
    out->variance = cyt_alloc(n, sizeof *out->variance, "estimates of patients", err);
    if (err->code == CYT_OK) {
        sort_slides(n, slides, &s, out);
        combine(&s, out);
    }
    free(s.item);
    free(s.value);
    free(s.variance);
    free(s.start);
    if (err->code != CYT_OK)
        cyt_patient_estimates_free(out);
    return err->code;
}

void cyt_patient_estimates_free(cyt_patient_estimates *patients)
{
    free(patients->patient);
    free(patients->value);
    free(patients->variance);
    *patients = (cyt_patient_estimates){0};
}
