/**
 * @file small_matrix.h
 * @brief Cholesky's factor of a small symmetric matrix, and what is solved with it.
 *
 * Row-major [p * p]; only the lower triangle is read and written.
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_SMALL_MATRIX_H
#define CYT_SMALL_MATRIX_H

#include <stddef.h>

/** Replace @p a by its factor. Returns 0 when a pivot falls below eps^(3/4) of what
 *  stood there, the bound of R's survival package (toler.chol): the columns are then
 *  linearly dependent. */
int cyt_cholesky(size_t p, double *a);
/** x := A^-1 x */
void cyt_cholesky_solve(size_t p, const double *factor, double *x);
/** x := L^-1 x, so that x'x is the form of A^-1. */
void cyt_cholesky_forward(size_t p, const double *factor, double *x);
/** log det A */
double cyt_cholesky_log_det(size_t p, const double *factor);

#endif
