/**
 * @file bench_steps.h
 * @brief The phases that can be timed, each as steps around and under the clock.
 *
 *     prepare ─► renew ─► once ─► check ─► drop ─► free
 *                ▲      clock            │
 *                └─────── repeat ────────┘
 */
#ifndef BENCH_STEPS_H
#define BENCH_STEPS_H

#include "cytotaxis/autocorrelation.h"
#include "cytotaxis/cells.h"
#include "cytotaxis/cosine.h"
#include "cytotaxis/enrichment.h"
#include "cytotaxis/graph.h"
#include "cytotaxis/home.h"
#include "cytotaxis/pairs.h"
#include "cytotaxis/signal.h"
#include "cytotaxis/status.h"

#include <stddef.h>

#include <mpi.h>

/** What a phase works on; words are borrowed. */
typedef struct bench {
    const char *path;
    size_t n_words;
    const char *const *words;
    double size; /* cells or pixels of one repeat, over all ranks */
    cyt_rows rows;
    cyt_slide slide;
    cyt_home home;
    size_t id_width;
    char *ids;
    double *nearest; /* [types.n * cells.n] */
    cyt_pair_counts pairs;
    float *maps; /* [n_maps * pixels of the strip] */
    size_t n_maps;
    cyt_cosine plan;
    cyt_medium medium;
    double *source, *field; /* [pixels of the strip] */
    cyt_signal signal;
    struct bench_field *tissue_field; /* bench_field.c */
    struct bench_shifts *shifts;      /* bench_shifts.c */
    cyt_graph graph;
    cyt_label_counts counts;
    double moments;
    cyt_permuted *permuted;     /* [types.n²] */
    double *columns;            /* [columns * cells.n] */
    cyt_autocorrelation *alike; /* [columns] */
} bench;

typedef cyt_code step(MPI_Comm comm, bench *b, cyt_error *err);

/** A slide scattered to strips; the word, if there is one, is its raster's side. */
step bench_prepare_slide;

typedef struct phase {
    const char *name, *usage;
    step *prepare, *renew, *once;                   /* renew may be NULL */
    double (*check)(MPI_Comm comm, const bench *b); /* may be NULL */
    void (*drop)(MPI_Comm comm, bench *b);          /* may be NULL */
} phase;

/** All phases, ended by one whose name is NULL. */
extern const phase bench_phases[];

void bench_free(bench *b);

#endif
