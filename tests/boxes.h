/**
 * @file boxes.h
 * @brief Regions that are rectangles.
 */
#ifndef CYT_BOXES_H
#define CYT_BOXES_H

#include "test.h"

#include "cytotaxis/regions.h"

#include <string.h>

static const cyt_region_map boxes_in_um = {1, 0, 0, 0, 1, 0, 1};

/* A rectangle of that label behind those there are. */
static inline void add_box(cyt_regions *r, const char *label, double x, double y,
                           double w, double h)
{
    cyt_error err = {0};
    const cyt_regions_mark mark = cyt_regions_here(r);
    const double at[4][2] = {{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}};
    for (int k = 0; k < 4; k++)
        assert_int_equal(cyt_regions_vertex(r, at[k][0], at[k][1], &err), CYT_OK);
    assert_int_equal(cyt_regions_end_ring(r, &err), CYT_OK);
    assert_int_equal(cyt_regions_end_polygon(r, &err), CYT_OK);
    assert_int_equal(cyt_regions_label(r, mark, label, strlen(label), &err), CYT_OK);
}

#endif
