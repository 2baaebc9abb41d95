// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/queue.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"

#include <stdlib.h>

enum { TAKEN, SLIDES_DONE, CELLS_DONE, N_COUNTERS };

/* Open MPI prefers its component "ucx" for windows, and where UCX has no network for
 * them the window fails instead of going another way (4.1.4 over TCP between hosts:
 * MPI_ERR_WIN on all ranks). A counter needs no speed; the others always work. */
void cyt_queue_environment(void)
{
    setenv("OMPI_MCA_osc", "^ucx", 0);
}

/* Dearest first; of equals the first in the sheet. Insertion of n slides, n small. */
static void order_by_cost(size_t n, const uint64_t *cost, size_t *order)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        while (at > 0 && cost[order[at - 1]] < cost[i]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
}

static cyt_code alloc_order(size_t n, const uint64_t *cost, cyt_queue *q,
                            cyt_error *err)
{
    if (CYT_FAULT("queue.open"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    q->order = cyt_alloc(n, sizeof *q->order, "the order of slides", err);
    if (q->order)
        order_by_cost(n, cost, q->order);
    return err->code;
}

cyt_code cyt_queue_open(MPI_Comm world, size_t n_groups, size_t n_slides,
                        const uint64_t *cost, cyt_queue *queue, cyt_error *err)
{
    const int rank = cyt_comm_rank(world), size = cyt_comm_size(world);
    *queue = (cyt_queue){MPI_COMM_NULL, MPI_COMM_NULL, MPI_WIN_NULL, n_slides, NULL};
    cyt_code code = cyt_agree(world, alloc_order(n_slides, cost, queue, err), err);
    if (code != CYT_OK)
        return code;

    const int colour = (int)((size_t)rank * n_groups / (size_t)size);
    MPI_Comm_split(world, colour, rank, &queue->group);
    const int leads = cyt_comm_rank(queue->group) == 0;
    MPI_Comm_split(world, leads ? 0 : MPI_UNDEFINED, rank, &queue->leaders);

    int64_t *counters;
    const MPI_Aint bytes = rank == 0 ? N_COUNTERS * (MPI_Aint)sizeof *counters : 0;
    MPI_Win_allocate(bytes, sizeof *counters, MPI_INFO_NULL, world, &counters,
                     &queue->window);
    MPI_Win_lock_all(0, queue->window);
    for (int k = 0; rank == 0 && k < N_COUNTERS; k++)
        counters[k] = 0;
    MPI_Win_sync(queue->window);
    MPI_Barrier(world);
    return CYT_OK;
}

/* Add to a counter of rank 0 and return what it was; adding 0 reads it. */
static int64_t step(cyt_queue *queue, int counter, int64_t by)
{
    int64_t before;
    MPI_Fetch_and_op(&by, &before, MPI_INT64_T, 0, counter, MPI_SUM, queue->window);
    MPI_Win_flush(0, queue->window);
    return before;
}

size_t cyt_queue_next(cyt_queue *queue)
{
    uint64_t turn = 0;
    if (cyt_comm_rank(queue->group) == 0)
        turn = (uint64_t)step(queue, TAKEN, 1);
    MPI_Bcast(&turn, 1, MPI_UINT64_T, 0, queue->group);
    return turn < queue->n_slides ? queue->order[turn] : queue->n_slides;
}

void cyt_queue_done(cyt_queue *queue, uint64_t n_cells)
{
    step(queue, CELLS_DONE, (int64_t)n_cells);
    step(queue, SLIDES_DONE, 1);
}

void cyt_queue_drain(cyt_queue *queue)
{
    step(queue, TAKEN, (int64_t)queue->n_slides);
}

cyt_progress cyt_queue_progress(cyt_queue *queue)
{
    return (cyt_progress){
        .slides_done = (uint64_t)step(queue, SLIDES_DONE, 0),
        .cells_done = (uint64_t)step(queue, CELLS_DONE, 0),
    };
}

void cyt_queue_close(cyt_queue *queue)
{
    if (queue->window != MPI_WIN_NULL) {
        MPI_Win_unlock_all(queue->window);
        MPI_Win_free(&queue->window);
    }
    if (queue->leaders != MPI_COMM_NULL)
        MPI_Comm_free(&queue->leaders);
    if (queue->group != MPI_COMM_NULL)
        MPI_Comm_free(&queue->group);
    free(queue->order);
    *queue = (cyt_queue){MPI_COMM_NULL, MPI_COMM_NULL, MPI_WIN_NULL, 0, NULL};
}
