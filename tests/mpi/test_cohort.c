// SPDX-License-Identifier: BSD-3-Clause
/* Slides to groups without files: the shared counter. */
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/queue.h"
#include "test_mpi.h"

#include <stdlib.h>

static int rank, size;

/* --- the queue -------------------------------------------------------------------- */

static void every_slide_is_taken_once_dearest_first(void **state)
{
    (void)state;
    enum { N = 23 };
    uint64_t cost[N];
    for (size_t i = 0; i < N; i++)
        cost[i] = (i * 7919) % 50;
    for (size_t groups = 1; groups <= (size_t)size; groups++) {
        cyt_queue q;
        cyt_error err = {0};
        assert_all(cyt_queue_open(MPI_COMM_WORLD, groups, N, cost, &q, &err) == CYT_OK);
        const int leads = cyt_comm_rank(q.group) == 0;
        int taken[N] = {0}, wrong = 0;
        uint64_t last = UINT64_MAX;
        for (size_t s; (s = cyt_queue_next(&q)) < N;) {
            taken[s] += leads;
            wrong += cost[s] > last; /* within a group the order is kept */
            last = cost[s];
            if (leads)
                cyt_queue_done(&q, 10);
        }
        MPI_Allreduce(MPI_IN_PLACE, taken, N, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
        for (size_t s = 0; s < N; s++)
            wrong += taken[s] != 1;
        const cyt_progress p = cyt_queue_progress(&q);
        MPI_Barrier(MPI_COMM_WORLD);
        assert_all(wrong == 0);
        assert_all(p.slides_done == N && p.cells_done == 10 * N);
        const int n_groups = (int)cyt_sum_u64(MPI_COMM_WORLD, (uint64_t)leads);
        assert_all(n_groups == (int)groups);
        cyt_queue_close(&q);
    }
}

static void a_drained_queue_gives_nothing_more(void **state)
{
    (void)state;
    const uint64_t cost[5] = {1, 1, 1, 1, 1};
    cyt_queue q;
    cyt_error err = {0};
    assert_all(cyt_queue_open(MPI_COMM_WORLD, 1, 5, cost, &q, &err) == CYT_OK);
    const size_t first = cyt_queue_next(&q);
    if (rank == 0)
        cyt_queue_drain(&q);
    assert_all(first == 0 && cyt_queue_next(&q) == 5);
    cyt_queue_close(&q);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    const uint64_t cost[2] = {1, 2};
    for (int bad = 0; bad < size; bad++) {
        cyt_queue q;
        cyt_error err = {0};
        cyt_fault_arm(rank == bad ? "queue.open" : NULL);
        const cyt_code code = cyt_queue_open(MPI_COMM_WORLD, 1, 2, cost, &q, &err);
        cyt_fault_arm(NULL);
        assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
        cyt_queue_close(&q);
    }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slide_is_taken_once_dearest_first),
        cmocka_unit_test(a_drained_queue_gives_nothing_more),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
