/**
 * @file trap.h
 * @brief Trap slopes of one slide (trap.h), signal by signal while its field is there.
 *
 * Responders are those that a signal names; a signal that names none has no slopes.
 * Covariates are the log density of all cells that are not of its responders (of those
 * that are neither responders nor background, for the relative slope: a cell does not
 * count itself), the densities that are asked for, compartments, and the spline in the
 * distance to the margin. A responder type that also sends sees the field of all other
 * senders: the type's own secretion is left out of the source. Types of the background
 * that send are left out of it for the same reason.
 */
#ifndef CYT_SLIDE_TRAP_H
#define CYT_SLIDE_TRAP_H

#include "slide/signal.h"

/** What signals of one set of responders share. */
typedef struct cyt_trap_stage cyt_trap_stage;

/** Slopes of signal @p s, whose field is @p solved; nothing to do when none are asked
 *  for. Collective.
 *  @param params how it was solved, for fields without a responder's own secretion */
CYT_NODISCARD cyt_code cyt_slide_trap(MPI_Comm group, cyt_signal_stage *stage, size_t s,
                                      const cyt_signal_terms *terms,
                                      const cyt_signal_params *params,
                                      const cyt_signal *solved, cyt_error *err);

/** Put the slopes of all signals into metrics and the table `trap`. Not collective:
 *  every rank does the same. */
CYT_NODISCARD cyt_code cyt_slide_trap_tell(cyt_slide_work *work, cyt_error *err);

void cyt_trap_stage_destroy(cyt_trap_stage *trap);

#endif
