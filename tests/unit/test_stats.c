// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/effect.h"
#include "cytotaxis/rank_test.h"
#include "cytotaxis/select.h"
#include "cytotaxis/t_test.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A double of 17 significant digits, summed in another order. */
static const double rounding = 1e-12;

static int close_to(double got, double want, double tolerance)
{
    return fabs(got - want) <= tolerance * (fabs(want) + 1e-300);
}

/* --- selection -------------------------------------------------------------------- */

static int by_value(const void *pa, const void *pb)
{
    const double a = *(const double *)pa, b = *(const double *)pb;
    return a < b ? -1 : a > b;
}

static void fill(double *v, size_t n, int kind)
{
    for (size_t i = 0; i < n; i++) {
        if (kind == 0)
            v[i] = rand() / (double)RAND_MAX;
        else if (kind == 1)
            v[i] = rand() % 4; /* many ties */
        else if (kind == 2)
            v[i] = (double)i;
        else
            v[i] = (double)(n - i) * (i % 2 ? 1 : -1);
    }
}

static void selection_equals_sorting(void **state)
{
    (void)state;
    enum { MOST = 300 };
    double v[MOST], sorted[MOST];
    srand(11);
    for (size_t n = 1; n <= MOST; n += 7)
        for (int kind = 0; kind < 4; kind++) {
            fill(v, n, kind);
            memcpy(sorted, v, n * sizeof *v);
            qsort(sorted, n, sizeof *v, by_value);
            const size_t k = (size_t)rand() % n;
            cyt_select(v, n, k);
            assert_true(v[k] == sorted[k]);
            for (size_t i = 0; i < n; i++)
                assert_true(i < k ? v[i] <= v[k] : v[i] >= v[k]);
        }
}

static void quantiles_are_those_of_type_7(void **state)
{
    (void)state;
    enum { MOST = 200 };
    static const double probs[] = {0, 0.05, 0.25, 0.5, 0.75, 0.95, 1};
    double v[MOST], sorted[MOST], q[7];
    srand(5);
    for (size_t n = 1; n <= MOST; n++) {
        fill(v, n, (int)(n % 4));
        memcpy(sorted, v, n * sizeof *v);
        qsort(sorted, n, sizeof *v, by_value);
        cyt_quantiles(v, n, probs, 7, q);
        for (size_t i = 0; i < 7; i++) {
            const double at = probs[i] * (double)(n - 1);
            const size_t k = (size_t)at;
            const double next = k + 1 < n ? sorted[k + 1] : sorted[k];
            const double want = sorted[k] + (at - (double)k) * (next - sorted[k]);
            assert_true(q[i] == want);
        }
    }
}

/* --- Mann-Whitney ----------------------------------------------------------------- */

static double u_by_pairs(const double *a, size_t n_a, const double *b, size_t n_b)
{
    double u = 0;
    for (size_t i = 0; i < n_a; i++)
        for (size_t j = 0; j < n_b; j++)
            u += a[i] > b[j] ? 1 : a[i] == b[j] ? 0.5 : 0;
    return u;
}

/* p by going through all assignments of the pooled values to the two groups. */
static double p_by_enumeration(const double *all, size_t n, size_t n_a, double u)
{
    const double centre = (double)(n_a * (n - n_a)) / 2, off = fabs(u - centre);
    double far = 0, total = 0, a[16], b[16];
    for (unsigned mask = 0; mask < 1u << n; mask++) {
        if ((size_t)__builtin_popcount(mask) != n_a)
            continue;
        size_t i = 0, j = 0;
        for (size_t k = 0; k < n; k++) {
            if (mask >> k & 1)
                a[i++] = all[k];
            else
                b[j++] = all[k];
        }
        total++;
        far += fabs(u_by_pairs(a, i, b, j) - centre) >= off - 1e-9;
    }
    return far / total;
}

static void small_samples_are_exact_with_and_without_ties(void **state)
{
    (void)state;
    srand(3);
    for (int trial = 0; trial < 60; trial++) {
        const size_t n_a = 1 + (size_t)rand() % 5, n_b = 1 + (size_t)rand() % 6;
        double all[11];
        for (size_t i = 0; i < n_a + n_b; i++)
            all[i] = trial % 2 ? rand() % 4 : rand();
        all[0] += 0.5; /* never all equal */
        cyt_rank_test t;
        cyt_error err = {0};
        assert_int_equal(cyt_mann_whitney(all, n_a, all + n_a, n_b, &t, &err), CYT_OK);
        const double u = u_by_pairs(all, n_a, all + n_a, n_b);
        assert_true(t.exact);
        assert_true(t.u == u);
        assert_true(close_to(t.delta, 2 * u / (double)(n_a * n_b) - 1, rounding) ||
                    fabs(t.delta) < rounding);
        assert_true(close_to(t.p, p_by_enumeration(all, n_a + n_b, n_a, u), rounding));
    }
}

static void large_samples_use_the_corrected_normal_law(void **state)
{
    (void)state;
    double a[25], b[21];
    for (int i = 0; i < 25; i++)
        a[i] = i + 1;
    for (int i = 0; i < 21; i++)
        b[i] = 13 + i + 0.25 * (i % 3);
    cyt_rank_test t;
    cyt_error err = {0};
    assert_int_equal(cyt_mann_whitney(a, 25, b, 21, &t, &err), CYT_OK);
    assert_false(t.exact);
    assert_true(t.u == u_by_pairs(a, 25, b, 21));
    /* Closed form with ties: var = ab/12 (n + 1 - sum(t^3 - t)/(n (n - 1))). The values
     * 13, 16, 19, 22 and 25 stand in both groups: five ties of two. */
    const double var = 25.0 * 21 / 12 * (47 - 5 * 6.0 / (46 * 45));
    const double z = (fabs(t.u - 25.0 * 21 / 2) - 0.5) / sqrt(var);
    assert_true(close_to(t.p, erfc(z / sqrt(2)), 1e-9));
}

static void no_data_and_no_spread_give_no_p(void **state)
{
    (void)state;
    const double same[] = {2, 2, 2};
    cyt_rank_test t;
    cyt_error err = {0};
    assert_int_equal(cyt_mann_whitney(same, 3, same, 0, &t, &err), CYT_OK);
    assert_true(isnan(t.p) && isnan(t.u) && isnan(t.delta));
    assert_int_equal(cyt_mann_whitney(same, 3, same, 3, &t, &err), CYT_OK);
    assert_true(isnan(t.p) && t.u == 4.5 && t.delta == 0);
}

/* --- constant values -------------------------------------------------------------- */

/* Of 0.1 and 0.7 the mean of three is not the value: what is left is rounding. */
static void constant_values_have_no_t(void **state)
{
    (void)state;
    const double low[] = {0.1, 0.1, 0.1}, high[] = {0.7, 0.7, 0.7};
    const cyt_t_test t = cyt_t_welch(low, 3, high, 3), one = cyt_t_paired(high, 3);
    assert_true(isnan(t.t) && isnan(t.df) && isnan(t.p) && t.se == 0);
    assert_true(isnan(one.t) && isnan(one.p) && one.se == 0);
    const double apart[] = {0.7, 0.7, 0.7 + 1e-9};
    assert_true(isfinite(cyt_t_welch(low, 3, apart, 3).p));
    assert_true(isfinite(cyt_t_paired(apart, 3).p));
}

/* Of three pairs a ninth of the draws takes one of them three times. The others
 * reach no farther than 2.2, 2.2, 1.3: 1.9 / 0.52, times 0.56 of Hedges. */
static void draws_of_equal_values_leave_no_effect(void **state)
{
    (void)state;
    const double d[] = {1.3, 0.4, 2.2}, off[] = {0.1, 0.1, 0.1};
    cyt_resamples draws;
    cyt_effect e;
    cyt_error err = {0};
    assert_int_equal(
        cyt_resamples_make(2000, 3, cyt_random_key_of(1, 2), 0, &draws, &err), CYT_OK);
    const cyt_effect_group pairs = {d, &draws}, same = {off, &draws};
    assert_int_equal(
        cyt_effect_size(CYT_EFFECT_PAIRED_HEDGES, &pairs, &pairs, 0.95, &e, &err),
        CYT_OK);
    assert_true(e.low > 0 && e.low <= e.value && e.value <= e.high && e.high < 2.1);
    assert_int_equal(
        cyt_effect_size(CYT_EFFECT_PAIRED_HEDGES, &same, &same, 0.95, &e, &err),
        CYT_OK);
    assert_true(isnan(e.value) && isnan(e.low) && isnan(e.high));
    cyt_resamples_free(&draws);
}

/* --- Benjamini-Hochberg ----------------------------------------------------------- */

/* q of p_i = min over p_j >= p_i of p_j m / #(p <= p_j): straight from the definition.
 */
static void q_values_follow_the_definition(void **state)
{
    (void)state;
    enum { N = 60 };
    double p[N], q[N];
    srand(9);
    for (int i = 0; i < N; i++)
        p[i] = i % 7 == 3 ? NAN : (rand() % 40) / 40.0;
    cyt_error err = {0};
    assert_int_equal(cyt_benjamini_hochberg(p, N, q, &err), CYT_OK);
    double m = 0;
    for (int i = 0; i < N; i++)
        m += !isnan(p[i]);
    for (int i = 0; i < N; i++) {
        if (isnan(p[i])) {
            assert_true(isnan(q[i]));
            continue;
        }
        double want = 1;
        for (int j = 0; j < N; j++) {
            double below = 0;
            for (int k = 0; k < N; k++)
                below += p[k] <= p[j];
            if (p[j] >= p[i] && p[j] * m / below < want)
                want = p[j] * m / below;
        }
        assert_true(fabs(q[i] - want) <= rounding);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selection_equals_sorting),
        cmocka_unit_test(quantiles_are_those_of_type_7),
        cmocka_unit_test(small_samples_are_exact_with_and_without_ties),
        cmocka_unit_test(large_samples_use_the_corrected_normal_law),
        cmocka_unit_test(no_data_and_no_spread_give_no_p),
        cmocka_unit_test(constant_values_have_no_t),
        cmocka_unit_test(draws_of_equal_values_leave_no_effect),
        cmocka_unit_test(q_values_follow_the_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
