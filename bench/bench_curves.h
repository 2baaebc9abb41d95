/**
 * @file bench_curves.h
 * @brief Phases of spatial statistics: what follows from a slide that is ready
 * (bench_steps.h) and, for G, from its nearest distances.
 */
#ifndef BENCH_CURVES_H
#define BENCH_CURVES_H

#include "bench_steps.h"

/** Set covariance to 250 µm of the pixels within 20 µm of a cell. */
cyt_code bench_covariance(MPI_Comm comm, bench *b, cyt_error *err);
/** Tallies at 50 radii to 250 µm, of all pairs of types; of all types. */
cyt_code bench_g_curves(MPI_Comm comm, bench *b, cyt_error *err);
cyt_code bench_f_curves(MPI_Comm comm, bench *b, cyt_error *err);
/** Types within 50 µm of each cell; of the 10 nearest. */
cyt_code bench_within(MPI_Comm comm, bench *b, cyt_error *err);
cyt_code bench_knn(MPI_Comm comm, bench *b, cyt_error *err);
/** Ten niches of the types within 50 µm, one start, 20 rounds at most. The windows are
 *  counted anew under the clock, too. */
cyt_code bench_niches(MPI_Comm comm, bench *b, cyt_error *err);

#endif
