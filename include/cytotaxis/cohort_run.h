/**
 * @file cohort_run.h
 * @brief A whole run: slides to groups of ranks, then the cohort, then run.json.
 *
 *     out/slides/<sample>.h5ad, .fields.h5   each by its group, renamed when whole
 *     out/slides/<sample>.origin.json        what they were made from, last
 *     out/cohort.h5ad                        by all ranks, from the slide files
 *     out/run.json                           everything volatile
 *     out/inputs/                            sheet and config, for the cohort stage
 *
 * A slide that fails is reported with file, place and reason; the others go on.
 */
#ifndef CYT_COHORT_RUN_H
#define CYT_COHORT_RUN_H

#include "cytotaxis/config.h"
#include "cytotaxis/log.h"
#include "cytotaxis/names.h"
#include "cytotaxis/problems.h"
#include "cytotaxis/samplesheet.h"
#include "cytotaxis/status.h"
#include "cytotaxis/stop.h"
#include "cytotaxis/store_settings.h"
#include "cytotaxis/trace.h"

#include <stddef.h>

#include <mpi.h>

typedef struct cyt_run {
    const cyt_samplesheet *sheet;
    const cyt_config *config;
    const char *out;
    const char *record; /**< name of the JSON file in out */
    int is_part;        /**< the sheet was cut to some of its slides: they are made, and
                             no cohort of them */
    size_t n_groups;    /**< of equal size; 0: as the plan says (plan.h) */
    const cyt_names *measured; /**< run.json that costs are fitted to; NULL, or none: as
                                    the bytes of the files */
    double memory_per_rank;    /**< bytes; 0: any */
    int overwrite;
    int resume;     /**< keep the slides that are finished; not with overwrite */
    size_t n_known; /**< samples in the sheet's array, if more than its n: left out */
    cyt_stop stop;
    cyt_trace *trace;             /**< of this rank; NULL: none is written */
    const cyt_store_settings *io; /**< NULL: as usual */
    int stop_on_error;
    cyt_log log;
    int n_words; /**< command line, for run.json */
    char *const *words;
} cyt_run;

/** All that is wrong with the heads of the files, and with what config asks of them.
 *  Samples that are faulty or without a path are passed over. Serial. */
CYT_NODISCARD cyt_code cyt_run_check(const cyt_samplesheet *sheet,
                                     const cyt_config *config, cyt_problems *problems,
                                     cyt_error *err);

/**
 * Run the cohort. Collective over @p world.
 *
 * @param found  [out] rank 0: what was found, as text for people, free(); NULL
 * elsewhere
 * @return CYT_OK; CYT_ERR_PARTIAL when slides failed (each was told to the log);
 *         CYT_ERR_CREATE, also when a folder cannot be resumed; CYT_ERR_IO;
 *         CYT_ERR_MEMORY; a CYT_STOP code, CYT_ERR_STUCK; the same on every rank
 */
CYT_NODISCARD cyt_code cyt_cohort_run(MPI_Comm world, const cyt_run *run, char **found,
                                      cyt_error *err);

/**
 * Do the cohort stage again from the slide files of a folder. Collective.
 *
 * @param like  out, log and words count; sheet and config are read from out/inputs
 * @return as cyt_cohort_run(); CYT_ERR_NO_INPUT when no run left its inputs there
 */
CYT_NODISCARD cyt_code cyt_cohort_again(MPI_Comm world, const cyt_run *like,
                                        char **found, cyt_error *err);

#endif
