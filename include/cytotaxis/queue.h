/**
 * @file queue.h
 * @brief Which group of ranks takes which slide: a shared counter.
 *
 * The world is cut into groups of consecutive ranks. A list of slides, dearest first,
 * lies before them; a group that is free takes the next by one atomic step on a counter
 * in rank 0's memory (one-sided, so nobody has to answer). Dearest first keeps the end
 * even; the order in which slides finish has no effect on any result.
 */
#ifndef CYT_QUEUE_H
#define CYT_QUEUE_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

typedef struct cyt_queue {
    MPI_Comm group;   /**< this rank's group; owned */
    MPI_Comm leaders; /**< rank 0 of each group, MPI_COMM_NULL on others; owned */
    MPI_Win window;   /**< counters: slides taken, slides done, cells done */
    size_t n_slides;
    size_t *order; /**< [n_slides] slides, dearest first */
} cyt_queue;

/** How far the whole cohort is. */
typedef struct cyt_progress {
    uint64_t slides_done;
    uint64_t cells_done;
} cyt_progress;

/** Settings of MPI without which the counter cannot be had on several hosts. Call once,
 * before MPI_Init; what the user has set stays. Not collective. */
void cyt_queue_environment(void);

/**
 * Cut the world into @p n_groups groups and lay out the slides. Collective over @p
 * world.
 * @param cost  [n_slides] any unit; the same on every rank
 */
CYT_NODISCARD cyt_code cyt_queue_open(MPI_Comm world, size_t n_groups, size_t n_slides,
                                      const uint64_t *cost, cyt_queue *queue,
                                      cyt_error *err);

/** The next slide for this group, n_slides when none is left. Collective over the
 * group. */
size_t cyt_queue_next(cyt_queue *queue);

/** Tell that a slide of @p n_cells cells is finished; group leaders only. */
void cyt_queue_done(cyt_queue *queue, uint64_t n_cells);

/** Let no group take another slide; group leaders only. */
void cyt_queue_drain(cyt_queue *queue);

/** How far all groups are together; any rank, any time. */
cyt_progress cyt_queue_progress(cyt_queue *queue);

/** Collective over the world. */
void cyt_queue_close(cyt_queue *queue);

#endif
