/**
 * @file distance_map.h
 * @brief Exact distance of every pixel to the nearest seed pixel, over all strips.
 *
 * Seeds are any raster of bytes: pixels that hold a cell of a type, a mask, its
 * complement. Distances run between pixel centres and have no cut-off. The kernel
 * (edt.h) needs of other strips only the nearest seed row above and below in each
 * column: one vector of columns each way, no transpose.
 */
#ifndef CYT_DISTANCE_MAP_H
#define CYT_DISTANCE_MAP_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/**
 * Collective over the group of @p slide.
 * @param seeds [strip rows * n_cols] nonzero = seed
 * @param map   [strip rows * n_cols] [out] µm, float of the exact value; NaN everywhere
 *              when there is no seed
 * @return CYT_OK; CYT_ERR_DATA for a raster beyond CYT_EDT_MAX_SIDE; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_distance_map(MPI_Comm comm, const cyt_slide *slide,
                                        const uint8_t *seeds, float *map,
                                        cyt_error *err);

/** The same as squares in pixels, CYT_EDT_NONE (edt.h) everywhere when there is no
 *  seed: what can be compared exactly. Collective. */
CYT_NODISCARD cyt_code cyt_distance_squares(MPI_Comm comm, const cyt_slide *slide,
                                            const uint8_t *seeds, uint32_t *d2,
                                            cyt_error *err);

/** Where the distance is at most @p limit_um, decided on exact squares. Collective.
 *  @param mask [strip rows * n_cols] [out] 1 within, 0 beyond; 0 everywhere when there
 *              is no seed; may be @p seeds itself */
CYT_NODISCARD cyt_code cyt_distance_within(MPI_Comm comm, const cyt_slide *slide,
                                           const uint8_t *seeds, double limit_um,
                                           uint8_t *mask, cyt_error *err);

/** Mark the pixels of the strip that hold a cell of a type. Not collective.
 *  @param type  index into slide.types, or CYT_ALL_TYPES
 *  @param seeds [strip rows * n_cols] [out] 1 or 0 */
void cyt_distance_seeds(const cyt_slide *slide, size_t type, uint8_t *seeds);

/** cyt_distance_map() of the pixels that hold a cell of a type. Collective.
 *  @param type index into slide.types, or CYT_ALL_TYPES */
CYT_NODISCARD cyt_code cyt_distance_map_of_type(MPI_Comm comm, const cyt_slide *slide,
                                                size_t type, float *map,
                                                cyt_error *err);

#endif
