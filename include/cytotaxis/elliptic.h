/**
 * @file elliptic.h
 * @brief The steady field of a tissue: -div(D grad c) + k c = s with D and k that
 * differ from pixel to pixel, on the pixels where D > 0.
 *
 * Cell-centred finite volumes on square pixels of side h. The flux through the face
 * between two pixels of the tissue takes the harmonic mean of their D (two half pixels
 * in series), so that it is continuous where D jumps:
 *
 *     (A c)_i = k_i c_i + sum over the four neighbours j of w_ij (c_i - c_j)
 *     w_ij    = 2 D_i D_j / (D_i + D_j) / h²,  0 at a face of the tissue or the box
 *
 * No flux leaves the tissue. Another edge is the caller's: it only adds to k in the
 * pixels along the edge, and takes its boundary value into the source.
 *
 * Solved by conjugate gradients, preconditioned by one multigrid cycle in single
 * precision:
 *
 *     field      x and its true residual s - A x          double
 *     outer      r, p, A p                                 float, refreshed from x
 *     level 0    ┌──────────────────┐  strips of rows, with 8 halo rows
 *     level 1    │  every 2nd row   │  strips: coarse row J is where fine row 2J is
 *        …       │  and column      │
 *     level g    └──────────────────┘  small enough: the same on every rank
 *
 * Every coarse level comes from the finer one (operator-dependent transfer P, coarse
 * operator P' A P), so walls, holes and jumps of D are seen at all scales. Components
 * of the tissue too small for that are solved directly (elliptic_islands.c).
 *
 * Advantage: about ten iterations whatever the number of pixels, the shape of the
 * tissue or the contrast of D; every iteration streams the raster a few times. Price:
 * 46 bytes a pixel besides D, s and c, 50 where k varies, in a box that is mostly
 * tissue or not.
 *
 * The bits of c do not depend on the number of ranks: colours and levels are those of
 * the whole raster, halo rows are computed as their owner computes them, and sums are
 * added in row order (ordered.h).
 *
 * J. E. Dendy, J. Comput. Phys. 48 (1982) 366, doi:10.1016/0021-9991(82)90057-2 (black
 * box multigrid). O. Tatebe, NASA Conf. Publ. 3224 (1993) 621 (as preconditioner).
 * Y. Notay, SIAM J. Sci. Comput. 22 (2000) 1444, doi:10.1137/S1064827599362314
 * (flexible conjugate gradients). G. L. G. Sleijpen, H. A. van der Vorst, Computing 56
 * (1996) 141, doi:10.1007/BF02309342 (reliable updates).
 */
#ifndef CYT_ELLIPTIC_H
#define CYT_ELLIPTIC_H

#include "cytotaxis/status.h"
#include "cytotaxis/stop.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** What is set up once for a medium and serves all of its sources. */
typedef struct cyt_elliptic cyt_elliptic;

/** The medium. Numbers and row_starts agree on every rank. D and k have one unit of
 * time between them (µm²/s and 1/s), or none when D is lambda² and k is 1. */
typedef struct cyt_elliptic_params {
    size_t n_rows, n_cols;      /**< of the whole raster, >= 1 */
    double spacing_um;          /**< side of a pixel, > 0 */
    const uint64_t *row_starts; /**< [size + 1] first row of each strip (strip.h),
                                     copied; a strip may have no row */
    const double *diffusion;    /**< [own rows * n_cols] D >= 0, 0 outside the tissue;
                                     borrowed until cyt_elliptic_destroy() */
    const double *decay;  /**< [own rows * n_cols] k > 0 where D > 0, read nowhere else;
                               borrowed likewise; NULL: uniform; agrees on every rank
                               in being NULL or not */
    double uniform_decay; /**< > 0, read when decay is NULL */
} cyt_elliptic_params;

/** Relative residual at which a field is good enough for what cells are told of it. */
#define CYT_ELLIPTIC_TOLERANCE 1e-8
/** A tissue takes about ten, one of walls and channels up to sixty, salt and pepper of
 * contrast 1e4 some hundreds; a medium that needs more is worth a complaint. */
#define CYT_ELLIPTIC_MAX_ITERATIONS 1000

/** When to stop. The same on every rank. */
typedef struct cyt_elliptic_goal {
    double tolerance; /**< relative 2-norm of the true residual, > 0: CYT_ELLIPTIC_… */
    int max_iterations;   /**< >= 1 */
    const cyt_stop *stop; /**< looked at in each iteration; NULL: nobody stops */
} cyt_elliptic_goal;

/** How the solution was reached. The same on every rank. */
typedef struct cyt_elliptic_result {
    int iterations;
    double residual; /**< |s - A c|_2 / |s|_2 in double, from D and k themselves; 0 when
                          there is no source */
    double largest_residual; /**< max |s - A c|, unit of the source */
    double error_bound; /**< largest_residual / min k: no pixel is farther than this
                             from the exact solution of the discrete equations, since A
                             is an M-matrix whose rows sum to k; unit of c */
} cyt_elliptic_result;

/**
 * Set up the levels of a medium. Collective over @p comm.
 *
 * @param out [out] released with cyt_elliptic_destroy(); holds no communicator; NULL on
 *            failure
 * @return CYT_OK, also for a raster without tissue; CYT_ERR_USAGE when a size, the
 * spacing, a D or a k is not as params says (names the pixel); CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_elliptic_create(MPI_Comm comm,
                                           const cyt_elliptic_params *params,
                                           cyt_elliptic **out, cyt_error *err);

/**
 * Solve for one source. Collective over @p comm, the group it was created for.
 *
 * Stops when the true residual is below goal->tolerance, or as small as the rounding of
 * c in double allows: DBL_EPSILON |diag(A) c|, which is more than the tolerance only
 * where lambda is thousands of pixels.
 *
 * @param e      [in,out] its scratch is used: one solve at a time
 * @param source [own rows * n_cols] s, any sign, read where D > 0
 * @param c      [own rows * n_cols] [in] first guess, read where D > 0: the field of a
 *               like medium, or zeros; [out] solution, 0 where D = 0. May not alias
 *               source
 * @param result [out] filled also when the iterations did not suffice
 * @return CYT_OK; CYT_ERR_USAGE for a goal that is not positive, a source or guess that
 * is not finite; CYT_ERR_INTERNAL when max_iterations did not suffice; CYT_ERR_MEMORY;
 * a CYT_STOP code, with which c is nothing
 */
CYT_NODISCARD cyt_code cyt_elliptic_solve(MPI_Comm comm, cyt_elliptic *e,
                                          const cyt_elliptic_goal *goal,
                                          const double *source, double *c,
                                          cyt_elliptic_result *result, cyt_error *err);

/** Accepts NULL. Not collective. */
void cyt_elliptic_destroy(cyt_elliptic *e);

#endif
