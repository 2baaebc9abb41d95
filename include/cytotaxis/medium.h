/**
 * @file medium.h
 * @brief What a signal spreads in: D and k of every pixel, the edges, and the solver
 * that suits them.
 *
 *     uniform D and k on the whole closed box  ──►  cosine transform    (cosine.h)
 *     anything else                            ──►  multigrid-CG        (elliptic.h)
 *
 * D div grad c - k c + s = 0 in general form: div(D grad c) - k c + s = 0, D by
 * compartment, k uniform plus what cells take up. Edges only add to k of the pixels
 * along them, so the equation stays one:
 *
 *     closed      nothing flows through                     + 0
 *     absorbing   c = 0 at the face, h/2 away               + 2 D / h²
 *     open        outside goes on for ever with the same    + D (1 - q) / h²
 *                 D and k: along the normal a field falls
 *                 by the factor q per pixel, where
 *                 q + 1/q = 2 + h² k / D
 *
 * The open edge is exact for fields that vary along the normal only (q solves the
 * 5-point equation on the half line); the price is an error where sources crowd a
 * corner. With it, and where cells take up signal, k sum(c) h² counts what is lost too.
 *
 * Advantage: signals of one medium share one set-up. Price: D, k and the source are
 * held in double, 24 bytes a pixel, besides the solver.
 */
#ifndef CYT_MEDIUM_H
#define CYT_MEDIUM_H

#include "cytotaxis/clip.h"
#include "cytotaxis/cosine.h"
#include "cytotaxis/domain.h"
#include "cytotaxis/elliptic.h"
#include "cytotaxis/grid.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** Everything is borrowed until cyt_medium_init() returns; plan and row_starts until
 * the end. */
typedef struct cyt_medium_params {
    const cyt_grid *grid;
    const uint64_t *row_starts;       /**< [size + 1] */
    const cyt_cosine *plan;           /**< of the whole box */
    const unsigned char *inside;      /**< [own pixels]; NULL: the whole box */
    const unsigned char *compartment; /**< [own pixels] codes; NULL: one medium */
    const double *diffusion; /**< [256] D > 0 by code, µm²/s or relative; [0] only where
                                compartment is NULL */
    double decay;            /**< k > 0, 1/s or relative */
    const double *uptake;    /**< [own pixels] adds to k, >= 0; NULL: none */
    cyt_edges edges;
} cyt_medium_params;

typedef struct cyt_medium {
    cyt_domain domain;      /**< its mask is left out where the whole box is tissue */
    const cyt_cosine *plan; /**< NULL: elliptic solves */
    cyt_elliptic *elliptic;
    cyt_gain gain;
    double uniform_decay;
    double *diffusion, *decay; /**< [own pixels]; NULL with plan */
} cyt_medium;

/**
 * Collective over @p comm; @p params agree but for the rasters.
 *
 * @param medium [out] released with cyt_medium_free(), also after a failure
 * @return CYT_OK; CYT_ERR_USAGE for D, k or uptake out of range; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_medium_init(MPI_Comm comm, const cyt_medium_params *params,
                                       cyt_medium *medium, cyt_error *err);
void cyt_medium_free(cyt_medium *medium);

/** How well a field is solved; the same on every rank. */
typedef struct cyt_solution {
    double decayed;  /**< sum(k c) h²: what is lost, in amount per time */
    double smallest; /**< before values below zero were set to 0 */
    double largest;
    double residual;       /**< |s - A c| / |s|, true; 0 where a transform solves */
    double error;          /**< bound on the error of a value */
    double gradient_error; /**< the same for a component of the gradient */
    int iterations;        /**< 0 where a transform solves */
} cyt_solution;

/**
 * The steady field of a source that is nowhere negative. Collective over @p comm.
 *
 * @param goal     for the iterative solver
 * @param field    [own pixels] source, amount/(µm² time), 0 outside the tissue [in];
 *                 concentration, amount/µm², >= 0, 0 outside the tissue [out]
 * @param solution [out]
 * @return CYT_OK; what cyt_elliptic_solve() and cyt_clip_negative() return
 */
CYT_NODISCARD cyt_code cyt_medium_solve(MPI_Comm comm, const cyt_medium *medium,
                                        const cyt_elliptic_goal *goal, double *field,
                                        cyt_solution *solution, cyt_error *err);

#endif
