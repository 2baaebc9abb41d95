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

/* Lay a colour over a pixel that is on the canvas; opacity in (0, 1]. */
static void lay(const cyt_canvas *canvas, long x, long y, cyt_rgb colour,
                double opacity)
{
    uint8_t *p = canvas->rgb + 3 * ((size_t)y * canvas->stride + (size_t)x);
    if (opacity < 1)
        colour = (cyt_rgb){mix(p[0], colour.r, opacity), mix(p[1], colour.g, opacity),
                           mix(p[2], colour.b, opacity)};
    p[0] = colour.r;
    p[1] = colour.g;
    p[2] = colour.b;
}

void cyt_canvas_blend(const cyt_canvas *canvas, long x, long y, cyt_rgb colour,
                      double opacity)
{
    if (x >= 0 && y >= 0 && x < canvas->width && y < canvas->height && opacity > 0)
        lay(canvas, x, y, colour, opacity);
}

void cyt_canvas_rectangle(const cyt_canvas *canvas, long x, long y, long width,
                          long height, cyt_rgb colour)
{
    for (long j = y < 0 ? 0 : y; j < y + height && j < canvas->height; j++)
        for (long i = x < 0 ? 0 : x; i < x + width && i < canvas->width; i++)
            cyt_canvas_blend(canvas, i, j, colour, 1);
}

/* Whole pixels that may lie within @p reach of the ends of lines along one axis (0: x,
 * 1: y), cut to [0, end). */
static void find_span(const double *line, size_t n, int axis, double reach, long end,
                      long *first, long *last)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < 2 * n; i++) {
        low = fmin(low, line[2 * i + (size_t)axis] - reach);
        high = fmax(high, line[2 * i + (size_t)axis] + reach);
    }
    *first = low > 0 ? (long)fmin(low, (double)end) : 0;
    *last = high < (double)end ? (long)fmax(high, -1) : end - 1;
}

static double clamped(double t)
{
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

static double squared_distance_to(const double line[4], double x, double y)
{
    const double dx = line[2] - line[0], dy = line[3] - line[1];
    const double length2 = dx * dx + dy * dy;
    const double along =
        length2 > 0 ? ((x - line[0]) * dx + (y - line[1]) * dy) / length2 : 0;
    const double t = clamped(along);
    const double ex = x - line[0] - t * dx, ey = y - line[1] - t * dy;
    return ex * ex + ey * ey;
}

void cyt_canvas_strokes(const cyt_canvas *canvas, const double *line, size_t n,
                        double width, cyt_rgb colour)
{
    long x0, x1, y0, y1;
    const double reach = width / 2 + 0.5;
    find_span(line, n, 0, reach, canvas->width, &x0, &x1);
    find_span(line, n, 1, reach, canvas->height, &y0, &y1);
    for (long y = y0; y <= y1; y++)
        for (long x = x0; x <= x1; x++) {
            double nearest2 = INFINITY;
            for (size_t i = 0; i < n; i++) {
                const double d2 =
                    squared_distance_to(line + 4 * i, (double)x + 0.5, (double)y + 0.5);
                nearest2 = d2 < nearest2 ? d2 : nearest2;
            }
            if (nearest2 < reach * reach)
                lay(canvas, x, y, colour, fmin(1, reach - sqrt(nearest2)));
        }
}

void cyt_canvas_line(const cyt_canvas *canvas, const double from[2], const double to[2],
                     double width, cyt_rgb colour)
{
    const double line[4] = {from[0], from[1], to[0], to[1]};
    cyt_canvas_strokes(canvas, line, 1, width, colour);
}

/* A slide has millions of cells: no root is taken but at the rim, and no pixel is
 * looked at beyond it. */
void cyt_canvas_disc(const cyt_canvas *canvas, double x, double y, double radius,
                     cyt_rgb colour)
{
    const double dot[4] = {x, y, x, y}, reach = radius + 0.5;
    const double outer2 = reach * reach,
                 inner2 = reach > 1 ? (reach - 1) * (reach - 1) : -1;
    long x0, x1, y0, y1;
    find_span(dot, 1, 0, reach, canvas->width, &x0, &x1);
    find_span(dot, 1, 1, reach, canvas->height, &y0, &y1);
    for (long row = y0; row <= y1; row++) {
        const double dy = (double)row + 0.5 - y;
        for (long col = x0; col <= x1; col++) {
            const double dx = (double)col + 0.5 - x, d2 = dx * dx + dy * dy;
            if (d2 < outer2)
                lay(canvas, col, row, colour, d2 <= inner2 ? 1 : reach - sqrt(d2));
        }
    }
}
