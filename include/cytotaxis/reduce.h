/**
 * @file reduce.h
 * @brief A large raster made small while it is read: block by block, row by row.
 *
 *     ┌──┬──┬─┐   blocks of side x side pixels, cut off at the right and lower edge,
 *     ├──┼──┼─┤   become one pixel each: the mean of the values that are there (NaN
 *     └──┴──┴─┘   when none is), or the label that most pixels have
 *
 * Rows come in any portions, in order; sums of the blocks under way are kept between
 * them, so that memory holds one row of blocks and never the raster.
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_REDUCE_H
#define CYT_REDUCE_H

#include <stddef.h>
#include <stdint.h>

typedef struct cyt_reduction {
    uint64_t n_rows, n_cols; /**< of the raster */
    uint64_t side;           /**< of a block, at least 1 */
    size_t out_rows, out_cols;
} cyt_reduction;

/** The smallest blocks for which neither side of the result is above @p most >= 1. */
cyt_reduction cyt_reduction_of(uint64_t n_rows, uint64_t n_cols, size_t most);

/** Sums of the row of blocks under way; all zero before the first row. */
typedef struct cyt_block_sums {
    double *sum;     /**< [out_cols] */
    uint64_t *count; /**< [out_cols] values that are numbers */
} cyt_block_sums;

/** Take rows [first, first + n), [n * n_cols], and write the rows of blocks that they
 *  complete. @param out [out_rows * out_cols] */
void cyt_reduce_means(const cyt_reduction *r, uint64_t first, uint64_t n,
                      const float *rows, cyt_block_sums sums, float *out);

enum { CYT_REDUCE_LABELS = 256 };

/** Likewise for labels; of equally frequent ones the smallest.
 *  @param count [out_cols * CYT_REDUCE_LABELS], zero before the first row */
void cyt_reduce_labels(const cyt_reduction *r, uint64_t first, uint64_t n,
                       const uint8_t *rows, uint64_t *count, uint8_t *out);

#endif
