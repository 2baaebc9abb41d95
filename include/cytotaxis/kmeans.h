/**
 * @file kmeans.h
 * @brief The nearest of k centres for each row of a table.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_KMEANS_H
#define CYT_KMEANS_H

#include <stddef.h>
#include <stdint.h>

/** Most centres. */
#define CYT_CENTRES_MOST ((size_t)256)

/**
 * Label each row with its nearest centre; of equally near ones with the first. The
 * squares are added column by column, in their order.
 *
 * @param n      rows
 * @param width  columns
 * @param value  [n * width] row-major
 * @param k      centres, 1 to CYT_CENTRES_MOST
 * @param centre [width * k] column-major: column j of all centres side by side
 * @param label  [n] [in,out]
 * @param d2     [n] [out] squared distance to that centre
 * @return how many labels changed
 */
size_t cyt_kmeans_assign(size_t n, size_t width, const double *restrict value, size_t k,
                         const double *restrict centre, uint32_t *restrict label,
                         double *restrict d2);

#endif
