/**
 * @file block.h
 * @brief What blocking a receptor would change on one slide, predicted under the stated
 * model, signal by signal while its field and trap slopes are there.
 *
 *     block.c         the story: doses, intervals, contacts
 *     block_cells.c   responders, parts of the tissue, potential, cross-talk
 *     block_course.c  the course in time
 *     block_out.c     table, metrics, sentences
 *
 * Dose and response: the observed responders, tilted (tilt.h), with the slope of the
 * trap analysis for each receptor law; its uncertainty is carried through by draws
 * (slope_draws.h). So an interval holds what is not known of the slope, not what chance
 * does to where a slide's few responders are. Of several laws all go into the table and
 * the first into the metrics, as with the slopes themselves; without c/Kd the law is
 * the low-dose limit, in which both laws of the blocker are one.
 *
 * Contacts and maps are made of the responders' smoothed density, tilted, since the
 * observed cells leave most places empty.
 *
 * The course in time (drift.h) starts in one of two ways, which the user chooses:
 *
 *     cells    from the observed cells, which then follow the signal alone: psi = beta
 *              theta_A. What else holds cells where they are is not in it, so the
 *              distribution changes without a blocker too.
 *     density  from the smoothed density T of the responders, with whatever made it:
 *              psi = log T + beta (theta_A - theta_0). It stays as it is without a
 *              blocker, and ends where the tilted density is. T is that of the observed
 *              responders and of one more, spread evenly over each part of the tissue,
 *              since no potential is infinite.
 *
 * The course at dose 0 is always told beside the others; what a blocker does is the
 * difference.
 *
 * Cross-talk: a blocked receptor may hold back others (config: crosstalk). At full
 * block `fraction` of the drift of the released signal, its slope times its occupancy,
 * is added; at a dose, the released part of that. Its slope is taken as it is, without
 * its uncertainty.
 */
#ifndef CYT_SLIDE_BLOCK_H
#define CYT_SLIDE_BLOCK_H

#include "slide/signal.h"

#include "cytotaxis/contact.h"
#include "cytotaxis/drift.h"
#include "cytotaxis/slope_draws.h"
#include "cytotaxis/tilt.h"
#include "cytotaxis/trap.h"

/** Drifts of signals that others release. */
typedef struct cyt_block_stage cyt_block_stage;

/** Is this signal blocked with a cross-talk, so that it must come after all others? */
int cyt_block_is_late(const cyt_config *config, size_t signal);

/**
 * Predict for one responder type of a signal; nothing to do when no doses are asked
 * for. Collective over @p group.
 *
 * @param field   that the type sees
 * @param results [n_laws] its slopes
 */
CYT_NODISCARD cyt_code cyt_slide_block(MPI_Comm group, cyt_signal_stage *stage,
                                       const cyt_signal *field, size_t n_laws,
                                       const cyt_trap_result *results, cyt_error *err);

void cyt_block_stage_destroy(cyt_block_stage *block);

/* --- between the files of this step ----------------------------------------------- */

/** A number and its interval, which holds it; NaN: none. */
typedef struct cyt_block_value {
    double at, interval[2];
} cyt_block_value;

/** One dose. */
typedef struct cyt_block_dose {
    double dose;
    cyt_block_value share, contact;
    double contacts;
} cyt_block_dose;

/** One responder type of a signal, and where it is. */
typedef struct cyt_block_view {
    MPI_Comm group;
    cyt_slide_work *work;
    const cyt_signal_config *signal;
    const char *responder;
    const cyt_signal *field;
    cyt_antagonism law;
    int has_tumour;          /**< on this slide */
    uint64_t n_responders;   /**< on tissue */
    cyt_pieces pieces;       /**< of the tissue, those with responders */
    double *count;           /**< [own pixels] responders */
    double *mass;            /**< [pieces.n] */
    double *released;        /**< [own pixels] drift at full release; NULL: none */
    double *smooth;          /**< [own pixels] smoothed count; NULL: not asked for */
    double *change, *tilted; /**< [own pixels] scratch */
    cyt_tilt_cells cells;    /**< owns its columns */
    size_t n_doses;
    double *dose;             /**< [n_doses] the first 0, the last infinite */
    const char *citation;     /**< of the cross-talk; "": none */
    const char *not_released; /**< a signal of the cross-talk that has no slope here; ""
                               */
} cyt_block_view;

/** What is predicted with one receptor law. */
typedef struct cyt_block_outcome {
    const cyt_trap_result *trap;
    const cyt_trap_slope *slope;
    int is_relative;
    cyt_block_dose *doses; /**< [n_doses] */
    cyt_block_value half;
    double onset; /**< derivative of the share at dose 0 */
    int is_monotone;
} cyt_block_outcome;

/** The slope that the configuration asks for. */
const cyt_trap_slope *cyt_block_slope(const cyt_config *config,
                                      const cyt_trap_result *trap);
/** Keep the drift of a signal that others release; nothing to do for others. Not
 *  collective. */
CYT_NODISCARD cyt_code cyt_block_keep_drift(const cyt_block_view *view,
                                            cyt_signal_stage *stage,
                                            const cyt_trap_result *trap,
                                            cyt_error *err);
/** Fill a view of which group to law are set. Collective. */
CYT_NODISCARD cyt_code cyt_block_gather(cyt_block_view *view,
                                        const cyt_signal_stage *stage,
                                        const cyt_trap_result *trap, cyt_error *err);
void cyt_block_view_free(cyt_block_view *view);
/** Own pixels. */
size_t cyt_block_n_pixels(const cyt_block_view *view);
/** Is a pixel of the tumour? */
int cyt_block_in_tumour(const cyt_slide_work *work, size_t pixel);
/** The receptor of a law. */
cyt_receptor cyt_block_receptor(const cyt_block_view *view,
                                const cyt_trap_result *trap);
/** Change of the potential at a dose, or (@p whole) the potential itself.
 *  @param out [own pixels] [out] */
void cyt_block_potential(const cyt_block_view *view, const cyt_receptor *receptor,
                         double beta, double dose, int whole, double *out);
/** Write a map of @p expected [own pixels], responders of a pixel. Collective.
 *  @param time_h NaN: settled */
CYT_NODISCARD cyt_code cyt_block_map(const cyt_block_view *view, double dose,
                                     double time_h, const double *expected,
                                     cyt_error *err);

/** The course in time, with its table and maps. Collective. */
CYT_NODISCARD cyt_code cyt_block_course(const cyt_block_view *view,
                                        const cyt_block_outcome *outcome,
                                        cyt_error *err);

/** Rows and metrics of a prediction. Not collective. */
CYT_NODISCARD cyt_code cyt_block_tell(const cyt_block_view *view,
                                      const cyt_block_outcome *outcome, cyt_error *err);
/** Columns that say what a row is about, after its begin. */
CYT_NODISCARD cyt_code cyt_block_tell_case(const cyt_block_view *view,
                                           const cyt_block_outcome *outcome,
                                           double dose, cyt_result_table *table,
                                           cyt_error *err);
/** "signal|type|c/Kd=..|dose=.."; to be released with free(). */
char *cyt_block_index(const cyt_block_view *view, const cyt_block_outcome *outcome,
                      double dose, cyt_error *err);
/** "10x Ki"; returns @p text. */
enum { CYT_BLOCK_DOSE_TEXT = 32 };
const char *cyt_block_dose_text(const cyt_block_view *view, double dose,
                                char text[CYT_BLOCK_DOSE_TEXT]);

#endif
