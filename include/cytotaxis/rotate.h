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
 * Where own row r finds what row r + @p shift holds, rows first … first + n - 1 being a
 * ring; a row outside the ring finds itself. What is there stays where it is, only rows
 * of others are moved. Collective over @p comm; all agree but for the rows.
 *
 * @param starts    [size + 1] first row of each strip
 * @param shift     below @p n
 * @param row_bytes bytes of a row
 * @param from      [own rows * row_bytes]
 * @param room      [own rows * row_bytes] for rows of others, not looked at on one
 * rank; does not overlap @p from
 * @param found     [own rows] [out] into @p from or @p room
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_rotate_rows(MPI_Comm comm, const uint64_t *starts,
                                       uint64_t first, uint64_t n, uint64_t shift,
                                       size_t row_bytes, const void *from, void *room,
                                       const void **found, cyt_error *err);

#endif
