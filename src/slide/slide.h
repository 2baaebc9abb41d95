/**
 * @file slide.h
 * @brief One slide, from its file to its results, on one group of ranks.
 */
#ifndef CYT_SLIDE_STORY_H
#define CYT_SLIDE_STORY_H

#include "cytotaxis/config.h"
#include "cytotaxis/log.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/names.h"
#include "cytotaxis/origin.h"
#include "cytotaxis/samplesheet.h"
#include "cytotaxis/status.h"
#include "cytotaxis/stop.h"
#include "cytotaxis/store_settings.h"
#include "cytotaxis/trace.h"

#include <stdint.h>

#include <mpi.h>

/** What is to be done; everything is borrowed. */
typedef struct cyt_slide_job {
    const cyt_sample *sample;
    const cyt_config *config;
    const cyt_names *ligands; /**< union over signals, sorted: the columns to read */
    const char *layer;        /**< where genes are read, NULL = X */
    const char *out;          /**< folder of the run */
    const cyt_log *log;       /**< of the group's first rank; others have a deaf one */
    const cyt_origin *origin; /**< what the slide is made from */
    cyt_stop stop;            /**< looked at between steps */
    cyt_trace *trace;         /**< of this rank; NULL: none is written */
    const cyt_store_settings *io; /**< NULL: as usual */
} cyt_slide_job;

typedef enum cyt_phase {
    CYT_PHASE_READ,
    CYT_PHASE_STRIPS,
    CYT_PHASE_NEAREST,
    CYT_PHASE_TISSUE,
    CYT_PHASE_MAPS,
    CYT_PHASE_SIGNALS,
    CYT_PHASE_PATTERNS,
    CYT_PHASE_WRITE,
    CYT_PHASES
} cyt_phase;

extern const char *const cyt_phase_names[CYT_PHASES];

/** What a rank spent on a phase. */
typedef struct cyt_phase_cost {
    uint64_t calls;
    double wall_s, cpu_s; /**< exchanges included */
    cyt_meter exchanged;
} cyt_phase_cost;

/** A rank's share of a slide: what it holds, and what it spent. */
typedef struct cyt_slide_share {
    uint64_t n_cells, n_rows;
    cyt_phase_cost phase[CYT_PHASES];
} cyt_slide_share;

/** What was done; complete on the group's first rank only. */
typedef struct cyt_slide_report {
    uint64_t n_cells;
    size_t n_types, n_rows, n_cols;
    size_t n_steps_taken, n_steps_made; /**< long steps (steps.h): those that an earlier
                                             run had done, and those of this one */
    uint64_t n_steps_put; /**< records that this run put down; on the first rank */
    cyt_slide_share own;
    size_t n_ranks;         /**< 0: of other ranks nothing is known */
    cyt_slide_share *ranks; /**< [n_ranks] */
    cyt_names warnings;
    cyt_names digests; /**< "path in the file<TAB>hex digest" of each dataset */
} cyt_slide_report;

/** Collective over @p group; the same code on every rank of it, a CYT_STOP code when
 *  the slide was given up between two steps. The report is to be released with
 *  cyt_slide_report_free(), also after a failure. */
CYT_NODISCARD cyt_code cyt_slide_process(MPI_Comm group, const cyt_slide_job *job,
                                         cyt_slide_report *report, cyt_error *err);

void cyt_slide_report_free(cyt_slide_report *report);

/** What of a report is the same in every run, as JSON; free(). NULL: no memory. */
char *cyt_slide_record(const cyt_slide_report *report);

/** What each phase cost, as JSON: least, mean and most over the ranks; free(). NULL: no
 *  memory, or nothing is known of the other ranks. */
char *cyt_slide_costs(const cyt_slide_report *report);

/** Add a sentence to the warnings of a slide's report. Not collective. */
CYT_PRINTF(3, 4)
CYT_NODISCARD cyt_code cyt_slide_warn(cyt_names *warnings, cyt_error *err,
                                      const char *fmt, ...);

#endif
