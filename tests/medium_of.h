/** @file medium_of.h  Media told by functions of the pixel, cut into strips and solved.
 */
#ifndef CYT_MEDIUM_OF_H
#define CYT_MEDIUM_OF_H

#include "test_mpi.h"

#include "cytotaxis/elliptic.h"

#include <stdlib.h>
#include <string.h>

/** A number for each pixel. */
typedef double (*pixel_fn)(const void *data, size_t row, size_t col);

typedef struct medium_of {
    size_t n_rows, n_cols;
    double spacing_um;
    pixel_fn diffusion;
    pixel_fn decay; /**< NULL: uniform */
    double uniform_decay;
    pixel_fn source;
    const void *data;
    double tolerance;
} medium_of;

typedef struct solved {
    size_t first, n; /**< own rows */
    double *d, *k, *s, *c;
    cyt_elliptic_result result;
    cyt_code code;
    cyt_error err;
} solved;

/** How rows are dealt to ranks. */
typedef enum cut { EVEN, ALL_TO_THE_LAST, ONE_ROW_EACH } cut;

static inline void cut_rows(cut how, size_t n_rows, int size, uint64_t *starts)
{
    for (int r = 0; r <= size; r++) {
        const uint64_t row = (uint64_t)r, share = n_rows * row / (uint64_t)size;
        starts[r] = how == EVEN              ? share
                    : how == ALL_TO_THE_LAST ? 0
                    : row < n_rows           ? row
                                             : n_rows;
    }
    starts[size] = n_rows;
}

static inline double *raster_of(const medium_of *m, const solved *o, pixel_fn f)
{
    double *raster = calloc(o->n * m->n_cols + 1, sizeof *raster);
    for (size_t r = 0; f && r < o->n; r++)
        for (size_t i = 0; i < m->n_cols; i++)
            raster[r * m->n_cols + i] = f(m->data, o->first + r, i);
    return raster;
}

/** Collective. Released with solved_free(). */
static inline solved solve_medium(MPI_Comm comm, cut how, const medium_of *m)
{
    int rank, size;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    uint64_t starts[65];
    cut_rows(how, m->n_rows, size, starts);
    solved o = {.first = starts[rank], .n = starts[rank + 1] - starts[rank]};
    o.d = raster_of(m, &o, m->diffusion);
    o.k = raster_of(m, &o, m->decay);
    o.s = raster_of(m, &o, m->source);
    o.c = raster_of(m, &o, NULL);
    const cyt_elliptic_params p = {m->n_rows,       m->n_cols, m->spacing_um,
                                   starts,          o.d,       m->decay ? o.k : NULL,
                                   m->uniform_decay};
    const cyt_elliptic_goal goal = {m->tolerance, CYT_ELLIPTIC_MAX_ITERATIONS, NULL};
    cyt_elliptic *e;
    o.code = cyt_elliptic_create(comm, &p, &e, &o.err);
    if (o.code == CYT_OK)
        o.code = cyt_elliptic_solve(comm, e, &goal, o.s, o.c, &o.result, &o.err);
    cyt_elliptic_destroy(e);
    return o;
}

static inline void solved_free(solved *o)
{
    free(o->d);
    free(o->k);
    free(o->s);
    free(o->c);
    *o = (solved){0};
}

/** Largest |c - f| over the tissue of all ranks. Collective. */
static inline double largest_error(MPI_Comm comm, const medium_of *m, const solved *o,
                                   pixel_fn f)
{
    double most = 0;
    for (size_t r = 0; r < o->n; r++)
        for (size_t i = 0; i < m->n_cols; i++) {
            const size_t at = r * m->n_cols + i;
            const double error = o->c[at] - f(m->data, o->first + r, i);
            if (o->d[at] > 0 && !(error <= most && -error <= most))
                most = error < 0 ? -error : error;
        }
    MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_DOUBLE, MPI_MAX, comm);
    return most;
}

/** The whole c, on every rank, to be released with free(). Collective. */
static inline double *whole_field(MPI_Comm comm, const medium_of *m, const solved *o)
{
    int size;
    MPI_Comm_size(comm, &size);
    int counts[65], starts[65], mine = (int)(o->n * m->n_cols);
    double *all = calloc(m->n_rows * m->n_cols, sizeof *all);
    MPI_Allgather(&mine, 1, MPI_INT, counts, 1, MPI_INT, comm);
    for (int r = 0, at = 0; r < size; at += counts[r++])
        starts[r] = at;
    MPI_Allgatherv(o->c, mine, MPI_DOUBLE, all, counts, starts, MPI_DOUBLE, comm);
    return all;
}

/** Sum of a raster over all ranks. Collective. */
static inline double total_of(MPI_Comm comm, const medium_of *m, const solved *o,
                              const double *raster)
{
    double sum = 0;
    for (size_t i = 0; i < o->n * m->n_cols; i++)
        sum += raster[i];
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, comm);
    return sum;
}

#endif
