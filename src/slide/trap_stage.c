// SPDX-License-Identifier: BSD-3-Clause
#include "slide/trap_stage.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/density.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- what all signals share ------------------------------------------------------- */

void cyt_trap_stage_destroy(cyt_trap_stage *t)
{
    if (!t)
        return;
    for (size_t k = 0; k < CYT_TRAP_MOST_PLANES; k++)
        free(t->plane[k]);
    free(t->row_cell);
    free(t->part_cells);
    free(t->log_total);
    free(t->set);
    free(t->neither);
    free(t->cell_plane);
    free(t->tissue_share);
    cyt_cosine_free(&t->box_plan);
    free(t->base);
    free(t->base_number);
    free(t);
}

static cyt_code make_room(const cyt_slide_work *w, cyt_trap_stage **out, cyt_error *err)
{
    const size_t n_types = w->slide.types.n, n = cyt_slide_n_pixels(w);
    if (CYT_FAULT("trap.stage"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    cyt_trap_stage *t = cyt_calloc(1, sizeof *t, "trap slopes", err);
    *out = t;
    if (!t)
        return err->code;
    t->n_planes = 1 + w->job->config->trap.densities.n;
    t->row_cell = cyt_alloc(cyt_slide_n_rows(&w->slide) + 1, sizeof *t->row_cell,
                            "cells of rows", err);
    t->part_cells = cyt_calloc(CYT_TRAP_PARTS * n_types, sizeof *t->part_cells,
                               "cells of compartments", err);
    t->set = cyt_calloc(n_types, 1, "responders", err);
    t->neither = cyt_calloc(n_types, 1, "background", err);
    t->base = cyt_calloc(n_types, sizeof *t->base, "models", err);
    t->base_number = cyt_calloc(n_types, sizeof *t->base_number, "models", err);
    t->tissue_share = cyt_alloc(n, sizeof *t->tissue_share, "a covariate", err);
    t->cell_plane = cyt_alloc(n, sizeof *t->cell_plane, "a covariate", err);
    for (size_t k = 0; k < t->n_planes; k++)
        t->plane[k] = cyt_alloc(n, sizeof **t->plane, "a covariate", err);
    if (w->job->config->trap.total_counts.n > 0)
        t->log_total = cyt_alloc(w->slide.cells.n, sizeof *t->log_total, "totals", err);
    return err->code;
}

/* Code of the compartment that a cell's pixel is of; 0: no tissue. */
static size_t part_of_cell(const cyt_slide_work *w, size_t i)
{
    if (w->compartments.cell)
        return w->compartments.cell[i];
    return w->tissue.inside[cyt_slide_pixel_of(&w->slide, i)];
}

static void count_cells(MPI_Comm group, const cyt_slide_work *w, cyt_trap_stage *t)
{
    const size_t n_types = w->slide.types.n;
    for (size_t i = 0; i < w->slide.cells.n; i++) {
        const size_t part = part_of_cell(w, i);
        if (part > 0 && w->slide.cells.type[i] != CYT_NO_TYPE)
            t->part_cells[part * n_types + w->slide.cells.type[i]]++;
    }
    cyt_allreduce(MPI_IN_PLACE, t->part_cells, (int)(CYT_TRAP_PARTS * n_types),
                  MPI_UINT64_T, MPI_SUM, group);
}

/* Tumour and other tissue are both there, and so there is a border. */
static int has_border(const cyt_slide_work *w)
{
    uint64_t tumour = 0, all = 0;
    const cyt_compartments *c = &w->compartments;
    for (size_t k = 0; c->margin_um && k < c->names.n; k++) {
        tumour += c->is_tumour[k + 1] ? c->n_pixels[k] : 0;
        all += c->n_pixels[k];
    }
    return tumour > 0 && tumour < all;
}

static cyt_code take_totals(const cyt_slide_work *w, cyt_trap_stage *t, cyt_error *err)
{
    const cyt_cells *cells = &w->slide.cells;
    if (!t->log_total)
        return CYT_OK;
    const char *name = w->job->config->trap.total_counts.name[0];
    const size_t column = cyt_names_search(w->job->ligands, name);
    if (!w->slide.value_found[column])
        return CYT_FAIL(err, CYT_ERR_DATA, w->slide.name,
                        "trap.total_counts: the slide has no column %s", name);
    for (size_t i = 0; i < cells->n; i++) {
        const double total = cells->values[column * cells->n + i];
        if (!(total > 0) || !isfinite(total))
            return CYT_FAIL(err, CYT_ERR_DATA, w->slide.name,
                            "trap.total_counts: cell %llu (in input order) has %s = "
                            "%g; it must be greater than 0",
                            (unsigned long long)cells->index[i] + 1, name, total);
        t->log_total[i] = log(total);
    }
    return CYT_OK;
}

/* Is a responder of any signal among the cells that the fraction is of? */
static int fraction_has_responders(const cyt_config *config)
{
    const cyt_names *among = &config->compartments.among;
    int has = among->n == 0;
    for (size_t s = 0; s < config->n_signals; s++)
        for (size_t k = 0; k < config->signals[s].responders.n; k++)
            has |= cyt_names_find(among, config->signals[s].responders.name[k]) !=
                   CYT_NO_NAME;
    return has;
}

/* A crowd of responders lowers the fraction of tumour cells and so makes stroma of
 * itself: the compartment then depends on what it is to explain. */
static cyt_code warn_of_fraction(cyt_slide_work *w, cyt_error *err)
{
    const cyt_compartments_config *c = &w->job->config->compartments;
    if (c->from != CYT_COMPARTMENTS_FRACTION ||
        !fraction_has_responders(w->job->config))
        return CYT_OK;
    return cyt_slide_warn(
        &w->report->warnings, err,
        "trap: the fraction that compartments are made from counts "
        "responders, which bends slopes where these crowd; leave them "
        "out of compartments.among");
}

static cyt_code begin(MPI_Comm group, cyt_signal_stage *stage, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_work *w = stage->work;
    if (stage->trap)
        return CYT_OK;
    CYT_TRY(cyt_agree(group, make_room(w, &stage->trap, err), err));
    CYT_TRY(cyt_agree(group, take_totals(w, stage->trap, err), err));
    CYT_TRY(cyt_agree(group, warn_of_fraction(w, err), err));
    CYT_TRY(cyt_density_share(group, &w->slide, &w->plan, w->tissue.inside,
                              w->job->config->trap.bandwidth_um,
                              stage->trap->tissue_share, err));
    stage->trap->box = cyt_raster_box_of(group, w->slide.strips, w->slide.grid.n_cols,
                                         w->tissue.inside);
    if (w->job->config->trap.field_null && stage->trap->box.n_rows > 0)
        CYT_TRY(cyt_trap_field_plan(group, &w->slide, &stage->trap->box,
                                    &stage->trap->box_plan, err));
    cyt_slide_row_cells(&w->slide, stage->trap->row_cell);
    count_cells(group, w, stage->trap);
    stage->trap->has_margin = w->job->config->trap.margin_knots.n > 0 && has_border(w);
done:
    return code;
}

/* --- covariates of a set of responders -------------------------------------------- */

cyt_code cyt_trap_density_plane(MPI_Comm group, const cyt_slide_work *w,
                                const float *tissue_share, const uint8_t *is_in,
                                float *plane, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const double sigma = w->job->config->trap.bandwidth_um;
    const cyt_tissue_edge edge = {w->tissue.inside, tissue_share};
    double *density =
        cyt_alloc(cyt_slide_n_pixels(w), sizeof *density, "a density", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    CYT_TRY(cyt_density_in_tissue(group, &w->slide, &w->plan, &edge, is_in, sigma,
                                  density, err));
    cyt_trap_log_density(cyt_slide_n_pixels(w), density, sigma, plane);
done:
    free(density);
    return code;
}

/* Types of the name, a type or a set, but for those that respond. */
static void types_of(const cyt_slide_work *w, const char *name, const char *set,
                     uint8_t *is_in)
{
    const cyt_names *types = cyt_types_of_set(w->job->config, name);
    for (size_t i = 0; i < w->slide.types.n; i++) {
        const char *type = w->slide.types.name[i];
        is_in[i] = !set[i] && (types ? cyt_names_find(types, type) != CYT_NO_NAME
                                     : strcmp(type, name) == 0);
    }
}

static cyt_code make_planes(MPI_Comm group, const cyt_slide_work *w, cyt_trap_stage *t,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = w->slide.types.n;
    const cyt_names *densities = &w->job->config->trap.densities;
    uint8_t *is_in = cyt_alloc(n, 1, "types", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t i = 0; i < n; i++)
        is_in[i] = !t->set[i];
    CYT_TRY(cyt_trap_density_plane(group, w, t->tissue_share, is_in, t->plane[0], err));
    for (size_t i = 0; i < n; i++)
        is_in[i] = !t->neither[i];
    CYT_TRY(
        cyt_trap_density_plane(group, w, t->tissue_share, is_in, t->cell_plane, err));
    for (size_t k = 0; k < densities->n; k++) {
        types_of(w, densities->name[k], t->set, is_in);
        CYT_TRY(cyt_trap_density_plane(group, w, t->tissue_share, is_in,
                                       t->plane[k + 1], err));
    }
done:
    free(is_in);
    return code;
}

cyt_code cyt_trap_stage_prepare(MPI_Comm group, cyt_signal_stage *stage,
                                const cyt_signal_terms *terms, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(begin(group, stage, err));
    const cyt_slide_work *w = stage->work;
    cyt_trap_stage *t = stage->trap;
    const size_t n = w->slide.types.n;
    if (t->is_made && memcmp(t->set, terms->is_responder, n) == 0)
        return CYT_OK;
    memcpy(t->set, terms->is_responder, n);
    memset(t->base_number, 0, n * sizeof *t->base_number);
    for (size_t i = 0; i < n; i++)
        t->neither[i] =
            t->set[i] || cyt_names_find(&w->job->config->trap.background,
                                        w->slide.types.name[i]) != CYT_NO_NAME;
    CYT_TRY(make_planes(group, w, t, err));
    t->is_made = 1;
done:
    return code;
}
