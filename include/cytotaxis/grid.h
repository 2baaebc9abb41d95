/**
 * @file grid.h
 * @brief The raster laid over a slide, and where a point falls on it.
 *
 *     origin_um ──► x, columns
 *        │  ┌──┬──┬──┐   pixel (row, col) covers
 *        ▼  ├──┼──┼──┤   [origin + col·h, origin + (col + 1)·h) in x, same in y;
 *     y,rows└──┴──┴──┘   its value stands for its centre
 *
 * Lengths µm. Rows and columns are rounded up to sizes that transform fast
 * (2^a 3^b 5^c 7^d), and what is added is shared by both sides.
 */
#ifndef CYT_GRID_H
#define CYT_GRID_H

#include <stddef.h>
#include <stdint.h>

typedef struct cyt_box {
    double x_min, x_max, y_min, y_max;
} cyt_box;

typedef struct cyt_grid {
    double spacing_um;  /**< h, side of a pixel */
    double origin_x_um; /**< outer corner of pixel (0, 0) */
    double origin_y_um;
    size_t n_cols; /**< pixels along x */
    size_t n_rows; /**< pixels along y */
} cyt_grid;

/** Smallest n' >= n (n >= 1) whose prime factors are all 2, 3, 5 or 7. */
size_t cyt_fft_size(size_t n);

/** Grid of spacing @p spacing_um that covers @p box_um and @p padding_um around it. */
cyt_grid cyt_grid_over(cyt_box box_um, double spacing_um, double padding_um);

/** Row / column of the pixel that holds a coordinate; points outside go to the edge. */
size_t cyt_grid_row(const cyt_grid *grid, double y_um);
size_t cyt_grid_col(const cyt_grid *grid, double x_um);

/** Fewest pixels whose area is at least @p area_um2. */
uint64_t cyt_grid_pixels_over(const cyt_grid *grid, double area_um2);

/** Area of @p n pixels, µm². */
double cyt_grid_area_um2(const cyt_grid *grid, uint64_t n);

#endif
