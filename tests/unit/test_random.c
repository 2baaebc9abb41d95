// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/random.h"
#include "test.h"

#include <math.h>

/* Known answers of Philox4x32-10, published with the generator. */
static void philox_gives_the_published_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], answer[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t out[4];
        cyt_philox(known[i].counter, known[i].key, out);
        assert_memory_equal(out, known[i].answer, sizeof out);
    }
}

/* The counter's parts and the key's parts: changing any changes the number. */
static void each_part_of_the_address_counts(void **state)
{
    (void)state;
    const cyt_random_key key = cyt_random_key_of(1, 2);
    const double u = cyt_uniform(key, 3, 4, 5);
    assert_true(u == cyt_uniform(key, 3, 4, 5));
    assert_true(u != cyt_uniform(key, 4, 4, 5));
    assert_true(u != cyt_uniform(key, 3, 5, 5));
    assert_true(u != cyt_uniform(key, 3, 4 + (UINT64_C(1) << 32), 5));
    assert_true(u != cyt_uniform(key, 3, 4, 6));
    assert_true(u != cyt_uniform(cyt_random_key_of(2, 2), 3, 4, 5));
    assert_true(u !=
                cyt_uniform(cyt_random_key_of(1 + (UINT64_C(1) << 32), 2), 3, 4, 5));
    assert_true(u != cyt_uniform(cyt_random_key_of(1, 3), 3, 4, 5));
    assert_true(u !=
                cyt_uniform(cyt_random_key_of(1, 2 + (UINT64_C(1) << 32)), 3, 4, 5));
}

/* Mean 1/2, variance 1/12, and 64 equal bins by chi-square; the 99.9 % point of
 * chi-square with 63 degrees of freedom is 103.4. */
static void uniform_numbers_are_uniform(void **state)
{
    (void)state;
    enum { N = 64000, BINS = 64 };
    const cyt_random_key key = cyt_random_key_of(7, 0);
    double sum = 0, squares = 0, chi2 = 0;
    size_t count[BINS] = {0};
    for (uint64_t i = 0; i < N; i++) {
        const double u = cyt_uniform(key, 0, i, 0);
        assert_true(u > 0 && u < 1);
        sum += u;
        squares += (u - 0.5) * (u - 0.5);
        count[(size_t)(u * BINS)]++;
    }
    for (size_t b = 0; b < BINS; b++)
        chi2 += pow((double)count[b] - (double)N / BINS, 2) / ((double)N / BINS);
    assert_true(fabs(sum / N - 0.5) < 4 / sqrt(12.0 * N)); /* 4 SE */
    assert_true(fabs(squares / N - 1.0 / 12) < 4 / sqrt(180.0 * N));
    assert_true(chi2 < 103.4);
}

static void four_at_once_are_each_in_range_and_unrelated(void **state)
{
    (void)state;
    enum { N = 20000 };
    const cyt_random_key key = cyt_random_key_of(9, 1);
    double product[4] = {0};
    for (uint64_t i = 0; i < N; i++) {
        double u[4];
        cyt_uniform4(key, 1, i, 0, u);
        for (int k = 0; k < 4; k++) {
            assert_true(u[k] > 0 && u[k] < 1);
            product[k] += (u[k] - 0.5) * (u[(k + 1) % 4] - 0.5);
        }
    }
    for (int k = 0; k < 4; k++) /* variance of the product: 1/144 */
        assert_true(fabs(product[k] / N) < 4 / (12 * sqrt(N)));
}

static void normal_numbers_have_mean_0_variance_1_and_thin_tails(void **state)
{
    (void)state;
    enum { N = 100000 };
    const cyt_random_key key = cyt_random_key_of(11, 1);
    double sum = 0, squares = 0, beyond = 0;
    for (uint64_t i = 0; i < N; i++) {
        const double z = cyt_normal(key, 2, i, 0);
        sum += z;
        squares += z * z;
        beyond += fabs(z) > 1.959963984540054;
    }
    assert_true(fabs(sum / N) < 4 / sqrt(N));
    assert_true(fabs(squares / N - 1) < 4 * sqrt(2.0 / N));
    assert_true(fabs(beyond / N - 0.05) < 4 * sqrt(0.05 * 0.95 / N));
}

static void whole_numbers_stay_below_their_bound(void **state)
{
    (void)state;
    const cyt_random_key key = cyt_random_key_of(13, 1);
    size_t count[7] = {0};
    for (uint64_t i = 0; i < 70000; i++)
        count[cyt_random_below(key, 0, i, 0, 7)]++;
    for (int k = 0; k < 7; k++)
        assert_true(fabs((double)count[k] - 10000) < 4 * sqrt(10000 * 6.0 / 7));
    int high = 0;
    for (uint64_t i = 0; i < 100; i++) {
        assert_true(cyt_random_below(key, 1, i, 0, 1) == 0);
        high += cyt_random_below(key, 1, i, 0, UINT64_MAX) > UINT64_MAX / 2;
    }
    assert_in_range(high, 30, 70); /* 4 SE around 50 */
}

/* The vectors of the draft that became RFC 9923. */
static void a_name_has_the_stream_that_fnv_gives_it(void **state)
{
    (void)state;
    assert_true(cyt_random_stream_of("") == UINT64_C(0xcbf29ce484222325));
    assert_true(cyt_random_stream_of("a") == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(cyt_random_stream_of("foobar") == UINT64_C(0x85944171f73967e8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_has_the_stream_that_fnv_gives_it),
        cmocka_unit_test(philox_gives_the_published_answers),
        cmocka_unit_test(each_part_of_the_address_counts),
        cmocka_unit_test(uniform_numbers_are_uniform),
        cmocka_unit_test(four_at_once_are_each_in_range_and_unrelated),
        cmocka_unit_test(normal_numbers_have_mean_0_variance_1_and_thin_tails),
        cmocka_unit_test(whole_numbers_stay_below_their_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
