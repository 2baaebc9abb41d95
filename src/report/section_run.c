// SPDX-License-Identifier: BSD-3-Clause
/* What run.json says: warnings, which are of the data, and times, hosts and the
 * command, which are of the one run. */
#include "report/report_parts.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char no_run_json[] =
    "run.json is not there, which alone says this; a run writes it at its end.";

static const json_t *slides_of(const cyt_report_data *d)
{
    return d->run ? json_object_get(d->run, "slides") : NULL;
}

/* --- warnings --------------------------------------------------------------------- */

/* A warning and the slides that gave it. */
typedef struct warning {
    const char *text;
    size_t n;
    cyt_strbuf slides;
} warning;

typedef struct warning_list {
    size_t n, capacity;
    warning *item;
} warning_list;

enum { MOST_SLIDES = 12, MOST_WARNINGS = 200 };

static cyt_code note(warning_list *list, const char *slide, const char *text,
                     cyt_error *err)
{
    size_t i = 0;
    while (i < list->n && strcmp(list->item[i].text, text) != 0)
        i++;
    if (i == list->n) {
        if (cyt_grow(&list->item, &list->capacity, i + 1, sizeof *list->item,
                     "warnings", err) != CYT_OK)
            return err->code;
        list->item[list->n++] = (warning){.text = text};
    }
    warning *w = &list->item[i];
    if (w->n < MOST_SLIDES)
        cyt_strbuf_add(&w->slides, err, "%s%s", w->n ? ", " : "", slide);
    w->n++;
    return err->code;
}

static cyt_code collect(const cyt_report_data *d, warning_list *list, cyt_error *err)
{
    cyt_code code = CYT_OK;
    size_t s, k;
    json_t *slide, *text;
    json_array_foreach((json_t *)slides_of(d), s, slide)
    {
        const char *name = json_string_value(json_object_get(slide, "sample"));
        json_array_foreach(json_object_get(slide, "warnings"), k, text)
        {
            if (name && json_is_string(text))
                CYT_TRY(note(list, name, json_string_value(text), err));
        }
    }
done:
    return code;
}

static void put_warning(const warning *w, cyt_strbuf *html, cyt_error *err)
{
    cyt_strbuf_add(html, err, "<li>");
    cyt_html_text(html, w->text, err);
    cyt_strbuf_add(html, err, " <span class=\"soft\">(");
    cyt_html_text(html, w->slides.text, err);
    if (w->n > MOST_SLIDES)
        cyt_strbuf_add(html, err, " and %zu more", w->n - MOST_SLIDES);
    cyt_strbuf_add(html, err, ")</span></li>\n");
}

cyt_code cyt_section_warnings(const cyt_report_data *d, cyt_strbuf *html,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    warning_list list = {0};
    if (!d->run) {
        cyt_section_missing(html, "warnings", "Warnings", no_run_json, err);
        return err->code;
    }
    CYT_TRY(collect(d, &list, err));
    cyt_section_begin(html, "warnings", "Warnings", err);
    if (list.n == 0)
        cyt_strbuf_add(html, err, "<p class=\"soft\">No slide gave a warning.</p>\n");
    else
        cyt_strbuf_add(html, err, "<ul>\n");
    for (size_t i = 0; i < list.n && i < MOST_WARNINGS; i++)
        put_warning(&list.item[i], html, err);
    if (list.n > 0)
        cyt_strbuf_add(html, err, "</ul>\n");
    if (list.n > MOST_WARNINGS)
        cyt_strbuf_add(html, err, "<p class=\"soft\">and %zu more in run.json</p>\n",
                       list.n - MOST_WARNINGS);
    cyt_section_end(html, err);
    code = err->code;
done:
    for (size_t i = 0; i < list.n; i++)
        cyt_strbuf_free(&list.item[i].slides);
    free(list.item);
    return code;
}

/* --- this run --------------------------------------------------------------------- */

static void put_fact(cyt_strbuf *html, const char *what, const char *text,
                     cyt_error *err)
{
    if (!text)
        return;
    cyt_strbuf_add(html, err, "<tr><th scope=\"row\">%s</th><td>", what);
    cyt_html_text(html, text, err);
    cyt_strbuf_add(html, err, "</td></tr>\n");
}

static void put_command(const json_t *command, cyt_strbuf *html, cyt_error *err)
{
    size_t i;
    json_t *word;
    cyt_strbuf line = {0};
    json_array_foreach((json_t *)command, i, word)
    {
        if (json_is_string(word))
            cyt_strbuf_add(&line, err, "%s%s", i ? " " : "", json_string_value(word));
    }
    put_fact(html, "command", line.text, err);
    cyt_strbuf_free(&line);
}

static void put_ranks(const json_t *ranks, cyt_strbuf *html, cyt_error *err)
{
    size_t i, most_bytes = 0;
    json_t *rank;
    json_array_foreach((json_t *)ranks, i, rank)
    {
        const json_int_t bytes =
            json_integer_value(json_object_get(rank, "peak_bytes"));
        if (bytes > 0 && (size_t)bytes > most_bytes)
            most_bytes = (size_t)bytes;
    }
    cyt_strbuf_add(
        html, err,
        "<tr><th scope=\"row\">ranks</th><td>%zu, none above %.3g MB</td></tr>"
        "\n",
        json_array_size(ranks), 1e-6 * (double)most_bytes);
}

/* Seconds of each phase, summed over slides. */
static void put_phases(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    enum { MOST = 32 };
    const char *name[MOST], *key;
    double sum[MOST] = {0}, all = 0;
    size_t n = 0, s;
    json_t *slide, *value;
    json_array_foreach((json_t *)slides_of(d), s, slide)
    {
        json_object_foreach(json_object_get(slide, "phases_s"), key, value)
        {
            size_t k = 0;
            while (k < n && strcmp(name[k], key) != 0)
                k++;
            if (k == MOST)
                continue;
            n += k == n;
            name[k] = key;
            sum[k] += json_number_value(value);
        }
    }
    for (size_t k = 0; k < n; k++)
        all += sum[k];
    cyt_strbuf_add(html, err,
                   "<h3>Time of the phases, over all slides</h3><div class=\"scroll\" "
                   "tabindex=\"0\"><table><thead><tr><th scope=\"col\">phase</th><th "
                   "scope=\"col\" class=\"n\">time (s)</th><th scope=\"col\" "
                   "class=\"n\">share (%%)</th></tr></thead><tbody>\n");
    for (size_t k = 0; k < n; k++) {
        cyt_strbuf_add(html, err, "<tr><td>");
        cyt_html_text(html, name[k], err);
        cyt_strbuf_add(html, err,
                       "</td><td class=\"n\">%.3g</td><td class=\"n\">%.0f</td></tr>\n",
                       sum[k], all > 0 ? 100 * sum[k] / all : 0);
    }
    cyt_strbuf_add(html, err, "</tbody></table></div>\n");
}

cyt_code cyt_section_run(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    char wall[64];
    if (!d->run) {
        cyt_section_missing(html, "run", "This run", no_run_json, err);
        return err->code;
    }
    snprintf(wall, sizeof wall, "%.3g s",
             json_number_value(json_object_get(d->run, "wall_s")));
    cyt_section_begin(html, "run", "This run", err);
    cyt_strbuf_add(
        html, err,
        "<p class=\"soft\">All on this page but this section is the same for "
        "any run of the same input, config and program.</p>\n<div "
        "class=\"scroll\" tabindex=\"0\"><table><tbody>\n");
    put_fact(html, "finished", json_string_value(json_object_get(d->run, "finished")),
             err);
    put_fact(html, "time", wall, err);
    put_command(json_object_get(d->run, "command"), html, err);
    put_fact(html, "samplesheet",
             json_string_value(json_object_get(d->run, "samplesheet")), err);
    put_ranks(json_object_get(d->run, "ranks"), html, err);
    cyt_strbuf_add(html, err, "</tbody></table></div>\n");
    put_phases(d, html, err);
    cyt_section_end(html, err);
    return err->code;
}
