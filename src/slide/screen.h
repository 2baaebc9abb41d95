/**
 * @file screen.h
 * @brief What is done with trap slopes besides telling them: controls that can say no,
 * a screen over all signals and responders, a contest of mechanisms.
 *
 *     trap.c ──each signal and responder, while its field is there──►
 *         screen_scores.c  scores of the field and of its shifts, kept until the end
 *         decoys.c         joint fit of a signal and its decoys, once all are there
 *         receptor.c       responders rich in receptor against those poor in it
 *         mechanisms.c     which covariate foretells blocks it has not seen
 *     screen_left_out.c    at the end: what could not be made, and why
 *
 * Of several receptor laws the first is meant throughout. Fields that are needed
 * together are kept as float, 4 bytes a pixel each, until the slide's signals are done.
 */
#ifndef CYT_SLIDE_SCREEN_H
#define CYT_SLIDE_SCREEN_H

#include "slide/work.h"

#include "cytotaxis/field_null.h"
#include "cytotaxis/random.h"
#include "cytotaxis/trap_model.h"

/** A signal and a responder type whose slope was just estimated; all is borrowed. */
typedef struct cyt_trap_seen {
    const cyt_trap_result *result;
    cyt_trap_model pixels;     /**< with theta of the first law */
    const cyt_glm_fit *base;   /**< of pixels without theta; NULL: it was not fitted */
    size_t base_number;        /**< which fit it is: another number, another fit */
    cyt_trap_model cells;      /**< of cells at their positions, without background */
    double side_um;            /**< of blocks, for lambda = 1 um */
    const float *tissue_share; /**< of the kernel of densities */
} cyt_trap_seen;

/** Is anything of this asked for? */
int cyt_slide_screen_is_on(const cyt_config *config);

/** Take a look at one. Collective. */
CYT_NODISCARD cyt_code cyt_slide_screen_see(MPI_Comm group, cyt_slide_work *work,
                                            const cyt_trap_seen *seen, cyt_error *err);

/** After all signals: put the table of the screen. Collective. */
CYT_NODISCARD cyt_code cyt_slide_screen_end(MPI_Comm group, cyt_slide_work *work,
                                            cyt_error *err);

void cyt_slide_screen_destroy(cyt_slide_screen *screen);

/* --- between the files of the screen ---------------------------------------------- */

/** A field that was seen, for one responder type. */
typedef struct cyt_kept_field {
    size_t signal, type;
    double per_kd;
    double step;  /**< theta_q90 - theta_q10 */
    float *theta; /**< [own pixels] occupancy; NaN outside the tissue */
} cyt_kept_field;

/** A row of the table. */
typedef struct cyt_screen_test {
    size_t signal, type;
} cyt_screen_test;

/** Fields that are shifted together: each costs 4 bytes a pixel while it waits. */
enum { CYT_SCREEN_TOGETHER = 8 };

/** A model without theta, of one responder type. */
typedef struct cyt_screen_model {
    size_t type, number; /**< as cyt_trap_seen has them */
    cyt_field_null null;
} cyt_screen_model;

/** Fields whose scores are not known yet. */
typedef struct cyt_screen_waiting {
    size_t n_models, models_capacity;
    cyt_screen_model *model; /**< [n_models] they stay when no field waits */
    size_t n_fields;
    float *field[CYT_SCREEN_TOGETHER]; /**< [own pixels] what covariates do not say of
                                            theta; NULL: not used yet */
    size_t model_of[CYT_SCREEN_TOGETHER], test_of[CYT_SCREEN_TOGETHER];
} cyt_screen_waiting;

struct cyt_slide_screen {
    size_t n_fields, fields_capacity;
    cyt_kept_field *field;
    char *decoys_done;  /**< [n_signals * types.n] */
    char *contest_done; /**< [types.n] */
    double longest_um;  /**< of all signals: blocks of the contest suit it */
    cyt_random_key key; /**< of the shifts */
    size_t n_tests, tests_capacity, scores_capacity;
    cyt_screen_test *test; /**< [n_tests] */
    double *score;         /**< [n_tests * (shifts + 1)] */
    cyt_screen_waiting waiting;
};

/** The field of a signal that a type saw; NULL: not yet. */
const cyt_kept_field *cyt_screen_field(const cyt_slide_screen *screen, size_t signal,
                                       size_t type);

/** Is the field of @p signal needed together with others? */
int cyt_screen_needs_field(const cyt_config *config, size_t signal);

/** Signal called @p name; n_signals: none. */
size_t cyt_signal_called(const cyt_config *config, const char *name);

/** Put a field among those that wait, if its slope stands. Collective. */
CYT_NODISCARD cyt_code cyt_screen_scores_see(MPI_Comm group, cyt_slide_work *work,
                                             const cyt_trap_seen *seen, cyt_error *err);

/** No field comes any more. Collective. */
CYT_NODISCARD cyt_code cyt_screen_scores_end(MPI_Comm group, cyt_slide_work *work,
                                             cyt_error *err);

/** Warn of decoys and contests that this slide has none of. Not collective. */
CYT_NODISCARD cyt_code cyt_screen_left_out(cyt_slide_work *work, cyt_error *err);

void cyt_screen_waiting_free(cyt_screen_waiting *waiting);

CYT_NODISCARD cyt_code cyt_slide_decoys(MPI_Comm group, cyt_slide_work *work,
                                        const cyt_trap_seen *seen, cyt_error *err);
CYT_NODISCARD cyt_code cyt_slide_receptor(MPI_Comm group, cyt_slide_work *work,
                                          const cyt_trap_seen *seen, cyt_error *err);
CYT_NODISCARD cyt_code cyt_slide_mechanisms(MPI_Comm group, cyt_slide_work *work,
                                            const cyt_trap_seen *seen, cyt_error *err);

/** Numbers of a slope as columns: slope, se, df, p, inflation, n_blocks_effective, and
 *  the reason why one is missing. */
CYT_NODISCARD cyt_code cyt_put_slope(cyt_result_table *table,
                                     const cyt_trap_slope *slope, cyt_error *err);

#endif
