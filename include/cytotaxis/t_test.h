/**
 * @file t_test.h
 * @brief Welch's test of two means, Student's of paired differences, and the effect
 *        sizes that go with them.
 *
 * B. L. Welch, Biometrika 34 (1947) 28, doi:10.1093/biomet/34.1-2.28; L. V. Hedges, J.
 * Educ. Stat. 6 (1981) 107, doi:10.3102/10769986006002107 (g with its exact correction
 * for small samples, equation 6e).
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_T_TEST_H
#define CYT_T_TEST_H

#include <stddef.h>

typedef struct cyt_t_test {
    double difference; /**< mean of a minus mean of b; mean of the differences */
    double se;         /**< its standard error; 0 below the rounding of the means */
    double t, df, p;   /**< two-sided; NaN with less than two values on a side, or when
                            no side varies */
} cyt_t_test;

/** Do @p a [n_a] and @p b [n_b] have the same mean? Their variances may differ. */
cyt_t_test cyt_t_welch(const double *a, size_t n_a, const double *b, size_t n_b);

/** Is the mean of the differences @p d [n] zero? */
cyt_t_test cyt_t_paired(const double *d, size_t n);

/** Hedges' correction of a standardised difference with @p df degrees of freedom:
 *  Gamma(df/2) / (sqrt(df/2) Gamma((df - 1)/2)); NaN for df < 2. */
double cyt_hedges_correction(double df);

#endif
