/**
 * @file plan.h
 * @brief Which ranks take which slide, and how long all of it takes. Pure: no MPI.
 *
 * Slides differ by decades in size; a large one on one rank would outlast all others,
 * small ones on many ranks waste them. So large slides get groups of ranks, as many as
 * it takes, and a group does its slides one after the other; then it falls apart and
 * its ranks, each alone, take small slides from a common queue, dearest first:
 *
 *     ranks   time ->
 *     0  ┌──────────────────┬──────────┬──┬─┐
 *     1  │ S07              │ S11      │S3│ │      a group of two, then singles
 *        └──────────────────┴──────────┼──┼─┤
 *     2  │ S02       │ S05     │ S09   │S1│S│      single from the start
 *
 * The plan searches over the length of the schedule (a slide gets the fewest ranks with
 * which it fits into it, or into a half, a third ...) and keeps the shortest schedule
 * found. Price: no guarantee beyond that of list scheduling; tests hold it against the
 * lower bound on simulated cohorts.
 *
 * Source of the method: fewest ranks for a given length, then list scheduling, as in
 * J. Turek, J. L. Wolf, P. S. Yu, Approximate algorithms for scheduling parallelizable
 * tasks, SPAA 1992, doi:10.1145/140901.141909; largest first after R. L. Graham, 1969,
 * doi:10.1137/0117039.
 */
#ifndef CYT_PLAN_H
#define CYT_PLAN_H

#include "cytotaxis/status.h"

#include <stddef.h>

/** How long a slide takes: work (serial + (1 - serial) / p) on p ranks. */
typedef struct cyt_plan_task {
    double work_s;     /**< on one rank; greater than 0 */
    double serial;     /**< share of it that more ranks do not shorten, 0 to 1 */
    size_t most_ranks; /**< more do not help; at least 1 */
} cyt_plan_task;

/** Time of @p task on @p ranks ranks. */
double cyt_plan_time(const cyt_plan_task *task, size_t ranks);

#define CYT_PLAN_ALONE ((size_t)-1)

typedef struct cyt_plan {
    size_t n_tasks, n_ranks;
    size_t n_groups; /**< with slides of their own; the first of the first ranks */
    size_t *width;   /**< [n_groups] ranks */
    size_t *order;   /**< [n_tasks] dearest first */
    size_t
        *group; /**< [n_tasks] who takes it; CYT_PLAN_ALONE: one rank, from the queue */
    double makespan_s;
    double total_s;    /**< work of all tasks on one rank each */
    double critical_s; /**< the longest task on as many ranks as help it */
} cyt_plan;

/**
 * @param tasks    [n_tasks]
 * @param n_ranks  at least 1
 * @param plan     [out] released with cyt_plan_free(), also after a failure
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_plan_make(size_t n_tasks, const cyt_plan_task *tasks,
                                     size_t n_ranks, cyt_plan *plan, cyt_error *err);

/** No schedule is shorter: the mean load, or the longest slide. */
double cyt_plan_bound(const cyt_plan *plan);
/** Share of the ranks' time that is work. */
double cyt_plan_efficiency(const cyt_plan *plan);

void cyt_plan_free(cyt_plan *plan);

#endif
