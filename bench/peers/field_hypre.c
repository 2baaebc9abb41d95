// SPDX-License-Identifier: BSD-3-Clause
/* The steady field of a tissue by hypre: conjugate gradients preconditioned by PFMG, on
 * the very problem of bench_field.c.
 *
 *     mpiexec -n CORES bench_hypre PIXELS CONTRAST PART      whole, setup or solve
 *
 * Pixels outside the tissue are equations of their own, c = 0. Symmetric storage, one
 * V(1,1) cycle with weighted Jacobi, hypre's default; red-black Gauss-Seidel takes 4
 * more iterations here, longer, and less memory. Prints `ready`, then one line `field
 * pixels cores seconds check` for each line on standard input. */
#include "bench_tissue.h"

#include <HYPRE_struct_ls.h>

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const double lambda_px = 50, tolerance = 1e-8;

typedef struct problem {
    bench_tissue tissue;
    int low[2], high[2]; /* first and last column and row of the strip */
    size_t n;            /* its pixels */
    HYPRE_StructGrid grid;
    HYPRE_StructStencil stencil;
    HYPRE_StructMatrix a;
    HYPRE_StructVector b, x;
    HYPRE_StructSolver cg, mg;
    int iterations;
    double residual;
} problem;

static double harmonic(double a, double b)
{
    return a > 0 && b > 0 ? 2 * a * b / (a + b) : 0;
}

static double diffusion(const problem *p, int row, int col)
{
    const int n = (int)p->tissue.n;
    if (row < 0 || col < 0 || row >= n || col >= n)
        return 0;
    return bench_diffusion(&p->tissue, (size_t)row, (size_t)col);
}

/* Rows low - 1 .. high + 1 of D, each with a column of 0 at both ends. */
static double *diffusion_rows(const problem *p)
{
    const size_t width = p->tissue.n + 2;
    const int n_rows = p->high[1] - p->low[1] + 3;
    double *d = malloc(width * (size_t)n_rows * sizeof *d);
    for (int r = 0; d && r < n_rows; r++)
        for (int c = 0; c < (int)width; c++)
            d[(size_t)r * width + (size_t)c] = diffusion(p, p->low[1] - 1 + r, c - 1);
    return d;
}

static int fill(problem *p)
{
    const size_t n = p->tissue.n, width = n + 2;
    double *d = diffusion_rows(p), *entries = malloc(3 * p->n * sizeof *entries);
    double *source = malloc(p->n * sizeof *source);
    HYPRE_Int which[3] = {0, 1, 2};
    for (size_t i = 0; d && entries && source && i < p->n; i++) {
        const size_t row = i / n, col = i % n;
        const double *at = d + (row + 1) * width + col + 1;
        const double right = harmonic(*at, at[1]), below = harmonic(*at, at[width]);
        const double left = harmonic(*at, at[-1]), above = harmonic(*at, *(at - width));
        const double k = *at > 0 ? 1 / (lambda_px * lambda_px) : 1;
        entries[3 * i] = k + right + left + above + below;
        entries[3 * i + 1] = -right;
        entries[3 * i + 2] = -below;
        source[i] =
            *at > 0 ? bench_source(&p->tissue, (size_t)p->low[1] + row, col) : 0;
    }
    const int fine = d && entries && source;
    if (fine) {
        HYPRE_StructMatrixSetBoxValues(p->a, p->low, p->high, 3, which, entries);
        HYPRE_StructVectorSetBoxValues(p->b, p->low, p->high, source);
    }
    free(d);
    free(entries);
    free(source);
    return fine;
}

static int assemble(problem *p)
{
    HYPRE_Int offsets[3][2] = {{0, 0}, {1, 0}, {0, 1}};
    HYPRE_StructGridCreate(MPI_COMM_WORLD, 2, &p->grid);
    HYPRE_StructGridSetExtents(p->grid, p->low, p->high);
    HYPRE_StructGridAssemble(p->grid);
    HYPRE_StructStencilCreate(2, 3, &p->stencil);
    for (int i = 0; i < 3; i++)
        HYPRE_StructStencilSetElement(p->stencil, i, offsets[i]);
    HYPRE_StructMatrixCreate(MPI_COMM_WORLD, p->grid, p->stencil, &p->a);
    HYPRE_StructMatrixSetSymmetric(p->a, 1);
    HYPRE_StructMatrixInitialize(p->a);
    HYPRE_StructVectorCreate(MPI_COMM_WORLD, p->grid, &p->b);
    HYPRE_StructVectorInitialize(p->b);
    HYPRE_StructVectorCreate(MPI_COMM_WORLD, p->grid, &p->x);
    HYPRE_StructVectorInitialize(p->x);
    const int fine = fill(p);
    HYPRE_StructMatrixAssemble(p->a);
    HYPRE_StructVectorAssemble(p->b);
    HYPRE_StructVectorAssemble(p->x);
    return fine;
}

static void drop_solver(problem *p)
{
    if (!p->cg)
        return;
    HYPRE_StructPCGDestroy(p->cg);
    HYPRE_StructPFMGDestroy(p->mg);
    p->cg = NULL;
}

static void set_up(problem *p)
{
    drop_solver(p);
    HYPRE_StructPFMGCreate(MPI_COMM_WORLD, &p->mg);
    HYPRE_StructPFMGSetMaxIter(p->mg, 1);
    HYPRE_StructPFMGSetTol(p->mg, 0);
    HYPRE_StructPFMGSetZeroGuess(p->mg);
    HYPRE_StructPFMGSetRelaxType(p->mg, 1); /* weighted Jacobi */
    HYPRE_StructPFMGSetSkipRelax(p->mg, 0);
    HYPRE_StructPCGCreate(MPI_COMM_WORLD, &p->cg);
    HYPRE_StructPCGSetTol(p->cg, tolerance);
    HYPRE_StructPCGSetTwoNorm(p->cg, 1);
    HYPRE_StructPCGSetMaxIter(p->cg, 500);
    HYPRE_StructPCGSetPrecond(p->cg, HYPRE_StructPFMGSolve, HYPRE_StructPFMGSetup,
                              p->mg);
    HYPRE_StructPCGSetup(p->cg, p->a, p->b, p->x);
}

static double sum_of(const problem *p)
{
    double *values = malloc(p->n * sizeof *values), sum = 0;
    HYPRE_StructVectorGetBoxValues(p->x, (HYPRE_Int *)p->low, (HYPRE_Int *)p->high,
                                   values);
    for (size_t i = 0; i < p->n; i++)
        sum += values[i];
    free(values);
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    return sum;
}

static void repeat(problem *p, const char *part, int rank, int size)
{
    HYPRE_StructVectorSetConstantValues(p->x, 0);
    if (strcmp(part, "solve") == 0 && !p->cg)
        set_up(p);
    MPI_Barrier(MPI_COMM_WORLD);
    const double begin = MPI_Wtime();
    if (strcmp(part, "solve") != 0)
        set_up(p);
    if (strcmp(part, "setup") != 0)
        HYPRE_StructPCGSolve(p->cg, p->a, p->b, p->x);
    double wall_s = MPI_Wtime() - begin;
    MPI_Allreduce(MPI_IN_PLACE, &wall_s, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    HYPRE_StructPCGGetNumIterations(p->cg, &p->iterations);
    HYPRE_StructPCGGetFinalRelativeResidualNorm(p->cg, &p->residual);
    const double sum = sum_of(p);
    if (rank == 0)
        printf("field %zu %d %.9f %.17g\n", p->tissue.n * p->tissue.n, size, wall_s,
               sum);
    fflush(stdout);
}

/* Another line on standard input? Who waits sleeps. */
static int is_called(int rank)
{
    const struct timespec nap = {.tv_nsec = 2000000};
    char line[64];
    int called = rank == 0 && fgets(line, sizeof line, stdin), done = 0;
    MPI_Request request;
    MPI_Ibcast(&called, 1, MPI_INT, 0, MPI_COMM_WORLD, &request);
    for (MPI_Test(&request, &done, MPI_STATUS_IGNORE); !done;
         MPI_Test(&request, &done, MPI_STATUS_IGNORE))
        nanosleep(&nap, NULL);
    return called;
}

int main(int argc, char **argv)
{
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc != 4)
        return 64;
    const int n = (int)strtol(argv[1], NULL, 10);
    problem p = {.tissue = {(size_t)n, strtod(argv[2], NULL)},
                 .low = {0, (int)((long)n * rank / size)},
                 .high = {n - 1, (int)((long)n * (rank + 1) / size) - 1}};
    p.n = (size_t)n * (size_t)(p.high[1] - p.low[1] + 1);
    HYPRE_Init();
    if (!assemble(&p))
        MPI_Abort(MPI_COMM_WORLD, 71);
    if (rank == 0)
        puts("ready");
    fflush(stdout);
    while (is_called(rank))
        repeat(&p, argv[3], rank, size);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    fprintf(stderr, "hypre: %d iterations, residual %.2e, %.1f bytes a pixel at most\n",
            p.iterations, p.residual, 1024.0 * (double)usage.ru_maxrss / (double)p.n);
    drop_solver(&p);
    HYPRE_Finalize();
    MPI_Finalize();
    return 0;
}
