/**
 * @file nearest_curves.h
 * @brief The tallies of G and F of a slide, over all strips.
 *
 * G asks from every cell of a type how far the nearest other cell of each type is; F
 * asks the same from places spread evenly over the window: the centres of its pixels.
 * What a tally says is in nearest_tally.h; here the observations are collected and the
 * counts added up over the ranks.
 *
 * F's distances run between pixel centres, so each errs by up to 0.71 h, the distance
 * of a cell from the centre of its pixel; radii should be well above h.
 */
#ifndef CYT_NEAREST_CURVES_H
#define CYT_NEAREST_CURVES_H

#include "cytotaxis/cells.h"
#include "cytotaxis/nearest_tally.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/**
 * Tallies of G for each pair of types. Collective over the group of @p slide; radii
 * agree.
 *
 * @param distance [types.n * cells.n] of cyt_nearest_of_types(), source units
 * @param border   [cells.n] distance to the edge of the window, source units; negative:
 *                 outside, left out; NULL: nothing is censored
 * @param radius   [n_radii] source units, ascending
 * @param tally    [types.n * types.n * CYT_TALLY_SIZE(n_radii)] [out] from type a to
 *                 type b at a * types.n + b; the same on every rank
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_g_tallies(MPI_Comm comm, const cyt_slide *slide,
                                     const double *distance, const double *border,
                                     size_t n_radii, const double *radius,
                                     uint64_t *tally, cyt_error *err);

/**
 * Tallies of F for each type. Collective over the group of @p slide; radii agree.
 *
 * @param edge_um [own rows * n_cols] of cyt_window_map(): -infinity outside
 * @param radius  [n_radii] µm, ascending
 * @param tally   [types.n * CYT_TALLY_SIZE(n_radii)] [out] the same on every rank
 * @return CYT_OK; CYT_ERR_DATA for a raster beyond CYT_EDT_MAX_SIDE; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_f_tallies(MPI_Comm comm, const cyt_slide *slide,
                                     const float *edge_um, size_t n_radii,
                                     const double *radius, uint64_t *tally,
                                     cyt_error *err);

#endif
