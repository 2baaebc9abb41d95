// SPDX-License-Identifier: BSD-3-Clause
/* Envelopes of permuted curves by brute force, their level, and that of bands. */
#include "test.h"
#include "cytotaxis/curve_test.h"
#include "cytotaxis/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static cyt_random_key key_of(uint64_t stream)
{
    return cyt_random_key_of(12, stream);
}

/* --- by brute force --------------------------------------------------------------- */

enum { N_A = 4, N_B = 3, N = N_A + N_B, N_X = 5, WAYS = 35 };

/* Whole numbers, so that equal differences are equal. */
static void all_differences(double v[N][N_X], double t[WAYS][N_X], size_t *observed)
{
    size_t n = 0;
    for (unsigned mask = 0; mask < 1u << N; mask++) {
        if (__builtin_popcount(mask) != N_A)
            continue;
        if (mask == (1u << N_A) - 1)
            *observed = n;
        for (size_t k = 0; k < N_X; k++) {
            double a = 0, b = 0;
            for (size_t i = 0; i < N; i++)
                *(mask >> i & 1 ? &a : &b) += v[i][k];
            t[n][k] = N_B * a - N_A * b;
        }
        n++;
    }
}

static int ascending(const void *pa, const void *pb)
{
    const double a = *(const double *)pa, b = *(const double *)pb;
    return a < b ? -1 : a > b;
}

/* Mid-ranks from the nearer end, the smallest first. */
static void extreme_ranks(double t[WAYS][N_X], double r[WAYS][N_X])
{
    for (size_t i = 0; i < WAYS; i++) {
        for (size_t k = 0; k < N_X; k++) {
            double below = 0, same = 0;
            for (size_t j = 0; j < WAYS; j++) {
                below += t[j][k] < t[i][k];
                same += t[j][k] == t[i][k];
            }
            const double rank = below + (same + 1) / 2;
            r[i][k] = fmin(rank, WAYS + 1 - rank);
        }
        qsort(r[i], N_X, sizeof **r, ascending);
    }
}

static int order(const double *a, const double *b)
{
    for (size_t k = 0; k < N_X; k++)
        if (a[k] != b[k])
            return a[k] < b[k] ? -1 : 1;
    return 0;
}

static double share_as_extreme(double r[WAYS][N_X], size_t i)
{
    double n = 0;
    for (size_t j = 0; j < WAYS; j++)
        n += order(r[j], r[i]) <= 0;
    return n / WAYS;
}

static void few_patients_are_exact(void **state)
{
    (void)state;
    srand(4);
    for (int trial = 0; trial < 40; trial++) {
        double v[N][N_X], t[WAYS][N_X], r[WAYS][N_X], d[N_X], low[N_X], high[N_X];
        size_t observed = 0;
        for (size_t i = 0; i < N; i++)
            for (size_t k = 0; k < N_X; k++)
                v[i][k] = rand() % (trial % 2 ? 4 : 1000) + (i < N_A ? trial % 3 : 0);
        cyt_labellings by;
        cyt_error err = {0};
        assert_int_equal(cyt_labellings_of_groups(N_A, N_B, 9, key_of(0), &by, &err),
                         CYT_OK);
        assert_true(by.exact && by.n == WAYS);
        cyt_envelope e = {0, d, low, high};
        const double alpha = 0.2;
        assert_int_equal(cyt_curve_envelope(&v[0][0], N_X, &by, alpha, &e, &err),
                         CYT_OK);
        all_differences(v, t, &observed);
        extreme_ranks(t, r);
        assert_true(fabs(e.p - share_as_extreme(r, observed)) < 1e-12);
        for (size_t k = 0; k < N_X; k++) {
            double least = INFINITY, most = -INFINITY;
            for (size_t i = 0; i < WAYS; i++)
                if (share_as_extreme(r, i) > alpha) {
                    least = fmin(least, t[i][k] / (N_A * N_B));
                    most = fmax(most, t[i][k] / (N_A * N_B));
                }
            assert_true(fabs(low[k] - least) < 1e-9 && fabs(high[k] - most) < 1e-9);
            assert_true(fabs(d[k] - t[observed][k] / (N_A * N_B)) < 1e-9);
        }
        cyt_labellings_free(&by);
    }
}

/* --- levels ----------------------------------------------------------------------- */

/* Smooth curves: a random level, slope and wave of each patient. */
static void make_curves(uint64_t cohort, size_t n, size_t n_x, double *v)
{
    for (size_t i = 0; i < n; i++) {
        double z[4];
        for (uint32_t k = 0; k < 4; k++)
            z[k] = cyt_normal(key_of(7), k, cohort * n + i, 0);
        for (size_t k = 0; k < n_x; k++) {
            const double x = (double)k / (double)(n_x - 1);
            v[i * n_x + k] = z[0] + z[1] * x + z[2] * sin(6 * x) + z[3] * x * x;
        }
    }
}

static int cohorts(int plain, int full)
{
    return getenv("CYTOTAXIS_FULL") ? full : plain;
}

/* Without a difference p <= 0.1 in a tenth of cohorts, within six standard errors; ties
 * make it less. The observed leaves the envelope just then. */
static void the_test_of_curves_has_its_level(void **state)
{
    (void)state;
    enum { ARM = 8, X = 12 };
    const int n = cohorts(400, 20000);
    double v[2 * ARM * X], d[X], low[X], high[X], far = 0;
    cyt_labellings by;
    cyt_error err = {0};
    assert_int_equal(cyt_labellings_of_groups(ARM, ARM, 199, key_of(1), &by, &err),
                     CYT_OK);
    cyt_labellings drawn = by; /* 199 of all, to be quick */
    drawn.exact = 0;
    drawn.n = 199;
    for (size_t k = 0; k < drawn.n; k++) /* far apart in the list of all sets */
        memmove(drawn.chosen + k * ARM, by.chosen + (k + 1) * (by.n / 200) * ARM,
                ARM * sizeof *by.chosen);
    for (int c = 0; c < n; c++) {
        make_curves((uint64_t)c, 2 * ARM, X, v);
        cyt_envelope e = {0, d, low, high};
        assert_int_equal(cyt_curve_envelope(v, X, &drawn, 0.1, &e, &err), CYT_OK);
        int leaves = 0;
        for (size_t k = 0; k < X; k++)
            leaves = leaves || d[k] < low[k] || d[k] > high[k];
        assert_int_equal(leaves, e.p <= 0.1);
        far += e.p <= 0.1;
    }
    const double error = 6 * sqrt(0.1 * 0.9 / n);
    assert_true(far / n < 0.1 + error && far / n > 0.1 - error - 0.02);
    cyt_labellings_free(&by);
}

/* The band of 90 % of 30 patients holds the true mean curve, 0, everywhere in 90 % of
 * cohorts; a bootstrap of that size is a little narrow, by its normal law for Student's
 * (1.70 for 1.645 of one place: coverage 0.89). */
static void bands_have_their_level(void **state)
{
    (void)state;
    enum { PATIENTS = 30, X = 12 };
    const int n = cohorts(300, 10000);
    double v[PATIENTS * X], mean[X], low[X], high[X], held = 0;
    cyt_resamples draws;
    cyt_error err = {0};
    assert_int_equal(cyt_resamples_make(400, PATIENTS, key_of(2), 0, &draws, &err),
                     CYT_OK);
    for (int c = 0; c < n; c++) {
        make_curves((uint64_t)c, PATIENTS, X, v);
        assert_int_equal(cyt_curve_band(v, X, &draws, 0.9, mean, low, high, &err),
                         CYT_OK);
        int inside = 1;
        for (size_t k = 0; k < X; k++)
            inside = inside && low[k] <= 0 && 0 <= high[k];
        held += inside;
    }
    const double error = 6 * sqrt(0.1 * 0.9 / n);
    assert_true(held / n > 0.87 - error && held / n < 0.91 + error);
    for (size_t i = 0; i < PATIENTS; i++)
        v[i * X] = i == 3 ? v[i * X] : NAN;
    assert_int_equal(cyt_curve_band(v, X, &draws, 0.9, mean, low, high, &err), CYT_OK);
    assert_true(mean[1] == v[3 * X + 1] && isnan(low[1]) && isnan(high[1]));
    cyt_resamples_free(&draws);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_patients_are_exact),
        cmocka_unit_test(the_test_of_curves_has_its_level),
        cmocka_unit_test(bands_have_their_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
