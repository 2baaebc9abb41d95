// SPDX-License-Identifier: BSD-3-Clause
#include "signals.h"

#include <signal.h>

#include <mpi.h>

/* The first signal that asks to stop; set by the handler, which may do no more. */
static volatile sig_atomic_t stop_signal;

static void note_signal(int number)
{
    if (!stop_signal)
        stop_signal = number;
}

cyt_stop signals_listen(double limit_s)
{
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return (cyt_stop){.signal = &stop_signal,
                      .deadline = limit_s > 0 ? MPI_Wtime() + limit_s : 0};
}
