/**
 * @file fuzz_regions.h
 * @brief What every reader of regions must keep to, whatever the bytes.
 *
 * Either a sentence with a place, or polygons whose arrays agree and can be searched.
 */
#ifndef CYT_FUZZ_REGIONS_H
#define CYT_FUZZ_REGIONS_H

#include "fuzz.h"

#include "read/regions/region_formats.h"

#include <math.h>

static void check_failure(cyt_code code, const cyt_error *err)
{
    MUST(code == err->code && (code == CYT_ERR_DATA || code == CYT_ERR_MEMORY));
    MUST(code == CYT_ERR_MEMORY || strncmp(err->text, "r:", 2) == 0);
    MUST(strlen(err->text) > 5 && !strchr(err->text, '\n'));
}

static void check_rings(const cyt_regions *r)
{
    for (size_t ring = 0; ring < r->n_rings; ring++) {
        const size_t begin = r->first_vertex[ring], end = r->first_vertex[ring + 1];
        MUST(begin + 4 <= end && end <= r->n_vertices);
        MUST(r->x[begin] == r->x[end - 1] && r->y[begin] == r->y[end - 1]);
    }
    for (size_t v = 0; v < r->n_vertices; v++)
        MUST(isfinite(r->x[v]) && isfinite(r->y[v]));
}

static void check_polygons(cyt_regions *r)
{
    double area[CYT_MOST_LABELS];
    cyt_error err = {0};
    MUST(cyt_regions_index(r, &err) == CYT_OK);
    MUST(r->first_ring[0] == 0 && r->first_ring[r->n_polygons] == r->n_rings);
    MUST(r->first_vertex[0] == 0 && r->first_vertex[r->n_rings] == r->n_vertices);
    MUST(r->labels.n >= 1 && r->labels.n <= CYT_MOST_LABELS);
    for (size_t p = 0; p < r->n_polygons; p++) {
        MUST(r->label[p] < r->labels.n && r->first_ring[p] < r->first_ring[p + 1]);
        const uint32_t *near;
        const double *box = r->box + 4 * p;
        const double x = (box[0] + box[1]) / 2, y = (box[2] + box[3]) / 2;
        size_t n = cyt_regions_near(r, y, &near), found = 0;
        for (size_t i = 0; i < n; i++)
            found += near[i] == p;
        MUST(found == 1);
        (void)cyt_regions_inside(r, p, x, y);
    }
    cyt_regions_areas(r, area);
    for (size_t k = 0; k < r->labels.n; k++)
        MUST(isfinite(area[k]));
}

static int fuzz_regions(const uint8_t *data, size_t size,
                        cyt_code (*read)(cyt_cursor *, cyt_regions *, cyt_error *))
{
    static const cyt_region_map map = {0.5, 1, 2, -1, 0.25, 3, 0.5};
    cyt_cursor in = {.shown = "r", .sample = "S"};
    cyt_regions r;
    cyt_error err = {0};
    cyt_regions_init(&r, &map);
    MUST(cyt_cursor_init(&in, NULL, (const char *)data, size, &err) == CYT_OK);
    const cyt_code code = read(&in, &r, &err);
    if (code != CYT_OK) {
        check_failure(code, &err);
    } else if (r.n_polygons > 0) {
        check_rings(&r);
        check_polygons(&r);
    }
    cyt_regions_free(&r);
    cyt_cursor_free(&in);
    return 0;
}

#endif
