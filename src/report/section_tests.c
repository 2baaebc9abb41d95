// SPDX-License-Identifier: BSD-3-Clause
/* What was tested, by contrast, with the smallest p first; and what all slides were
 * screened for. */
#include "report/report_parts.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* A table of uns with the smallest p first, and how many rows are left to a file. */
static cyt_code put_table(const cyt_report_data *d, const char *path, const char *id,
                          const char *file, cyt_strbuf *html, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_view_frame t = {0};
    char *name = NULL;
    CYT_TRY(cyt_view_frame_read(d->cohort, path, &t, err));
    name = cyt_view_name(d->cohort, path, err);
    CYT_TRY(err->code);
    cyt_strbuf_add(html, err, "<h3>");
    cyt_html_text(html, name, err);
    cyt_strbuf_add(html, err, "</h3>\n");
    if (cyt_view_numbers(&t, "p"))
        put_counts(&t, html, err);
    cyt_html_frame(html, d, id, &t, 1, file, err);
    code = err->code;
done:
    free(name);
    cyt_view_frame_free(&t);
    return code;
}

/* Dataframes of uns that no other section shows. */
static cyt_code put_others(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names frames = {0};
    CYT_TRY(cyt_view_frames(d->cohort, "uns", &frames, err));
    for (size_t k = 0; k < frames.n; k++) {
        char path[CYT_REPORT_PATH], id[64];
        if (strcmp(frames.name[k], "signals") == 0 ||
            strcmp(frames.name[k], "profile") == 0)
            continue;
        snprintf(path, sizeof path, "uns/%s", frames.name[k]);
        snprintf(id, sizeof id, "table-other-%zu", k + 1);
        CYT_TRY(put_table(d, path, id, frames.name[k], html, err));
    }
done:
    cyt_names_free(&frames);
    return code;
}

/* Curves compared as wholes. */
static cyt_code put_curves(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names contrasts = {0};
    CYT_TRY(cyt_view_frames(d->cohort, "uns/curve_tests", &contrasts, err));
    for (size_t k = 0; k < contrasts.n; k++) {
        char path[CYT_REPORT_PATH], id[64];
        snprintf(path, sizeof path, "uns/curve_tests/%s", contrasts.name[k]);
        snprintf(id, sizeof id, "table-curves-%zu", k + 1);
        cyt_strbuf_add(html, err,
                       "<p>Curves as wholes, by a global envelope test:</p>\n");
        CYT_TRY(put_table(d, path, id, "curve_tests", html, err));
    }
done:
    cyt_names_free(&contrasts);
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
    cyt_section_begin(html, "tests", "Tests", err);
    if (contrasts.n == 0)
        cyt_strbuf_add(html, err,
                       "<p class=\"soft\">Nothing was tested: that takes two values of "
                       "<code>condition</code> in the samplesheet.</p>\n");
    else
        CYT_TRY(put_family(d, html, err));
    cyt_strbuf_add(html, err,
                   "<p class=\"soft\"><i>a</i> is the condition named first. What each "
                   "metric is, and its unit: tables/metrics.csv.</p>\n");
    for (size_t k = 0; k < contrasts.n; k++) {
        char path[CYT_REPORT_PATH], id[64];
        snprintf(path, sizeof path, "uns/tests/%s", contrasts.name[k]);
        snprintf(id, sizeof id, "table-tests-%zu", k + 1);
        CYT_TRY(put_table(d, path, id, "tests", html, err));
    }
    CYT_TRY(put_curves(d, html, err));
    CYT_TRY(put_others(d, html, err));
    cyt_section_end(html, err);
done:
    cyt_names_free(&contrasts);
    return code == CYT_OK ? err->code : code;
}
