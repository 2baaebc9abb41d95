/**
 * @file rotate.h
 * @brief Rows of a raster in strips, moved along a ring.
 */
#ifndef CYT_ROTATE_H
#define CYT_ROTATE_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/**
 * Own row r gets what row r + @p shift holds, rows first … first + n - 1 being a ring.
 * Collective over @p comm; all agree but for the rows. Rows outside the ring are left
 * as they are.
 *
 * @param starts    [size + 1] first row of each strip
 * @param shift     below @p n
 * @param row_bytes bytes of a row
 * @param from      [own rows * row_bytes]
 * @param to        [own rows * row_bytes] [out] does not overlap @p from
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_rotate_rows(MPI_Comm comm, const uint64_t *starts,
                                       uint64_t first, uint64_t n, uint64_t shift,
                                       size_t row_bytes, const void *from, void *to,
                                       cyt_error *err);

#endif
