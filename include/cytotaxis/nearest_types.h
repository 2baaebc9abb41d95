/**
 * @file nearest_types.h
 * @brief Distance from each cell of a slide to the nearest other cell of each type.
 *
 * A coarse map of the whole slide says how far away the nearest cell of each type can
 * be at most (reach.h). With these bounds a strip first searches among its own cells;
 * what it finds tightens them. The bounds then say how far beyond its rows a nearer
 * cell could lie; those cells are borrowed (halo.h), deeper than one strip if need be,
 * and searched from the cells that are near enough to the border, with the bounds
 * known. No strip looks farther than its largest true distance and three tiles. The
 * minimum over a superset of the candidates is unique, so the bits do not depend on the
 * number of ranks.
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
