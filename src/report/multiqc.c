// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file multiqc.c
 * @brief Two files that MultiQC takes up as custom content: a table of the slides, and
 * their composition as bars.
 *
 * MultiQC finds files whose name ends in _mqc.json; each holds one plot: id,
 * section_name, description, plot_type, pconfig, headers, data by sample. Format:
 * https://docs.seqera.io/multiqc/custom_content
 */
#include "report/report_parts.h"

#include "cytotaxis/whole_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cyt_code write_json(const cyt_report_data *d, const char *name, json_t *root,
                           cyt_error *err)
{
    char path[CYT_REPORT_PATH + 600];
    snprintf(path, sizeof path, "%s/tables/%s", d->out, name);
    char *text =
        root ? json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(15)) : NULL;
    if (!text)
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "no memory for %s", name);
    const cyt_code code =
        cyt_whole_write(path, CYT_WHOLE_MINE, text, strlen(text), err);
    free(text);
    return code;
}

/* A plot without its data. */
static json_t *begin_plot(const char *id, const char *name, const char *description,
                          const char *type, const char *title)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s}}", "id", id,
                     "section_name", name, "description", description, "plot_type",
                     type, "parent_id", "cytotaxis", "parent_name", "cytotaxis",
                     "pconfig", "id", id, "title", title);
}

/* Text that jansson takes: it refuses what is no UTF-8. */
static json_t *safe_string(const char *text)
{
    json_t *string = json_string(text);
    return string ? string : json_string("not UTF-8");
}

static void set_number(json_t *object, const char *key, double value)
{
    if (isfinite(value))
        json_object_set_new(object, key, json_real(value));
}

static json_t *header(const char *title, const char *description, const char *format)
{
    return json_pack("{s:s, s:s, s:s}", "title", title, "description", description,
                     "format", format);
}

static json_t *slides_plot(const cyt_report_data *d)
{
    json_t *plot = begin_plot("cytotaxis_slides", "Slides",
                              "cells and area of each slide, from cytotaxis run",
                              "table", "cytotaxis: slides");
    json_t *headers = json_object(), *data = json_object();
    json_object_set_new(headers, "patient",
                        header("patient", "whose slide it is", "{}"));
    json_object_set_new(headers, "condition",
                        header("condition", "of the samplesheet", "{}"));
    json_object_set_new(headers, "status", header("status", "ok, or failed", "{}"));
    json_object_set_new(headers, "cells", header("cells", "on the slide", "{:,.0f}"));
    json_object_set_new(headers, "area_mm2", header("mm2", "area, mm2", "{:,.3f}"));
    json_object_set_new(headers, "per_mm2",
                        header("cells/mm2", "cells over area", "{:,.0f}"));
    for (size_t s = 0; s < d->n_slides; s++) {
        json_t *row = json_object();
        json_object_set_new(row, "patient", safe_string(d->patient[s]));
        json_object_set_new(row, "condition", safe_string(d->condition[s]));
        json_object_set_new(row, "status", safe_string(d->status[s]));
        if (cyt_report_is_ok(d, s)) {
            set_number(row, "cells", d->n_cells[s]);
            set_number(row, "area_mm2", 1e-6 * d->area_um2[s]);
            set_number(row, "per_mm2", d->n_cells[s] / (1e-6 * d->area_um2[s]));
        }
        json_object_set_new(data, d->obs.index.name[s], row);
    }
    json_object_set_new(plot, "headers", headers);
    json_object_set_new(plot, "data", data);
    return plot;
}

static json_t *composition_plot(const cyt_report_data *d)
{
    json_t *plot = begin_plot("cytotaxis_composition", "Composition",
                              "cells of each type on each slide, from cytotaxis run",
                              "bargraph", "cytotaxis: composition");
    json_t *config = json_object_get(plot, "pconfig"), *data = json_object();
    json_object_set_new(config, "ylab", json_string("cells"));
    for (size_t s = 0; s < d->n_slides; s++) {
        if (!cyt_report_is_ok(d, s))
            continue;
        json_t *row = json_object();
        for (size_t t = 0; t < d->types.n; t++)
            set_number(row, d->types.name[t],
                       round(d->fraction[s * d->types.n + t] * d->n_cells[s]));
        json_object_set_new(data, d->obs.index.name[s], row);
    }
    json_object_set_new(plot, "data", data);
    return plot;
}

cyt_code cyt_multiqc_write(const cyt_report_data *d, cyt_error *err)
{
    json_t *slides = slides_plot(d), *composition = NULL;
    cyt_code code = write_json(d, "cytotaxis_mqc.json", slides, err);
    if (code == CYT_OK && d->types.n > 0) {
        composition = composition_plot(d);
        code = write_json(d, "cytotaxis_composition_mqc.json", composition, err);
    }
    json_decref(slides);
    json_decref(composition);
    return code;
}
