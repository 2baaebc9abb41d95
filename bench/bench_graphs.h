/** @file bench_graphs.h  Phases on graphs of neighbours; see bench_steps.h. */
#ifndef BENCH_GRAPHS_H
#define BENCH_GRAPHS_H

#include "bench_steps.h"

/** The Delaunay graph; check: its edges, each in both directions. */
step bench_delaunay;
double bench_delaunay_check(MPI_Comm comm, const bench *b);
void bench_delaunay_drop(MPI_Comm comm, bench *b);

/** What follows is on that graph. */
step bench_prepare_graph;

/** Counts of neighbours by type and their exact moments; check: all counts. */
step bench_exact;
double bench_exact_check(MPI_Comm comm, const bench *b);
void bench_exact_drop(MPI_Comm comm, bench *b);

/** As many permutations as the word says. */
step bench_prepare_permute, bench_permute;

/** Moran's I and Geary's C of as many columns as the word says. */
step bench_prepare_moran, bench_moran;

void bench_graphs_free(bench *b);

#endif
