/**
 * @file niches.h
 * @brief Niches: the rows of a table over all ranks, in k groups of like rows.
 *
 * A row is a cell, its columns the composition of its window (neighbourhood.h), its key
 * a number no other row of the cohort has. Ranks hold rows of any slides, in any order.
 * Neither where a row is held nor when it comes changes a bit of the result:
 *
 *     seeding   k-means++: each further centre is a row drawn with probability
 *               proportional to D², its squared distance to the centres so far. Each
 *               row draws u, a function of (seed, key, centre), and the smallest
 *               -log(u) / D² of all rows wins: exponential clocks, of which that of
 *               row i rings first with probability D²_i / sum D². No running sum over
 *               rows, hence no order.
 *     Lloyd     every row goes to its nearest centre, every centre to the mean of its
 *               rows, whose sums are exact (exact_sum.h), until no row moves.
 *
 * A centre that lost its rows moves to the row that is farthest from its own.
 *
 * D. Arthur, S. Vassilvitskii, SODA 2007, 1027; S. P. Lloyd, IEEE Trans. Inf. Theory 28
 * (1982) 129, doi:10.1109/TIT.1982.1056489. For niches: C. M. Schürch et al., Cell 182
 * (2020) 1341, doi:10.1016/j.cell.2020.07.005.
 */
#ifndef CYT_NICHES_H
#define CYT_NICHES_H

#include "cytotaxis/kmeans.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** This rank's rows; borrowed. */
typedef struct cyt_niche_rows {
    size_t n, n_columns;
    const double *value; /**< [n * n_columns] row-major, finite */
    const uint64_t *key; /**< [n] different for every row of all ranks */
} cyt_niche_rows;

typedef struct cyt_niche_params {
    size_t k;        /**< 1 to CYT_CENTRES_MOST */
    uint64_t seed;   /**< of the choice of first centres */
    size_t n_starts; /**< >= 1 independent seedings, of which the best is kept: the one
                          of least inertia, the first of equals */
    size_t max_rounds; /**< >= 1 of Lloyd's iteration */
} cyt_niche_params;

typedef struct cyt_niches {
    size_t k; /**< fewer than asked for when there are fewer different rows */
    size_t n_columns;
    double *centre; /**< [k * n_columns] row-major: the mean row of each niche */
    uint64_t *size; /**< [k] rows over all ranks */
    double inertia; /**< sum of squared distances to the own centre */
    size_t rounds;  /**< of the start that was kept */
    int settled;    /**< no row moved in the last round */
} cyt_niches;

/**
 * Find niches. Collective over @p comm; params and n_columns agree.
 *
 * Inertia and labels belong to the centres as they stand in the result.
 *
 * @param niches [out] the same on every rank; released with cyt_niches_free()
 * @param label  [rows->n] [out] niche of each own row
 * @return CYT_OK; CYT_ERR_USAGE for params out of range; CYT_ERR_DATA for no row at
 *         all, more than CYT_EXACT_MOST, or a value that is not finite; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_niches_fit(MPI_Comm comm, const cyt_niche_rows *rows,
                                      const cyt_niche_params *params,
                                      cyt_niches *niches, uint32_t *label,
                                      cyt_error *err);

/** Accepts zero and leaves it. */
void cyt_niches_free(cyt_niches *niches);

/** Inertia for each k from @p k_min to @p k_max: where it stops falling fast is the k
 *  to take. Collective. @p params->k is not used.
 *  @param inertia [k_max - k_min + 1] [out] */
CYT_NODISCARD cyt_code cyt_niches_scan(MPI_Comm comm, const cyt_niche_rows *rows,
                                       const cyt_niche_params *params, size_t k_min,
                                       size_t k_max, double *inertia, cyt_error *err);

#endif
