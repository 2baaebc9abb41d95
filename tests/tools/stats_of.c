// SPDX-License-Identifier: BSD-3-Clause
/* stats_of
 *
 * The statistics, for the tests in Python that compare them with other packages. Reads
 * commands from standard input, a line each, and prints a line of numbers for each:
 *
 *     mann_whitney n_a n_b  a...  b...        u p exact
 *     welch n_a n_b  a...  b...               t df p difference se
 *     paired n  d...                          t df p difference se
 *     signed_rank n  d...                     v p exact
 *     kruskal n k  (value group)...           h df p
 *     bh n  p...                              q...
 *     labels n_a n_b draws seed  a...  b...   difference p exact
 *     signs n draws seed  d...                difference p exact
 *     mixed n p groups tested  (y group x...)...
 *         outcome estimate se df t p var_group var_residual
 *     log_rank n k  (time event group)...     chi2 df p
 *     cox n p tested  (time event x...)...    outcome estimate se z p
 *
 * A value may be nan. */
#include "cytotaxis/kruskal.h"
#include "cytotaxis/mixed_model.h"
#include "cytotaxis/permutation_test.h"
#include "cytotaxis/rank_test.h"
#include "cytotaxis/signed_rank.h"
#include "cytotaxis/survival.h"
#include "cytotaxis/t_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t read_count(void)
{
    size_t n;
    if (scanf("%zu", &n) != 1)
        exit(65);
    return n;
}

static double *read_values(size_t n)
{
    double *v = malloc((n + 1) * sizeof *v);
    for (size_t i = 0; v && i < n; i++)
        if (scanf("%lf", v + i) != 1)
            exit(65);
    return v ? v : (exit(71), v);
}

/* Column @p k of rows of @p width numbers. */
static void take_column(const double *rows, size_t n, size_t width, size_t k,
                        size_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (size_t)rows[i * width + k];
}

static void print(size_t n, const double *v)
{
    for (size_t i = 0; i < n; i++)
        printf(i ? " %.17g" : "%.17g", v[i]);
    printf("\n");
}

#define PRINT(...)                                                                     \
    print(sizeof((double[]){__VA_ARGS__}) / sizeof(double), (double[]){__VA_ARGS__})

static void two_groups(const char *what, cyt_error *err)
{
    const size_t n_a = read_count(), n_b = read_count();
    const size_t draws = *what == 'l' ? read_count() : 0;
    const size_t seed = *what == 'l' ? read_count() : 0;
    double *v = read_values(n_a + n_b);
    if (*what == 'w') {
        const cyt_t_test t = cyt_t_welch(v, n_a, v + n_a, n_b);
        PRINT(t.t, t.df, t.p, t.difference, t.se);
    } else if (*what == 'm') {
        cyt_rank_test t;
        (void)!cyt_mann_whitney(v, n_a, v + n_a, n_b, &t, err);
        PRINT(t.u, t.p, t.exact);
    } else {
        cyt_labellings by;
        if (cyt_labellings_of_groups(n_a, n_b, draws, cyt_random_key_of(seed, 0), &by,
                                     err) == CYT_OK) {
            const cyt_permutation_test t = cyt_permute_groups(v, &by);
            PRINT(t.difference, t.p, by.exact);
        }
        cyt_labellings_free(&by);
    }
    free(v);
}

static void one_group(const char *what, cyt_error *err)
{
    const size_t n = read_count();
    const int permutes = strcmp(what, "signs") == 0;
    const size_t draws = permutes ? read_count() : 0;
    const size_t seed = permutes ? read_count() : 0;
    double *v = read_values(n);
    if (*what == 'p') {
        const cyt_t_test t = cyt_t_paired(v, n);
        PRINT(t.t, t.df, t.p, t.difference, t.se);
    } else if (*what == 'b') {
        double *q = malloc((n + 1) * sizeof *q);
        if (cyt_benjamini_hochberg(v, n, q, err) == CYT_OK)
            print(n, q);
        free(q);
    } else if (!permutes) {
        cyt_signed_rank t;
        (void)!cyt_signed_rank_test(v, n, &t, err);
        PRINT(t.v, t.p, t.exact);
    } else {
        cyt_labellings by;
        if (cyt_labellings_of_pairs(n, draws, cyt_random_key_of(seed, 0), &by, err) ==
            CYT_OK) {
            const cyt_permutation_test t = cyt_permute_pairs(v, &by);
            PRINT(t.difference, t.p, by.exact);
        }
        cyt_labellings_free(&by);
    }
    free(v);
}

static void kruskal(cyt_error *err)
{
    const size_t n = read_count(), k = read_count();
    double *rows = read_values(2 * n), *v = malloc((n + 1) * sizeof *v);
    size_t *group = malloc((n + 1) * sizeof *group);
    for (size_t i = 0; i < n; i++)
        v[i] = rows[2 * i];
    take_column(rows, n, 2, 1, group);
    cyt_kruskal t;
    (void)!cyt_kruskal_test(v, group, n, k, &t, err);
    PRINT(t.h, t.df, t.p);
    free(rows);
    free(v);
    free(group);
}

static void mixed(cyt_error *err)
{
    const size_t n = read_count(), p = read_count(), groups = read_count();
    const size_t tested = read_count(), width = p + 2;
    double *rows = read_values(n * width);
    double *x = malloc((n * p + n + 1) * sizeof *x), *y = x + n * p;
    size_t *group = malloc((n + 1) * sizeof *group);
    for (size_t i = 0; i < n; i++) {
        y[i] = rows[i * width];
        memcpy(x + i * p, rows + i * width + 2, p * sizeof *x);
    }
    take_column(rows, n, width, 1, group);
    cyt_mixed_fit f;
    (void)!cyt_mixed_model(&(cyt_mixed_design){n, p, x, y, group, groups, tested}, &f,
                           err);
    PRINT(f.outcome, f.estimate, f.se, f.df, f.t, f.p, f.var_group, f.var_residual);
    free(rows);
    free(x);
    free(group);
}

static void survival(const char *what, cyt_error *err)
{
    const int is_cox = *what == 'c';
    const size_t n = read_count(), p = read_count();
    const size_t tested = is_cox ? read_count() : 0, width = is_cox ? p + 2 : 3;
    double *rows = read_values(n * width);
    double *x = malloc((n * width + n + 1) * sizeof *x), *time = x + n * width;
    size_t *group = malloc((n + 1) * sizeof *group);
    unsigned char *event = malloc(n + 1);
    for (size_t i = 0; i < n; i++) {
        time[i] = rows[i * width];
        event[i] = rows[i * width + 1] == 1;
        memcpy(x + i * p, rows + i * width + 2, (width - 2) * sizeof *x);
    }
    const cyt_lifetimes life = {n, time, event};
    if (is_cox) {
        cyt_cox_fit f;
        (void)!cyt_cox_regression(&life, x, p, tested, &f, err);
        PRINT(f.outcome, f.estimate, f.se, f.z, f.p);
    } else {
        cyt_log_rank t;
        take_column(rows, n, width, 2, group);
        (void)!cyt_log_rank_test(&life, group, p, &t, err);
        PRINT(t.chi2, t.df, t.p);
    }
    free(rows);
    free(x);
    free(group);
    free(event);
}

int main(void)
{
    char what[32];
    cyt_error err = {0};
    while (err.code == CYT_OK && scanf("%31s", what) == 1) {
        if (strcmp(what, "mann_whitney") == 0 || strcmp(what, "welch") == 0 ||
            strcmp(what, "labels") == 0)
            two_groups(what, &err);
        else if (strcmp(what, "kruskal") == 0)
            kruskal(&err);
        else if (strcmp(what, "mixed") == 0)
            mixed(&err);
        else if (strcmp(what, "log_rank") == 0 || strcmp(what, "cox") == 0)
            survival(what, &err);
        else
            one_group(what, &err);
    }
    return err.code == CYT_OK ? 0 : 70;
}
