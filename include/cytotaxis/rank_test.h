/**
 * @file rank_test.h
 * @brief Mann–Whitney (Wilcoxon rank sum) test, exact for small samples, ties included.
 *
 * The exact distribution of the rank sum is counted over all choose(n_a + n_b, n_a)
 * assignments of the observed mid-ranks, by dynamic programming on doubled ranks, which
 * are integers; ties need no correction then. Beyond CYT_RANKS_EXACT_MOST values the
 * normal approximation with tie-corrected variance and continuity correction is used.
 *
 * H. B. Mann, D. R. Whitney, Ann. Math. Statist. 18 (1947) 50,
 * doi:10.1214/aoms/1177730491; M. Hollander, D. A. Wolfe, Nonparametric Statistical
 * Methods (1973) 68-75 (normal approximation); N. Cliff, Psychol. Bull. 114 (1993) 494,
 * doi:10.1037/0033-2909.114.3.494 (delta).
 */
#ifndef CYT_RANK_TEST_H
#define CYT_RANK_TEST_H

#include "cytotaxis/status.h"

#include <stddef.h>

/** Most values, both groups together, for which the test is exact. */
#define CYT_RANKS_EXACT_MOST 40

typedef struct cyt_rank_test {
    double u;     /**< pairs with a > b, plus half the ties */
    double p;     /**< two-sided; NaN when a group is empty or all values are equal */
    double delta; /**< Cliff's delta, P(a > b) - P(a < b), in [-1, 1] */
    int exact;    /**< 1: p from the exact distribution */
} cyt_rank_test;

/**
 * Test whether values of @p a and @p b come from the same distribution.
 *
 * @param a   [n_a] finite
 * @param b   [n_b] finite
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_mann_whitney(const double *a, size_t n_a, const double *b,
                                        size_t n_b, cyt_rank_test *out, cyt_error *err);

/**
 * Benjamini–Hochberg adjusted p-values of one family.
 * J. R. Statist. Soc. B 57 (1995) 289, doi:10.1111/j.2517-6161.1995.tb02031.x.
 *
 * @param p [n] NaN entries do not count and stay NaN
 * @param q [n] [out] may not alias @p p
 */
CYT_NODISCARD cyt_code cyt_benjamini_hochberg(const double *p, size_t n, double *q,
                                              cyt_error *err);

#endif
