// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/canvas.h"

#include <math.h>

cyt_canvas cyt_canvas_window(const cyt_canvas *canvas, long x, long y, long width,
                             long height)
{
    return (cyt_canvas){width, height, canvas->stride,
                        canvas->rgb + 3 * ((size_t)y * canvas->stride + (size_t)x)};
}

static uint8_t mix(uint8_t under, uint8_t over, double opacity)
{
    return (uint8_t)lrint(under + opacity * (over - under));
}

void cyt_canvas_blend(const cyt_canvas *canvas, long x, long y, cyt_rgb colour,
                      double opacity)
{
    if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height || !(opacity > 0))
        return;
    uint8_t *p = canvas->rgb + 3 * ((size_t)y * canvas->stride + (size_t)x);
    p[0] = mix(p[0], colour.r, opacity);
    p[1] = mix(p[1], colour.g, opacity);
    p[2] = mix(p[2], colour.b, opacity);
}

void cyt_canvas_rectangle(const cyt_canvas *canvas, long x, long y, long width,
                          long height, cyt_rgb colour)
{
    for (long j = y < 0 ? 0 : y; j < y + height && j < canvas->height; j++)
        for (long i = x < 0 ? 0 : x; i < x + width && i < canvas->width; i++)
            cyt_canvas_blend(canvas, i, j, colour, 1);
}

/* Whole pixels that may lie within @p reach of the values, cut to [0, end). */
static void find_span(double a, double b, double reach, long end, long *first,
                      long *last)
{
    const double low = fmin(a, b) - reach, high = fmax(a, b) + reach;
    *first = low > 0 ? (long)fmin(low, (double)end) : 0;
    *last = high < (double)end ? (long)fmax(high, -1) : end - 1;
}

static double distance_to(const double from[2], const double to[2], double x, double y)
{
    const double dx = to[0] - from[0], dy = to[1] - from[1];
    const double length2 = dx * dx + dy * dy;
    const double along =
        length2 > 0 ? ((x - from[0]) * dx + (y - from[1]) * dy) / length2 : 0;
    const double t = fmin(fmax(along, 0), 1);
    return hypot(x - from[0] - t * dx, y - from[1] - t * dy);
}

void cyt_canvas_line(const cyt_canvas *canvas, const double from[2], const double to[2],
                     double width, cyt_rgb colour)
{
    long x0, x1, y0, y1;
    const double reach = width / 2 + 0.5;
    find_span(from[0], to[0], reach, canvas->width, &x0, &x1);
    find_span(from[1], to[1], reach, canvas->height, &y0, &y1);
    for (long y = y0; y <= y1; y++)
        for (long x = x0; x <= x1; x++)
            cyt_canvas_blend(canvas, x, y, colour,
                             fmin(1, reach - distance_to(from, to, (double)x + 0.5,
                                                         (double)y + 0.5)));
}

void cyt_canvas_disc(const cyt_canvas *canvas, double x, double y, double radius,
                     cyt_rgb colour)
{
    const double centre[2] = {x, y};
    cyt_canvas_line(canvas, centre, centre, 2 * radius, colour);
}
