// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/pooled_signals.h"

#include "cohort/patients.h"

#include "cytotaxis/anndata.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/names.h"
#include "cytotaxis/rank_test.h"
#include "cytotaxis/result_file.h"
#include "cytotaxis/strip.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is needed of each signal and responder. */
enum { SLOPES, Q10 = 2 * CYT_N_ESTIMATORS, Q90, STEP, N_WANTED };
static const cyt_statistic wanted[N_WANTED] = {
    [SLOPES] = CYT_TRAP_SLOPE, /* and its error; so on for each estimator */
    CYT_TRAP_SE,
    CYT_TRAP_RELATIVE_SLOPE,
    CYT_TRAP_RELATIVE_SE,
    CYT_TRAP_CONDITIONAL_SLOPE,
    CYT_TRAP_CONDITIONAL_SE,
    CYT_TRAP_DECOY_SLOPE,
    CYT_TRAP_DECOY_SE,
    CYT_TRAP_RECEPTOR_SLOPE,
    CYT_TRAP_RECEPTOR_SE,
    [Q10] = CYT_TRAP_THETA_Q10,
    [Q90] = CYT_TRAP_THETA_Q90,
    [STEP] = CYT_TRAP_DECOY_STEP};

enum { BATCH = 64 };
static const char *const estimators[CYT_N_ESTIMATORS] = {
    [CYT_ESTIMATE_SLOPE] = "slope",
    [CYT_ESTIMATE_RELATIVE] = "relative_slope",
    [CYT_ESTIMATE_CONDITIONAL] = "conditional_slope",
    [CYT_ESTIMATE_DECOY] = "decoy_slope",
    [CYT_ESTIMATE_RECEPTOR] = "receptor_slope"};

/* A signal and a responder: the columns of the cohort's table that tell of them. */
typedef struct subject {
    const cyt_metric *of;
    size_t column[N_WANTED]; /* SIZE_MAX: none */
} subject;

typedef struct pooling {
    const cyt_run *run;
    const cyt_cohort_table *table;
    cyt_names patients; /* sorted */
    size_t *patient;    /* [slides] */
    size_t n;
    subject *item;              /* [n] */
    cyt_pooled_signal *results; /* [n * CYT_N_ESTIMATORS] of all ranks */
    /* Room for one batch. */
    double *mine, *all; /* [own slides, slides] x BATCH * N_WANTED */
    cyt_slide_estimate *slides;
    double *sums; /* [2 * patients] */
} pooling;

/* --- what there is ---------------------------------------------------------------- */

static int which_wanted(cyt_statistic s)
{
    int k = 0;
    while (k < N_WANTED && wanted[k] != s)
        k++;
    return k;
}

static int same_subject(const cyt_metric *a, const cyt_metric *b)
{
    return strcmp(a->signal, b->signal) == 0 && strcmp(a->type_a, b->type_a) == 0;
}

/* Metrics of one signal and type lie together (metrics.h). */
static void list_subjects(pooling *p)
{
    const cyt_metrics *columns = &p->table->columns;
    for (size_t m = 0; m < columns->n; m++) {
        const cyt_metric *of = &columns->item[m];
        const int k = which_wanted(of->statistic);
        if (k == N_WANTED)
            continue;
        if (p->n == 0 || !same_subject(of, p->item[p->n - 1].of)) {
            subject *s = &p->item[p->n++];
            s->of = of;
            memset(s->column, 0xff, sizeof s->column);
        }
        p->item[p->n - 1].column[k] = m;
    }
}

static cyt_code list_patients(pooling *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_samplesheet *sheet = p->run->sheet;
    CYT_TRY(cyt_patients_list(sheet, &p->patients, err));
    for (size_t s = 0; s < sheet->n; s++)
        p->patient[s] = cyt_names_search(&p->patients, sheet->samples[s].patient);
done:
    return code;
}

static cyt_code begin(pooling *p, cyt_error *err)
{
    static const char what[] = "pooled signals";
    const size_t n_slides = p->run->sheet->n;
    p->patient = cyt_alloc(n_slides, sizeof *p->patient, what, err);
    p->item = cyt_alloc(p->table->columns.n, sizeof *p->item, what, err);
    p->mine = cyt_alloc(p->table->n * BATCH * N_WANTED, sizeof *p->mine, what, err);
    p->all = cyt_alloc(n_slides * BATCH * N_WANTED, sizeof *p->all, what, err);
    p->slides = cyt_alloc(n_slides, sizeof *p->slides, what, err);
    p->sums = cyt_alloc(2 * n_slides, sizeof *p->sums, what, err);
    if (err->code != CYT_OK)
        return err->code;
    list_subjects(p);
    return list_patients(p, err);
}

static void end(pooling *p)
{
    cyt_names_free(&p->patients);
    free(p->patient);
    free(p->item);
    free(p->results);
    free(p->mine);
    free(p->all);
    free(p->slides);
    free(p->sums);
}

/* --- numbers of all slides -------------------------------------------------------- */

/* Those of subjects [first, last): value k of subject i on slide s at
 * all[(s * (last - first) + i - first) * N_WANTED + k]. Collective. */
static cyt_code gather(MPI_Comm world, pooling *p, size_t first, size_t last,
                       cyt_error *err)
{
    const cyt_cohort_table *t = p->table;
    const size_t width = (last - first) * N_WANTED;
    for (size_t s = 0; s < t->n; s++)
        for (size_t k = 0; k < width; k++) {
            const size_t m = p->item[first + k / N_WANTED].column[k % N_WANTED];
            p->mine[s * width + k] =
                m == SIZE_MAX ? NAN : t->values[s * t->columns.n + m];
        }
    return cyt_cohort_table_gather(world, t, p->mine, width, MPI_DOUBLE, p->all, err);
}

/* --- one subject ------------------------------------------------------------------ */

/* A decoy tells its own step. */
static double step_on(const double *slide)
{
    return isnan(slide[STEP]) ? slide[Q90] - slide[Q10] : slide[STEP];
}

/* Mean over patients of the means over their slides of q90 - q10. */
static double step_of(pooling *p, const double *values, size_t stride)
{
    double sum = 0, n = 0, *steps = p->sums, *slides = p->sums + p->patients.n;
    for (size_t k = 0; k < 2 * p->patients.n; k++)
        p->sums[k] = 0;
    for (size_t s = 0; s < p->run->sheet->n; s++) {
        const double step = step_on(values + s * stride);
        steps[p->patient[s]] += isfinite(step) ? step : 0;
        slides[p->patient[s]] += isfinite(step);
    }
    for (size_t k = 0; k < p->patients.n; k++) {
        sum += slides[k] > 0 ? steps[k] / slides[k] : 0;
        n += slides[k] > 0;
    }
    return sum / n;
}

static cyt_code pool_one(pooling *p, const double *values, size_t stride,
                         size_t estimator, cyt_pooled_signal *out, cyt_error *err)
{
    cyt_patient_estimates patients = {0};
    const double given = p->run->config->trap.contrast;
    const size_t at = SLOPES + 2 * estimator;
    const size_t n = p->run->sheet->n;
    *out =
        (cyt_pooled_signal){.step = isnan(given) ? step_of(p, values, stride) : given,
                            .own_se = NAN,
                            .q = NAN};
    for (size_t s = 0; s < n; s++) {
        const double se = values[s * stride + at + 1] * out->step;
        p->slides[s] = (cyt_slide_estimate){
            p->patient[s], values[s * stride + at] * out->step, se * se};
        out->n_told += isnan(values[s * stride + at]) ? 0 : 1;
    }
    if (cyt_combine_slides(n, p->slides, &patients, err) == CYT_OK) {
        out->n_slides = patients.n_slides;
        out->omega2 = patients.omega2;
        out->pooled =
            cyt_pool(patients.n, patients.value, patients.variance, cyt_pooled_level);
        out->own_se = patients.n == 1 ? sqrt(patients.variance[0]) : NAN;
    }
    cyt_patient_estimates_free(&patients);
    return err->code;
}

/* Each rank those of its part; then all get all. Collective. */
static cyt_code pool_all(MPI_Comm world, pooling *p, cyt_error *err)
{
    cyt_code code = CYT_OK, local = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(world), me = (size_t)cyt_comm_rank(world);
    char *text = NULL;
    size_t bytes = 0, n = 0;
    uint64_t *starts = cyt_alloc(size + 1, sizeof *starts, "pooled signals", err);
    cyt_pooled_signal *own =
        cyt_calloc(CYT_N_ESTIMATORS * p->n, sizeof *own, "pooled signals", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    cyt_blocks_cut(p->n, 1, size, starts);
    for (size_t first = 0; first < p->n; first += BATCH) {
        const size_t last = first + BATCH < p->n ? first + BATCH : p->n;
        CYT_TRY(gather(world, p, first, last, err));
        for (size_t i = first; i < last; i++)
            for (size_t k = 0; k < CYT_N_ESTIMATORS; k++)
                if (i >= starts[me] && i < starts[me + 1] && local == CYT_OK)
                    local = pool_one(p, p->all + (i - first) * N_WANTED,
                                     (last - first) * N_WANTED, k, &own[n++], err);
    }
    CYT_TRY(cyt_agree(world, local, err));
    CYT_TRY(cyt_allgather_text(world, (const char *)own, n * sizeof *own, &text, &bytes,
                               err));
    p->results = (cyt_pooled_signal *)text;
done:
    free(starts);
    free(own);
    return code;
}

/* --- the family ------------------------------------------------------------------- */

static cyt_code adjust(pooling *p, cyt_error *err)
{
    double *values = cyt_alloc(2 * p->n, sizeof *values, "q-values", err);
    for (size_t k = 0; k < CYT_N_ESTIMATORS && err->code == CYT_OK; k++) {
        for (size_t i = 0; i < p->n; i++)
            values[i] = p->results[i * CYT_N_ESTIMATORS + k].pooled.p;
        if (cyt_benjamini_hochberg(values, p->n, values + p->n, err) != CYT_OK)
            break;
        for (size_t i = 0; i < p->n; i++)
            p->results[i * CYT_N_ESTIMATORS + k].q = values[p->n + i];
    }
    free(values);
    return err->code;
}

/* --- the table -------------------------------------------------------------------- */

static cyt_code put_numbers(cyt_result_table *t, const cyt_pooled_signal *s,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_pooled *p = &s->pooled;
    const struct {
        const char *name;
        double value;
    } columns[] = {{"occupancy_step", s->step},
                   {"n_slides", (double)s->n_slides},
                   {"n_slides_without_error", (double)(s->n_told - s->n_slides)},
                   {"n_patients", (double)p->k},
                   {"contrast", p->mean},
                   {"se", p->se},
                   {"lo", p->lo},
                   {"hi", p->hi},
                   {"p", p->p},
                   {"q", s->q},
                   {"density_ratio", exp(p->mean)},
                   {"density_ratio_lo", exp(p->lo)},
                   {"density_ratio_hi", exp(p->hi)},
                   {"tau2", p->tau2},
                   {"omega2", s->omega2},
                   {"i2", p->i2},
                   {"heterogeneity_q", p->q},
                   {"heterogeneity_p", p->q_p},
                   {"prediction_lo", p->from},
                   {"prediction_hi", p->upto}};
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
        CYT_TRY(cyt_result_number(t, columns[k].name, columns[k].value, err));
done:
    return code;
}

static cyt_code put_row(const pooling *p, size_t i, size_t estimator,
                        cyt_result_table *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_metric *of = p->item[i].of;
    const cyt_pooled_signal *s = &p->results[i * CYT_N_ESTIMATORS + estimator];
    char index[2048], meaning[CYT_MEANING_SIZE];
    snprintf(index, sizeof index, "%s|%s|%s", of->signal, of->type_a,
             estimators[estimator]);
    cyt_pooled_meaning(s, of->signal, of->type_a, (cyt_estimator)estimator, meaning);
    CYT_TRY(cyt_result_row(t, index, err));
    CYT_TRY(cyt_result_text(t, "signal", of->signal, err));
    CYT_TRY(cyt_result_text(t, "responder", of->type_a, err));
    CYT_TRY(cyt_result_text(t, "estimator", estimators[estimator], err));
    CYT_TRY(put_numbers(t, s, err));
    CYT_TRY(cyt_result_text(t, "meaning", meaning, err));
done:
    return code;
}

/* Slopes and controls are told, with the reason, where no slide has one; what the
 * background or a split left empty is not. */
static int is_asked(const subject *s, size_t estimator)
{
    return estimator != CYT_ESTIMATE_RELATIVE && estimator != CYT_ESTIMATE_RECEPTOR &&
           s->column[SLOPES + 2 * estimator] != SIZE_MAX;
}

static cyt_code make_table(pooling *p, cyt_result_tables *tables, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_result_table *t = cyt_result_table_add(tables, "signals", err);
    CYT_TRY(err->code);
    CYT_TRY(adjust(p, err));
    for (size_t k = 0; k < CYT_N_ESTIMATORS; k++)
        for (size_t i = 0; i < p->n; i++)
            if (is_asked(&p->item[i], k) ||
                p->results[i * CYT_N_ESTIMATORS + k].n_told > 0)
                CYT_TRY(put_row(p, i, k, t, err));
done:
    return code;
}

cyt_code cyt_pooled_signals_write(MPI_Comm world, const cyt_run *run,
                                  const cyt_cohort_table *table, cyt_store *store,
                                  cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_result_tables tables = {0};
    pooling p = {.run = run, .table = table};
    CYT_TRY(cyt_agree(world, begin(&p, err), err));
    if (p.n == 0)
        goto done;
    CYT_TRY(pool_all(world, &p, err));
    CYT_TRY(cyt_agree(world, make_table(&p, &tables, err), err));
    CYT_TRY(cyt_result_table_write(world, tables.item[0], store, err));
    CYT_TRY(cyt_anndata_text(store, "/uns/signals_family",
                             "q: Benjamini-Hochberg over all signals and responders of "
                             "one estimator; unit: patients, pooled as random effects",
                             err));
done:
    cyt_result_tables_free(&tables);
    end(&p);
    return code;
}
