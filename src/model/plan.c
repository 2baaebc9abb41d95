// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/plan.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double cyt_plan_time(const cyt_plan_task *task, size_t ranks)
{
    const size_t p = ranks < task->most_ranks ? ranks : task->most_ranks;
    return task->work_s * (task->serial + (1 - task->serial) / (double)p);
}

/* The fewest ranks with which the task takes at most so long; all that help it where
 * none do. */
static size_t fewest_ranks(const cyt_plan_task *task, double length_s)
{
    const double left = length_s / task->work_s - task->serial;
    if (left <= 0)
        return task->most_ranks;
    const double p = ceil((1 - task->serial) / left * (1 - 1e-12));
    if (p >= (double)task->most_ranks)
        return task->most_ranks;
    return p > 1 ? (size_t)p : 1;
}

/* --- one schedule ----------------------------------------------------------------- */

/* Room for the search, and the schedule at hand. */
typedef struct search {
    size_t n, n_ranks;
    const cyt_plan_task *tasks;
    const size_t *order;     /* dearest first */
    size_t n_groups, n_free; /* ranks that belong to no group */
    size_t *width, *group;   /* as of cyt_plan */
    double *busy_s;          /* [n] until when each group has work */
    double *heap;            /* [n_ranks] until when each rank has */
} search;

/* The group in which the task fits within the length, as closely as possible. */
static size_t best_fit(const search *s, const cyt_plan_task *task, double length_s)
{
    size_t best = CYT_PLAN_ALONE;
    for (size_t g = 0; g < s->n_groups; g++)
        if (s->busy_s[g] + cyt_plan_time(task, s->width[g]) <= length_s * (1 + 1e-12) &&
            (best == CYT_PLAN_ALONE || s->busy_s[g] > s->busy_s[best]))
            best = g;
    return best;
}

/* Where the task ends first: in a group, or in a new one of the ranks left. */
static size_t least_bad(const search *s, const cyt_plan_task *task)
{
    size_t best = CYT_PLAN_ALONE;
    double ends = s->n_free > 0 ? cyt_plan_time(task, s->n_free) : INFINITY;
    for (size_t g = 0; g < s->n_groups; g++) {
        const double end = s->busy_s[g] + cyt_plan_time(task, s->width[g]);
        if (end < ends) {
            ends = end;
            best = g;
        }
    }
    return best;
}

static size_t open_group(search *s, size_t width)
{
    s->width[s->n_groups] = width;
    s->busy_s[s->n_groups] = 0;
    s->n_free -= width;
    return s->n_groups++;
}

/* Tasks that one rank does not finish within @p alone_s go to groups. A group gets the
 * width with which its first task fits into 1/@p parts of the length, so that others of
 * the like fit behind it. */
static void place_large(search *s, double length_s, double alone_s, size_t parts)
{
    s->n_groups = 0;
    s->n_free = s->n_ranks;
    for (size_t i = 0; i < s->n; i++) {
        const cyt_plan_task *task = &s->tasks[s->order[i]];
        size_t *group = &s->group[s->order[i]];
        *group = CYT_PLAN_ALONE;
        if (cyt_plan_time(task, 1) <= alone_s)
            continue;
        const size_t width = fewest_ranks(task, length_s / (double)parts);
        *group = best_fit(s, task, length_s);
        if (*group == CYT_PLAN_ALONE && width <= s->n_free)
            *group = open_group(s, width);
        if (*group == CYT_PLAN_ALONE)
            *group = least_bad(s, task);
        if (*group == CYT_PLAN_ALONE && s->n_free > 0)
            *group = open_group(s, s->n_free);
        s->busy_s[*group] += cyt_plan_time(task, s->width[*group]);
    }
}

/* Let the first of the heap, whose value has grown, sink to its place. */
static void sink(double *heap, size_t n)
{
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        child += child + 1 < n && heap[child + 1] < heap[child];
        if (heap[at] <= heap[child])
            return;
        const double t = heap[at];
        heap[at] = heap[child];
        heap[child] = t;
    }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Small tasks go, dearest first, each to the rank that is free first.
 * @return when all is done */
static double place_small(search *s)
{
    size_t r = 0;
    double end = 0;
    while (r < s->n_free)
        s->heap[r++] = 0;
    for (size_t g = 0; g < s->n_groups; g++) {
        end = fmax(end, s->busy_s[g]);
        for (size_t k = 0; k < s->width[g]; k++)
            s->heap[r++] = s->busy_s[g];
    }
    qsort(s->heap, s->n_ranks, sizeof *s->heap, by_value); /* sorted, it is a heap */
    for (size_t i = 0; i < s->n; i++) {
        if (s->group[s->order[i]] != CYT_PLAN_ALONE)
            continue;
        s->heap[0] += cyt_plan_time(&s->tasks[s->order[i]], 1);
        end = fmax(end, s->heap[0]);
        sink(s->heap, s->n_ranks);
    }
    return end;
}

/* --- the search ------------------------------------------------------------------- */

/* Dearest first; of equals the first. Insertion, n is small. */
static void order_by_work(size_t n, const cyt_plan_task *tasks, size_t *order)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        while (at > 0 && tasks[order[at - 1]].work_s < tasks[i].work_s) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
}

static cyt_code alloc_plan(size_t n, size_t n_ranks, cyt_plan *plan, search *s,
                           cyt_error *err)
{
    plan->n_tasks = n;
    plan->n_ranks = n_ranks;
    plan->width = cyt_calloc(n, sizeof *plan->width, "a plan", err);
    plan->order = cyt_calloc(n, sizeof *plan->order, "a plan", err);
    plan->group = cyt_calloc(n, sizeof *plan->group, "a plan", err);
    s->width = cyt_calloc(n, sizeof *s->width, "a plan", err);
    s->group = cyt_calloc(n, sizeof *s->group, "a plan", err);
    s->busy_s = cyt_calloc(n, sizeof *s->busy_s, "a plan", err);
    s->heap = cyt_calloc(n_ranks, sizeof *s->heap, "a plan", err);
    return err->code;
}

static void keep(const search *s, double makespan_s, cyt_plan *plan)
{
    plan->makespan_s = makespan_s;
    plan->n_groups = s->n_groups;
    memcpy(plan->width, s->width, s->n_groups * sizeof *s->width);
    memcpy(plan->group, s->group, s->n * sizeof *s->group);
}

/* Lengths from the bound upwards; those above what was found cannot be better. */
static void find_shortest(search *s, cyt_plan *plan)
{
    static const double alone[] = {1, 0.8, 0.6, 0.4}; /* of the length */
    enum { MOST_PARTS = 6, N_ALONE = sizeof alone / sizeof *alone };
    const double step = 1.01;
    plan->makespan_s = INFINITY;
    for (double length_s = cyt_plan_bound(plan); length_s < plan->makespan_s;
         length_s *= step)
        for (size_t k = 0; k < MOST_PARTS * N_ALONE; k++) {
            place_large(s, length_s, alone[k % N_ALONE] * length_s, 1 + k / N_ALONE);
            const double end = place_small(s);
            if (end < plan->makespan_s)
                keep(s, end, plan);
        }
}

cyt_code cyt_plan_make(size_t n_tasks, const cyt_plan_task *tasks, size_t n_ranks,
                       cyt_plan *plan, cyt_error *err)
{
    *plan = (cyt_plan){0};
    search s = {.n = n_tasks, .n_ranks = n_ranks, .tasks = tasks};
    if (alloc_plan(n_tasks, n_ranks, plan, &s, err) == CYT_OK) {
        order_by_work(n_tasks, tasks, plan->order);
        s.order = plan->order;
        for (size_t i = 0; i < n_tasks; i++) {
            const size_t most =
                tasks[i].most_ranks < n_ranks ? tasks[i].most_ranks : n_ranks;
            plan->total_s += tasks[i].work_s;
            plan->critical_s = fmax(plan->critical_s, cyt_plan_time(&tasks[i], most));
        }
        if (n_tasks > 0)
            find_shortest(&s, plan);
    }
    free(s.width);
    free(s.group);
    free(s.busy_s);
    free(s.heap);
    return err->code;
}

double cyt_plan_bound(const cyt_plan *plan)
{
    return fmax(plan->total_s / (double)plan->n_ranks, plan->critical_s);
}

double cyt_plan_efficiency(const cyt_plan *plan)
{
    return plan->total_s / ((double)plan->n_ranks * plan->makespan_s);
}

void cyt_plan_free(cyt_plan *plan)
{
    free(plan->width);
    free(plan->order);
    free(plan->group);
    *plan = (cyt_plan){0};
}
