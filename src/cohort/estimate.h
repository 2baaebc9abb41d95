/**
 * @file estimate.h
 * @brief What each slide of a cohort costs, as far as it can be known before a run.
 *
 * With measurements (run.json of runs of some of the slides) costs are seconds, by the
 * model of cost_model.h; slides that were not measured are as large as their files say,
 * at the cells per byte and pixels per cell of those that were. Without, costs are the
 * bytes of the files: good for what is dear and what is cheap. How much more ranks help
 * a slide is then not known, and taken as cost_model.h says.
 *
 * A run and the verb `plan` estimate with the same code, so that a run does what the
 * plan has told.
 */
#ifndef CYT_ESTIMATE_H
#define CYT_ESTIMATE_H

#include "cytotaxis/config.h"
#include "cytotaxis/cost_model.h"
#include "cytotaxis/names.h"
#include "cytotaxis/plan.h"
#include "cytotaxis/samplesheet.h"
#include "cytotaxis/status.h"
#include "cytotaxis/strbuf.h"

#include <stddef.h>

/** A slide of the samplesheet: measured, or inferred from its bytes; 0: not known. */
typedef struct cyt_slide_size {
    double cells, pixels, rows;
    double bytes_in, bytes_out[2]; /**< out: table of cells, maps */
    int is_measured;
} cyt_slide_size;

typedef struct cyt_estimate {
    size_t n;
    cyt_slide_size *slides; /**< [n] */
    cyt_plan_task *tasks;   /**< [n] */
    size_t n_measured; /**< slides; 0: costs are bytes, and the rest is not known */
    int other_config;  /**< measured with another than this */
    cyt_cost_model model;
    size_t n_types, n_signals_held;
    double bytes_per_pixel;
} cyt_estimate;

/**
 * Serial.
 * @param measured         run.json of runs; may be empty
 * @param memory_per_rank  bytes, from which follows how many ranks a slide needs; 0:
 * any
 * @param e                [out] cyt_estimate_free(), also after a failure
 * @return CYT_OK; CYT_ERR_NO_INPUT, CYT_ERR_DATA when a run.json cannot be read or none
 *         has a slide of the samplesheet; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_estimate_make(const cyt_samplesheet *sheet,
                                         const cyt_config *config,
                                         const cyt_names *measured,
                                         double memory_per_rank, cyt_estimate *e,
                                         cyt_error *err);

/** Bytes that one of @p ranks ranks holds at most of slide @p s. */
double cyt_estimate_memory(const cyt_estimate *e, size_t s, size_t ranks);

/** Add to a text how wide the groups of a plan are: "1 of 4, 2 of 2, 8 alone". */
void cyt_estimate_tell_groups(const cyt_plan *plan, cyt_strbuf *t, cyt_error *err);

void cyt_estimate_free(cyt_estimate *e);

#endif
