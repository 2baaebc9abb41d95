// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/compare_metric.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>

/* Has the patient slides of every condition that the arm asks for? */
static int takes_part(const cyt_contrast_work *w, size_t arm, size_t patient)
{
    const size_t n = w->patients.n_conditions;
    if (w->contrast->design == CYT_DESIGN_TWO)
        return cyt_patient_has(&w->patients, arm, patient);
    size_t has = 0;
    for (size_t k = 0; k < n; k++)
        has += cyt_patient_has(&w->patients, k, patient) != 0;
    return w->is_paired ? has == n : has > 0;
}

static cyt_code init_arm(cyt_contrast_work *w, size_t k, cyt_error *err)
{
    const size_t n = w->patients.patients.n;
    cyt_arm *arm = &w->arm[k];
    arm->patient = cyt_alloc(n, sizeof *arm->patient, "a contrast", err);
    arm->v = cyt_alloc(2 * n, sizeof *arm->v, "a contrast", err);
    if (err->code != CYT_OK)
        return err->code;
    arm->there = arm->v + n;
    for (size_t p = 0; p < n; p++)
        if (takes_part(w, k, p))
            arm->patient[arm->n_units++] = p;
    return cyt_resamples_make((size_t)w->settings->bootstrap, arm->n_units, w->key,
                              (uint32_t)k, &arm->draws, err);
}

static cyt_code init_matrix(const cyt_compare_input *input, cyt_contrast_work *w,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_slide_matrix_make(input->sheet, w->contrast, &w->patients, &w->matrix,
                                  err));
    const size_t n = w->matrix.n, p = w->matrix.p;
    w->x = cyt_alloc(2 * n * p + n, sizeof *w->x, "a mixed model", err);
    w->y_group = cyt_alloc(n, sizeof *w->y_group, "a mixed model", err);
    CYT_TRY(err->code);
    w->scratch = w->x + n * p;
    w->y = w->scratch + n * p;
done:
    return code;
}

cyt_code cyt_contrast_work_init(const cyt_compare_input *input,
                                const cyt_contrast *contrast, size_t number,
                                cyt_contrast_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *w = (cyt_contrast_work){.contrast = contrast, .settings = input->settings};
    w->key = cyt_random_key_of((uint64_t)input->settings->seed, number);
    w->is_paired = cyt_contrast_is_paired(contrast);
    CYT_TRY(cyt_patients_init(input->sheet, contrast, input->share->n_cells,
                              (cyt_slide_weights)input->settings->weights, &w->patients,
                              err));
    for (size_t k = 0; k < (contrast->design == CYT_DESIGN_TWO ? 2 : 1); k++)
        CYT_TRY(init_arm(w, k, err));
    const size_t n = w->patients.patients.n, all = w->patients.n_conditions * n;
    w->side[0] = cyt_alloc(2 * n, sizeof(double), "a contrast", err);
    w->pooled = cyt_alloc(all, sizeof *w->pooled, "a contrast", err);
    w->group = cyt_alloc(all, sizeof *w->group, "a contrast", err);
    CYT_TRY(err->code);
    w->side[1] = w->side[0] + n;
    if (cyt_contrast_tests(contrast) >> CYT_TEST_MIXED & 1)
        CYT_TRY(init_matrix(input, w, err));
done:
    if (code != CYT_OK)
        cyt_contrast_work_free(w);
    return code;
}

double cyt_contrast_mean(const cyt_contrast_work *w, size_t condition, size_t patient)
{
    return w->patients.means[condition * w->patients.patients.n + patient];
}

/* a and b of a pair. */
static void take_pair(cyt_contrast_work *w, size_t i)
{
    const size_t p = w->arm[0].patient[i];
    if (w->contrast->design == CYT_DESIGN_PAIRED) {
        w->side[0][i] = cyt_contrast_mean(w, 0, p);
        w->side[1][i] = cyt_contrast_mean(w, 1, p);
    } else { /* control, first, second, both */
        w->side[0][i] = cyt_contrast_mean(w, 3, p) - cyt_contrast_mean(w, 2, p);
        w->side[1][i] = cyt_contrast_mean(w, 1, p) - cyt_contrast_mean(w, 0, p);
    }
}

static void take_arm(cyt_contrast_work *w, size_t k)
{
    cyt_arm *arm = &w->arm[k];
    arm->n = 0;
    for (size_t i = 0; i < arm->n_units; i++) {
        if (w->is_paired) {
            take_pair(w, i);
            arm->v[i] = w->side[0][i] - w->side[1][i];
        } else {
            arm->v[i] = cyt_contrast_mean(w, k, arm->patient[i]);
        }
        if (isfinite(arm->v[i]))
            arm->there[arm->n++] = arm->v[i];
    }
}

void cyt_contrast_take(cyt_contrast_work *w, const double *metric, size_t stride)
{
    cyt_patients_average(&w->patients, metric, stride);
    for (size_t k = 0; k < cyt_contrast_arms(w); k++)
        take_arm(w, k);
}

size_t cyt_contrast_arms(const cyt_contrast_work *w)
{
    return w->contrast->design == CYT_DESIGN_SEVERAL ? 0 : w->is_paired ? 1 : 2;
}

/* Smallest two-sided p that ranks or labels of so many patients can give. */
static double least_p(const cyt_contrast_work *w)
{
    const size_t n_a = w->arm[0].n, n = n_a + w->arm[1].n;
    double ways = 1;
    if (w->is_paired)
        return 2 * ldexp(1, n_a < 1000 ? -(int)n_a : -1000);
    for (size_t i = 1; i <= n_a && ways < 1e300; i++)
        ways = ways * (double)(n - n_a + i) / (double)i;
    return 2 / ways;
}

int cyt_contrast_has_two(const cyt_contrast_work *w)
{
    return w->arm[0].n >= 2 && (w->is_paired || w->arm[1].n >= 2);
}

int cyt_contrast_can_tell(const cyt_contrast_work *w)
{
    return cyt_contrast_has_two(w) && least_p(w) <= 1 - w->settings->confidence;
}

cyt_code cyt_contrast_labels(const cyt_contrast_work *w, size_t n_draws,
                             cyt_labellings *labels, cyt_error *err)
{
    const size_t n_a = w->arm[0].n, n_b = w->arm[1].n;
    if (labels->chosen && labels->n_a == n_a && labels->n_b == n_b)
        return CYT_OK;
    cyt_labellings_free(labels);
    return w->is_paired
               ? cyt_labellings_of_pairs(n_a, n_draws, w->key, labels, err)
               : cyt_labellings_of_groups(n_a, n_b, n_draws, w->key, labels, err);
}

void cyt_contrast_work_free(cyt_contrast_work *w)
{
    for (size_t k = 0; k < 2; k++) {
        free(w->arm[k].patient);
        free(w->arm[k].v);
        cyt_resamples_free(&w->arm[k].draws);
    }
    cyt_patients_free(&w->patients);
    cyt_labellings_free(&w->labels);
    cyt_slide_matrix_free(&w->matrix);
    free(w->side[0]);
    free(w->pooled);
    free(w->group);
    free(w->x);
    free(w->y_group);
    *w = (cyt_contrast_work){0};
}
