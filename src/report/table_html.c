// SPDX-License-Identifier: BSD-3-Clause
#include "report/report_parts.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- order ------------------------------------------------------------------------ */

typedef struct keyed_row {
    double key;
    size_t row;
} keyed_row;

static int by_key(const void *pa, const void *pb)
{
    const keyed_row *a = pa, *b = pb;
    if (isnan(a->key) != isnan(b->key))
        return isnan(a->key) ? 1 : -1;
    if (a->key != b->key && !isnan(a->key))
        return a->key < b->key ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

size_t *cyt_order_rows(size_t n, const double *key, cyt_error *err)
{
    keyed_row *row = cyt_alloc(n, sizeof *row, "an order of rows", err);
    size_t *order = cyt_alloc(n, sizeof *order, "an order of rows", err);
    if (err->code == CYT_OK) {
        for (size_t i = 0; i < n; i++)
            row[i] = (keyed_row){key ? key[i] : 0, i};
        qsort(row, n, sizeof *row, by_key);
        for (size_t i = 0; i < n; i++)
            order[i] = row[i].row;
    } else {
        free(order);
        order = NULL;
    }
    free(row);
    return order;
}

/* --- head: what the columns are called, and mean ---------------------------------- */

typedef struct column_words {
    const char *name, *shown, *meaning;
} column_words;

static const column_words known[] = {
    {"n_a", "n a", "patients of the first condition that have a value"},
    {"n_b", "n b", "patients of the second condition that have a value"},
    {"mean_a", "mean a", "mean over patients of the first condition"},
    {"mean_b", "mean b", "mean over patients of the second condition"},
    {"median_a", "median a", "median over patients of the first condition"},
    {"median_b", "median b", "median over patients of the second condition"},
    {"effect", "effect",
     "how far apart the conditions are; Cliff's delta unless the column effect name "
     "says "
     "another: 1 when every patient of the first condition is above every one of the "
     "second, -1 the other way round"},
    {"effect_name", "effect name", "which effect it is"},
    {"effect_lo", "effect from", "lower end of the effect's interval"},
    {"effect_hi", "effect to", "upper end of the effect's interval"},
    {"statistic", "statistic", "of the test"},
    {"p", "p", "probability of a difference as large or larger were there none"},
    {"q", "q", "p adjusted for all metrics of its family (Benjamini-Hochberg)"},
};

static const column_words *words_of(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, name) == 0)
            return &known[i];
    return NULL;
}

/* With spaces for underscores. */
static void put_words(cyt_strbuf *html, const char *text, cyt_error *err)
{
    for (const char *c = text; *c; c += *c == '_') {
        char word[256];
        const size_t n = strcspn(c, "_");
        snprintf(word, sizeof word, "%.*s", (int)n, c);
        cyt_html_text(html, word, err);
        c += n;
        if (*c)
            cyt_strbuf_add(html, err, " ");
    }
}

static void put_head(cyt_strbuf *html, const char *name, int is_number, cyt_error *err)
{
    const column_words *words = words_of(name);
    cyt_strbuf_add(html, err, "<th scope=\"col\"%s", is_number ? " class=\"n\"" : "");
    if (words) {
        cyt_strbuf_add(html, err, " title=\"");
        cyt_html_text(html, words->meaning, err);
        cyt_strbuf_add(html, err, "\"");
    }
    cyt_strbuf_add(html, err, ">");
    put_words(html, words ? words->shown : name, err);
    cyt_strbuf_add(html, err, "</th>");
}

/* --- body ------------------------------------------------------------------------- */

/* A metric's name with its unit, and what it is where one points at it. */
static void put_metric(cyt_strbuf *html, const cyt_report_data *d, const char *name,
                       cyt_error *err)
{
    const size_t *metric;
    char *const *unit = cyt_view_texts(&d->var, "unit"), *const *meaning =
                                                             cyt_view_texts(
                                                                 &d->var,
                                                                 "description");
    const size_t n = cyt_report_metrics_of(d, name, &metric);
    const int is_known =
        n > 0 && unit && meaning && strcmp(d->var.index.name[metric[0]], name) == 0;
    cyt_strbuf_add(html, err, "<td");
    if (is_known) {
        cyt_strbuf_add(html, err, " title=\"");
        cyt_html_text(html, meaning[metric[0]], err);
        cyt_strbuf_add(html, err, "\"");
    }
    cyt_strbuf_add(html, err, ">");
    cyt_html_text(html, name, err);
    if (is_known && strcmp(unit[metric[0]], "1") != 0) {
        cyt_strbuf_add(html, err, " <span class=\"soft\">(");
        cyt_html_unit(html, unit[metric[0]], err);
        cyt_strbuf_add(html, err, ")</span>");
    }
    cyt_strbuf_add(html, err, "</td>");
}

/* Columns of few words, which stand on one line. */
static int is_word(const char *name)
{
    return strcmp(name, "test") == 0 || strcmp(name, "effect_name") == 0 ||
           strcmp(name, "family") == 0;
}

static void put_text(cyt_strbuf *html, const cyt_report_data *d,
                     const cyt_view_column *c, size_t row, cyt_error *err)
{
    const char *text = c->text.name[row];
    if (strcmp(c->name, "metric") == 0) {
        put_metric(html, d, text, err);
        return;
    }
    const int is_short = is_word(c->name);
    cyt_strbuf_add(html, err, is_short ? "<td class=\"w\">" : "<td>");
    if (is_short)
        put_words(html, text, err);
    else
        cyt_html_text(html, text, err);
    cyt_strbuf_add(html, err, "</td>");
}

static void put_cell(cyt_strbuf *html, const cyt_report_data *d,
                     const cyt_view_column *c, size_t row, cyt_error *err)
{
    if (!c->number) {
        put_text(html, d, c, row, err);
        return;
    }
    cyt_strbuf_add(html, err, "<td class=\"n\"");
    if (!isnan(c->number[row]))
        cyt_strbuf_add(html, err, " data-v=\"%.17g\"", c->number[row]);
    cyt_strbuf_add(html, err, ">");
    cyt_html_number(html, c->number[row], err);
    cyt_strbuf_add(html, err, "</td>");
}

/* What a reader looks for first, of tests; then the rest in its own order. */
static const char *const first_shown[] = {
    "metric", "signal",    "responder",   "estimator", "p",        "q",
    "effect", "effect_lo", "effect_hi",   "median_a",  "median_b", "n_a",
    "n_b",    "test",      "effect_name", NULL};

/* Place of a column on the page. */
static size_t rank_of(const char *name)
{
    size_t i = 0;
    while (first_shown[i] && strcmp(first_shown[i], name) != 0)
        i++;
    return i;
}

/* Sentences are not for tables. */
static int is_shown(const cyt_view_column *column)
{
    return strcmp(column->name, "meaning") != 0;
}

/* Is the index a column of the frame as well, or made of columns? Then it is not shown
 * twice. */
static int repeats_index(const cyt_view_frame *frame)
{
    if (cyt_view_texts(frame, "metric") || cyt_view_texts(frame, "signal"))
        return 1;
    for (size_t c = 0; c < frame->n_columns; c++) {
        const cyt_view_column *column = &frame->column[c];
        size_t same = 0;
        while (!column->number && same < frame->n_rows &&
               strcmp(column->text.name[same], frame->index.name[same]) == 0)
            same++;
        if (!column->number && same == frame->n_rows)
            return 1;
    }
    return 0;
}

static void put_row(cyt_strbuf *html, const cyt_report_data *d,
                    const cyt_view_frame *frame, int with_index, const size_t *column,
                    size_t row, cyt_error *err)
{
    cyt_strbuf_add(html, err, "<tr>");
    if (with_index) {
        cyt_strbuf_add(html, err, "<td>");
        cyt_html_text(html, frame->index.name[row], err);
        cyt_strbuf_add(html, err, "</td>");
    }
    for (size_t c = 0; c < frame->n_columns; c++)
        if (is_shown(&frame->column[column[c]]))
            put_cell(html, d, &frame->column[column[c]], row, err);
    cyt_strbuf_add(html, err, "</tr>\n");
}

/* Columns in the order of the page; free(). */
static size_t *order_columns(const cyt_view_frame *frame, cyt_error *err)
{
    size_t *order = NULL;
    double *key = cyt_alloc(frame->n_columns, sizeof *key, "columns", err);
    for (size_t c = 0; key && c < frame->n_columns; c++)
        key[c] = (double)rank_of(frame->column[c].name);
    if (key)
        order = cyt_order_rows(frame->n_columns, key, err);
    free(key);
    return order;
}

/* Rows of a dataframe as a table that can be sorted. */
static void put_frame(cyt_strbuf *html, const cyt_report_data *d, const char *id,
                      const cyt_view_frame *frame, size_t n, const size_t *order,
                      cyt_error *err)
{
    const int with_index = !repeats_index(frame);
    size_t *column = order_columns(frame, err);
    if (!column)
        return;
    cyt_strbuf_add(html, err,
                   "<div class=\"scroll tall\" tabindex=\"0\"><table id=\"%s\" "
                   "class=\"sortable\"><thead><tr>",
                   id);
    if (with_index)
        put_head(html, "", 0, err);
    for (size_t c = 0; c < frame->n_columns; c++)
        if (is_shown(&frame->column[column[c]]))
            put_head(html, frame->column[column[c]].name,
                     frame->column[column[c]].number != NULL, err);
    cyt_strbuf_add(html, err, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++)
        put_row(html, d, frame, with_index, column, order[i], err);
    cyt_strbuf_add(html, err, "</tbody></table></div>\n");
    free(column);
}

void cyt_html_frame(cyt_strbuf *html, const cyt_report_data *d, const char *id,
                    const cyt_view_frame *frame, int by_p, const char *file,
                    cyt_error *err)
{
    enum { MOST_ROWS = 100 };
    const double *p = by_p ? cyt_view_numbers(frame, "p") : NULL;
    const size_t n = frame->n_rows, shown = n < MOST_ROWS ? n : MOST_ROWS;
    size_t *order = cyt_order_rows(n, p, err);
    if (!order)
        return;
    cyt_strbuf_add(html, err, "<div>");
    put_frame(html, d, id, frame, shown, order, err);
    cyt_strbuf_add(html, err, "</div>\n");
    if (shown < n)
        cyt_html_rest(html, shown, n, p ? " by p" : "", file, err);
    free(order);
}

void cyt_html_rest(cyt_strbuf *html, size_t shown, size_t n, const char *by,
                   const char *file, cyt_error *err)
{
    cyt_strbuf_add(html, err,
                   "<p class=\"soft\">The first %zu of %zu%s; all are in tables/",
                   shown, n, by);
    cyt_html_text(html, file, err);
    cyt_strbuf_add(html, err, ".csv.</p>\n");
}
