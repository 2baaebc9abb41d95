/**
 * @file islands.h
 * @brief Components of a tissue: found as runs of pixels, and solved directly when they
 * are small.
 *
 * A component has no flux to another, so each is a system of its own. One of a few
 * pixels lies between the unknowns of every coarse level: there it would be tied to
 * others it has nothing to do with. Solved apart it costs little, and the levels are
 * left with what they are good at.
 *
 * Pixels are neighbours when they share a face. A run is a maximal row of pixels; runs
 * of adjacent rows that overlap are united (union-find), so that smooth tissue is
 * labelled at the price of reading it.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_ISLANDS_H
#define CYT_ISLANDS_H

#include <stddef.h>
#include <stdint.h>

/** Pixels [from, to) of a row. */
typedef struct cyt_pixel_run {
    size_t root; /**< first run, in order of rows and columns, of its component */
    uint32_t row, from, to;
} cyt_pixel_run;

/** How many runs of positive pixels a raster has. @param d [n_rows * n_cols] */
size_t cyt_runs_count(size_t n_rows, size_t n_cols, const double *d);

/** Find them, in order of rows and columns, and what they belong to. */
void cyt_runs_label(size_t n_rows, size_t n_cols, const double *d, cyt_pixel_run *runs);

typedef struct cyt_place {
    uint32_t row, col;
} cyt_place;

/** A component, and the equations of elliptic.h on it. */
typedef struct cyt_island {
    size_t n;
    const cyt_place *place;  /**< [n] in order of rows and columns */
    const double *d, *k, *s; /**< [n] */
    double per_area;         /**< 1 / h² */
} cyt_island;

/** Bytes of scratch to solve an island of @p n pixels. */
size_t cyt_island_scratch(size_t n);

/**
 * Solve an island by Cholesky factorisation of its profile, pixels ordered along its
 * shorter side.
 *
 * @param x       [n] [out]
 * @param scratch aligned as a double
 */
void cyt_island_solve(const cyt_island *island, double *x, void *scratch);

#endif
