// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/queue.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

enum { TAKEN, SLIDES_DONE, CELLS_DONE, N_COUNTERS };

/* Beyond any number of slides that were taken: no more are. */
#define DRAINED ((int64_t)1 << 40)

/* Open MPI prefers its component "ucx" for windows, and where UCX has no network for
 * them the window fails instead of going another way (4.1.4 over TCP between hosts:
 * MPI_ERR_WIN on all ranks). A counter needs no speed; the others always work. */
void cyt_queue_environment(void)
{
    setenv("OMPI_MCA_osc", "^ucx", 0);
}

/* --- the plan, on every rank ------------------------------------------------------ */

/* What of a plan all have to know. */
typedef struct layout {
    uint64_t n_tasks, n_groups, stay;
    uint64_t *width; /* [n_groups] */
    uint64_t *order; /* [n_tasks] */
    uint64_t *group; /* [n_tasks] */
} layout;

static cyt_code alloc_layout(layout *l, cyt_queue *q, cyt_error *err)
{
    if (CYT_FAULT("queue.open"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    l->width = cyt_alloc(l->n_groups, sizeof *l->width, "a plan", err);
    l->order = cyt_alloc(l->n_tasks, sizeof *l->order, "a plan", err);
    l->group = cyt_alloc(l->n_tasks, sizeof *l->group, "a plan", err);
    q->own = cyt_alloc(l->n_tasks, sizeof *q->own, "the order of slides", err);
    q->common = cyt_alloc(l->n_tasks, sizeof *q->common, "the order of slides", err);
    return err->code;
}

static void free_layout(layout *l)
{
    free(l->width);
    free(l->order);
    free(l->group);
}

static void copy(size_t n, const size_t *from, uint64_t *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = from[i];
}

static cyt_code share_plan(MPI_Comm world, const cyt_plan *plan, layout *l,
                           cyt_queue *q, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int first = cyt_comm_rank(world) == 0;
    uint64_t head[3] = {0};
    if (first) {
        const uint64_t known[3] = {plan->n_tasks, plan->n_groups, (uint64_t)plan->stay};
        memcpy(head, known, sizeof head);
    }
    MPI_Bcast(head, 3, MPI_UINT64_T, 0, world);
    *l = (layout){.n_tasks = head[0], .n_groups = head[1], .stay = head[2]};
    CYT_TRY(cyt_agree(world, alloc_layout(l, q, err), err));
    if (first) {
        copy(l->n_groups, plan->width, l->width);
        copy(l->n_tasks, plan->order, l->order);
        copy(l->n_tasks, plan->group, l->group);
    }
    MPI_Bcast(l->width, (int)l->n_groups, MPI_UINT64_T, 0, world);
    MPI_Bcast(l->order, (int)l->n_tasks, MPI_UINT64_T, 0, world);
    MPI_Bcast(l->group, (int)l->n_tasks, MPI_UINT64_T, 0, world);
done:
    return code;
}

/* The group of a rank; beyond those of the plan each is its own. */
static uint64_t group_of(const layout *l, uint64_t rank)
{
    uint64_t g = 0, end = 0;
    while (g < l->n_groups && (end += l->width[g]) <= rank)
        g++;
    return g < l->n_groups ? g : g + rank;
}

static void list_slides(const layout *l, uint64_t mine, cyt_queue *q)
{
    for (size_t i = 0; i < l->n_tasks; i++) {
        const uint64_t whose = l->group[l->order[i]];
        if (whose == (uint64_t)CYT_PLAN_QUEUE)
            q->common[q->n_common++] = l->order[i];
        else if (whose == mine)
            q->own[q->n_own++] = l->order[i];
    }
}

/* Who takes from the common list from the start: groups that stay, or else ranks that
 * are alone, but for those with slides of their own. */
static int takes_first(const layout *l, uint64_t g)
{
    if (g < l->n_groups && !l->stay && l->width[g] > 1)
        return 0;
    for (size_t i = 0; i < l->n_tasks; i++)
        if (l->group[i] == g)
            return 0;
    return 1;
}

/* The first of the common list, one each, in the order of ranks.
 * @return how many are taken so */
static int64_t deal_first(const layout *l, uint64_t n_ranks, uint64_t mine,
                          cyt_queue *q)
{
    int64_t n = 0;
    uint64_t last = UINT64_MAX;
    for (uint64_t r = 0; r < n_ranks; r++) {
        const uint64_t g = group_of(l, r);
        if (g == last || !takes_first(l, g))
            continue;
        last = g;
        if (g == mine)
            q->turn = n;
        n++;
    }
    return n;
}

/* --- the counters ----------------------------------------------------------------- */

/* Add to all counters; @p before gets what they were. */
static void step(cyt_queue *q, const int64_t by[N_COUNTERS], int64_t before[N_COUNTERS])
{
    const double began = MPI_Wtime();
    MPI_Get_accumulate(by, N_COUNTERS, MPI_INT64_T, before, N_COUNTERS, MPI_INT64_T,
                       q->host, 0, N_COUNTERS, MPI_INT64_T, MPI_SUM, q->window);
    MPI_Win_flush(q->host, q->window);
    q->waited_s += MPI_Wtime() - began;
}

/* A first step of nothing while all are in a call: with it Open MPI sets up the
 * connection and the lock, which take messages to and fro. */
static void open_counters(MPI_Comm world, int64_t n_taken, cyt_queue *q)
{
    const int is_host = cyt_comm_rank(world) == cyt_comm_size(world) - 1;
    int64_t *counters, before[N_COUNTERS];
    const MPI_Aint bytes = is_host ? N_COUNTERS * (MPI_Aint)sizeof *counters : 0;
    q->host = cyt_comm_size(world) - 1;
    MPI_Win_allocate(bytes, sizeof *counters, MPI_INFO_NULL, world, &counters,
                     &q->window);
    MPI_Win_lock_all(0, q->window);
    for (int k = 0; is_host && k < N_COUNTERS; k++)
        counters[k] = k == TAKEN ? n_taken : 0;
    MPI_Win_sync(q->window);
    MPI_Barrier(world);
    step(q, (const int64_t[N_COUNTERS]){0}, before);
    MPI_Barrier(world);
    q->waited_s = 0;
}

/* Are there several hosts? */
static int is_on_hosts(MPI_Comm world)
{
    MPI_Comm host;
    MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
    const int is_apart = cyt_comm_size(host) < cyt_comm_size(world);
    MPI_Comm_free(&host);
    return cyt_any(world, is_apart);
}

cyt_code cyt_queue_open(MPI_Comm world, const cyt_plan *plan, cyt_queue *q,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    layout l = {0};
    const int rank = cyt_comm_rank(world);
    *q = CYT_QUEUE_CLOSED;
    CYT_TRY(share_plan(world, plan, &l, q, err));
    const uint64_t mine = group_of(&l, (uint64_t)rank);
    list_slides(&l, mine, q);
    q->stay = (int)l.stay;
    MPI_Comm_split(world, (int)mine, rank, &q->group);
    q->needs_help = is_on_hosts(world);
    open_counters(world, deal_first(&l, (uint64_t)cyt_comm_size(world), mine, q), q);
done:
    free_layout(&l);
    return code;
}

/* --- taking ----------------------------------------------------------------------- */

static int has_own(const cyt_queue *q)
{
    return q->at_own < q->n_own;
}

/* Does the group, as it is, take from the common list? */
static int is_final(const cyt_queue *q)
{
    return q->stay || cyt_comm_size(q->group) == 1;
}

static void fall_apart(cyt_queue *q)
{
    MPI_Comm alone;
    MPI_Comm_split(q->group, cyt_comm_rank(q->group), 0, &alone);
    MPI_Comm_free(&q->group);
    q->group = alone;
}

static uint64_t take_common(cyt_queue *q)
{
    int64_t turn = q->turn, before[N_COUNTERS];
    if (turn < 0) {
        step(q, (const int64_t[N_COUNTERS]){[TAKEN] = 1}, before);
        turn = before[TAKEN];
    }
    q->turn = -1;
    return (uint64_t)turn < q->n_common ? q->common[turn] : CYT_QUEUE_END;
}

size_t cyt_queue_next(cyt_queue *q)
{
    uint64_t next = CYT_QUEUE_END;
    if (!has_own(q) && !is_final(q))
        fall_apart(q);
    if (cyt_comm_rank(q->group) == 0 && !q->is_drained)
        next = has_own(q) ? q->own[q->at_own] : take_common(q);
    MPI_Bcast(&next, 1, MPI_UINT64_T, 0, q->group);
    q->at_own += has_own(q) ? 1 : 0;
    return (size_t)next;
}

cyt_progress cyt_queue_done(cyt_queue *q, uint64_t n_cells)
{
    const int takes = !q->is_drained && !has_own(q) && is_final(q);
    int64_t before[N_COUNTERS];
    step(q, (const int64_t[N_COUNTERS]){takes, 1, (int64_t)n_cells}, before);
    q->is_drained |= before[TAKEN] >= DRAINED;
    q->turn = takes ? before[TAKEN] : -1;
    return (cyt_progress){(uint64_t)before[SLIDES_DONE] + 1,
                          (uint64_t)before[CELLS_DONE] + n_cells};
}

void cyt_queue_drain(cyt_queue *q)
{
    int64_t before[N_COUNTERS];
    step(q, (const int64_t[N_COUNTERS]){[TAKEN] = DRAINED}, before);
    q->is_drained = 1;
}

void cyt_queue_close(cyt_queue *q)
{
    if (q->window != MPI_WIN_NULL) {
        MPI_Win_unlock_all(q->window);
        MPI_Win_free(&q->window);
    }
    if (q->group != MPI_COMM_NULL)
        MPI_Comm_free(&q->group);
    free(q->own);
    free(q->common);
    *q = CYT_QUEUE_CLOSED;
}
