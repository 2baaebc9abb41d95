// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/cohort_tests.h"

#include "cohort/text_column.h"

#include "cytotaxis/anndata.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What stands behind the metric in the index, for all tests but the first. */
static const char *const kind_names[CYT_TEST_KINDS] = {"ranks", "t", "permutation",
                                                       "mixed_model"};

/* Rows of metrics: index, and the metric itself. */
typedef struct labels {
    cyt_text_column index, metric;
} labels;

static void labels_free(labels *l)
{
    free(l->index.text);
    free(l->metric.text);
}

static size_t longest_metric(const cyt_cohort_table *t, cyt_error *err)
{
    size_t most = 1;
    for (size_t m = 0; err->code == CYT_OK && m < t->columns.n; m++) {
        char *name = cyt_metric_name(&t->columns.item[m], err);
        most = name && strlen(name) > most ? strlen(name) : most;
        free(name);
    }
    return most;
}

/* Of the metrics from @p first on, @p n_tests rows each. */
static cyt_code make_labels(const cyt_cohort_table *t, size_t first, size_t n_rows,
                            size_t n_tests, const char *const *tests, labels *out,
                            cyt_error *err)
{
    const size_t most = longest_metric(t, err);
    const size_t room = most + (n_tests > 1 ? cyt_longest(tests, n_tests) + 3 : 0);
    cyt_text_column_begin(&out->metric, n_rows, most, err);
    cyt_text_column_begin(&out->index, n_rows, room, err);
    for (size_t r = 0; err->code == CYT_OK && r < n_rows; r++) {
        cyt_strbuf b = {0};
        char *name = cyt_metric_name(&t->columns.item[first + r / n_tests], err);
        if (name) {
            cyt_text_column_set(&out->metric, r, name);
            cyt_strbuf_add(&b, err, r % n_tests ? "%s [%s]" : "%s", name,
                           tests[r % n_tests]);
        }
        if (b.text)
            cyt_text_column_set(&out->index, r, b.text);
        cyt_strbuf_free(&b);
        free(name);
    }
    return err->code;
}

/* --- the tests of a contrast ------------------------------------------------------ */

static const struct {
    const char *name;
    cyt_comparison_column column;
} numbers[] = {
    {"n_a", CYT_CMP_N_A},
    {"n_b", CYT_CMP_N_B},
    {"mean_a", CYT_CMP_MEAN_A},
    {"mean_b", CYT_CMP_MEAN_B},
    {"median_a", CYT_CMP_MEDIAN_A},
    {"median_b", CYT_CMP_MEDIAN_B},
    {"effect", CYT_CMP_EFFECT},
    {"effect_lo", CYT_CMP_EFFECT_LO},
    {"effect_hi", CYT_CMP_EFFECT_HI},
    {"statistic", CYT_CMP_STATISTIC},
    {"df", CYT_CMP_DF},
    {"se", CYT_CMP_SE},
    {"sd_patient", CYT_CMP_SD_PATIENT},
    {"sd_slide", CYT_CMP_SD_SLIDE},
    {"p", CYT_CMP_P},
    {"q", CYT_CMP_Q},
};

enum { TEST, EFFECT_NAME, FAMILY, REASON, TEXTS };
static const char *const text_names[TEXTS] = {"test", "effect_name", "family",
                                              "reason"};

static const char *text_of(const cyt_comparison *c, const cyt_metrics *columns,
                           int which, size_t row)
{
    const int paired = cyt_contrast_is_paired(c->contrast);
    const cyt_metric *metric = &columns->item[c->first + row / c->n_tests];
    switch (which) {
    case TEST:
        return cyt_row_test_names[c->test[row]];
    case EFFECT_NAME:
        return cyt_row_effect_name((cyt_row_test)c->test[row], paired);
    case FAMILY:
        return c->contrast->family == CYT_FAMILY_ANALYSIS
                   ? cyt_statistic_get(metric->statistic)->analysis
                   : "all metrics";
    default:
        return cyt_row_reason_texts[c->reason[row]];
    }
}

static size_t width_of(const cyt_metrics *columns, int which)
{
    size_t most = sizeof "mean_difference_paired" - 1; /* the longest of effects */
    if (which == TEST)
        return cyt_longest(cyt_row_test_names, CYT_ROW_TESTS);
    if (which == REASON)
        return cyt_longest(cyt_row_reason_texts, CYT_REASONS);
    for (size_t m = 0; which == FAMILY && m < columns->n; m++) {
        const char *analysis = cyt_statistic_get(columns->item[m].statistic)->analysis;
        most = strlen(analysis) > most ? strlen(analysis) : most;
    }
    return most;
}

static cyt_code write_contrast(MPI_Comm world, const cyt_cohort_table *t,
                               const cyt_comparison *c, const char *path,
                               cyt_store *store, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_frame f = {0};
    labels l = {0};
    cyt_text_column text[TEXTS] = {{0}};
    const char *kinds[CYT_TEST_KINDS];
    for (size_t k = 0; k < c->n_tests; k++)
        kinds[k] = kind_names[c->tests[k]];
    (void)!make_labels(t, c->first, c->n_rows, c->n_tests, kinds, &l, err);
    for (int k = 0; k < TEXTS; k++) {
        cyt_text_column_begin(&text[k], c->n_rows, width_of(&t->columns, k), err);
        for (size_t r = 0; r < c->n_rows; r++)
            cyt_text_column_set(&text[k], r, text_of(c, &t->columns, k, r));
    }
    CYT_TRY(cyt_agree(world, err->code, err));
    CYT_TRY(cyt_frame_begin(store, path, t->columns.n * c->n_tests,
                            c->first * c->n_tests, c->n_rows, &f, err));
    CYT_TRY(cyt_frame_index(&f, l.index.width, l.index.text, err));
    CYT_TRY(cyt_text_column_write(&f, "metric", &l.metric, err));
    CYT_TRY(cyt_text_column_write(&f, text_names[TEST], &text[TEST], err));
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        CYT_TRY(cyt_frame_numbers(&f, numbers[k].name, CYT_STORE_F64,
                                  c->values + numbers[k].column * c->n_rows, err));
    for (int k = EFFECT_NAME; k < TEXTS; k++)
        CYT_TRY(cyt_text_column_write(&f, text_names[k], &text[k], err));
done:
    code = cyt_frame_leave(&f, code, err);
    labels_free(&l);
    for (int k = 0; k < TEXTS; k++)
        free(text[k].text);
    return code;
}

/* --- what the contrasts are ------------------------------------------------------- */

enum { DESIGN, CONDITIONS, ADJUST, KINDS, OF_FAMILY, WEIGHTS, SAYS };
static const char *const says[SAYS] = {"design", "conditions", "adjust",
                                       "tests",  "family",     "weights"};

static void say_list(cyt_strbuf *b, const cyt_names *names, cyt_error *err)
{
    for (size_t i = 0; i < names->n; i++)
        cyt_strbuf_add(b, err, "%s%s", i ? ", " : "", names->name[i]);
}

static void say(cyt_strbuf *b, const cyt_config *config, const cyt_comparison *c,
                int which, cyt_error *err)
{
    static const char *const designs[] = {"two", "paired", "interaction", "several"};
    cyt_strbuf_add(b, err, "%s", "");
    if (which == DESIGN)
        cyt_strbuf_add(b, err, "%s", designs[c->contrast->design]);
    else if (which == CONDITIONS)
        say_list(b, &c->contrast->conditions, err);
    else if (which == ADJUST)
        say_list(b, &c->contrast->adjust, err);
    else if (which == OF_FAMILY)
        cyt_strbuf_add(b, err, "%s",
                       c->contrast->family == CYT_FAMILY_ANALYSIS ? "analysis"
                                                                  : "all metrics");
    else if (which == WEIGHTS)
        cyt_strbuf_add(b, err, "%s",
                       config->cohort.weights == CYT_WEIGHTS_CELLS ? "cells" : "equal");
    for (size_t t = 0; which == KINDS && t < c->n_tests; t++)
        cyt_strbuf_add(b, err, "%s%s", t ? ", " : "", kind_names[c->tests[t]]);
}

static cyt_code gather_sayings(const cyt_config *config,
                               const cyt_cohort_findings *found, int which,
                               cyt_names *out, cyt_error *err)
{
    for (size_t k = 0; err->code == CYT_OK && k < found->n; k++) {
        cyt_strbuf b = {0};
        say(&b, config, &found->tested[k], which, err);
        if (b.text)
            (void)!cyt_names_add(out, b.text, b.n, err);
        cyt_strbuf_free(&b);
    }
    return err->code;
}

static cyt_code write_saying(MPI_Comm world, const cyt_config *config,
                             const cyt_cohort_findings *found, int which,
                             cyt_frame *frame, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names texts = {0};
    CYT_TRY(cyt_agree(world, gather_sayings(config, found, which, &texts, err), err));
    code = cyt_frame_names(frame, says[which], &texts, err);
done:
    cyt_names_free(&texts);
    return code;
}

static cyt_code write_contrasts(MPI_Comm world, const cyt_config *config,
                                const cyt_cohort_findings *found,
                                const cyt_names *names, cyt_store *store,
                                cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_cohort_config *s = &config->cohort;
    const struct {
        const char *name;
        double value;
    } same[] = {{"confidence", s->confidence},
                {"bootstrap", s->bootstrap},
                {"permutations", s->permutations},
                {"seed", s->seed}};
    cyt_frame f = {0};
    double *v = cyt_alloc(found->n, sizeof *v, "contrasts", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    CYT_TRY(cyt_frame_begin_whole(store, "/uns/contrasts", found->n, &f, err));
    CYT_TRY(cyt_frame_index_names(&f, names, err));
    for (int k = 0; k < SAYS; k++)
        CYT_TRY(write_saying(world, config, found, k, &f, err));
    for (size_t k = 0; k < sizeof same / sizeof *same; k++) {
        for (size_t i = 0; i < found->n; i++)
            v[i] = same[k].value;
        CYT_TRY(cyt_frame_numbers(&f, same[k].name, CYT_STORE_F64, v, err));
    }
done:
    code = cyt_frame_leave(&f, code, err);
    free(v);
    return code;
}

cyt_code cyt_cohort_tests_write(MPI_Comm world, cyt_store *store,
                                const cyt_config *config, const cyt_cohort_table *t,
                                const cyt_cohort_findings *found, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names names = {0}, links = {0};
    for (size_t k = 0; code == CYT_OK && k < found->n; k++) {
        const char *name = found->tested[k].contrast->name;
        code = cyt_names_add(&names, name, strlen(name), err);
    }
    if (code == CYT_OK)
        code = cyt_store_link_names(&names, &links, err);
    CYT_TRY(cyt_agree(world, code, err));
    CYT_TRY(cyt_anndata_dict(store, "/uns/tests", err));
    for (size_t k = 0; k < found->n; k++) {
        char path[1100];
        snprintf(path, sizeof path, "/uns/tests/%.1000s", links.name[k]);
        CYT_TRY(write_contrast(world, t, &found->tested[k], path, store, err));
    }
    CYT_TRY(cyt_cohort_curve_tests_write(world, store, t, found, &links, err));
    if (found->n > 0)
        CYT_TRY(write_contrasts(world, config, found, &names, store, err));
    CYT_TRY(
        cyt_anndata_text(store, "/uns/tests_family",
                         "q: Benjamini-Hochberg over the metrics of one test of one "
                         "contrast, all or those of one analysis (family); unit: "
                         "patients, each the mean of its slides; mixed models: "
                         "slides within patients",
                         err));
done:
    cyt_names_free(&names);
    cyt_names_free(&links);
    return code;
}

/* --- survival --------------------------------------------------------------------- */

cyt_code cyt_cohort_survival_write(MPI_Comm world, cyt_store *store,
                                   const cyt_cohort_table *t,
                                   const cyt_survival_table *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_frame f = {0};
    labels l = {0};
    cyt_text_column test = {0}, reason = {0};
    if (!s->is_there)
        return CYT_OK;
    (void)!make_labels(t, s->first, s->n_rows, CYT_LIFE_TESTS, cyt_survival_tests, &l,
                       err);
    cyt_text_column_begin(&test, s->n_rows,
                          cyt_longest(cyt_survival_tests, CYT_LIFE_TESTS), err);
    cyt_text_column_begin(&reason, s->n_rows,
                          cyt_longest(cyt_survival_reasons, CYT_LIFE_REASONS), err);
    for (size_t r = 0; r < s->n_rows; r++) {
        cyt_text_column_set(&test, r, cyt_survival_tests[r % CYT_LIFE_TESTS]);
        cyt_text_column_set(&reason, r, cyt_survival_reasons[s->reason[r]]);
    }
    CYT_TRY(cyt_agree(world, err->code, err));
    CYT_TRY(cyt_frame_begin(store, "/uns/survival", t->columns.n * CYT_LIFE_TESTS,
                            s->first * CYT_LIFE_TESTS, s->n_rows, &f, err));
    CYT_TRY(cyt_frame_index(&f, l.index.width, l.index.text, err));
    CYT_TRY(cyt_text_column_write(&f, "metric", &l.metric, err));
    CYT_TRY(cyt_text_column_write(&f, "test", &test, err));
    for (size_t c = 0; c < CYT_LIFE_COLUMNS; c++)
        CYT_TRY(cyt_frame_numbers(&f, cyt_survival_columns[c], CYT_STORE_F64,
                                  s->values + c * s->n_rows, err));
    CYT_TRY(cyt_text_column_write(&f, "reason", &reason, err));
done:
    code = cyt_frame_leave(&f, code, err);
    labels_free(&l);
    free(test.text);
    free(reason.text);
    return code;
}
