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

/* "signal → responder", or what the row is called. */
static void name_row(const cyt_view_frame *t, size_t i, char *name, size_t size)
{
    char *const *signal = cyt_view_texts(t, "signal"), *const *responder =
                                                           cyt_view_texts(t,
                                                                          "responder");
    if (signal && responder)
        snprintf(name, size, "%s \xe2\x86\x92 %s", signal[i], responder[i]);
    else
        snprintf(name, size, "%s", t->index.name[i]);
}

static void note_row(const double *n, const double *q, size_t i, char *note,
                     size_t size)
{
    const int has_n = n && !isnan(n[i]), has_q = q && !isnan(q[i]);
    *note = '\0';
    if (has_n && has_q)
        snprintf(note, size, "n = %.0f, q = %.2g", n[i], q[i]);
    else if (has_n)
        snprintf(note, size, "n = %.0f", n[i]);
}

/* Rows of one estimator; all when the table names none. */
static cyt_code pooled_rows(const cyt_view_frame *t, const char *estimator, forest *f,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *const *estimators = cyt_view_texts(t, "estimator");
    const double *value = cyt_view_numbers(t, "contrast"),
                 *low = cyt_view_numbers(t, "lo"), *high = cyt_view_numbers(t, "hi"),
                 *n = cyt_view_numbers(t, "n_patients"), *q = cyt_view_numbers(t, "q");
    for (size_t i = 0; value && i < t->n_rows; i++) {
        char name[512], note[64];
        if (estimator && strcmp(estimators[i], estimator) != 0)
            continue;
        name_row(t, i, name, sizeof name);
        note_row(n, q, i, note, sizeof note);
        const cyt_forest_row row = {.value = value[i],
                                    .low = low ? low[i] : NAN,
                                    .high = high ? high[i] : NAN,
                                    .is_pooled = 1};
        CYT_TRY(add_row(f, name, note, &row, err));
    }
done:
    return code;
}

static cyt_code draw_pooled(const cyt_view_frame *t, const char *estimator,
                            cyt_strbuf *html, cyt_error *err)
{
    forest f = {0};
    const cyt_code code = pooled_rows(t, estimator, &f, err);
    if (code == CYT_OK && f.n > 0) {
        cyt_strbuf_add(html, err, "<div><h3>");
        cyt_html_text(html, estimator ? estimator : "estimate", err);
        cyt_strbuf_add(html, err, "</h3>\n");
        draw(&f, "pooled trap estimate of each signal", "change of log density", "",
             html, err);
        cyt_strbuf_add(html, err, "</div>\n");
    }
    free_forest(&f);
    return code == CYT_OK ? err->code : code;
}

/* One forest for each estimator. */
static cyt_code draw_estimators(const cyt_view_frame *t, cyt_strbuf *html,
                                cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names names = {0};
    char *const *estimator = cyt_view_texts(t, "estimator");
    if (!estimator)
        return draw_pooled(t, NULL, html, err);
    for (size_t i = 0; i < t->n_rows; i++)
        CYT_TRY(cyt_names_add(&names, estimator[i], strlen(estimator[i]), err));
    cyt_names_sort(&names);
    cyt_strbuf_add(html, err, "<div class=\"panels\">\n");
    for (size_t k = names.n; k-- > 0;) /* slope before relative_slope */
        CYT_TRY(draw_pooled(t, names.name[k], html, err));
    cyt_strbuf_add(html, err, "</div>\n");
done:
    cyt_names_free(&names);
    return code;
}

/* What the results say of each row, smallest p first. */
static void put_meanings(const cyt_view_frame *t, cyt_strbuf *html, cyt_error *err)
{
    enum { MOST = 12 };
    char *const *meaning = cyt_view_texts(t, "meaning");
    if (!meaning)
        return;
    size_t *order = cyt_order_rows(t->n_rows, cyt_view_numbers(t, "p"), err);
    cyt_strbuf_add(html, err, "<ul>\n");
    for (size_t i = 0; order && i < t->n_rows && i < MOST; i++) {
        cyt_strbuf_add(html, err, "<li>");
        cyt_html_text(html, meaning[order[i]], err);
        cyt_strbuf_add(html, err, "</li>\n");
    }
    cyt_strbuf_add(html, err, "</ul>\n");
    free(order);
}

static cyt_code put_screen(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_view_frame t = {0};
    CYT_TRY(cyt_view_frame_read(d->cohort, "uns/signals", &t, err));
    cyt_strbuf_add(
        html, err,
        "<p class=\"soft\">Pooled over patients with random effects; the bar is "
        "the interval of the mean. Right of 0: more responders where the "
        "signal is high; left: fewer.</p>\n");
    put_meanings(&t, html, err);
    CYT_TRY(draw_estimators(&t, html, err));
    cyt_html_frame(html, d, "table-signals", &t, 1, "signals", err);
    code = err->code;
done:
    cyt_view_frame_free(&t);
    return code;
}

/* A sentence for each signal and responder, of which the likeliest row has one. */
static void put_likeliest(const cyt_view_frame *t, cyt_strbuf *html, cyt_error *err)
{
    char *const *meaning = cyt_view_texts(t, "meaning");
    char *const *signal = cyt_view_texts(t, "signal");
    char *const *responder = cyt_view_texts(t, "responder");
    size_t n = 0;
    cyt_strbuf_add(html, err, "<ul>\n");
    for (size_t i = 0; meaning && signal && responder && i < t->n_rows; i++) {
        char stem[512]; /* "s" of "s@60um": the range is in the sentence */
        if (!meaning[i][0] || n++ >= MOST_ROWS)
            continue;
        snprintf(stem, sizeof stem, "%.*s", (int)strcspn(signal[i], "@"), signal[i]);
        cyt_strbuf_add(html, err, "<li>");
        cyt_html_text(html, responder[i], err);
        cyt_strbuf_add(html, err, " and ");
        cyt_html_text(html, stem, err);
        cyt_strbuf_add(html, err, ": ");
        cyt_html_text(html, meaning[i], err);
        cyt_strbuf_add(html, err, "</li>\n");
    }
    cyt_strbuf_add(html, err, "</ul>\n");
    if (n > MOST_ROWS)
        cyt_html_rest(html, MOST_ROWS, n, "", "profile", err);
}

/* Which range and which c/Kd the cohort follows, where signals have a grid of them. */
static cyt_code put_profile(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_view_frame t = {0};
    if (!cyt_view_has(d->cohort, "uns/profile"))
        return CYT_OK;
    CYT_TRY(cyt_view_frame_read(d->cohort, "uns/profile", &t, err));
    cyt_strbuf_add(html, err,
                   "<h3>Range and c/Kd</h3>\n<p class=\"soft\">Of each signal and "
                   "responder, the range and the law of the receptor under which "
                   "positions are likeliest, over all slides together; the interval "
                   "has those that patients do not tell from it.</p>\n");
    put_likeliest(&t, html, err);
    cyt_html_frame(html, d, "table-profile", &t, 0, "profile", err);
    code = err->code;
done:
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
        draw(&f, prefix, "mean over patients", unit ? unit[column[0]] : "", html, err);
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
    CYT_TRY(put_profile(d, html, err));
    for (size_t i = 0; !is_screened && statistics[i]; i++)
        CYT_TRY(put_statistic(d, statistics[i], html, err));
    cyt_section_end(html, err);
    code = err->code;
done:
    return code;
}
