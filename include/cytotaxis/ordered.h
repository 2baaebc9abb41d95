/**
 * @file ordered.h
 * @brief A sum over the rows of a slide whose bits do not depend on the strips.
 *
 * Floating-point addition depends on its order; an Allreduce adds in an order that
 * depends on the ranks. So each row is summed by its owner in a fixed order inside the
 * row, the row sums go to every rank, and each adds them in row order. Costs one number
 * per row of the raster, thousands, not millions.
 */
#ifndef CYT_ORDERED_H
#define CYT_ORDERED_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/**
 * Add row sums in global row order. Collective over @p comm.
 *
 * @param starts   [size + 1] first row of each strip (strip.h)
 * @param row_sums [own rows]
 * @param total    [out] the same on every rank
 */
CYT_NODISCARD cyt_code cyt_ordered_sum(MPI_Comm comm, const uint64_t *starts,
                                       const double *row_sums, double *total,
                                       cyt_error *err);

/** Several sums at the price of one.
 *  @param row_sums [own rows * n_sums] those of a row side by side
 *  @param totals   [n_sums] [out] */
CYT_NODISCARD cyt_code cyt_ordered_sums(MPI_Comm comm, const uint64_t *starts,
                                        size_t n_sums, const double *row_sums,
                                        double *totals, cyt_error *err);

#endif
