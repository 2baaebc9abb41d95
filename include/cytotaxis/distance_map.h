/**
 * @file distance_map.h
 * @brief Exact distance of every pixel to the nearest pixel that holds a cell of a
 * type.
 *
 * The kernel (edt.h) needs of other strips only the nearest seed row above and below in
 * each column: one vector of columns each way, no transpose.
 */
#ifndef CYT_DISTANCE_MAP_H
#define CYT_DISTANCE_MAP_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <stddef.h>

#include <mpi.h>

/**
 * Collective over the group of @p slide.
 * @param type  index into slide.types
 * @param map   [strip rows * n_cols] [out] µm between pixel centres, float of the exact
 *              value; NaN everywhere when the type has no cell
 * @return CYT_OK; CYT_ERR_DATA for a raster beyond CYT_EDT_MAX_SIDE; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_distance_map_of_type(MPI_Comm comm, const cyt_slide *slide,
                                                size_t type, float *map,
                                                cyt_error *err);

#endif
