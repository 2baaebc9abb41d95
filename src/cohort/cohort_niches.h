/**
 * @file cohort_niches.h
 * @brief Niches of the whole cohort: cells of all slides with like neighbourhoods.
 *
 *     slides/<sample>.h5ad    obsm/neighbourhood, read back
 *       │  rows = cells, in the order of the samplesheet and then of the input,
 *       ▼  dealt to all ranks in equal parts, whoever had the slide
 *     shares of the types around each cell; cells alone are left out
 *       │  niches.h: k-means++ and Lloyd, for each k that is asked for
 *       ▼
 *     the k of the largest Calinski-Harabasz index; niches named by falling size
 *       ├──► cohort.h5ad       metrics niche/fraction/<niche>;
 *       │                      uns/niches, uns/niche_centres, uns/niche_scan
 *       └──► niches.h5ad       AnnData whose obs are all cells: sample, niche
 *
 * A stage of its own on files that stand: it can be done again without the slides, and
 * no finished slide changes. Price: as many doubles as cells times types, over all
 * ranks.
 *
 * T. Caliński, J. Harabasz, Commun. Stat. 3 (1974) 1, doi:10.1080/03610927408827101:
 * (T - W) / (k - 1) over W / (n - k), T the sum of squared distances to the mean of all
 * n cells, W to the centres of the niches.
 */
#ifndef CYT_COHORT_NICHES_H
#define CYT_COHORT_NICHES_H

#include "cytotaxis/cohort_run.h"
#include "cytotaxis/cohort_table.h"
#include "cytotaxis/status.h"

#include <mpi.h>

/**
 * Find the niches that the config asks for, if it does: add their fractions to @p table
 * and what they are to its results; write out/niches.h5ad. Collective.
 *
 * What keeps niches from being found (no cell, more than can be added up exactly) is
 * told as a warning; the rest of the cohort stage does not depend on them.
 *
 * @param digests [in,out] rank 0: those of niches.h5ad, its name before each path
 */
CYT_NODISCARD cyt_code cyt_cohort_niches(MPI_Comm world, const cyt_run *run,
                                         cyt_cohort_table *table, cyt_names *digests,
                                         cyt_error *err);

#endif
