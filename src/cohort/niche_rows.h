/**
 * @file niche_rows.h
 * @brief The cells of all slides as rows of one table, dealt to the ranks; read from
 * the slides, written with their niches.
 */
#ifndef CYT_NICHE_ROWS_H
#define CYT_NICHE_ROWS_H

#include "cytotaxis/cohort_run.h"
#include "cytotaxis/cohort_table.h"
#include "cytotaxis/names.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** The niche of a cell that has no neighbours. */
#define CYT_NO_NICHE UINT32_MAX

typedef struct cyt_cohort_rows {
    size_t n_slides;
    uint64_t *slide; /**< [n_slides + 1] first row of each slide, over all ranks */
    uint64_t first;  /**< this rank's rows */
    size_t n;
    cyt_names types; /**< of all slides, sorted */
    size_t n_around; /**< those of this rank's rows that have neighbours */
    uint64_t *row;   /**< [n_around] which they are, over all ranks */
    double *share;   /**< [n_around * types.n] of each type among the neighbours */
    uint32_t *niche; /**< [n] CYT_NO_NICHE until told */
} cyt_cohort_rows;

/** A part of a slide that this rank has. */
typedef struct cyt_cohort_part {
    uint64_t first; /**< cell of the slide */
    size_t n, at;   /**< at: row of this rank */
} cyt_cohort_part;

/** This rank's part of slide @p s; empty where it has none. */
cyt_cohort_part cyt_cohort_part_of(const cyt_cohort_rows *rows, size_t s);

/** Read them. Collective.
 *  @param rows [out] released with cyt_cohort_rows_free(), also after a failure */
CYT_NODISCARD cyt_code cyt_cohort_rows_read(MPI_Comm world, const cyt_run *run,
                                            const cyt_cohort_table *table,
                                            cyt_cohort_rows *rows, cyt_error *err);

/** Write out/niches.h5ad: every cell of every slide with its niche. Collective.
 *  @param names   of the niches
 *  @param digests as of cyt_store_take_digests(), the file's name before each path */
CYT_NODISCARD cyt_code cyt_cohort_rows_write(MPI_Comm world, const cyt_run *run,
                                             const cyt_cohort_rows *rows,
                                             const cyt_names *names, cyt_names *digests,
                                             cyt_error *err);

void cyt_cohort_rows_free(cyt_cohort_rows *rows);

#endif
