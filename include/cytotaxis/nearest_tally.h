/**
 * @file nearest_tally.h
 * @brief The nearest-distance curves G and F, raw and corrected for the edge, made of
 * whole numbers.
 *
 * An observation is a point (a cell for G, a place in the window for F) with the
 * distance d to the nearest cell of a type and the distance b to the edge of the
 * window. If b < d a nearer cell may lie outside: d is censored at b, as a survival
 * time is. With radii r[0] < r[1] < … and bin k holding r[k-1] < v <= r[k],
 *
 *     raw              #{d <= r} / n
 *     reduced sample   #{d <= r <= b} / #{b >= r}
 *     Kaplan-Meier     1 - prod k (1 - e_k / m_k)    e_k = #{d <= b, d in bin k}
 *                                                    m_k = #{min(d, b) > r[k-1]}
 *     Hanisch (G)      H(r) / H(r_last),  H = sum k e_k / |W eroded by r[k]|
 *
 * The counts add up over strips and ranks in any order. Kaplan-Meier and Hanisch have
 * their events in bins, as in spatstat: with the same radii the same numbers. A radius
 * 0 makes coincident cells a bin of their own.
 *
 * A. J. Baddeley, R. D. Gill, Ann. Statist. 25 (1997) 263, doi:10.1214/aos/1034276629;
 * K.-H. Hanisch, Math. Operationsforsch. Statist. Ser. Stat. 15 (1984) 409; A.
 * Baddeley, E. Rubak, R. Turner, Spatial Point Patterns, 2015, doi:10.1201/b19708,
 * chapter 8.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_NEAREST_TALLY_H
#define CYT_NEAREST_TALLY_H

#include <stddef.h>
#include <stdint.h>

/** Rows of a tally: in each, bin k at k and what is beyond the last radius at n_radii.
 */
enum {
    CYT_TALLY_ALL,   /**< d */
    CYT_TALLY_EVENT, /**< d where d <= b */
    CYT_TALLY_SEEN,  /**< min(d, b) */
    CYT_TALLY_EDGE,  /**< b, by radii it reaches: bin k holds r[k-1] <= b < r[k] */
    CYT_TALLY_EVENT_BY_EDGE, /**< the same, where d <= b */
    CYT_TALLY_ROWS,
};

/** Numbers of a tally. */
#define CYT_TALLY_SIZE(n_radii) ((size_t)CYT_TALLY_ROWS * ((n_radii) + 1))

/**
 * Add observations.
 *
 * @param n      observations
 * @param d      [n] unit of the radii; NaN: there is no cell of the type
 * @param b      [n] the same unit; NULL: infinitely far, nothing is censored; negative:
 *               outside the window, left out
 * @param radius [n_radii] ascending, >= 0
 * @param tally  [CYT_TALLY_SIZE(n_radii)] [in,out] all 0 at first
 */
void cyt_near_add(size_t n, const double *d, const double *b, size_t n_radii,
                  const double *radius, uint64_t *tally);

/** Observations in a tally. */
uint64_t cyt_near_total(size_t n_radii, const uint64_t *tally);

/** @name Estimates. @param out [n_radii]; NaN where nothing can be said: no
 *  observation, none as far from the edge. */
/** @{ */
void cyt_near_raw(size_t n_radii, const uint64_t *tally, double *out);
void cyt_near_reduced(size_t n_radii, const uint64_t *tally, double *out);
void cyt_near_kaplan_meier(size_t n_radii, const uint64_t *tally, double *out);
/** @param eroded [n_radii] area of the window at least radius[k] from its edge; from
 *                the first 0 on there is no estimate, and the last one before it is 1
 */
void cyt_near_hanisch(size_t n_radii, const uint64_t *tally, const double *eroded,
                      double *out);
/** @} */

/** J = (1 - G) / (1 - F), NaN where F is 1 or unknown; 1 under CSR. M. N. M. van
 *  Lieshout, A. J. Baddeley, Statist. Neerl. 50 (1996) 344,
 *  doi:10.1111/j.1467-9574.1996.tb01501.x. */
void cyt_j_curve(size_t n_radii, const double *g, const double *f, double *j);

/** G and F of a uniform process: 1 - exp(-intensity pi r²). */
void cyt_nearest_csr(size_t n_radii, const double *radius, double intensity,
                     double *out);

#endif
