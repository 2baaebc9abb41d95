// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/stencil.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 9, COLS = 14, N = 200 };

/* Sums of a few hundred products of order one. */
static const double ROUNDING = 1e-12;

static const cyt_pixels grid = {.spacing_um = 4,
                                .origin_x_um = -10,
                                .origin_y_um = 3,
                                .n_cols = COLS,
                                .n_rows = ROWS};
static const cyt_row_range all = {0, ROWS};

/* In the box, edges and corners included; the same points each time. */
static cyt_points make_points(double *x, double *y)
{
    for (int i = 0; i < N; i++) {
        x[i] = -10 + 4.0 * COLS * ((i * 37) % N) / (N - 1);
        y[i] = 3 + 4.0 * ROWS * ((i * 71) % N) / (N - 1);
    }
    return (cyt_points){N, x, y, 1};
}

static double wave(int i)
{
    return sin(1.7 * i + 0.3);
}

static void what_is_deposited_is_all_there(void **state)
{
    (void)state;
    double x[N], y[N], amount[N], field[ROWS * COLS] = {0}, sum = 0, total = 0;
    const cyt_points points = make_points(x, y);
    for (int i = 0; i < N; i++)
        total += amount[i] = 1 + i % 7;
    cyt_deposit(&grid, all, &points, amount, NULL, field);
    for (int i = 0; i < ROWS * COLS; i++) {
        sum += field[i] * 16;
        assert_true(field[i] >= 0);
    }
    assert_true(fabs(sum - total) < ROUNDING * total);
}

static void sampling_is_the_adjoint_of_depositing(void **state)
{
    (void)state;
    double x[N], y[N], amount[N], out[N], field[ROWS * COLS] = {0}, c[ROWS * COLS];
    double left = 0, right = 0;
    const cyt_points points = make_points(x, y);
    for (int i = 0; i < N; i++)
        amount[i] = wave(i);
    for (int i = 0; i < ROWS * COLS; i++)
        c[i] = wave(-i);
    cyt_deposit(&grid, all, &points, amount, NULL, field);
    cyt_sample_at(&grid, all, &points, c, NULL, out);
    for (int i = 0; i < N; i++)
        left += amount[i] * out[i];
    for (int i = 0; i < ROWS * COLS; i++)
        right += field[i] * c[i] * 16;
    assert_true(fabs(left - right) < ROUNDING * N);
}

static void strips_deposit_the_bits_of_the_whole(void **state)
{
    (void)state;
    double x[N], y[N], amount[N], whole[ROWS * COLS] = {0}, parts[ROWS * COLS] = {0};
    const cyt_points points = make_points(x, y);
    for (int i = 0; i < N; i++)
        amount[i] = wave(i);
    cyt_deposit(&grid, all, &points, amount, NULL, whole);
    const size_t starts[] = {0, 1, 4, 4, ROWS};
    for (int s = 0; s < 4; s++) {
        const cyt_row_range rows = {starts[s], starts[s + 1] - starts[s]};
        cyt_deposit(&grid, rows, &points, amount, NULL, parts + starts[s] * COLS);
    }
    assert_memory_equal(whole, parts, sizeof whole);
}

static double plane(double x, double y)
{
    return 3 + 0.25 * x - 1.5 * y;
}

static void fill_plane(double *c)
{
    for (int r = 0; r < ROWS; r++)
        for (int k = 0; k < COLS; k++)
            c[r * COLS + k] = plane(-10 + 4 * (k + 0.5), 3 + 4 * (r + 0.5));
}

static void linear_functions_are_sampled_exactly_inside(void **state)
{
    (void)state;
    double c[ROWS * COLS], x[N], y[N], out[N];
    int inside = 0;
    fill_plane(c);
    const cyt_points points = make_points(x, y);
    cyt_sample_at(&grid, all, &points, c, NULL, out);
    for (int i = 0; i < N; i++) {
        if (x[i] < -8 || x[i] > -12 + 4 * COLS || y[i] < 5 || y[i] > 1 + 4 * ROWS)
            continue;
        assert_true(fabs(out[i] - plane(x[i], y[i])) < ROUNDING * 100);
        inside++;
    }
    assert_true(inside > N / 2);
}

static void units_of_the_source_scale_positions(void **state)
{
    (void)state;
    double c[ROWS * COLS], out;
    fill_plane(c);
    const double x = 2 / 0.5, y = 20 / 0.5;
    const cyt_points points = {1, &x, &y, 0.5};
    cyt_sample_at(&grid, all, &points, c, NULL, &out);
    assert_true(fabs(out - plane(2, 20)) < ROUNDING * 100);
}

static void at_the_edge_a_point_belongs_to_the_edge_pixel(void **state)
{
    (void)state;
    const cyt_bilinear b = cyt_bilinear_at(&grid, -10, 3 + 4 * ROWS);
    assert_int_equal(b.col[0], 0);
    assert_int_equal(b.col[1], 0);
    assert_int_equal(b.row[0], ROWS - 1);
    assert_int_equal(b.row[1], ROWS - 1);
    assert_true(b.weight_col[0] + b.weight_col[1] == 1);
    assert_true(b.weight_row[0] + b.weight_row[1] == 1);
}

static void gradient_is_exact_for_planes_and_half_at_the_edge(void **state)
{
    (void)state;
    double c[ROWS * COLS], gx[COLS], gy[COLS];
    fill_plane(c);
    cyt_gradient_row(COLS, 4, c, c + COLS, c + 2 * COLS, gx, gy);
    for (int k = 0; k < COLS; k++) {
        const double half = k == 0 || k == COLS - 1 ? 0.5 : 1;
        assert_true(fabs(gx[k] - half * 0.25) < ROUNDING);
        assert_true(fabs(gy[k] + 1.5) < ROUNDING);
    }
    cyt_gradient_row(COLS, 4, c, c, c + COLS, gx, gy); /* no row above */
    assert_true(fabs(gy[3] + 0.75) < ROUNDING);
    cyt_gradient_row(1, 4, c, c, c, gx, gy);
    assert_true(gx[0] == 0 && gy[0] == 0);
}

/* --- within the tissue ------------------------------------------------------------ */

/* A blob with a notch and a pixel of its own, in a mask with a halo row on both sides.
 */
static unsigned char mask[(ROWS + 2) * COLS];
static unsigned char *const tissue = mask + COLS;

static void fill_mask(void)
{
    memset(mask, 0, sizeof mask);
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < COLS; c++)
            tissue[r * COLS + c] = (c > 2 && c < 11 && !(r > 3 && c < 6)) || c == 0;
}

static int is_tissue(const cyt_bilinear *b, int r, int c)
{
    return tissue[b->row[r] * COLS + b->col[c]];
}

static void what_lies_in_the_tissue_is_deposited_there_whole(void **state)
{
    (void)state;
    double x[N], y[N], amount[N], field[ROWS * COLS] = {0}, sum = 0, total = 0;
    char touches[N];
    int outside = 0;
    const cyt_points points = make_points(x, y);
    fill_mask();
    cyt_touches(&grid, all, &points, tissue, touches);
    for (int i = 0; i < N; i++) {
        const cyt_bilinear b = cyt_bilinear_at(&grid, x[i], y[i]);
        int near = 0;
        for (int k = 0; k < 4; k++)
            near |= is_tissue(&b, k / 2, k % 2);
        assert_int_equal(touches[i], near);
        amount[i] = 1 + i % 7;
        total += touches[i] ? amount[i] : 0;
        outside += !touches[i];
    }
    cyt_deposit(&grid, all, &points, amount, tissue, field);
    for (int i = 0; i < ROWS * COLS; i++) {
        sum += field[i] * 16;
        assert_true(tissue[i] || field[i] == 0);
    }
    assert_true(outside > 10 && outside < N / 2);
    assert_true(fabs(sum - total) < ROUNDING * total);
}

static void sampling_is_the_adjoint_of_depositing_in_tissue_too(void **state)
{
    (void)state;
    double x[N], y[N], amount[N], out[N], field[ROWS * COLS] = {0}, c[ROWS * COLS];
    double left = 0, right = 0;
    char touches[N];
    const cyt_points points = make_points(x, y);
    fill_mask();
    for (int i = 0; i < ROWS * COLS; i++)
        c[i] = tissue[i] ? wave(-i) : NAN; /* not to be looked at */
    for (int i = 0; i < N; i++)
        amount[i] = wave(i);
    cyt_touches(&grid, all, &points, tissue, touches);
    cyt_deposit(&grid, all, &points, amount, tissue, field);
    cyt_sample_at(&grid, all, &points, c, tissue, out);
    for (int i = 0; i < N; i++) {
        assert_int_equal(isnan(out[i]) != 0, !touches[i]);
        left += touches[i] ? amount[i] * out[i] : 0;
    }
    for (int i = 0; i < ROWS * COLS; i++)
        right += tissue[i] ? field[i] * c[i] * 16 : 0;
    assert_true(fabs(left - right) < ROUNDING * N);
}

static void strips_of_tissue_deposit_the_bits_of_the_whole(void **state)
{
    (void)state;
    double x[N], y[N], amount[N], whole[ROWS * COLS] = {0}, parts[ROWS * COLS] = {0};
    const cyt_points points = make_points(x, y);
    fill_mask();
    for (int i = 0; i < N; i++)
        amount[i] = wave(i);
    cyt_deposit(&grid, all, &points, amount, tissue, whole);
    const size_t starts[] = {0, 1, 4, 4, ROWS};
    for (int s = 0; s < 4; s++) {
        const cyt_row_range rows = {starts[s], starts[s + 1] - starts[s]};
        cyt_deposit(&grid, rows, &points, amount, tissue + starts[s] * COLS,
                    parts + starts[s] * COLS);
    }
    assert_memory_equal(whole, parts, sizeof whole);
}

static void everything_being_tissue_is_the_box(void **state)
{
    (void)state;
    double x[N], y[N], c[ROWS * COLS], box[N], out[N];
    const cyt_points points = make_points(x, y);
    memset(mask, 1, sizeof mask);
    for (int i = 0; i < ROWS * COLS; i++)
        c[i] = wave(i);
    cyt_sample_at(&grid, all, &points, c, NULL, box);
    cyt_sample_at(&grid, all, &points, c, tissue, out);
    for (int i = 0; i < N; i++)
        assert_true(fabs(box[i] - out[i]) < ROUNDING);
}

/* Rows of 14 pixels: tissue in columns 3 to 10, edge of the view behind column 10. */
static void gradient_at(cyt_edge at_tissue, cyt_edge at_view, double *gx, double *gy)
{
    double c[3 * COLS];
    unsigned char in[COLS];
    const cyt_edges edges = {at_tissue, at_view, 0, ROWS, 0, 11};
    for (int k = 0; k < COLS; k++) {
        in[k] = k >= 3 && k <= 10;
        for (int r = 0; r < 3; r++)
            c[r * COLS + k] = in[k] ? plane(4 * k, 4 * r) : NAN;
    }
    const double *const value[] = {c, c + COLS, c + 2 * COLS};
    const unsigned char *const inside[] = {NULL, in, in};
    cyt_gradient_row_inside(&grid, &edges, 0, value, inside, gx, gy);
}

static void a_gradient_knows_the_kind_of_edge(void **state)
{
    (void)state;
    double gx[COLS], gy[COLS];
    gradient_at(CYT_EDGE_CLOSED, CYT_EDGE_OPEN, gx, gy);
    assert_true(isnan(gx[2]) && isnan(gy[2]) && isnan(gx[11]));
    for (int k = 3; k <= 10; k++) /* half the slope at the closed edge only */
        assert_true(fabs(gx[k] - (k == 3 ? 0.125 : 0.25)) < ROUNDING);
    assert_true(fabs(gy[5] + 1.5) < ROUNDING); /* above row 0 is the view's edge */
    gradient_at(CYT_EDGE_ABSORBING, CYT_EDGE_CLOSED, gx, gy);
    const double here = plane(12, 4); /* falls to 0 within half a pixel */
    assert_true(fabs(gx[3] - (here / 2 + 0.25) / 2) < ROUNDING);
    assert_true(fabs(gx[10] - 0.125) < ROUNDING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_deposited_is_all_there),
        cmocka_unit_test(sampling_is_the_adjoint_of_depositing),
        cmocka_unit_test(strips_deposit_the_bits_of_the_whole),
        cmocka_unit_test(linear_functions_are_sampled_exactly_inside),
        cmocka_unit_test(units_of_the_source_scale_positions),
        cmocka_unit_test(at_the_edge_a_point_belongs_to_the_edge_pixel),
        cmocka_unit_test(gradient_is_exact_for_planes_and_half_at_the_edge),
        cmocka_unit_test(what_lies_in_the_tissue_is_deposited_there_whole),
        cmocka_unit_test(sampling_is_the_adjoint_of_depositing_in_tissue_too),
        cmocka_unit_test(strips_of_tissue_deposit_the_bits_of_the_whole),
        cmocka_unit_test(everything_being_tissue_is_the_box),
        cmocka_unit_test(a_gradient_knows_the_kind_of_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
