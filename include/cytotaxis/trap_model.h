/**
 * @file trap_model.h
 * @brief A trap slope and its error: the data of a model, row by row, tissue pixels or
 * cells where they are, and its fit.
 *
 *     column   0          1 ..                then           then               last
 *              constant   log densities,      compartments   natural spline     theta
 *                         (log total counts)  but the first  in the distance
 *                                             that is used   to the margin
 *
 * Pixels: y is the number of responders in the pixel (Poisson; a cell counts in its own
 * pixel). Cells: y is 1 for a responder and 0 for a cell of the background (logistic);
 * covariates are those of the cell's pixel, so that both models are conditional on the
 * same. A compartment that holds no responder, or no background, tells nothing of a
 * slope within compartments: its coefficient would be infinite and its fitted
 * probabilities exactly those of the data, so it is left out, which is what the
 * likelihood comes to.
 *
 * A log density is log(rho + 1 / (4 pi sigma²)): one cell more in the area that the
 * smoothing kernel of bandwidth sigma weighs as one, 1 / (sum of its squares), so that
 * an empty place is finite.
 *
 * Blocks cut the box around the tissue into as many equal rows and columns as the side
 * asked for fits in, so that no sliver at the edge counts as a block.
 */
#ifndef CYT_TRAP_MODEL_H
#define CYT_TRAP_MODEL_H

#include "cytotaxis/cells.h"
#include "cytotaxis/config.h"
#include "cytotaxis/cosine.h"
#include "cytotaxis/glm.h"
#include "cytotaxis/occupancy.h"
#include "cytotaxis/raster_box.h"
#include "cytotaxis/status.h"
#include "cytotaxis/trap.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

enum {
    CYT_TRAP_MOST_PLANES = CYT_MOST_DENSITIES + 1, /* rasters of covariates */
    CYT_TRAP_PARTS = 256,                          /* codes of compartments */
    CYT_TRAP_LEFT_OUT = -1,
};

/** Everything is borrowed; the same on every rank but for what is a rank's own. */
typedef struct cyt_trap_model {
    const cyt_slide *slide;
    const uint8_t *inside;  /**< [own pixels] tissue */
    const size_t *row_cell; /**< [own rows + 1] first own cell of each raster row */
    size_t n_planes;
    const float *plane[CYT_TRAP_MOST_PLANES]; /**< [own pixels] log densities */
    const double *log_total; /**< [cells.n] of cells; NULL: none. Not of pixels */
    const uint8_t *part;     /**< [own pixels] code of the compartment; NULL: one */
    int part_column[CYT_TRAP_PARTS]; /**< CYT_TRAP_LEFT_OUT; 0: the first that is
                                          used; else its column among compartments */
    size_t n_part_columns;
    const float *margin_um; /**< [own pixels] NULL: no spline */
    size_t n_knots;         /**< 0 without spline, else at least 2 */
    const double *knot;     /**< [n_knots] */
    cyt_raster_box box; /**< that blocks are laid over; has all pixels that are used */
    size_t n_block_rows, n_block_cols;
    const char *is_responder;  /**< [types.n] y counts cells of these */
    const char *is_background; /**< [types.n] cells: y = 0; NULL: pixels */
    const double *c;           /**< [own pixels], or [cells.n]; NULL: no theta */
    double per_kd;             /**< of the receptor law (occupancy.h) */
} cyt_trap_model;

/** Is an own pixel one of the data? */
int cyt_trap_uses(const cyt_trap_model *model, size_t pixel);

/** Columns, theta included where there is c. */
size_t cyt_trap_n_coefs(const cyt_trap_model *model);

/** The data for glm.h; @p model stays where it is as long as it is used. */
cyt_glm_data cyt_trap_data(const cyt_trap_model *model);

/** Lay blocks of at least @p side_um on each axis, or one, over the box. */
void cyt_trap_lay_blocks(cyt_trap_model *model, double side_um,
                         const cyt_raster_box *box);

/** log(rho + 1 / (4 pi sigma²)) of densities per mm². @p density [n], @p plane [n]
 * [out]
 */
void cyt_trap_log_density(size_t n, const double *density, double sigma_um,
                          float *plane);

/** An estimate that is none, for a reason. */
cyt_trap_slope cyt_trap_no_slope(cyt_trap_reason why);

/**
 * Fit the model without theta. Collective over @p comm.
 *
 * @param model its c is not looked at
 * @param base   [out]
 */
CYT_NODISCARD cyt_code cyt_trap_base(MPI_Comm comm, const cyt_trap_model *model,
                                     cyt_glm_fit *base, cyt_error *err);

/**
 * Fit the model with theta, from where that without ended, and estimate the error of
 * the slope from blocks. Collective over @p comm.
 *
 * @param base of the same design
 * @param out  [out] the same on every rank
 */
CYT_NODISCARD cyt_code cyt_trap_fit_slope(MPI_Comm comm, const cyt_trap_model *model,
                                          const cyt_glm_fit *base, cyt_trap_slope *out,
                                          cyt_error *err);

/**
 * What the covariates say of theta: its weighted regression on them, with the weights
 * of the model without. Collective over @p comm.
 *
 * @param model with c
 * @param base  of the same model without
 * @param gamma [coefs - 1] [out] 0 where the base has no coefficient
 */
CYT_NODISCARD cyt_code cyt_trap_regress(MPI_Comm comm, const cyt_trap_model *model,
                                        const cyt_glm_fit *base, double *gamma,
                                        cyt_error *err);

/** Plan the transforms of the next on the box around the tissue, cut as the slide is.
 *  Collective over @p comm.
 *  @param box  not empty
 *  @param plan [out] released with cyt_cosine_free()
 *  @return CYT_OK; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_trap_field_plan(MPI_Comm comm, const cyt_slide *slide,
                                           const cyt_raster_box *box, cyt_cosine *plan,
                                           cyt_error *err);

/**
 * Test the slope of pixels against fields of the same spectrum. Collective over @p
 * comm.
 *
 * @param model of pixels, with c
 * @param base  of the same model without
 * @param plan  of cyt_trap_field_plan() for the box of the model
 */
CYT_NODISCARD cyt_code cyt_trap_field_null(MPI_Comm comm, const cyt_trap_model *model,
                                           const cyt_glm_fit *base,
                                           const cyt_cosine *plan, cyt_trap_field *out,
                                           cyt_error *err);

#endif
