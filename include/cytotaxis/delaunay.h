/**
 * @file delaunay.h
 * @brief The Delaunay triangulation of points in the plane, grown point by point.
 *
 * A point is found by walking from triangle to triangle; the triangles whose circle
 * holds it are taken out, and the hole is filled with a star around it (Bowyer 1981,
 * Watson 1981). Points are taken along a Hilbert curve, in rounds of growing size, so
 * that walks are short and what they touch is in the cache (Amenta, Choi & Rote 2003).
 * Questions are answered exactly and ties by position alone (predicates.h): there is
 * one triangulation of a set of points, and any order of insertion finds it.
 *
 *     outside of the hull, triangles have the ghost as third vertex:
 *
 *           ghost                 (a, b, ghost): the outside lies left of a → b; its
 *          ╱  │  ╲                "circle" is the open half plane there, and the open
 *         a ──┴── b               segment ab
 *          ╲ t  ╱                 n[k] is the triangle across from vertex v[k]
 *
 * Advantage: points can be added later, which is how strips agree with their neighbours
 * (graph.h). n vertices make exactly 2 n - 2 triangles, ghosts included, so that no
 * slot is ever free. Price: 120 bytes a point.
 *
 * A. Bowyer, Comput. J. 24 (1981) 162, doi:10.1093/comjnl/24.2.162; D. F. Watson, ibid.
 * 167, doi:10.1093/comjnl/24.2.167; N. Amenta, S. Choi, G. Rote, SoCG 2003,
 * doi:10.1145/777792.777824.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_DELAUNAY_H
#define CYT_DELAUNAY_H

#include <stddef.h>
#include <stdint.h>

#define CYT_GHOST UINT32_MAX
/** Most points. */
#define CYT_DELAUNAY_MAX ((size_t)1 << 30)

typedef struct cyt_triangle {
    uint32_t v[3]; /**< counterclockwise; CYT_GHOST only as v[2] */
    uint32_t n[3]; /**< n[k] lies across the edge v[k + 1], v[k + 2] */
    uint32_t mark; /**< the point that last tried it */
    uint32_t flag; /**< the caller's; 0 in a new triangle */
} cyt_triangle;

/** An edge of the hole that a new point makes, seen from inside. */
typedef struct cyt_rim_edge {
    uint32_t from, to, outside;
} cyt_rim_edge;

/** Arrays are the caller's, who may move them between calls to make room. */
typedef struct cyt_delaunay {
    double *xy;             /**< [2 * points] x, y of each, distinct or not */
    cyt_triangle *triangle; /**< [2 * points] */
    size_t n_triangles;
    uint32_t *same;    /**< [points] of an inserted point: itself, or the one inserted
                            before it in the same place */
    uint32_t *link;    /**< [points] scratch */
    uint32_t *hole;    /**< [2 * points] scratch */
    cyt_rim_edge *rim; /**< [2 * points + 2] scratch */
    uint32_t last;     /**< triangle where the next walk begins */
} cyt_delaunay;

/** Begin with three points that do not lie on a line. */
void cyt_delaunay_begin(cyt_delaunay *d, uint32_t a, uint32_t b, uint32_t c);

/** Insert a point that was not inserted before. */
void cyt_delaunay_insert(cyt_delaunay *d, uint32_t point);

/** Is @p p in the circle of triangle @p t of @p d, ties broken; for a ghost, beyond its
 * edge or on it? */
int cyt_delaunay_conflict(const cyt_delaunay *d, uint32_t t, const double p[2]);

/** The same for vertices that are told; @p c NULL: the ghost. */
int cyt_delaunay_conflict_of(const double a[2], const double b[2], const double *c,
                             const double p[2]);

/**
 * An order in which to insert points that lie along a Hilbert curve (hilbert.h).
 * @param n      points 0 .. n - 1 follow the curve
 * @param order  [n] [out]
 */
void cyt_delaunay_order(size_t n, uint32_t *order);

#endif
