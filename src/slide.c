// SPDX-License-Identifier: BSD-3-Clause
/* One slide from top to bottom:
 *
 *     read ─► strips, regions ─► nearest, unit gate ─► maps ─► signals ─► write
 *
 * Rasters are made, written and freed one by one; per-cell columns stay until the table
 * of cells is written, last, so that a slide whose .h5ad stands is whole. */
#include "slide.h"

#include "read/join.h"
#include "read/parts.h"
#include "slide_regions.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/cosine.h"
#include "cytotaxis/density.h"
#include "cytotaxis/distance_map.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/home.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/metrics.h"
#include "cytotaxis/nearest_types.h"
#include "cytotaxis/scatter.h"
#include "cytotaxis/signal.h"
#include "cytotaxis/slide_file.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/summary.h"
#include "cytotaxis/unit_gate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const cyt_phase_names[CYT_PHASES] = {"read", "strips",  "nearest",
                                                 "maps", "signals", "write"};

/* All that a slide under way owns. */
typedef struct work {
    const cyt_slide_job *job;
    cyt_slide_report *report;
    double um_per_unit;
    cyt_slide slide;
    cyt_home home;
    char *ids;
    size_t id_width;
    cyt_slide_regions regions;
    double *nearest_um;          /* [types.n * cells.n] */
    double *cell_signals;        /* [3 * n_signals * cells.n] */
    cyt_signal_columns *signals; /* [n_signals] */
    cyt_metrics metrics;
    cyt_cosine plan;
    cyt_fields fields;
    char fields_path[4096], cells_path[4096];
    double phase_began;
} work;

static void end_phase(work *w, cyt_phase phase)
{
    const double now = MPI_Wtime();
    w->report->wall_s[phase] += now - w->phase_began;
    cyt_log_tell(w->job->log, CYT_LOG_PHASE, "%s: %s: %.2f s", w->job->sample->name,
                 cyt_phase_names[phase], now - w->phase_began);
    w->phase_began = now;
}

static cyt_code warn(work *w, cyt_error *err, const char *fmt, const char *a,
                     const char *b)
{
    char line[512];
    snprintf(line, sizeof line, fmt, a, b);
    return cyt_names_add(&w->report->warnings, line, strlen(line), err);
}

/* --- read and strips -------------------------------------------------------------- */

static cyt_code tell_joined(work *w, const cyt_source *part, const cyt_joined *joined,
                            cyt_error *err)
{
    const cyt_sample *sample = w->job->sample;
    const char *what = part->wanted == CYT_WANT_TYPES ? "types" : "values";
    char line[512];
    if (joined->n_found == 0)
        return CYT_FAIL(err, CYT_ERR_DATA, sample->name,
                        "%s: none of the %llu cells of %s is in it; cells are joined "
                        "by id: name the column that holds it (id)",
                        part->shown_path, (unsigned long long)joined->n_rows,
                        sample->data.shown);
    if (joined->n_found == joined->n_rows)
        return CYT_OK;
    snprintf(line, sizeof line,
             "%s has %llu of the %llu cells of %s; the %s of the others are missing",
             part->shown_path, (unsigned long long)joined->n_found,
             (unsigned long long)joined->n_rows, sample->data.shown, what);
    return cyt_names_add(&w->report->warnings, line, strlen(line), err);
}

/* Types, or the ligands that the file of the cells lacks, from a further file. */
static cyt_code join_part(MPI_Comm group, work *w, const cyt_source *part,
                          cyt_rows *rows, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_rows extra = {0};
    cyt_joined joined;
    const unsigned what =
        part->wanted == CYT_WANT_TYPES ? CYT_JOIN_TYPES : CYT_JOIN_VALUES;
    CYT_TRY(cyt_reader_for(part)->read(group, part, &extra, err));
    CYT_TRY(cyt_join(group, what, &extra, rows, &joined, err));
    CYT_TRY(cyt_agree(group, tell_joined(w, part, &joined, err), err));
done:
    cyt_rows_free(&extra);
    return code;
}

static cyt_code read_parts(MPI_Comm group, work *w, cyt_rows *rows, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide_job *job = w->job;
    cyt_parts parts = {0};
    code = cyt_parts_of(job->sample, job->ligands, job->layer, &parts, err);
    CYT_TRY(cyt_agree(group, code, err));
    w->um_per_unit = parts.um_per_unit;
    CYT_TRY(cyt_reader_for(&parts.source[0])->read(group, &parts.source[0], rows, err));
    for (size_t k = 1; k < parts.n; k++)
        CYT_TRY(join_part(group, w, &parts.source[k], rows, err));
done:
    cyt_parts_free(&parts);
    return code;
}

static cyt_code read_into_strips(MPI_Comm group, work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide_job *job = w->job;
    cyt_rows rows = {0};
    CYT_TRY(read_parts(group, w, &rows, err));
    end_phase(w, CYT_PHASE_READ);
    const cyt_slide_params params = {job->sample->name, w->um_per_unit,
                                     job->config->grid_spacing_um,
                                     job->config->grid_padding_um};
    CYT_TRY(cyt_slide_scatter(group, &rows, &params, &w->slide, err));
    CYT_TRY(cyt_home_init(group, &w->slide, &w->home, err));
    CYT_TRY(cyt_home_ids(group, &w->home, &rows, &w->id_width, &w->ids, err));
    w->report->n_cells = w->slide.n_cells;
    w->report->n_types = w->slide.types.n;
    w->report->n_rows = w->slide.grid.n_rows;
    w->report->n_cols = w->slide.grid.n_cols;
    CYT_TRY(cyt_slide_regions_read(group, job->sample, &w->slide, &w->regions,
                                   &w->report->warnings, err));
    end_phase(w, CYT_PHASE_STRIPS);
done:
    cyt_rows_free(&rows);
    return code;
}

/* --- metrics ---------------------------------------------------------------------- */

static double area_um2(const cyt_slide *slide)
{
    const cyt_box b = slide->box_um;
    return (b.x_max - b.x_min) * (b.y_max - b.y_min);
}

static cyt_code add_composition(work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const double area_mm2 = area_um2(&w->slide) * 1e-6;
    for (size_t t = 0; t < w->slide.types.n; t++) {
        const char *type = w->slide.types.name[t];
        const double count = (double)w->slide.type_counts[t];
        const double fraction = count / (double)w->slide.n_cells;
        const double density = area_mm2 > 0 ? count / area_mm2 : NAN;
        CYT_TRY(cyt_metrics_add(&w->metrics, CYT_COMPOSITION_COUNT, type, NULL, NULL,
                                count, err));
        CYT_TRY(cyt_metrics_add(&w->metrics, CYT_COMPOSITION_FRACTION, type, NULL, NULL,
                                fraction, err));
        CYT_TRY(cyt_metrics_add(&w->metrics, CYT_COMPOSITION_DENSITY, type, NULL, NULL,
                                density, err));
    }
done:
    return code;
}

static cyt_code add_nearest(work *w, const cyt_summary *s, const char *a, const char *b,
                            cyt_error *err)
{
    const struct {
        cyt_statistic statistic;
        double value;
    } all[] = {
        {CYT_NEAREST_MEAN, s->mean}, {CYT_NEAREST_MEDIAN, s->median},
        {CYT_NEAREST_SD, s->sd},     {CYT_NEAREST_Q05, s->q05},
        {CYT_NEAREST_Q25, s->q25},   {CYT_NEAREST_Q75, s->q75},
        {CYT_NEAREST_Q95, s->q95},   {CYT_NEAREST_N, s->n},
    };
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        CYT_TRY(cyt_metrics_add(&w->metrics, all[k].statistic, a, b, NULL, all[k].value,
                                err));
done:
    return code;
}

static cyt_code add_all_nearest(work *w, const cyt_summary *summary, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_names *types = &w->slide.types;
    for (size_t b = 0; b < types->n; b++)
        for (size_t a = 0; a < types->n; a++)
            CYT_TRY(add_nearest(w, &summary[b * types->n + a], types->name[a],
                                types->name[b], err));
done:
    return code;
}

/* --- nearest ---------------------------------------------------------------------- */

static cyt_code find_nearest(MPI_Comm group, work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_types = w->slide.types.n, n = n_types * w->slide.cells.n;
    cyt_summary *summary =
        cyt_alloc(n_types * n_types, sizeof *summary, "distance summaries", err);
    w->nearest_um = cyt_alloc(n, sizeof *w->nearest_um, "nearest distances", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    CYT_TRY(cyt_nearest_of_types(group, &w->slide, w->nearest_um, err));
    if (w->job->config->unit_gate)
        CYT_TRY(cyt_unit_gate(group, &w->slide, w->nearest_um, err));
    for (size_t i = 0; i < n; i++)
        w->nearest_um[i] *= w->slide.um_per_unit;
    CYT_TRY(cyt_summarise(group, &w->slide, n_types, w->nearest_um, summary, err));
    code = add_composition(w, err);
    if (code == CYT_OK)
        code = add_all_nearest(w, summary, err);
    CYT_TRY(cyt_agree(group, code, err));
    end_phase(w, CYT_PHASE_NEAREST);
done:
    free(summary);
    return code;
}

/* --- maps ------------------------------------------------------------------------- */

static size_t n_pixels(const work *w)
{
    return cyt_slide_n_rows(&w->slide) * w->slide.grid.n_cols;
}

static cyt_code write_map(MPI_Comm group, work *w, const char *set, size_t type,
                          const char *units, const char *what, const float *map,
                          cyt_error *err)
{
    const char *name = w->slide.types.name[type];
    char long_name[512];
    snprintf(long_name, sizeof long_name, "%s %s", what, name);
    const cyt_field_info info = {set, NULL, name, units, long_name};
    return cyt_fields_write(group, &w->fields, &info, map, err);
}

static cyt_code map_types(MPI_Comm group, work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const double bandwidth = w->job->config->density_bandwidth_um;
    const size_t n = n_pixels(w);
    float *map = cyt_alloc(n, sizeof *map, "a map", err);
    double *density =
        cyt_alloc(isnan(bandwidth) ? 0 : n, sizeof *density, "a density map", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t t = 0; t < w->slide.types.n; t++) {
        CYT_TRY(cyt_distance_map_of_type(group, &w->slide, t, map, err));
        CYT_TRY(write_map(group, w, "distance_um", t, "um", "distance to the nearest",
                          map, err));
        if (isnan(bandwidth))
            continue;
        CYT_TRY(cyt_density(group, &w->slide, &w->plan, t, bandwidth, density, err));
        for (size_t i = 0; i < n; i++)
            map[i] = (float)density[i];
        CYT_TRY(
            write_map(group, w, "density", t, "mm-2", "smoothed density of", map, err));
    }
done:
    free(map);
    free(density);
    return code;
}

static cyt_code make_maps(MPI_Comm group, work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_cosine_init(group, &w->slide.grid, w->slide.strips, &w->plan, err));
    if (!w->job->config->write_fields)
        return CYT_OK;
    CYT_TRY(cyt_fields_create(group, w->fields_path, &w->slide,
                              w->job->config->compression, &w->fields, err));
    CYT_TRY(map_types(group, w, err));
    CYT_TRY(cyt_slide_regions_draw(group, &w->slide, &w->regions, &w->fields, err));
    end_phase(w, CYT_PHASE_MAPS);
done:
    return code;
}

/* --- signals ---------------------------------------------------------------------- */

/* One signal in terms of this slide: types and columns by number. */
typedef struct signal_terms {
    char *is_sender;    /* [types.n] */
    double *rate;       /* [types.n] */
    char *is_responder; /* [types.n] */
    size_t *ligand;     /* [ligand.n] */
} signal_terms;

static void free_terms(signal_terms *t)
{
    free(t->is_sender);
    free(t->rate);
    free(t->is_responder);
    free(t->ligand);
    *t = (signal_terms){0};
}

static cyt_code find_terms(const work *w, const cyt_signal_config *signal,
                           signal_terms *t, cyt_error *err)
{
    const cyt_names *types = &w->slide.types;
    t->is_sender = cyt_calloc(types->n, 1, "senders", err);
    t->rate = cyt_calloc(types->n, sizeof *t->rate, "rates", err);
    t->is_responder = cyt_calloc(types->n, 1, "responders", err);
    t->ligand = cyt_alloc(signal->ligand.n, sizeof *t->ligand, "ligands", err);
    for (size_t i = 0; err->code == CYT_OK && i < types->n; i++) {
        const char *name = types->name[i];
        const size_t r = cyt_names_find(&signal->rate_types, name);
        t->is_sender[i] = cyt_names_find(&signal->senders, name) != CYT_NO_NAME;
        t->is_responder[i] = signal->responders.n == 0 ||
                             cyt_names_find(&signal->responders, name) != CYT_NO_NAME;
        t->rate[i] = r == CYT_NO_NAME ? 0 : signal->rates[r];
    }
    for (size_t k = 0; err->code == CYT_OK && k < signal->ligand.n; k++)
        t->ligand[k] = cyt_names_search(w->job->ligands, signal->ligand.name[k]);
    return err->code;
}

static cyt_code warn_of_absent(work *w, const cyt_signal_config *signal, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < signal->senders.n; k++)
        if (cyt_names_search(&w->slide.types, signal->senders.name[k]) == CYT_NO_NAME)
            CYT_TRY(warn(w, err, "signal %s: no cell of sender type %s here",
                         signal->name, signal->senders.name[k]));
    for (size_t k = 0; k < signal->ligand.n; k++)
        if (!w->slide.value_found[cyt_names_search(w->job->ligands,
                                                   signal->ligand.name[k])])
            CYT_TRY(warn(
                w, err, "signal %s: the file has no column or gene %s; left out as NaN",
                signal->name, signal->ligand.name[k]));
done:
    return code;
}

/* Means of concentration and gradient over the cells of each responder type. */
static cyt_code add_signal_metrics(MPI_Comm group, work *w, const signal_terms *terms,
                                   const cyt_signal_columns *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_types = w->slide.types.n, n = w->slide.cells.n;
    double *v = cyt_alloc(2 * n, sizeof *v, "signal at cells", err);
    cyt_summary *s = cyt_alloc(2 * n_types, sizeof *s, "signal summaries", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t i = 0; i < n; i++) {
        v[i] = c->concentration[i];
        v[n + i] = sqrt(c->grad_x[i] * c->grad_x[i] + c->grad_y[i] * c->grad_y[i]);
    }
    CYT_TRY(cyt_summarise(group, &w->slide, 2, v, s, err));
    for (size_t t = 0; code == CYT_OK && t < n_types; t++) {
        if (!terms->is_responder[t])
            continue;
        const char *type = w->slide.types.name[t];
        code = cyt_metrics_add(&w->metrics, CYT_SIGNAL_MEAN_CONCENTRATION, type, NULL,
                               c->name, s[t].mean, err);
        if (code == CYT_OK)
            code = cyt_metrics_add(&w->metrics, CYT_SIGNAL_MEAN_GRADIENT, type, NULL,
                                   c->name, s[n_types + t].mean, err);
    }
    CYT_TRY(cyt_agree(group, code, err));
done:
    free(v);
    free(s);
    return code;
}

static cyt_code write_signal(MPI_Comm group, work *w, const char *name,
                             const cyt_signal *solved, cyt_error *err)
{
    const struct {
        const double *raster;
        const char *link, *units, *what;
    } all[] = {
        {solved->c, "concentration", "relative um-2", "steady concentration of"},
        {solved->grad_x, "grad_x", "relative um-3", "gradient along x of"},
        {solved->grad_y, "grad_y", "relative um-3", "gradient along y of"},
    };
    cyt_code code = CYT_OK;
    const size_t n = n_pixels(w);
    char long_name[512];
    float *map = cyt_alloc(n, sizeof *map, "a map", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < n; i++)
            map[i] = (float)all[k].raster[i];
        snprintf(long_name, sizeof long_name, "%s %s", all[k].what, name);
        const cyt_field_info info = {"signal", name, all[k].link, all[k].units,
                                     long_name};
        CYT_TRY(cyt_fields_write(group, &w->fields, &info, map, err));
    }
done:
    free(map);
    return code;
}

static void keep_at_cells(work *w, size_t s, const char *name, const cyt_signal *solved)
{
    const size_t n = w->slide.cells.n;
    double *c = w->cell_signals + 3 * s * n;
    memcpy(c, solved->cell_c, n * sizeof *c);
    memcpy(c + n, solved->cell_grad_x, n * sizeof *c);
    memcpy(c + 2 * n, solved->cell_grad_y, n * sizeof *c);
    w->signals[s] = (cyt_signal_columns){name, c, c + n, c + 2 * n};
}

static cyt_code run_signal(MPI_Comm group, work *w, size_t s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_signal_config *signal = &w->job->config->signals[s];
    signal_terms terms = {0};
    cyt_signal solved = {0};
    code = find_terms(w, signal, &terms, err);
    if (code == CYT_OK)
        code = warn_of_absent(w, signal, err);
    CYT_TRY(cyt_agree(group, code, err));
    const cyt_signal_params params = {
        .name = signal->name,
        .lambda_um = signal->lambda_um,
        .is_sender = terms.is_sender,
        .n_ligands = signal->ligand.n,
        .ligand = terms.ligand,
        .ligand_name = (const char *const *)signal->ligand.name,
        .type_rate = terms.rate,
        .values_are_log1p = signal->expression == CYT_EXPRESSION_LOG1P,
    };
    CYT_TRY(cyt_signal_solve(group, &w->slide, &w->plan, &params, &solved, err));
    keep_at_cells(w, s, signal->name, &solved);
    CYT_TRY(add_signal_metrics(group, w, &terms, &w->signals[s], err));
    if (w->job->config->write_fields)
        CYT_TRY(write_signal(group, w, signal->name, &solved, err));
done:
    free_terms(&terms);
    cyt_signal_free(&solved);
    return code;
}

static cyt_code run_signals(MPI_Comm group, work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = w->job->config->n_signals;
    w->signals = cyt_calloc(n, sizeof *w->signals, "signals", err);
    w->cell_signals =
        cyt_alloc(3 * n * w->slide.cells.n, sizeof(double), "signals at cells", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t s = 0; s < n; s++)
        CYT_TRY(run_signal(group, w, s, err));
    end_phase(w, CYT_PHASE_SIGNALS);
done:
    return code;
}

/* --- write ------------------------------------------------------------------------ */

static cyt_code write_results(MPI_Comm group, work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (w->metrics.n > 0)
        qsort(w->metrics.item, w->metrics.n, sizeof *w->metrics.item,
              cyt_metric_compare);
    if (w->fields.store)
        CYT_TRY(cyt_fields_close(group, &w->fields, 1, &w->report->digests, err));
    const cyt_cell_table table = {
        .slide = &w->slide,
        .home = &w->home,
        .ids = w->ids,
        .id_width = w->id_width,
        .nearest_um = w->nearest_um,
        .n_signals = w->job->config->n_signals,
        .signals = w->signals,
        .metrics = &w->metrics,
        .area_um2 = area_um2(&w->slide),
        .regions = cyt_slide_regions_table(&w->regions),
    };
    CYT_TRY(
        cyt_slide_file_write(group, w->cells_path, &table, &w->report->digests, err));
    end_phase(w, CYT_PHASE_WRITE);
done:
    return code;
}

/* --- the story -------------------------------------------------------------------- */

static void free_work(MPI_Comm group, work *w, cyt_code code)
{
    if (w->fields.store) {
        cyt_error ignored = {0};
        (void)!cyt_fields_close(group, &w->fields, 0, NULL, &ignored);
    }
    if (code != CYT_OK && cyt_comm_rank(group) == 0)
        remove(w->fields_path); /* rasters without a table are no result */
    cyt_slide_free(&w->slide);
    cyt_home_free(&w->home);
    cyt_slide_regions_free(&w->regions);
    free(w->ids);
    free(w->nearest_um);
    free(w->cell_signals);
    free(w->signals);
    cyt_metrics_free(&w->metrics);
    cyt_cosine_free(&w->plan);
}

cyt_code cyt_slide_process(MPI_Comm group, const cyt_slide_job *job,
                           cyt_slide_report *report, cyt_error *err)
{
    cyt_code code = CYT_OK;
    work w = {.job = job, .report = report, .phase_began = MPI_Wtime()};
    snprintf(w.fields_path, sizeof w.fields_path, "%s/slides/%s.fields.h5", job->out,
             job->sample->name);
    snprintf(w.cells_path, sizeof w.cells_path, "%s/slides/%s.h5ad", job->out,
             job->sample->name);
    cyt_fault_slide(job->sample->name);
    CYT_TRY(read_into_strips(group, &w, err));
    CYT_TRY(find_nearest(group, &w, err));
    CYT_TRY(make_maps(group, &w, err));
    CYT_TRY(run_signals(group, &w, err));
    CYT_TRY(write_results(group, &w, err));
done:
    cyt_fault_slide(NULL);
    free_work(group, &w, code);
    return code;
}

void cyt_slide_report_free(cyt_slide_report *report)
{
    cyt_names_free(&report->warnings);
    cyt_names_free(&report->digests);
    *report = (cyt_slide_report){0};
}
