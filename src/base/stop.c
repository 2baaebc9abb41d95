// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/stop.h"

#include "cytotaxis/comm.h"

int cyt_is_stop(cyt_code code)
{
    return code == CYT_STOP_TIME || code == CYT_STOP_USR1 || code == CYT_STOP_TERM;
}

cyt_code cyt_stop_seen(const cyt_stop *stop)
{
    if (!stop)
        return CYT_OK;
    const int number = stop->signal ? *stop->signal : 0;
    if (number)
        return number == SIGUSR1 ? CYT_STOP_USR1 : CYT_STOP_TERM;
    return stop->deadline > 0 && MPI_Wtime() >= stop->deadline ? CYT_STOP_TIME : CYT_OK;
}

cyt_code cyt_stop_tell(cyt_code code, cyt_error *err)
{
    if (code == CYT_OK)
        return CYT_OK;
    return CYT_FAIL(err, code, NULL, "stopped %s",
                    code == CYT_STOP_TIME   ? "at the limit of time"
                    : code == CYT_STOP_USR1 ? "by signal USR1"
                                            : "by signal TERM");
}

/* MPI does what others want only within a call, and on a communicator of one rank no
 * other call is sure to look. Open MPI 4.1 looks at its sockets in every eighth. */
static void serve_others(MPI_Comm comm)
{
    enum { CALLS = 16 };
    int found;
    for (int k = 0; k < CALLS; k++)
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &found, MPI_STATUS_IGNORE);
}

cyt_code cyt_stop_check(MPI_Comm comm, const cyt_stop *stop, cyt_error *err)
{
    if (stop && stop->serves && cyt_comm_size(comm) == 1)
        serve_others(comm);
    return cyt_stop_tell((cyt_code)cyt_max_u64(comm, cyt_stop_seen(stop)), err);
}
