/**
 * @file tilt.h
 * @brief Where responders settle when a receptor is blocked: the observed distribution,
 * tilted.
 *
 * Cells that drift up occupancy theta and wander settle as T ~ B exp(beta theta), where
 * B is all else that moves them. A blocker changes theta and leaves B as it is, which
 * therefore need not be known:
 *
 *     T_A = T_observed exp(d) M / sum(T_observed exp(d))     in each part of the tissue
 *     d   = beta (theta_A - theta_0) + q r
 *
 * Each 4-connected part of the tissue keeps its own number M of cells: none walks from
 * one to another. q is the part of the receptors that the blocker releases
 * (antagonist.h); r, optional, is the drift of other receptors that this one holds back
 * (cross-talk), at full release. Dose 0 gives the observed distribution; an infinite
 * dose leaves no trap.
 *
 * Shares are worked out from the observed cells themselves, each of which is weighed by
 * exp(d) where it is: exact for the observed distribution, no smoothing. Price: cells
 * appear nowhere where none was seen, so a tumour without a single responder stays
 * empty.
 *
 * Sums are exact (exact_sum.h): no bit depends on the strips. A prediction under the
 * stated model; it says nothing of efficacy.
 */
#ifndef CYT_TILT_H
#define CYT_TILT_H

#include "cytotaxis/antagonist.h"
#include "cytotaxis/pieces.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** The observed responders of this strip; everything is borrowed. */
typedef struct cyt_tilt_cells {
    size_t n;
    const double *c;       /**< [n] concentration; finite where there is a piece */
    const uint32_t *piece; /**< [n] below n_pieces, or CYT_NO_PIECE: takes no part */
    const uint8_t *counts; /**< [n] 1: is where the share is asked for */
    size_t n_pieces;
    cyt_receptor receptor;
    const double *held_back; /**< [n] r above; NULL: none */
} cyt_tilt_cells;

/** A slope, and a dose of infinity at most. */
typedef struct cyt_tilt_case {
    double beta, dose;
} cyt_tilt_case;

/**
 * Share of responders that count, in several cases at once. Collective over @p comm.
 *
 * @param cells agree on every rank but for the columns
 * @param share [n_cases] [out] NaN when there is no responder; the same on every rank
 * @return CYT_OK; CYT_ERR_DATA for more than CYT_EXACT_MOST cells; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_tilt_shares(MPI_Comm comm, const cyt_tilt_cells *cells,
                                       cyt_antagonism law, size_t n_cases,
                                       const cyt_tilt_case *cases, double *share,
                                       cyt_error *err);

/** Which way the share goes with the first of the blocker: its derivative with respect
 *  to the dose, at dose 0. Collective. */
CYT_NODISCARD cyt_code cyt_tilt_onset(MPI_Comm comm, const cyt_tilt_cells *cells,
                                      cyt_antagonism law, double beta, double *slope,
                                      cyt_error *err);

/** A dose-response curve, by slopes: row b of share is that of beta[b]. */
typedef struct cyt_tilt_curve {
    size_t n_betas, n_doses;
    const double *beta;  /**< [n_betas] */
    const double *dose;  /**< [n_doses] ascending, the first 0, the last infinite */
    const double *share; /**< [n_betas * n_doses] */
} cyt_tilt_curve;

/**
 * The dose at which the share has gone half of its way from dose 0 to no trap: the
 * first crossing between two doses of the curve, refined to where the share is halfway
 * to within rounding. Collective over @p comm.
 *
 * @param half [n_betas] [out] NaN where the share goes no way at all
 */
CYT_NODISCARD cyt_code cyt_tilt_half_doses(MPI_Comm comm, const cyt_tilt_cells *cells,
                                           cyt_antagonism law,
                                           const cyt_tilt_curve *curve, double *half,
                                           cyt_error *err);

/**
 * A tilted raster. Collective over @p comm.
 *
 * @param mass     [pieces.n] what each part is to hold
 * @param observed [own pixels] at least 0, of any unit, something in each part
 * @param change   [own pixels] d above; read where there is a part
 * @param tilted   [own pixels] [out] sums to mass in each part; 0 elsewhere; may be
 *                 @p change, not @p observed
 */
CYT_NODISCARD cyt_code cyt_tilt_map(MPI_Comm comm, const cyt_pieces *pieces,
                                    const double *mass, const double *observed,
                                    const double *change, double *tilted,
                                    cyt_error *err);

#endif
