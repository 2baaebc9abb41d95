// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/comm.h"
#include "test_mpi.h"

#include <stdio.h>
#include <string.h>

static int rank, size;

static void all_ranks_well(void **state)
{
    (void)state;
    cyt_error err = {0};
    assert_all(cyt_agree(MPI_COMM_WORLD, CYT_OK, &err) == CYT_OK);
    assert_all(err.code == CYT_OK);
}

static void every_single_failure_is_seen_everywhere(void **state)
{
    (void)state;
    for (int bad = 0; bad < size; bad++) {
        cyt_error err = {0};
        cyt_code mine = CYT_OK;
        if (rank == bad)
            mine = CYT_FAIL(&err, CYT_ERR_DATA, "S07", "line %d has no x", 41 + bad);
        const cyt_code agreed = cyt_agree(MPI_COMM_WORLD, mine, &err);
        assert_all(agreed == CYT_ERR_DATA);
        assert_all(err.rank == bad);
        assert_all(strcmp(err.subject, "S07") == 0);
        char want[64];
        snprintf(want, sizeof want, "line %d has no x", 41 + bad);
        assert_all(strcmp(err.text, want) == 0);
    }
}

static void the_lowest_rank_speaks_when_several_fail(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_code mine = CYT_OK;
    if (rank >= size / 2)
        mine = CYT_FAIL(&err, rank % 2 ? CYT_ERR_IO : CYT_ERR_MEMORY, NULL, "rank %d",
                        rank);
    const cyt_code agreed = cyt_agree(MPI_COMM_WORLD, mine, &err);
    assert_all(err.rank == size / 2);
    assert_all(agreed == ((size / 2) % 2 ? CYT_ERR_IO : CYT_ERR_MEMORY));
}

static void a_failure_stays_in_its_group_and_names_the_world_rank(void **state)
{
    (void)state;
    MPI_Comm group; /* even and odd world ranks, as two slides would be */
    MPI_Comm_split(MPI_COMM_WORLD, rank % 2, rank, &group);
    cyt_error err = {0};
    cyt_code mine = CYT_OK;
    if (rank == 1)
        mine = CYT_FAIL(&err, CYT_ERR_IO, "S02", "disk full");
    const cyt_code agreed = cyt_agree(group, mine, &err);
    const int hit = rank % 2 == 1;
    assert_all(agreed == (hit ? CYT_ERR_IO : CYT_OK));
    assert_all(err.rank == (hit ? 1 : 0) && (err.code == CYT_OK) == !hit);
    MPI_Comm_free(&group);
}

static void a_count_beyond_int_is_an_error_not_a_wrap(void **state)
{
    (void)state;
    cyt_error err = {0};
    assert_all(cyt_mpi_count(2147483647u, &err) == 2147483647);
    assert_all(err.code == CYT_OK);
    assert_all(cyt_mpi_count((size_t)1 << 31, &err) == -1);
    assert_all(err.code == CYT_ERR_MEMORY);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_ranks_well),
        cmocka_unit_test(every_single_failure_is_seen_everywhere),
        cmocka_unit_test(the_lowest_rank_speaks_when_several_fail),
        cmocka_unit_test(a_failure_stays_in_its_group_and_names_the_world_rank),
        cmocka_unit_test(a_count_beyond_int_is_an_error_not_a_wrap),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
