/**
 * @file edt.h
 * @brief Exact squared Euclidean distance of every pixel to the nearest seed pixel.
 *
 * The distance separates: with v(u) the vertical distance from (row, u) to the nearest
 * seed of column u,
 *
 *     d²(row, x) = min over u of  v(u)² + (x - u)²,
 *
 * so a sweep down and a sweep up give v, and each row then needs the lower envelope of
 * parabolas of equal width (Felzenszwalb & Huttenlocher 2012,
 * doi:10.4086/toc.2012.v008a019; Meijster et al. 2000, doi:10.1007/0-306-47025-X_36).
 * Two such parabolas cross once, so the column of the nearest seed never moves left
 * when x moves right. We use just that: the winning columns at every 32nd pixel are
 * found by halving the row, each search between the winners of its two neighbours; the
 * pixels in between then try the columns between two winners, 32 pixels at a time. No
 * division, no stack, no branch per pixel, all in integers.
 *
 * Advantage: exact; loops over integers that vectorise; rows are independent, and the
 * sweeps need one vector of n_cols from the strip above and below, so a raster cut into
 * strips never needs transposing. Price: n log n in the width of a row, in the worst
 * case.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_EDT_H
#define CYT_EDT_H

#include <stddef.h>
#include <stdint.h>

/** Largest number of rows, and of columns: keeps d² below CYT_EDT_NONE. */
#define CYT_EDT_MAX_SIDE 23170
/** Vertical distance when a column has no seed; larger than any row number. */
#define CYT_EDT_FAR 32768
/** d² when there is no seed anywhere: CYT_EDT_FAR squared. */
#define CYT_EDT_NONE ((uint32_t)1 << 30)

/**
 * First and last seed row of each column.
 *
 * @param seeds  [n_rows * n_cols] row-major, nonzero = seed
 * @param first  [out] [n_cols] row, n_rows if the column has no seed
 * @param last   [out] [n_cols] row, -1 if the column has no seed
 */
void cyt_edt_ends(size_t n_rows, size_t n_cols, const unsigned char *seeds,
                  int32_t *restrict first, int32_t *restrict last);

/**
 * The sweep down a block of whole rows: rows from each pixel to the nearest seed of its
 * column at or above it.
 *
 * @param above [n_cols] rows from the block's first row to the nearest seed above the
 *              block, 1 .. CYT_EDT_FAR; CYT_EDT_FAR: none
 * @param down  [out] [n_rows * n_cols] 0 .. CYT_EDT_FAR
 */
void cyt_edt_down(size_t n_rows, size_t n_cols, const unsigned char *seeds,
                  const int32_t *above, uint16_t *down);

/** Numbers of int32_t that cyt_edt_up() needs as scratch. */
size_t cyt_edt_scratch(size_t n_cols);

/**
 * Start the sweep up.
 * @param below   [n_cols] rows from the block's last row to the nearest seed below it
 * @param scratch [cyt_edt_scratch(n_cols)] [out] handed from row to row
 */
void cyt_edt_start(size_t n_cols, const int32_t *below, int32_t *scratch);

/**
 * Squared distances, in pixels, of the next row; the last row comes first. One row at a
 * time, so that what is made of it is made while it is in the cache.
 *
 * @param down [n_cols] this row as cyt_edt_down() left it
 * @param d2   [out] [n_cols]; CYT_EDT_NONE where there is no seed at all
 */
void cyt_edt_up(size_t n_cols, const uint16_t *down, int32_t *scratch, uint32_t *d2);

/** Distance of each pixel in µm: (float)(sqrt(d2) * spacing_um), NaN for CYT_EDT_NONE.
 */
void cyt_edt_lengths(size_t n, const uint32_t *restrict d2, double spacing_um,
                     float *restrict distance_um);

#endif
