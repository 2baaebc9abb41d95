// SPDX-License-Identifier: BSD-3-Clause
/* One slide from top to bottom:
 *
 *     read ─► strips, regions ─► nearest, unit gate ─► tissue ─► maps
 *          ─► signals ─► patterns ─► write
 *
 * The masks of tissue and compartments stay; other rasters are made, written and freed
 * one by one; per-cell columns stay until the table of cells is written, and then,
 * last, what the slide was made from, so that a slide whose .origin.json stands is
 * whole.
 *
 * A run may stop between two steps and, where one may take long, within it: between
 * signals, shifts, deals, steps in time. The slide is then made again from its start,
 * as after an error. What a step has made is the open file of maps and nearly all of
 * the slide's memory, so to keep it would cost about what making it does: 4 s for 1e5
 * cells on one rank, in which no step stands out. Where some do, the course in time
 * (block_course.c) with its hundreds of solves, the shifts of a screen, their results
 * are few numbers or rasters; these are kept (steps.h), so that a slide that takes
 * longer than a job may is made by several. */
#include "slide/slide.h"

#include "slide/screen.h"
#include "slide/steps.h"
#include "slide/work.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cyt_code cyt_slide_safe_point(MPI_Comm group, const cyt_slide_work *w, cyt_error *err)
{
    return cyt_stop_check(group, &w->job->stop, err);
}

static cyt_code write_results(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (w->metrics.n > 0)
        qsort(w->metrics.item, w->metrics.n, sizeof *w->metrics.item,
              cyt_metric_compare);
    if (w->fields.store)
        CYT_TRY(cyt_fields_close(group, &w->fields, 1, &w->report->digests, err));
    cyt_compartment_table parts;
    cyt_cell_table table = {
        .slide = &w->slide,
        .home = &w->home,
        .ids = w->ids,
        .id_width = w->id_width,
        .nearest_um = w->nearest_um,
        .n_signals = w->job->config->n_signals,
        .signals = w->signals,
        .without_cell_signals = !w->job->config->write_cell_signals,
        .metrics = &w->metrics,
        .regions = cyt_slide_regions_table(&w->regions),
        .pairs = w->patterns.pairs,
        .nearest_curves = w->patterns.nearest,
        .enrichment = w->neighbours.enrichment,
        .neighbourhood = w->neighbours.around,
        .results = &w->tables,
    };
    cyt_slide_tissue_table(w, &parts, &table);
    CYT_TRY(
        cyt_slide_file_write(group, w->cells_path, &table, &w->report->digests, err));
    CYT_TRY(cyt_slide_origin(group, w, err));
    cyt_slide_end_phase(w, CYT_PHASE_WRITE);
done:
    return code;
}

static void free_work(MPI_Comm group, cyt_slide_work *w, cyt_code code)
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
    cyt_names_free(&w->labels);
    free(w->label);
    free(w->ids);
    free(w->nearest_um);
    free(w->cell_signals);
    free(w->cell_away);
    free(w->view_edge_um);
    for (size_t s = 0; w->receptors && s < w->job->config->n_signals; s++)
        free(w->receptors[s]);
    free(w->receptors);
    free(w->signals);
    cyt_metrics_free(&w->metrics);
    cyt_result_tables_free(&w->tables);
    cyt_cosine_free(&w->plan);
    cyt_tissue_free(&w->tissue);
    cyt_compartments_free(&w->compartments);
    cyt_margin_bands_free(&w->zones);
    cyt_margin_bands_free(&w->profile);
    cyt_slide_patterns_free(&w->patterns);
    cyt_slide_neighbours_free(&w->neighbours);
    cyt_trap_results_free(&w->traps);
    cyt_slide_screen_destroy(w->screen);
}

static cyt_code (*const story[])(MPI_Comm, cyt_slide_work *, cyt_error *) = {
    cyt_slide_read,   cyt_slide_measure, cyt_slide_tissue, cyt_slide_map,
    cyt_slide_signal, cyt_slide_pattern, write_results};

cyt_code cyt_slide_process(MPI_Comm group, const cyt_slide_job *job,
                           cyt_slide_report *report, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_work w = {.job = job, .report = report};
    const double began = MPI_Wtime();
    cyt_slide_cost_begin(group, &w);
    cyt_store_settings_attach(group, job->io);
    snprintf(w.fields_path, sizeof w.fields_path, "%s/slides/%s.fields.h5", job->out,
             job->sample->name);
    snprintf(w.cells_path, sizeof w.cells_path, "%s/slides/%s.h5ad", job->out,
             job->sample->name);
    cyt_fault_slide(job->sample->name);
    CYT_TRY(cyt_steps_open(group, &w, err));
    for (size_t k = 0; k < sizeof story / sizeof *story; k++) {
        CYT_TRY(cyt_slide_safe_point(group, &w, err));
        CYT_TRY(story[k](group, &w, err));
    }
done:
    cyt_fault_slide(NULL);
    cyt_slide_cost_end(group, &w, code == CYT_OK);
    cyt_steps_close(&w, code == CYT_OK);
    free_work(group, &w, code);
    cyt_trace_span(job->trace, "slide", job->sample->name, began, MPI_Wtime(), NULL);
    return code;
}

void cyt_slide_report_free(cyt_slide_report *report)
{
    cyt_names_free(&report->warnings);
    cyt_names_free(&report->digests);
    free(report->ranks);
    *report = (cyt_slide_report){0};
}

cyt_result_table *cyt_slide_table(cyt_slide_work *w, const char *name, cyt_error *err)
{
    for (size_t k = 0; k < w->tables.n; k++)
        if (strcmp(w->tables.item[k]->name, name) == 0)
            return w->tables.item[k];
    return cyt_result_table_add(&w->tables, name, err);
}

cyt_code cyt_slide_warn(cyt_names *warnings, cyt_error *err, const char *fmt, ...)
{
    char line[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    return cyt_names_add(warnings, line, strlen(line), err);
}
