// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/compare_metric.h"

#include "cytotaxis/mem.h"

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
    w->x = cyt_alloc(n * p + n, sizeof *w->x, "a mixed model", err);
    w->y_group = cyt_alloc(n, sizeof *w->y_group, "a mixed model", err);
    CYT_TRY(err->code);
    w->y = w->x + n * p;
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
    w->is_paired = contrast->design == CYT_DESIGN_PAIRED ||
                   contrast->design == CYT_DESIGN_INTERACTION;
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
