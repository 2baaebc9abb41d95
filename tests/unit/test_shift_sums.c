// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/random.h"
#include "cytotaxis/shift_sums.h"
#include "test.h"

#include <math.h>
#include <string.h>

enum { MOST = 1100, PARTS = 3 }; /* more than two chunks */
/* Sums of a thousand terms of about 1, in another order. */
static const double rounding = 1e-12;

static uint8_t part[MOST], meets[MOST];
static float residual[MOST], weight[MOST], field[MOST];

static double draw(uint64_t i, uint32_t which)
{
    return cyt_uniform(cyt_random_key_of(5, 0), 1, i, which);
}

static cyt_shift_stretch make_stretch(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        part[i] = (uint8_t)(draw(i, 0) * (PARTS + 1));
        meets[i] = (uint8_t)(draw(i, 1) * (PARTS + 1));
        residual[i] = (float)draw(i, 2) - 0.5F;
        weight[i] = (float)draw(i, 3);
        field[i] = (float)draw(i, 4);
    }
    return (cyt_shift_stretch){n, part, meets, residual, weight};
}

static const size_t lengths[] = {0, 1, 15, 16, 17, 511, 512, 513, 1024, MOST};
enum { N_LENGTHS = sizeof lengths / sizeof *lengths };

static void pixels_that_meet_their_like_are_tallied(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_LENGTHS; k++) {
        const cyt_shift_stretch s = make_stretch(lengths[k]);
        for (uint8_t p = 1; p <= PARTS; p++) {
            double want[2] = {3, 4}, sums[2] = {3, 4};
            for (size_t i = 0; i < s.n; i++)
                if (part[i] == p && meets[i] == p) {
                    want[0] += (double)residual[i];
                    want[1] += (double)weight[i];
                }
            cyt_shift_tally(&s, p, sums);
            assert_true(fabs(sums[0] - want[0]) <= rounding * MOST);
            assert_true(fabs(sums[1] - want[1]) <= rounding * MOST);
        }
    }
}

static void each_pixel_gains_of_its_own_compartment_only(void **state)
{
    (void)state;
    static double gain[MOST];
    for (size_t k = 0; k < N_LENGTHS; k++) {
        const cyt_shift_stretch s = make_stretch(lengths[k]);
        memset(gain, 0, sizeof gain);
        for (uint8_t p = 1; p <= PARTS; p++)
            cyt_shift_gain(&s, p, p / 7.0, gain);
        for (size_t i = 0; i < MOST; i++) {
            const int is_like = i < s.n && part[i] > 0 && part[i] == meets[i];
            const double g = (double)residual[i] - part[i] / 7.0 * (double)weight[i];
            assert_true(gain[i] == (is_like ? g : 0));
        }
    }
}

static void a_field_is_weighed_by_what_was_gained(void **state)
{
    (void)state;
    static double gain[MOST];
    for (size_t k = 0; k < N_LENGTHS; k++) {
        double want = 0;
        make_stretch(lengths[k]);
        for (size_t i = 0; i < lengths[k]; i++) {
            gain[i] = draw(i, 5) - 0.5;
            want += gain[i] * (double)field[i];
        }
        assert_true(fabs(cyt_shift_dot(lengths[k], gain, field) - want) <=
                    rounding * MOST);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_that_meet_their_like_are_tallied),
        cmocka_unit_test(each_pixel_gains_of_its_own_compartment_only),
        cmocka_unit_test(a_field_is_weighed_by_what_was_gained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
