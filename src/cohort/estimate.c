// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/estimate.h"

#include "cohort/slide_bytes.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/origin.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

/* --- what was measured ------------------------------------------------------------ */

static double number_of(const json_t *entry, const char *key)
{
    return json_number_value(json_object_get(entry, key));
}

static size_t sample_named(const cyt_samplesheet *sheet, const char *name)
{
    size_t s = 0;
    while (s < sheet->n && (!name || strcmp(sheet->samples[s].name, name) != 0))
        s++;
    return s;
}

/* Sizes of the results, which lie beside run.json. */
static void find_sizes(const char *path, const char *name, cyt_slide_size *to)
{
    char stem[4096];
    int64_t bytes[2];
    const char *slash = strrchr(path, '/');
    snprintf(stem, sizeof stem, "%.*s%sslides/%s", slash ? (int)(slash - path) : 0,
             path, slash ? "/" : "", name);
    cyt_origin_sizes(stem, bytes);
    for (size_t k = 0; k < 2; k++)
        to->bytes_out[k] = bytes[k] > 0 ? (double)bytes[k] : 0;
}

/* Slides that were run on so many ranks and took so long. */
typedef struct samples {
    size_t n, capacity;
    cyt_cost_sample *item;
} samples;

/* A file that others wrote may say anything; what no run can have had is not taken. */
static int is_count(double n)
{
    return n >= 1 && n <= INT32_MAX;
}

static cyt_code take_slide(const cyt_samplesheet *sheet, const char *path,
                           const json_t *entry, cyt_estimate *e, samples *all,
                           cyt_error *err)
{
    const char *name = json_string_value(json_object_get(entry, "sample"));
    const size_t s = sample_named(sheet, name);
    const double wall_s = number_of(entry, "wall_s"), ranks = number_of(entry, "ranks");
    const double rows = number_of(entry, "rows"), columns = number_of(entry, "columns");
    const double types = number_of(entry, "types"), cells = number_of(entry, "n_cells");
    if (s == sheet->n || !is_count(cells) || !is_count(rows) || !is_count(columns))
        return CYT_OK; /* of another samplesheet, or failed */
    cyt_slide_size *to = &e->slides[s];
    e->n_measured += !to->is_measured;
    to->is_measured = 1;
    to->cells = cells;
    to->rows = rows;
    to->pixels = rows * columns;
    if (is_count(types) && types > (double)e->n_types)
        e->n_types = (size_t)types;
    find_sizes(path, name, to);
    const json_t *steps = json_object_get(entry, "long_steps");
    if (!(wall_s > 0) || !(wall_s <= INT32_MAX) || !is_count(ranks) ||
        number_of(steps, "kept") > 0)
        return CYT_OK; /* kept from an earlier run, or what takes long in it */
    if (cyt_grow(&all->item, &all->capacity, all->n + 1, sizeof *all->item,
                 "measurements", err) != CYT_OK)
        return err->code;
    all->item[all->n++] =
        (cyt_cost_sample){cells, rows * columns, wall_s, (size_t)ranks};
    return CYT_OK;
}

static cyt_code take_run(const cyt_samplesheet *sheet, const cyt_config *config,
                         const char *path, cyt_estimate *e, samples *all,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    json_error_t why;
    FILE *file = fopen(path, "r");
    if (!file)
        return CYT_FAIL(err, CYT_ERR_NO_INPUT, NULL, "%s: %s", path, strerror(errno));
    json_t *run = json_loadf(file, 0, &why);
    fclose(file);
    if (!run) /* the parser's own words repeat the bytes that it did not like */
        return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "%s is no run.json of a run: no JSON at line %d, column %d",
                        path, why.line, why.column);
    const char *text = json_string_value(json_object_get(run, "config"));
    const json_t *slides = json_object_get(run, "slides");
    e->other_config |= !text || strcmp(text, config->text) != 0;
    for (size_t i = 0; code == CYT_OK && i < json_array_size(slides); i++)
        code = take_slide(sheet, path, json_array_get(slides, i), e, all, err);
    json_decref(run);
    return code;
}

/* --- what follows for the others -------------------------------------------------- */

static double ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

static void infer_others(cyt_estimate *e)
{
    double cells = 0, pixels = 0, bytes = 0, out[2] = {0};
    for (size_t s = 0; s < e->n; s++)
        if (e->slides[s].is_measured) {
            cells += e->slides[s].cells;
            pixels += e->slides[s].pixels;
            bytes += e->slides[s].bytes_in;
            out[0] += e->slides[s].bytes_out[0];
            out[1] += e->slides[s].bytes_out[1];
        }
    for (size_t s = 0; s < e->n; s++) {
        cyt_slide_size *to = &e->slides[s];
        if (to->is_measured)
            continue;
        to->cells = fmax(1, to->bytes_in * ratio(cells, bytes));
        to->pixels = fmax(1, to->cells * ratio(pixels, cells));
        to->rows = sqrt(to->pixels);
        to->bytes_out[0] = to->cells * ratio(out[0], cells);
        to->bytes_out[1] = to->pixels * ratio(out[1], pixels);
    }
}

/* Rows that strips lend each other: as far as the largest radius asked for. */
static double halo_rows_of(const cyt_config *config)
{
    const cyt_patterns_config *p = &config->patterns;
    double um = 0;
    if (p->pairs.n > 0)
        um = fmax(um, p->pairs.value[p->pairs.n - 1]);
    if (p->nearest.n > 0)
        um = fmax(um, p->nearest.value[p->nearest.n - 1]);
    if (p->graph == CYT_GRAPH_RADIUS)
        um = fmax(um, p->graph_radius_um);
    return fmax(1, ceil(um / config->grid_spacing_um));
}

/* Seconds, from what was measured. */
static cyt_code cost_by_model(const cyt_samplesheet *sheet, const cyt_config *config,
                              const cyt_names *measured, cyt_estimate *e, samples *all,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < measured->n; k++)
        CYT_TRY(take_run(sheet, config, measured->name[k], e, all, err));
    if (all->n == 0)
        CYT_TRY(CYT_FAIL(err, CYT_ERR_DATA, measured->name[0],
                         "no slide of %s was measured there; run some of them first: "
                         "cytotaxis run %s --only ... --out DIR",
                         sheet->path, sheet->path));
    infer_others(e);
    CYT_TRY(cyt_cost_fit(all->n, all->item, &e->model, err));
    const double halo_rows = halo_rows_of(config);
    for (size_t s = 0; s < e->n; s++)
        e->tasks[s] = (cyt_plan_task){
            .work_s = cyt_cost_work(&e->model, e->slides[s].cells, e->slides[s].pixels),
            .serial = e->model.serial,
            .most_ranks = cyt_cost_most_ranks(e->slides[s].rows, halo_rows)};
done:
    return code;
}

static void cost_by_bytes(cyt_estimate *e)
{
    for (size_t s = 0; s < e->n; s++)
        e->tasks[s] = (cyt_plan_task){.work_s = fmax(1, e->slides[s].bytes_in),
                                      .serial = CYT_COST_SERIAL,
                                      .most_ranks = SIZE_MAX};
}

static void need_memory(double memory_per_rank, cyt_estimate *e)
{
    for (size_t s = 0; s < e->n; s++)
        e->tasks[s].least_ranks = cyt_cost_least_ranks(
            cyt_cost_slide_bytes(e->slides[s].cells, e->slides[s].pixels, e->n_types,
                                 e->n_signals_held, e->bytes_per_pixel),
            memory_per_rank);
}

static cyt_code begin(const cyt_samplesheet *sheet, const cyt_config *config,
                      cyt_estimate *e, cyt_error *err)
{
    *e = (cyt_estimate){.n = sheet->n, .n_signals_held = cyt_cost_signals_held(config)};
    e->slides = cyt_calloc(e->n, sizeof *e->slides, "slides of a plan", err);
    e->tasks = cyt_calloc(e->n, sizeof *e->tasks, "slides of a plan", err);
    uint64_t *bytes = cyt_calloc(e->n, sizeof *bytes, "slides of a plan", err);
    if (err->code == CYT_OK)
        cyt_slide_bytes(sheet, bytes);
    for (size_t s = 0; err->code == CYT_OK && s < e->n; s++)
        e->slides[s].bytes_in = (double)bytes[s];
    free(bytes);
    return err->code;
}

cyt_code cyt_estimate_make(const cyt_samplesheet *sheet, const cyt_config *config,
                           const cyt_names *measured, double memory_per_rank,
                           cyt_estimate *e, cyt_error *err)
{
    cyt_code code = CYT_OK;
    samples all = {0};
    CYT_TRY(begin(sheet, config, e, err));
    if (measured->n > 0)
        CYT_TRY(cost_by_model(sheet, config, measured, e, &all, err));
    else
        cost_by_bytes(e);
    e->bytes_per_pixel = cyt_cost_bytes_per_pixel(config, e->n_types);
    if (measured->n > 0 && memory_per_rank > 0)
        need_memory(memory_per_rank, e);
done:
    free(all.item);
    return code;
}

double cyt_estimate_memory(const cyt_estimate *e, size_t s, size_t ranks)
{
    return cyt_cost_memory(cyt_cost_slide_bytes(e->slides[s].cells, e->slides[s].pixels,
                                                e->n_types, e->n_signals_held,
                                                e->bytes_per_pixel),
                           ranks);
}

void cyt_estimate_tell_groups(const cyt_plan *plan, cyt_strbuf *t, cyt_error *err)
{
    size_t n_alone = plan->n_ranks;
    for (size_t g = 0; g < plan->n_groups;) {
        size_t same = 1;
        while (g + same < plan->n_groups && plan->width[g + same] == plan->width[g])
            same++;
        cyt_strbuf_add(t, err, "%zu of %zu, ", same, plan->width[g]);
        n_alone -= same * plan->width[g];
        g += same;
    }
    cyt_strbuf_add(t, err, "%zu alone", n_alone);
}

void cyt_estimate_free(cyt_estimate *e)
{
    free(e->slides);
    free(e->tasks);
    *e = (cyt_estimate){0};
}
