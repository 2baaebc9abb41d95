// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file section_trap.c
 * @brief How strongly each signal holds its responders: a forest of slopes.
 *
 * Where the cohort was screened (uns/signals), its pooled estimates are drawn, one row
 * a signal and responder. Else the metrics of the trap are: of each, by condition, the
 * mean over patients with its 95 % t interval.
 */
#include "report/report_parts.h"

#include "cytotaxis/mem.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 40 };

static const double two_sided_95 = 0.975;

/* Rows with their texts, which they own. */
typedef struct forest {
    size_t n, capacity;
    cyt_forest_row *row;
    cyt_names names, notes;
} forest;

static void free_forest(forest *f)
{
    free(f->row);
    cyt_names_free(&f->names);
    cyt_names_free(&f->notes);
    *f = (forest){0};
}

static cyt_code add_row(forest *f, const char *name, const char *note,
                        const cyt_forest_row *row, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_grow(&f->row, &f->capacity, f->n + 1, sizeof *f->row, "a forest", err));
    CYT_TRY(cyt_names_add(&f->names, name, strlen(name), err));
    CYT_TRY(cyt_names_add(&f->notes, note, strlen(note), err));
    f->row[f->n++] = *row;
done:
    return code;
}

/* The texts are where they stay only now. */
static void draw(forest *f, const char *label, const char *x_label, const char *x_unit,
                 cyt_strbuf *html, cyt_error *err)
{
    const size_t shown = f->n < MOST_ROWS ? f->n : MOST_ROWS;
    for (size_t i = 0; i < f->n; i++) {
        f->row[i].name = f->names.name[i];
        f->row[i].note = f->notes.name[i];
    }
    cyt_strbuf_add(html, err, "<figure>");
    cyt_plot_forest(html, label, x_label, x_unit, shown, f->row, err);
    if (shown < f->n)
        cyt_strbuf_add(html, err, "<figcaption>The first %zu of %zu.</figcaption>",
                       shown, f->n);
    cyt_strbuf_add(html, err, "</figure>\n");
}

/* --- what the screen of the cohort found ------------------------------------------ */

/* The first of these columns that there is. */
static const double *find_numbers(const cyt_view_frame *frame, const char *const *names)
{
    const double *found = NULL;
    for (size_t i = 0; names[i] && !found; i++)
        found = cyt_view_numbers(frame, names[i]);
    return found;
}

static cyt_code pooled_rows(const cyt_view_frame *t, forest *f, cyt_error *err)
{
    static const char *const values[] = {"contrast", "mean", "estimate", "slope", NULL};
    static const char *const lows[] = {"lo", "contrast_lo", "ci_lo", NULL};
    static const char *const highs[] = {"hi", "contrast_hi", "ci_hi", NULL};
    static const char *const counts[] = {"n_patients", "k", "n", NULL};
    cyt_code code = CYT_OK;
    const double *value = find_numbers(t, values), *low = find_numbers(t, lows),
                 *high = find_numbers(t, highs), *n = find_numbers(t, counts),
                 *q = cyt_view_numbers(t, "q");
    for (size_t i = 0; value && i < t->n_rows; i++) {
        char note[64] = "";
        int at = 0;
        if (n && !isnan(n[i]))
            at = snprintf(note, sizeof note, "n = %.0f", n[i]);
        if (q && !isnan(q[i]))
            snprintf(note + at, sizeof note - (size_t)at, "%sq = %.2g", at ? ", " : "",
                     q[i]);
        const cyt_forest_row row = {.value = value[i],
                                    .low = low ? low[i] : NAN,
                                    .high = high ? high[i] : NAN,
                                    .is_pooled = 1};
        CYT_TRY(add_row(f, t->index.name[i], note, &row, err));
    }
done:
    return code;
}

static cyt_code put_screen(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_view_frame t = {0};
    forest f = {0};
    size_t *order = NULL;
    CYT_TRY(cyt_view_frame_read(d->cohort, "uns/signals", &t, err));
    CYT_TRY(pooled_rows(&t, &f, err));
    cyt_strbuf_add(
        html, err,
        "<p class=\"soft\">Pooled over patients with random effects; the bar is "
        "the 95 %% interval of the mean. Right of 0: more responders where "
        "the signal is high.</p>\n");
    if (f.n > 0)
        draw(&f, "pooled trap estimate of each signal", "change of log density", "",
             html, err);
    order = cyt_order_rows(t.n_rows, cyt_view_numbers(&t, "p"), err);
    CYT_TRY(err->code);
    cyt_strbuf_add(html, err, "<div>");
    cyt_html_frame(html, "table-signals", &t, t.n_rows, order, err);
    cyt_strbuf_add(html, err, "</div>\n");
done:
    free(order);
    free_forest(&f);
    cyt_view_frame_free(&t);
    return code;
}

/* --- the metrics of the trap ------------------------------------------------------ */

/* Mean over the patients of a condition, with its t interval. */
static cyt_forest_row summarise(const cyt_report_data *d, const double *value,
                                size_t stride, size_t condition, double *mean,
                                size_t *n)
{
    double sum = 0, squares = 0;
    *n = 0;
    cyt_report_patient_means(d, value, stride, condition, mean);
    for (size_t p = 0; p < d->patients.n; p++)
        if (isfinite(mean[p])) {
            sum += mean[p];
            (*n)++;
        }
    cyt_forest_row row = {
        .value = *n ? sum / (double)*n : NAN, .low = NAN, .high = NAN};
    for (size_t p = 0; p < d->patients.n; p++)
        if (isfinite(mean[p]))
            squares += (mean[p] - row.value) * (mean[p] - row.value);
    if (*n > 1) {
        const double df = (double)(*n - 1), se = sqrt(squares / df / (double)*n);
        const double half = gsl_cdf_tdist_Pinv(two_sided_95, df) * se;
        row.low = row.value - half;
        row.high = row.value + half;
    }
    return row;
}

/* Rows of one statistic: metric by metric, condition by condition. */
static cyt_code metric_rows(const cyt_report_data *d, size_t n, const uint64_t *column,
                            const double *value, size_t prefix, double *mean, forest *f,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < n; k++)
        for (size_t c = 0; c < d->conditions.n; c++) {
            size_t patients;
            char name[512], note[64];
            const cyt_forest_row row = summarise(d, value + k, n, c, mean, &patients);
            if (patients == 0)
                continue;
            snprintf(name, sizeof name, "%s%s%s", d->var.index.name[column[k]] + prefix,
                     cyt_report_has_conditions(d) ? ", " : "",
                     cyt_report_has_conditions(d) ? cyt_report_condition(d, c) : "");
            snprintf(note, sizeof note, "n = %zu", patients);
            CYT_TRY(add_row(f, name, note, &row, err));
        }
done:
    return code;
}

static int by_column(const void *pa, const void *pb)
{
    const uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;
    return (a > b) - (a < b);
}

/* One forest for one statistic of the trap. */
static cyt_code put_statistic(const cyt_report_data *d, const char *prefix,
                              cyt_strbuf *html, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t *metric;
    forest f = {0};
    char *const *meaning = cyt_view_texts(&d->var, "description");
    char *const *unit = cyt_view_texts(&d->var, "unit");
    const size_t n = cyt_report_metrics_of(d, prefix, &metric);
    uint64_t *column = cyt_alloc(n, sizeof *column, "a forest", err);
    double *value = cyt_alloc(d->n_slides * n, sizeof *value, "a forest", err);
    double *mean = cyt_alloc(d->patients.n, sizeof *mean, "a forest", err);
    CYT_TRY(err->code);
    for (size_t k = 0; k < n; k++)
        column[k] = metric[k];
    qsort(column, n, sizeof *column, by_column);
    CYT_TRY(cyt_view_columns(d->cohort, "X", d->n_slides, n, column, value, err));
    CYT_TRY(metric_rows(d, n, column, value, strlen(prefix), mean, &f, err));
    if (f.n > 0) {
        cyt_strbuf_add(html, err, "<h3>%.*s</h3>\n<p class=\"soft\">",
                       (int)strlen(prefix) - 1, prefix);
        cyt_html_text(html, meaning ? meaning[column[0]] : "", err);
        cyt_strbuf_add(html, err, ".</p>\n");
        draw(&f, prefix, strrchr(prefix, '/') ? "mean over patients" : "",
             unit ? unit[column[0]] : "", html, err);
    }
done:
    free(mean);
    free(value);
    free(column);
    free_forest(&f);
    return code;
}

/* Statistics that a forest is drawn of: log-density changes, which compare. */
static const char *const statistics[] = {"trap/contrast/", "trap/relative_contrast/",
                                         "trap/slope/", "trap/relative_slope/", NULL};

static int has_metrics(const cyt_report_data *d)
{
    const size_t *metric;
    for (size_t i = 0; statistics[i]; i++)
        if (cyt_report_metrics_of(d, statistics[i], &metric) > 0)
            return 1;
    return 0;
}

cyt_code cyt_section_trap(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int is_screened = cyt_view_has(d->cohort, "uns/signals");
    if (!is_screened && !has_metrics(d)) {
        cyt_section_missing(
            html, "trap", "Which signals hold which cells",
            "No trap slopes: the config's <code>signals</code> name "
            "ligands, senders and responders, and <code>trap</code> asks "
            "how the responders' density follows them.",
            err);
        return err->code;
    }
    cyt_section_begin(html, "trap", "Which signals hold which cells", err);
    if (is_screened)
        CYT_TRY(put_screen(d, html, err));
    else
        cyt_strbuf_add(
            html, err,
            "<p class=\"soft\">Mean over patients, each the mean of its slides; "
            "the bar is its 95 %% interval (t). Right of 0: more responders "
            "where the signal is high.</p>\n");
    for (size_t i = 0; !is_screened && statistics[i]; i++)
        CYT_TRY(put_statistic(d, statistics[i], html, err));
    cyt_section_end(html, err);
    code = err->code;
done:
    return code;
}
