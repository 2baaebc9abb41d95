// SPDX-License-Identifier: BSD-3-Clause
/* Components against flood filling, islands against Gaussian elimination. */
#include "test.h"

#include "cytotaxis/islands.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 40, COLS = 37, PIXELS = ROWS * COLS };

static double random_of(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u; /* Numerical Recipes, 2nd ed., p. 284 */
    return *state / 4294967296.0;
}

static void fill(double *d, double tissue, uint32_t seed)
{
    for (int i = 0; i < PIXELS; i++) {
        const double x = random_of(&seed);
        d[i] = x < tissue ? 0.01 + x : 0;
    }
}

/* Label all pixels reached from `start`. @return how many */
static size_t flood(const double *d, int start, int label, int *labels)
{
    int stack[PIXELS], n = 0;
    size_t found = 0;
    stack[n++] = start;
    labels[start] = label;
    while (n > 0) {
        const int i = stack[--n], col = i % COLS;
        const int next[4] = {col > 0 ? i - 1 : -1, col + 1 < COLS ? i + 1 : -1,
                             i >= COLS ? i - COLS : -1,
                             i + COLS < PIXELS ? i + COLS : -1};
        found++;
        for (int q = 0; q < 4; q++)
            if (next[q] >= 0 && d[next[q]] > 0 && labels[next[q]] < 0) {
                labels[next[q]] = label;
                stack[n++] = next[q];
            }
    }
    return found;
}

static void runs_belong_together_where_water_would_flow(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 30; seed++) {
        double d[PIXELS];
        int labels[PIXELS];
        fill(d, 0.2 + 0.025 * seed, seed);
        const size_t n = cyt_runs_count(ROWS, COLS, d);
        cyt_pixel_run *runs = calloc(n + 1, sizeof *runs);
        cyt_runs_label(ROWS, COLS, d, runs);
        size_t pixels = 0, tissue = 0;
        for (int i = 0; i < PIXELS; i++) {
            labels[i] = -1;
            tissue += d[i] > 0;
        }
        for (size_t r = 0; r < n; r++) { /* the first run of a component floods it */
            const int from = (int)(runs[r].row * COLS + runs[r].from);
            if (labels[from] < 0)
                flood(d, from, (int)r, labels);
            for (uint32_t c = runs[r].from; c < runs[r].to; c++)
                assert_int_equal(labels[runs[r].row * COLS + c], runs[r].root);
            pixels += runs[r].to - runs[r].from;
        }
        assert_int_equal(pixels, tissue);
        free(runs);
    }
}

static void a_raster_without_tissue_has_no_runs(void **state)
{
    (void)state;
    const double d[6] = {0};
    assert_int_equal(cyt_runs_count(2, 3, d), 0);
    assert_int_equal(cyt_runs_count(0, 3, d), 0);
}

/* --- islands ---------------------------------------------------------------------- */

typedef struct system {
    size_t n;
    cyt_place place[PIXELS];
    double d[PIXELS], k[PIXELS], s[PIXELS], x[PIXELS];
} system_of;

static const double per_area = 4;

static double matrix(const system_of *y, size_t i, size_t j)
{
    const int row = abs((int)y->place[i].row - (int)y->place[j].row);
    const int col = abs((int)y->place[i].col - (int)y->place[j].col);
    return row + col == 1 ? -2 * per_area * y->d[i] * y->d[j] / (y->d[i] + y->d[j]) : 0;
}

/* Gaussian elimination of the full matrix. */
static void eliminate(const system_of *y, double *x)
{
    const size_t n = y->n;
    double *a = calloc(n * n, sizeof *a);
    for (size_t i = 0; i < n; i++) {
        x[i] = y->s[i];
        a[i * n + i] += y->k[i];
        for (size_t j = 0; j < n; j++)
            if (i != j) {
                a[i * n + j] = matrix(y, i, j);
                a[i * n + i] -= a[i * n + j];
            }
    }
    for (size_t p = 0; p < n; p++)
        for (size_t i = p + 1; i < n; i++) {
            const double f = a[i * n + p] / a[p * n + p];
            for (size_t j = p; f != 0 && j < n; j++)
                a[i * n + j] -= f * a[p * n + j];
            x[i] -= f * x[p];
        }
    for (size_t i = n; i-- > 0;) {
        for (size_t j = i + 1; j < n; j++)
            x[i] -= a[i * n + j] * x[j];
        x[i] /= a[i * n + i];
    }
    free(a);
}

static void check_island(system_of *y, uint32_t seed)
{
    double want[PIXELS];
    const double elimination = 1e-10; /* 1e-16 times a condition of 1e4, with room */
    for (size_t i = 0; i < y->n; i++) {
        y->d[i] = pow(10, -2 * random_of(&seed));
        y->k[i] = 1e-3 + random_of(&seed) * 1e-2;
        y->s[i] = random_of(&seed);
    }
    void *scratch = malloc(cyt_island_scratch(y->n));
    const cyt_island in = {y->n, y->place, y->d, y->k, y->s, per_area};
    cyt_island_solve(&in, y->x, scratch);
    eliminate(y, want);
    for (size_t i = 0; i < y->n; i++)
        assert_true(fabs(y->x[i] / want[i] - 1) < elimination);
    free(scratch);
}

static void an_island_of_any_shape_is_solved(void **state)
{
    (void)state;
    system_of *y = calloc(1, sizeof *y);
    for (uint32_t seed = 0; seed < 20; seed++) {
        double d[PIXELS];
        int labels[PIXELS];
        fill(d, 0.55, seed);
        for (int i = 0; i < PIXELS; i++)
            labels[i] = -1;
        for (int i = 0; i < PIXELS; i++) {
            if (!(d[i] > 0) || labels[i] >= 0)
                continue;
            flood(d, i, i, labels);
            y->n = 0;
            for (int j = 0; j < PIXELS; j++)
                if (labels[j] == i)
                    y->place[y->n++] =
                        (cyt_place){(uint32_t)(j / COLS), (uint32_t)(j % COLS)};
            if (y->n <= 200)
                check_island(y, seed);
        }
    }
    free(y);
}

static void bars_are_solved_along_and_across(void **state)
{
    (void)state;
    system_of *y = calloc(1, sizeof *y);
    const uint32_t sizes[][2] = {{1, 1}, {1, 90}, {90, 1}, {3, 40}, {40, 3}};
    for (size_t q = 0; q < sizeof sizes / sizeof *sizes; q++) {
        y->n = 0;
        for (uint32_t r = 0; r < sizes[q][0]; r++)
            for (uint32_t c = 0; c < sizes[q][1]; c++)
                y->place[y->n++] = (cyt_place){r, c};
        check_island(y, (uint32_t)q);
    }
    free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_belong_together_where_water_would_flow),
        cmocka_unit_test(a_raster_without_tissue_has_no_runs),
        cmocka_unit_test(an_island_of_any_shape_is_solved),
        cmocka_unit_test(bars_are_solved_along_and_across),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
