/**
 * @file pair_sweep.h
 * @brief Count the pairs of cells by type, type and distance: each pair looked at once.
 *
 * Cells are sorted into buckets, buckets into strips of y. A cell looks at the buckets
 * of each strip that its largest radius can reach, so what it tests is little more than
 * a disc. Distances are computed in single precision, in units of a bin, and rounded
 * down to the bin; where that could differ from the verdict in double precision, by a
 * bound that follows from the extent of the cells (pair_sort.c), the pair is decided in
 * double precision. So the counts are those of
 *
 *     dx * dx + dy * dy <= r * r     with dx = x[j] - x[i], dy = y[j] - y[i]
 *
 * in double precision, each operation rounded as written. Radii that are multiples of
 * one width, up to 64 of it, need no search for the bin; others take a binary search.
 *
 * Advantage: the time is that of the pairs counted, some two or three cycles each on
 * processors with AVX-512. Price: cells far away from all others, by thousands of times
 * the extent of the rest, make buckets coarse and the sweep slow, though not wrong.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_PAIR_SWEEP_H
#define CYT_PAIR_SWEEP_H

#include <stddef.h>
#include <stdint.h>

/** Most radii, and most types, of one sweep. */
#define CYT_PAIR_RADII ((size_t)64)
#define CYT_PAIR_TYPES ((size_t)64)
/** Most targets, and most queries. */
#define CYT_PAIR_MAX ((size_t)1 << 31)

/** Cells as arrays, borrowed. Differences of positions below 1e150. */
typedef struct cyt_pair_cells {
    size_t n;
    const double *x, *y;  /**< [n] finite */
    const uint16_t *type; /**< [n]; not below n_types: the cell takes part in nothing */
    const uint8_t *floor; /**< [n] pairs of a query count from this radius on, at most
                             n_radii - 1; NULL: from the first */
} cyt_pair_cells;

typedef struct cyt_pair_task {
    const cyt_pair_cells *targets; /**< their floor is not looked at */
    const cyt_pair_cells *queries; /**< other cells than the targets, or cells that may
                                      be counted with themselves; NULL: each unordered
                                      pair of targets once, in either order */
    size_t n_types, n_radii;       /**< 1 to CYT_PAIR_TYPES, CYT_PAIR_RADII */
    const double *radius;          /**< [n_radii] ascending, 1e-150 to 1e150 */
} cyt_pair_task;

/** The ways to do it; all give the same counts. */
typedef enum cyt_pair_variant {
    CYT_PAIR_PLAIN,  /**< all in double precision */
    CYT_PAIR_AVX2,   /**< eight pairs at a time */
    CYT_PAIR_AVX512, /**< sixteen */
} cyt_pair_variant;

/** The fastest this processor runs: it runs all before, too. */
cyt_pair_variant cyt_pair_best(void);

/** Bytes that cyt_pair_sweep() needs as scratch, aligned to 64. */
size_t cyt_pair_scratch(const cyt_pair_task *task);

/**
 * Add the pairs (i of type a, j of type b), i a query and j a target, whose distance is
 * within radius[k], and not within radius[k - 1], to
 * `count[(a * n_types + b) * n_radii + k]`.
 *
 * @param variant at most cyt_pair_best()
 * @param scratch [cyt_pair_scratch(task)] bytes
 * @param count   [n_types * n_types * n_radii] [in,out]
 */
void cyt_pair_sweep(const cyt_pair_task *task, cyt_pair_variant variant, void *scratch,
                    uint64_t *count);

#endif
