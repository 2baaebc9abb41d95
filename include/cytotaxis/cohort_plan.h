/**
 * @file cohort_plan.h
 * @brief The verb `plan`: how long a cohort takes on so many ranks, and what it needs.
 *
 * Nothing is guessed: some slides are run first, with the same configuration, and the
 * run.json of that run is what the model of costs is fitted to (cost_model.h). Slides
 * that were not among them are as large as their files say, at the cells per byte and
 * pixels per cell of those that were. To know how well slides get along with more ranks
 * the same slides are run on one rank and on several, which gives two run.json.
 */
#ifndef CYT_COHORT_PLAN_H
#define CYT_COHORT_PLAN_H

#include "cytotaxis/config.h"
#include "cytotaxis/names.h"
#include "cytotaxis/samplesheet.h"
#include "cytotaxis/status.h"

#include <stddef.h>

typedef struct cyt_cohort_plan_params {
    const cyt_samplesheet *sheet; /**< files found */
    const cyt_config *config;
    const char *config_path;   /**< for the command told; NULL: none */
    const cyt_names *measured; /**< run.json of one run or several */
    size_t n_ranks;
    double memory_per_rank; /**< bytes; 0: any */
} cyt_cohort_plan_params;

/**
 * Serial.
 * @param text  [out] for people; free()
 * @return CYT_OK; CYT_ERR_NO_INPUT, CYT_ERR_DATA when a run.json cannot be read or has
 *         no slide of the samplesheet; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_cohort_plan(const cyt_cohort_plan_params *params,
                                       char **text, cyt_error *err);

#endif
