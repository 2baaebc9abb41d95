/**
 * @file raster_box.h
 * @brief The smallest box of a slide's raster around all pixels of a mask.
 */
#ifndef CYT_RASTER_BOX_H
#define CYT_RASTER_BOX_H

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** All 0 where the mask has no pixel. */
typedef struct cyt_raster_box {
    size_t first_row, n_rows, first_col, n_cols;
} cyt_raster_box;

/**
 * Collective over @p comm; the same on every rank.
 *
 * @param starts [size + 1] first row of each rank's strip
 * @param mask   [own rows * n_cols] row-major, 0 = not of it
 */
cyt_raster_box cyt_raster_box_of(MPI_Comm comm, const uint64_t *starts, size_t n_cols,
                                 const uint8_t *mask);

#endif
