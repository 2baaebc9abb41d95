/**
 * @file group_means.h
 * @brief Means of a per-cell column within groups of cells, the same bits on any number
 * of ranks.
 *
 * Sums are exact (exact_sum.h), so nothing but three whole numbers per group travels,
 * whatever the number of cells.
 */
#ifndef CYT_GROUP_MEANS_H
#define CYT_GROUP_MEANS_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** A cell that belongs to no group. */
#define CYT_NO_GROUP UINT32_MAX

/**
 * Collective over @p comm; @p n_groups agrees.
 *
 * @param group [n] below n_groups, or CYT_NO_GROUP
 * @param value [n] NaN and infinite values are left out
 * @param mean  [n_groups] [out] NaN for a group without values; the same everywhere
 * @return CYT_OK; CYT_ERR_DATA for a slide beyond CYT_EXACT_MOST cells; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_group_means(MPI_Comm comm, size_t n, const uint32_t *group,
                                       const double *value, size_t n_groups,
                                       double *mean, cyt_error *err);

#endif
