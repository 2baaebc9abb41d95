/** @file bench_shifts.h  The steps of phase `shifts` (bench_steps.h). */
#ifndef BENCH_SHIFTS_H
#define BENCH_SHIFTS_H

#include "bench_steps.h"

cyt_code bench_shifts_prepare(MPI_Comm comm, bench *b, cyt_error *err);
cyt_code bench_shifts_score(MPI_Comm comm, bench *b, cyt_error *err);
/** Sum of the scores that are not shifted. */
double bench_shifts_check(MPI_Comm comm, const bench *b);
void bench_shifts_free(bench *b);

#endif
