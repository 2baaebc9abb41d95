/**
 * @file permutation.h
 * @brief What is asked of random permutations, and what they say of a statistic.
 */
#ifndef CYT_PERMUTATION_H
#define CYT_PERMUTATION_H

#include <stddef.h>
#include <stdint.h>

struct cyt_stop; /* stop.h, which needs MPI; kernels do not */

typedef struct cyt_permutation_params {
    uint64_t n;      /**< deals, at least 1 */
    uint64_t seed;   /**< of the run */
    uint64_t slide;  /**< number of the slide: slides are dealt independently */
    size_t n_groups; /**< agrees over the ranks; 0: the whole slide is dealt */
    const uint32_t
        *group; /**< [cells.n] below n_groups, within which labels or values are dealt;
                     cells of CYT_NO_GROUP keep theirs; NULL with n_groups 0 */
    const struct cyt_stop
        *stop; /**< looked at between deals; borrowed, NULL: nobody stops */
} cyt_permutation_params;

/** Of one statistic; z uses the deals' own mean and sd. */
typedef struct cyt_permuted {
    uint64_t n_at_least, n_at_most; /**< deals whose value is >=, <= the one seen */
    double mean, sd;                /**< over the deals, sd with n - 1 */
    double z;
    double p_more,
        p_less; /**< (n_at_least + 1) / (n + 1), (n_at_most + 1) / (n + 1):
                     never 0 (Phipson & Smyth 2010, doi:10.2202/1544-6115.1585) */
    double p;   /**< two-sided: twice the smaller of the two, at most 1 */
} cyt_permuted;

/**
 * Conclude from @p n deals: fill all but the two counts, which are there. Pure.
 * @param seen the statistic itself
 * @param sums over the deals, of what exceeds @p seen, and of its square
 */
void cyt_permuted_conclude(uint64_t n, double seen, const double sums[2],
                           cyt_permuted *out);

#endif
