// SPDX-License-Identifier: BSD-3-Clause
/* glm_of FILE
 *
 * A generalised linear model and its sandwich, for the test in Python that compares
 * them with R. FILE, in words:
 *
 *     poisson|logistic  n_coefs n_rows n_blocks n_items
 *     row block y x...                          [n_items] rows ascending, blocks within
 *
 * glm_of spline N KNOT... X...
 *
 * prints the natural spline basis of N knots, a line for each X. The first prints `end
 * log-likelihood steps`, then a line per coefficient: kept or not, beta, variance CR2,
 * df, naive variance, inflation, blocks, effective blocks. */
#include "cytotaxis/glm.h"
#include "cytotaxis/sandwich.h"
#include "cytotaxis/spline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct input {
    char family[16];
    size_t n_coefs, n_rows, n_blocks, n, first_row;
    size_t *start; /* [n_rows + 1] */
    uint32_t *block;
    double *y, *x; /* x [n * n_coefs] item after item */
} input;

static int read_items(FILE *file, input *in)
{
    for (size_t i = 0; i < in->n; i++) {
        size_t row;
        if (fscanf(file, "%zu %u %lf", &row, in->block + i, in->y + i) != 3)
            return 0;
        in->start[row + 1]++;
        for (size_t k = 0; k < in->n_coefs; k++)
            if (fscanf(file, "%lf", in->x + i * in->n_coefs + k) != 1)
                return 0;
    }
    for (size_t r = 0; r < in->n_rows; r++)
        in->start[r + 1] += in->start[r];
    return 1;
}

static int read_input(const char *path, input *in)
{
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%15s %zu %zu %zu %zu", in->family, &in->n_coefs,
                        &in->n_rows, &in->n_blocks, &in->n) != 5)
        return 0;
    in->start = calloc(in->n_rows + 1, sizeof *in->start);
    in->block = calloc(in->n + 1, sizeof *in->block);
    in->y = calloc(in->n + 1, sizeof *in->y);
    in->x = calloc(in->n * in->n_coefs + 1, sizeof *in->x);
    const int whole = read_items(file, in);
    fclose(file);
    return whole;
}

static void make_row(const void *context, size_t row, cyt_glm_items *items)
{
    const input *in = context;
    const size_t first = in->start[in->first_row + row];
    items->n = in->start[in->first_row + row + 1] - first;
    for (size_t i = 0; i < items->n; i++) {
        items->y[i] = in->y[first + i];
        items->block[i] = in->block[first + i];
        for (size_t k = 0; k < in->n_coefs; k++)
            items->x[k * items->stride + i] = in->x[(first + i) * in->n_coefs + k];
    }
}

static int tell(const input *in, const cyt_glm_fit *fit, const double *sums)
{
    cyt_error err = {0};
    const cyt_sandwich_sums model = {in->n_coefs, in->n_blocks, sums, fit->is_kept};
    printf("%d %.17g %d\n", (int)fit->end, fit->log_likelihood, fit->n_steps);
    for (size_t k = 0; k < in->n_coefs; k++) {
        cyt_sandwich s = {0};
        if (fit->is_kept[k] && cyt_sandwich_of(&model, k, &s, &err) != CYT_OK)
            return 0;
        printf("%d %.17g %.17g %.17g %.17g %.17g %zu %.17g\n", fit->is_kept[k],
               fit->beta[k], s.variance, s.df, s.naive_variance, s.inflation,
               s.n_blocks, s.n_effective);
    }
    return 1;
}

static int tell_spline(int n, char **word)
{
    double knot[16], basis[16];
    const int n_knots = n > 0 ? atoi(word[0]) : 0;
    if (n_knots < 2 || n_knots > 16 || n <= n_knots)
        return 1;
    for (int k = 0; k < n_knots; k++)
        knot[k] = atof(word[1 + k]);
    for (int i = 1 + n_knots; i < n; i++) {
        cyt_natural_spline((size_t)n_knots, knot, atof(word[i]), 1, basis);
        for (int k = 0; k + 1 < n_knots; k++)
            printf("%.17g ", basis[k]);
        printf("\n");
    }
    return 0;
}

int main(int argc, char **argv)
{
    input in = {0};
    cyt_error err = {0};
    int rank, size, good = 0;
    if (argc > 2 && strcmp(argv[1], "spline") == 0)
        return tell_spline(argc - 2, argv + 2);
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc == 2 && read_input(argv[1], &in)) {
        const size_t first = in.n_rows * (size_t)rank / (size_t)size;
        const size_t last = in.n_rows * ((size_t)rank + 1) / (size_t)size;
        in.first_row = first;
        const cyt_glm_data data = {strcmp(in.family, "poisson") ? CYT_GLM_LOGISTIC
                                                                : CYT_GLM_POISSON,
                                   last - first,
                                   in.n,
                                   in.n_coefs,
                                   in.n_blocks,
                                   make_row,
                                   &in};
        double *sums = calloc(in.n_blocks * CYT_GLM_SUMS(in.n_coefs), sizeof *sums);
        cyt_glm_fit fit = {0};
        memset(fit.is_kept, 1, sizeof fit.is_kept);
        good = cyt_glm_solve(MPI_COMM_WORLD, &data, &fit, &err) == CYT_OK &&
               cyt_glm_sum(MPI_COMM_WORLD, &data, fit.beta, 1, sums, &err) == CYT_OK;
        if (good && rank == 0)
            good = tell(&in, &fit, sums);
        free(sums);
    }
    free(in.start);
    free(in.block);
    free(in.y);
    free(in.x);
    MPI_Finalize();
    return good ? 0 : 1;
}
