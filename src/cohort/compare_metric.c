// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/compare_metric.h"

#include "cytotaxis/kruskal.h"
#include "cytotaxis/mixed_model.h"
#include "cytotaxis/rank_test.h"
#include "cytotaxis/select.h"
#include "cytotaxis/signed_rank.h"
#include "cytotaxis/t_test.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

/* One row while it is filled. */
typedef struct row {
    double v[CYT_CMP_COLUMNS];
    cyt_row_test test;
    cyt_row_reason reason;
} row;

/* --- a metric's patients ---------------------------------------------------------- */

static void mean_and_median(double *v, size_t n, double *mean, double *median)
{
    static const double half = 0.5;
    *mean = *median = NAN;
    if (n == 0)
        return;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    *mean = sum / (double)n;
    cyt_quantiles(v, n, &half, 1, median);
}

/* Those of a side whose patient takes part with a value. */
static size_t gather_side(cyt_contrast_work *w, size_t k)
{
    const cyt_arm *arm = &w->arm[w->is_paired ? 0 : k];
    size_t n = 0;
    for (size_t i = 0; i < arm->n_units; i++)
        if (isfinite(arm->v[i]))
            w->pooled[n++] = w->is_paired ? w->side[k][i] : arm->v[i];
    return n;
}

static void describe(cyt_contrast_work *w, row *r)
{
    for (size_t k = 0; k < 2; k++) {
        const size_t n = gather_side(w, k);
        r->v[CYT_CMP_N_A + k] = (double)n;
        mean_and_median(w->pooled, n, &r->v[CYT_CMP_MEAN_A + k],
                        &r->v[CYT_CMP_MEDIAN_A + k]);
    }
}

/* --- can there be a test at all? -------------------------------------------------- */

static int is_flat(const double *v, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (v[i] != v[0])
            return 0;
    return 1;
}

static cyt_row_reason reason_of(const cyt_contrast_work *w, const double *all, size_t n)
{
    if (!cyt_contrast_can_tell(w))
        return CYT_REASON_FEW;
    if (is_flat(all, n) && (!w->is_paired || all[0] == 0))
        return CYT_REASON_FLAT;
    return CYT_REASON_NONE;
}

/* All values of both arms, a first. */
static size_t pool(cyt_contrast_work *w)
{
    const size_t n = w->arm[0].n, m = w->is_paired ? 0 : w->arm[1].n;
    memcpy(w->pooled, w->arm[0].there, n * sizeof *w->pooled);
    if (m > 0) /* else there may be no other arm at all */
        memcpy(w->pooled + n, w->arm[1].there, m * sizeof *w->pooled);
    return n + m;
}

/* --- the tests -------------------------------------------------------------------- */

static cyt_code effect_of(const cyt_contrast_work *w, cyt_effect_kind kind, row *r,
                          cyt_error *err)
{
    cyt_effect e;
    const cyt_effect_group a = {w->arm[0].v, &w->arm[0].draws};
    const cyt_effect_group b = {w->arm[1].v, &w->arm[1].draws};
    const cyt_code code =
        cyt_effect_size(kind, &a, &b, w->settings->confidence, &e, err);
    r->v[CYT_CMP_EFFECT] = e.value;
    r->v[CYT_CMP_EFFECT_LO] = e.low;
    r->v[CYT_CMP_EFFECT_HI] = e.high;
    return code;
}

static cyt_code test_ranks(cyt_contrast_work *w, row *r, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_arm *a = &w->arm[0], *b = &w->arm[1];
    if (w->is_paired) {
        cyt_signed_rank t;
        CYT_TRY(cyt_signed_rank_test(a->there, a->n, &t, err));
        r->test = t.exact || r->reason ? CYT_ROW_SIGNED_RANK_EXACT
                                       : CYT_ROW_SIGNED_RANK_NORMAL;
        r->v[CYT_CMP_STATISTIC] = t.v;
        r->v[CYT_CMP_P] = t.p;
    } else {
        cyt_rank_test t;
        CYT_TRY(cyt_mann_whitney(a->there, a->n, b->there, b->n, &t, err));
        r->test = t.exact || r->reason ? CYT_ROW_MANN_WHITNEY_EXACT
                                       : CYT_ROW_MANN_WHITNEY_NORMAL;
        r->v[CYT_CMP_STATISTIC] = t.u;
        r->v[CYT_CMP_P] = t.p;
    }
    code = effect_of(w, w->is_paired ? CYT_EFFECT_PAIRED_BISERIAL : CYT_EFFECT_DELTA, r,
                     err);
done:
    return code;
}

static cyt_code test_t(cyt_contrast_work *w, row *r, cyt_error *err)
{
    const cyt_arm *a = &w->arm[0], *b = &w->arm[1];
    const cyt_t_test t = w->is_paired ? cyt_t_paired(a->there, a->n)
                                      : cyt_t_welch(a->there, a->n, b->there, b->n);
    r->test = w->is_paired ? CYT_ROW_PAIRED_T : CYT_ROW_WELCH;
    r->v[CYT_CMP_STATISTIC] = t.t;
    r->v[CYT_CMP_DF] = t.df;
    r->v[CYT_CMP_SE] = t.se;
    r->v[CYT_CMP_P] = t.p;
    r->reason = !cyt_contrast_has_two(w) ? CYT_REASON_FEW
                : isnan(t.p)             ? CYT_REASON_FLAT
                                         : CYT_REASON_NONE;
    return effect_of(w, w->is_paired ? CYT_EFFECT_PAIRED_HEDGES : CYT_EFFECT_HEDGES, r,
                     err);
}

static cyt_code test_permutation(cyt_contrast_work *w, row *r, cyt_error *err)
{
    cyt_code code = CYT_OK;
    r->test = CYT_ROW_PERMUTATION_EXACT;
    if (r->reason == CYT_REASON_NONE) {
        CYT_TRY(
            cyt_contrast_labels(w, (size_t)w->settings->permutations, &w->labels, err));
        const size_t n = pool(w);
        const cyt_permutation_test t = n > 0 && w->is_paired
                                           ? cyt_permute_pairs(w->pooled, &w->labels)
                                           : cyt_permute_groups(w->pooled, &w->labels);
        r->v[CYT_CMP_STATISTIC] = t.difference;
        r->v[CYT_CMP_P] = t.p;
        r->test =
            w->labels.exact ? CYT_ROW_PERMUTATION_EXACT : CYT_ROW_PERMUTATION_SAMPLED;
    }
    code = effect_of(
        w, w->is_paired ? CYT_EFFECT_PAIRED_DIFFERENCE : CYT_EFFECT_DIFFERENCE, r, err);
done:
    return code;
}

/* The rows of the matrix whose slide has a value. */
static size_t take_rows(cyt_contrast_work *w, const double *metric, size_t stride)
{
    const size_t p = w->matrix.p;
    size_t n = 0;
    for (size_t i = 0; i < w->matrix.n; i++) {
        const cyt_contrast_slide *s = &w->patients.slides[w->matrix.slide[i]];
        const double v = metric[s->slide * stride];
        if (!isfinite(v))
            continue;
        memcpy(w->x + n * p, w->matrix.x + i * p, p * sizeof *w->x);
        w->y_group[n] = s->patient;
        w->y[n++] = v;
    }
    return n;
}

static cyt_code test_mixed(cyt_contrast_work *w, const double *metric, size_t stride,
                           row *r, cyt_error *err)
{
    static const cyt_row_reason reasons[] = {
        [CYT_MIXED_OK] = CYT_REASON_NONE,
        [CYT_MIXED_FEW] = CYT_REASON_FEW,
        [CYT_MIXED_SINGULAR] = CYT_REASON_SINGULAR,
        [CYT_MIXED_FLAT] = CYT_REASON_FLAT,
    };
    cyt_mixed_fit fit;
    const size_t n = take_rows(w, metric, stride);
    size_t tested = w->matrix.tested;
    const size_t p = cyt_slide_columns_keep(n, w->matrix.p, w->x, &tested, w->scratch);
    const cyt_mixed_design design = {
        n, p, w->x, w->y, w->y_group, w->patients.patients.n, tested};
    const cyt_code code = cyt_mixed_model(&design, &fit, err);
    const double half =
        fit.outcome == CYT_MIXED_OK
            ? fit.se * gsl_cdf_tdist_Pinv((1 + w->settings->confidence) / 2, fit.df)
            : NAN;
    r->test = fit.is_linear ? CYT_ROW_LINEAR : CYT_ROW_MIXED;
    r->reason = cyt_contrast_has_two(w) ? reasons[fit.outcome] : CYT_REASON_FEW;
    r->v[CYT_CMP_EFFECT] = fit.estimate;
    r->v[CYT_CMP_EFFECT_LO] = fit.estimate - half;
    r->v[CYT_CMP_EFFECT_HI] = fit.estimate + half;
    r->v[CYT_CMP_STATISTIC] = fit.t;
    r->v[CYT_CMP_DF] = fit.df;
    r->v[CYT_CMP_SE] = fit.se;
    r->v[CYT_CMP_SD_PATIENT] = sqrt(fit.var_group);
    r->v[CYT_CMP_SD_SLIDE] = sqrt(fit.var_residual);
    r->v[CYT_CMP_P] = fit.p;
    return code;
}

/* Patients of all conditions; one with slides of several is in each of them. */
static cyt_code test_several(cyt_contrast_work *w, row *r, cyt_error *err)
{
    const size_t k = w->patients.n_conditions, patients = w->patients.patients.n;
    size_t n = 0;
    for (size_t c = 0; c < k; c++)
        for (size_t p = 0; p < patients; p++)
            if (isfinite(cyt_contrast_mean(w, c, p))) {
                w->group[n] = c;
                w->pooled[n++] = cyt_contrast_mean(w, c, p);
            }
    cyt_kruskal t;
    const cyt_code code = cyt_kruskal_test(w->pooled, w->group, n, k, &t, err);
    r->test = CYT_ROW_KRUSKAL;
    r->v[CYT_CMP_N_A] = (double)n;
    r->v[CYT_CMP_STATISTIC] = t.h;
    r->v[CYT_CMP_DF] = t.df;
    r->v[CYT_CMP_P] = t.p;
    r->v[CYT_CMP_EFFECT] = t.epsilon2;
    if (isnan(t.p))
        r->reason = is_flat(w->pooled, n) && n > 1 ? CYT_REASON_FLAT : CYT_REASON_FEW;
    return code;
}

static cyt_code test_row(cyt_contrast_work *w, cyt_test_kind kind, const double *metric,
                         size_t stride, row *r, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (kind == CYT_TEST_RANKS || kind == CYT_TEST_PERMUTATION)
        r->reason = reason_of(w, w->pooled, pool(w));
    switch (kind) {
    case CYT_TEST_RANKS:
        code = test_ranks(w, r, err);
        break;
    case CYT_TEST_T:
        code = test_t(w, r, err);
        break;
    case CYT_TEST_PERMUTATION:
        code = test_permutation(w, r, err);
        break;
    case CYT_TEST_MIXED:
    case CYT_TEST_KINDS:
        code = test_mixed(w, metric, stride, r, err);
        break;
    }
    if (r->reason != CYT_REASON_NONE)
        r->v[CYT_CMP_P] = NAN;
    return code;
}

cyt_code cyt_compare_metric(cyt_contrast_work *w, const double *metric, size_t stride,
                            cyt_comparison *out, size_t m, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int several = w->contrast->design == CYT_DESIGN_SEVERAL;
    row common = {.reason = CYT_REASON_NONE};
    for (size_t c = 0; c < CYT_CMP_COLUMNS; c++)
        common.v[c] = NAN;
    cyt_contrast_take(w, metric, stride);
    if (!several)
        describe(w, &common);
    for (size_t t = 0; t < out->n_tests; t++) {
        row r = common;
        const size_t at = m * out->n_tests + t;
        CYT_TRY(several ? test_several(w, &r, err)
                        : test_row(w, out->tests[t], metric, stride, &r, err));
        for (size_t c = 0; c < CYT_CMP_COLUMNS; c++)
            out->values[c * out->n_rows + at] = r.v[c];
        out->test[at] = (unsigned char)r.test;
        out->reason[at] = (unsigned char)r.reason;
    }
done:
    return code;
}
