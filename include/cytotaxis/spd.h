/**
 * @file spd.h
 * @brief Small symmetric systems, some of whose columns may say nothing new.
 *
 * Cholesky's factor column by column; a column whose pivot, the part of it that the
 * kept ones before it do not explain, is below a share of its own square, is left out,
 * as R's glm() leaves out aliased coefficients. Matrices are lower triangles row by
 * row, entry (j, k <= j) at j (j + 1) / 2 + k.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_SPD_H
#define CYT_SPD_H

#include <stddef.h>

/**
 * Factor.
 *
 * @param a       [n (n + 1) / 2] sums of squares and products
 * @param least   share of its square below which a column is left out; a normal
 *                equation knows its pivot to about 1e-16 of it
 * @param is_kept [n] [in,out] 0: leave out in any case; [out] 1 or 0
 * @param factor  [n (n + 1) / 2] [out] rows and columns left out are 0
 * @return columns kept
 */
size_t cyt_spd_factor(size_t n, const double *a, double least, char *is_kept,
                      double *factor);

/** Solve for one right side. @p x [n] [in,out]; 0 where left out. */
void cyt_spd_solve(size_t n, const double *factor, const char *is_kept, double *x);

/** x <- L^{-1} x, and x <- L'^{-1} x, of the factor L; both together solve.
 *  @p x [n] [in,out]; 0 where left out */
void cyt_spd_forward(size_t n, const double *factor, const char *is_kept, double *x);
void cyt_spd_backward(size_t n, const double *factor, const char *is_kept, double *x);

#endif
