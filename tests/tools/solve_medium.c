// SPDX-License-Identifier: BSD-3-Clause
/* A medium in, its field out, for the tests in Python.
 *
 *     mpiexec -n RANKS solve_medium IN OUT
 *
 * IN: n_rows and n_cols (uint64), spacing_um, tolerance, then D, k, s [n_rows *
 * n_cols], all doubles. OUT: iterations, residual, error bound, c. Each rank reads its
 * rows. */
#include "cytotaxis/elliptic.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct problem {
    uint64_t size[2], first, n;
    double spacing_um, tolerance;
    double *d, *k, *s, *c;
} problem;

static double *rows(const problem *p, FILE *f, long block)
{
    const size_t pixels = (size_t)p->n * p->size[1];
    const long head = 4 * sizeof(double), cell = sizeof(double);
    double *raster = calloc(pixels + 1, sizeof *raster);
    const long before = block * (long)p->size[0] + (long)p->first;
    if (!raster || fseek(f, head + before * (long)p->size[1] * cell, SEEK_SET) ||
        fread(raster, sizeof *raster, pixels, f) != pixels)
        exit(EXIT_FAILURE);
    return raster;
}

static void read_problem(const char *path, int rank, int size, problem *p)
{
    FILE *f = fopen(path, "rb");
    if (!f || fread(p->size, sizeof *p->size, 2, f) != 2 ||
        fread(&p->spacing_um, sizeof(double), 1, f) != 1 ||
        fread(&p->tolerance, sizeof(double), 1, f) != 1)
        exit(EXIT_FAILURE);
    p->first = p->size[0] * (uint64_t)rank / (uint64_t)size;
    p->n = p->size[0] * (uint64_t)(rank + 1) / (uint64_t)size - p->first;
    p->d = rows(p, f, 0);
    p->k = rows(p, f, 1);
    p->s = rows(p, f, 2);
    p->c = calloc((size_t)p->n * p->size[1] + 1, sizeof *p->c);
    fclose(f);
}

static cyt_code solve(const problem *p, cyt_elliptic_result *result, cyt_error *err)
{
    int size;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    uint64_t starts[64];
    for (int r = 0; r <= size; r++)
        starts[r] = p->size[0] * (uint64_t)r / (uint64_t)size;
    const cyt_elliptic_params params = {.n_rows = p->size[0],
                                        .n_cols = p->size[1],
                                        .spacing_um = p->spacing_um,
                                        .row_starts = starts,
                                        .diffusion = p->d,
                                        .decay = p->k};
    const cyt_elliptic_goal goal = {p->tolerance, CYT_ELLIPTIC_MAX_ITERATIONS, NULL};
    cyt_elliptic *e;
    cyt_code code = cyt_elliptic_create(MPI_COMM_WORLD, &params, &e, err);
    if (code == CYT_OK)
        code = cyt_elliptic_solve(MPI_COMM_WORLD, e, &goal, p->s, p->c, result, err);
    cyt_elliptic_destroy(e);
    return code;
}

static void write_field(const char *path, const problem *p,
                        const cyt_elliptic_result *result)
{
    const double head[3] = {result->iterations, result->residual, result->error_bound};
    MPI_File f;
    MPI_File_open(MPI_COMM_WORLD, path, MPI_MODE_CREATE | MPI_MODE_WRONLY,
                  MPI_INFO_NULL, &f);
    MPI_File_write_at_all(f, 0, head, 3, MPI_DOUBLE, MPI_STATUS_IGNORE);
    const MPI_Offset at = (MPI_Offset)((3 + p->first * p->size[1]) * sizeof(double));
    MPI_File_write_at_all(f, at, p->c, (int)(p->n * p->size[1]), MPI_DOUBLE,
                          MPI_STATUS_IGNORE);
    MPI_File_close(&f);
}

int main(int argc, char **argv)
{
    int rank, size;
    problem p;
    cyt_error err = {0};
    cyt_elliptic_result result;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc != 3)
        return 64;
    read_problem(argv[1], rank, size, &p);
    const cyt_code code = solve(&p, &result, &err);
    if (code == CYT_OK)
        write_field(argv[2], &p, &result);
    else if (rank == 0)
        fprintf(stderr, "%s\n", err.text);
    free(p.d);
    free(p.k);
    free(p.s);
    free(p.c);
    MPI_Finalize();
    return cyt_exit_status(code);
}
