// SPDX-License-Identifier: BSD-3-Clause
/* How far the nearest cell of a type is, against complete spatial randomness: the
 * Clark-Evans index of each type; and, at radii that are asked for, the curves
 *
 *     G   from cells of a type to the nearest other cell of a type
 *     F   from places of the window to the nearest cell of a type
 *     J   (1 - G) / (1 - F)
 *
 * G and the index see the cells in the window only (window.h); distances are
 * compared in source units. F is asked from the centres of pixels. */
#include "slide/window.h"

#include "cytotaxis/clark_evans.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/covariance.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/nearest_curves.h"
#include "cytotaxis/nearest_tally.h"
#include "cytotaxis/nearest_types.h"
#include "cytotaxis/number.h"
#include "cytotaxis/summary.h"
#include "cytotaxis/window_mask.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* --- the index of Clark and Evans ------------------------------------------------- */

static cyt_code add_index(cyt_slide_work *w, cyt_result_table *t,
                          const cyt_slide_window *v, size_t type, double mean_um,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    const char *name = w->slide.types.name[type];
    const double n = (double)v->counts[type], unit = w->slide.um_per_unit;
    const cyt_clark_evans plain = cyt_clark_evans_naive(mean_um, n, n / v->area_um2);
    cyt_clark_evans donnelly = {NAN, NAN, NAN, NAN, NAN};
    if (w->tissue.is_box)
        donnelly =
            cyt_clark_evans_donnelly(mean_um, n, (v->box.x_max - v->box.x_min) * unit,
                                     (v->box.y_max - v->box.y_min) * unit);
    const struct {
        const char *column;
        double value;
    } all[] = {{"n", n},
               {"mean_um", mean_um},
               {"expected_um", plain.expected},
               {"index", plain.index},
               {"z", plain.z},
               {"p", plain.p},
               {"donnelly_index", donnelly.index},
               {"donnelly_z", donnelly.z},
               {"donnelly_p", donnelly.p}};
    CYT_TRY(cyt_result_row(t, name, err));
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        CYT_TRY(cyt_result_number(t, all[k].column, all[k].value, err));
    cyt_metrics *m = &w->metrics;
    CYT_TRY(
        cyt_metrics_add(m, CYT_CLARK_EVANS_INDEX, name, NULL, NULL, plain.index, err));
    CYT_TRY(cyt_metrics_add(m, CYT_CLARK_EVANS_Z, name, NULL, NULL, plain.z, err));
    CYT_TRY(cyt_metrics_add(m, CYT_CLARK_EVANS_DONNELLY, name, NULL, NULL,
                            donnelly.index, err));
done:
    return code;
}

static cyt_code add_indices(cyt_slide_work *w, const cyt_slide_window *v,
                            const cyt_summary *summary, double scale, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_types = w->slide.types.n;
    cyt_result_table *t = cyt_result_table_add(&w->tables, "clark_evans", err);
    CYT_TRY(err->code);
    for (size_t k = 0; k < n_types; k++)
        CYT_TRY(add_index(w, t, v, k, summary[k * n_types + k].mean * scale, err));
done:
    return code;
}

/* --- G, F and J ------------------------------------------------------------------- */

typedef enum curve_column {
    G_RAW,
    G_REDUCED,
    G_KM,
    G_HANISCH,
    J_KM,
    N_CURVES
} curve_column;
static const char *const curve_names[N_CURVES] = {
    "g_raw", "g_reduced_sample", "g_kaplan_meier", "g_hanisch", "j_kaplan_meier"};
static const cyt_statistic curve_metrics[N_CURVES] = {
    CYT_G_RAW, CYT_G_REDUCED, CYT_G_KM, CYT_G_HANISCH, CYT_J_KM};

typedef struct curve_work {
    cyt_slide_work *work;
    const cyt_slide_window *window;
    const cyt_ascending *radii;
    uint64_t *g; /* [types * types * size] tallies */
    uint64_t *f; /* [types * size] */
    double eroded[CYT_MOST_ASCENDING];
    float *edge_um; /* [own pixels] */
} curve_work;

static cyt_code measure_eroded(MPI_Comm group, curve_work *c, cyt_error *err)
{
    const cyt_box *box = &c->window->box;
    const double unit = c->work->slide.um_per_unit;
    if (!c->work->tissue.is_box)
        return cyt_window_eroded(group, &c->work->slide, c->edge_um, c->radii->n,
                                 c->radii->value, c->eroded, err);
    for (size_t k = 0; k < c->radii->n; k++)
        c->eroded[k] =
            cyt_eroded_box((box->x_max - box->x_min) * unit,
                           (box->y_max - box->y_min) * unit, c->radii->value[k]);
    return CYT_OK;
}

static cyt_code tally(MPI_Comm group, curve_work *c, const double *nearest,
                      cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide *s = &c->window->seen;
    const size_t n_types = s->types.n, size = CYT_TALLY_SIZE(c->radii->n);
    double radius[CYT_MOST_ASCENDING];
    c->g = cyt_alloc(n_types * n_types * size, sizeof *c->g, "nearest curves", err);
    c->f = cyt_alloc(n_types * size, sizeof *c->f, "nearest curves", err);
    c->edge_um = cyt_alloc(cyt_slide_n_rows(s) * s->grid.n_cols, sizeof *c->edge_um,
                           "distances to the window's edge", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t k = 0; k < c->radii->n; k++)
        radius[k] = c->radii->value[k] / s->um_per_unit;
    CYT_TRY(cyt_g_tallies(group, s, nearest, c->window->border, c->radii->n, radius,
                          c->g, err));
    CYT_TRY(cyt_slide_window_map(group, c->work, c->window, c->edge_um, err));
    CYT_TRY(
        cyt_f_tallies(group, s, c->edge_um, c->radii->n, c->radii->value, c->f, err));
    CYT_TRY(measure_eroded(group, c, err));
done:
    return code;
}

/* Curves of one pair. @param out column c at out + c * step */
static void fill_pair(const curve_work *c, size_t a, size_t b, size_t step, double *out)
{
    const size_t n = c->radii->n, size = CYT_TALLY_SIZE(n);
    const uint64_t *g = c->g + (a * c->work->slide.types.n + b) * size;
    double f[CYT_MOST_ASCENDING];
    cyt_near_raw(n, g, out + G_RAW * step);
    cyt_near_reduced(n, g, out + G_REDUCED * step);
    cyt_near_kaplan_meier(n, g, out + G_KM * step);
    cyt_near_hanisch(n, g, c->eroded, out + G_HANISCH * step);
    cyt_near_kaplan_meier(n, c->f + b * size, f);
    cyt_j_curve(n, out + G_KM * step, f, out + J_KM * step);
}

/* Metrics of one pair. @param values column c at values + c * step */
static cyt_code add_metrics(const curve_work *c, const char *a, const char *b,
                            size_t step, const double *values, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (!cyt_slide_tells(c->work, a, b))
        return CYT_OK;
    for (size_t k = 0; k < c->radii->n; k++)
        for (size_t column = 0; column < N_CURVES; column++)
            CYT_TRY(cyt_metrics_add_at(&c->work->metrics, curve_metrics[column], a, b,
                                       NULL, c->radii->value[k],
                                       values[column * step + k], err));
done:
    return code;
}

static cyt_code fill_pairs(const curve_work *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_patterns *p = &c->work->patterns;
    const cyt_names *types = &c->work->slide.types;
    const size_t n_radii = c->radii->n, size = CYT_TALLY_SIZE(n_radii);
    const size_t n_pairs = types->n * types->n, step = n_pairs * n_radii;
    for (size_t pair = 0; pair < n_pairs; pair++) {
        const size_t a = pair / types->n, b = pair % types->n;
        double *out = p->near_values + pair * n_radii;
        fill_pair(c, a, b, step, out);
        for (size_t k = 0; k < n_radii; k++)
            p->near_counts[pair * n_radii + k] =
                cyt_near_total(n_radii, c->g + pair * size);
        CYT_TRY(add_metrics(c, types->name[a], types->name[b], step, out, err));
    }
done:
    return code;
}

static cyt_code add_place_curve(const curve_work *c, cyt_result_table *t, size_t type,
                                cyt_error *err)
{
    cyt_code code = CYT_OK;
    const char *name = c->work->slide.types.name[type];
    const size_t n = c->radii->n;
    const uint64_t *f = c->f + type * CYT_TALLY_SIZE(n);
    double raw[CYT_MOST_ASCENDING], reduced[CYT_MOST_ASCENDING], km[CYT_MOST_ASCENDING];
    char index[CYT_NAME_SIZE + CYT_NUMBER_SIZE], number[CYT_NUMBER_SIZE];
    cyt_near_raw(n, f, raw);
    cyt_near_reduced(n, f, reduced);
    cyt_near_kaplan_meier(n, f, km);
    for (size_t k = 0; k < n; k++) {
        snprintf(index, sizeof index, "%s@%s", name,
                 cyt_number_text(c->radii->value[k], number));
        CYT_TRY(cyt_result_row(t, index, err));
        CYT_TRY(cyt_result_text(t, "type", name, err));
        CYT_TRY(cyt_result_number(t, "radius_um", c->radii->value[k], err));
        CYT_TRY(cyt_result_number(t, "raw", raw[k], err));
        CYT_TRY(cyt_result_number(t, "reduced_sample", reduced[k], err));
        CYT_TRY(cyt_result_number(t, "kaplan_meier", km[k], err));
        CYT_TRY(cyt_metrics_add_at(&c->work->metrics, CYT_F_KM, name, NULL, NULL,
                                   c->radii->value[k], km[k], err));
    }
done:
    return code;
}

static cyt_code fill_places(const curve_work *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_result_table *t = cyt_result_table_add(&c->work->tables, "f_function", err);
    CYT_TRY(err->code);
    for (size_t type = 0; type < c->work->slide.types.n; type++)
        CYT_TRY(add_place_curve(c, t, type, err));
done:
    return code;
}

static cyt_code make_curves(MPI_Comm group, cyt_slide_work *w,
                            const cyt_slide_window *v, const double *nearest,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_patterns *p = &w->patterns;
    curve_work c = {.work = w, .window = v, .radii = &w->job->config->patterns.nearest};
    const size_t n = w->slide.types.n * w->slide.types.n * c.radii->n;
    p->near_counts = cyt_alloc(n, sizeof *p->near_counts, "nearest curves", err);
    p->near_values =
        cyt_alloc(N_CURVES * n, sizeof *p->near_values, "nearest curves", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    CYT_TRY(tally(group, &c, nearest, err));
    code = fill_pairs(&c, err);
    if (code == CYT_OK)
        code = fill_places(&c, err);
    CYT_TRY(cyt_agree(group, code, err));
    p->nearest = (cyt_type_pair_table){c.radii->n, c.radii->value, p->near_counts,
                                       N_CURVES,   curve_names,    p->near_values};
done:
    free(c.g);
    free(c.f);
    free(c.edge_um);
    return code;
}

/* --- both ------------------------------------------------------------------------- */

/* Distances within the window, in source units; the slide's own are in µm, and of all
 * cells. */
static cyt_code measure_again(MPI_Comm group, const cyt_slide_window *v, double **out,
                              cyt_error *err)
{
    *out = cyt_alloc(v->seen.types.n * v->seen.cells.n, sizeof **out,
                     "nearest distances in the window", err);
    const cyt_code code = cyt_agree(group, err->code, err);
    return code ? code : cyt_nearest_of_types(group, &v->seen, *out, err);
}

cyt_code cyt_slide_nearest(MPI_Comm group, cyt_slide_work *w, const cyt_slide_window *v,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_types = w->slide.types.n;
    const int wants_curves = w->job->config->patterns.nearest.n > 0;
    double *nearest = NULL;
    cyt_summary *summary =
        cyt_alloc(n_types * n_types, sizeof *summary, "distance summaries", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    if (wants_curves || v->n_outside > 0)
        CYT_TRY(measure_again(group, v, &nearest, err));
    CYT_TRY(cyt_summarise(group, &v->seen, n_types, nearest ? nearest : w->nearest_um,
                          summary, err));
    code = add_indices(w, v, summary, nearest ? w->slide.um_per_unit : 1, err);
    CYT_TRY(cyt_agree(group, code, err));
    if (wants_curves)
        CYT_TRY(make_curves(group, w, v, nearest, err));
done:
    free(nearest);
    free(summary);
    return code;
}
