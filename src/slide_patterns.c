// SPDX-License-Identifier: BSD-3-Clause
/* Patterns: pairs of cells within radii, from which K, pair correlation and
 * co-occurrence follow. What stands on a graph is in slide_graph.c.
 *
 * The window is the tissue: its area, the distance of cells to its edge and its set
 * covariance correct K. Of the bounding box all three are exact; of a mask they are
 * those of its pixels, scaled to the area of polygons where the tissue is made of them.
 */
#include "slide_work.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/mixing.h"
#include "cytotaxis/pairs.h"
#include "cytotaxis/ripley.h"
#include "cytotaxis/set_covariance.h"
#include "cytotaxis/window.h"
#include "cytotaxis/window_mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { K_NONE, K_BORDER, K_RIGID, PCF_RIGID, CO_OCCURRENCE, N_PAIR_COLUMNS };
static const char *const pair_columns[N_PAIR_COLUMNS] = {
    "k_none", "k_border", "k_rigid", "pcf_rigid", "co_occurrence"};

/* --- the window ------------------------------------------------------------------- */

/* Distance of each cell to the edge of the window, source units. */
static cyt_code measure_border(MPI_Comm group, const cyt_slide_work *w, double *border,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide *s = &w->slide;
    float *edge_um = NULL;
    if (w->tissue.is_box) {
        const cyt_box box = cyt_window_of_cells(group, s);
        for (size_t i = 0; i < s->cells.n; i++)
            border[i] = cyt_box_edge(&box, s->cells.x[i], s->cells.y[i]);
        return CYT_OK;
    }
    edge_um = cyt_alloc(cyt_slide_n_rows(s) * s->grid.n_cols, sizeof *edge_um,
                        "distances to the window's edge", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    CYT_TRY(cyt_window_map(group, s, w->tissue.inside, edge_um, err));
    cyt_window_at_cells(s, edge_um, border);
done:
    free(edge_um);
    return code;
}

/* Mean of the window's set covariance over each ring, µm². */
static cyt_code ring_covariance(MPI_Comm group, const cyt_slide_work *w, double *gamma,
                                cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_radii *radii = &w->job->config->patterns.pairs;
    const cyt_box box = w->slide.box_um;
    cyt_covariance covariance =
        cyt_covariance_box(box.x_max - box.x_min, box.y_max - box.y_min);
    if (!w->tissue.is_box) {
        CYT_TRY(cyt_set_covariance(group, &w->slide, w->tissue.inside,
                                   radii->um[radii->n - 1], &covariance, err));
        covariance.scale =
            w->tissue.area_um2 / cyt_grid_area_um2(&w->slide.grid, w->tissue.n_pixels);
    }
    cyt_covariance_rings(&covariance, radii->n, radii->um, gamma);
    cyt_set_covariance_free(&covariance);
done:
    return code;
}

/* --- pairs ------------------------------------------------------------------------ */

static void fill_pairs(const cyt_slide_work *w, const cyt_pair_counts *counts,
                       const double *gamma, double *values)
{
    const cyt_radii *radii = &w->job->config->patterns.pairs;
    const size_t n_types = w->slide.types.n, n = n_types * n_types * radii->n;
    const cyt_ripley ripley = {counts, radii->um, w->slide.type_counts,
                               w->tissue.area_um2};
    for (size_t pair = 0; pair < n_types * n_types; pair++) {
        const size_t a = pair / n_types, b = pair % n_types, at = pair * radii->n;
        cyt_k_none(&ripley, a, b, values + K_NONE * n + at);
        cyt_k_border(&ripley, a, b, values + K_BORDER * n + at);
        cyt_k_rigid(&ripley, a, b, gamma, values + K_RIGID * n + at);
        cyt_pair_correlation(radii->n, radii->um, values + K_RIGID * n + at,
                             values + PCF_RIGID * n + at);
    }
    cyt_co_occurrence(counts, values + CO_OCCURRENCE * n);
}

static cyt_code count_pairs(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_patterns *p = &w->patterns;
    cyt_pair_counts counts = {0};
    const cyt_radii *radii = &w->job->config->patterns.pairs;
    const size_t n = w->slide.types.n * w->slide.types.n * radii->n;
    double radius[CYT_MOST_RADII], gamma[CYT_MOST_RADII];
    double *border = cyt_alloc(w->slide.cells.n, sizeof *border, "borders", err);
    p->pair_values =
        cyt_alloc(N_PAIR_COLUMNS * n, sizeof *p->pair_values, "pairs", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t k = 0; k < radii->n; k++)
        radius[k] = radii->um[k] / w->slide.um_per_unit;
    CYT_TRY(measure_border(group, w, border, err));
    CYT_TRY(ring_covariance(group, w, gamma, err));
    const cyt_pair_params params = {radii->n, radius, border};
    CYT_TRY(cyt_pairs_count(group, &w->slide, &params, &counts, err));
    fill_pairs(w, &counts, gamma, p->pair_values);
    p->pair_counts = counts.within;
    counts.within = NULL;
    p->pairs = (cyt_type_pair_table){radii->n,       radii->um,    p->pair_counts,
                                     N_PAIR_COLUMNS, pair_columns, p->pair_values};
done:
    cyt_pair_counts_free(&counts);
    free(border);
    return code;
}

/* --- all -------------------------------------------------------------------------- */

cyt_code cyt_slide_pattern(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_patterns_config *c = &w->job->config->patterns;
    if (c->pairs.n > 0)
        CYT_TRY(count_pairs(group, w, err));
    CYT_TRY(cyt_slide_graph(group, w, err));
    cyt_slide_end_phase(w, CYT_PHASE_PATTERNS);
done:
    return code;
}

void cyt_slide_patterns_free(cyt_slide_patterns *p)
{
    free(p->pair_counts);
    free(p->pair_values);
    *p = (cyt_slide_patterns){0};
}
