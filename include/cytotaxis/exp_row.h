/**
 * @file exp_row.h
 * @brief e to the power of many numbers.
 *
 * x = k log 2 + r with |r| at most half of log 2, which is taken off in two parts of
 * which the first has so few digits that k times it is exact (W. J. Cody, W. Waite,
 * Software Manual for the Elementary Functions, 1980, chapter 6); e^r is Taylor's
 * polynomial of degree 13, whose rest is below 5e-18; k goes into the exponent.
 *
 * Advantage over the C library: several numbers at a time, and the same bits on every
 * processor, where libraries take fused operations if there are some. Price: up to one
 * unit in the last place more, and numbers too small to be normal are 0.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_EXP_ROW_H
#define CYT_EXP_ROW_H

#include <stddef.h>

/** @param x   [n]
 *  @param out [n] [out] e^x: within 2 units in the last place; infinite, 0 and NaN as
 *             they ought to be; may be @p x */
void cyt_exp_row(size_t n, const double *x, double *out);

#endif
