// SPDX-License-Identifier: BSD-3-Clause
/* A plan carried out, without files: who takes which slide, and with whom. */
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/plan.h"
#include "cytotaxis/queue.h"
#include "cytotaxis/random.h"
#include "test_mpi.h"

#include <math.h>
#include <stdlib.h>

static int rank, size;

enum { N = 23, CELLS = 10 };

/* What all ranks saw of the slides. */
typedef struct seen {
    int taken[N]; /* times, over all groups */
    int width[N]; /* of the group that took it */
    int wrong;    /* slides out of order, on any rank */
    cyt_progress last;
} seen;

/* Take all slides as a run does; within a group the dearest come first, and of the
 * common list after those of its own. */
static void take_all(const cyt_plan *plan, const cyt_plan_task *tasks, seen *all)
{
    cyt_queue q = CYT_QUEUE_CLOSED;
    cyt_error err = {0};
    double last = INFINITY;
    size_t last_whose = 0;
    assert_all(cyt_queue_open(MPI_COMM_WORLD, rank == 0 ? plan : NULL, &q, &err) ==
               CYT_OK);
    for (size_t s; (s = cyt_queue_next(&q)) != CYT_QUEUE_END;) {
        const int leads = cyt_comm_rank(q.group) == 0;
        all->taken[s] += leads;
        all->width[s] = leads ? cyt_comm_size(q.group) : 0;
        all->wrong += plan->group[s] == last_whose && tasks[s].work_s > last;
        all->wrong += plan->group[s] < last_whose; /* CYT_PLAN_QUEUE is the largest */
        last = tasks[s].work_s;
        last_whose = plan->group[s];
        if (leads)
            all->last = cyt_queue_done(&q, CELLS);
    }
    cyt_queue_close(&q);
    MPI_Allreduce(MPI_IN_PLACE, all->taken, N, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    MPI_Allreduce(MPI_IN_PLACE, all->width, N, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    MPI_Allreduce(MPI_IN_PLACE, &all->wrong, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    all->last.slides_done = cyt_max_u64(MPI_COMM_WORLD, all->last.slides_done);
    all->last.cells_done = cyt_max_u64(MPI_COMM_WORLD, all->last.cells_done);
}

static void check_taken(const cyt_plan *plan, const cyt_plan_task *tasks)
{
    seen all = {0};
    take_all(plan, tasks, &all);
    for (size_t s = 0; s < N; s++) {
        const size_t g = plan->group[s];
        all.wrong += all.taken[s] != 1;
        if (g != CYT_PLAN_QUEUE)
            all.wrong += all.width[s] != (int)plan->width[g];
        else if (!plan->stay)
            all.wrong += all.width[s] != 1;
    }
    assert_all(all.wrong == 0);
    assert_all(all.last.slides_done == N && all.last.cells_done == (uint64_t)CELLS * N);
}

/* --- what is planned is done ------------------------------------------------------ */

/* Costs over three decades: with few ranks some cohorts need groups, some do not. */
static void draw_tasks(uint64_t seed, cyt_plan_task *tasks)
{
    const cyt_random_key key = cyt_random_key_of(seed, 0);
    for (size_t i = 0; i < N; i++)
        tasks[i] =
            (cyt_plan_task){.work_s = pow(10, 1.5 * cyt_normal(key, 0, (uint64_t)i, 0)),
                            .most_ranks = (size_t)size};
}

static void what_is_planned_is_done(void **state)
{
    (void)state;
    enum { COHORTS = 12 };
    size_t n_grouped = 0;
    for (uint64_t seed = 0; seed < COHORTS; seed++) {
        cyt_plan_task tasks[N];
        cyt_plan plan;
        cyt_error err = {0};
        draw_tasks(seed, tasks);
        assert_all(cyt_plan_make(N, tasks, (size_t)size, &plan, &err) == CYT_OK);
        check_taken(&plan, tasks);
        n_grouped += plan.n_groups > 0 && plan.width[0] > 1;
        cyt_plan_free(&plan);
    }
    assert_all(n_grouped >= (size > 1 ? COHORTS / 4 : 0));
}

static void equal_groups_stay_together(void **state)
{
    (void)state;
    cyt_plan_task tasks[N];
    draw_tasks(1, tasks);
    for (size_t groups = 1; groups <= (size_t)size; groups++) {
        cyt_plan plan;
        cyt_error err = {0};
        size_t n_ranks = 0;
        assert_all(cyt_plan_equal(N, tasks, (size_t)size, groups, &plan, &err) ==
                   CYT_OK);
        for (size_t g = 0; g < groups; g++)
            n_ranks += plan.width[g];
        assert_all(n_ranks == (size_t)size && plan.n_groups == groups);
        assert_all(plan.width[0] - plan.width[groups - 1] <= 1);
        check_taken(&plan, tasks);
        cyt_queue q = CYT_QUEUE_CLOSED;
        assert_all(cyt_queue_open(MPI_COMM_WORLD, &plan, &q, &err) == CYT_OK);
        while (cyt_queue_next(&q) != CYT_QUEUE_END)
            ;
        const uint64_t leads = cyt_comm_rank(q.group) == 0;
        assert_all(cyt_sum_u64(MPI_COMM_WORLD, leads) == groups);
        cyt_queue_close(&q);
        cyt_plan_free(&plan);
    }
}

/* Without groups the first round goes by rank, the dearest to the first. */
static void the_first_round_goes_by_rank(void **state)
{
    (void)state;
    cyt_plan_task tasks[N];
    cyt_plan plan;
    cyt_queue q = CYT_QUEUE_CLOSED;
    cyt_error err = {0};
    for (size_t i = 0; i < N; i++)
        tasks[i] = (cyt_plan_task){N - (double)i, 0, 1, 1};
    assert_all(cyt_plan_make(N, tasks, (size_t)size, &plan, &err) == CYT_OK);
    assert_all(cyt_queue_open(MPI_COMM_WORLD, &plan, &q, &err) == CYT_OK);
    const size_t first = cyt_queue_next(&q);
    assert_all(first == (size_t)rank);
    cyt_queue_close(&q);
    cyt_plan_free(&plan);
}

/* --- an early end ----------------------------------------------------------------- */

static void a_drained_queue_gives_nothing_more(void **state)
{
    (void)state;
    const cyt_plan_task tasks[5] = {
        {1, 0, 1, 0}, {1, 0, 1, 0}, {1, 0, 1, 0}, {1, 0, 1, 0}, {1, 0, 1, 0}};
    cyt_plan plan;
    cyt_queue q = CYT_QUEUE_CLOSED;
    cyt_error err = {0};
    assert_all(cyt_plan_equal(5, tasks, (size_t)size, 1, &plan, &err) == CYT_OK);
    assert_all(cyt_queue_open(MPI_COMM_WORLD, &plan, &q, &err) == CYT_OK);
    const size_t first = cyt_queue_next(&q);
    if (rank == 0)
        cyt_queue_drain(&q);
    assert_all(first == 0 && cyt_queue_next(&q) == CYT_QUEUE_END);
    cyt_queue_close(&q);
    cyt_plan_free(&plan);
}

/* The last rank drains; the first, which has slides of its own left, hears of it with
 * the report of the one it was at. */
static void a_group_with_slides_of_its_own_hears_of_the_end(void **state)
{
    (void)state;
    size_t width[1] = {1}, order[3] = {0, 1, 2}, group[3] = {0, 0, 0};
    const cyt_plan plan = {.n_tasks = 3,
                           .n_ranks = (size_t)size,
                           .n_groups = 1,
                           .width = width,
                           .order = order,
                           .group = group};
    cyt_queue q = CYT_QUEUE_CLOSED;
    cyt_error err = {0};
    assert_all(cyt_queue_open(MPI_COMM_WORLD, &plan, &q, &err) == CYT_OK);
    const size_t first = cyt_queue_next(&q);
    assert_all(first == (rank == 0 ? 0 : CYT_QUEUE_END));
    if (rank == size - 1)
        cyt_queue_drain(&q);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0)
        assert_int_equal(cyt_queue_done(&q, 1).slides_done, 1);
    assert_all(cyt_queue_next(&q) == CYT_QUEUE_END);
    cyt_queue_close(&q);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    const cyt_plan_task tasks[2] = {{1, 0, 1, 0}, {2, 0, 1, 0}};
    cyt_plan plan;
    cyt_error err = {0};
    assert_all(cyt_plan_make(2, tasks, (size_t)size, &plan, &err) == CYT_OK);
    for (int bad = 0; bad < size; bad++) {
        cyt_queue q = CYT_QUEUE_CLOSED;
        err = (cyt_error){0};
        cyt_fault_arm(rank == bad ? "queue.open" : NULL);
        const cyt_code code = cyt_queue_open(MPI_COMM_WORLD, &plan, &q, &err);
        cyt_fault_arm(NULL);
        assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
        cyt_queue_close(&q);
    }
    cyt_plan_free(&plan);
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_planned_is_done),
        cmocka_unit_test(equal_groups_stay_together),
        cmocka_unit_test(the_first_round_goes_by_rank),
        cmocka_unit_test(a_drained_queue_gives_nothing_more),
        cmocka_unit_test(a_group_with_slides_of_its_own_hears_of_the_end),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
