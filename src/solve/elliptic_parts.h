/** @file elliptic_parts.h  What the files of the elliptic solver share. */
#ifndef CYT_ELLIPTIC_PARTS_H
#define CYT_ELLIPTIC_PARTS_H

#include "cytotaxis/elliptic.h"
#include "cytotaxis/islands.h"
#include "cytotaxis/mg.h"

enum {
    MAX_LEVELS = 64, /* each halves the rows and the columns */
    /* The coarsest level is solved directly. */
    DIRECT_SIDE = 8,
    DIRECT_MAX = DIRECT_SIDE * DIRECT_SIDE,
};

typedef struct elliptic_level {
    cyt_mg_level mg;
    cyt_mg_transfer transfer; /* to the next level */
    uint64_t *starts;         /* [size + 1] coarse row J is where fine row 2J is */
    int is_whole;             /* mg holds all rows, on every rank */
    float *memory;            /* owns the arrays of mg */
    float *transfer_memory;
} elliptic_level;

/* Islands that cross strips, the same on every rank. */
typedef struct crossing_islands {
    size_t n_islands, n;
    size_t *start;    /* [n_islands + 1] */
    cyt_place *place; /* [n] rows of the whole raster */
    size_t *from;     /* [n] place of a pixel when each rank's are put together */
    double *d, *k;    /* [n] */
} crossing_islands;

/* Components that are solved apart from the levels. */
typedef struct elliptic_islands {
    size_t n, n_pixels; /* within the strip */
    size_t n_crossing;  /* own pixels of others */
    size_t *start;      /* [n + 1] */
    cyt_place *place;   /* [n_pixels + n_crossing] rows of the strip */
    double *label;      /* [n_crossing] which island */
    crossing_islands crossing;
} elliptic_islands;

struct cyt_elliptic {
    cyt_elliptic_params medium; /* row_starts: its own copy */
    size_t size, rank, n_own;   /* ranks, and rows of this strip */
    double *edge_rows;          /* [4 * n_cols] D above and below the strip, then c */
    double per_area;            /* 1 / h² */
    double scale; /* of the operator in single precision, a power of two */
    double least_decay;
    uint64_t n_pixels; /* of the tissue */
    elliptic_islands islands;
    int n_levels;
    elliptic_level levels[MAX_LEVELS];
    float *p;              /* of conjugate gradients, as levels[0].mg.u */
    float *scratch;        /* of the kernels */
    float *uniform_row;    /* decay of the finest level where it is uniform */
    double *row_sums;      /* [2 * own rows] */
    MPI_Request *requests; /* [4 * size] */
    int n_requests;
    int *counts;                                      /* [2 * size] */
    double direct[DIRECT_MAX * (DIRECT_MAX + 1) / 2]; /* Cholesky factor, by rows */
};

/* Allocate and fill all levels; e->medium and edge_rows are there. Collective. */
CYT_NODISCARD cyt_code elliptic_levels_init(MPI_Comm comm, cyt_elliptic *e,
                                            cyt_error *err);
void elliptic_levels_free(cyt_elliptic *e);

/* Fill `depth` halo rows of an array of a level. Collective. */
void elliptic_exchange(MPI_Comm comm, cyt_elliptic *e, const elliptic_level *level,
                       float *array, int64_t depth);
/* All rows of an array of a whole level, of which each rank has its share. Collective.
 */
void elliptic_gather(MPI_Comm comm, cyt_elliptic *e, const elliptic_level *level,
                     float *array);

/* Factor, and solve with, the operator of the coarsest level. */
void elliptic_direct_init(cyt_elliptic *e);
void elliptic_direct_solve(cyt_elliptic *e);

/* u = about A^-1 f on the finest level, one halo row included. Collective. */
void elliptic_cycle(MPI_Comm comm, cyt_elliptic *e);

/* Find the islands; edge_rows is there. Collective. */
CYT_NODISCARD cyt_code elliptic_islands_init(MPI_Comm comm, cyt_elliptic *e,
                                             cyt_error *err);
void elliptic_islands_free(elliptic_islands *islands);
/* Zero an array of the finest level at own pixels of islands. */
void elliptic_islands_clear(const cyt_elliptic *e, float *array);
/* Write their field. Collective. */
CYT_NODISCARD cyt_code elliptic_islands_solve(MPI_Comm comm, const cyt_elliptic *e,
                                              const double *source, double *c,
                                              cyt_error *err);

/* What lies next to the strip: given its first and last row, the last row of the strip
 * above and the first one of that below. Collective.
 * out: [2 * n_cols], zeros where there is none */
CYT_NODISCARD cyt_code elliptic_edge_rows(MPI_Comm comm, const cyt_elliptic *e,
                                          const double *first, const double *last,
                                          double *out, cyt_error *err);

#endif
