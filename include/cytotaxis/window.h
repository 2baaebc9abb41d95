/**
 * @file window.h
 * @brief How far a cell is from the edge of the window it was seen in.
 *
 * Three kinds of window: a rectangle (below), polygons (below), pixels of a mask
 * (window_mask.h). The first two are exact; each answers -infinity for a point outside,
 * so that no test "at least r from the edge" lets it pass.
 *
 * Polygons: the distance to the nearest of all edges of the chosen polygons. Edges are
 * taken in runs of a few along their ring, each with a bounding box; a run whose box is
 * farther away than the nearest edge so far is passed over. Where two polygons share an
 * edge it still counts as one: what lies on both sides should be drawn as one polygon,
 * or be given as a mask.
 */
#ifndef CYT_WINDOW_H
#define CYT_WINDOW_H

#include "cytotaxis/grid.h"
#include "cytotaxis/regions.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

/** Distance of a point to the edge of a rectangle, -infinity outside. A point on the
 *  edge is inside, at 0. In the unit of the box. */
double cyt_box_edge(const cyt_box *box, double x, double y);

/** The edges of some polygons, ready to be asked. Borrows the regions. */
typedef struct cyt_window_edges {
    const cyt_regions *regions;
    const uint8_t *wanted; /**< [labels.n] borrowed */
    size_t n_runs;
    uint32_t *first; /**< [n_runs] first edge of a run */
    uint32_t *last;  /**< [n_runs] one behind its last edge */
    double *box;     /**< [4 * n_runs] x_min, x_max, y_min, y_max */
} cyt_window_edges;

/**
 * Prepare the polygons of the wanted labels. Not collective.
 * @param regions with index
 * @param wanted  [labels.n] nonzero = part of the window
 * @param edges   [out] released with cyt_window_edges_free()
 */
CYT_NODISCARD cyt_code cyt_window_edges_init(const cyt_regions *regions,
                                             const uint8_t *wanted,
                                             cyt_window_edges *edges, cyt_error *err);
void cyt_window_edges_free(cyt_window_edges *edges);

/** Distance of a point to the nearest edge, µm; -infinity outside every wanted polygon.
 *  @param x,y µm */
double cyt_window_edge(const cyt_window_edges *edges, double x, double y);

#endif
