/**
 * @file spline.h
 * @brief Natural cubic splines: smooth between knots, straight beyond the outer two.
 *
 * The truncated power basis of K knots without the constant, K - 1 functions (T.
 * Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2009,
 * doi:10.1007/978-0-387-84858-7, equations 5.4 and 5.5),
 *
 *     N_1 = u,  N_{k+1} = d_k - d_{K-1},  k = 1 .. K - 2
 *     d_k = ((u - u_k)_+^3 - (u - u_K)_+^3) / (u_K - u_k)
 *
 * with u = (x - knot_1) / (knot_K - knot_1). It spans what R's splines::ns() spans, so
 * a fit with an intercept is the same. Two knots: a straight line.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_SPLINE_H
#define CYT_SPLINE_H

#include <stddef.h>

/**
 * The basis at one place.
 *
 * @param knot   [n_knots] ascending, n_knots >= 2
 * @param stride between the functions in @p out
 * @param out    [(n_knots - 2) * stride + 1] [out] function k at out[k * stride]
 */
void cyt_natural_spline(size_t n_knots, const double *knot, double x, size_t stride,
                        double *out);

#endif
