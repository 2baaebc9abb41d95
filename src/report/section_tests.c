// SPDX-License-Identifier: BSD-3-Clause
/* What was tested, by contrast, with the smallest p first; and what all slides were
 * screened for. */
#include "report/report_parts.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of one table on the page; all are in tables/. */
enum { MOST_ROWS = 100 };
static const double small_q = 0.05;

/* How many have a p, and how many a small q. */
static void put_counts(const cyt_view_frame *tests, cyt_strbuf *html, cyt_error *err)
{
    const double *p = cyt_view_numbers(tests, "p"), *q = cyt_view_numbers(tests, "q");
    size_t tested = 0, small = 0;
    for (size_t i = 0; i < tests->n_rows; i++) {
        tested += p && !isnan(p[i]);
        small += q && q[i] < small_q; /* not so for NaN */
    }
    cyt_strbuf_add(html, err, "<p>%zu of %zu tests have q &lt; %g", small, tested,
                   small_q);
    if (tests->n_rows > tested)
        cyt_strbuf_add(html, err, "; %zu could not be made", tests->n_rows - tested);
    cyt_strbuf_add(html, err, ".</p>\n");
}

static cyt_code put_contrast(const cyt_report_data *d, const char *link, size_t number,
                             cyt_strbuf *html, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char path[CYT_REPORT_PATH], id[64];
    cyt_view_frame tests = {0};
    size_t *order = NULL;
    char *name = NULL;
    snprintf(path, sizeof path, "uns/tests/%s", link);
    snprintf(id, sizeof id, "table-tests-%zu", number);
    CYT_TRY(cyt_view_frame_read(d->cohort, path, &tests, err));
    name = cyt_view_name(d->cohort, path, err);
    order = cyt_order_rows(tests.n_rows, cyt_view_numbers(&tests, "p"), err);
    CYT_TRY(err->code);
    cyt_strbuf_add(html, err, "<h3>");
    cyt_html_text(html, name, err);
    cyt_strbuf_add(html, err, "</h3>\n");
    put_counts(&tests, html, err);
    const size_t shown = tests.n_rows < MOST_ROWS ? tests.n_rows : MOST_ROWS;
    cyt_strbuf_add(html, err, "<div>");
    cyt_html_frame(html, id, &tests, shown, order, err);
    cyt_strbuf_add(html, err, "</div>\n");
    if (shown < tests.n_rows)
        cyt_strbuf_add(
            html, err,
            "<p class=\"soft\">The %zu of %zu with the smallest p; all are in "
            "tables/tests.csv.</p>\n",
            shown, tests.n_rows);
done:
    free(order);
    free(name);
    cyt_view_frame_free(&tests);
    return code;
}

/* What q was adjusted over, as the results say it. */
static cyt_code put_family(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    char *family = NULL;
    if (!cyt_view_has(d->cohort, "uns/tests_family"))
        return CYT_OK;
    const cyt_code code = cyt_view_text(d->cohort, "uns/tests_family", &family, err);
    if (code == CYT_OK) {
        cyt_strbuf_add(html, err, "<p class=\"soft\">");
        cyt_html_text(html, family, err);
        cyt_strbuf_add(html, err, ".</p>\n");
    }
    free(family);
    return code;
}

cyt_code cyt_section_tests(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names contrasts = {0};
    CYT_TRY(cyt_view_frames(d->cohort, "uns/tests", &contrasts, err));
    if (contrasts.n == 0) {
        cyt_section_missing(html, "tests", "Tests",
                            "Nothing was tested: that takes two values of "
                            "<code>condition</code> in the samplesheet.",
                            err);
        goto done;
    }
    cyt_section_begin(html, "tests", "Tests", err);
    CYT_TRY(put_family(d, html, err));
    cyt_strbuf_add(html, err,
                   "<p class=\"soft\"><i>a</i> is the condition named first. What each "
                   "metric is, and its unit: tables/metrics.csv.</p>\n");
    for (size_t k = 0; k < contrasts.n; k++)
        CYT_TRY(put_contrast(d, contrasts.name[k], k + 1, html, err));
    cyt_section_end(html, err);
done:
    cyt_names_free(&contrasts);
    return code == CYT_OK ? err->code : code;
}
