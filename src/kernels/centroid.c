// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/centroid.h"

#include <float.h>
#include <math.h>

void cyt_centroid_begin(cyt_centroid *c)
{
    *c = (cyt_centroid){0};
}

void cyt_centroid_ring_begin(cyt_centroid *c, int hole)
{
    c->n_ring = 0;
    c->hole = hole;
    c->ring_area = c->ring_moment[0] = c->ring_moment[1] = 0;
}

/* From the vertex before to (x, y), both seen from the origin. */
static void add_edge(cyt_centroid *c, double x, double y)
{
    const double dx = x - c->last[0], dy = y - c->last[1];
    const double cross = c->last[0] * y - x * c->last[1];
    const double length = hypot(dx, dy);
    c->ring_area += cross;
    c->ring_moment[0] += cross * (c->last[0] + x);
    c->ring_moment[1] += cross * (c->last[1] + y);
    c->length += length;
    c->length_moment[0] += length * (c->last[0] + dx / 2);
    c->length_moment[1] += length * (c->last[1] + dy / 2);
}

void cyt_centroid_vertex(cyt_centroid *c, double x, double y)
{
    if (c->n++ == 0) {
        c->origin[0] = x;
        c->origin[1] = y;
    }
    x -= c->origin[0];
    y -= c->origin[1];
    if (c->n_ring++ == 0) {
        c->first[0] = x;
        c->first[1] = y;
    } else {
        add_edge(c, x, y);
    }
    c->last[0] = x;
    c->last[1] = y;
}

void cyt_centroid_ring_end(cyt_centroid *c)
{
    if (c->n_ring == 0)
        return;
    add_edge(c, c->first[0], c->first[1]);
    const double sign = (c->ring_area < 0) != (c->hole != 0) ? -1 : 1;
    c->area += sign * c->ring_area;
    c->moment[0] += sign * c->ring_moment[0];
    c->moment[1] += sign * c->ring_moment[1];
}

int cyt_centroid_end(const cyt_centroid *c, double *x, double *y)
{
    if (c->n == 0)
        return 0;
    double dx = 0, dy = 0;
    /* Rounding of n products of lengths: an area up to that is none. */
    const double least = (double)c->n * DBL_EPSILON * c->length * c->length;
    if (c->area > least) {
        dx = c->moment[0] / (3 * c->area);
        dy = c->moment[1] / (3 * c->area);
    } else if (c->length > 0) {
        dx = c->length_moment[0] / c->length;
        dy = c->length_moment[1] / c->length;
    }
    *x = c->origin[0] + dx;
    *y = c->origin[1] + dy;
    return 1;
}
