/**
 * @file shift_sums.h
 * @brief Sums of a row of pixels that meets another row of which some are of the same
 * compartment.
 *
 * With residuals r and weights m of pixels, and a field f where they meet it, a score
 * within compartments p is
 *
 *     sum over p of [ sum r f - (R / M) sum m f ]  =  sum g f,   g = r - (R / M) m
 *
 * R and M being the sums of r and m over the pixels of p that meet their like. None of
 * this knows the field but the last sum, so that many fields share R, M and g: what a
 * field costs is one multiplication and one addition a pixel.
 *
 * Sums are added in sixteen lanes, these in a fixed tree: the same bits whatever the
 * processor's vectors are.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_SHIFT_SUMS_H
#define CYT_SHIFT_SUMS_H

#include <stddef.h>
#include <stdint.h>

/** A stretch of pixels and whom they meet; everything is borrowed. */
typedef struct cyt_shift_stretch {
    size_t n;
    const uint8_t *part;   /**< [n] compartment of the pixel */
    const uint8_t *meets;  /**< [n] of whom it meets */
    const float *residual; /**< [n] */
    const float *weight;   /**< [n] */
} cyt_shift_stretch;

/** R and M of the pixels of compartment @p part that meet their like are added to @p
 *  sums. */
void cyt_shift_tally(const cyt_shift_stretch *stretch, uint8_t part, double sums[2]);

/** g of those pixels is added; to the others 0.
 *  @param ratio R / M, finite
 *  @param gain  [n] [in,out] */
void cyt_shift_gain(const cyt_shift_stretch *stretch, uint8_t part, double ratio,
                    double *gain);

/** Sum of g f.
 *  @param gain  [n]
 *  @param field [n] finite */
double cyt_shift_dot(size_t n, const double *gain, const float *field);

#endif
