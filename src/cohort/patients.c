// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/patients.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

cyt_code cyt_patients_list(const cyt_samplesheet *sheet, cyt_names *patients,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t s = 0; s < sheet->n; s++) {
        const char *p = sheet->samples[s].patient;
        CYT_TRY(cyt_names_add(patients, p, strlen(p), err));
    }
    cyt_names_sort(patients);
done:
    return code;
}

cyt_code cyt_patients_init(const cyt_samplesheet *sheet, const cyt_contrast *contrast,
                           const int64_t *n_cells, cyt_slide_weights weights,
                           cyt_patients *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *out = (cyt_patients){.n_conditions = contrast->conditions.n};
    CYT_TRY(cyt_patients_list(sheet, &out->patients, err));
    const size_t n = out->n_conditions * out->patients.n;
    out->slides = cyt_alloc(sheet->n, sizeof *out->slides, "a contrast", err);
    out->sum = cyt_alloc(3 * n, sizeof *out->sum, "a contrast", err);
    CYT_TRY(err->code);
    out->weight = out->sum + n;
    out->means = out->weight + n;
    for (size_t s = 0; s < sheet->n; s++) {
        const cyt_sample *sample = &sheet->samples[s];
        const size_t k = sample->condition
                             ? cyt_names_find(&contrast->conditions, sample->condition)
                             : CYT_NO_NAME;
        if (k == CYT_NO_NAME)
            continue;
        out->slides[out->n_slides++] = (cyt_contrast_slide){
            s, cyt_names_search(&out->patients, sample->patient), k,
            weights == CYT_WEIGHTS_CELLS ? (double)n_cells[s] : 1};
    }
done:
    if (code != CYT_OK)
        cyt_patients_free(out);
    return code;
}

/* Deviations from a patient's first value are averaged: equal values are their mean to
 * the last bit, however many there are. */
void cyt_patients_average(cyt_patients *p, const double *metric, size_t stride)
{
    const size_t n = p->patients.n;
    memset(p->sum, 0, 2 * p->n_conditions * n * sizeof *p->sum);
    for (size_t k = 0; k < p->n_conditions * n; k++)
        p->means[k] = NAN;
    for (size_t i = 0; i < p->n_slides; i++) {
        const cyt_contrast_slide *s = &p->slides[i];
        const double v = metric[s->slide * stride];
        if (!isfinite(v))
            continue;
        const size_t k = s->condition * n + s->patient;
        p->means[k] = isnan(p->means[k]) ? v : p->means[k];
        p->sum[k] += s->weight * (v - p->means[k]);
        p->weight[k] += s->weight;
    }
    for (size_t k = 0; k < p->n_conditions * n; k++)
        p->means[k] = p->weight[k] > 0 ? p->means[k] + p->sum[k] / p->weight[k] : NAN;
}

int cyt_patient_has(const cyt_patients *p, size_t condition, size_t patient)
{
    for (size_t i = 0; i < p->n_slides; i++)
        if (p->slides[i].condition == condition && p->slides[i].patient == patient)
            return 1;
    return 0;
}

void cyt_patients_free(cyt_patients *p)
{
    cyt_names_free(&p->patients);
    free(p->slides);
    free(p->sum);
    *p = (cyt_patients){0};
}
