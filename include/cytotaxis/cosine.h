/**
 * @file cosine.h
 * @brief Linear filters on the whole box by fast cosine transform: the steady field of
 * a signal with uniform D and k, and smoothing.
 *
 * With no flux through the edge of the box, the cosine modes are the eigenvectors of
 * the 5-point Laplacian on pixel centres; mode m of N has the eigenvalue
 *
 *     mu_m = 4 / h² · sin²(pi m / 2N)             (of minus the Laplacian, 1/µm²)
 *
 * so that a filter is one multiplication by a gain g(mu_x + mu_y) between two
 * transforms. The answer is the exact solution of the discrete equations up to
 * rounding.
 *
 *     1. rows:     forward transform of each row of the strip
 *     2. transpose to column strips                       (skipped by a group of one)
 *     3. columns:  forward, gain, backward, column by column, in cache
 *     4. transpose back
 *     5. rows:     backward transform
 *
 * Advantage: three passes over the raster instead of the five of two plain 2-D
 * transforms and a multiplication, no iteration, no tolerance. Each row and column is
 * transformed alone by a plan that depends on its length only (dct.h), so the bits do
 * not depend on the number of ranks. Price: uniform D and k and the whole box only; a
 * group of more than one holds a second raster during the solve.
 */
#ifndef CYT_COSINE_H
#define CYT_COSINE_H

#include "cytotaxis/dct.h"
#include "cytotaxis/grid.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

typedef struct cyt_cosine {
    size_t n_rows, n_cols;
    double spacing_um;
    size_t size, rank;    /**< of the group it was made for */
    uint64_t *row_starts; /**< [size + 1] the slide's strips */
    uint64_t *col_starts; /**< [size + 1] equal shares of the columns */
    cyt_dct along_row;    /**< length n_cols */
    cyt_dct along_col;    /**< length n_rows */
    double *mu_x;         /**< [n_cols] 1/µm² */
    double *mu_y;         /**< [n_rows] */
    double *scratch;      /**< for rows, and for a panel of columns */
} cyt_cosine;

/** What to do with a mode. */
typedef struct cyt_gain {
    enum {
        CYT_GAIN_FIELD, /**< 1 / (decay + diffusion (mu_x + mu_y)) */
        CYT_GAIN_HEAT,  /**< exp(-diffusion (mu_x + mu_y)) */
    } kind;
    double
        diffusion; /**< field: D, µm²/s, or µm² in relative units; heat: variance/2 */
    double decay; /**< field: k, 1/s, or 1 in relative units; heat: unused */
} cyt_gain;

/** Steady state of D lap c - k c + s = 0: D in µm²/s, k > 0 in 1/s, s in amount/(µm² s)
 *  gives c in amount/µm². */
cyt_gain cyt_gain_steady(double diffusion_um2_per_s, double decay_per_s);

/** The same when only lambda = sqrt(D/k) is known: k = 1, D = lambda². The field then
 * has the unit of the source, and k sum(c) h² = sum(S) reads sum(c) h² = sum(S). */
cyt_gain cyt_gain_relative(double lambda_um);

/** Smoothing by the heat kernel of the pixel lattice. On each axis the weights are
 *  exp(-t) I_n(t), t = sigma²/h², I_n the modified Bessel function: positive, of sum 1
 * and variance exactly sigma² on the infinite lattice; at the edge they fold back. T.
 * Lindeberg, IEEE Trans. Pattern Anal. 12 (1990) 234, doi:10.1109/34.49051. */
cyt_gain cyt_gain_smooth(double sigma_um);

/**
 * Plan filters on @p grid cut into @p row_starts. Collective over @p comm.
 *
 * @param row_starts [size + 1] first row of each strip, copied
 * @param plan       [out] released with cyt_cosine_free(); holds no communicator
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_cosine_init(MPI_Comm comm, const cyt_grid *grid,
                                       const uint64_t *row_starts, cyt_cosine *plan,
                                       cyt_error *err);
void cyt_cosine_free(cyt_cosine *plan);

/**
 * Filter a raster. Collective over @p comm, the group the plan was made for.
 *
 * @param gain  the same on every rank
 * @param field [own rows * n_cols] row-major [in,out] source, then result
 * @return CYT_OK; CYT_ERR_USAGE when the gain is not finite and positive;
 * CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_cosine_solve(MPI_Comm comm, const cyt_cosine *plan,
                                        const cyt_gain *gain, double *field,
                                        cyt_error *err);

/** Bound on the rounding error of a filtered value, DBL_EPSILON * log2(pixels) *
 * largest: differences below it mean nothing. */
double cyt_cosine_error(const cyt_cosine *plan, double largest);

#endif
