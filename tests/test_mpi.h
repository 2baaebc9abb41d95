/** @file test_mpi.h  cmocka under mpiexec: one main, assertions every rank sees. */
#ifndef CYT_TEST_MPI_H
#define CYT_TEST_MPI_H

#include "test.h"

#include <mpi.h>

/** Collective. Fails on every rank if @p cond is false on any rank, so that all ranks
 *  leave the test at the same place and none waits in a later collective. */
#define assert_all(cond)                                                               \
    do {                                                                               \
        int ok_ = (cond) ? 1 : 0, mine_ = ok_;                                         \
        MPI_Allreduce(MPI_IN_PLACE, &ok_, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);        \
        if (!ok_)                                                                      \
            fail_msg("%s: %s", #cond, mine_ ? "false on another rank" : "false here"); \
    } while (0)

#endif
