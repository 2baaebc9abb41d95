/**
 * @file hilbert.h
 * @brief Order points along a Hilbert curve, so that neighbours in memory are
 * neighbours.
 *
 * A run of consecutive points then fills a compact patch of the plane: good leaves for
 * trees, good blocks for vector loops. The curve is laid over the points' bounding box,
 * 2^16 cells on a side; points that share a cell are ordered by a finer curve over
 * their own box, and so on, so an outlier far away costs one more pass and not the
 * order.
 *
 * Advantage: n log n nowhere, a radix sort with three passes. Price: 12 bytes of
 * scratch a point. Curve: Hilbert 1891, doi:10.1007/BF01199431; use for packed trees:
 * Kamel & Faloutsos 1993, doi:10.1145/170088.170403.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_HILBERT_H
#define CYT_HILBERT_H

#include <stddef.h>
#include <stdint.h>

/** Numbers of uint32_t that cyt_hilbert_order() needs as scratch. */
size_t cyt_hilbert_scratch(size_t n);

/**
 * @param n        below 2^32
 * @param x, y     [n] finite
 * @param scratch  [cyt_hilbert_scratch(n)]
 * @param order    [out] [n] the points' numbers in the order of the curve
 */
void cyt_hilbert_order(size_t n, const double *x, const double *y, uint32_t *scratch,
                       uint32_t *order);

#endif
