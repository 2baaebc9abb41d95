/**
 * @file folders.h
 * @brief The folder of results: what must not be there, what a run leaves for later.
 *
 *     OUT/inputs/samplesheet.csv   the sheet as it was, byte for byte
 *     OUT/inputs/config.yaml       the configuration in effect
 *     OUT/failed/<sample>.txt      why a slide failed, one line
 *
 * These three are what the cohort stage needs besides the slide files, so that it can
 * be done again, and after slides that ran as separate jobs into one folder: each such
 * job (--only) finds the inputs equal to its own, or is refused. No MPI: one rank.
 */
#ifndef CYT_FOLDERS_H
#define CYT_FOLDERS_H

#include "cohort/outcome.h"

#include "cytotaxis/cohort_run.h"

/** Make the folder of the run; refuse one that holds other things, unchanged. */
CYT_NODISCARD cyt_code cyt_folders_prepare(const cyt_run *run, cyt_error *err);

/** Leave the inputs there, make what folders are missing, remove old results.
 *  @param kept  [sheet->n] true for a slide whose results stay */
CYT_NODISCARD cyt_code cyt_folders_begin(const cyt_run *run, const unsigned char *kept,
                                         cyt_error *err);

/** Write a line for each slide that failed. */
CYT_NODISCARD cyt_code cyt_folders_tell_failed(const cyt_run *run,
                                               const cyt_outcomes *outcomes,
                                               cyt_error *err);

/** What became of a slide by the files it left: CYT_OK when its result is there. */
void cyt_folders_status(const char *out, const char *sample, cyt_slide_status *status);

/** "OUT/inputs/samplesheet.csv" and "OUT/inputs/config.yaml". */
enum { CYT_INPUT_PATH = 4096 };
void cyt_folders_sheet(const char *out, char path[CYT_INPUT_PATH]);
void cyt_folders_config(const char *out, char path[CYT_INPUT_PATH]);

#endif
