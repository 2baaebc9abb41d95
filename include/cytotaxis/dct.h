/**
 * @file dct.h
 * @brief The cosine transform of one row, and a filter between it and its inverse.
 *
 *     forward   X[k] = sum_j x[j] cos(pi k (j + 1/2) / n)          (DCT-II)
 *     backward  recovers n times the x of that X                   (DCT-III, scaled)
 *
 * The idea (Makhoul): put the even samples first and the odd ones behind in reverse,
 * v = x0 x2 x4 … x5 x3 x1; then with V the real-to-complex transform of v and
 * w[k] = exp(-i pi k / 2n),   X[k] - i X[n-k] = w[k] V[k],   X[n] = 0. The reordering
 * happens while the row is copied into aligned scratch, the turning by w while it is
 * copied out.
 *
 * Advantage: FFTW's real-to-complex plans are vectorised and lose little when planned
 * without timing; its own cosine plans are scalar and 2.5 times slower (measured, n =
 * 1024 … 8192). One row at a time, from aligned scratch, by a plan that depends on n
 * alone: the bits of a row do not depend on its neighbours, the rank or the timing.
 * Price: a plan for each length; exact repeatability holds per CPU type, since FFTW
 * picks its vector width at run time, and as long as nobody feeds FFTW wisdom.
 *
 * J. Makhoul, IEEE Trans. Acoust. Speech Signal Process. 28 (1980) 27,
 * doi:10.1109/TASSP.1980.1163351.
 */
#ifndef CYT_DCT_H
#define CYT_DCT_H

#include "cytotaxis/status.h"

#include <stddef.h>

struct fftw_plan_s;

typedef struct cyt_dct {
    size_t n;
    double *turn; /**< [2 * (n / 2 + 1)] cos, sin of pi k / 2n */
    struct fftw_plan_s *to_waves;
    struct fftw_plan_s *from_waves;
} cyt_dct;

/** Plan transforms of length @p n >= 1. Not collective; uses no timing. */
CYT_NODISCARD cyt_code cyt_dct_init(cyt_dct *dct, size_t n, cyt_error *err);
void cyt_dct_free(cyt_dct *dct);

/** Doubles between the starts of two shuffled rows so that both are aligned. */
size_t cyt_dct_room(size_t n);

/** Doubles of scratch for the functions below: shuffled row and its waves. */
size_t cyt_dct_scratch(size_t n);

/** Place of sample @p j in the shuffled row. */
static inline size_t cyt_dct_place(size_t n, size_t j)
{
    return j % 2 ? n - (j + 1) / 2 : j / 2;
}

/** x → X. @param in,out [n], may be the same; @param scratch from cyt_alloc() */
void cyt_dct_forward(const cyt_dct *dct, const double *in, double *out,
                     double *scratch);

/** X → n x. @param in,out [n], may be the same */
void cyt_dct_backward(const cyt_dct *dct, const double *in, double *out,
                      double *scratch);

/**
 * Forward, multiply by @p gain, backward, without leaving the cache.
 *
 * @param gain     [n] of each X[k]; 1/n in it undoes the factor of the transforms
 * @param shuffled [n] [in,out] a row in shuffled order, 64-byte aligned
 * @param waves    [2 * (n / 2 + 1)] scratch, 64-byte aligned
 */
void cyt_dct_filter(const cyt_dct *dct, const double *gain, double *shuffled,
                    double *waves);

#endif
