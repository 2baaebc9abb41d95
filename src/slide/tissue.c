// SPDX-License-Identifier: BSD-3-Clause
/* Tissue, its compartments and the tumour's margin; densities over them as metrics. */
#include "slide/work.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- composition ------------------------------------------------------------------ */

/* Cells of each type whose pixel is tissue; the same on every rank. */
static cyt_code count_inside(MPI_Comm group, const cyt_slide_work *w, uint64_t *n,
                             cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide *s = &w->slide;
    const int n_types = cyt_mpi_count(s->types.n, err);
    CYT_TRY(cyt_agree(group, err->code, err));
    memset(n, 0, s->types.n * sizeof *n);
    for (size_t i = 0; i < s->cells.n; i++)
        if (s->cells.type[i] != CYT_NO_TYPE)
            n[s->cells.type[i]] += w->tissue.inside[cyt_slide_pixel_of(s, i)];
    cyt_allreduce(MPI_IN_PLACE, n, n_types, MPI_UINT64_T, MPI_SUM, group);
done:
    return code;
}

static cyt_code add_composition(cyt_slide_work *w, const uint64_t *n_inside,
                                cyt_error *err)
{
    cyt_code code = CYT_OK;
    const double area_mm2 = w->tissue.area_um2 * 1e-6;
    for (size_t t = 0; t < w->slide.types.n; t++) {
        const char *type = w->slide.types.name[t];
        const double count = (double)w->slide.type_counts[t];
        const double fraction = count / (double)w->slide.n_cells;
        const double density = area_mm2 > 0 ? (double)n_inside[t] / area_mm2 : NAN;
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

static cyt_code measure_composition(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint64_t *n = cyt_alloc(w->slide.types.n, sizeof *n, "cells on tissue", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    CYT_TRY(count_inside(group, w, n, err));
    CYT_TRY(cyt_agree(group, add_composition(w, n, err), err));
done:
    free(n);
    return code;
}

/* --- tissue ----------------------------------------------------------------------- */

/* Does a region that is tissue reach beyond the field of view? */
static int reaches_beyond(const cyt_slide_work *w, const cyt_regions *r)
{
    uint8_t wanted[CYT_MOST_LABELS];
    const cyt_tissue *t = &w->tissue;
    const cyt_grid *g = &w->slide.grid;
    const double h = g->spacing_um;
    const double left = g->origin_x_um + (double)t->fov_first_col * h;
    const double top = g->origin_y_um + (double)t->fov_first_row * h;
    const double right = left + (double)t->fov_n_cols * h;
    const double bottom = top + (double)t->fov_n_rows * h;
    (void)cyt_tissue_labels(&w->job->config->tissue, r, wanted);
    for (size_t p = 0; p < r->n_polygons; p++) {
        const double *box = r->box + 4 * p;
        if (wanted[r->label[p]] &&
            (box[0] < left || box[1] > right || box[2] < top || box[3] > bottom))
            return 1;
    }
    return 0;
}

static cyt_code tell_tissue(cyt_slide_work *w, const cyt_regions *regions,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_tissue *t = &w->tissue;
    if (t->n_cells_outside > 0)
        CYT_TRY(cyt_slide_warn(
            &w->report->warnings, err,
            "%llu of %llu cells lie outside of the tissue; densities leave "
            "them out",
            (unsigned long long)t->n_cells_outside,
            (unsigned long long)w->slide.n_cells));
    if (w->job->config->tissue.from == CYT_TISSUE_REGIONS && regions &&
        reaches_beyond(w, regions))
        CYT_TRY(cyt_slide_warn(
            &w->report->warnings, err,
            "regions of tissue reach beyond the raster, where nothing is "
            "counted; raise grid.padding_um"));
done:
    return code;
}

/* --- compartments and margin ------------------------------------------------------ */

static cyt_code tell_compartments(cyt_slide_work *w, cyt_error *err)
{
    const cyt_compartments *c = &w->compartments;
    uint64_t n_tumour = 0;
    for (size_t k = 0; k < c->names.n; k++)
        n_tumour += c->is_tumour[k + 1] ? c->n_pixels[k] : 0;
    if (!c->margin_um || (n_tumour > 0 && n_tumour < w->tissue.n_pixels))
        return CYT_OK;
    return cyt_slide_warn(&w->report->warnings, err,
                          "%s tissue is tumour: it has no border, and no margin",
                          n_tumour ? "all" : "no");
}

static cyt_code measure_margin(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_compartments_config *config = &w->job->config->compartments;
    const float *phi = w->compartments.margin_um;
    if (phi && !isnan(config->margin_um)) {
        code = cyt_margin_zones(config->margin_um, &w->zones, err);
        CYT_TRY(cyt_agree(group, code, err));
        CYT_TRY(cyt_margin_count(group, &w->slide, phi, &w->zones, err));
    }
    if (phi && !isnan(config->profile_um)) {
        code =
            cyt_margin_profile(config->band_um, config->profile_um, &w->profile, err);
        CYT_TRY(cyt_agree(group, code, err));
        CYT_TRY(cyt_margin_count(group, &w->slide, phi, &w->profile, err));
    }
done:
    return code;
}

/* Area of each zone, and in it the density of each type: NaN without a border. */
static cyt_code add_zones(cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_types = w->slide.types.n;
    const cyt_margin_bands *z = &w->zones;
    uint64_t n_all = 0;
    for (size_t k = 0; k < z->n; k++)
        n_all += z->n_pixels[k];
    for (size_t k = 0; k < z->n; k++) {
        const double area =
            n_all > 0 ? cyt_grid_area_um2(&w->slide.grid, z->n_pixels[k]) : NAN;
        CYT_TRY(cyt_metrics_add(&w->metrics, CYT_MARGIN_AREA, NULL, cyt_zone_names[k],
                                NULL, area, err));
        for (size_t t = 0; t < n_types; t++) {
            const double count = (double)z->n_cells[k * n_types + t];
            CYT_TRY(cyt_metrics_add(&w->metrics, CYT_MARGIN_DENSITY,
                                    w->slide.types.name[t], cyt_zone_names[k], NULL,
                                    area > 0 ? count / (area * 1e-6) : NAN, err));
        }
    }
done:
    return code;
}

/* The density of each type along the distance to the border. */
static cyt_code add_profile(cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_types = w->slide.types.n;
    const cyt_margin_bands *b = &w->profile;
    for (size_t k = 0; k < b->n; k++) {
        const double centre = (b->edge_um[k] + b->edge_um[k + 1]) / 2;
        const double area = cyt_grid_area_um2(&w->slide.grid, b->n_pixels[k]);
        for (size_t t = 0; t < n_types; t++) {
            const double count = (double)b->n_cells[k * n_types + t];
            CYT_TRY(cyt_metrics_add_at(&w->metrics, CYT_MARGIN_PROFILE,
                                       w->slide.types.name[t], NULL, NULL, centre,
                                       area > 0 ? count / (area * 1e-6) : NAN, err));
        }
    }
done:
    return code;
}

/* --- the story -------------------------------------------------------------------- */

cyt_code cyt_slide_tissue(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_config *config = w->job->config;
    const cyt_regions *regions = w->regions.are_there ? &w->regions.regions : NULL;
    const cyt_tissue_source from = {&config->tissue, config->grid_padding_um, regions};
    CYT_TRY(cyt_cosine_init(group, &w->slide.grid, w->slide.strips, &w->plan, err));
    CYT_TRY(cyt_tissue_make(group, &w->slide, &from, &w->tissue, err));
    CYT_TRY(cyt_agree(group, tell_tissue(w, regions, err), err));
    CYT_TRY(measure_composition(group, w, err));
    const cyt_compartments_source parts = {.config = &config->compartments,
                                           .tissue_config = &config->tissue,
                                           .tissue = &w->tissue,
                                           .regions = regions,
                                           .plan = &w->plan,
                                           .labels = &w->labels,
                                           .label = w->label};
    CYT_TRY(cyt_compartments_make(group, &w->slide, &parts, &w->compartments, err));
    CYT_TRY(measure_margin(group, w, err));
    code = tell_compartments(w, err);
    if (code == CYT_OK)
        code = add_zones(w, err);
    if (code == CYT_OK)
        code = add_profile(w, err);
    CYT_TRY(cyt_agree(group, code, err));
    cyt_slide_end_phase(w, CYT_PHASE_TISSUE);
done:
    return code;
}

/* --- what is written of it -------------------------------------------------------- */

static cyt_band_table table_of(const cyt_margin_bands *b, const char *const *names)
{
    return (cyt_band_table){b->n, names, b->edge_um, b->n_pixels, b->n_cells};
}

void cyt_slide_tissue_table(const cyt_slide_work *w, cyt_compartment_table *parts,
                            cyt_cell_table *table)
{
    const cyt_compartments *c = &w->compartments;
    *parts = (cyt_compartment_table){&c->names, c->cell, c->n_pixels, c->n_cells,
                                     c->cell_margin_um};
    table->area_um2 = w->tissue.area_um2;
    table->compartments = c->names.n > 0 ? parts : NULL;
    table->zones = table_of(&w->zones, cyt_zone_names);
    table->profile = table_of(&w->profile, NULL);
}

cyt_code cyt_slide_tissue_draw(cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    static const cyt_raster_info tissue = {CYT_STORE_U8, "1", "1 where there is tissue",
                                           NULL};
    static const cyt_raster_info part = {CYT_STORE_U8, "1",
                                         "compartment of the pixel's centre", NULL};
    static const cyt_raster_info margin = {
        CYT_STORE_F32, "um",
        "distance to the border of the tumour within the tissue, negative inside",
        NULL};
    const cyt_compartments *c = &w->compartments;
    if (!w->tissue.is_box)
        CYT_TRY(cyt_fields_write_plain(&w->fields, "/tissue", &tissue, NULL,
                                       w->tissue.inside, err));
    if (c->names.n > 0)
        CYT_TRY(cyt_fields_write_plain(&w->fields, "/compartment", &part, &c->names,
                                       c->pixel, err));
    if (c->margin_um)
        CYT_TRY(cyt_fields_write_plain(&w->fields, "/margin_um", &margin, NULL,
                                       c->margin_um, err));
done:
    return code;
}
