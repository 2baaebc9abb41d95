// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/lifetimes.h"

#include "cohort/patients.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/select.h"
#include "cytotaxis/survival.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

const char *const cyt_survival_columns[CYT_LIFE_COLUMNS] = {
    "n",         "n_events",  "coefficient", "se", "hazard_ratio",
    "effect_lo", "effect_hi", "statistic",   "p",  "q"};
const char *const cyt_survival_tests[CYT_LIFE_TESTS] = {"cox", "log_rank_median"};
const char *const cyt_survival_reasons[CYT_LIFE_REASONS] = {
    "",
    "no event, or too few patients",
    "all values are equal",
    "the likelihood has no maximum",
    "no patient is above the median",
    "a p or a fit of each slide; not compared"};

/* Patients with a known time and event, and one metric of theirs. */
typedef struct people {
    cyt_names names;                     /* sorted, those without survival too */
    double *sum, *weight, *time, *event; /* [names.n] */
    size_t *of;                          /* [slides] patient of each */
    size_t n;                            /* of the metric at hand: who has all three */
    double *t, *x, *sorted;
    unsigned char *e;
    size_t *high; /* 1: above the median */
    size_t n_high;
} people;

static cyt_code init_people(const cyt_samplesheet *sheet, people *all, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_patients_list(sheet, &all->names, err));
    const size_t n = all->names.n;
    all->sum = cyt_alloc(7 * n, sizeof(double), "survival", err);
    all->of = cyt_alloc(sheet->n + n, sizeof *all->of, "survival", err);
    all->e = cyt_alloc(n, 1, "survival", err);
    CYT_TRY(err->code);
    all->weight = all->sum + n;
    all->time = all->weight + n;
    all->event = all->time + n;
    all->t = all->event + n;
    all->x = all->t + n;
    all->sorted = all->x + n;
    all->high = all->of + sheet->n;
    for (size_t s = 0; s < sheet->n; s++) {
        const size_t p = cyt_names_search(&all->names, sheet->samples[s].patient);
        all->of[s] = p;
        all->time[p] = sheet->samples[s].time;
        all->event[p] = sheet->samples[s].event;
    }
done:
    return code;
}

static void free_people(people *all)
{
    cyt_names_free(&all->names);
    free(all->sum);
    free(all->of);
    free(all->e);
}

static void take_metric(const cyt_compare_input *in, size_t m, people *all)
{
    const size_t n = all->names.n;
    memset(all->sum, 0, 2 * n * sizeof *all->sum);
    for (size_t s = 0; s < in->sheet->n; s++) {
        const double v = in->share->values[s * in->share->n + m];
        const double w = in->settings->weights == CYT_WEIGHTS_CELLS
                             ? (double)in->share->n_cells[s]
                             : 1;
        if (!isfinite(v))
            continue;
        all->sum[all->of[s]] += w * v;
        all->weight[all->of[s]] += w;
    }
    all->n = 0;
    for (size_t p = 0; p < n; p++) {
        if (!(all->weight[p] > 0) || isnan(all->time[p]) || isnan(all->event[p]))
            continue;
        all->t[all->n] = all->time[p];
        all->e[all->n] = all->event[p] == 1;
        all->x[all->n] = all->sum[p] / all->weight[p];
        all->sorted[all->n] = all->x[all->n];
        all->n++;
    }
}

/* Divide by the standard deviation, mark who is above the median. 0: all are equal, but
 * for the rounding of means over slides. */
static int scale(people *all)
{
    static const double half = 0.5;
    const double n = (double)all->n;
    double mean = 0, squares = 0, largest = 0, median;
    all->n_high = 0;
    if (all->n < 2)
        return 0;
    cyt_quantiles(all->sorted, all->n, &half, 1, &median);
    for (size_t i = 0; i < all->n; i++) {
        mean += all->x[i] / n;
        all->high[i] = all->x[i] > median;
        all->n_high += all->high[i];
        largest = fmax(largest, fabs(all->x[i]));
    }
    for (size_t i = 0; i < all->n; i++)
        squares += (all->x[i] - mean) * (all->x[i] - mean);
    const double sd = sqrt(squares / (n - 1));
    if (!(sd > 10 * DBL_EPSILON * largest))
        return 0;
    for (size_t i = 0; i < all->n; i++)
        all->x[i] /= sd;
    return 1;
}

static cyt_code fit_cox(const people *all, double confidence, double *v,
                        unsigned char *reason, cyt_error *err)
{
    static const unsigned char reasons[] = {[CYT_COX_OK] = CYT_LIFE_FINE,
                                            [CYT_COX_NO_EVENT] = CYT_LIFE_NO_EVENT,
                                            [CYT_COX_SINGULAR] = CYT_LIFE_NO_EVENT,
                                            [CYT_COX_DIVERGES] = CYT_LIFE_DIVERGES};
    const cyt_lifetimes life = {all->n, all->t, all->e};
    const double z = gsl_cdf_ugaussian_Pinv((1 + confidence) / 2);
    cyt_cox_fit fit;
    const cyt_code code = cyt_cox_regression(&life, all->x, 1, 0, &fit, err);
    v[CYT_LIFE_EVENTS] = (double)fit.n_events;
    v[CYT_LIFE_COEFFICIENT] = fit.estimate;
    v[CYT_LIFE_SE] = fit.se;
    v[CYT_LIFE_EFFECT] = exp(fit.estimate);
    v[CYT_LIFE_EFFECT_LO] = exp(fit.estimate - z * fit.se);
    v[CYT_LIFE_EFFECT_HI] = exp(fit.estimate + z * fit.se);
    v[CYT_LIFE_STATISTIC] = fit.z;
    v[CYT_LIFE_P] = fit.p;
    *reason = reasons[fit.outcome];
    return code;
}

static cyt_code split(const people *all, double *v, unsigned char *reason,
                      cyt_error *err)
{
    const cyt_lifetimes life = {all->n, all->t, all->e};
    cyt_log_rank t;
    const cyt_code code = cyt_log_rank_test(&life, all->high, 2, &t, err);
    v[CYT_LIFE_EVENTS] = (double)t.n_events;
    v[CYT_LIFE_STATISTIC] = t.chi2;
    v[CYT_LIFE_P] = t.p;
    *reason = (unsigned char)(!isnan(t.p)        ? CYT_LIFE_FINE
                              : all->n_high == 0 ? CYT_LIFE_NONE_ABOVE
                                                 : CYT_LIFE_NO_EVENT);
    return code;
}

static cyt_code make_metric(const cyt_compare_input *in, size_t m, people *all,
                            cyt_survival_table *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    double v[CYT_LIFE_TESTS][CYT_LIFE_COLUMNS];
    unsigned char *reason = out->reason + m * CYT_LIFE_TESTS;
    take_metric(in, m, all);
    for (size_t t = 0; t < CYT_LIFE_TESTS; t++)
        for (size_t c = 0; c < CYT_LIFE_COLUMNS; c++)
            v[t][c] = c == CYT_LIFE_N ? (double)all->n : NAN;
    if (cyt_statistic_get(in->columns->item[in->share->first + m].statistic)->is_p) {
        memset(reason, CYT_LIFE_P_OF_SLIDES, CYT_LIFE_TESTS);
    } else if (scale(all)) {
        CYT_TRY(fit_cox(all, in->settings->confidence, v[0], &reason[0], err));
        CYT_TRY(split(all, v[1], &reason[1], err));
    } else {
        memset(reason, all->n < 2 ? CYT_LIFE_NO_EVENT : CYT_LIFE_FLAT, CYT_LIFE_TESTS);
    }
    for (size_t t = 0; t < CYT_LIFE_TESTS; t++)
        for (size_t c = 0; c < CYT_LIFE_COLUMNS; c++)
            out->values[c * out->n_rows + m * CYT_LIFE_TESTS + t] = v[t][c];
done:
    return code;
}

static cyt_code make_part(const cyt_compare_input *in, cyt_survival_table *out,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    people all = {0};
    out->first = in->share->first;
    out->n_rows = in->share->n * CYT_LIFE_TESTS;
    out->values =
        cyt_alloc(CYT_LIFE_COLUMNS * out->n_rows, sizeof(double), "survival", err);
    out->reason = cyt_calloc(out->n_rows, 1, "survival", err);
    CYT_TRY(err->code);
    CYT_TRY(init_people(in->sheet, &all, err));
    for (size_t m = 0; m < in->share->n; m++)
        CYT_TRY(make_metric(in, m, &all, out, err));
done:
    free_people(&all);
    return code;
}

cyt_code cyt_survival_make(MPI_Comm world, const cyt_compare_input *in,
                           cyt_survival_table *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *out =
        (cyt_survival_table){.is_there = in->settings->survival &&
                                         in->sheet->has_time && in->sheet->has_event};
    if (!out->is_there)
        return CYT_OK;
    CYT_TRY(cyt_agree(world, make_part(in, out, err), err));
    CYT_TRY(cyt_compare_adjust(world, in, CYT_LIFE_TESTS, CYT_FAMILY_CONTRAST,
                               out->values + CYT_LIFE_P * out->n_rows,
                               out->values + CYT_LIFE_Q * out->n_rows, err));
done:
    if (code != CYT_OK)
        cyt_survival_free(out);
    return code;
}

void cyt_survival_free(cyt_survival_table *table)
{
    free(table->values);
    free(table->reason);
    *table = (cyt_survival_table){0};
}
