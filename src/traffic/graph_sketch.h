/**
 * @file graph_sketch.h
 * @brief A strip's triangulation while it is drawn: what it knows of the slide, and
 * what others are asked.
 *
 *     ░░░░░░░░  cells not known, but for guests told one by one
 *     ▒▒▒▒▒▒▒▒  borrowed: low <= y
 *     ████████  own
 *     ▒▒▒▒▒▒▒▒  borrowed: y <= high
 *     ░░░░░░░░
 */
#ifndef CYT_GRAPH_SKETCH_H
#define CYT_GRAPH_SKETCH_H

#include "graph_parts.h"

#include "cytotaxis/delaunay.h"

typedef struct cyt_sketch {
    const cyt_slide *slide;
    double low, high; /**< y of what is known; low > high: nothing is */
    cyt_box box;      /**< of all cells of the slide, source units, exact */
    double *spans;    /**< [2 * n_strips] of y of each strip's cells */
    cyt_guests guests;
    size_t n_points;
    uint32_t *node; /**< [n_points] own cell, or slide.cells.n + guest */
    cyt_delaunay d;
    size_t room[7]; /**< of node and of the arrays of d */
    size_t n_vertices;
    uint32_t *vertex; /**< [n_vertices] own cells that are first in their place */
} cyt_sketch;

/** Position of a point, [2]. */
const double *cyt_sketch_xy(const cyt_sketch *s, uint32_t point);

/** Insert a guest that was told. */
CYT_NODISCARD cyt_code cyt_sketch_add(cyt_sketch *s, const cyt_guest *guest,
                                      cyt_error *err);

/** Ask, and be asked, until every triangle at an own cell is one of the whole slide's.
 * Collective. */
CYT_NODISCARD cyt_code cyt_sketch_settle(MPI_Comm comm, cyt_sketch *s, cyt_error *err);

#endif
