// SPDX-License-Identifier: BSD-3-Clause
/* The determinants' signs against whole numbers of 512 bits: coordinates are whole
 * multiples of a power of two, so the same determinants are exact there. */
#include "cytotaxis/predicates.h"
#include "cytotaxis/random.h"
#include "test.h"

#include <math.h>
#include <string.h>

enum { LIMBS = 16 };

/* Two's complement, least limb first. */
typedef struct wide {
    uint32_t limb[LIMBS];
} wide;

static wide whole(int64_t v)
{
    wide w;
    memset(&w, v < 0 ? 0xff : 0, sizeof w);
    w.limb[0] = (uint32_t)v;
    w.limb[1] = (uint32_t)((uint64_t)v >> 32);
    return w;
}

static wide plus(wide a, wide b)
{
    uint64_t carry = 0;
    for (int i = 0; i < LIMBS; i++) {
        carry += (uint64_t)a.limb[i] + b.limb[i];
        a.limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return a;
}

static wide times(wide a, wide b)
{
    wide r = {{0}};
    for (int i = 0; i < LIMBS; i++) {
        uint64_t carry = 0;
        for (int j = 0; i + j < LIMBS; j++) {
            carry += (uint64_t)a.limb[i] * b.limb[j] + r.limb[i + j];
            r.limb[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    return r;
}

static wide minus(wide a, wide b)
{
    return plus(a, times(whole(-1), b));
}

static int sign_of(wide a)
{
    const wide zero = whole(0);
    return memcmp(&a, &zero, sizeof a) == 0 ? 0 : a.limb[LIMBS - 1] >> 31 ? -1 : 1;
}

static wide cross(const int64_t a[2], const int64_t b[2], const int64_t o[2])
{
    return minus(times(whole(a[0] - o[0]), whole(b[1] - o[1])),
                 times(whole(a[1] - o[1]), whole(b[0] - o[0])));
}

static int true_side_of_line(const int64_t a[2], const int64_t b[2], const int64_t c[2])
{
    return sign_of(cross(a, b, c));
}

static wide lift(const int64_t a[2], const int64_t o[2])
{
    const wide x = whole(a[0] - o[0]), y = whole(a[1] - o[1]);
    return plus(times(x, x), times(y, y));
}

static int true_side_of_circle(const int64_t a[2], const int64_t b[2],
                               const int64_t c[2], const int64_t d[2])
{
    return sign_of(plus(
        times(lift(a, d), cross(b, c, d)),
        plus(times(lift(b, d), cross(c, a, d)), times(lift(c, d), cross(a, b, d)))));
}

static const cyt_random_key key = {{7, 9}};

static int64_t draw(size_t i, uint32_t k, int64_t below)
{
    return (int64_t)cyt_random_below(key, 0, i, k, (uint64_t)below);
}

/* Multiples of 2^-30 below 2^26, of which a double holds only some: rounded to one. */
static int64_t as_double_holds(double v)
{
    return (int64_t)(double)(int64_t)v;
}

static void place(const int64_t p[2], double out[2])
{
    out[0] = (double)p[0] * 0x1p-30;
    out[1] = (double)p[1] * 0x1p-30;
}

enum { TRIES = 20000 };

/* Points on the line through two others, rounded: at most a few units beside it. */
static void nearly_straight(size_t i, int64_t p[3][2])
{
    const int64_t far = (int64_t)1 << (30 + draw(i, 9, 26));
    const double t = 3 * cyt_uniform(key, 1, i, 0) - 1;
    for (int k = 0; k < 2; k++) {
        p[0][k] = draw(i, (uint32_t)k, 4096);
        p[1][k] = as_double_holds((double)draw(i, (uint32_t)k + 2, far));
        p[2][k] = as_double_holds((double)p[0][k] + t * (double)(p[1][k] - p[0][k]) +
                                  (double)draw(i, (uint32_t)k + 4, 2));
    }
}

static void sides_of_a_line_are_never_wrong(void **state)
{
    (void)state;
    int seen[3] = {0};
    for (size_t i = 0; i < TRIES; i++) {
        int64_t p[3][2];
        double q[3][2];
        nearly_straight(i, p);
        if (i % 4 == 0)
            for (int k = 0; k < 2; k++)
                p[2][k] =
                    2 * p[1][k] - p[0][k]; /* exactly on it, if a double holds it */
        for (int k = 0; k < 3; k++)
            place(p[k], q[k]);
        if ((int64_t)(q[2][0] * 0x1p30) != p[2][0] ||
            (int64_t)(q[2][1] * 0x1p30) != p[2][1])
            continue;
        const int want = true_side_of_line(p[0], p[1], p[2]);
        assert_int_equal(cyt_side_of_line(q[0], q[1], q[2]), want);
        seen[want + 1]++;
    }
    for (int k = 0; k < 3; k++)
        assert_true(seen[k] > TRIES / 20);
}

/* Points of a circle, rounded to the unit, counterclockwise; some exactly on it. */
static void nearly_round(size_t i, int64_t p[4][2])
{
    static const int64_t exact[4][2] = {{7, 24}, {-15, 20}, {-24, -7}, {20, -15}};
    const int64_t r = (int64_t)1 << (10 + draw(i, 9, 44));
    const int64_t centre[2] = {draw(i, 0, 1 << 20), draw(i, 1, 1 << 20)};
    const double turn = 6.2831853 * cyt_uniform(key, 1, i, 0);
    for (int c = 0; c < 4; c++) {
        const double angle =
            turn + 1.5 * c + 0.3 * cyt_uniform(key, 1, i, 2 + (uint32_t)c);
        const double at[2] = {cos(angle), sin(angle)};
        for (int k = 0; k < 2; k++)
            p[c][k] = i % 4 == 0
                          ? exact[c][k] * (r / 32)
                          : as_double_holds((double)centre[k] + (double)r * at[k]);
    }
}

static void sides_of_a_circle_are_never_wrong(void **state)
{
    (void)state;
    int seen[3] = {0};
    for (size_t i = 0; i < TRIES; i++) {
        int64_t p[4][2];
        double q[4][2];
        nearly_round(i, p);
        for (int k = 0; k < 4; k++)
            place(p[k], q[k]);
        const int want = true_side_of_circle(p[0], p[1], p[2], p[3]);
        assert_int_equal(cyt_side_of_circle(q[0], q[1], q[2], q[3]), want);
        seen[want + 1]++;
    }
    for (int k = 0; k < 3; k++)
        assert_true(seen[k] > TRIES / 20);
}

/* Whichever point is asked for, the last in the order (x, y) is cut off: the diagonal
 * joins the others. */
static void ties_are_decided_by_position_in_any_order_of_asking(void **state)
{
    (void)state;
    const double s[4][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}}; /* {1, 1} is last */
    for (int turn = 0; turn < 4; turn++) {
        const double *a = s[turn], *b = s[(turn + 1) % 4], *c = s[(turn + 2) % 4],
                     *d = s[(turn + 3) % 4];
        assert_int_equal(cyt_side_of_circle(a, b, c, d), 0);
        const int in = cyt_in_circle(a, b, c, d);
        assert_int_equal(in, turn % 2 ? -1 : 1); /* the diagonal joins 1 and 3 */
        assert_int_equal(cyt_in_circle(b, c, a, d), in);
        assert_int_equal(cyt_in_circle(c, a, b, d), in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sides_of_a_line_are_never_wrong),
        cmocka_unit_test(sides_of_a_circle_are_never_wrong),
        cmocka_unit_test(ties_are_decided_by_position_in_any_order_of_asking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
