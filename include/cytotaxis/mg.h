/**
 * @file mg.h
 * @brief One level of black-box multigrid on a strip of pixel rows: operator, smoother,
 * residual, transfer, coarse operator.
 *
 * The operator of a level is kept as a graph: a weight for the edge to each neighbour
 * and, apart from them, the decay,
 *
 *     (A u)_i = k_i u_i + sum_j w_ij (u_i - u_j)
 *
 * Added into one diagonal, k would drown in its rounding (it is 1e-3 to 1e-8 of it),
 * and with it the answer where the field is smooth. The finest level has edges to the
 * right and below, coarser ones also to both neighbours below at an angle:
 *
 *          i ────── right          transfer to level + 1: unknowns stay on even rows
 *        ╱ │ ╲                     and columns; the others take
 *       ╱  │  ╲                      across  = left, right        of their row
 *     bl  below br                   down    = above, below       of their column
 *                                    centre  = all four corners
 *
 * with the weights of their own equation (Dendy), which add to 1. So the field between
 * two unknowns follows D: flat in a good conductor, steep in a bad one, and never
 * through a wall.
 *
 * Arrays hold the strip's rows and `halo` rows on both sides, each row with a margin of
 * zeros; what lies outside the tissue or the box is zero, so the kernels need no edge
 * cases. A pixel is of the tissue where inverse_diagonal > 0.
 *
 * Every function gives a pixel the same bits whatever the strip: which rows a colour
 * has, and in which order a sum is added, depends on global rows and columns alone.
 *
 * Advantage of the wavefronts (cyt_mg_descend, cyt_mg_ascend): all half sweeps of a
 * level and the transfer run over the rows once, a few rows behind one another, while
 * these are in cache. Price: halo rows are swept again by each neighbour instead of
 * being exchanged between half sweeps.
 *
 * J. E. Dendy, J. Comput. Phys. 48 (1982) 366, doi:10.1016/0021-9991(82)90057-2.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_MG_H
#define CYT_MG_H

#include <stddef.h>
#include <stdint.h>

enum {
    CYT_MG_HALF_SWEEPS = 4,               /**< two sweeps of two colours */
    CYT_MG_HALO = 2 * CYT_MG_HALF_SWEEPS, /**< halo rows: see cyt_mg_descend() */
    CYT_MG_REACH = 3, /**< halo rows of a transfer, in coarse rows */
    /** Levels of no more pixels are held whole by each rank and visited twice (W): the
     *  work of all of them is that of 1/64 of a slide of 2048², the messages of half
     *  the levels are saved. */
    CYT_MG_WHOLE_PIXELS = 256 * 256,
    CYT_MG_MARGIN = 16, /**< zeros left of each row; they are right of the one before */
    CYT_MG_LANES = 16,  /**< partial sums of a dot product */
    CYT_MG_WEIGHTS = 8,
};

/** The rows an array holds: [first - halo, end + halo) of n_rows. Levels need
 * CYT_MG_HALO + 1, of which the outermost stay zero; transfers CYT_MG_REACH. */
typedef struct cyt_mg_rows {
    int64_t n_rows;     /**< of the whole level */
    int64_t first, end; /**< own rows */
    int64_t halo;
    size_t n_cols;
    size_t stride; /**< floats from row to row */
} cyt_mg_rows;

/** A level. All arrays have the shape of rows. */
typedef struct cyt_mg_level {
    cyt_mg_rows rows;
    int is_finest;                   /**< five points; otherwise nine */
    float *right, *below;            /**< edges */
    float *below_right, *below_left; /**< finest: NULL */
    float *decay;
    size_t decay_stride;     /**< rows.stride; 0: one row stands for all */
    float *inverse_diagonal; /**< 0 outside the tissue */
    float *u, *f;            /**< unknowns and right side */
} cyt_mg_level;

/** Weights between a level and the coarser one. Indexed like rows of the coarser level:
 * with (I, J) at fine pixel (2I, 2J),
 *
 *     fine (2I+1, 2J  ) = across[0] u(I, J) + across[1] u(I+1, J)
 *     fine (2I,   2J+1) = down[0]   u(I, J) + down[1]   u(I, J+1)
 *     fine (2I+1, 2J+1) = centre[0..3] of u(I, J), u(I+1, J), u(I, J+1), u(I+1, J+1)
 */
typedef struct cyt_mg_transfer {
    cyt_mg_rows rows;
    float *across[2], *down[2], *centre[4];
} cyt_mg_transfer;

/** Floats between rows of @p n_cols pixels, and in an array of such rows. */
size_t cyt_mg_stride(size_t n_cols);
size_t cyt_mg_room(const cyt_mg_rows *rows);

/** The place of row @p j in an array of such rows. */
static inline float *cyt_mg_row(const cyt_mg_rows *rows, float *array, int64_t j)
{
    return array + CYT_MG_MARGIN +
           (size_t)(j - rows->first + rows->halo) * rows->stride;
}

/* --- set-up ----------------------------------------------------------------------- */

/** Edges of a row of the finest level, harmonic means of @p diffusion times @p scale.
 *  @param here,next [n_cols] D of this row and the one below it, NULL: none */
void cyt_mg_edges_row(size_t n_cols, const double *here, const double *next,
                      double scale, float *right, float *below);

/** 1 / (k + edges) for rows [from, to); reads the edges of row from - 1. */
void cyt_mg_diagonal(const cyt_mg_level *level, int64_t from, int64_t to);

/** Weights of the transfer for its rows within CYT_MG_REACH of the strip. */
void cyt_mg_weights(const cyt_mg_level *fine, const cyt_mg_transfer *transfer);

/** Floats of scratch for cyt_mg_galerkin(). */
size_t cyt_mg_galerkin_scratch(size_t coarse_cols);

/**
 * Coarse operator P' A P as edges and decay, for own rows [from, to) of the coarser
 * level.
 *
 * Taken square by square of four coarse unknowns: a fine edge of weight w whose ends
 * differ by sum q_i u_i, sum q = 0, has the energy w (sum q_i u_i)², which is that of
 * coarse edges of weights -w q_i q_j. So no diagonal appears, and nothing cancels. Fine
 * edges to a pixel without weights are left out.
 */
void cyt_mg_galerkin(const cyt_mg_level *fine, const cyt_mg_transfer *transfer,
                     const cyt_mg_level *coarse, int64_t from, int64_t to,
                     float *scratch);

/* --- cycle ------------------------------------------------------------------------ */

/** One half sweep of Gauss-Seidel on row @p j, in place. Half sweeps of the way down
 * are numbered 0, 1, …; @p reverse says that they are those of the way up, which undo
 * the order of colours. Finest level: one colour of the chessboard; others: rows of one
 * parity, first the columns of one parity, then the others. */
void cyt_mg_relax_row(const cyt_mg_level *level, int64_t j, int half_sweep,
                      int reverse);

/** f - A u on row @p j of the level, of 0 outside it. @param out [n_cols] with margin
 */
void cyt_mg_residual_row(const cyt_mg_level *level, int64_t j, float *out);

/** Right side of coarse row @p j from residuals of fine rows 2j - 1, 2j, 2j + 1. */
void cyt_mg_restrict_row(const cyt_mg_transfer *transfer, const cyt_mg_level *coarse,
                         int64_t j, const float *above, const float *here,
                         const float *below);

/** Add the coarse correction to fine row @p j. */
void cyt_mg_prolong_row(const cyt_mg_level *fine, const cyt_mg_transfer *transfer,
                        const cyt_mg_level *coarse, int64_t j);

/** Floats of scratch for cyt_mg_descend(): four rows of residuals. */
size_t cyt_mg_descend_scratch(size_t n_cols);

/**
 * Smooth and restrict the residual to the own rows of the coarser level.
 *
 * From zero, CYT_MG_HALO halo rows of f give CYT_MG_HALO + 1 - CYT_MG_HALF_SWEEPS of u:
 * enough for the residual next to the strip and for the sweeps of the way up.
 *
 * @param from_zero u starts as 0; otherwise as it is, and the strip must be the whole
 *                  level
 */
void cyt_mg_descend(const cyt_mg_level *fine, const cyt_mg_transfer *transfer,
                    const cyt_mg_level *coarse, int from_zero, float *scratch);

/** Add the coarse correction and smooth; needs CYT_MG_REACH halo rows of the coarse u;
 *  one halo row of u is then as in the neighbour's strip. */
void cyt_mg_ascend(const cyt_mg_level *fine, const cyt_mg_transfer *transfer,
                   const cyt_mg_level *coarse);

/* --- conjugate gradients on the finest level -------------------------------------- */

/** Sum of a_i b_i in double, in CYT_MG_LANES partial sums. */
double cyt_mg_dot(size_t n, const float *a, const float *b);

/** A p on row @p j, as differences. @return sum of p_i (A p)_i */
double cyt_mg_apply_row(const cyt_mg_level *finest, float *p, int64_t j, float *out);

/** p = z + beta p. */
void cyt_mg_direction_row(size_t n, float beta, const float *z, float *p);

/** A row of the direction and of what the operator makes of it. */
typedef struct cyt_mg_step_row {
    const float *p, *ap; /**< [n] */
} cyt_mg_step_row;

/** x += in_x p, r -= in_r A p. @return sum of r² */
double cyt_mg_step(size_t n, const cyt_mg_step_row *row, double in_x, float in_r,
                   double *x, float *r);

/** What one row of the true residual is made of. */
typedef struct cyt_mg_true_row {
    size_t n_cols;
    double per_area;      /**< 1 / h² */
    const double *source; /**< [n_cols] as the next ones */
    const double *c, *c_above, *c_below;
    const double *d, *d_above, *d_below; /**< D; a missing row is one of zeros */
    const double *decay;                 /**< NULL: uniform */
    double uniform_decay;
} cyt_mg_true_row;

/** Sums over a row. */
typedef struct cyt_mg_true_sums {
    double square;   /**< sum of (s - A c)² */
    double rounding; /**< sum of (diag(A) c)², whose last bits are lost in it */
    double largest;  /**< max |s - A c| */
} cyt_mg_true_sums;

/** s - A c in double from D and k themselves, times @p scale in @p out.
 *  @param out [n_cols], 0 outside the tissue */
void cyt_mg_true_residual_row(const cyt_mg_true_row *row, double scale, float *out,
                              cyt_mg_true_sums *sums);

#endif
