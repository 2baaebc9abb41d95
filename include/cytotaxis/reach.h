/**
 * @file reach.h
 * @brief How far the nearest other cell of each type can be at most, hence how far a
 * strip has to look.
 *
 * The slide is covered by square tiles of pixels. For one type after the other, each
 * rank counts its cells per tile and the counts are summed over the ranks; the exact
 * distance transform (edt.h) of the occupied tiles then gives the offset k, in tiles,
 * from each tile to the nearest occupied one. With S the side of a tile, two points of
 * those tiles are at most S (|k| + √2) apart, and none nearer than S (|k| - √2) exists:
 *
 *     true distance <= bound <= true distance + 2 √2 S.
 *
 * A cell is no neighbour of its own: where it is the only one of its type in its tile,
 * rings of tiles around it are searched for the next. (Discs of half the radii found
 * do not overlap, so all these searches together cost no more than a few passes over
 * the tiles.)
 *
 * Advantage: a strip that has few cells of a type, or none, still knows how near those
 * of other strips are, and never borrows a whole slide. Price: every rank holds the
 * tiles of one type at a time, 9 bytes each, and one reduction of them per type.
 */
#ifndef CYT_REACH_H
#define CYT_REACH_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <mpi.h>

/** Pixels along the side of a tile. */
#define CYT_REACH_TILE 32
/** Tiles along a side of the slide at most; a larger raster has larger tiles. */
#define CYT_REACH_MOST 1024

/**
 * Upper bounds on the distance from each cell to the nearest other cell of each type,
 * also as computed in double precision. Collective over the group of @p slide.
 *
 * @param bound [types.n * cells.n] [out] type-major, source units; less than three
 *              tiles above the distance; +infinity where no other cell of the type
 *              exists
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_reach_of_types(MPI_Comm comm, const cyt_slide *slide,
                                          double *bound, cyt_error *err);

/** A little more than @p distance: no two points whose computed distance is that are
 * farther apart in x, or in y. */
double cyt_reach_over(double distance);

/**
 * Ranges of y in which cells as near as @p bound could lie: what to ask of
 * cyt_halo_cells(). Not collective.
 *
 * @param bound  [types.n * cells.n] type-major, source units
 * @param wanted [2 * types.n] [out] lowest and highest y for each type
 */
void cyt_reach_ranges(const cyt_slide *slide, const double *bound, double *wanted);

#endif
