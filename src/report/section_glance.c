// SPDX-License-Identifier: BSD-3-Clause
/* The cohort at a glance: how much of what, per condition, and what failed. */
#include "report/report_parts.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What there is of a condition, or of all. */
typedef struct tally {
    size_t slides, failed, patients;
    double cells, area_mm2;
} tally;

static const size_t all_conditions = (size_t)-1;

static tally count_up(const cyt_report_data *d, size_t condition, char *seen)
{
    tally t = {0};
    memset(seen, 0, d->patients.n);
    for (size_t s = 0; s < d->n_slides; s++) {
        if (condition != all_conditions && d->condition_of[s] != condition)
            continue;
        t.slides++;
        t.patients += !seen[d->patient_of[s]];
        seen[d->patient_of[s]] = 1;
        if (!cyt_report_is_ok(d, s)) {
            t.failed++;
            continue;
        }
        t.cells += isnan(d->n_cells[s]) ? 0 : d->n_cells[s];
        t.area_mm2 += isnan(d->area_um2[s]) ? 0 : 1e-6 * d->area_um2[s];
    }
    return t;
}

static void put_tile(cyt_strbuf *html, double value, const char *what, int is_bad,
                     cyt_error *err)
{
    cyt_strbuf_add(html, err, "<div class=\"tile\"><b%s>",
                   is_bad ? " class=\"bad\"" : "");
    if (value >= 100 || value == floor(value))
        cyt_html_count(html, value, err);
    else
        cyt_html_number(html, value, err);
    cyt_strbuf_add(html, err, "</b>%s</div>\n", what);
}

static void put_conditions(const cyt_report_data *d, char *seen, cyt_strbuf *html,
                           cyt_error *err)
{
    cyt_strbuf_add(html, err,
                   "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th "
                   "scope=\"col\">condition</th>"
                   "<th scope=\"col\" class=\"n\">patients</th>"
                   "<th scope=\"col\" class=\"n\">slides</th>"
                   "<th scope=\"col\" class=\"n\">failed</th>"
                   "<th scope=\"col\" class=\"n\">cells</th>"
                   "<th scope=\"col\" class=\"n\">area (mm\xc2\xb2)</th></tr></thead>"
                   "<tbody>\n");
    for (size_t c = 0; c < d->conditions.n; c++) {
        const tally t = count_up(d, c, seen);
        cyt_strbuf_add(html, err, "<tr><td>");
        cyt_html_text(html, cyt_report_condition(d, c), err);
        cyt_strbuf_add(html, err,
                       "</td><td class=\"n\">%zu</td><td class=\"n\">%zu</td>"
                       "<td class=\"n\">%zu</td><td class=\"n\">",
                       t.patients, t.slides, t.failed);
        cyt_html_count(html, t.cells, err);
        cyt_strbuf_add(html, err, "</td><td class=\"n\">%.4g</td></tr>\n", t.area_mm2);
    }
    cyt_strbuf_add(html, err, "</tbody></table></div>\n");
}

static void put_failures(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    cyt_strbuf_add(html, err,
                   "<h3 class=\"bad\">Slides that failed</h3>\n<div class=\"scroll\" "
                   "tabindex=\"0\"><table><thead><tr><th scope=\"col\">slide</th><th "
                   "scope=\"col\">why</th></tr></thead><tbody>\n");
    for (size_t s = 0; s < d->n_slides; s++) {
        if (cyt_report_is_ok(d, s))
            continue;
        cyt_strbuf_add(html, err, "<tr><td>");
        cyt_html_text(html, d->obs.index.name[s], err);
        cyt_strbuf_add(html, err, "</td><td>");
        cyt_html_text(html, d->message[s], err);
        cyt_strbuf_add(html, err, "</td></tr>\n");
    }
    cyt_strbuf_add(html, err, "</tbody></table></div>\n");
}

cyt_code cyt_section_glance(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    char *seen = cyt_calloc(d->patients.n, 1, "patients", err);
    if (!seen)
        return err->code;
    const tally t = count_up(d, all_conditions, seen);
    cyt_section_begin(html, "glance", "The cohort at a glance", err);
    cyt_strbuf_add(html, err, "<div class=\"tiles\">\n");
    put_tile(html, (double)t.slides, t.slides == 1 ? "slide" : "slides", 0, err);
    put_tile(html, (double)t.patients, t.patients == 1 ? "patient" : "patients", 0,
             err);
    put_tile(html, t.cells, "cells", 0, err);
    put_tile(html, (double)d->types.n, "cell types", 0, err);
    put_tile(html, t.area_mm2, "mm\xc2\xb2 of area", 0, err);
    put_tile(html, (double)d->n_metrics, "metrics a slide", 0, err);
    put_tile(html, (double)t.failed, t.failed == 1 ? "slide failed" : "slides failed",
             t.failed > 0, err);
    cyt_strbuf_add(html, err, "</div>\n");
    if (cyt_report_has_conditions(d))
        put_conditions(d, seen, html, err);
    else
        cyt_strbuf_add(
            html, err,
            "<p class=\"soft\">The samplesheet names no condition, so nothing "
            "is compared; a column <code>condition</code> would say which "
            "slides belong together.</p>\n");
    if (t.failed > 0)
        put_failures(d, html, err);
    cyt_section_end(html, err);
    free(seen);
    return err->code;
}
