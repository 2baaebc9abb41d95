/**
 * @file trace.h
 * @brief When each rank did what: a file for the timeline of Perfetto or Chrome.
 *
 * Every rank notes spans (begin, end, name) and counters; at the end the first rank
 * writes them all into one JSON file, a process for each rank:
 *
 *     rank 0 │ run ─────────────────────────────────────────│
 *            │ slide S07 ──────────────│ slide S03 ──│ cohort│
 *            │ read │ nearest │ write  │ read │ ...  │       │
 *     rank 1 │ run ─────────────────────────────────────────│
 *
 * Open it at https://ui.perfetto.dev or chrome://tracing. Format: Trace Event Format,
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU, of
 * whose phases "X", "C" and "M" are used.
 *
 * Times count from a barrier at the start, so the ranks of a host agree, and those of
 * other hosts to within the time of that barrier and the drift of their clocks. A span
 * takes some 150 bytes of memory; a NULL trace takes nothing and notes nothing. The
 * file is made when the run begins: that it cannot be is known before anything is
 * computed.
 */
#ifndef CYT_TRACE_H
#define CYT_TRACE_H

#include "cytotaxis/status.h"

#include <stdint.h>

#include <mpi.h>

typedef struct cyt_trace cyt_trace;

/**
 * Begin a trace, replacing an old file. Collective over @p world.
 * @param path   NULL: no trace, @p trace becomes NULL
 * @param trace  [out] NULL after a failure
 * @return CYT_OK; CYT_ERR_CREATE; CYT_ERR_MEMORY; the same on all ranks
 */
CYT_NODISCARD cyt_code cyt_trace_open(MPI_Comm world, const char *path,
                                      cyt_trace **trace, cyt_error *err);

/** Note what took from @p began to @p ended, as of MPI_Wtime(). Not collective; that
 *  memory lacked is told by cyt_trace_close().
 *  @param kind  of the span, a word
 *  @param name  any text
 *  @param args  JSON object that is shown with it, or NULL */
void cyt_trace_span(cyt_trace *trace, const char *kind, const char *name, double began,
                    double ended, const char *args);

/** Note the value of a counter. Not collective. */
void cyt_trace_count(cyt_trace *trace, const char *name, double at, uint64_t value);

/**
 * Write the file; NULL is accepted. Collective over the same ranks. Releases the trace
 * in every case; a file that is not whole is removed.
 * @return CYT_OK; CYT_ERR_IO; CYT_ERR_MEMORY; the same on all ranks
 */
CYT_NODISCARD cyt_code cyt_trace_close(MPI_Comm world, cyt_trace **trace,
                                       cyt_error *err);

#endif
