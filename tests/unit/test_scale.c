// SPDX-License-Identifier: BSD-3-Clause
/* Ends, ticks, units and colours of a scale, whatever numbers and texts a file holds.
 */
#include "cytotaxis/ticks.h"
#include "render/render_parts.h"
#include "report/plot.h"
#include "test.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- ticks ------------------------------------------------------------------------ */

enum { GUARD = 4 };
static const double untouched = 12345.678;

/* They end, are within their bounds, and nothing beyond is written to. */
static void check_ticks(double low, double high)
{
    for (size_t most = 2; most <= CYT_MOST_TICKS; most++)
        for (int is_log = 0; is_log < 2; is_log++) {
            double tick[CYT_MOST_TICKS + GUARD];
            for (size_t i = 0; i < CYT_MOST_TICKS + GUARD; i++)
                tick[i] = untouched;
            const size_t n = is_log ? cyt_ticks_log(low, high, most, tick)
                                    : cyt_ticks(low, high, most, tick);
            assert_true(n <= most);
            for (size_t i = 0; i < n; i++)
                assert_true(isfinite(tick[i]) && (i == 0 || tick[i] > tick[i - 1]));
            for (size_t i = CYT_MOST_TICKS; i < CYT_MOST_TICKS + GUARD; i++)
                assert_true(tick[i] == untouched);
        }
}

static void ticks_end_between_neighbouring_doubles(void **state)
{
    (void)state;
    static const double lows[] = {1.0 / 3, 1,       0.1,     1e15,   9007199254740992.0,
                                  1e300,   DBL_MAX, DBL_MIN, 5e-324, 0};
    for (size_t i = 0; i < sizeof lows / sizeof *lows; i++) {
        double high = lows[i];
        for (int k = 0; k < 40; k++, high = nextafter(high, INFINITY)) {
            check_ticks(lows[i], high);
            check_ticks(-high, -lows[i]);
        }
        for (double apart = 1e-17; apart < 1e-6; apart *= 3) {
            check_ticks(lows[i], lows[i] + apart * lows[i]);
            check_ticks(-lows[i] - apart * lows[i], -lows[i]);
        }
    }
}

static void ticks_end_between_any_two_numbers(void **state)
{
    (void)state;
    static const double end[] = {
        -INFINITY, -DBL_MAX, -1e300, -1, -DBL_MIN, -5e-324, 0,        5e-324,
        1e-310,    DBL_MIN,  1e-300, 1,  1e300,    DBL_MAX, INFINITY, NAN};
    enum { N = sizeof end / sizeof *end };
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            check_ticks(end[i], end[j]);
    double tick[CYT_MOST_TICKS];
    assert_true(cyt_ticks(-DBL_MAX, DBL_MAX, 6, tick) > 2);
    assert_int_equal(cyt_ticks(NAN, 1, 6, tick), 0);
    assert_int_equal(cyt_ticks(0, INFINITY, 6, tick), 0);
}

/* --- axes ------------------------------------------------------------------------- */

/* Labels of the vertical axis, one below the other; how many. */
static size_t labels_of(double low, double high, char label[CYT_MOST_TICKS][32])
{
    cyt_strbuf html = {0};
    cyt_error err = {0};
    cyt_axes axes = {.x = {0, 1},
                     .y = {low, high},
                     .label = "a",
                     .x_label = "x",
                     .x_unit = "",
                     .y_label = "y",
                     .y_unit = ""};
    size_t n = 0;
    cyt_plot_begin(&html, &axes, &err);
    assert_int_equal(err.code, CYT_OK);
    assert_true(axes.y[0] < axes.y[1]);
    for (const char *at = html.text; (at = strstr(at, "text-anchor=\"end\">")); n++) {
        at += strlen("text-anchor=\"end\">");
        assert_true(n < CYT_MOST_TICKS);
        memcpy(label[n], at, 31);
        label[n][strcspn(label[n], "<")] = '\0';
    }
    cyt_strbuf_free(&html);
    return n;
}

static void labels_of_an_axis_differ_however_near_its_ends_are(void **state)
{
    (void)state;
    static const double low[] = {1.0 / 3, -7, 1234.5, 9.99e9};
    for (size_t i = 0; i < sizeof low / sizeof *low; i++)
        for (double apart = 1e-17; apart < 1; apart *= 2) {
            char label[CYT_MOST_TICKS][32];
            const size_t n = labels_of(low[i], low[i] + apart * fabs(low[i]), label);
            assert_true(n >= 2);
            for (size_t k = 1; k < n; k++)
                assert_string_not_equal(label[k], label[k - 1]);
        }
}

/* --- units ------------------------------------------------------------------------ */

static void a_unit_keeps_to_its_room_and_to_whole_letters(void **state)
{
    (void)state;
    for (size_t size = 1; size < 40; size++) {
        char text[64];
        memset(text, '#', sizeof text);
        cyt_render_units("um um um um um um um um um", text, size);
        assert_true(strlen(text) < size);
        assert_int_equal(text[size], '#');
        const size_t n = strlen(text);
        assert_true(n == 0 || (unsigned char)text[n - 1] != 0xc2);
    }
    char text[16];
    cyt_render_units("um per um", text, sizeof text);
    assert_string_equal(text, "\xc2\xb5m per \xc2\xb5m");
}

/* --- colours ---------------------------------------------------------------------- */

/* Of a raster that holds no number but what @p value is. */
static void check_colours(float value, float other)
{
    float pixel[4] = {value, NAN, other, NAN};
    const cyt_render_map map = {.reduction = cyt_reduction_of(2, 2, 2), .value = pixel};
    const cyt_render_params params = {.slide = "S", .field = "density/x"};
    cyt_render_scale scale;
    cyt_error err = {0};
    assert_int_equal(cyt_render_scale_choose(&params, &map, &scale, &err), CYT_OK);
    assert_true(scale.low < scale.high);
    const cyt_rgb low = cyt_render_scale_colour(&scale, -INFINITY),
                  high = cyt_render_scale_colour(&scale, INFINITY);
    assert_memory_equal(&low, &scale.table[0], sizeof low);
    assert_memory_equal(&high, &scale.table[CYT_PALETTE_STEPS - 1], sizeof high);
    (void)cyt_render_scale_colour(&scale, NAN);
}

static void a_raster_of_infinities_has_colours(void **state)
{
    (void)state;
    static const float values[] = {INFINITY, -INFINITY, NAN, 0, 7, FLT_MAX, -FLT_MAX};
    enum { N = sizeof values / sizeof *values };
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            check_colours(values[i], values[j]);
}

static void a_scale_between_neighbouring_doubles_has_places(void **state)
{
    (void)state;
    const double ends[][2] = {{1, nextafter(1, 2)},
                              {1.999, nextafter(1.999, 2)},
                              {-DBL_MAX, DBL_MAX},
                              {5e-324, DBL_MAX}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        for (int is_log = 0; is_log < 2; is_log++) {
            cyt_render_scale scale = {
                .is_log = is_log, .low = ends[i][0], .high = ends[i][1]};
            if (is_log && scale.low <= 0)
                continue;
            assert_true(isfinite(cyt_render_scale_height(&scale, scale.low)));
            assert_true(isfinite(cyt_render_scale_height(&scale, scale.high)));
            (void)cyt_render_scale_colour(&scale, scale.high);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_end_between_neighbouring_doubles),
        cmocka_unit_test(ticks_end_between_any_two_numbers),
        cmocka_unit_test(labels_of_an_axis_differ_however_near_its_ends_are),
        cmocka_unit_test(a_unit_keeps_to_its_room_and_to_whole_letters),
        cmocka_unit_test(a_raster_of_infinities_has_colours),
        cmocka_unit_test(a_scale_between_neighbouring_doubles_has_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
