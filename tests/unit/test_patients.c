// SPDX-License-Identifier: BSD-3-Clause
/* Statistics of few patients: exact tests by brute force, effects by their definitions,
 * bootstrap intervals and their coverage, models in closed form. */
#include "cytotaxis/effect.h"
#include "cytotaxis/kruskal.h"
#include "cytotaxis/mixed_model.h"
#include "cytotaxis/permutation_test.h"
#include "cytotaxis/rank_test.h"
#include "cytotaxis/signed_rank.h"
#include "cytotaxis/survival.h"
#include "cytotaxis/t_test.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double rounding = 1e-12; /* relative: sums in another order */

static int close_to(double got, double want)
{
    return fabs(got - want) <= rounding * (1 + fabs(want));
}

static cyt_random_key key_of(uint64_t stream)
{
    return cyt_random_key_of(11, stream);
}

/* --- signed ranks ----------------------------------------------------------------- */

/* Twice the mid-rank of |d_i| among the others that are not zero. */
static double rank2_of(const double *d, size_t n, size_t i)
{
    double rank2 = 1;
    for (size_t j = 0; j < n; j++)
        rank2 += d[j] == 0 ? 0 : fabs(d[j]) < fabs(d[i]) ? 2 : fabs(d[j]) == fabs(d[i]);
    return rank2;
}

/* p by going through all signs. */
static double signed_p(const double *d, size_t n, double *v)
{
    double rank2[16], far = 0, top = 0;
    size_t m = 0;
    *v = 0;
    for (size_t i = 0; i < n; i++) {
        if (d[i] == 0)
            continue;
        rank2[m] = rank2_of(d, n, i);
        *v += d[i] > 0 ? rank2[m] / 2 : 0;
        top += rank2[m++];
    }
    for (unsigned signs = 0; signs < 1u << m; signs++) {
        double sum = 0;
        for (size_t i = 0; i < m; i++)
            sum += signs >> i & 1 ? rank2[i] : 0;
        far += fabs(sum - top / 2) >= fabs(2 * *v - top / 2);
    }
    return far / ldexp(1, (int)m);
}

static void few_pairs_are_exact_with_ties_and_zeros(void **state)
{
    (void)state;
    srand(5);
    for (int trial = 0; trial < 80; trial++) {
        const size_t n = 1 + (size_t)rand() % 11;
        double d[11], v;
        for (size_t i = 0; i < n; i++)
            d[i] = trial % 2 ? rand() % 7 - 3 : rand() - RAND_MAX / 2.0;
        d[0] = 1; /* not all are zero */
        cyt_signed_rank t;
        cyt_error err = {0};
        assert_int_equal(cyt_signed_rank_test(d, n, &t, &err), CYT_OK);
        assert_true(t.exact);
        assert_true(close_to(t.p, signed_p(d, n, &v)));
        assert_true(t.v == v);
        const double all = (double)(t.n * (t.n + 1)) / 2;
        assert_true(close_to(t.biserial, (2 * v - all) / all));
    }
}

static void many_pairs_use_the_corrected_normal_law(void **state)
{
    (void)state;
    double d[45];
    for (int i = 0; i < 45; i++)
        d[i] = i % 3 ? 1 + i / 2 : -1 - i / 2; /* pairs of equal size, the last alone */
    cyt_signed_rank t;
    cyt_error err = {0};
    assert_int_equal(cyt_signed_rank_test(d, 45, &t, &err), CYT_OK);
    assert_false(t.exact);
    const double var = 45.0 * 46 * 91 / 24 - 22 * 6.0 / 48;
    const double z = (fabs(t.v - 45.0 * 46 / 4) - 0.5) / sqrt(var);
    assert_true(close_to(t.p, erfc(z / sqrt(2))));
}

static void pairs_without_a_difference_give_no_p(void **state)
{
    (void)state;
    const double d[] = {0, 0, 0};
    cyt_signed_rank t;
    cyt_error err = {0};
    assert_int_equal(cyt_signed_rank_test(d, 3, &t, &err), CYT_OK);
    assert_true(t.n == 0 && isnan(t.p) && isnan(t.v) && isnan(t.biserial));
}

/* --- permutations ----------------------------------------------------------------- */

/* Whole numbers, so that sums are exact and ties are ties. */
static double labels_p(const double *v, size_t n, size_t n_a)
{
    double all = 0, a = 0, far = 0, ways = 0;
    for (size_t i = 0; i < n; i++) {
        all += v[i];
        a += i < n_a ? v[i] : 0;
    }
    const double off = fabs(a * (double)n - all * (double)n_a);
    for (unsigned mask = 0; mask < 1u << n; mask++) {
        if ((size_t)__builtin_popcount(mask) != n_a)
            continue;
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += mask >> i & 1 ? v[i] : 0;
        far += fabs(sum * (double)n - all * (double)n_a) >= off;
        ways++;
    }
    return far / ways;
}

static void permutation_of_few_patients_is_exact(void **state)
{
    (void)state;
    srand(8);
    for (int trial = 0; trial < 60; trial++) {
        const size_t n_a = 1 + (size_t)rand() % 6, n_b = 1 + (size_t)rand() % 6;
        double v[12], scaled[12];
        for (size_t i = 0; i < n_a + n_b; i++) {
            v[i] = rand() % (trial % 2 ? 5 : 1000);
            scaled[i] = v[i] * 0.1; /* not whole: rounding must not part what ties */
        }
        cyt_labellings by;
        cyt_error err = {0};
        assert_int_equal(cyt_labellings_of_groups(n_a, n_b, 10, key_of(0), &by, &err),
                         CYT_OK);
        assert_true(by.exact);
        const double want = labels_p(v, n_a + n_b, n_a);
        assert_true(close_to(cyt_permute_groups(v, &by).p, want));
        assert_true(close_to(cyt_permute_groups(scaled, &by).p, want));
        cyt_labellings_free(&by);
    }
}

static void permutation_of_few_pairs_is_exact(void **state)
{
    (void)state;
    srand(9);
    for (int trial = 0; trial < 40; trial++) {
        const size_t n = 1 + (size_t)rand() % 9;
        double d[9], all = 0, far = 0;
        for (size_t i = 0; i < n; i++)
            all += d[i] = rand() % 11 - 5;
        for (unsigned signs = 0; signs < 1u << n; signs++) {
            double sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += signs >> i & 1 ? -d[i] : d[i];
            far += fabs(sum) >= fabs(all);
        }
        cyt_labellings by;
        cyt_error err = {0};
        assert_int_equal(cyt_labellings_of_pairs(n, 10, key_of(0), &by, &err), CYT_OK);
        const cyt_permutation_test t = cyt_permute_pairs(d, &by);
        assert_true(by.exact && close_to(t.p, far / ldexp(1, (int)n)));
        assert_true(close_to(t.difference, all / (double)n));
        cyt_labellings_free(&by);
    }
}

/* 20 against 20 of normal values: drawn p lies by that of Welch's test; a draw for
 * itself takes each patient equally often. */
static void drawn_permutations_are_fair(void **state)
{
    (void)state;
    enum { N = 40, DRAWS = 20000 };
    double v[N], taken[N] = {0};
    for (int i = 0; i < N; i++)
        v[i] = cyt_normal(key_of(3), 1, (uint64_t)i, 0) + (i < N / 2 ? 0.5 : 0);
    cyt_labellings by, pairs;
    cyt_error err = {0};
    assert_int_equal(
        cyt_labellings_of_groups(N / 2, N / 2, DRAWS, key_of(4), &by, &err), CYT_OK);
    assert_false(by.exact);
    for (size_t k = 0; k < (size_t)DRAWS * N / 2; k++)
        taken[by.chosen[k]]++;
    for (int i = 0; i < N; i++) /* six standard deviations of a binomial count */
        assert_true(fabs(taken[i] - DRAWS / 2) < 6 * sqrt(DRAWS) / 2);
    const double p = cyt_permute_groups(v, &by).p;
    /* The two laws differ by terms of 1/n; six standard errors of the draws. */
    assert_true(fabs(p - cyt_t_welch(v, N / 2, v + N / 2, N / 2).p) <
                0.01 + 6 * sqrt(p * (1 - p) / DRAWS));
    assert_int_equal(cyt_labellings_of_pairs(N, DRAWS, key_of(4), &pairs, &err),
                     CYT_OK);
    assert_false(pairs.exact);
    memset(taken, 0, sizeof taken);
    for (size_t k = 0; k < (size_t)DRAWS * N; k++)
        taken[k % N] += pairs.chosen[k];
    for (int i = 0; i < N; i++)
        assert_true(fabs(taken[i] - DRAWS / 2) < 6 * sqrt(DRAWS) / 2);
    cyt_labellings_free(&by);
    cyt_labellings_free(&pairs);
}

/* --- effects ---------------------------------------------------------------------- */

static double mean_of(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    return sum / (double)n;
}

static double squares_of(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (v[i] - mean_of(v, n)) * (v[i] - mean_of(v, n));
    return sum;
}

/* From the definition. */
static double effect_by_hand(cyt_effect_kind kind, const double *a, size_t n_a,
                             const double *b, size_t n_b)
{
    const double da = (double)n_a, db = (double)n_b;
    double sum = 0;
    cyt_signed_rank t;
    cyt_error err = {0};
    switch (kind) {
    case CYT_EFFECT_DELTA:
        for (size_t i = 0; i < n_a; i++)
            for (size_t j = 0; j < n_b; j++)
                sum += (a[i] > b[j]) - (a[i] < b[j]);
        return sum / (da * db);
    case CYT_EFFECT_HEDGES:
        return cyt_hedges_correction(da + db - 2) *
               (mean_of(a, n_a) - mean_of(b, n_b)) /
               sqrt((squares_of(a, n_a) + squares_of(b, n_b)) / (da + db - 2));
    case CYT_EFFECT_DIFFERENCE:
        return mean_of(a, n_a) - mean_of(b, n_b);
    case CYT_EFFECT_PAIRED_BISERIAL:
        (void)!cyt_signed_rank_test(a, n_a, &t, &err);
        return t.biserial;
    case CYT_EFFECT_PAIRED_HEDGES:
        return cyt_hedges_correction(da - 1) * mean_of(a, n_a) /
               sqrt(squares_of(a, n_a) / (da - 1));
    case CYT_EFFECT_PAIRED_DIFFERENCE:
        break;
    }
    return mean_of(a, n_a);
}

/* Write out a draw: each value as often as it was drawn. */
static size_t write_out(const cyt_effect_group *g, size_t draw, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < g->draws->n_units; i++)
        for (int k = 0; k < g->draws->times[draw * g->draws->n_units + i]; k++)
            if (isfinite(g->v[i]))
                out[n++] = g->v[i];
    return n;
}

static int by_size(const void *pa, const void *pb)
{
    const double a = *(const double *)pa, b = *(const double *)pb;
    return a < b ? -1 : a > b;
}

/* The ends of the interval of 80 % of 11 draws are the second and the last but one. */
static void intervals_are_percentiles_of_effects_of_draws(void **state)
{
    (void)state;
    enum { DRAWS = 11, N_A = 7, N_B = 6 };
    double v[N_A], w[N_B], a[N_A], b[N_B], drawn[DRAWS];
    cyt_resamples ra, rb;
    cyt_error err = {0};
    srand(2);
    for (int i = 0; i < N_A; i++)
        v[i] = rand() % 9 - 3;
    for (int i = 0; i < N_B; i++)
        w[i] = rand() % 9 - 4;
    v[3] = NAN;
    assert_int_equal(cyt_resamples_make(DRAWS, N_A, key_of(1), 0, &ra, &err), CYT_OK);
    assert_int_equal(cyt_resamples_make(DRAWS, N_B, key_of(1), 1, &rb, &err), CYT_OK);
    const cyt_effect_group ga = {v, &ra}, gb = {w, &rb};
    for (int kind = 0; kind <= CYT_EFFECT_PAIRED_DIFFERENCE; kind++) {
        cyt_effect e, again;
        for (size_t d = 0; d < DRAWS; d++) {
            const size_t n_a = write_out(&ga, d, a), n_b = write_out(&gb, d, b);
            drawn[d] = effect_by_hand((cyt_effect_kind)kind, a, n_a, b, n_b);
            assert_true(isfinite(drawn[d]));
        }
        qsort(drawn, DRAWS, sizeof *drawn, by_size);
        assert_int_equal(
            cyt_effect_size((cyt_effect_kind)kind, &ga, &gb, 0.8, &e, &err), CYT_OK);
        assert_true(close_to(e.low, drawn[1]) && close_to(e.high, drawn[DRAWS - 2]));
        memcpy(a, v, 3 * sizeof *a);
        memcpy(a + 3, v + 4, 3 * sizeof *a);
        assert_true(close_to(
            e.value, effect_by_hand((cyt_effect_kind)kind, a, N_A - 1, w, N_B)));
        (void)!cyt_effect_size((cyt_effect_kind)kind, &ga, &gb, 0.8, &again, &err);
        assert_memory_equal(&e, &again, sizeof e);
    }
    cyt_resamples_free(&ra);
    cyt_resamples_free(&rb);
}

/* Of two groups of 25 normal values half a standard deviation apart the interval of 90
 * % of the difference holds the truth in 90 % of cohorts, less what the percentile
 * method lacks at that size (sd too small by 1/50: coverage 0.89) and six standard
 * errors. */
static void intervals_cover_the_truth(void **state)
{
    (void)state;
    enum { N = 25, DRAWS = 400 };
    const int cohorts = getenv("CYTOTAXIS_FULL") ? 20000 : 600;
    double v[N], w[N], held = 0;
    cyt_resamples ra, rb;
    cyt_error err = {0};
    assert_int_equal(cyt_resamples_make(DRAWS, N, key_of(1), 0, &ra, &err), CYT_OK);
    assert_int_equal(cyt_resamples_make(DRAWS, N, key_of(1), 1, &rb, &err), CYT_OK);
    for (int c = 0; c < cohorts; c++) {
        for (int i = 0; i < N; i++) {
            v[i] = cyt_normal(key_of(20), 1, (uint64_t)c * N + (uint64_t)i, 0) + 0.5;
            w[i] = cyt_normal(key_of(20), 2, (uint64_t)c * N + (uint64_t)i, 0);
        }
        cyt_effect e;
        assert_int_equal(cyt_effect_size(CYT_EFFECT_DIFFERENCE,
                                         &(cyt_effect_group){v, &ra},
                                         &(cyt_effect_group){w, &rb}, 0.9, &e, &err),
                         CYT_OK);
        held += e.low <= 0.5 && 0.5 <= e.high;
    }
    const double error = 6 * sqrt(0.9 * 0.1 / cohorts);
    assert_true(fabs(held / cohorts - 0.89) < 0.01 + error);
    cyt_resamples_free(&ra);
    cyt_resamples_free(&rb);
}

/* --- models ----------------------------------------------------------------------- */

/* As many slides of every patient: the group's estimate is the difference of the means
 * of patients' means, with the variances of the analysis of variance. */
static void a_balanced_mixed_model_is_the_analysis_of_variance(void **state)
{
    (void)state;
    enum { PATIENTS = 8, SLIDES = 5, N = PATIENTS * SLIDES };
    double x[2 * N], y[N], means[PATIENTS], within = 0;
    size_t group[N];
    for (size_t i = 0; i < N; i++) {
        const size_t p = i / SLIDES;
        group[i] = p;
        x[2 * i] = 1;
        x[2 * i + 1] = p < PATIENTS / 2;
        y[i] =
            1e5 + 3 * cyt_normal(key_of(6), 1, p, 0) + cyt_normal(key_of(6), 2, i, 0);
    }
    for (size_t p = 0; p < PATIENTS; p++) {
        means[p] = mean_of(y + p * SLIDES, SLIDES);
        within += squares_of(y + p * SLIDES, SLIDES) / (N - PATIENTS);
    }
    const double between = (squares_of(means, PATIENTS / 2) +
                            squares_of(means + PATIENTS / 2, PATIENTS / 2)) /
                           (PATIENTS - 2);
    const cyt_mixed_design design = {N, 2, x, y, group, PATIENTS, 1};
    cyt_mixed_fit f;
    cyt_error err = {0};
    assert_int_equal(cyt_mixed_model(&design, &f, &err), CYT_OK);
    assert_int_equal(f.outcome, CYT_MIXED_OK);
    const double loss = 1e-8; /* relative: y is 1e5, its spread 3 */
    assert_true(fabs(f.estimate - mean_of(means, 4) + mean_of(means + 4, 4)) < loss);
    assert_true(fabs(f.var_residual / within - 1) < loss);
    assert_true(fabs(f.var_group / (between - within / SLIDES) - 1) < loss);
    assert_true(fabs(f.se / sqrt(between / 2) - 1) < loss);
    assert_true(fabs(f.df / (PATIENTS - 2) - 1) < 1e-6);
}

static void one_slide_a_patient_is_the_linear_model(void **state)
{
    (void)state;
    const double y[] = {1, 4, 2, 7, 8, 5, 9};
    double x[14];
    size_t group[7];
    for (size_t i = 0; i < 7; i++) {
        x[2 * i] = 1;
        x[2 * i + 1] = i < 3;
        group[i] = i;
    }
    const cyt_mixed_design design = {7, 2, x, y, group, 7, 1};
    cyt_mixed_fit f;
    cyt_error err = {0};
    assert_int_equal(cyt_mixed_model(&design, &f, &err), CYT_OK);
    const double s2 = (squares_of(y, 3) + squares_of(y + 3, 4)) / 5;
    assert_true(f.is_linear && isnan(f.var_group) && close_to(f.df, 5));
    assert_true(close_to(f.estimate, mean_of(y, 3) - mean_of(y + 3, 4)));
    assert_true(close_to(f.se, sqrt(s2 * (1.0 / 3 + 1.0 / 4))));
}

static void models_that_cannot_be_fitted_say_why(void **state)
{
    (void)state;
    const double y[] = {1, 2, 3, 5}, same[] = {2, 2, 2, 2};
    const double twice[] = {1, 1, 1, 1, 1, 1, 1, 1}, ones[] = {1, 1, 1, 1};
    const size_t group[] = {0, 0, 1, 1}, alone[] = {0, 0, 0, 0};
    const struct {
        cyt_mixed_design design;
        cyt_mixed_outcome want;
    } all[] = {
        {{4, 2, twice, y, group, 2, 1}, CYT_MIXED_SINGULAR},
        {{4, 1, ones, same, group, 2, 0}, CYT_MIXED_FLAT},
        {{4, 1, ones, y, alone, 1, 0}, CYT_MIXED_FEW},
        {{1, 1, ones, y, group, 2, 0}, CYT_MIXED_FEW},
        {{4, 1, ones, y, group, 2, 0}, CYT_MIXED_OK},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        cyt_mixed_fit f;
        cyt_error err = {0};
        assert_int_equal(cyt_mixed_model(&all[i].design, &f, &err), CYT_OK);
        assert_int_equal(f.outcome, all[i].want);
        assert_true(isnan(f.p) == (all[i].want != CYT_MIXED_OK));
    }
}

static void survival_that_cannot_be_fitted_says_why(void **state)
{
    (void)state;
    const double time[] = {1, 2, 3, 4, 5, 6};
    const unsigned char all[] = {1, 1, 1, 1, 1, 1}, none[] = {0, 0, 0, 0, 0, 0};
    const double x[] = {3, 1, 4, 1, 5, 9}, same[] = {2, 2, 2, 2, 2, 2};
    const double parted[] = {1, 1, 1, 0, 0, 0}; /* who has it dies first */
    const struct {
        const unsigned char *event;
        const double *x;
        cyt_cox_outcome want;
    } rows[] = {{all, x, CYT_COX_OK},
                {none, x, CYT_COX_NO_EVENT},
                {all, same, CYT_COX_SINGULAR},
                {all, parted, CYT_COX_DIVERGES}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cyt_cox_fit f;
        cyt_error err = {0};
        const cyt_lifetimes life = {6, time, rows[i].event};
        assert_int_equal(cyt_cox_regression(&life, rows[i].x, 1, 0, &f, &err), CYT_OK);
        assert_int_equal(f.outcome, rows[i].want);
        assert_true(isnan(f.p) == (rows[i].want != CYT_COX_OK));
    }
    const size_t one[] = {1, 1, 1, 1, 1, 1}, two[] = {0, 0, 0, 2, 2, 2};
    const cyt_lifetimes life = {6, time, all};
    cyt_log_rank t;
    cyt_error err = {0};
    assert_int_equal(cyt_log_rank_test(&life, one, 3, &t, &err), CYT_OK);
    assert_true(isnan(t.p) && t.n_events == 6);
    assert_int_equal(cyt_log_rank_test(&life, two, 3, &t, &err), CYT_OK);
    assert_true(t.df == 1 && t.p > 0 && t.p < 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_pairs_are_exact_with_ties_and_zeros),
        cmocka_unit_test(many_pairs_use_the_corrected_normal_law),
        cmocka_unit_test(pairs_without_a_difference_give_no_p),
        cmocka_unit_test(permutation_of_few_patients_is_exact),
        cmocka_unit_test(permutation_of_few_pairs_is_exact),
        cmocka_unit_test(drawn_permutations_are_fair),
        cmocka_unit_test(intervals_are_percentiles_of_effects_of_draws),
        cmocka_unit_test(intervals_cover_the_truth),
        cmocka_unit_test(a_balanced_mixed_model_is_the_analysis_of_variance),
        cmocka_unit_test(one_slide_a_patient_is_the_linear_model),
        cmocka_unit_test(models_that_cannot_be_fitted_say_why),
        cmocka_unit_test(survival_that_cannot_be_fitted_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
