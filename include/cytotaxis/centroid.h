/**
 * @file centroid.h
 * @brief Centroid of an outline, vertex by vertex: no vertex is kept.
 *
 * The outline is one or several polygons, each a ring with holes in it. Pure: no MPI,
 * no I/O, no allocation, no state.
 *
 *     begin ─► { ring_begin(hole?) ─► vertex ... ─► ring_end } ... ─► end
 *
 * Of rings the area decides: c = Σ ±A c_ring / Σ ±A, holes being subtracted, whatever
 * way they turn; A and c_ring by the sum over triangles with the first vertex of the
 * outline, so that large offsets do not cancel digits. An outline without area (cells
 * of a pixel's width) has the centroid of its edges, weighted by length, and one
 * without length that of its only point, as in GEOS and JTS.
 *
 * Reference: P. Bourke, "Calculating the area and centroid of a polygon" (1988).
 */
#ifndef CYT_CENTROID_H
#define CYT_CENTROID_H

#include <stddef.h>

/** The sums so far; fields are not for callers. */
typedef struct cyt_centroid {
    double origin[2], first[2], last[2]; /* first vertex: of all; of the ring; before */
    double ring_area, ring_moment[2];    /* twice the area, six times the moment */
    double area, moment[2];
    double length, length_moment[2];
    size_t n, n_ring;
    int hole;
} cyt_centroid;

void cyt_centroid_begin(cyt_centroid *c);
void cyt_centroid_ring_begin(cyt_centroid *c, int hole);
void cyt_centroid_vertex(cyt_centroid *c, double x, double y);

/** Close the ring; the edge back to its first vertex is added where it is missing. */
void cyt_centroid_ring_end(cyt_centroid *c);

/** @return 0 when there was no vertex; @p x and @p y are left alone then */
int cyt_centroid_end(const cyt_centroid *c, double *x, double *y);

#endif
