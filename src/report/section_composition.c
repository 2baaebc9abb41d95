// SPDX-License-Identifier: BSD-3-Clause
/* Which share of the cells is of which type: by condition, and by patient. */
#include "report/report_parts.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bars of more patients than fit on a screen are folded away. */
enum { MOST_OPEN = 30 };

/* Parts of a bar: the commonest types, and the rest if there is one. */
typedef struct parts {
    size_t n, n_types;
    int has_rest;
    char *name[CYT_REPORT_COLOURS + 1];
    cyt_rgb colour[CYT_REPORT_COLOURS + 1];
    char rest[48];
} parts;

static void find_parts(const cyt_report_data *d, parts *p)
{
    p->n_types = d->types.n < CYT_REPORT_COLOURS ? d->types.n : CYT_REPORT_COLOURS;
    p->has_rest = d->types.n > p->n_types;
    p->n = p->n_types + (p->has_rest ? 1 : 0);
    for (size_t t = 0; t < p->n_types; t++) {
        p->name[t] = d->types.name[t];
        p->colour[t] = cyt_palette_label(t);
    }
    if (!p->has_rest)
        return;
    snprintf(p->rest, sizeof p->rest, "%zu other types", d->types.n - p->n_types);
    p->name[p->n_types] = p->rest;
    p->colour[p->n_types] = cyt_report_other;
}

/* Shares of patients within a condition: [patients * types], by patient. */
static void fill_patients(const cyt_report_data *d, size_t condition, double *mean,
                          double *share)
{
    for (size_t t = 0; t < d->types.n; t++) {
        cyt_report_patient_means(d, d->fraction + t, d->types.n, condition, mean);
        for (size_t p = 0; p < d->patients.n; p++)
            share[p * d->types.n + t] = mean[p];
    }
}

/* Of one patient, or of a condition: sums of the rest into one part. */
static void fold_rest(const cyt_report_data *d, const parts *p, const double *share,
                      double *folded)
{
    double rest = 0;
    for (size_t t = 0; t < d->types.n; t++) {
        if (t < p->n_types)
            folded[t] = share[t];
        else
            rest += share[t];
    }
    if (p->has_rest)
        folded[p->n_types] = rest;
}

/* The mean over the patients that have one. */
static size_t fill_mean(const cyt_report_data *d, const double *share, double *mean)
{
    size_t n = 0;
    memset(mean, 0, d->types.n * sizeof *mean);
    for (size_t p = 0; p < d->patients.n; p++) {
        const double *of = share + p * d->types.n;
        if (isnan(of[0]))
            continue;
        for (size_t t = 0; t < d->types.n; t++)
            mean[t] += of[t];
        n++;
    }
    for (size_t t = 0; t < d->types.n && n > 0; t++)
        mean[t] /= (double)n;
    return n;
}

/* Scratch of the section. */
typedef struct scratch {
    double *mean;   /* [patients] */
    double *share;  /* [patients * types] */
    double *all;    /* [conditions * types] */
    double *folded; /* [(patients + conditions) * parts] */
    size_t *n;      /* [conditions] patients with a value */
    cyt_stack_row *row;
} scratch;

static cyt_code make_scratch(const cyt_report_data *d, const parts *p, scratch *s,
                             cyt_error *err)
{
    const size_t most = d->patients.n + d->conditions.n;
    s->mean = cyt_alloc(d->patients.n, sizeof *s->mean, "shares", err);
    s->share = cyt_alloc(d->patients.n * d->types.n, sizeof *s->share, "shares", err);
    s->all = cyt_alloc(d->conditions.n * d->types.n, sizeof *s->all, "shares", err);
    s->folded = cyt_alloc(most * p->n, sizeof *s->folded, "shares", err);
    s->n = cyt_alloc(d->conditions.n, sizeof *s->n, "shares", err);
    s->row = cyt_alloc(most, sizeof *s->row, "bars", err);
    return err->code;
}

static void free_scratch(scratch *s)
{
    free(s->mean);
    free(s->share);
    free(s->all);
    free(s->folded);
    free(s->n);
    free(s->row);
}

static void put_conditions(const cyt_report_data *d, const parts *p, scratch *s,
                           cyt_strbuf *html, cyt_error *err)
{
    for (size_t c = 0; c < d->conditions.n; c++) {
        fill_patients(d, c, s->mean, s->share);
        s->n[c] = fill_mean(d, s->share, s->all + c * d->types.n);
        fold_rest(d, p, s->all + c * d->types.n, s->folded + c * p->n);
        s->row[c] = (cyt_stack_row){cyt_report_condition(d, c), s->folded + c * p->n};
    }
    cyt_strbuf_add(html, err, "<figure>");
    cyt_plot_stack(html, "shares of cell types by condition", d->conditions.n, s->row,
                   p->n, p->name, p->colour, err);
    cyt_strbuf_add(
        html, err,
        "<figcaption>Mean over patients; a patient is the mean of its slides."
        "</figcaption></figure>\n");
}

static void put_patients(const cyt_report_data *d, const parts *p, scratch *s, size_t c,
                         cyt_strbuf *html, cyt_error *err)
{
    size_t n = 0;
    fill_patients(d, c, s->mean, s->share);
    for (size_t k = 0; k < d->patients.n; k++) {
        if (isnan(s->share[k * d->types.n]))
            continue;
        fold_rest(d, p, s->share + k * d->types.n, s->folded + n * p->n);
        s->row[n] = (cyt_stack_row){d->patients.name[k], s->folded + n * p->n};
        n++;
    }
    if (n == 0)
        return;
    cyt_strbuf_add(html, err, "<figure>");
    cyt_plot_stack(html, "shares of cell types by patient", n, s->row, p->n, p->name,
                   p->colour, err);
    cyt_strbuf_add(html, err, "<figcaption><b>");
    cyt_html_text(html, cyt_report_condition(d, c), err);
    cyt_strbuf_add(html, err, "</b>, %zu patient%s</figcaption></figure>\n", n,
                   n == 1 ? "" : "s");
}

static void put_numbers(const cyt_report_data *d, const scratch *s, cyt_strbuf *html,
                        cyt_error *err)
{
    cyt_strbuf_add(html, err,
                   "<details><summary>The numbers</summary><div class=\"scroll\" "
                   "tabindex=\"0\"><table id=\"table-composition\" class=\"sortable\">"
                   "<thead><tr><th scope=\"col\">cell type</th>");
    for (size_t c = 0; c < d->conditions.n; c++) {
        cyt_strbuf_add(html, err, "<th scope=\"col\" class=\"n\">");
        cyt_html_text(html, cyt_report_condition(d, c), err);
        cyt_strbuf_add(html, err, " (%%)</th>");
    }
    cyt_strbuf_add(html, err, "</tr></thead><tbody>\n");
    for (size_t t = 0; t < d->types.n; t++) {
        cyt_strbuf_add(html, err, "<tr><td>");
        cyt_html_text(html, d->types.name[t], err);
        cyt_strbuf_add(html, err, "</td>");
        for (size_t c = 0; c < d->conditions.n; c++) {
            const double value = s->n[c] > 0 ? 100 * s->all[c * d->types.n + t] : NAN;
            cyt_strbuf_add(html, err, "<td class=\"n\" data-v=\"%.9g\">",
                           isnan(value) ? -1 : value);
            cyt_html_number(html, value, err);
            cyt_strbuf_add(html, err, "</td>");
        }
        cyt_strbuf_add(html, err, "</tr>\n");
    }
    cyt_strbuf_add(html, err, "</tbody></table></div></details>\n");
}

cyt_code cyt_section_composition(const cyt_report_data *d, cyt_strbuf *html,
                                 cyt_error *err)
{
    cyt_code code = CYT_OK;
    parts p = {0};
    scratch s = {0};
    if (d->types.n == 0) {
        cyt_section_missing(html, "composition", "Composition",
                            "No slide gave a result, so there are no cell types.", err);
        return err->code;
    }
    find_parts(d, &p);
    CYT_TRY(make_scratch(d, &p, &s, err));
    cyt_section_begin(html, "composition", "Composition", err);
    cyt_html_key(html, p.n, p.name, p.colour, err);
    put_conditions(d, &p, &s, html, err);
    cyt_strbuf_add(html, err,
                   "<details%s><summary>By patient</summary><div "
                   "class=\"panels\">\n",
                   d->patients.n <= MOST_OPEN ? " open" : "");
    for (size_t c = 0; c < d->conditions.n; c++)
        put_patients(d, &p, &s, c, html, err);
    cyt_strbuf_add(html, err, "</div></details>\n");
    put_numbers(d, &s, html, err);
    cyt_section_end(html, err);
    code = err->code;
done:
    free_scratch(&s);
    return code;
}
