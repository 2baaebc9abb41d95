/**
 * @file select.h
 * @brief Order statistics without sorting, and the quantiles made of them.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_SELECT_H
#define CYT_SELECT_H

#include <stddef.h>

/**
 * Put the k-th smallest value (k from 0) at values[k], with nothing larger before it
 * and nothing smaller behind. Quickselect, median of three; falls back to sorting when
 * the input is against it, so it never costs more than O(n log n).
 *
 * @param values [n] [in,out] finite, reordered
 */
void cyt_select(double *values, size_t n, size_t k);

/**
 * Quantiles of type 7 (linear between order statistics; R's default and numpy's).
 * R. J. Hyndman, Y. Fan, The American Statistician 50 (1996) 361, doi:10.2307/2684934.
 *
 * @param values [n] [in,out] finite, n >= 1; reordered
 * @param probs  [n_probs] ascending, in [0, 1]
 * @param out    [n_probs]
 */
void cyt_quantiles(double *values, size_t n, const double *probs, size_t n_probs,
                   double *out);

#endif
