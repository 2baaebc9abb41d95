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
 * found; one with wider groups must gain a hundredth, as no cost is known better and
 * ranks that work together have to wait for each other. Price: no guarantee beyond that
 * of list scheduling; tests hold it against the lower bound on simulated cohorts.
 *
 * A run does what its plan says (queue.h): the plan only decides how wide groups are
 * and which slides are theirs, the rest is taken as ranks become free, so that costs
 * that were estimated badly do less harm.
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
    double work_s;      /**< on one rank; greater than 0 */
    double serial;      /**< share of it that more ranks do not shorten, 0 to 1 */
    size_t most_ranks;  /**< more do not help; at least 1 */
    size_t least_ranks; /**< fewer have not the memory; 0 or 1: one has */
} cyt_plan_task;

/** Time of @p task on @p ranks ranks. */
double cyt_plan_time(const cyt_plan_task *task, size_t ranks);

/** In place of a group: whoever is free takes it from the queue. */
#define CYT_PLAN_QUEUE ((size_t)-1)

typedef struct cyt_plan {
    size_t n_tasks, n_ranks;
    size_t n_groups; /**< the first of the first ranks; who is in none is alone */
    size_t *width;   /**< [n_groups] ranks */
    size_t *order;   /**< [n_tasks] dearest first */
    size_t *group;   /**< [n_tasks] whose it is, or CYT_PLAN_QUEUE */
    int stay;        /**< groups take from the queue as they are, not rank by rank */
    double makespan_s;
    double total_s;    /**< work of all tasks on one rank each */
    double critical_s; /**< the longest task on as many ranks as help it */
} cyt_plan;

/**
 * @param tasks    [n_tasks]
 * @param n_ranks  at least 1; a task that needs more gets all
 * @param plan     [out] released with cyt_plan_free(), also after a failure
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_plan_make(size_t n_tasks, const cyt_plan_task *tasks,
                                     size_t n_ranks, cyt_plan *plan, cyt_error *err);

/** Groups as equal as can be, which stay together and take all slides from the queue:
 *  for those who do not want the plan. Parameters as of cyt_plan_make(), and
 *  @param n_groups  1 to @p n_ranks */
CYT_NODISCARD cyt_code cyt_plan_equal(size_t n_tasks, const cyt_plan_task *tasks,
                                      size_t n_ranks, size_t n_groups, cyt_plan *plan,
                                      cyt_error *err);

/** No schedule is shorter: the mean load, or the longest slide. */
double cyt_plan_bound(const cyt_plan *plan);
/** Share of the ranks' time that is work. */
double cyt_plan_efficiency(const cyt_plan *plan);

void cyt_plan_free(cyt_plan *plan);

#endif
