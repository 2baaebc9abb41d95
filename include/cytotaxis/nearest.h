/**
 * @file nearest.h
 * @brief For each cell and each type, the distance to the nearest other cell of that
 * type.
 *
 * Cells are ordered along a Hilbert curve. Queries form blocks of 16 neighbours, blocks
 * form a tree of bounding boxes; so do the targets of each type, in leaves of 8.
 * Descending the tree of queries, each box inherits from its parent the short list of
 * target boxes that may still hold a nearest cell, opens those larger than itself and
 * drops those that are farther away than some other surely is (the dual-tree idea of
 * Gray & Moore 2000). A block first tries the leaves its own cells are in, or the one
 * that served the block before; what it finds there drops all but a handful of the
 * leaves on its list, and these are tried on all its queries at once.
 *
 * Exact to the last bit: all is done in double precision, and rounding is monotone, so
 * the computed distance between two boxes never exceeds the computed distance between
 * points in them; what is dropped could not have changed the result. The result is thus
 * the minimum of sqrt(dx * dx + dy * dy) over all targets, each term rounded as
 * written.
 *
 * Advantage: the work per cell and type does not grow with the number of cells, and no
 * distribution of cells breaks it: cells in one place, on a line, with outliers. Price:
 * about 110 bytes of scratch a cell.
 *
 * Gray & Moore 2000: "N-body" problems in statistical learning, NIPS 13.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_NEAREST_H
#define CYT_NEAREST_H

#include <stddef.h>
#include <stdint.h>

/** Most targets, and most queries, of one call. */
#define CYT_NEAREST_MAX ((size_t)1 << 31)

/** Cells as arrays, borrowed. Positions in any unit, differences below 1e150. */
typedef struct cyt_nearest_cells {
    size_t n;
    const double *x, *y;  /**< [n] finite */
    const uint16_t *type; /**< [n]; not below n_types: has no type, is never found */
} cyt_nearest_cells;

/** Bytes that cyt_nearest() needs as scratch, aligned to 64. */
size_t cyt_nearest_scratch(size_t n_targets, size_t n_queries, size_t n_types);

/**
 * Distances among the cells of one set, no cell finding itself; or from the cells of
 * one set to those of another.
 *
 * @param targets   cells to be found
 * @param queries   cells that look, none of them among the targets; NULL: the targets
 * look for each other
 * @param bounded   nonzero: @p distance holds upper bounds that the result may not
 * exceed, +infinity if none is known; the tighter, the faster
 * @param scratch   [cyt_nearest_scratch(targets->n, queries->n, n_types)] bytes
 * @param distance  [out] or [in,out] [n_types * queries->n], type after type; +infinity
 *                  where no (other) cell of the type exists
 */
void cyt_nearest(const cyt_nearest_cells *targets, const cyt_nearest_cells *queries,
                 size_t n_types, int bounded, void *scratch, double *distance);

/** The same by trying all pairs: the oracle of the tests. */
void cyt_nearest_plain(const cyt_nearest_cells *targets,
                       const cyt_nearest_cells *queries, size_t n_types, int bounded,
                       double *distance);

#endif
