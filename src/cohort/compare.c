// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/compare.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/names.h"
#include "cytotaxis/rank_test.h"
#include "cytotaxis/select.h"
#include "cytotaxis/strip.h"
#include "cytotaxis/transpose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The slides of one condition, and the patient (by number) of each. */
typedef struct arm {
    size_t n_slides;
    size_t *slide;
    size_t *patient;
} arm;

/* Scratch for one metric: sums over the slides of each patient, then their means. */
typedef struct scratch {
    double *sum, *count; /* [n_patients] */
    double *a, *b;       /* [n_patients] */
} scratch;

static cyt_code list_patients(const cyt_samplesheet *sheet, cyt_names *patients,
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

static cyt_code fill_arm(const cyt_samplesheet *sheet, const cyt_names *patients,
                         const char *condition, arm *out, cyt_error *err)
{
    out->slide = cyt_alloc(sheet->n, sizeof *out->slide, "a contrast", err);
    out->patient = cyt_alloc(sheet->n, sizeof *out->patient, "a contrast", err);
    for (size_t s = 0; err->code == CYT_OK && s < sheet->n; s++) {
        const cyt_sample *sample = &sheet->samples[s];
        if (!sample->condition || strcmp(sample->condition, condition) != 0)
            continue;
        out->slide[out->n_slides] = s;
        out->patient[out->n_slides++] = cyt_names_search(patients, sample->patient);
    }
    return err->code;
}

/* Means over each patient's slides; returns how many patients have one. */
static size_t patient_means(const arm *of, const double *metric, size_t stride,
                            size_t n_patients, scratch *s, double *means)
{
    memset(s->sum, 0, n_patients * sizeof *s->sum);
    memset(s->count, 0, n_patients * sizeof *s->count);
    for (size_t i = 0; i < of->n_slides; i++) {
        const double v = metric[of->slide[i] * stride];
        if (!isfinite(v))
            continue;
        s->sum[of->patient[i]] += v;
        s->count[of->patient[i]] += 1;
    }
    size_t n = 0;
    for (size_t p = 0; p < n_patients; p++)
        if (s->count[p] > 0)
            means[n++] = s->sum[p] / s->count[p];
    return n;
}

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

static cyt_code compare_metric(const arm arms[2], const double *metric,
                               size_t n_patients, scratch *s, cyt_comparison *out,
                               size_t m, cyt_error *err)
{
    double *const v = out->values + m;
    const size_t n = out->n;
    const size_t n_a = patient_means(&arms[0], metric, n, n_patients, s, s->a);
    const size_t n_b = patient_means(&arms[1], metric, n, n_patients, s, s->b);
    cyt_rank_test test;
    const cyt_code code = cyt_mann_whitney(s->a, n_a, s->b, n_b, &test, err);
    v[CYT_CMP_N_A * n] = (double)n_a;
    v[CYT_CMP_N_B * n] = (double)n_b;
    mean_and_median(s->a, n_a, &v[CYT_CMP_MEAN_A * n], &v[CYT_CMP_MEDIAN_A * n]);
    mean_and_median(s->b, n_b, &v[CYT_CMP_MEAN_B * n], &v[CYT_CMP_MEDIAN_B * n]);
    v[CYT_CMP_EFFECT * n] = test.delta;
    v[CYT_CMP_STATISTIC * n] = test.u;
    v[CYT_CMP_P * n] = test.p;
    out->exact[m] = (char)test.exact;
    return code;
}

static cyt_code compare_part(const cyt_samplesheet *sheet, const char *a, const char *b,
                             const double *metrics, cyt_comparison *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names patients = {0};
    arm arms[2] = {{0}};
    scratch s = {0};
    CYT_TRY(list_patients(sheet, &patients, err));
    CYT_TRY(fill_arm(sheet, &patients, a, &arms[0], err));
    CYT_TRY(fill_arm(sheet, &patients, b, &arms[1], err));
    const size_t n = patients.n;
    s.sum = cyt_alloc(4 * n, sizeof *s.sum, "a contrast", err);
    CYT_TRY(err->code);
    s.count = s.sum + n;
    s.a = s.count + n;
    s.b = s.a + n;
    for (size_t m = 0; m < out->n; m++)
        CYT_TRY(compare_metric(arms, metrics + m, n, &s, out, m, err));
done:
    free(s.sum);
    for (size_t k = 0; k < 2; k++) {
        free(arms[k].slide);
        free(arms[k].patient);
    }
    cyt_names_free(&patients);
    return code;
}

/* q-values need the p-values of the whole family. */
static cyt_code adjust(MPI_Comm world, size_t n_metrics, cyt_comparison *out,
                       cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(world);
    double *p = cyt_alloc(2 * n_metrics, sizeof *p, "p-values", err);
    int *counts = cyt_alloc(2 * size, sizeof *counts, "p-values", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    for (size_t r = 0; r < size; r++) {
        counts[r] = (int)(out->starts[r + 1] - out->starts[r]);
        counts[size + r] = (int)out->starts[r];
    }
    MPI_Allgatherv(out->values + CYT_CMP_P * out->n, (int)out->n, MPI_DOUBLE, p, counts,
                   counts + size, MPI_DOUBLE, world);
    code = cyt_benjamini_hochberg(p, n_metrics, p + n_metrics, err);
    CYT_TRY(cyt_agree(world, code, err));
    memcpy(out->values + CYT_CMP_Q * out->n, p + n_metrics + out->first,
           out->n * sizeof *p);
done:
    free(p);
    free(counts);
    return code;
}

cyt_code cyt_compare(MPI_Comm world, const cyt_samplesheet *sheet,
                     const cyt_cohort_table *table, const char *a, const char *b,
                     cyt_comparison *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(world), me = (size_t)cyt_comm_rank(world);
    const size_t n_metrics = table->columns.n;
    double *metrics = NULL; /* [sheet.n * out.n] */
    *out = (cyt_comparison){0};
    out->starts = cyt_alloc(size + 1, sizeof *out->starts, "a contrast", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    cyt_blocks_cut(n_metrics, 1, size, out->starts);
    out->first = (size_t)out->starts[me];
    out->n = (size_t)(out->starts[me + 1] - out->starts[me]);
    out->values =
        cyt_alloc(CYT_CMP_COLUMNS * out->n, sizeof(double), "a contrast", err);
    out->exact = cyt_calloc(out->n, 1, "a contrast", err);
    metrics = cyt_alloc(sheet->n * out->n, sizeof *metrics, "a contrast", err);
    CYT_TRY(cyt_agree(world, err->code, err));

    const cyt_cut cut = {table->starts, out->starts};
    CYT_TRY(cyt_transpose_to_columns(world, &cut, table->values, metrics, err));
    CYT_TRY(cyt_agree(world, compare_part(sheet, a, b, metrics, out, err), err));
    CYT_TRY(adjust(world, n_metrics, out, err));
done:
    free(metrics);
    if (code != CYT_OK)
        cyt_comparison_free(out);
    return code;
}

void cyt_comparison_free(cyt_comparison *c)
{
    free(c->starts);
    free(c->values);
    free(c->exact);
    *c = (cyt_comparison){0};
}
