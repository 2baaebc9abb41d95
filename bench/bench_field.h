/** @file bench_field.h  The steps of phase `field` (bench_steps.h). */
#ifndef BENCH_FIELD_H
#define BENCH_FIELD_H

#include "bench_steps.h"

cyt_code bench_field_prepare(MPI_Comm comm, bench *b, cyt_error *err);
cyt_code bench_field_renew(MPI_Comm comm, bench *b, cyt_error *err);
cyt_code bench_field_solve(MPI_Comm comm, bench *b, cyt_error *err);
double bench_field_check(MPI_Comm comm, const bench *b);
void bench_field_free(bench *b);

#endif
