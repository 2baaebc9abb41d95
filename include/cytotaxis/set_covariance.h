/**
 * @file set_covariance.h
 * @brief How many pixels of a mask have a partner at each lag: its autocorrelation, by
 * one Fourier transform over all strips.
 *
 *     1. rows:     zero-padded, real to complex, each row of the strip
 *     2. transpose to column strips                       (skipped by a group of one)
 *     3. columns:  zero-padded, forward, |.|², backward, keep the lags down to reach
 *     4. transpose these few rows back
 *     5. rows:     complex to real, round to whole numbers
 *
 * The padding is as wide as the largest lag asked for, not as the picture: nothing
 * wraps around within reach. The result is a count, so it is rounded to what it must
 * be, and no trace of the transform's rounding, of the plan or of the number of ranks
 * is left. (A transform of N points of 0 and 1 errs by about 1e-16 log2(N) times the
 * number of pixels: 1e-6 for 1e8 of them, far from 1/2.)
 *
 * Polygons: those pixels whose centre is in them, with the true area over that of the
 * pixels as the scale (covariance.h). A disc of 25 pixels then errs by less than 0.2 %
 * of its area at any r.
 *
 * Price: 16 bytes a pixel and padding while it runs, twice that for a group of more
 * than one rank; a table of 16 bytes times the square of the reach in pixels.
 */
#ifndef CYT_SET_COVARIANCE_H
#define CYT_SET_COVARIANCE_H

#include "cytotaxis/cells.h"
#include "cytotaxis/covariance.h"
#include "cytotaxis/status.h"

#include <stdint.h>

#include <mpi.h>

/**
 * The lags of a mask. Collective over the group of @p slide; @p reach_um agrees.
 *
 * @param inside   [own rows * n_cols] nonzero = window; what lies beyond the raster is
 *                 none
 * @param reach_um largest distance at which the covariance will be asked for, > 0
 * @param out      [out] lengths µm, scale 1, the same on every rank; released with
 *                 cyt_set_covariance_free()
 * @return CYT_OK; CYT_ERR_USAGE for a reach that is not positive; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_set_covariance(MPI_Comm comm, const cyt_slide *slide,
                                          const uint8_t *inside, double reach_um,
                                          cyt_covariance *out, cyt_error *err);

/** Accepts zero, and a rectangle. */
void cyt_set_covariance_free(cyt_covariance *covariance);

#endif
