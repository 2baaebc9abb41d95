// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/dct.h"
#include "cytotaxis/mem.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Values of order one, sums of up to a few hundred of them by definition. */
static const double ROUNDING = 1e-12;

static const size_t lengths[] = {1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 21, 64, 105, 120, 243};
enum { N_LENGTHS = sizeof lengths / sizeof *lengths, MOST = 243 };

static double sample_at(size_t j)
{
    return cos(2.3 * (double)(j * j % 101)) + 0.1;
}

static void by_definition(size_t n, const double *x, double *out)
{
    const double pi = acos(-1.0);
    for (size_t k = 0; k < n; k++) {
        out[k] = 0;
        for (size_t j = 0; j < n; j++)
            out[k] += x[j] * cos(pi * (double)k * ((double)j + 0.5) / (double)n);
    }
}

static void forward_is_the_cosine_sum(void **state)
{
    (void)state;
    double x[MOST], want[MOST], got[MOST];
    for (size_t l = 0; l < N_LENGTHS; l++) {
        const size_t n = lengths[l];
        cyt_error err = {0};
        cyt_dct dct;
        assert_int_equal(cyt_dct_init(&dct, n, &err), CYT_OK);
        double *scratch = cyt_alloc(cyt_dct_scratch(n), sizeof *scratch, "test", &err);
        for (size_t j = 0; j < n; j++)
            x[j] = sample_at(j);
        by_definition(n, x, want);
        cyt_dct_forward(&dct, x, got, scratch);
        for (size_t k = 0; k < n; k++)
            assert_true(fabs(got[k] - want[k]) < ROUNDING * (double)n);
        free(scratch);
        cyt_dct_free(&dct);
    }
}

static void backward_undoes_forward_in_place(void **state)
{
    (void)state;
    double x[MOST];
    for (size_t l = 0; l < N_LENGTHS; l++) {
        const size_t n = lengths[l];
        cyt_error err = {0};
        cyt_dct dct;
        assert_int_equal(cyt_dct_init(&dct, n, &err), CYT_OK);
        double *scratch = cyt_alloc(cyt_dct_scratch(n), sizeof *scratch, "test", &err);
        for (size_t j = 0; j < n; j++)
            x[j] = sample_at(j);
        cyt_dct_forward(&dct, x, x, scratch);
        cyt_dct_backward(&dct, x, x, scratch);
        for (size_t j = 0; j < n; j++)
            assert_true(fabs(x[j] / (double)n - sample_at(j)) < ROUNDING);
        free(scratch);
        cyt_dct_free(&dct);
    }
}

static void filter_is_forward_gain_backward(void **state)
{
    (void)state;
    double want[MOST], gain[MOST];
    for (size_t l = 0; l < N_LENGTHS; l++) {
        const size_t n = lengths[l], room = cyt_dct_room(n);
        cyt_error err = {0};
        cyt_dct dct;
        assert_int_equal(cyt_dct_init(&dct, n, &err), CYT_OK);
        double *row = cyt_alloc(room, sizeof *row, "test", &err);
        double *scratch = cyt_alloc(cyt_dct_scratch(n), sizeof *scratch, "test", &err);
        for (size_t j = 0; j < n; j++) {
            want[j] = row[cyt_dct_place(n, j)] = sample_at(j);
            gain[j] = 1.0 / (double)(n * (1 + j));
        }
        cyt_dct_filter(&dct, gain, row, scratch + room);
        cyt_dct_forward(&dct, want, want, scratch);
        for (size_t k = 0; k < n; k++)
            want[k] *= gain[k];
        cyt_dct_backward(&dct, want, want, scratch);
        for (size_t j = 0; j < n; j++)
            assert_true(fabs(row[cyt_dct_place(n, j)] - want[j]) < ROUNDING);
        free(row);
        free(scratch);
        cyt_dct_free(&dct);
    }
}

static void two_plans_of_a_length_give_the_same_bits(void **state)
{
    (void)state;
    enum { LENGTH = 240 };
    double a[LENGTH], b[LENGTH];
    cyt_error err = {0};
    double *scratch = cyt_alloc(cyt_dct_scratch(LENGTH), sizeof *scratch, "test", &err);
    for (int turn = 0; turn < 2; turn++) {
        cyt_dct dct;
        double *out = turn ? b : a;
        assert_int_equal(cyt_dct_init(&dct, LENGTH, &err), CYT_OK);
        for (size_t j = 0; j < LENGTH; j++)
            out[j] = sample_at(j);
        cyt_dct_forward(&dct, out, out, scratch);
        cyt_dct_free(&dct);
    }
    assert_memory_equal(a, b, sizeof a);
    free(scratch);
}

static void a_length_of_nothing_is_refused(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_dct dct;
    assert_int_equal(cyt_dct_init(&dct, 0, &err), CYT_ERR_USAGE);
    cyt_dct_free(&dct);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_is_the_cosine_sum),
        cmocka_unit_test(backward_undoes_forward_in_place),
        cmocka_unit_test(filter_is_forward_gain_backward),
        cmocka_unit_test(two_plans_of_a_length_give_the_same_bits),
        cmocka_unit_test(a_length_of_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
