/**
 * @file covariance.h
 * @brief How much of a window overlaps itself when moved by r, on average over the
 * directions: its isotropised set covariance.
 *
 *     gamma(r) = (1 / 2 pi) ∫ |W ∩ (W + r u(t))| dt          gamma(0) = |W|
 *
 * Two points of a uniform process of intensity l in W are r apart with the density
 * l² 2 pi r gamma(r): dividing by gamma is the rigid-motion correction (Ohser & Stoyan
 * 1981, doi:10.1002/bimj.4710230602; Illian et al. 2008,
 * doi:10.1002/9780470725160, section 4.2.2), and holes and concave edges are in it.
 *
 * A rectangle a x b has, with t0 = acos(a / r) or 0 and t1 = asin(b / r) or pi / 2,
 *
 *     gamma(r) = (2 / pi) ∫ t0..t1 (a - r cos t)(b - r sin t) dt,
 *
 * which for r up to the shorter side is ab - 2 r (a + b) / pi + r² / pi.
 *
 * A mask is the union of square pixels, and its covariance at a whole-pixel lag is the
 * number of pixels that have a partner there. Between the lags it is exactly their
 * bilinear interpolation, since two unit squares overlap by
 * (1 - |dx|)(1 - |dy|). So gamma is an integral along a circle of a function that is
 * smooth between two grid lines: each such arc is shorter than a pixel, and Gauss'
 * formula of 8 nodes leaves nothing but rounding.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_COVARIANCE_H
#define CYT_COVARIANCE_H

#include <stddef.h>
#include <stdint.h>

/** What gamma is made of: a rectangle, or the lags of a mask. Lengths and areas in one
 *  unit of the caller's. */
typedef struct cyt_covariance {
    double width, height; /**< of the rectangle; unused with `pairs` */
    double scale;   /**< gamma is multiplied by it: 1, or the true area over that of the
                         pixels, where they stand for polygons */
    double spacing; /**< side of a pixel */
    size_t lag_rows, lag_cols; /**< largest lag known in each direction */
    uint64_t *pairs; /**< [(lag_rows + 1) * (2 * lag_cols + 1)] pixels (y, x) such that
                          (y + dy, x + dx) is in the mask too, at
                          dy * (2 * lag_cols + 1) + lag_cols + dx; NULL: a rectangle */
    int rows_end, cols_end; /**< no pair has a larger lag down, across: not cut */
} cyt_covariance;

/** The covariance of a rectangle; nothing to release. */
cyt_covariance cyt_covariance_box(double width, double height);

/** Largest r at which gamma is known; +infinity for a rectangle. */
double cyt_covariance_reach(const cyt_covariance *c);

/** gamma at @p n distances. @param gamma [n] [out] NaN beyond the reach */
void cyt_covariance_at(const cyt_covariance *c, size_t n, const double *r,
                       double *gamma);

/**
 * Mean of gamma over rings, which is what pairs that are only counted by ring need:
 * ∫ 2 s gamma(s) ds / (r[k]² - r[k-1]²) from r[k-1] to r[k], r[-1] = 0.
 *
 * By 8 Gauss nodes in each ring; exact for rectangles up to their shorter side.
 *
 * @param r    [n] ascending, > 0
 * @param mean [n] [out] NaN where a ring ends beyond the reach
 */
void cyt_covariance_rings(const cyt_covariance *c, size_t n, const double *r,
                          double *mean);

/** Area of a rectangle whose points are at least @p r from its edge. */
double cyt_eroded_box(double width, double height, double r);

#endif
