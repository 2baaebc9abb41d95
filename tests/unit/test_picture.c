// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/canvas.h"
#include "cytotaxis/font.h"
#include "cytotaxis/palette.h"
#include "cytotaxis/reduce.h"
#include "cytotaxis/ticks.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- colours ---------------------------------------------------------------------- */

/* Published values of CIELAB have two or four digits, and so have the matrices. */
static const double LAB_DIGITS = 0.02;
/* Eight bits a channel move a colour by up to half a level in each: at worst, in dark
 * teal, by 0.95 of ΔE. */
static const double HALF_LEVEL = 1.0;

static double delta_e(cyt_rgb a, cyt_rgb b)
{
    double p[3], q[3];
    cyt_rgb_to_lab(a, p);
    cyt_rgb_to_lab(b, q);
    return sqrt(pow(p[0] - q[0], 2) + pow(p[1] - q[1], 2) + pow(p[2] - q[2], 2));
}

static double lightness(cyt_rgb colour)
{
    double lab[3];
    cyt_rgb_to_lab(colour, lab);
    return lab[0];
}

static void known_colours_have_their_known_lab_values(void **state)
{
    (void)state;
    static const struct {
        cyt_rgb rgb;
        double lab[3];
    } known[] = {
        {{255, 255, 255}, {100, 0, 0}},         {{0, 0, 0}, {0, 0, 0}},
        {{255, 0, 0}, {53.24, 80.09, 67.20}},   {{0, 255, 0}, {87.73, -86.18, 83.18}},
        {{0, 0, 255}, {32.30, 79.19, -107.86}}, {{128, 128, 128}, {53.59, 0, 0}}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double lab[3];
        cyt_rgb_to_lab(known[i].rgb, lab);
        for (int k = 0; k < 3; k++)
            assert_true(fabs(lab[k] - known[i].lab[k]) < LAB_DIGITS);
    }
}

static void every_grey_and_primary_survives_the_way_through_lab(void **state)
{
    (void)state;
    for (int v = 0; v < 256; v++)
        for (int mask = 1; mask < 8; mask++) {
            const cyt_rgb c = {(uint8_t)(mask & 1 ? v : 0), (uint8_t)(mask & 2 ? v : 0),
                               (uint8_t)(mask & 4 ? v : 0)};
            double lab[3];
            cyt_rgb_to_lab(c, lab);
            const cyt_rgb back = cyt_lab_to_rgb(lab);
            assert_memory_equal(&back, &c, sizeof c);
        }
}

/* Over @p stride entries each pair differs by the same ΔE but for rounding. */
static void check_uniform(const cyt_rgb *table, int first, int last, int stride)
{
    double mean = 0;
    int n = 0;
    for (int i = first; i + stride <= last; i += stride, n++)
        mean += delta_e(table[i], table[i + stride]);
    mean /= n;
    assert_true(mean > 8); /* or uniform would mean nothing */
    for (int i = first; i + stride <= last; i++)
        assert_true(fabs(delta_e(table[i], table[i + stride]) - mean) < 2 * HALF_LEVEL);
}

static void the_sequential_map_has_uniform_steps_and_rising_lightness(void **state)
{
    (void)state;
    cyt_rgb table[CYT_PALETTE_STEPS];
    cyt_palette_sequential(table);
    check_uniform(table, 0, CYT_PALETTE_STEPS - 1, 16);
    for (int i = 1; i < CYT_PALETTE_STEPS; i++)
        assert_true(lightness(table[i]) > lightness(table[i - 1]) - HALF_LEVEL);
    for (int i = 4; i < CYT_PALETTE_STEPS; i++)
        assert_true(lightness(table[i]) > lightness(table[i - 4]));
    assert_true(lightness(table[0]) < 13 &&
                lightness(table[CYT_PALETTE_STEPS - 1]) > 93);
}

static void the_curve_of_the_sequential_map_stays_within_srgb(void **state)
{
    (void)state;
    enum { POINTS = 4096 };
    double before[3], lab[3], back[3], hue = 301;
    cyt_palette_sequential_at(-1.0 / POINTS, before);
    for (int p = 0; p <= POINTS; p++) {
        cyt_palette_sequential_at((double)p / POINTS, lab);
        cyt_rgb_to_lab(cyt_lab_to_rgb(lab), back);
        assert_true(hypot(hypot(lab[0] - back[0], lab[1] - back[1]), lab[2] - back[2]) <
                    HALF_LEVEL); /* a channel that is cut would move it more */
        const double now = fmod(atan2(lab[2], lab[1]) * 180 / acos(-1) + 360, 360);
        assert_true(lab[0] > before[0] && now < hue);
        hue = now;
        memcpy(before, lab, sizeof lab);
    }
}

static void the_diverging_map_is_symmetric_about_a_neutral_middle(void **state)
{
    (void)state;
    enum { MIDDLE = CYT_PALETTE_STEPS / 2 };
    cyt_rgb table[CYT_PALETTE_STEPS];
    cyt_palette_diverging(table);
    check_uniform(table, 0, MIDDLE, 16);
    check_uniform(table, MIDDLE, CYT_PALETTE_STEPS - 1, 16);
    assert_true(table[MIDDLE].r == table[MIDDLE].g &&
                table[MIDDLE].g == table[MIDDLE].b);
    for (int d = 1; d <= MIDDLE; d++)
        assert_true(fabs(lightness(table[MIDDLE - d]) - lightness(table[MIDDLE + d])) <
                    HALF_LEVEL);
    assert_true(table[0].b > 2 * table[0].r);
    assert_true(table[CYT_PALETTE_STEPS - 1].r > 2 * table[CYT_PALETTE_STEPS - 1].b);
}

static void
the_first_labels_differ_from_each_other_and_the_later_from_the_next(void **state)
{
    (void)state;
    for (size_t i = 0; i < 20; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(delta_e(cyt_palette_label(i), cyt_palette_label(j)) > 15);
    for (size_t i = 1; i < 255; i++)
        assert_true(delta_e(cyt_palette_label(i), cyt_palette_label(i - 1)) > 20);
}

/* --- ticks ------------------------------------------------------------------------ */

static void expect_ticks(double low, double high, size_t most, int is_log, size_t n,
                         const double *want)
{
    double tick[CYT_MOST_TICKS];
    const size_t got = is_log ? cyt_ticks_log(low, high, most, tick)
                              : cyt_ticks(low, high, most, tick);
    assert_int_equal(got, n);
    for (size_t i = 0; i < n; i++)
        assert_true(tick[i] == want[i]); /* the double nearest to the decimal */
}

static void ticks_are_round_numbers_within_the_ends(void **state)
{
    (void)state;
    expect_ticks(0, 1, 6, 0, 6, (double[]){0, 0.2, 0.4, 0.6, 0.8, 1});
    expect_ticks(0, 1, 5, 0, 3, (double[]){0, 0.5, 1});
    expect_ticks(-3.2, 7.1, 7, 0, 5, (double[]){-2, 0, 2, 4, 6});
}

static void ticks_fit_any_ends(void **state)
{
    (void)state;
    double tick[CYT_MOST_TICKS];
    for (int e = -30; e <= 30; e++)
        for (int k = 1; k < 40; k++) {
            const double low = (k - 20) * 0.137 * pow(10, e);
            const double high = low + k * 0.0731 * pow(10, e);
            for (size_t most = 4; most <= CYT_MOST_TICKS; most++) {
                const size_t n = cyt_ticks(low, high, most, tick);
                assert_true(n >= 1 && n <= most);
                for (size_t i = 0; i < n; i++)
                    assert_true(tick[i] >= low - 1e-8 * (high - low) &&
                                tick[i] <= high + 1e-8 * (high - low) &&
                                (i == 0 || tick[i] > tick[i - 1]));
            }
        }
}

static void logarithmic_ticks_are_powers_of_ten_or_their_1_2_5(void **state)
{
    (void)state;
    expect_ticks(1, 100, 7, 1, 7, (double[]){1, 2, 5, 10, 20, 50, 100});
    expect_ticks(1e-4, 1, 7, 1, 5, (double[]){1e-4, 1e-3, 1e-2, 1e-1, 1});
    expect_ticks(1e-12, 1, 7, 1, 7,
                 (double[]){1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1});
    expect_ticks(3, 4, 6, 1, 6, (double[]){3, 3.2, 3.4, 3.6, 3.8, 4});
}

static void nice_floor_is_the_largest_round_number_below(void **state)
{
    (void)state;
    static const double pairs[][2] = {
        {1, 1},   {1.99, 1},  {2, 2},       {4.9, 2},     {5, 5},         {9.99, 5},
        {10, 10}, {0.3, 0.2}, {0.05, 0.05}, {1234, 1000}, {0.0099, 0.005}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_true(cyt_nice_floor(pairs[i][0]) == pairs[i][1]);
}

/* --- reduction -------------------------------------------------------------------- */

enum { MOST_ROWS = 23, MOST_COLS = 31 };

/* Sums of at most 23 x 31 floats in double, rounded to float once. */
static const double MEAN_ROUNDING = 1e-6;

static float value_at(uint64_t i)
{
    return i % 7 == 3 || i % 50 < 6 ? NAN : (float)sin((double)i * 0.7);
}

static void check_means(uint64_t n_rows, uint64_t n_cols, size_t most, uint64_t portion)
{
    float in[MOST_ROWS * MOST_COLS], out[MOST_ROWS * MOST_COLS];
    double sum[MOST_COLS] = {0};
    uint64_t count[MOST_COLS] = {0};
    const cyt_reduction r = cyt_reduction_of(n_rows, n_cols, most);
    for (uint64_t i = 0; i < n_rows * n_cols; i++)
        in[i] = value_at(i);
    for (uint64_t at = 0; at < n_rows; at += portion)
        cyt_reduce_means(&r, at, portion < n_rows - at ? portion : n_rows - at,
                         in + at * n_cols, (cyt_block_sums){sum, count}, out);
    for (size_t b = 0; b < r.out_rows * r.out_cols; b++) {
        double total = 0;
        int n = 0;
        for (uint64_t i = 0; i < n_rows * n_cols; i++) {
            const int inside = i / n_cols / r.side == b / r.out_cols &&
                               i % n_cols / r.side == b % r.out_cols;
            n += inside && !isnan(in[i]);
            total += inside && !isnan(in[i]) ? (double)in[i] : 0;
        }
        assert_true(n ? fabs((double)out[b] - total / n) < MEAN_ROUNDING
                      : isnan(out[b]));
    }
}

static void check_labels(uint64_t n_rows, uint64_t n_cols, size_t most,
                         uint64_t portion)
{
    uint8_t in[MOST_ROWS * MOST_COLS], out[MOST_ROWS * MOST_COLS];
    uint64_t *count = calloc(MOST_COLS * CYT_REDUCE_LABELS, sizeof *count);
    assert_non_null(count);
    const cyt_reduction r = cyt_reduction_of(n_rows, n_cols, most);
    for (uint64_t i = 0; i < n_rows * n_cols; i++)
        in[i] = (uint8_t)(i * i % 11 < 5 ? 255 : i % 3);
    for (uint64_t at = 0; at < n_rows; at += portion)
        cyt_reduce_labels(&r, at, portion < n_rows - at ? portion : n_rows - at,
                          in + at * n_cols, count, out);
    for (size_t b = 0; b < r.out_rows * r.out_cols; b++) {
        int of[256] = {0}, best = 0;
        for (uint64_t i = 0; i < n_rows * n_cols; i++)
            of[in[i]] += i / n_cols / r.side == b / r.out_cols &&
                         i % n_cols / r.side == b % r.out_cols;
        for (int label = 1; label < 256; label++)
            best = of[label] > of[best] ? label : best;
        assert_int_equal(out[b], best);
    }
    free(count);
}

static void blocks_of_any_size_equal_brute_force_in_any_portions(void **state)
{
    (void)state;
    static const uint64_t sizes[][2] = {{1, 1}, {23, 31}, {20, 30}, {1, 31}, {23, 2}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t most = 1; most <= 32; most += 3)
            for (uint64_t portion = 1; portion <= 23; portion += 5) {
                check_means(sizes[s][0], sizes[s][1], most, portion);
                check_labels(sizes[s][0], sizes[s][1], most, portion);
            }
}

static void the_longer_side_is_never_above_the_most(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 300; n++)
        for (size_t most = 1; most < 300; most++) {
            const cyt_reduction r = cyt_reduction_of(n, 2 * n, most);
            assert_true(r.out_cols <= most && r.out_rows <= r.out_cols);
            assert_true(r.side == 1 || (2 * n - 1) / (r.side - 1) + 1 > most);
        }
}

/* --- text and shapes -------------------------------------------------------------- */

enum { WIDE = 50, HIGH = 40 };

static void clear(uint8_t *rgb)
{
    memset(rgb, 255, 3 * WIDE * HIGH);
}

static const cyt_rgb black = {0, 0, 0};

enum { N_GLYPHS = 101 };

/* Each character of the font in turn; the last is one that it has not. */
static void glyph_text(int i, char text[5])
{
    static const char *const beyond[] = {"\xc2\xb5", "\xc2\xb7",     "\xc2\xb2",
                                         "\xc2\xb0", "\xe2\x88\x92", "\xc3\xa9"};
    if (i < 95)
        snprintf(text, 5, "%c", ' ' + i);
    else
        snprintf(text, 5, "%s", beyond[i - 95]);
}

static void the_font_has_all_of_ascii_and_no_two_alike(void **state)
{
    (void)state;
    static uint8_t drawn[N_GLYPHS][3 * WIDE * HIGH];
    for (int i = 0; i < N_GLYPHS; i++) {
        char text[5];
        const cyt_canvas canvas = {WIDE, HIGH, WIDE, drawn[i]};
        glyph_text(i, text);
        clear(drawn[i]);
        cyt_text_draw(&canvas, 2, 2, 1, black, text);
        int ink = 0;
        for (int p = 0; p < WIDE * HIGH; p++)
            ink += drawn[i][3 * p] < 128;
        assert_true(i == 0 ? ink == 0 : ink > 0);
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(drawn[i], drawn[j], sizeof drawn[i]);
    }
}

/* First row with ink, or the last. */
static int ink_row(const uint8_t *rgb, int is_last)
{
    int row = -1;
    for (int p = 0; p < WIDE * HIGH; p++)
        if (rgb[3 * p] < 128 && (is_last || row < 0))
            row = p / WIDE;
    return row;
}

static void letters_reach_from_line_to_line(void **state)
{
    (void)state;
    static const struct {
        const char *letters;
        int top, bottom; /* rows of the font, bottom beyond the last */
    } lines[] = {{"ABCDEFGHIJKLMNOPRSTUVWXYZbdfhikl0123456789", 0, 8},
                 {"acemnorsuvwxz", 2, 8},
                 {"gpqy", 2, 10},
                 {"j", 0, 10}};
    uint8_t rgb[3 * WIDE * HIGH];
    const cyt_canvas canvas = {WIDE, HIGH, WIDE, rgb};
    for (size_t k = 0; k < sizeof lines / sizeof *lines; k++)
        for (const char *c = lines[k].letters; *c; c++)
            for (int scale = 2; scale <= 3; scale++) {
                clear(rgb);
                cyt_text_draw(&canvas, 2, 0, scale, black, (char[]){*c, '\0'});
                assert_int_equal(ink_row(rgb, 0) / scale, lines[k].top);
                assert_int_equal(ink_row(rgb, 1) / scale + 1, lines[k].bottom);
            }
}

static void text_stays_within_its_width_and_height(void **state)
{
    (void)state;
    uint8_t rgb[3 * WIDE * HIGH];
    const cyt_canvas canvas = {WIDE, HIGH, WIDE, rgb};
    for (int i = 1; i < N_GLYPHS; i++)
        for (int scale = 1; scale <= 3; scale++) {
            char text[5];
            glyph_text(i, text);
            clear(rgb);
            cyt_text_draw(&canvas, 2, 2, scale, black, text);
            const long right = 2 + cyt_text_width(text, scale);
            for (long y = 0; y < HIGH; y++)
                for (long x = 0; x < WIDE; x++)
                    if (x < 1 || x > right || y < 2 || y >= 2 + CYT_TEXT_DEPTH * scale)
                        assert_int_equal(rgb[3 * (y * WIDE + x)], 255);
        }
}

static void other_characters_are_boxes_and_never_left_out(void **state)
{
    (void)state;
    const long box = cyt_text_width("\xc3\xa9", 2);
    assert_true(box == cyt_text_width("\xe4\xba\xba", 2));     /* three bytes */
    assert_true(box == cyt_text_width("\xf0\x9f\x98\x80", 2)); /* four */
    assert_true(box == cyt_text_width("\xff", 2));             /* none */
    assert_true(cyt_text_width("\xe4\xba", 2) == 2 * box + 3); /* cut short */
    assert_true(cyt_text_width("\x01", 2) == box);
    assert_true(cyt_text_width("\xce\xbcm", 2) == cyt_text_width("\xc2\xb5m", 2));
    assert_int_equal(cyt_text_width("", 2), 0);
}

static void the_part_that_fits_is_the_longest_of_whole_characters(void **state)
{
    (void)state;
    static const char text[] = "Ti\xc3\xa9 \xc2\xb5m 12";
    for (long width = 0; width < 200; width++) {
        char cut[sizeof text];
        const size_t n = cyt_text_fit(text, 2, width);
        memcpy(cut, text, n);
        cut[n] = '\0';
        assert_true((text[n] & 0xc0) != 0x80);
        assert_true(cyt_text_width(cut, 2) <= width);
        if (text[n]) {
            const size_t more = n + ((text[n] & 0x80) ? 2 : 1);
            memcpy(cut, text, more);
            cut[more] = '\0';
            assert_true(cyt_text_width(cut, 2) > width);
        }
    }
}

static void a_window_cuts_what_is_drawn_beyond_it(void **state)
{
    (void)state;
    uint8_t rgb[3 * WIDE * HIGH];
    clear(rgb);
    const cyt_canvas canvas = {WIDE, HIGH, WIDE, rgb};
    const cyt_canvas window = cyt_canvas_window(&canvas, 10, 5, 20, 15);
    cyt_canvas_disc(&window, 0, 0, 8, black);
    cyt_canvas_disc(&window, 1e300, -1e300, 8, black);
    cyt_canvas_line(&window, (double[]){-50, 7.5}, (double[]){90, 7.5}, 1, black);
    cyt_canvas_rectangle(&window, 15, 10, 100, 100, black);
    for (long y = 0; y < HIGH; y++)
        for (long x = 0; x < WIDE; x++) {
            const int inside = x >= 10 && x < 30 && y >= 5 && y < 20;
            const int shape = hypot((double)x + 0.5 - 10, (double)y + 0.5 - 5) < 8 ||
                              y == 12 || (x >= 25 && y >= 15);
            const int ink = rgb[3 * (y * WIDE + x)];
            if (!inside)
                assert_int_equal(ink, 255);
            else if (shape)
                assert_true(ink < 128);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_colours_have_their_known_lab_values),
        cmocka_unit_test(every_grey_and_primary_survives_the_way_through_lab),
        cmocka_unit_test(the_sequential_map_has_uniform_steps_and_rising_lightness),
        cmocka_unit_test(the_curve_of_the_sequential_map_stays_within_srgb),
        cmocka_unit_test(the_diverging_map_is_symmetric_about_a_neutral_middle),
        cmocka_unit_test(
            the_first_labels_differ_from_each_other_and_the_later_from_the_next),
        cmocka_unit_test(ticks_are_round_numbers_within_the_ends),
        cmocka_unit_test(ticks_fit_any_ends),
        cmocka_unit_test(logarithmic_ticks_are_powers_of_ten_or_their_1_2_5),
        cmocka_unit_test(nice_floor_is_the_largest_round_number_below),
        cmocka_unit_test(blocks_of_any_size_equal_brute_force_in_any_portions),
        cmocka_unit_test(the_longer_side_is_never_above_the_most),
        cmocka_unit_test(the_font_has_all_of_ascii_and_no_two_alike),
        cmocka_unit_test(letters_reach_from_line_to_line),
        cmocka_unit_test(text_stays_within_its_width_and_height),
        cmocka_unit_test(other_characters_are_boxes_and_never_left_out),
        cmocka_unit_test(the_part_that_fits_is_the_longest_of_whole_characters),
        cmocka_unit_test(a_window_cuts_what_is_drawn_beyond_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
