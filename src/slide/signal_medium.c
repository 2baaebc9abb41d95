// SPDX-License-Identifier: BSD-3-Clause
/* What a signal spreads in, and the geometry that all signals share.
 *
 * Where nothing but a closed box is known, D and k are uniform on the raster and the
 * transform solves (medium.h). As soon as there is a tissue, a compartment with another
 * D, uptake, or an open edge, the domain is the tissue and multigrid solves. */
#include "slide/block.h"
#include "slide/signal.h"
#include "slide/trap.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/deposit.h"
#include "cytotaxis/distance_map.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static cyt_edges edges_of(const cyt_tissue *t, cyt_edge tissue, cyt_edge view)
{
    return (cyt_edges){tissue,           view,         t->fov_first_row, t->fov_n_rows,
                       t->fov_first_col, t->fov_n_cols};
}

/* --- direction of the margin ------------------------------------------------------ */

/* One component: kept as a map in float, sampled at cells in double. */
static cyt_code keep_away(MPI_Comm group, cyt_signal_stage *s, double *component,
                          float *map, double *cell, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide *slide = &s->work->slide;
    const cyt_points at = {slide->cells.n, slide->cells.x, slide->cells.y,
                           slide->um_per_unit};
    CYT_TRY(cyt_domain_halo(group, &s->tissue, component, err));
    cyt_sample_at(&s->tissue.pixels, s->tissue.rows, &at, component, s->tissue.inside,
                  cell);
    for (size_t i = 0; i < cyt_slide_n_pixels(s->work); i++)
        map[i] = (float)component[i];
done:
    return code;
}

/* Gradient of phi: away from the tumour. phi is defined wherever there is tissue, or
 * nowhere. */
static cyt_code find_away(MPI_Comm group, cyt_signal_stage *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_work *w = s->work;
    const size_t n = cyt_slide_n_pixels(w), n_cells = w->slide.cells.n;
    const size_t n_cols = w->slide.grid.n_cols, with_halo = n + 2 * n_cols;
    double *phi = cyt_alloc(3 * with_halo, sizeof *phi, "the margin", err);
    s->away_map = cyt_alloc(2 * n, sizeof *s->away_map, "the margin's direction", err);
    w->cell_away = cyt_alloc(2 * n_cells, sizeof *w->cell_away, "the margin", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    double *own = phi + n_cols, *x = own + with_halo, *y = x + with_halo;
    for (size_t i = 0; i < n; i++)
        own[i] = w->compartments.margin_um[i];
    CYT_TRY(cyt_domain_gradient(group, &s->tissue, own, x, y, err));
    CYT_TRY(keep_away(group, s, x, s->away_map, w->cell_away, err));
    CYT_TRY(keep_away(group, s, y, s->away_map + n, w->cell_away + n_cells, err));
done:
    free(phi);
    return code;
}

/* --- edge of the field of view ---------------------------------------------------- */

/* In the box: the nearest of its four sides. */
static void measure_box(cyt_slide_work *w)
{
    const cyt_cells *c = &w->slide.cells;
    const cyt_grid *g = &w->slide.grid;
    const cyt_tissue *t = &w->tissue;
    const double h = g->spacing_um, um = w->slide.um_per_unit;
    const double left = g->origin_x_um + (double)t->fov_first_col * h;
    const double top = g->origin_y_um + (double)t->fov_first_row * h;
    const double right = left + (double)t->fov_n_cols * h;
    const double bottom = top + (double)t->fov_n_rows * h;
    for (size_t i = 0; i < c->n; i++) {
        const double x = c->x[i] * um, y = c->y[i] * um;
        w->view_edge_um[i] = fmin(fmin(x - left, right - x), fmin(y - top, bottom - y));
    }
}

static int is_on_rim(const cyt_tissue *t, size_t row, size_t col)
{
    return row == t->fov_first_row || row + 1 == t->fov_first_row + t->fov_n_rows ||
           col == t->fov_first_col || col + 1 == t->fov_first_col + t->fov_n_cols;
}

/* Else: from a cell's pixel to the nearest tissue on the rim, centre to outer face. */
static cyt_code measure_rim(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide *s = &w->slide;
    const size_t n = cyt_slide_n_pixels(w), n_cols = s->grid.n_cols;
    const size_t first = cyt_slide_first_row(s);
    uint8_t *rim = cyt_alloc(n, sizeof *rim, "the field of view's edge", err);
    float *map = cyt_alloc(n, sizeof *map, "the field of view's edge", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t i = 0; i < n; i++)
        rim[i] = w->tissue.inside[i] &&
                 is_on_rim(&w->tissue, first + i / n_cols, i % n_cols);
    CYT_TRY(cyt_distance_map(group, s, rim, map, err));
    for (size_t i = 0; i < s->cells.n; i++)
        w->view_edge_um[i] =
            (double)map[cyt_slide_pixel_of(s, i)] + s->grid.spacing_um / 2;
done:
    free(rim);
    free(map);
    return code;
}

static cyt_code find_view_edge(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    w->view_edge_um =
        cyt_alloc(w->slide.cells.n, sizeof *w->view_edge_um, "distances to edge", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    if (w->tissue.is_box)
        measure_box(w);
    else
        CYT_TRY(measure_rim(group, w, err));
done:
    return code;
}

/* --- media ------------------------------------------------------------------------ */

static int same_amounts(const cyt_amounts *a, const cyt_amounts *b)
{
    int same = a->names.n == b->names.n;
    for (size_t i = 0; same && i < a->names.n; i++)
        same = strcmp(a->names.name[i], b->names.name[i]) == 0 &&
               a->value[i] == b->value[i];
    return same;
}

int cyt_same_medium(const cyt_signal_config *a, const cyt_signal_config *b)
{
    return a->lambda_um == b->lambda_um && a->tissue_edge == b->tissue_edge &&
           a->view_edge == b->view_edge && same_amounts(&a->diffusion, &b->diffusion) &&
           same_amounts(&a->uptake, &b->uptake);
}

/* D of each code: lambda², times the factor of the compartment where one is given. */
static void fill_diffusion(const cyt_slide_work *w, const cyt_signal_config *signal,
                           double *diffusion)
{
    const double base = signal->lambda_um * signal->lambda_um;
    for (size_t code = 0; code < 256; code++)
        diffusion[code] = base;
    for (size_t k = 0; k < w->compartments.names.n; k++) {
        const size_t at =
            cyt_names_find(&signal->diffusion.names, w->compartments.names.name[k]);
        if (at != CYT_NO_NAME)
            diffusion[k + 1] = base * signal->diffusion.value[at];
    }
}

static double taken_up(const void *context, const cyt_cells *cells, size_t i)
{
    const double *of_type = context;
    return of_type[cells->type[i]];
}

static cyt_code add_uptake(MPI_Comm group, cyt_signal_stage *s,
                           const cyt_signal_config *signal, double *uptake,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide *slide = &s->work->slide;
    const size_t n = slide->types.n;
    char *takes = cyt_calloc(n, 1, "uptake by type", err);
    double *of_type = cyt_calloc(n, sizeof *of_type, "uptake by type", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t t = 0; t < n; t++) {
        const size_t at = cyt_names_find(&signal->uptake.names, slide->types.name[t]);
        takes[t] = at != CYT_NO_NAME;
        of_type[t] = takes[t] ? signal->uptake.value[at] : 0;
    }
    const cyt_giving giving = {takes, taken_up, of_type};
    CYT_TRY(cyt_deposit_cells(group, slide, &giving, s->tissue.inside, uptake, err));
done:
    free(takes);
    free(of_type);
    return code;
}

/* Is this a signal for the transform? */
static int fills_box(const cyt_slide_work *w, const cyt_signal_config *signal)
{
    return w->tissue.is_box && signal->diffusion.names.n == 0 &&
           signal->uptake.names.n == 0 && signal->view_edge == CYT_EDGE_CLOSED;
}

static cyt_code make_medium(MPI_Comm group, cyt_signal_stage *s,
                            const cyt_signal_config *signal, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide_work *w = s->work;
    const int box = fills_box(w, signal);
    const int divided = !box && signal->diffusion.names.n > 0;
    double diffusion[256], *uptake = NULL;
    fill_diffusion(w, signal, diffusion);
    if (signal->uptake.names.n > 0) {
        uptake = cyt_alloc(cyt_slide_n_pixels(w), sizeof *uptake, "uptake", err);
        CYT_TRY(cyt_agree(group, err->code, err));
        CYT_TRY(add_uptake(group, s, signal, uptake, err));
    }
    const cyt_medium_params params = {
        .grid = &w->slide.grid,
        .row_starts = w->slide.strips,
        .plan = &w->plan,
        .inside = box ? NULL : w->tissue.inside,
        .compartment = divided ? w->compartments.pixel : NULL,
        .diffusion = diffusion,
        .decay = 1,
        .uptake = uptake,
        .edges = edges_of(&w->tissue, signal->tissue_edge, signal->view_edge),
    };
    CYT_TRY(cyt_medium_init(group, &params, &s->medium, err));
    s->medium_of = signal;
done:
    free(uptake);
    return code;
}

cyt_code cyt_stage_medium(MPI_Comm group, cyt_signal_stage *s,
                          const cyt_signal_config *signal, cyt_error *err)
{
    if (s->medium_of && cyt_same_medium(s->medium_of, signal))
        return CYT_OK;
    cyt_medium_free(&s->medium);
    s->medium_of = NULL;
    return make_medium(group, s, signal, err);
}

/* --- life ------------------------------------------------------------------------- */

cyt_code cyt_stage_begin(MPI_Comm group, cyt_slide_work *w, cyt_signal_stage *s,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    *s = (cyt_signal_stage){.work = w};
    CYT_TRY(cyt_domain_init(group, &w->slide.grid, w->slide.strips, w->tissue.inside,
                            edges_of(&w->tissue, CYT_EDGE_OPEN, CYT_EDGE_OPEN),
                            &s->tissue, err));
    CYT_TRY(find_view_edge(group, w, err));
    if (w->compartments.margin_um)
        CYT_TRY(find_away(group, s, err));
done:
    return code;
}

void cyt_stage_end(cyt_signal_stage *s)
{
    cyt_block_stage_destroy(s->block);
    cyt_trap_stage_destroy(s->trap);
    cyt_medium_free(&s->medium);
    cyt_domain_free(&s->tissue);
    free(s->away_map);
    *s = (cyt_signal_stage){0};
}
