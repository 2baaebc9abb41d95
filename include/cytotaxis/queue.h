/**
 * @file queue.h
 * @brief A plan carried out: which ranks work together, and which slide they take next.
 *
 * The plan (plan.h) gives some groups of ranks slides of their own, the dear ones, and
 * leaves the others in a common list, dearest first. A group does its own; then it
 * falls apart, and its ranks, each alone, take from the common list by one atomic step
 * on a counter (one-sided, so nobody has to answer). Groups of a plan that stay take
 * from the list as they are. The order in which slides finish has no effect on any
 * result.
 *
 * Who takes from the common list from the start has his first slide without a step: the
 * first rank the dearest, the last the smallest. The counter is in the memory of the
 * last rank, which so has the smallest slides. On one host the step is done by who
 * takes it. Between hosts over TCP the last rank's MPI does it, when it is next in a
 * call; so there each poll for a stop (stop.h) lets MPI serve others, and the report of
 * a slide and the next step are one message. Price: who takes a slide may wait until
 * the last rank is at its next safe point; run.json tells how long (queue_wait_s).
 */
#ifndef CYT_QUEUE_H
#define CYT_QUEUE_H

#include "cytotaxis/plan.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** No slide is left. */
#define CYT_QUEUE_END ((size_t)-1)

typedef struct cyt_queue {
    MPI_Comm group; /**< whom this rank works with now; owned */
    MPI_Win window; /**< counters: slides taken of the common list, slides done, cells
                         done */
    int host;       /**< rank that has them */
    int needs_help; /**< ranks are on several hosts: who has the counters must call MPI
                         now and then */
    int stay;       /**< as of the plan */
    size_t n_own, at_own; /**< slides of this group, and how many of them were taken */
    size_t *own;          /**< [n_own] dearest first */
    size_t n_common;      /**< slides of the common list */
    size_t *common;       /**< [n_common] dearest first */
    int is_drained;       /**< as far as this leader knows */
    int64_t turn;         /**< place in the common list, taken with a report; or -1 */
    double waited_s;      /**< for the counters, by this rank */
} cyt_queue;

/** One that was never opened; may be closed. */
#define CYT_QUEUE_CLOSED                                                               \
    ((cyt_queue){.group = MPI_COMM_NULL, .window = MPI_WIN_NULL, .turn = -1})

/** How far the whole cohort is. */
typedef struct cyt_progress {
    uint64_t slides_done;
    uint64_t cells_done;
} cyt_progress;

/** Settings of MPI without which the counter cannot be had on several hosts. Call once,
 * before MPI_Init; what the user has set stays. Not collective. */
void cyt_queue_environment(void);

/**
 * Form the groups and lay out the slides. Collective over @p world.
 * @param plan   on rank 0, for as many ranks as @p world has; others may give NULL
 * @param queue  [out] close it, also after a failure
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_queue_open(MPI_Comm world, const cyt_plan *plan,
                                      cyt_queue *queue, cyt_error *err);

/** The next slide for this group, CYT_QUEUE_END when none is left. Collective over the
 * group, which may be another afterwards: look at it anew. */
size_t cyt_queue_next(cyt_queue *queue);

/** Tell that a slide of @p n_cells cells is finished; group leaders only.
 *  @return how far all groups are together, with this slide */
cyt_progress cyt_queue_done(cyt_queue *queue, uint64_t n_cells);

/** Let no group take another slide, this one at once, others when they have finished
 * theirs; group leaders only, before cyt_queue_done(). */
void cyt_queue_drain(cyt_queue *queue);

/** Collective over the world. */
void cyt_queue_close(cyt_queue *queue);

#endif
