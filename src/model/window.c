// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/window.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>

enum { RUN = 16 }; /* edges under one box: a box costs about as much as four edges */

double cyt_box_edge(const cyt_box *box, double x, double y)
{
    const double across = fmin(x - box->x_min, box->x_max - x);
    const double along = fmin(y - box->y_min, box->y_max - y);
    const double d = fmin(across, along);
    return d >= 0 ? d : -INFINITY;
}

/* --- edges in runs ---------------------------------------------------------------- */

static size_t runs_of(uint32_t n_vertices)
{
    return n_vertices > 1 ? (n_vertices - 1 + RUN - 1) / RUN : 0;
}

static void bound(const cyt_regions *g, uint32_t first, uint32_t last, double *box)
{
    box[0] = box[2] = INFINITY;
    box[1] = box[3] = -INFINITY;
    for (uint32_t v = first; v <= last; v++) {
        box[0] = fmin(box[0], g->x[v]);
        box[1] = fmax(box[1], g->x[v]);
        box[2] = fmin(box[2], g->y[v]);
        box[3] = fmax(box[3], g->y[v]);
    }
}

static void add_ring(const cyt_regions *g, uint32_t ring, cyt_window_edges *e)
{
    const uint32_t end = g->first_vertex[ring + 1] - 1;
    for (uint32_t v = g->first_vertex[ring]; v < end; v += RUN) {
        const uint32_t last = v + RUN < end ? v + RUN : end;
        e->first[e->n_runs] = v;
        e->last[e->n_runs] = last;
        bound(g, v, last, e->box + 4 * e->n_runs++);
    }
}

cyt_code cyt_window_edges_init(const cyt_regions *g, const uint8_t *wanted,
                               cyt_window_edges *e, cyt_error *err)
{
    size_t n = 0;
    *e = (cyt_window_edges){.regions = g, .wanted = wanted};
    for (size_t r = 0; r < g->n_rings; r++)
        n += runs_of(g->first_vertex[r + 1] - g->first_vertex[r]);
    e->first = cyt_alloc(n, sizeof *e->first, "edges of a window", err);
    e->last = cyt_alloc(n, sizeof *e->last, "edges of a window", err);
    e->box = cyt_alloc(4 * n, sizeof *e->box, "edges of a window", err);
    for (size_t p = 0; err->code == CYT_OK && p < g->n_polygons; p++)
        for (uint32_t r = g->first_ring[p];
             wanted[g->label[p]] && r < g->first_ring[p + 1]; r++)
            add_ring(g, r, e);
    return err->code;
}

void cyt_window_edges_free(cyt_window_edges *edges)
{
    free(edges->first);
    free(edges->last);
    free(edges->box);
    *edges = (cyt_window_edges){0};
}

/* --- one point -------------------------------------------------------------------- */

/* Squared; 0 within the box. */
static double to_box(const double *box, double x, double y)
{
    const double dx = fmax(0, fmax(box[0] - x, x - box[1]));
    const double dy = fmax(0, fmax(box[2] - y, y - box[3]));
    return dx * dx + dy * dy;
}

/* Squared. Off the ends the nearer end is nearest; between them the foot point. */
static double to_edge(const cyt_regions *g, uint32_t e, double x, double y)
{
    const double ux = g->x[e + 1] - g->x[e], uy = g->y[e + 1] - g->y[e];
    const double vx = x - g->x[e], vy = y - g->y[e];
    const double length2 = ux * ux + uy * uy, along = ux * vx + uy * vy;
    if (!(along > 0))
        return vx * vx + vy * vy;
    if (along >= length2) {
        const double wx = x - g->x[e + 1], wy = y - g->y[e + 1];
        return wx * wx + wy * wy;
    }
    const double off = ux * vy - uy * vx;
    return off * off / length2;
}

static int is_inside(const cyt_window_edges *e, double x, double y)
{
    const uint32_t *polygon;
    const size_t n = cyt_regions_near(e->regions, y, &polygon);
    for (size_t i = 0; i < n; i++)
        if (e->wanted[e->regions->label[polygon[i]]] &&
            cyt_regions_inside(e->regions, polygon[i], x, y))
            return 1;
    return 0;
}

double cyt_window_edge(const cyt_window_edges *e, double x, double y)
{
    double least = INFINITY;
    if (!is_inside(e, x, y))
        return -INFINITY;
    for (size_t k = 0; k < e->n_runs; k++) {
        if (to_box(e->box + 4 * k, x, y) >= least)
            continue;
        for (uint32_t i = e->first[k]; i < e->last[k]; i++)
            least = fmin(least, to_edge(e->regions, i, x, y));
    }
    return sqrt(least);
}
