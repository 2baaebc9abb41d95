/**
 * @file permutation_test.h
 * @brief Difference of two means against that of all, or of many, other labellings.
 *
 * Labels are dealt anew (two groups) or signs are turned (pairs). Where there are at
 * most CYT_ARRANGEMENTS_MOST arrangements all are looked at and p is exact; beyond that
 * p = (1 + as far) / (1 + drawn), which keeps its level at any number of draws (B.
 * Phipson, G. K. Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010) 39,
 * doi:10.2202/1544-6115.1585). Two arrangements whose sums differ by rounding alone
 * count as equally far.
 *
 * Draws are a function of (key, draw, position), so they depend on no rank. The same
 * draws serve all metrics that have the same numbers of patients; that is why they are
 * made by the caller and kept.
 *
 * R. A. Fisher, The Design of Experiments (1935) § 21; E. J. G. Pitman, Suppl. J. R.
 * Stat. Soc. 4 (1937) 119, doi:10.2307/2984124.
 */
#ifndef CYT_PERMUTATION_TEST_H
#define CYT_PERMUTATION_TEST_H

#include "cytotaxis/random.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

/** Most arrangements that are all looked at. */
#define CYT_ARRANGEMENTS_MOST 100000.0

/** Ways to label: sets of n_a among n_a + n_b, or signs of n pairs (n_b = 0). */
typedef struct cyt_labellings {
    size_t n_a, n_b;
    int exact;        /**< all arrangements, each once, first that which is given */
    size_t n;         /**< how many */
    uint16_t *chosen; /**< [n * n_a] labels: who is in a; signs: 1 for a turned sign */
} cyt_labellings;

typedef struct cyt_permutation_test {
    double difference; /**< mean of a less mean of b; mean of the differences */
    double p;          /**< two-sided */
} cyt_permutation_test;

/** Sets of @p n_a among @p n_a + @p n_b.
 *  @param n_draws  where there are too many to look at all
 *  @return CYT_OK; CYT_ERR_MEMORY; release with cyt_labellings_free() */
CYT_NODISCARD cyt_code cyt_labellings_of_groups(size_t n_a, size_t n_b, size_t n_draws,
                                                cyt_random_key key, cyt_labellings *out,
                                                cyt_error *err);
/** Signs of @p n pairs; the same. */
CYT_NODISCARD cyt_code cyt_labellings_of_pairs(size_t n, size_t n_draws,
                                               cyt_random_key key, cyt_labellings *out,
                                               cyt_error *err);
void cyt_labellings_free(cyt_labellings *labellings);

/** Pure. @p v [n_a + n_b], those of a first; n_a, n_b >= 1. */
cyt_permutation_test cyt_permute_groups(const double *v, const cyt_labellings *by);
/** Pure. @p d [n_a] differences. */
cyt_permutation_test cyt_permute_pairs(const double *d, const cyt_labellings *by);

#endif
