/**
 * @file nearest_types.h
 * @brief Distance from each cell of a slide to the nearest other cell of each type.
 *
 * A strip first searches among its own cells. What it finds is an upper bound, hence
 * says exactly how far beyond its rows a nearer cell could lie; those cells are
 * borrowed (halo.h), deeper than one strip if need be, and searched with the bounds
 * known. A type that a strip does not have gives no bound, and is borrowed whole: rare
 * types are small. The minimum over a superset of the candidates is unique, so the bits
 * do not depend on the number of ranks.
 */
#ifndef CYT_NEAREST_TYPES_H
#define CYT_NEAREST_TYPES_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <mpi.h>

/**
 * Collective over the group of @p slide.
 * @param distance [types.n * cells.n] [out] type-major, source units: exact
 *                 sqrt(dx² + dy²); 0 for a coincident other cell, NaN where no other
 * cell of the type exists
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_nearest_of_types(MPI_Comm comm, const cyt_slide *slide,
                                            double *distance, cyt_error *err);

#endif
