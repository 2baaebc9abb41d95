/**
 * @file margin.h
 * @brief The signed distance to a border, and what lies at which distance from it.
 *
 * The border runs between two kinds of tissue; compartments.h says what phi is and why
 * the edge of the tissue is no part of the border. Distances are exact
 * (distance_map.h).
 *
 * Profiles and zones count pixels and cells between given values of phi. A cell counts
 * where its pixel does, not where its own phi would put it: so the cells of a zone are
 * those on its area, and the density of evenly spread cells is the same in every band.
 */
#ifndef CYT_MARGIN_H
#define CYT_MARGIN_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/**
 * phi of every pixel. Collective over the group of @p slide.
 *
 * @param kind   [strip rows * n_cols] 0 = no tissue, 1 = outside, 2 = inside
 * @param phi_um [strip rows * n_cols] [out] µm, negative inside; NaN where there is no
 *               tissue, and everywhere when either kind is absent from the slide
 */
CYT_NODISCARD cyt_code cyt_margin_map(MPI_Comm comm, const cyt_slide *slide,
                                      const uint8_t *kind, float *phi_um,
                                      cyt_error *err);

/**
 * phi at the cells: bilinear between the centres of the pixels that have a phi, their
 * weights scaled to sum 1. Collective.
 *
 * @param out_um [cells.n] [out] NaN for a cell whose own pixel has none
 */
CYT_NODISCARD cyt_code cyt_margin_at_cells(MPI_Comm comm, const cyt_slide *slide,
                                           const float *phi_um, double *out_um,
                                           cyt_error *err);

/** Bands of phi, one after the other. */
typedef struct cyt_margin_bands {
    size_t n;
    double *edge_um;    /**< [n + 1] ascending: band k is [edge[k], edge[k + 1]) */
    uint64_t *n_pixels; /**< [n] over all ranks */
    uint64_t *n_cells;  /**< [n * types.n] of each type, band by band, over all ranks */
} cyt_margin_bands;

/** Bands of equal width that cover @p reach_um on both sides of 0, which is an edge.
 * The last one may go beyond.
 *  @param bands [out] without counts; released with cyt_margin_bands_free() */
CYT_NODISCARD cyt_code cyt_margin_profile(double band_um, double reach_um,
                                          cyt_margin_bands *bands, cyt_error *err);

/** Core, inner margin, outer margin and stroma, cut at -width, 0 and width. */
enum { CYT_ZONES = 4 };
CYT_NODISCARD cyt_code cyt_margin_zones(double width_um, cyt_margin_bands *bands,
                                        cyt_error *err);
extern const char *const cyt_zone_names[CYT_ZONES];

/** Count what lies in the bands. Collective.
 *  @param bands [in,out] its counts are made */
CYT_NODISCARD cyt_code cyt_margin_count(MPI_Comm comm, const cyt_slide *slide,
                                        const float *phi_um, cyt_margin_bands *bands,
                                        cyt_error *err);

/** Accepts zero and leaves it. */
void cyt_margin_bands_free(cyt_margin_bands *bands);

#endif
