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

static size_t at_least(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The fewest ranks with which the task takes at most so long, and has the memory; all
 * that help it where none do. */
static size_t fewest_ranks(const cyt_plan_task *task, double length_s)
{
    const double left = length_s / task->work_s - task->serial;
    const double p =
        left > 0 ? ceil((1 - task->serial) / left * (1 - 1e-12)) : INFINITY;
    if (p >= (double)task->most_ranks)
        return at_least(task->most_ranks, task->least_ranks);
    return at_least(p > 1 ? (size_t)p : 1, task->least_ranks);
}

/* --- one schedule ----------------------------------------------------------------- */

/* Room for the search, and the schedule at hand. */
typedef struct search {
    size_t n, n_ranks;
    cyt_plan_task *tasks;
    const size_t *order;     /* dearest first */
    size_t n_groups, n_free; /* ranks that belong to no group */
    size_t *width, *group;   /* as of cyt_plan */
    double *busy_s;          /* [n_ranks] until when each group has work */
    double *heap;            /* [n_ranks] until when each rank has */
} search;

/* The group in which the task fits within the length, as closely as possible. */
static size_t best_fit(const search *s, const cyt_plan_task *task, double length_s)
{
    size_t best = CYT_PLAN_QUEUE;
    for (size_t g = 0; g < s->n_groups; g++)
        if (s->width[g] >= task->least_ranks &&
            s->busy_s[g] + cyt_plan_time(task, s->width[g]) <= length_s * (1 + 1e-12) &&
            (best == CYT_PLAN_QUEUE || s->busy_s[g] > s->busy_s[best]))
            best = g;
    return best;
}

/* Are there so many ranks left, and do they have the memory? */
static int can_open(const search *s, const cyt_plan_task *task, size_t width)
{
    return width > 0 && width <= s->n_free && width >= task->least_ranks;
}

/* Where the task ends first: in a group, or in a new one of the ranks left. */
static size_t least_bad(const search *s, const cyt_plan_task *task)
{
    size_t best = CYT_PLAN_QUEUE;
    double ends =
        can_open(s, task, s->n_free) ? cyt_plan_time(task, s->n_free) : INFINITY;
    for (size_t g = 0; g < s->n_groups; g++) {
        if (s->width[g] < task->least_ranks)
            continue;
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
 * the like fit behind it.
 * @return 0 where no group has the memory for one of them */
static int place_large(search *s, double length_s, double alone_s, size_t parts)
{
    s->n_groups = 0;
    s->n_free = s->n_ranks;
    for (size_t i = 0; i < s->n; i++) {
        const cyt_plan_task *task = &s->tasks[s->order[i]];
        size_t *group = &s->group[s->order[i]];
        *group = CYT_PLAN_QUEUE;
        if (cyt_plan_time(task, 1) <= alone_s && task->least_ranks <= 1)
            continue;
        const size_t width = fewest_ranks(task, length_s / (double)parts);
        *group = best_fit(s, task, length_s);
        if (*group == CYT_PLAN_QUEUE && can_open(s, task, width))
            *group = open_group(s, width);
        if (*group == CYT_PLAN_QUEUE)
            *group = least_bad(s, task);
        if (*group == CYT_PLAN_QUEUE && can_open(s, task, s->n_free))
            *group = open_group(s, s->n_free);
        if (*group == CYT_PLAN_QUEUE)
            return 0;
        s->busy_s[*group] += cyt_plan_time(task, s->width[*group]);
    }
    return 1;
}

/* One group of all ranks for the tasks that do not fit into the memory of one. */
static void place_together(search *s)
{
    s->n_groups = 0;
    s->n_free = s->n_ranks;
    open_group(s, s->n_ranks);
    for (size_t i = 0; i < s->n; i++) {
        const cyt_plan_task *task = &s->tasks[i];
        s->group[i] = task->least_ranks > 1 ? 0 : CYT_PLAN_QUEUE;
        if (task->least_ranks > 1)
            s->busy_s[0] += cyt_plan_time(task, s->n_ranks);
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

/* Tasks of the queue go, dearest first, each to the taker that is free first.
 * @param heap   [n] until when each taker has work; changed
 * @param width  ranks of a taker
 * @return when the last of them ends */
static double deal_queue(search *s, size_t n, size_t width)
{
    double end = 0;
    qsort(s->heap, n, sizeof *s->heap, by_value); /* sorted, it is a heap */
    for (size_t i = 0; i < s->n; i++) {
        if (s->group[s->order[i]] != CYT_PLAN_QUEUE)
            continue;
        s->heap[0] += cyt_plan_time(&s->tasks[s->order[i]], width);
        end = fmax(end, s->heap[0]);
        sink(s->heap, n);
    }
    return end;
}

/* @return when all is done */
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
    return fmax(end, deal_queue(s, s->n_ranks, 1));
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
    plan->width = cyt_calloc(n_ranks, sizeof *plan->width, "a plan", err);
    plan->order = cyt_calloc(n, sizeof *plan->order, "a plan", err);
    plan->group = cyt_calloc(n, sizeof *plan->group, "a plan", err);
    s->tasks = cyt_calloc(n, sizeof *s->tasks, "a plan", err);
    s->width = cyt_calloc(n_ranks, sizeof *s->width, "a plan", err);
    s->group = cyt_calloc(n, sizeof *s->group, "a plan", err);
    s->busy_s = cyt_calloc(n_ranks, sizeof *s->busy_s, "a plan", err);
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

/* Lengths from the bound upwards, as long as a shorter schedule may be found; where
 * memory allows none up to the length of all tasks one by one, all ranks together. A
 * length that does not grow, as that of no work at all, is not tried. */
static void find_shortest(search *s, cyt_plan *plan)
{
    static const double alone[] = {1, 0.8, 0.6, 0.4}; /* of the length */
    enum { MOST_PARTS = 6, N_ALONE = sizeof alone / sizeof *alone };
    const double step = 1.01, worth = 1 / step;
    plan->makespan_s = INFINITY;
    for (double length_s = cyt_plan_bound(plan);
         length_s <= plan->total_s * step && length_s < plan->makespan_s * worth &&
         length_s * step > length_s;
         length_s *= step)
        for (size_t k = 0; k < MOST_PARTS * N_ALONE; k++) {
            if (!place_large(s, length_s, alone[k % N_ALONE] * length_s,
                             1 + k / N_ALONE))
                continue;
            const double end = place_small(s);
            if (end < plan->makespan_s * worth)
                keep(s, end, plan);
        }
    if (isinf(plan->makespan_s)) {
        place_together(s);
        keep(s, place_small(s), plan);
    }
}

/* Needs beyond all ranks are met by all ranks: who has too little memory is told. */
static cyt_code begin_plan(size_t n_tasks, const cyt_plan_task *tasks, size_t n_ranks,
                           cyt_plan *plan, search *s, cyt_error *err)
{
    *plan = (cyt_plan){0};
    *s = (search){.n = n_tasks, .n_ranks = n_ranks};
    if (alloc_plan(n_tasks, n_ranks, plan, s, err) != CYT_OK)
        return err->code;
    order_by_work(n_tasks, tasks, plan->order);
    s->order = plan->order;
    for (size_t i = 0; i < n_tasks; i++) {
        cyt_plan_task *task = &s->tasks[i];
        *task = tasks[i];
        if (task->least_ranks > n_ranks)
            task->least_ranks = n_ranks;
        plan->total_s += task->work_s;
        plan->critical_s = fmax(plan->critical_s, cyt_plan_time(task, n_ranks));
    }
    return CYT_OK;
}

static void free_search(search *s)
{
    free(s->tasks);
    free(s->width);
    free(s->group);
    free(s->busy_s);
    free(s->heap);
}

cyt_code cyt_plan_make(size_t n_tasks, const cyt_plan_task *tasks, size_t n_ranks,
                       cyt_plan *plan, cyt_error *err)
{
    search s;
    if (begin_plan(n_tasks, tasks, n_ranks, plan, &s, err) == CYT_OK && n_tasks > 0)
        find_shortest(&s, plan);
    free_search(&s);
    return err->code;
}

cyt_code cyt_plan_equal(size_t n_tasks, const cyt_plan_task *tasks, size_t n_ranks,
                        size_t n_groups, cyt_plan *plan, cyt_error *err)
{
    search s;
    if (begin_plan(n_tasks, tasks, n_ranks, plan, &s, err) == CYT_OK) {
        plan->stay = 1;
        plan->n_groups = n_groups;
        for (size_t g = 0; g < n_groups; g++)
            plan->width[g] = ((g + 1) * n_ranks + n_groups - 1) / n_groups -
                             (g * n_ranks + n_groups - 1) / n_groups;
        for (size_t i = 0; i < n_tasks; i++)
            s.group[i] = plan->group[i] = CYT_PLAN_QUEUE;
        plan->makespan_s = deal_queue(&s, n_groups, n_ranks / n_groups);
    }
    free_search(&s);
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
