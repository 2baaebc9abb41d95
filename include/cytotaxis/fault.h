/**
 * @file fault.h
 * @brief Named places where a test can make one rank fail.
 *
 * Without CYT_FAULTS the macro is a constant and the compiler removes it, so release
 * builds carry none of this. In a test build a point is armed by cyt_fault_arm(), or
 * for the whole program by the environment.
 */
#ifndef CYT_FAULT_H
#define CYT_FAULT_H

#ifdef CYT_FAULTS
/** Make the point called @p name fail on this rank; NULL disarms. */
void cyt_fault_arm(const char *name);
/** Is the point @p name armed on this rank? */
int cyt_fault_armed(const char *name);
/** Read CYTOTAXIS_FAULT=point[+passes]:rank[:slide[:end]] of a program run; @p rank is
 *  the world rank. The point is passed so many times before it fails; with a slide it
 * is armed only while that slide is under way, where "cohort" stands for what comes
 *  after all slides; with an end the rank does not fail but is ended there, by SIGKILL
 *  ("kill") or SIGSEGV ("crash"), or is asked to stop, and goes on, by SIGUSR1 ("usr1")
 *  or SIGTERM ("term"). */
void cyt_fault_from_environment(int rank);
/** The slide under way on this rank, or "cohort"; NULL: none. */
void cyt_fault_slide(const char *slide);
/** All points of the program, ended by NULL, for the failure matrix. */
const char *const *cyt_fault_names(void);
#define CYT_FAULT(name) cyt_fault_armed(name)
#else
#define CYT_FAULT(name)                  0
#define cyt_fault_from_environment(rank) ((void)(rank))
#define cyt_fault_slide(slide)           ((void)(slide))
#endif

#endif
