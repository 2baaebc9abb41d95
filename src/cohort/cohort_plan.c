// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/cohort_plan.h"

#include "cohort/slide_bytes.h"

#include "cytotaxis/cost_model.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/number.h"
#include "cytotaxis/origin.h"
#include "cytotaxis/plan.h"
#include "cytotaxis/strbuf.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

/* A slide of the samplesheet: measured, or inferred from its bytes. */
typedef struct slide {
    double cells, pixels, rows;
    double bytes_in, bytes_out[2]; /* 0: not known */
    int is_measured;
} slide;

typedef struct estimate {
    size_t n;
    slide *slides; /* [n] */
    size_t n_samples, capacity;
    cyt_cost_sample *samples;
    size_t n_types, n_measured;
    int other_config;
    double halo_rows;
    cyt_cost_model model;
    cyt_plan_task *tasks; /* [n] */
    cyt_plan plan;
} estimate;

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
static void find_sizes(const char *path, const char *name, slide *to)
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

/* A file that others wrote may say anything; what no run can have had is not taken. */
static int is_count(double n)
{
    return n >= 1 && n <= INT32_MAX;
}

static cyt_code take_slide(const cyt_samplesheet *sheet, const char *path,
                           const json_t *entry, estimate *e, cyt_error *err)
{
    const char *name = json_string_value(json_object_get(entry, "sample"));
    const size_t s = sample_named(sheet, name);
    const double wall_s = number_of(entry, "wall_s"), ranks = number_of(entry, "ranks");
    const double rows = number_of(entry, "rows"), columns = number_of(entry, "columns");
    const double types = number_of(entry, "types"), cells = number_of(entry, "n_cells");
    if (s == sheet->n || !is_count(cells) || !is_count(rows) || !is_count(columns))
        return CYT_OK; /* of another samplesheet, or failed */
    slide *to = &e->slides[s];
    e->n_measured += !to->is_measured;
    to->is_measured = 1;
    to->cells = cells;
    to->rows = rows;
    to->pixels = rows * columns;
    if (is_count(types) && types > (double)e->n_types)
        e->n_types = (size_t)types;
    find_sizes(path, name, to);
    if (!(wall_s > 0) || !(wall_s <= INT32_MAX) || !is_count(ranks))
        return CYT_OK; /* kept from an earlier run */
    if (cyt_grow(&e->samples, &e->capacity, e->n_samples + 1, sizeof *e->samples,
                 "measurements", err) != CYT_OK)
        return err->code;
    e->samples[e->n_samples++] =
        (cyt_cost_sample){cells, rows * columns, wall_s, (size_t)ranks};
    return CYT_OK;
}

static cyt_code take_run(const cyt_cohort_plan_params *p, const char *path, estimate *e,
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
    const char *config = json_string_value(json_object_get(run, "config"));
    const json_t *slides = json_object_get(run, "slides");
    e->other_config |= !config || strcmp(config, p->config->text) != 0;
    for (size_t i = 0; code == CYT_OK && i < json_array_size(slides); i++)
        code = take_slide(p->sheet, path, json_array_get(slides, i), e, err);
    json_decref(run);
    return code;
}

/* --- what follows for the others -------------------------------------------------- */

static double ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

static void infer_others(estimate *e)
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
        slide *to = &e->slides[s];
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
        um = fmax(um, p->pairs.um[p->pairs.n - 1]);
    if (p->nearest.n > 0)
        um = fmax(um, p->nearest.um[p->nearest.n - 1]);
    if (p->graph == CYT_GRAPH_RADIUS)
        um = fmax(um, p->graph_radius_um);
    return fmax(1, ceil(um / config->grid_spacing_um));
}

static cyt_code make_estimate(const cyt_cohort_plan_params *p, estimate *e,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    e->n = p->sheet->n;
    e->slides = cyt_calloc(e->n, sizeof *e->slides, "slides of a plan", err);
    e->tasks = cyt_calloc(e->n, sizeof *e->tasks, "slides of a plan", err);
    uint64_t *bytes = cyt_calloc(e->n, sizeof *bytes, "slides of a plan", err);
    CYT_TRY(err->code);
    cyt_slide_bytes(p->sheet, bytes);
    for (size_t s = 0; s < e->n; s++)
        e->slides[s].bytes_in = (double)bytes[s];
    for (size_t k = 0; k < p->measured->n; k++)
        CYT_TRY(take_run(p, p->measured->name[k], e, err));
    if (e->n_samples == 0)
        CYT_TRY(CYT_FAIL(err, CYT_ERR_DATA, p->measured->name[0],
                         "no slide of %s was measured there; run some of them first: "
                         "cytotaxis run %s --only ... --out DIR",
                         p->sheet->path, p->sheet->path));
    infer_others(e);
    CYT_TRY(cyt_cost_fit(e->n_samples, e->samples, &e->model, err));
    e->halo_rows = halo_rows_of(p->config);
    for (size_t s = 0; s < e->n; s++)
        e->tasks[s] = (cyt_plan_task){
            cyt_cost_work(&e->model, e->slides[s].cells, e->slides[s].pixels),
            e->model.serial, cyt_cost_most_ranks(e->slides[s].rows, e->halo_rows)};
    CYT_TRY(cyt_plan_make(e->n, e->tasks, p->n_ranks, &e->plan, err));
done:
    free(bytes);
    return code;
}

static void free_estimate(estimate *e)
{
    free(e->slides);
    free(e->samples);
    free(e->tasks);
    cyt_plan_free(&e->plan);
}

/* --- what is told ----------------------------------------------------------------- */

static const char *bytes_text(double b, char text[32])
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    size_t k = 0;
    for (; b >= 1000 && k < 4; k++)
        b /= 1000;
    snprintf(text, 32, k ? "%.3g %s" : "%.0f %s", b, units[k]);
    return text;
}

static void tell_model(const estimate *e, cyt_strbuf *t, cyt_error *err)
{
    const cyt_cost_model *m = &e->model;
    cyt_strbuf_add(t, err,
                   "%zu slides, %zu of them measured; the others by the bytes of their "
                   "files\n"
                   "cost of a slide on one rank: %.3g s + %.3g us a cell + %.3g ns a "
                   "pixel (error of the fit %.0f%%)\n",
                   e->n, e->n_measured, m->fixed_s, 1e6 * m->per_cell_s,
                   1e9 * m->per_pixel_s, 100 * m->error);
    if (m->knows_serial)
        cyt_strbuf_add(t, err, "share that more ranks do not shorten: %.1f%%\n",
                       100 * m->serial);
    else
        cyt_strbuf_add(t, err,
                       "not measured: what more ranks a slide gain, taken as all; "
                       "measure the same slides on another number of ranks too\n");
    if (e->other_config)
        cyt_strbuf_add(t, err, "warning: measured with another config than this\n");
}

static void tell_groups(const cyt_plan *plan, cyt_strbuf *t, cyt_error *err)
{
    size_t n_alone = plan->n_ranks;
    cyt_strbuf_add(t, err, "groups of ranks: ");
    for (size_t g = 0; g < plan->n_groups;) {
        size_t same = 1;
        while (g + same < plan->n_groups && plan->width[g + same] == plan->width[g])
            same++;
        cyt_strbuf_add(t, err, "%zu of %zu, ", same, plan->width[g]);
        n_alone -= same * plan->width[g];
        g += same;
    }
    cyt_strbuf_add(t, err, "%zu alone; a group falls apart when its slides are done\n",
                   n_alone);
}

/* The most that a rank holds, and how many slides are beyond what it may. */
static double peak_memory(const cyt_cohort_plan_params *p, const estimate *e,
                          size_t *which, size_t *n_beyond)
{
    const int in_tissue =
        p->config->tissue.from != CYT_TISSUE_BBOX && p->config->n_signals > 0;
    double most = 0;
    *n_beyond = *which = 0;
    for (size_t s = 0; s < e->n; s++) {
        const size_t g = e->plan.group[s];
        const double bytes = cyt_cost_memory(
            e->slides[s].cells, e->slides[s].pixels, e->n_types, p->config->n_signals,
            in_tissue ? CYT_BYTES_PER_PIXEL_TISSUE : CYT_BYTES_PER_PIXEL_BOX,
            g == CYT_PLAN_ALONE ? 1 : e->plan.width[g]);
        *which = bytes > most ? s : *which;
        most = fmax(most, bytes);
        *n_beyond += p->memory_per_rank > 0 && bytes > p->memory_per_rank;
    }
    return most;
}

static void tell_needs(const cyt_cohort_plan_params *p, const estimate *e,
                       cyt_strbuf *t, cyt_error *err)
{
    char text[32];
    size_t which, n_beyond;
    double out = 0;
    for (size_t s = 0; s < e->n; s++)
        out += e->slides[s].bytes_out[0] + e->slides[s].bytes_out[1];
    const double memory = peak_memory(p, e, &which, &n_beyond);
    cyt_strbuf_add(t, err, "memory: at most %s a rank (%s)\n", bytes_text(memory, text),
                   p->sheet->samples[which].name);
    if (n_beyond > 0)
        cyt_strbuf_add(t, err,
                       "warning: %zu slides need more than %s a rank; give them more "
                       "ranks each with --groups\n",
                       n_beyond, bytes_text(p->memory_per_rank, text));
    cyt_strbuf_add(t, err, "results: %s\n", bytes_text(out, text));
    /* Half as much again, in whole quarters of an hour: a stopped run goes on. */
    const unsigned quarters = (unsigned)ceil(1.5 * e->plan.makespan_s / 900);
    cyt_strbuf_add(t, err,
                   "sbatch --ntasks=%zu --time=%u:%02u:00 --mem-per-cpu=%.0fM "
                   "jobs/cohort.sbatch %s OUT --resume%s%s\n",
                   p->n_ranks, quarters / 4, quarters % 4 * 15, ceil(memory / 1048576),
                   p->sheet->path, p->config_path ? " --config " : "",
                   p->config_path ? p->config_path : "");
}

cyt_code cyt_cohort_plan(const cyt_cohort_plan_params *p, char **text, cyt_error *err)
{
    estimate e = {0};
    cyt_strbuf t = {0};
    char makespan[32], bound[32], critical[32];
    *text = NULL;
    if (make_estimate(p, &e, err) == CYT_OK) {
        tell_model(&e, &t, err);
        cyt_strbuf_add(&t, err,
                       "%zu ranks: %s for all slides, efficiency %.0f%%\n"
                       "no schedule is shorter than %s; the dearest slide, %s, on all "
                       "ranks that help it: %s\n",
                       p->n_ranks, cyt_time_text(e.plan.makespan_s, makespan),
                       100 * cyt_plan_efficiency(&e.plan),
                       cyt_time_text(cyt_plan_bound(&e.plan), bound),
                       p->sheet->samples[e.plan.order[0]].name,
                       cyt_time_text(e.plan.critical_s, critical));
        tell_groups(&e.plan, &t, err);
        tell_needs(p, &e, &t, err);
        *text = cyt_strbuf_take(&t, err);
    }
    cyt_strbuf_free(&t);
    free_estimate(&e);
    return err->code;
}
