/**
 * @file exact_sum.h
 * @brief Sums of doubles that do not depend on the order of the terms.
 *
 * Every term is cut into three whole numbers of 30 bits below a power of two that no
 * term reaches, and whole numbers add up the same in any order, on any number of ranks:
 *
 *     2^exponent            │ limb 0 │ limb 1 │ limb 2 │ dropped
 *                             30 bits  30 bits  30 bits
 *
 * A double has 53 bits, so terms are exact unless they are more than 2^37 times smaller
 * than the largest; what is dropped then, below 2^(exponent - 90), depends on the term
 * alone. Limbs are 64 bits wide: 2^33 terms, a cohort of 800 slides of 1e7 cells,
 * cannot overflow them. (The idea is Kulisch's long accumulator, cut to the range that
 * one column needs: U. Kulisch, W. Miranker, SIAM Rev. 28 (1986) 1,
 * doi:10.1137/1028001.)
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_EXACT_SUM_H
#define CYT_EXACT_SUM_H

#include <stddef.h>
#include <stdint.h>

enum { CYT_EXACT_LIMBS = 3 };
/** Terms that a sum can hold. */
#define CYT_EXACT_MOST ((uint64_t)1 << 33)

/** A sum; all zero when empty. Sums of one exponent add limb by limb. */
typedef struct cyt_exact_sum {
    int64_t limb[CYT_EXACT_LIMBS];
} cyt_exact_sum;

/** Least exponent e with |v| < 2^e for all finite values of @p v [n]; INT_MIN when
 * there is none but 0. */
int cyt_exact_exponent(size_t n, const double *v);

/** Add a finite @p v with |v| < 2^exponent. */
void cyt_exact_add(cyt_exact_sum *sum, int exponent, double v);

/** The sum, rounded once per limb. */
double cyt_exact_value(const cyt_exact_sum *sum, int exponent);

#endif
