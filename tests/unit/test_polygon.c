// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/bands.h"
#include "cytotaxis/polygon.h"
#include "cytotaxis/predicates.h"
#include "cytotaxis/random.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 400 };

/* A polygon of rings with whole-number vertices, so that an oracle can be exact. */
typedef struct shape {
    size_t n; /* vertices, with the repeated ones */
    double x[MOST], y[MOST];
    size_t n_edges;
    uint32_t edge[MOST];
} shape;

static double u_of(uint64_t i, uint32_t draw)
{
    return cyt_uniform(cyt_random_key_of(5, 1), 0, i, draw);
}

/* A ring of @p n random vertices on a lattice of @p side; crosses itself as it likes.
 */
static void add_ring(shape *s, size_t n, uint64_t seed, double side)
{
    const size_t begin = s->n;
    for (size_t i = 0; i < n; i++) {
        s->x[s->n] = floor(side * u_of(seed * 1000 + i, 0));
        s->y[s->n++] = floor(side * u_of(seed * 1000 + i, 1));
    }
    s->x[s->n] = s->x[begin];
    s->y[s->n++] = s->y[begin];
    for (size_t e = begin; e + 1 < s->n; e++)
        s->edge[s->n_edges++] = (uint32_t)e;
}

/* The oracle: whole numbers, another formula. A crossing at or right of p does not
 * count, one strictly right does. Everything is doubled, so that halves are whole. */
static int inside_by_integers(const shape *s, double px, double py)
{
    const int64_t x = (int64_t)(2 * px), y = (int64_t)(2 * py);
    int crossings = 0;
    for (size_t i = 0; i < s->n_edges; i++) {
        const uint32_t e = s->edge[i];
        const int64_t x0 = (int64_t)(2 * s->x[e]), y0 = (int64_t)(2 * s->y[e]);
        const int64_t x1 = (int64_t)(2 * s->x[e + 1]), y1 = (int64_t)(2 * s->y[e + 1]);
        const int64_t low = y0 < y1 ? y0 : y1, high = y0 < y1 ? y1 : y0;
        if (y < low || y >= high)
            continue;
        /* crossing at x0 + (y - y0)(x1 - x0) / (y1 - y0) > x */
        const int64_t lhs = (y - y0) * (x1 - x0), rhs = (x - x0) * (y1 - y0);
        crossings += y1 > y0 ? lhs > rhs : lhs < rhs;
    }
    return crossings & 1;
}

static int inside(const shape *s, double px, double py)
{
    return cyt_polygon_crossings(s->x, s->y, s->n_edges, s->edge, px, py);
}

static void points_in_random_polygons_are_as_whole_numbers_say(void **state)
{
    (void)state;
    for (uint64_t k = 0; k < 60; k++) {
        shape s = {0};
        add_ring(&s, 3 + k % 40, k, 12 + (double)(k % 30));
        if (k % 3 == 0)
            add_ring(&s, 5, k + 500, 12);
        size_t n_in = 0;
        for (int y = -1; y < 90; y++)
            for (int x = -1; x < 90; x++) {
                const int want = inside_by_integers(&s, x / 2.0, y / 2.0);
                assert_int_equal(inside(&s, x / 2.0, y / 2.0), want);
                n_in += (size_t)want;
            }
        assert_true(k % 3 || n_in > 0);
    }
}

static int orientation(double ax, double ay, double bx, double by, double px, double py)
{
    const double a[2] = {ax, ay}, b[2] = {bx, by}, p[2] = {px, py};
    return cyt_side_of_line(a, b, p);
}

/* Two doubles apart the sign must still be right, where the plain formula gives 0. */
static void the_side_of_a_line_is_exact_next_to_it(void **state)
{
    (void)state;
    const double ax = 0.5, ay = 0.5, bx = 12, by = 12;
    double px = 24;
    assert_int_equal(orientation(ax, ay, bx, by, 24, 24), 0);
    for (int k = 0; k < 40; k++) {
        const double more = nextafter(px, 100);
        assert_int_equal(orientation(ax, ay, bx, by, px, px), 0);
        assert_int_equal(orientation(ax, ay, bx, by, more, px), -1);
        assert_int_equal(orientation(ax, ay, bx, by, px, more), 1);
        px = more;
    }
    /* Orders of magnitude apart. */
    const double y = ldexp(1, -100), x = 3 * y;
    assert_int_equal(orientation(0, 0, 3e11, 1e11, x, y), 0);
    assert_int_equal(orientation(0, 0, 3e11, 1e11, nextafter(x, 1), y), -1);
    assert_int_equal(orientation(0, 0, 3e11, 1e11, nextafter(x, 0), y), 1);
}

/* Swapped ends flip the sign, and so does the mirror. */
static void the_side_does_not_depend_on_the_order_of_operations(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 20000; i++) {
        const double a = u_of(i, 0), b = u_of(i, 1), c = u_of(i, 2), d = u_of(i, 3);
        const double t = floor(8 * u_of(i, 4)) / 8;
        const double px = a + t * (c - a), py = b + t * (d - b);
        const int s = orientation(a, b, c, d, px, py);
        assert_int_equal(orientation(c, d, a, b, px, py), -s);
        assert_int_equal(orientation(b, a, d, c, py, px), -s);
        assert_int_equal(orientation(c, d, px, py, a, b), s);
    }
}

/* Triangles around a point divide the square: each point has exactly one. */
static void neighbours_divide_the_plane_without_gap_or_overlap(void **state)
{
    (void)state;
    enum { FAN = 7 };
    double rim[FAN][2];
    for (int k = 0; k < FAN; k++) {
        rim[k][0] = 10 * cos(2 * 3.14159 * k / FAN);
        rim[k][1] = 10 * sin(2 * 3.14159 * k / FAN);
    }
    const double mx = 0.3, my = -0.1;
    const uint32_t edges[] = {0, 1, 2};
    for (uint64_t i = 0; i < 30000; i++) {
        /* Most points lie on spokes, as well as a double can. */
        const int spoke = (int)(i % FAN);
        const double t = u_of(i, 0), off = i % 2 ? 0 : 0.01 * (u_of(i, 1) - 0.5);
        const double px = mx + 0.8 * t * (rim[spoke][0] - mx) + off;
        const double py = my + 0.8 * t * (rim[spoke][1] - my);
        int n = 0;
        for (int k = 0; k < FAN; k++) {
            const double *a = rim[k], *b = rim[(k + 1) % FAN];
            const double x[] = {mx, a[0], b[0], mx}, y[] = {my, a[1], b[1], my};
            n += cyt_polygon_crossings(x, y, 3, edges, px, py);
        }
        assert_int_equal(n, 1);
    }
}

static void left_and_upper_borders_are_in_right_and_lower_out(void **state)
{
    (void)state;
    const shape s = {5, {2, 6, 6, 2, 2}, {1, 1, 4, 4, 1}, 4, {0, 1, 2, 3}};
    assert_true(inside(&s, 2, 1) && inside(&s, 2, 3) && inside(&s, 5, 1));
    assert_false(inside(&s, 6, 1) || inside(&s, 6, 2) || inside(&s, 2, 4));
    assert_false(inside(&s, 4, 4) || inside(&s, 1, 2) || inside(&s, 7, 2));
    assert_int_equal(cyt_ring_side(s.x, s.y, 4, 6, 2), 0);
    assert_int_equal(cyt_ring_side(s.x, s.y, 4, 4, 4), 0);
    assert_int_equal(cyt_ring_side(s.x, s.y, 4, 2, 1), 0);
    assert_int_equal(cyt_ring_side(s.x, s.y, 4, 4, 2), 1);
    assert_int_equal(cyt_ring_side(s.x, s.y, 4, 7, 1), -1);
}

/* Closed form: a regular polygon holds what is nearer than its sides. */
static void a_regular_polygon_holds_the_points_behind_all_its_sides(void **state)
{
    (void)state;
    enum { N = 11 };
    const double turn = 2 * 3.14159265358979323846 / N, apothem = cos(turn / 2);
    double x[N + 1], y[N + 1];
    uint32_t edges[N];
    for (uint32_t k = 0; k <= N; k++) {
        x[k] = cos(turn * (k % N));
        y[k] = sin(turn * (k % N));
        edges[k % N] = k % N;
    }
    for (uint64_t i = 0; i < 20000; i++) {
        const double px = 2.4 * u_of(i, 0) - 1.2, py = 2.4 * u_of(i, 1) - 1.2;
        double out = -1;
        for (int k = 0; k < N; k++)
            out = fmax(out, px * cos(turn * (k + 0.5)) + py * sin(turn * (k + 0.5)));
        if (fabs(out - apothem) > 1e-12)
            assert_int_equal(cyt_polygon_crossings(x, y, N, edges, px, py),
                             out < apothem);
    }
    const double area = 0.5 * N * sin(turn);
    assert_true(fabs(cyt_ring_area(x, y, N) - area) < 1e-15 * 4);
}

static void a_row_of_pixels_is_as_each_pixel_alone(void **state)
{
    (void)state;
    unsigned char flip[64] = {0};
    for (uint64_t k = 0; k < 80; k++) {
        shape s = {0};
        add_ring(&s, 3 + k % 30, k, 20);
        const double h = k % 2 ? 1 : 0.37, x0 = k % 3 ? -2.5 : 4.1;
        for (int r = 0; r < 40; r++) {
            size_t last;
            const cyt_pixel_row row = {x0, h, r / 2.0, 60};
            const size_t first =
                cyt_polygon_scan(s.x, s.y, s.n_edges, s.edge, &row, flip, &last);
            int in = 0;
            for (size_t c = 0; c < row.n_cols; c++) {
                in ^= flip[c];
                const double px = x0 + ((double)c + 0.5) * h;
                assert_int_equal(in, inside(&s, px, row.y));
                assert_true(!in || (c >= first && c < last));
            }
            memset(flip, 0, sizeof flip);
        }
    }
}

static void a_row_far_from_the_polygon_is_empty(void **state)
{
    (void)state;
    shape s = {0};
    add_ring(&s, 9, 3, 20);
    unsigned char flip[9] = {0};
    size_t last;
    const cyt_pixel_row left = {-1e9, 1, 10, 8}, right = {1e9, 1, 10, 8};
    cyt_polygon_scan(s.x, s.y, s.n_edges, s.edge, &right, flip, &last);
    for (int c = 1; c < 9; c++)
        assert_int_equal(flip[c], 0);
    memset(flip, 0, sizeof flip);
    cyt_polygon_scan(s.x, s.y, s.n_edges, s.edge, &left, flip, &last);
    for (int c = 0; c < 8; c++)
        assert_int_equal(flip[c], 0);
}

static void areas_keep_their_digits_far_from_the_origin(void **state)
{
    (void)state;
    for (double at = 0; at <= 1e9; at = at * 10 + 1) {
        const double x[] = {at, at + 3, at + 3, at, at};
        const double y[] = {-at, -at, 0.5 - at, 0.5 - at, -at};
        assert_true(cyt_ring_area(x, y, 4) == 1.5);
    }
    shape s = {0};
    add_ring(&s, 300, 9, 1000);
    int64_t twice = 0;
    for (size_t e = 0; e < s.n_edges; e++)
        twice += (int64_t)(s.x[e] * s.y[e + 1]) - (int64_t)(s.x[e + 1] * s.y[e]);
    assert_true(cyt_ring_area(s.x, s.y, s.n_edges) == (double)llabs(twice) / 2);
}

/* --- bands */

static void each_interval_is_in_the_list_of_each_value_it_holds(void **state)
{
    (void)state;
    enum { N = 200 };
    double lo[N], hi[N];
    uint32_t item[N], entry[4 * N], start[N + 1];
    for (uint32_t round = 0; round < 30; round++) {
        const double width = round % 3 == 0 ? 0.001 : round % 3 == 1 ? 30 : 1000;
        for (uint32_t i = 0; i < N; i++) {
            lo[i] = 1000 * u_of(i, 3 * round);
            hi[i] = lo[i] + width * u_of(i, 3 * round + 1);
            item[i] = 7 * i;
        }
        cyt_bands bands;
        const size_t n = cyt_bands_choose(N, lo, hi, &bands);
        assert_true(n <= 4 * N && bands.n >= 1 && bands.n <= N);
        assert_true(round % 3 || bands.n == N);
        cyt_bands_fill(N, lo, hi, item, &bands, start, entry);
        assert_int_equal(start[0], 0);
        assert_int_equal(start[bands.n], n);
        for (uint32_t i = 0; i < N; i++)
            for (uint32_t k = 0; k < 3; k++) {
                const double y = k == 0 ? lo[i] : k == 1 ? hi[i] : (lo[i] + hi[i]) / 2;
                const size_t b = cyt_band_of(&bands, y);
                int found = 0;
                for (uint32_t e = start[b]; e < start[b + 1]; e++) {
                    found += entry[e] == item[i];
                    assert_true(e == start[b] || entry[e - 1] < entry[e]);
                }
                assert_int_equal(found, 1);
            }
    }
}

static void bands_of_nothing_of_one_height_and_of_extremes_are_one(void **state)
{
    (void)state;
    cyt_bands bands;
    assert_int_equal(cyt_bands_choose(0, NULL, NULL, &bands), 0);
    assert_int_equal(bands.n, 1);
    const double same[] = {3, 3, 3};
    assert_int_equal(cyt_bands_choose(3, same, same, &bands), 3);
    assert_int_equal(bands.n, 1);
    assert_int_equal(cyt_band_of(&bands, 1e300), 0);
    const double lo[] = {-1e300, -1e300}, hi[] = {1e300, 1e300};
    assert_true(cyt_bands_choose(2, lo, hi, &bands) <= 8);
    assert_true(cyt_band_of(&bands, NAN) < bands.n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_in_random_polygons_are_as_whole_numbers_say),
        cmocka_unit_test(the_side_of_a_line_is_exact_next_to_it),
        cmocka_unit_test(the_side_does_not_depend_on_the_order_of_operations),
        cmocka_unit_test(neighbours_divide_the_plane_without_gap_or_overlap),
        cmocka_unit_test(left_and_upper_borders_are_in_right_and_lower_out),
        cmocka_unit_test(a_regular_polygon_holds_the_points_behind_all_its_sides),
        cmocka_unit_test(a_row_of_pixels_is_as_each_pixel_alone),
        cmocka_unit_test(a_row_far_from_the_polygon_is_empty),
        cmocka_unit_test(areas_keep_their_digits_far_from_the_origin),
        cmocka_unit_test(each_interval_is_in_the_list_of_each_value_it_holds),
        cmocka_unit_test(bands_of_nothing_of_one_height_and_of_extremes_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
