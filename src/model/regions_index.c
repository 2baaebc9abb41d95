// SPDX-License-Identifier: BSD-3-Clause
/* The index of regions: for each polygon its edges by bands of y, for all polygons
 * their boxes by bands of y. */
#include "cytotaxis/regions.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/polygon.h"

#include <math.h>
#include <stdlib.h>

/* Intervals to be put into bands, with room for the most there are. */
typedef struct intervals {
    size_t n;
    double *lo, *hi;
    uint32_t *item;
} intervals;

static cyt_code alloc_intervals(size_t most, intervals *v, cyt_error *err)
{
    v->lo = cyt_alloc(most, sizeof *v->lo, "an index of regions", err);
    v->hi = cyt_alloc(most, sizeof *v->hi, "an index of regions", err);
    v->item = cyt_alloc(most, sizeof *v->item, "an index of regions", err);
    return err->code;
}

static void free_intervals(intervals *v)
{
    free(v->lo);
    free(v->hi);
    free(v->item);
}

static void add_interval(intervals *v, double a, double b, size_t item)
{
    v->lo[v->n] = fmin(a, b);
    v->hi[v->n] = fmax(a, b);
    v->item[v->n++] = (uint32_t)item;
}

static void take_edges(const cyt_regions *r, size_t p, intervals *v)
{
    v->n = 0;
    for (size_t ring = r->first_ring[p]; ring < r->first_ring[p + 1]; ring++)
        for (size_t e = r->first_vertex[ring]; e + 1 < r->first_vertex[ring + 1]; e++)
            add_interval(v, r->y[e], r->y[e + 1], e);
}

static void measure_box(const cyt_regions *r, size_t p, double *box)
{
    box[0] = box[2] = INFINITY;
    box[1] = box[3] = -INFINITY;
    const size_t end = r->first_vertex[r->first_ring[p + 1]];
    for (size_t v = r->first_vertex[r->first_ring[p]]; v < end; v++) {
        box[0] = fmin(box[0], r->x[v]);
        box[1] = fmax(box[1], r->x[v]);
        box[2] = fmin(box[2], r->y[v]);
        box[3] = fmax(box[3], r->y[v]);
    }
}

static size_t most_edges(const cyt_regions *r)
{
    size_t most = 0;
    for (size_t p = 0; p < r->n_polygons; p++) {
        const size_t n =
            r->first_vertex[r->first_ring[p + 1]] - r->first_vertex[r->first_ring[p]];
        most = n > most ? n : most;
    }
    return most;
}

/* Bands of each polygon, and the places of its lists. */
static void plan_lists(cyt_regions *r, intervals *v, size_t *n_starts,
                       size_t *n_entries)
{
    *n_starts = *n_entries = 0;
    for (size_t p = 0; p < r->n_polygons; p++) {
        take_edges(r, p, v);
        measure_box(r, p, r->box + 4 * p);
        r->list[p] = *n_starts;
        r->edges[p] = *n_entries;
        *n_entries += cyt_bands_choose(v->n, v->lo, v->hi, &r->bands[p]);
        *n_starts += r->bands[p].n + 1;
    }
}

static cyt_code index_edges(cyt_regions *r, intervals *v, cyt_error *err)
{
    size_t n_starts, n_entries;
    plan_lists(r, v, &n_starts, &n_entries);
    r->start = cyt_alloc(n_starts, sizeof *r->start, "an index of regions", err);
    r->entry = cyt_alloc(n_entries, sizeof *r->entry, "an index of regions", err);
    for (size_t p = 0; p < r->n_polygons && err->code == CYT_OK; p++) {
        take_edges(r, p, v);
        cyt_bands_fill(v->n, v->lo, v->hi, v->item, &r->bands[p], r->start + r->list[p],
                       r->entry + r->edges[p]);
    }
    return err->code;
}

static cyt_code index_polygons(cyt_regions *r, intervals *v, cyt_error *err)
{
    v->n = 0;
    for (size_t p = 0; p < r->n_polygons; p++)
        add_interval(v, r->box[4 * p + 2], r->box[4 * p + 3], p);
    const size_t n_entries = cyt_bands_choose(v->n, v->lo, v->hi, &r->all);
    r->all_start =
        cyt_alloc(r->all.n + 1, sizeof *r->all_start, "an index of regions", err);
    r->all_polygon =
        cyt_alloc(n_entries, sizeof *r->all_polygon, "an index of regions", err);
    if (err->code == CYT_OK)
        cyt_bands_fill(v->n, v->lo, v->hi, v->item, &r->all, r->all_start,
                       r->all_polygon);
    return err->code;
}

cyt_code cyt_regions_index(cyt_regions *r, cyt_error *err)
{
    cyt_code code = CYT_OK;
    intervals v = {0};
    const size_t n = r->n_polygons, most = most_edges(r);
    r->bands = cyt_alloc(n, sizeof *r->bands, "an index of regions", err);
    r->list = cyt_alloc(n, sizeof *r->list, "an index of regions", err);
    r->edges = cyt_alloc(n, sizeof *r->edges, "an index of regions", err);
    r->box = cyt_alloc(4 * n, sizeof *r->box, "an index of regions", err);
    CYT_TRY(alloc_intervals(most > n ? most : n, &v, err));
    CYT_TRY(index_edges(r, &v, err));
    CYT_TRY(index_polygons(r, &v, err));
done:
    free_intervals(&v);
    return code;
}

/* The edges of polygon @p p that a point of @p y may meet. */
size_t cyt_regions_edges(const cyt_regions *r, size_t p, double y,
                         const uint32_t **edges)
{
    const uint32_t *start = r->start + r->list[p] + cyt_band_of(&r->bands[p], y);
    *edges = r->entry + r->edges[p] + start[0];
    return start[1] - start[0];
}

int cyt_regions_inside(const cyt_regions *r, size_t p, double x, double y)
{
    const double *box = r->box + 4 * p;
    if (!(box[0] <= x && x <= box[1] && box[2] <= y && y <= box[3]))
        return 0;
    const uint32_t *edges;
    const size_t n = cyt_regions_edges(r, p, y, &edges);
    return cyt_polygon_crossings(r->x, r->y, n, edges, x, y);
}

size_t cyt_regions_near(const cyt_regions *r, double y, const uint32_t **polygons)
{
    const size_t b = cyt_band_of(&r->all, y);
    *polygons = r->all_polygon + r->all_start[b];
    return r->all_start[b + 1] - r->all_start[b];
}
