/**
 * @file glm.h
 * @brief Generalised linear models of data that is spread over the rows of a slide:
 * Newton's method on sums that have the same bits on any number of ranks.
 *
 *     row of data ──glm_row.h──► sums of each run of one block
 *                  ──exact_sum.h──► sums of blocks, the same in any order
 *                  ──spd.h──► step, the same on every rank
 *
 * The data is made anew for each step, row by row, so that a model of millions of
 * pixels takes no memory but for the row at hand. Steps are halved until the
 * log-likelihood does not fall. Where covariates separate the data, the likelihood has
 * no maximum: each step then moves some coefficient by about as much as the one before,
 * while the log-likelihood gains less and less (A. Albert, J. A. Anderson, Biometrika
 * 71 (1984) 1, doi:10.1093/biomet/71.1.1).
 */
#ifndef CYT_GLM_H
#define CYT_GLM_H

#include "cytotaxis/glm_row.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** Where the data comes from. */
typedef struct cyt_glm_data {
    cyt_glm_family family;
    size_t n_rows;   /**< of this rank */
    size_t most;     /**< items of a row at most */
    size_t n_coefs;  /**< 1 … CYT_GLM_MOST, agreed */
    size_t n_blocks; /**< agreed; blocks of items lie below it */
    /** Make one of the own rows: n, and the arrays, which have room for `most`. Column
     *  0 is 1. */
    void (*make_row)(const void *context, size_t row, cyt_glm_items *items);
    const void *context;
} cyt_glm_data;

typedef enum cyt_glm_end {
    CYT_GLM_SOLVED,
    CYT_GLM_SEPARATED,
    CYT_GLM_UNSOLVED,
} cyt_glm_end;

/** The same on every rank. */
typedef struct cyt_glm_fit {
    cyt_glm_end end;
    double beta[CYT_GLM_MOST];  /**< 0 where left out */
    char is_kept[CYT_GLM_MOST]; /**< 0: aliased with those before it */
    double log_likelihood;
    int n_steps;
} cyt_glm_fit;

/**
 * Sums of each block, or of everything. Collective over @p comm.
 *
 * @param beta     [n_coefs] the same on every rank
 * @param by_block 0: all items are one block
 * @param sums     [n_blocks * CYT_GLM_SUMS(n_coefs)] [out] (glm_row.h), or one block's;
 *                 NaN when some term is not finite
 */
CYT_NODISCARD cyt_code cyt_glm_sum(MPI_Comm comm, const cyt_glm_data *data,
                                   const double *beta, int by_block, double *sums,
                                   cyt_error *err);

/**
 * Maximise the likelihood. Collective over @p comm.
 *
 * @param fit [in,out] beta: where to start; is_kept: 0 for coefficients that stay 0
 * @return CYT_OK, also when there is no maximum: see fit->end; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_glm_solve(MPI_Comm comm, const cyt_glm_data *data,
                                     cyt_glm_fit *fit, cyt_error *err);

#endif
