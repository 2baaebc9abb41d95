// SPDX-License-Identifier: BSD-3-Clause
#include "slide/window.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/set_covariance.h"
#include "cytotaxis/window.h"
#include "cytotaxis/window_mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- distance of cells to the edge ------------------------------------------------ */

static void measure_in_box(cyt_slide_window *v)
{
    const cyt_cells *c = &v->seen.cells;
    for (size_t i = 0; i < c->n; i++)
        v->border[i] = cyt_box_edge(&v->box, c->x[i], c->y[i]);
}

static cyt_code measure_in_polygons(const cyt_slide_work *w, cyt_slide_window *v,
                                    cyt_error *err)
{
    uint8_t wanted[CYT_MOST_LABELS];
    cyt_window_edges edges = {0};
    const cyt_slide *s = &w->slide;
    const double unit = s->um_per_unit;
    (void)cyt_tissue_labels(&w->job->config->tissue, &w->regions.regions, wanted);
    const cyt_code code =
        cyt_window_edges_init(&w->regions.regions, wanted, &edges, err);
    for (size_t i = 0; code == CYT_OK && i < s->cells.n; i++)
        v->border[i] =
            cyt_window_edge(&edges, s->cells.x[i] * unit, s->cells.y[i] * unit) / unit;
    cyt_window_edges_free(&edges);
    return code;
}

static cyt_code measure_in_mask(MPI_Comm group, const cyt_slide_work *w,
                                cyt_slide_window *v, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide *s = &w->slide;
    float *edge_um = cyt_alloc(cyt_slide_n_rows(s) * s->grid.n_cols, sizeof *edge_um,
                               "distances to the window's edge", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    CYT_TRY(cyt_window_map(group, s, w->tissue.inside, edge_um, err));
    cyt_window_at_cells(s, edge_um, v->border);
done:
    free(edge_um);
    return code;
}

static cyt_code measure_border(MPI_Comm group, const cyt_slide_work *w,
                               cyt_slide_window *v, cyt_error *err)
{
    v->box = cyt_window_of_cells(group, &w->slide);
    if (w->tissue.is_box)
        measure_in_box(v);
    else if (w->job->config->tissue.from == CYT_TISSUE_REGIONS)
        return cyt_agree(group, measure_in_polygons(w, v, err), err);
    else
        return measure_in_mask(group, w, v, err);
    return CYT_OK;
}

/* --- who is seen ------------------------------------------------------------------ */

static cyt_code see_cells(MPI_Comm group, cyt_slide_window *v, cyt_error *err)
{
    const size_t n_types = v->seen.types.n;
    const int n = cyt_mpi_count(n_types, err);
    const cyt_code code = cyt_agree(group, err->code, err);
    if (code != CYT_OK)
        return code;
    for (size_t i = 0; i < v->seen.cells.n; i++) {
        const uint16_t type = v->seen.cells.type[i];
        v->type[i] = v->border[i] >= 0 ? type : CYT_NO_TYPE;
        if (v->type[i] != CYT_NO_TYPE)
            v->counts[v->type[i]]++;
        else
            v->n_outside += type != CYT_NO_TYPE;
    }
    cyt_allreduce(MPI_IN_PLACE, v->counts, n, MPI_UINT64_T, MPI_SUM, group);
    cyt_allreduce(MPI_IN_PLACE, &v->n_outside, 1, MPI_UINT64_T, MPI_SUM, group);
    v->seen.cells.type = v->type;
    v->seen.type_counts = v->counts;
    return CYT_OK;
}

cyt_code cyt_slide_window_make(MPI_Comm group, const cyt_slide_work *w,
                               cyt_slide_window *v, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = w->slide.cells.n;
    *v = (cyt_slide_window){.seen = w->slide, .area_um2 = w->tissue.area_um2};
    v->border = cyt_alloc(n, sizeof *v->border, "borders", err);
    v->type = cyt_alloc(n, sizeof *v->type, "types in the window", err);
    v->counts =
        cyt_calloc(w->slide.types.n, sizeof *v->counts, "types in the window", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    CYT_TRY(measure_border(group, w, v, err));
    CYT_TRY(see_cells(group, v, err));
done:
    return code;
}

void cyt_slide_window_free(cyt_slide_window *v)
{
    free(v->border);
    free(v->type);
    free(v->counts);
    *v = (cyt_slide_window){0};
}

/* --- set covariance and raster ---------------------------------------------------- */

cyt_code cyt_slide_window_rings(MPI_Comm group, const cyt_slide_work *w,
                                const cyt_ascending *radii, double *gamma,
                                cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_box box = w->slide.box_um;
    cyt_covariance covariance =
        cyt_covariance_box(box.x_max - box.x_min, box.y_max - box.y_min);
    if (!w->tissue.is_box) {
        CYT_TRY(cyt_set_covariance(group, &w->slide, w->tissue.inside,
                                   radii->value[radii->n - 1], &covariance, err));
        covariance.scale =
            w->tissue.area_um2 / cyt_grid_area_um2(&w->slide.grid, w->tissue.n_pixels);
    }
    cyt_covariance_rings(&covariance, radii->n, radii->value, gamma);
    cyt_set_covariance_free(&covariance);
done:
    return code;
}

cyt_code cyt_slide_window_map(MPI_Comm group, const cyt_slide_work *w,
                              const cyt_slide_window *v, float *edge_um, cyt_error *err)
{
    const cyt_slide *s = &w->slide;
    const cyt_grid *g = &s->grid;
    const double unit = s->um_per_unit;
    if (!w->tissue.is_box)
        return cyt_window_map(group, s, w->tissue.inside, edge_um, err);
    for (size_t row = 0; row < cyt_slide_n_rows(s); row++)
        for (size_t col = 0; col < g->n_cols; col++) {
            const double x = g->origin_x_um + ((double)col + 0.5) * g->spacing_um;
            const double y =
                g->origin_y_um +
                ((double)(row + cyt_slide_first_row(s)) + 0.5) * g->spacing_um;
            edge_um[row * g->n_cols + col] =
                (float)(cyt_box_edge(&v->box, x / unit, y / unit) * unit);
        }
    return CYT_OK;
}
