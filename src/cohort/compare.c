// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/compare.h"

#include "cohort/compare_curves.h"
#include "cohort/compare_metric.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/rank_test.h"
#include "cytotaxis/strip.h"
#include "cytotaxis/transpose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const cyt_row_test_names[CYT_ROW_TESTS] = {
    "mann_whitney_exact", "mann_whitney_normal", "signed_rank_exact",
    "signed_rank_normal", "kruskal_wallis",      "welch",
    "paired_t",           "permutation_exact",   "permutation_sampled",
    "mixed_model",        "linear_model"};

const char *const cyt_row_reason_texts[CYT_REASONS] = {
    "", "too few patients", "all values are equal",
    "conditions and covariates cannot be told apart",
    "a p or a fit of each slide; not compared"};

const char *cyt_row_effect_name(cyt_row_test test, int paired)
{
    switch (test) {
    case CYT_ROW_MANN_WHITNEY_EXACT:
    case CYT_ROW_MANN_WHITNEY_NORMAL:
        return "cliffs_delta";
    case CYT_ROW_SIGNED_RANK_EXACT:
    case CYT_ROW_SIGNED_RANK_NORMAL:
        return "rank_biserial";
    case CYT_ROW_KRUSKAL:
        return "epsilon_squared";
    case CYT_ROW_WELCH:
    case CYT_ROW_PAIRED_T:
        return paired ? "hedges_g_paired" : "hedges_g";
    case CYT_ROW_PERMUTATION_EXACT:
    case CYT_ROW_PERMUTATION_SAMPLED:
        return paired ? "mean_difference_paired" : "mean_difference";
    case CYT_ROW_MIXED:
    case CYT_ROW_LINEAR:
    case CYT_ROW_TESTS:
        break;
    }
    return "coefficient";
}

/* --- metrics to ranks ------------------------------------------------------------- */

/* Equal numbers of metrics, but no curve is cut: its points go to one rank. */
static void cut_metrics(const cyt_metrics *columns, size_t size, uint64_t *starts)
{
    cyt_blocks_cut(columns->n, 1, size, starts);
    for (size_t r = 1; r < size; r++)
        while (starts[r] > 0 && starts[r] < columns->n &&
               cyt_metric_same_curve(&columns->item[starts[r] - 1],
                                     &columns->item[starts[r]]))
            starts[r]--;
}

static cyt_code alloc_share(size_t size, size_t me, size_t n_slides,
                            const cyt_metrics *columns, cyt_metric_share *share,
                            cyt_error *err)
{
    share->starts = cyt_alloc(size + 1, sizeof *share->starts, "metrics", err);
    if (!share->starts)
        return err->code;
    cut_metrics(columns, size, share->starts);
    share->first = (size_t)share->starts[me];
    share->n = (size_t)(share->starts[me + 1] - share->starts[me]);
    share->values = cyt_alloc(n_slides * share->n, sizeof(double), "metrics", err);
    share->n_cells = cyt_alloc(n_slides, sizeof *share->n_cells, "metrics", err);
    return err->code;
}

cyt_code cyt_metric_share_make(MPI_Comm world, size_t n_slides,
                               const cyt_cohort_table *table, cyt_metric_share *share,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(world), me = (size_t)cyt_comm_rank(world);
    *share = (cyt_metric_share){0};
    CYT_TRY(cyt_agree(
        world, alloc_share(size, me, n_slides, &table->columns, share, err), err));
    const cyt_cut cut = {table->starts, share->starts};
    CYT_TRY(cyt_transpose_to_columns(world, &cut, table->values, share->values, err));
    CYT_TRY(cyt_cohort_table_gather(world, table, table->n_cells, 1, MPI_INT64_T,
                                    share->n_cells, err));
done:
    if (code != CYT_OK)
        cyt_metric_share_free(share);
    return code;
}

void cyt_metric_share_free(cyt_metric_share *share)
{
    free(share->starts);
    free(share->values);
    free(share->n_cells);
    *share = (cyt_metric_share){0};
}

/* --- q-values --------------------------------------------------------------------- */

static const char *analysis_of(const cyt_metric *metric)
{
    return cyt_statistic_get(metric->statistic)->analysis;
}

/* The end of the family that begins at metric @p m; analyses stand together. */
static size_t family_end(const cyt_metrics *columns, cyt_family family, size_t m)
{
    size_t end = m + 1;
    while (end < columns->n && (family == CYT_FAMILY_CONTRAST ||
                                strcmp(analysis_of(&columns->item[m]),
                                       analysis_of(&columns->item[end])) == 0))
        end++;
    return end;
}

/* q of one test, from the p-values of all rows. @p scratch [2 * columns->n] */
static cyt_code adjust_test(const cyt_metrics *columns, cyt_family family,
                            size_t n_tests, size_t test, const double *p,
                            double *scratch, double *q, cyt_error *err)
{
    cyt_code code = CYT_OK;
    double *one = scratch, *adjusted = scratch + columns->n;
    for (size_t m = 0, end; m < columns->n; m = end) {
        end = family_end(columns, family, m);
        for (size_t k = m; k < end; k++)
            one[k] = p[k * n_tests + test];
        CYT_TRY(cyt_benjamini_hochberg(one + m, end - m, adjusted + m, err));
        for (size_t k = m; k < end; k++)
            q[k * n_tests + test] = adjusted[k];
    }
done:
    return code;
}

cyt_code cyt_compare_adjust(MPI_Comm world, const cyt_compare_input *input,
                            size_t n_tests, cyt_family family, const double *p,
                            double *q, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(world);
    const size_t n = input->columns->n, rows = n * n_tests;
    const cyt_metric_share *share = input->share;
    double *all = cyt_alloc(2 * rows + 2 * n, sizeof *all, "p-values", err);
    int *counts = cyt_alloc(2 * size, sizeof *counts, "p-values", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    for (size_t r = 0; r < size; r++) {
        counts[r] = (int)((share->starts[r + 1] - share->starts[r]) * n_tests);
        counts[size + r] = (int)(share->starts[r] * n_tests);
    }
    MPI_Allgatherv(p, (int)(share->n * n_tests), MPI_DOUBLE, all, counts, counts + size,
                   MPI_DOUBLE, world);
    for (size_t t = 0; code == CYT_OK && t < n_tests; t++)
        code = adjust_test(input->columns, family, n_tests, t, all, all + 2 * rows,
                           all + rows, err);
    CYT_TRY(cyt_agree(world, code, err));
    memcpy(q, all + rows + share->first * n_tests, share->n * n_tests * sizeof *q);
done:
    free(all);
    free(counts);
    return code;
}

/* --- a contrast ------------------------------------------------------------------- */

static int is_p(const cyt_metric *metric)
{
    return cyt_statistic_get(metric->statistic)->is_p;
}

static void leave_untested(cyt_comparison *out, size_t m)
{
    for (size_t t = 0; t < out->n_tests; t++) {
        const size_t row = m * out->n_tests + t;
        out->values[CYT_CMP_P * out->n_rows + row] = NAN;
        out->reason[row] = CYT_REASON_P;
    }
}

static cyt_code compare_part(const cyt_compare_input *input,
                             const cyt_contrast *contrast, size_t number,
                             cyt_comparison *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_contrast_work work = {0};
    out->values =
        cyt_alloc(CYT_CMP_COLUMNS * out->n_rows, sizeof(double), "a contrast", err);
    out->test = cyt_calloc(out->n_rows, 1, "a contrast", err);
    out->reason = cyt_calloc(out->n_rows, 1, "a contrast", err);
    CYT_TRY(err->code);
    CYT_TRY(cyt_contrast_work_init(input, contrast, number, &work, err));
    CYT_TRY(cyt_curves_compare(input, &work, &out->curves, err));
    for (size_t m = 0; m < out->n; m++) {
        CYT_TRY(
            cyt_compare_metric(&work, input->share->values + m, out->n, out, m, err));
        if (is_p(&input->columns->item[out->first + m]))
            leave_untested(out, m);
    }
done:
    cyt_contrast_work_free(&work);
    return code;
}

cyt_code cyt_compare(MPI_Comm world, const cyt_compare_input *input,
                     const cyt_contrast *contrast, size_t number, cyt_comparison *out,
                     cyt_error *err)
{
    cyt_code code = CYT_OK;
    const unsigned tests = cyt_contrast_tests(contrast);
    *out = (cyt_comparison){
        .contrast = contrast, .first = input->share->first, .n = input->share->n};
    for (int t = 0; t < CYT_TEST_KINDS; t++)
        if (tests >> t & 1)
            out->tests[out->n_tests++] = (cyt_test_kind)t;
    out->n_rows = out->n * out->n_tests;
    CYT_TRY(cyt_agree(world, compare_part(input, contrast, number, out, err), err));
    CYT_TRY(cyt_compare_adjust(world, input, out->n_tests, (cyt_family)contrast->family,
                               out->values + CYT_CMP_P * out->n_rows,
                               out->values + CYT_CMP_Q * out->n_rows, err));
    CYT_TRY(cyt_curves_adjust(world, &out->curves, err));
done:
    if (code != CYT_OK)
        cyt_comparison_free(out);
    return code;
}

void cyt_comparison_free(cyt_comparison *c)
{
    free(c->values);
    free(c->test);
    free(c->reason);
    cyt_curve_findings_free(&c->curves);
    *c = (cyt_comparison){0};
}
