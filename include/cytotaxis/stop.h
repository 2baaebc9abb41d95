/**
 * @file stop.h
 * @brief Asked to stop, by a signal or because time is up: polled at safe points.
 *
 * A scheduler warns a job before it ends it (SIGUSR1, SIGTERM), and the user may set a
 * limit of time. The signal handler only notes the signal; here the ranks of a group
 * agree on what they saw, at places where any error may be returned: what is half done
 * is then undone as after a failure. Such a safe point comes every few seconds, also
 * within the long parts of a slide: a scheduler waits some minutes at most. As a
 * launcher forwards signals to all ranks but not at the same moment, one rank that saw
 * it speaks for all.
 *
 * A poll also lets MPI do what other ranks want of this one's memory, where that needs
 * its help.
 */
#ifndef CYT_STOP_H
#define CYT_STOP_H

#include "cytotaxis/status.h"

#include <signal.h>

#include <mpi.h>

/** `{0}` never stops anybody. */
typedef struct cyt_stop {
    const volatile sig_atomic_t *signal; /**< SIGUSR1 or SIGTERM once it came; NULL */
    double deadline;                     /**< as of MPI_Wtime(); 0: none */
    int serves; /**< other hosts may want something of this rank's memory (queue.h):
                     a poll lets MPI do it */
} cyt_stop;

/** What this rank alone has seen: CYT_OK or one of the CYT_STOP codes. NULL: CYT_OK. */
cyt_code cyt_stop_seen(const cyt_stop *stop);

/**
 * Is it time to stop? Collective over @p comm. @p stop may be NULL, on all ranks or
 * none.
 * @return the same on all ranks: CYT_OK; CYT_STOP_TIME, CYT_STOP_USR1, CYT_STOP_TERM
 *         when any rank saw it, the last named before the others
 */
CYT_NODISCARD cyt_code cyt_stop_check(MPI_Comm comm, const cyt_stop *stop,
                                      cyt_error *err);

/** Say why: fill @p err for a CYT_STOP code; CYT_OK passes. */
CYT_NODISCARD cyt_code cyt_stop_tell(cyt_code code, cyt_error *err);

/** Is @p code one of the CYT_STOP codes? */
int cyt_is_stop(cyt_code code);

#endif
