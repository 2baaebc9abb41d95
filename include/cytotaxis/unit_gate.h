/**
 * @file unit_gate.h
 * @brief Are the coordinates in the unit they are said to be in?
 *
 * Cells of tissue lie 3 to 50 µm from their nearest neighbour. A median outside says
 * that um_per_px is wrong (pixels taken for µm, or the reverse), and everything with a
 * length would be wrong with it; so the slide is refused, naming the factors that would
 * fit.
 */
#ifndef CYT_UNIT_GATE_H
#define CYT_UNIT_GATE_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <mpi.h>

/** Fewer cells than this say nothing about the unit. */
#define CYT_GATE_CELLS    100
#define CYT_GATE_LEAST_UM 3.0
#define CYT_GATE_MOST_UM  50.0

/**
 * Check the median distance to the nearest other cell. Collective.
 *
 * @param distance [types.n * slide.cells.n] type-major, source units, NaN where none,
 * as from cyt_nearest_of_types()
 * @return CYT_OK; CYT_ERR_DATA when the median is outside the range
 */
CYT_NODISCARD cyt_code cyt_unit_gate(MPI_Comm comm, const cyt_slide *slide,
                                     const double *distance, cyt_error *err);

#endif
