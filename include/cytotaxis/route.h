/**
 * @file route.h
 * @brief Items that move to other ranks, and results that come back the same way.
 *
 * A route is made once from the destination of each item and then carries any number of
 * columns (x, y, type, …), each with one all-to-all. What arrives is in order of source
 * rank, and from each rank in the order in which it was listed: when source ranks hold
 * ordered parts of one sequence, the order survives.
 */
#ifndef CYT_ROUTE_H
#define CYT_ROUTE_H

#include "cytotaxis/meter.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

typedef struct cyt_route {
    cyt_exchange kind; /**< what a meter takes it for; may be set after init */
    size_t n_send;     /**< copies this rank sends */
    size_t n_recv;     /**< items this rank receives */
    size_t *item;      /**< [n_send] which item goes, grouped by destination */
    int *send_counts;  /**< [size] */
    int *send_starts;
    int *recv_counts;
    int *recv_starts;
} cyt_route;

/**
 * Plan the journey of @p n copies. Collective over @p comm.
 *
 * @param item  [n] the item each copy is made of, or NULL for copy i = item i; the same
 *              item may go to several ranks
 * @param dest  [n] rank each copy goes to
 * @return CYT_OK; CYT_ERR_MEMORY. The same on every rank.
 */
CYT_NODISCARD cyt_code cyt_route_init(MPI_Comm comm, size_t n, const size_t *item,
                                      const int *dest, cyt_route *route,
                                      cyt_error *err);

/** Carry one column. Collective.
 *  @param in   items of @p item_bytes each, as listed at init
 *  @param out  [n_recv] */
CYT_NODISCARD cyt_code cyt_route_forward(MPI_Comm comm, const cyt_route *route,
                                         size_t item_bytes, const void *in, void *out,
                                         cyt_error *err);

/** Carry results back: out[item] = in of the rank the item went to. Collective. Items
 *  that were not sent stay as they are; of several copies the highest rank's stays. */
CYT_NODISCARD cyt_code cyt_route_back(MPI_Comm comm, const cyt_route *route,
                                      size_t item_bytes, const void *in, void *out,
                                      cyt_error *err);

void cyt_route_free(cyt_route *route);

/**
 * Move rows of a raster from one partition to another, both told by their starts.
 * Collective over @p comm.
 *
 * @param from, to   [size + 1] first row of each rank (strip.h)
 * @param row_bytes  bytes of one row
 * @param in         this rank's rows under @p from
 * @param out        [out] this rank's rows under @p to; may not alias @p in
 */
CYT_NODISCARD cyt_code cyt_rows_regroup(MPI_Comm comm, const uint64_t *from,
                                        const uint64_t *to, size_t row_bytes,
                                        const void *in, void *out, cyt_error *err);

#endif
