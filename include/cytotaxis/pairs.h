/**
 * @file pairs.h
 * @brief How many pairs of cells of each two types are within each of some radii.
 *
 * Everything that is made of pairs, cross-K, pair correlation, co-occurrence, mixing,
 * is made of these counts. They are exact: a pair is within r when
 * `dx * dx + dy * dy <= r * r`, in double precision, each operation rounded as written,
 * dx and dy being the differences of the numbers as read. So cells of a lattice, where
 * many distances equal a radius, are counted as arithmetic has it.
 *
 * A strip borrows the cells within the largest radius of it from the strips below
 * (halo.h), and counts the pairs of its own cells (pair_sweep.h) and those of its own
 * with borrowed ones: each unordered pair is evaluated once, on one rank, and counted
 * in both orders. The counts are integers, so their sum over the ranks does not depend
 * on the strips. For border counts, pairs of the few cells nearer to the edge than the
 * largest radius are counted once more, from these cells, and taken away.
 *
 * Memory, beside the cells: at most 50 bytes per cell of the strip and 120 per borrowed
 * one; with a border, 80 more per cell nearer to it than the largest radius; and 32 per
 * two types and radius.
 */
#ifndef CYT_PAIRS_H
#define CYT_PAIRS_H

#include "cytotaxis/cells.h"
#include "cytotaxis/pair_sweep.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** What to count; borrowed. */
typedef struct cyt_pair_params {
    size_t n_radii;       /**< 1 to CYT_PAIR_RADII */
    const double *radius; /**< [n_radii] ascending, source units, 1e-150 to 1e150 */
    const double *border; /**< [cells.n] distance of each own cell to the edge of the
                             window, source units; NULL: no border counts */
} cyt_pair_params;

/** Counts over the whole slide. Cells without a type take part in nothing. */
typedef struct cyt_pair_counts {
    size_t n_types, n_radii;
    uint64_t *within; /**< [(a * n_types + b) * n_radii + k] ordered pairs (i of a, j of
                         b, i != j) with d <= radius[k]: cumulative; coincident pairs
                         are counted */
    uint64_t *inner_within; /**< same shape, only i with border[i] >= radius[k]; NULL
                               without border */
    uint64_t *inner; /**< [a * n_radii + k] cells of a with border >= radius[k]; NULL
                        without border */
} cyt_pair_counts;

/**
 * Count the pairs of a slide.
 *
 * Collective over the group of @p slide; @p params agree on every rank, but for the
 * values of border.
 * @param counts [out] the same on every rank; to be released with
 *               cyt_pair_counts_free(), also after an error
 * @return CYT_OK; CYT_ERR_CONFIG: no radius, too many, not ascending or not in
 *         range, or too many types; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_pairs_count(MPI_Comm comm, const cyt_slide *slide,
                                       const cyt_pair_params *params,
                                       cyt_pair_counts *counts, cyt_error *err);

void cyt_pair_counts_free(cyt_pair_counts *counts);

#endif
