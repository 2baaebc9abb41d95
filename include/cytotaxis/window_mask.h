/**
 * @file window_mask.h
 * @brief The window as pixels: how far each pixel, and each cell, is from its edge.
 *
 * The distance of a pixel is that of its centre to the nearest centre outside the
 * window (distance_map.h), less half a pixel, for the edge lies between the two; beyond
 * the raster nothing is window. Against the outline of the pixels it errs by less than
 * 0.21 h, against the curve they stand for by up to 0.71 h: it is as good as the mask.
 * Holes are edges like any other.
 */
#ifndef CYT_WINDOW_MASK_H
#define CYT_WINDOW_MASK_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <stdint.h>

#include <mpi.h>

/**
 * Collective over the group of @p slide.
 * @param inside  [own rows * n_cols] nonzero = window
 * @param edge_um [own rows * n_cols] [out] µm, at least h / 2; -infinity outside
 * @return CYT_OK; CYT_ERR_DATA for a raster beyond CYT_EDT_MAX_SIDE; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_window_map(MPI_Comm comm, const cyt_slide *slide,
                                      const uint8_t *inside, float *edge_um,
                                      cyt_error *err);

/** The pixel's value for each own cell. Not collective.
 *  @param edge_um [own rows * n_cols] of cyt_window_map()
 *  @param border  [cells.n] [out] source units; -infinity outside */
void cyt_window_at_cells(const cyt_slide *slide, const float *edge_um, double *border);

/** Area of the window at least @p radius[k] from its edge, by pixels. Collective.
 *  @param radius  [n] µm
 *  @param area    [n] [out] µm², the same on every rank */
CYT_NODISCARD cyt_code cyt_window_eroded(MPI_Comm comm, const cyt_slide *slide,
                                         const float *edge_um, size_t n,
                                         const double *radius, double *area,
                                         cyt_error *err);

/** The smallest rectangle around all cells of a slide, in source units as read.
 *  Collective; the same on every rank. Turned inside out for a slide without cells. */
cyt_box cyt_window_of_cells(MPI_Comm comm, const cyt_slide *slide);

#endif
