// SPDX-License-Identifier: BSD-3-Clause
/* The floor of a uniform field: two 2-D cosine transforms by FFTW, there and back, with
 * plans that were measured, on double precision, in place. No gain, no field: less than
 * any solver by cosine transforms has to do.
 *
 *     bench_fftw_floor PIXELS CORES WISDOM
 *
 * Plans are made before the clock runs and kept in the file WISDOM, for they take long.
 * Prints `ready`, then one line `cosine pixels cores seconds nan` for each line on
 * standard input. */
#include <fftw3.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static fftw_plan plan_2d(int n, fftw_r2r_kind kind, double *field)
{
    return fftw_plan_r2r_2d(n, n, field, field, kind, kind, FFTW_MEASURE);
}

static void fill(size_t n, double *field)
{
    for (size_t i = 0; i < n; i++)
        field[i] = (double)(i % 97 == 0);
}

int main(int argc, char **argv)
{
    char line[64];
    if (argc != 4)
        return 64;
    const int n = (int)strtol(argv[1], NULL, 10);
    const int cores = (int)strtol(argv[2], NULL, 10);
    const size_t pixels = (size_t)n * (size_t)n;
    double *field = fftw_alloc_real(pixels);
    if (!field || !fftw_init_threads())
        return 71;
    fftw_plan_with_nthreads(cores);
    fftw_import_wisdom_from_filename(argv[3]);
    fftw_plan there = plan_2d(n, FFTW_REDFT10, field);
    fftw_plan back = plan_2d(n, FFTW_REDFT01, field);
    fftw_export_wisdom_to_filename(argv[3]);

    puts("ready");
    for (fflush(stdout); fgets(line, sizeof line, stdin); fflush(stdout)) {
        fill(pixels, field);
        const double begin = now_s();
        fftw_execute(there);
        fftw_execute(back);
        printf("cosine %zu %d %.9f nan\n", pixels, cores, now_s() - begin);
    }
    fftw_destroy_plan(there);
    fftw_destroy_plan(back);
    fftw_free(field);
    fftw_cleanup_threads();
    return 0;
}
