/**
 * @file trap.h
 * @brief What the trap analysis finds on a slide: for each signal, responder type and
 * receptor law, how steeply the density of responders follows occupancy.
 *
 * Without net flux, cells that drift up occupancy theta with strength chi and wander
 * with motility mu settle with density T ~ exp(beta theta), beta = chi / mu. Two
 * estimates of beta under that stated model:
 *
 *     slope     Poisson log-linear, of responders on tissue pixels
 *     relative  case-control logistic, of responders against a declared background at
 *               their own positions: responder minus background
 *
 * An estimate is NaN where `why` says so, and has no variance, df and p where there are
 * too few blocks to estimate one. Every number is the same on every rank.
 */
#ifndef CYT_TRAP_H
#define CYT_TRAP_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

/** Why there is no number, or none but the estimate. */
typedef enum cyt_trap_reason {
    CYT_TRAP_FINE,
    CYT_TRAP_FEW_BLOCKS,    /**< beta stands; variance, df and p are NaN */
    CYT_TRAP_NO_LIGAND,     /**< the slide lacks the ligand; beta is NaN from here on */
    CYT_TRAP_NO_SENDERS,    /**< none but the responders themselves secrete */
    CYT_TRAP_NO_BACKGROUND, /**< no type of it is left: they respond or send */
    CYT_TRAP_FEW_CELLS,     /**< too few for the number of coefficients */
    CYT_TRAP_MANY_COLUMNS,  /**< more coefficients than a model may have */
    CYT_TRAP_COLLINEAR,     /**< occupancy follows from the covariates */
    CYT_TRAP_SEPARATED,     /**< covariates tell responders apart without fail */
    CYT_TRAP_UNSOLVED,      /**< the likelihood has no maximum that could be found */
    CYT_TRAP_REASONS
} cyt_trap_reason;

/** A sentence. */
const char *cyt_trap_reason_text(cyt_trap_reason reason);

/** One estimate of beta. */
typedef struct cyt_trap_slope {
    cyt_trap_reason why;
    double beta;           /**< log-density change for a change of theta by 1 */
    double variance;       /**< of beta: block sandwich, CR2 */
    double df;             /**< Satterthwaite's, of t = beta / sqrt(variance) */
    double p;              /**< two-sided, of beta = 0 */
    double naive_variance; /**< if cells were independent, which they are not */
    double log_likelihood; /**< at the maximum; to be compared between laws and ranges
                                of one signal and responder only */
    double base_log_likelihood; /**< the same without theta */
    double inflation;   /**< 1 / (1 - R²) of theta on the covariates, weighted */
    size_t n_blocks;    /**< that hold information */
    double n_effective; /**< blocks, as unequal as they are */
} cyt_trap_slope;

/** Is the field nearer to responders than others of its spectrum? NaN: not asked for,
 * or too few modes matter. */
typedef struct cyt_trap_field {
    double z;       /**< score of the slope at 0 over its deviation by chance */
    double p;       /**< two-sided */
    double n_modes; /**< of the field, that matter as much as equal ones */
} cyt_trap_field;

/** A signal, a responder type and a receptor law. */
typedef struct cyt_trap_result {
    size_t signal;    /**< index into config.signals */
    size_t responder; /**< index into slide.types */
    size_t receptor;  /**< which receptor law of the signal; the number of laws: the
                           low-dose limit besides them */
    double per_kd;    /**< c/Kd where c is 1; 0: low-dose limit, theta = c */
    int own_left_out; /**< the type sends too: theta is without what it secretes */
    uint64_t n_responders;       /**< on tissue */
    uint64_t n_background;       /**< on tissue */
    double theta_q10, theta_q90; /**< quantiles of theta over the tissue's pixels */
    cyt_trap_slope slope, relative;
    cyt_trap_field field;
} cyt_trap_result;

/** In order of signals as they were solved, responders, laws. */
typedef struct cyt_trap_results {
    size_t n, capacity;
    cyt_trap_result *item;
} cyt_trap_results;

/** Append @p result. */
CYT_NODISCARD cyt_code cyt_trap_add(cyt_trap_results *list,
                                    const cyt_trap_result *result, cyt_error *err);

/** Accepts zero and leaves it. */
void cyt_trap_results_free(cyt_trap_results *list);

#endif
