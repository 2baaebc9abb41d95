/**
 * @file neighbours.h
 * @brief The points near a point: all within a radius, or the k nearest.
 *
 * Points are sorted into square bins of about two points each over their bounding box;
 * a search looks at the bins the radius reaches, or at growing rings of bins until no
 * bin of the next can hold a nearer point. Exact in double; of points equally far, the
 * one with the lower rank is nearer.
 *
 * Advantage: simple, and linear for tissue. Price: a slide that crowds into few of its
 * bins makes searches long.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_NEIGHBOURS_H
#define CYT_NEIGHBOURS_H

#include <stddef.h>
#include <stdint.h>

typedef struct cyt_bins {
    size_t n;
    const double *x, *y;  /**< [n] borrowed, finite */
    const uint64_t *rank; /**< [n] borrowed; who is first among equally far points */
    size_t n_cols, n_rows;
    double x_min, y_min, side;
    uint32_t *start; /**< [n_cols * n_rows + 1] */
    uint32_t *point; /**< [n] by bin */
} cyt_bins;

/** Numbers of uint32_t that cyt_bins_fill() needs. */
size_t cyt_bins_size(size_t n);

/** @param room [cyt_bins_size(n)] kept by @p bins */
void cyt_bins_fill(size_t n, const double *x, const double *y, const uint64_t *rank,
                   uint32_t *room, cyt_bins *bins);

/**
 * Points with dx² + dy² <= radius².
 * @param skip  this point is left out; UINT32_MAX: none is
 * @param found [out] [their number], in no order; NULL: only count
 * @return how many
 */
size_t cyt_bins_within(const cyt_bins *bins, double x, double y, double radius,
                       uint32_t skip, uint32_t *found);

/** One of the k nearest. */
typedef struct cyt_near {
    double d2;
    uint64_t rank;
    uint32_t point;
} cyt_near;

/** Is a nearer than b? */
int cyt_nearer(const cyt_near *a, const cyt_near *b);

/** Put @p candidate in its place among the @p n (<= k) nearest, sorted; the k + 1st
 * drops out. @return how many there are now */
size_t cyt_near_insert(cyt_near *list, size_t n, size_t k, cyt_near candidate);

/**
 * The k nearest points with d² <= @p most_d2, sorted.
 * @param list [k] [out]
 * @return how many
 */
size_t cyt_bins_nearest(const cyt_bins *bins, double x, double y, uint32_t skip,
                        size_t k, double most_d2, cyt_near *list);

#endif
