/**
 * @file cohort_tests.h
 * @brief What was found of patients, as data frames of cohort.h5ad.
 *
 *     uns/contrasts         a row per contrast: conditions, design, tests, family,
 *                           weights, level, draws, seed
 *     uns/tests/<contrast>  of each metric a row per test: compare.h; the index is the
 *                           metric, for tests after the first with [test] behind it
 *     uns/tests_family      the rule of q and the unit, in a sentence
 *     uns/curve_tests/<contrast>  of each curve n_a, n_b, places, p, q, reason
 *     uns/curve_bands/<contrast>  of each place of each curve means with bands, the
 *                           difference with its envelope: compare.h
 *     uns/survival          of each metric Cox's regression and the log-rank test
 */
#ifndef CYT_COHORT_TESTS_H
#define CYT_COHORT_TESTS_H

#include "cohort/lifetimes.h"

#include "cytotaxis/compare.h"
#include "cytotaxis/store.h"

/** All contrasts, with their results, and survival. */
typedef struct cyt_cohort_findings {
    size_t n;
    cyt_comparison *tested; /**< [n] */
    cyt_survival_table survival;
    uint64_t n_cells; /**< of all slides */
} cyt_cohort_findings;

/** Collective over the store's ranks, like the next. */
CYT_NODISCARD cyt_code cyt_cohort_tests_write(MPI_Comm world, cyt_store *store,
                                              const cyt_config *config,
                                              const cyt_cohort_table *table,
                                              const cyt_cohort_findings *found,
                                              cyt_error *err);

/** The frames of curves; nothing where there is no curve. @p links of the contrasts */
CYT_NODISCARD cyt_code cyt_cohort_curve_tests_write(MPI_Comm world, cyt_store *store,
                                                    const cyt_cohort_table *table,
                                                    const cyt_cohort_findings *found,
                                                    const cyt_names *links,
                                                    cyt_error *err);

CYT_NODISCARD cyt_code cyt_cohort_survival_write(MPI_Comm world, cyt_store *store,
                                                 const cyt_cohort_table *table,
                                                 const cyt_survival_table *survival,
                                                 cyt_error *err);

#endif
