/**
 * @file deal.h
 * @brief Values dealt anew to the cells of a slide, wherever they live.
 *
 * Deal number m is a random order of the cells, or of those of each group: every cell
 * gets what the cell at another place of the slide's order has. The order is computed
 * place by place (shuffle.h) and a function of (seed, slide, group, m) alone, so a rank
 * knows of each of its cells where the value comes from, asks there, and is answered.
 *
 * Advantage: no rank holds a slide's values, the same deal on any number of ranks.
 * Price: a deal sends every value once, to strips far away, too.
 */
#ifndef CYT_DEAL_H
#define CYT_DEAL_H

#include "cytotaxis/cells.h"
#include "cytotaxis/permutation.h"
#include "cytotaxis/shuffle.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

typedef struct cyt_deal {
    size_t n, n_urns; /**< own cells; groups that are dealt */
    size_t size;      /**< ranks */
    uint64_t seed, slide;
    uint32_t *urn;      /**< [n] group of each cell, or CYT_NO_GROUP */
    uint32_t *position; /**< [n] its place in the group, in the order of the slide */
    uint64_t *starts;  /**< [n_urns * (size + 1)] first place of each rank in a group */
    size_t *own_start; /**< [n_urns + 1] own cells of each group, in `own` */
    size_t *own;       /**< own cells, by group and place */
    cyt_urn *urns;     /**< [n_urns] */
    uint32_t *key;     /**< [CYT_SHUFFLE_ROUNDS * CYT_LANES] of one lane at a time */
    uint32_t **table;  /**< [n_urns] where the places of a small group go; or NULL */
    uint32_t *keys;    /**< [n_urns * CYT_SHUFFLE_ROUNDS] of the deal under way */
} cyt_deal;

/**
 * Collective over the group of @p slide; params agree but for `group`.
 * @param deal [out] released with cyt_deal_free(), also after a failure
 * @return CYT_OK; CYT_ERR_DATA for 2^32 cells or more in a group; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_deal_init(MPI_Comm comm, const cyt_slide *slide,
                                     const cyt_permutation_params *params,
                                     cyt_deal *deal, cyt_error *err);

/** Deal number @p number: out[i] is in of another cell. Collective.
 *  @param in, out [cells.n] items of @p item_bytes; not the same */
CYT_NODISCARD cyt_code cyt_deal_values(MPI_Comm comm, cyt_deal *deal, uint64_t number,
                                       size_t item_bytes, const void *in, void *out,
                                       cyt_error *err);

/** Accepts zero and leaves it. */
void cyt_deal_free(cyt_deal *deal);

#endif
