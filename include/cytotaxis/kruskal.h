/**
 * @file kruskal.h
 * @brief Kruskal and Wallis' rank test of several groups, corrected for ties.
 *
 * W. H. Kruskal, W. A. Wallis, J. Am. Stat. Assoc. 47 (1952) 583,
 * doi:10.1080/01621459.1952.10483441. The effect is epsilon squared, H / (n - 1), the
 * share of the ranks' variance that lies between the groups; 0 to 1.
 */
#ifndef CYT_KRUSKAL_H
#define CYT_KRUSKAL_H

#include "cytotaxis/status.h"

#include <stddef.h>

typedef struct cyt_kruskal {
    double h;  /**< NaN with fewer than two groups, or when all values are equal */
    double df; /**< groups that have values, less one */
    double p;  /**< by the chi-square law */
    double epsilon2;
} cyt_kruskal;

/**
 * @param v      [n] finite
 * @param group  [n] each below @p n_groups
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_kruskal_test(const double *v, const size_t *group, size_t n,
                                        size_t n_groups, cyt_kruskal *out,
                                        cyt_error *err);

#endif
