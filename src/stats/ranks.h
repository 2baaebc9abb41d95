/**
 * @file ranks.h
 * @brief Mid-ranks as whole numbers, and the distributions of their sums.
 *
 * Twice a mid-rank is an integer, with and without ties; so the ranks that the tests
 * add up are exact, and the distribution of a sum can be counted by adding up ways.
 */
#ifndef CYT_RANKS_H
#define CYT_RANKS_H

#include "cytotaxis/status.h"

#include <stddef.h>

/**
 * @param v      [n] finite
 * @param rank2  [n] [out] twice the mid-rank of each, from 2
 * @param ties   [out] sum of t^3 - t over groups of t equal values
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_ranks_doubled(const double *v, size_t n, size_t *rank2,
                                         double *ties, cyt_error *err);

#endif
