// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/grid.h"

#include <math.h>

size_t cyt_fft_size(size_t n)
{
    for (;; n++) {
        size_t m = n;
        for (size_t p = 2; p <= 7; p = p == 2 ? 3 : p + 2)
            while (m % p == 0)
                m /= p;
        if (m == 1)
            return n;
    }
}

static size_t pixels_over(double length, double h)
{
    const double n = ceil(length / h);
    return cyt_fft_size(n < 1 ? 1 : (size_t)n);
}

cyt_grid cyt_grid_over(cyt_box box, double spacing_um, double padding_um)
{
    const double width = box.x_max - box.x_min + 2 * padding_um;
    const double height = box.y_max - box.y_min + 2 * padding_um;
    cyt_grid g = {
        .spacing_um = spacing_um,
        .n_cols = pixels_over(width, spacing_um),
        .n_rows = pixels_over(height, spacing_um),
    };
    const double extra_x = (double)g.n_cols * spacing_um - width;
    const double extra_y = (double)g.n_rows * spacing_um - height;
    g.origin_x_um = box.x_min - padding_um - extra_x / 2;
    g.origin_y_um = box.y_min - padding_um - extra_y / 2;
    return g;
}

static size_t clamped(double at, size_t n)
{
    const double i = floor(at);
    if (!(i > 0))
        return 0;
    return i >= (double)n ? n - 1 : (size_t)i;
}

size_t cyt_grid_row(const cyt_grid *g, double y_um)
{
    return clamped((y_um - g->origin_y_um) / g->spacing_um, g->n_rows);
}

size_t cyt_grid_col(const cyt_grid *g, double x_um)
{
    return clamped((x_um - g->origin_x_um) / g->spacing_um, g->n_cols);
}

uint64_t cyt_grid_pixels_over(const cyt_grid *g, double area_um2)
{
    const double pixel_um2 = g->spacing_um * g->spacing_um, most = 1e18;
    const double n = ceil(area_um2 / pixel_um2);
    if (!(n < most))
        return (uint64_t)most;
    uint64_t least = n > 1 ? (uint64_t)n - 1 : 0; /* the quotient is rounded */
    while ((double)least * pixel_um2 < area_um2)
        least++;
    return least;
}

double cyt_grid_area_um2(const cyt_grid *g, uint64_t n)
{
    return (double)n * g->spacing_um * g->spacing_um;
}
