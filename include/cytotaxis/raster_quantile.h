/**
 * @file raster_quantile.h
 * @brief Quantiles of a raster that is spread over ranks, exactly, without moving it.
 *
 * Doubles are ordered as their bits are, once those of negative ones are turned over.
 * So the k-th smallest is found digit by digit, 16 bits at a time, from counts of how
 * many values have each digit: four passes, each with one reduction of 65,536 whole
 * numbers.
 */
#ifndef CYT_RASTER_QUANTILE_H
#define CYT_RASTER_QUANTILE_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/**
 * The smallest value that at least a share @p prob of the values do not exceed: type 1
 * (R. J. Hyndman, Y. Fan, The American Statistician 50 (1996) 361,
 * doi:10.2307/2684934). Collective over @p comm.
 *
 * @param values [n] of this rank; finite where they count
 * @param inside [n] 1 = counts
 * @param prob   in (0, 1]
 * @param out    [out] the same on every rank; NaN when nothing counts
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_raster_quantile(MPI_Comm comm, size_t n,
                                           const double *values, const uint8_t *inside,
                                           double prob, double *out, cyt_error *err);

#endif
