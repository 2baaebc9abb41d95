// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/regions.h"

#include "complaint.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/polygon.h"
#include "cytotaxis/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_LABEL = 200 };
#define MOST_VERTICES ((size_t)1 << 29) /* so that four entries an edge fit 32 bits */

void cyt_regions_init(cyt_regions *regions, const cyt_region_map *map)
{
    *regions = (cyt_regions){.map = *map};
}

void cyt_regions_free(cyt_regions *r)
{
    void *const all[] = {r->label, r->first_ring, r->first_vertex, r->x,     r->y,
                         r->bands, r->list,       r->edges,        r->start, r->entry,
                         r->box,   r->all_start,  r->all_polygon};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    cyt_names_free(&r->labels);
    *r = (cyt_regions){0};
}

/* --- building --------------------------------------------------------------------- */

static cyt_code append_vertex(cyt_regions *r, double x, double y, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (r->n_vertices >= MOST_VERTICES)
        CYT_TRY(CYT_FAIL(err, CYT_ERR_DATA, NULL, "more than %zu vertices of regions",
                         MOST_VERTICES));
    CYT_TRY(cyt_grow(&r->x, &r->x_room, r->n_vertices + 1, sizeof *r->x,
                     "vertices of regions", err));
    CYT_TRY(cyt_grow(&r->y, &r->y_room, r->n_vertices + 1, sizeof *r->y,
                     "vertices of regions", err));
    r->x[r->n_vertices] = x;
    r->y[r->n_vertices++] = y;
done:
    return code;
}

cyt_code cyt_regions_vertex(cyt_regions *r, double x, double y, cyt_error *err)
{
    const cyt_region_map *m = &r->map;
    const double x_um = m->um * (m->a * x + m->b * y + m->c);
    const double y_um = m->um * (m->d * x + m->e * y + m->f);
    if (!(fabs(x_um) <= CYT_REGION_FAR_UM && fabs(y_um) <= CYT_REGION_FAR_UM))
        return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "(%g, %g) lies at (%g, %g) um, which is not on a slide; check "
                        "regions_um_per_px and regions_affine",
                        x, y, x_um, y_um);
    return append_vertex(r, x_um, y_um, err);
}

/* Vertex where the ring under way begins. */
static size_t ring_begin(const cyt_regions *r)
{
    return r->n_rings ? r->first_vertex[r->n_rings] : 0;
}

static size_t polygon_begin(const cyt_regions *r)
{
    return r->n_polygons ? r->first_ring[r->n_polygons] : 0;
}

static int same_place(const cyt_regions *r, size_t i, size_t k)
{
    return r->x[i] == r->x[k] && r->y[i] == r->y[k];
}

/* Are there three vertices that differ, next to each other or not? */
static int has_inside(const cyt_regions *r, size_t begin)
{
    size_t second = begin;
    for (size_t i = begin + 1; i < r->n_vertices; i++) {
        if (same_place(r, i, begin))
            continue;
        if (second == begin)
            second = i;
        else if (!same_place(r, i, second))
            return 1;
    }
    return 0;
}

cyt_code cyt_regions_end_ring(cyt_regions *r, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t begin = ring_begin(r);
    const int is_outer = r->n_rings == polygon_begin(r);
    if (!has_inside(r, begin)) {
        /* An outer ring without inside stays as a ring of no vertices. */
        r->n_vertices = begin;
        if (!is_outer)
            return CYT_OK;
    } else if (!same_place(r, begin, r->n_vertices - 1)) {
        CYT_TRY(append_vertex(r, r->x[begin], r->y[begin], err));
    }
    CYT_TRY(cyt_grow(&r->first_vertex, &r->ring_room, r->n_rings + 2,
                     sizeof *r->first_vertex, "rings of regions", err));
    r->first_vertex[r->n_rings++] = (uint32_t)begin;
    r->first_vertex[r->n_rings] = (uint32_t)r->n_vertices;
done:
    return code;
}

cyt_code cyt_regions_end_polygon(cyt_regions *r, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t begin = polygon_begin(r);
    if (r->n_rings == begin || r->first_vertex[begin] == r->first_vertex[begin + 1]) {
        r->n_vertices = ring_begin(r);
        if (r->n_rings > begin)
            r->n_vertices = r->first_vertex[begin];
        r->n_rings = begin;
        r->skips.empty++;
        return CYT_OK;
    }
    CYT_TRY(cyt_grow(&r->label, &r->polygon_room, r->n_polygons + 1, sizeof *r->label,
                     "regions", err));
    CYT_TRY(cyt_grow(&r->first_ring, &r->first_ring_room, r->n_polygons + 2,
                     sizeof *r->first_ring, "regions", err));
    r->label[r->n_polygons] = CYT_NO_LABEL;
    r->first_ring[r->n_polygons++] = (uint32_t)begin;
    r->first_ring[r->n_polygons] = (uint32_t)r->n_rings;
done:
    return code;
}

cyt_regions_mark cyt_regions_here(const cyt_regions *r)
{
    return (cyt_regions_mark){r->n_polygons, r->n_rings, r->n_vertices};
}

void cyt_regions_drop(cyt_regions *r, cyt_regions_mark mark)
{
    r->n_polygons = mark.n_polygons;
    r->n_rings = mark.n_rings;
    r->n_vertices = mark.n_vertices;
}

/* The number of a label, which is added when it is new. */
static cyt_code number_label(cyt_regions *r, const char *label, size_t length,
                             size_t *number, cyt_error *err)
{
    char shown[CYT_SHOWN_SIZE];
    for (*number = 0; *number < r->labels.n; ++*number)
        if (strlen(r->labels.name[*number]) == length &&
            memcmp(r->labels.name[*number], label, length) == 0)
            return CYT_OK;
    cyt_text_shown(label, length, shown);
    if (length > LONGEST_LABEL || !cyt_text_valid(label, length) ||
        !cyt_one_line(label, length))
        return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "the name of a region \"%s\" is no name: one line of at most "
                        "%d bytes",
                        shown, LONGEST_LABEL);
    if (r->labels.n == CYT_MOST_LABELS)
        return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "region \"%s\" is one name more than the %d that can be told "
                        "apart; give regions of a kind the same class",
                        shown, CYT_MOST_LABELS);
    return cyt_names_add(&r->labels, label, length, err);
}

cyt_code cyt_regions_label(cyt_regions *r, cyt_regions_mark mark, const char *label,
                           size_t length, cyt_error *err)
{
    static const char none[] = "unclassified";
    size_t number = 0, n = 0;
    for (size_t p = mark.n_polygons; p < r->n_polygons; p++)
        n += r->label[p] == CYT_NO_LABEL;
    if (n == 0)
        return CYT_OK;
    const cyt_code code = length ? number_label(r, label, length, &number, err)
                                 : number_label(r, none, sizeof none - 1, &number, err);
    for (size_t p = mark.n_polygons; code == CYT_OK && p < r->n_polygons; p++)
        if (r->label[p] == CYT_NO_LABEL)
            r->label[p] = (uint8_t)number;
    return code;
}

/* --- what was passed over --------------------------------------------------------- */

static size_t add_count(char *text, size_t at, uint64_t n, const char *what)
{
    if (n == 0)
        return at;
    return at + (size_t)snprintf(text + at, CYT_SKIPS_SHOWN - at, "%s%llu %s",
                                 at ? ", " : "", (unsigned long long)n, what);
}

const char *cyt_region_skips_text(const cyt_region_skips *s, char text[CYT_SKIPS_SHOWN])
{
    text[0] = '\0';
    size_t at = add_count(text, 0, s->objects, "detections, cells or tiles");
    at = add_count(text, at, s->shapes, "points, lines or the like");
    at = add_count(text, at, s->empty, "polygons without an inside");
    add_count(text, at, s->outlying, "holes outside of all regions");
    return text;
}

/* --- areas ------------------------------------------------------------------------ */

static double ring_area(const cyt_regions *r, size_t ring)
{
    const size_t begin = r->first_vertex[ring], end = r->first_vertex[ring + 1];
    return cyt_ring_area(r->x + begin, r->y + begin, end - begin - 1);
}

void cyt_regions_areas(const cyt_regions *r, double *area_um2)
{
    for (size_t k = 0; k < r->labels.n; k++)
        area_um2[k] = 0;
    for (size_t p = 0; p < r->n_polygons; p++) {
        double area = ring_area(r, r->first_ring[p]);
        for (size_t h = r->first_ring[p] + 1; h < r->first_ring[p + 1]; h++)
            area -= ring_area(r, h);
        area_um2[r->label[p]] += area;
    }
}
