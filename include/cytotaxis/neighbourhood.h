/**
 * @file neighbourhood.h
 * @brief What surrounds each cell: how many cells of each type lie in its window.
 *
 * The window of a cell is a disc of radius r around it, or its k nearest cells; the
 * cell itself is never in it, other cells at its place are. Cells without a type are
 * not seen, but have a window of their own. The columns are what niches are made of
 * (niches.h; D. Phillips et al., Nat. Commun. 12 (2021) 6726,
 * doi:10.1038/s41467-021-26974-6; C. M. Schürch et al., Cell 182 (2020) 1341,
 * doi:10.1016/j.cell.2020.07.005).
 *
 * Own and borrowed cells stand in the slide's order: by raster row, then x. So a search
 * needs no tree: from the cell's place in a row it runs along x to both sides until dx
 * alone is too far, in one row after the other until dy alone is. What a strip counts
 * is what the whole slide would give: integers, and ties of the k-th distance go to the
 * cell that comes first in the input.
 *
 * Advantage: no structure but the order that is there; outliers and heaps cost nothing
 * extra. Price: for r much larger than a pixel some 2 r / h rows are entered per cell.
 */
#ifndef CYT_NEIGHBOURHOOD_H
#define CYT_NEIGHBOURHOOD_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** Most neighbours that can be asked for. */
#define CYT_NEIGHBOURS_MOST ((size_t)1024)

/**
 * Cells of each type within a radius: `dx * dx + dy * dy <= radius * radius`, as pairs
 * are counted (pairs.h). Collective over the group of @p slide; @p radius agrees.
 *
 * @param radius source units, > 0
 * @param window [types.n * cells.n] [out] type-major
 * @return CYT_OK; CYT_ERR_USAGE for a radius that is not positive; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_neighbourhood_within(MPI_Comm comm, const cyt_slide *slide,
                                                double radius, uint32_t *window,
                                                cyt_error *err);

/**
 * Types of the k nearest cells; of all others where there are fewer than k. Collective
 * over the group of @p slide; @p k agrees.
 *
 * Cells are borrowed as deep as the neighbours lie: the depth is doubled until every
 * cell's k-th neighbour is nearer than what was not borrowed.
 *
 * @param k      1 to CYT_NEIGHBOURS_MOST
 * @param window [types.n * cells.n] [out] type-major
 * @return CYT_OK; CYT_ERR_USAGE for another k; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_neighbourhood_nearest(MPI_Comm comm, const cyt_slide *slide,
                                                 size_t k, uint32_t *window,
                                                 cyt_error *err);

#endif
