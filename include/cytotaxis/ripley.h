/**
 * @file ripley.h
 * @brief Ripley's K, Besag's L and the pair correlation g, made of counted pairs.
 *
 * With N(r) ordered pairs (i of a, j of b, i != j) up to r apart in a window of area A,
 * and n_ab = n_a n_b, or n (n - 1) for a = b, the pairs there could be:
 *
 *     none     A / n_ab * N(r)
 *     border   A / n_b * N°(r) / n°(r)        only cells at least r from the edge look
 *     rigid    A² / n_ab * sum k (N(r_k) - N(r_k-1)) / gamma_k
 *
 * gamma_k is the mean of the isotropised set covariance over the ring (covariance.h).
 * The textbook's estimator divides each pair by gamma at its own distance; dividing
 * those of a ring by the ring's mean has the same expectation under complete spatial
 * randomness for rings of any width, and becomes the textbook's as they narrow. It
 * needs nothing but counts.
 *
 * Conventions of spatstat (A. Baddeley, E. Rubak, R. Turner, Spatial Point Patterns,
 * 2015, doi:10.1201/b19708, chapter 7): n (n - 1) in none and rigid for a = b, n_b / A
 * as the intensity in border, also for a = b. B. D. Ripley, J. Appl. Prob. 13 (1976)
 * 255, doi:10.2307/3212829; J. E. Besag, J. R. Statist. Soc. B 39 (1977) 193.
 *
 * Either type may be CYT_ALL_TYPES: every cell that has a type. Pairs that there could
 * be then still exclude i = j: n_a (n - 1) from a type to all.
 *
 * Nothing here communicates: the counts are the same on every rank.
 */
#ifndef CYT_RIPLEY_H
#define CYT_RIPLEY_H

#include "cytotaxis/pairs.h"

#include <stddef.h>
#include <stdint.h>

/** A slide's counts and what they refer to; borrowed. */
typedef struct cyt_ripley {
    const cyt_pair_counts *counts;
    const double *radius;    /**< [counts->n_radii] the radii they were made for */
    const uint64_t *n_cells; /**< [counts->n_types] cells of each type */
    double area;             /**< of the window, unit of the radii squared */
} cyt_ripley;

/** K without correction. @param k [n_radii] [out] NaN when there can be no pair, or the
 *  window has no area: all cells on one line; so do the next two */
void cyt_k_none(const cyt_ripley *ripley, size_t a, size_t b, double *k);

/** K by the border method; needs counts with a border.
 *  @param k [n_radii] [out] NaN also where no cell is as far from the edge */
void cyt_k_border(const cyt_ripley *ripley, size_t a, size_t b, double *k);

/** K by the rigid-motion correction.
 *  @param gamma [n_radii] of cyt_covariance_rings(), unit of the area
 *  @param k     [n_radii] [out] NaN from the first ring on whose gamma is NaN or 0 */
void cyt_k_rigid(const cyt_ripley *ripley, size_t a, size_t b, const double *gamma,
                 double *k);

/** L = sqrt(K / pi), which is r under complete spatial randomness. */
void cyt_l_of_k(size_t n, const double *k, double *l);

/** g of each ring: the growth of K over the ring's area; 1 under complete spatial
 *  randomness. @param radius [n] ascending, > 0 */
void cyt_pair_correlation(size_t n, const double *radius, const double *k, double *g);

/**
 * Radii at which K crosses pi r², by linear interpolation of the difference between two
 * radii: where attraction turns into repulsion or back, as at the border of a cell type
 * that surrounds another (Y. Feng et al., Nat. Commun. 14 (2023) 2697,
 * doi:10.1038/s41467-023-37822-0).
 *
 * @param at [n] [out] ascending
 * @return how many; touching without crossing is none
 */
size_t cyt_k_crossings(size_t n, const double *radius, const double *k, double *at);

#endif
