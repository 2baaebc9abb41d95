/**
 * @file pooled_signals.h
 * @brief What all patients say of each signal and responder together: `uns/signals`.
 *
 *     trap/slope of each slide ──× step of occupancy──► log-density change, comparable
 *         ──pooling.h: slides of a patient, then patients──► mean, interval, p
 *         ──Benjamini–Hochberg over the signals and responders of one estimator──► q
 *
 * The step is `trap.contrast`, or else the cohort's own for this signal and responder:
 * the mean over patients (each the mean of its slides) of the difference between the
 * 90th and the 10th percentile of occupancy over the tissue. One step for all slides,
 * so that slides of strong and weak signals are not made alike by their own range.
 *
 * Signals are dealt to the ranks; each pools its own. Costs a number per slide, signal
 * and statistic on every rank once, in batches.
 */
#ifndef CYT_POOLED_SIGNALS_H
#define CYT_POOLED_SIGNALS_H

#include "cytotaxis/cohort_run.h"
#include "cytotaxis/cohort_table.h"
#include "cytotaxis/pooling.h"
#include "cytotaxis/store.h"

/** Level of intervals; p and q at most one less this are called evidence. */
extern const double cyt_pooled_level;

/** Slopes of a slide that are pooled (trap.h; the last three: slide/screen.h). */
typedef enum cyt_estimator {
    CYT_ESTIMATE_SLOPE,
    CYT_ESTIMATE_RELATIVE,    /**< against the background */
    CYT_ESTIMATE_CONDITIONAL, /**< of a signal, in the joint fit with its decoys */
    CYT_ESTIMATE_DECOY,       /**< of a decoy in that fit; signal "<signal>|<decoy>" */
    CYT_ESTIMATE_RECEPTOR,    /**< rich against poor in receptor */
    CYT_N_ESTIMATORS
} cyt_estimator;

/** A signal, responder and estimator. Plain, to be sent. */
typedef struct cyt_pooled_signal {
    cyt_pooled pooled; /**< of the log-density change over `step` */
    double step;       /**< of occupancy */
    double omega2;     /**< variance between slides of a patient */
    double own_se;     /**< of the only patient, from its slides; NaN for several */
    double q;
    size_t n_slides; /**< with an estimate and its error */
    size_t n_told;   /**< slides that have the metric at all */
} cyt_pooled_signal;

/** Write /uns/signals and /uns/signals_family; nothing where no slide has trap slopes.
 *  Collective. */
CYT_NODISCARD cyt_code cyt_pooled_signals_write(MPI_Comm world, const cyt_run *run,
                                                const cyt_cohort_table *table,
                                                cyt_store *store, cyt_error *err);

/** A plain sentence; the same form for cells that are held, repelled, or neither. */
enum { CYT_MEANING_SIZE = 1024 };
void cyt_pooled_meaning(const cyt_pooled_signal *s, const char *signal,
                        const char *responder, cyt_estimator estimator,
                        char text[CYT_MEANING_SIZE]);

#endif
