/**
 * @file summary.h
 * @brief Mean, spread and quantiles of per-cell columns, by cell type.
 *
 * Values of one column and one type travel to one rank, where they arrive in the
 * slide's global order; there they are summed in that order and their quantiles
 * selected. So each statistic has the same bits on any number of ranks, with no
 * summation tree to agree on. The work of (column, type) pairs is dealt to all ranks;
 * what a rank holds at a time is bounded by a batch of columns.
 */
#ifndef CYT_SUMMARY_H
#define CYT_SUMMARY_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <stddef.h>

#include <mpi.h>

/** All NaN but n when n = 0. Plain doubles, so that tables of them can be reduced. */
typedef struct cyt_summary {
    double n; /**< finite values */
    double mean;
    double sd; /**< with n - 1; NaN for n = 1 */
    double min, q05, q25, median, q75, q95, max;
} cyt_summary;

/**
 * Summarise @p n_columns columns within each type. Collective over the group of @p
 * slide.
 *
 * @param values [n_columns * slide.cells.n] one column after the other, strip order;
 * NaN values are left out
 * @param out    [out] [n_columns * types.n] column-major by column, the same everywhere
 */
CYT_NODISCARD cyt_code cyt_summarise(MPI_Comm comm, const cyt_slide *slide,
                                     size_t n_columns, const double *values,
                                     cyt_summary *out, cyt_error *err);

#endif
