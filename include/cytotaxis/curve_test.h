/**
 * @file curve_test.h
 * @brief Whole curves of patients compared: a global envelope with its test, and bands.
 *
 * The difference of the mean curves of two groups (or the mean difference of pairs) is
 * set among those of other labellings. At each place the curves are ranked from both
 * ends; a curve is the more extreme the smaller its smallest rank is, then its second
 * smallest, and so on: the extreme rank length, one number for the whole curve, hence
 * one p with no correction for the many places. The envelope at level alpha spans the
 * curves that are not among the alpha most extreme: the observed one leaves it
 * somewhere exactly when p <= alpha.
 *
 * A band holds the mean curve of a group of patients at all places at once: from a
 * bootstrap over patients, mean ± c se, where c is the quantile of the largest
 * studentised deviation over all places.
 *
 * M. Myllymäki et al., J. R. Stat. Soc. B 79 (2017) 381, doi:10.1111/rssb.12172 (at
 * least 2499 permutations); T. Mrkvička et al., Methodol. Comput. Appl. Probab. 23
 * (2021) 593, doi:10.1007/s11009-019-09756-y (extreme rank length, two groups). Bands:
 * A. C. Davison, D. V. Hinkley, Bootstrap Methods and their Application (1997) § 4.2.4.
 */
#ifndef CYT_CURVE_TEST_H
#define CYT_CURVE_TEST_H

#include "cytotaxis/effect.h"
#include "cytotaxis/permutation_test.h"
#include "cytotaxis/status.h"

#include <stddef.h>

/** Permutations of a test of curves where not all can be looked at (Myllymäki). */
#define CYT_CURVE_PERMUTATIONS 2499

typedef struct cyt_envelope {
    double p;
    double *difference, *low, *high; /**< [n_x] each, of the caller */
} cyt_envelope;

/**
 * @param v      [(n_a + n_b) * n_x] row-major, a curve a patient, those of a first; or
 *               [n_a * n_x] differences of pairs; finite. n_a and n_b as of @p by
 * @param alpha  level of the envelope
 * @param out    [in,out] arrays given, filled
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_curve_envelope(const double *v, size_t n_x,
                                          const cyt_labellings *by, double alpha,
                                          cyt_envelope *out, cyt_error *err);

/**
 * A band for the mean of curves.
 *
 * @param v      [draws->n_units * n_x] a patient whose first value is NaN is drawn and
 *               leaves nothing; the others are finite
 * @param mean       [n_x] [out] with one patient its curve; NaN without any
 * @param low, high  [n_x] [out] NaN when fewer than two patients have a curve
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_curve_band(const double *v, size_t n_x,
                                      const cyt_resamples *draws, double confidence,
                                      double *mean, double *low, double *high,
                                      cyt_error *err);

#endif
