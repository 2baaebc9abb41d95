// SPDX-License-Identifier: BSD-3-Clause
/* What a stranger does first: cut rows into strips, and agree with the other ranks. */
#include <cytotaxis/comm.h>
#include <cytotaxis/strip.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const uint64_t cost[4] = {1, 1, 1, 3};
    uint64_t starts[3];
    cyt_strips_balance(4, cost, 2, starts);
    cyt_error err = {0};
    cyt_code mine = starts[1] == 3 && starts[2] == 4 ? CYT_OK : CYT_ERR_INTERNAL;
    cyt_code code = cyt_agree(MPI_COMM_WORLD, mine, &err);
    if (cyt_comm_rank(MPI_COMM_WORLD) == 0)
        printf("%d ranks agree on %d\n", cyt_comm_size(MPI_COMM_WORLD), (int)code);
    MPI_Finalize();
    return code == CYT_OK ? 0 : 1;
}
