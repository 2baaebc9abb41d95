/**
 * @file signed_rank.h
 * @brief Wilcoxon's signed-rank test of paired differences, exact for few pairs, ties
 *        included.
 *
 * Differences of zero are left out, as Wilcoxon did and R does. The exact distribution
 * of the sum of positive ranks is counted over all 2^n signs of the observed mid-ranks,
 * by dynamic programming on doubled ranks; ties need no correction then. Beyond
 * CYT_RANKS_EXACT_MOST differences (rank_test.h) the normal approximation with
 * tie-corrected variance and continuity correction is used.
 *
 * F. Wilcoxon, Biometrics Bull. 1 (1945) 80, doi:10.2307/3001968; M. Hollander, D. A.
 * Wolfe, Nonparametric Statistical Methods (1973) 27-33; D. S. Kerby, Compr. Psychol. 3
 * (2014) 11.IT.3.1, doi:10.2466/11.IT.3.1 (matched-pairs rank-biserial correlation).
 */
#ifndef CYT_SIGNED_RANK_H
#define CYT_SIGNED_RANK_H

#include "cytotaxis/status.h"

#include <stddef.h>

typedef struct cyt_signed_rank {
    size_t n;        /**< differences other than zero */
    double v;        /**< sum of the ranks of positive differences */
    double p;        /**< two-sided; NaN without a difference other than zero */
    double biserial; /**< (positive - negative) ranks over all ranks, in [-1, 1] */
    int exact;       /**< 1: p from the exact distribution */
} cyt_signed_rank;

/**
 * Test whether differences are symmetric about zero.
 *
 * @param d [n] finite
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_signed_rank_test(const double *d, size_t n,
                                            cyt_signed_rank *out, cyt_error *err);

#endif
