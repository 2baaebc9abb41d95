// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/strip_cost.h"

#include <math.h>

/* ns of one core; see the head for what was measured. */
static const double of_a_cell = 700;         /* sort, summaries, contacts */
static const double of_its_nearest = 90;     /* of each type */
static const double of_its_edges = 1200;     /* of a graph, and moments */
static const double of_a_permutation = 15;   /* a cell each */
static const double of_a_map_pixel = 33;     /* of each type, written */
static const double of_a_field_pixel = 155;  /* of each signal in the box, written */
static const double of_a_tissue_pixel = 350; /* of each signal in a tissue */
static const double of_a_pair = 1.3;         /* ordered */

cyt_strip_cost cyt_strip_cost_of(const cyt_config *config)
{
    const cyt_patterns_config *p = &config->patterns;
    const int box = config->tissue.from == CYT_TISSUE_BBOX;
    const double n_signals = (double)config->n_signals;
    cyt_strip_cost cost = {.cell = of_a_cell,
                           .cell_per_type = of_its_nearest,
                           .pixel =
                               n_signals * (box ? of_a_field_pixel : of_a_tissue_pixel),
                           .pixel_per_type = of_a_map_pixel,
                           .pair = of_a_pair};
    if (p->graph != CYT_GRAPH_NONE)
        cost.cell += of_its_edges + p->permutations * of_a_permutation;
    for (size_t r = 0; r < p->pairs.n; r++)
        cost.radius_um = fmax(cost.radius_um, p->pairs.value[r]);
    return cost;
}

cyt_strip_cost cyt_strip_cost_fixed(const cyt_strip_cost *cost, size_t n_types)
{
    cyt_strip_cost fixed = *cost;
    fixed.cell += cost->cell_per_type * (double)n_types;
    fixed.pixel += cost->pixel_per_type * (double)n_types;
    fixed.cell_per_type = fixed.pixel_per_type = 0;
    return fixed;
}

enum { MOST_TILES = 1 << 20 };

/* --- tiles ------------------------------------------------------------------------ */

/* A slide without cells has no box; one tile serves it. */
static size_t tiles_along(double length_um, double side_um)
{
    const double n = length_um / side_um;
    return n > 0 && n < MOST_TILES ? 1 + (size_t)n : 1;
}

cyt_tiles cyt_tiles_over(double x_min_um, double y_min_um, double width_um,
                         double height_um, double radius_um)
{
    static const double least_um = 50, most = MOST_TILES / 4.0;
    const double even = sqrt(width_um * height_um / most);
    const double longest = fmax(width_um, height_um) / most;
    const double side = fmax(fmax(radius_um, least_um), fmax(even, longest));
    return (cyt_tiles){x_min_um, y_min_um, side, tiles_along(width_um, side),
                       tiles_along(height_um, side)};
}

static size_t place(double distance_um, double side_um, size_t n)
{
    const double at = floor(distance_um / side_um);
    return at < 0 ? 0 : at < (double)n ? (size_t)at : n - 1;
}

size_t cyt_tile_of(const cyt_tiles *t, double x_um, double y_um)
{
    return place(y_um - t->y_um, t->side_um, t->n_rows) * t->n_cols +
           place(x_um - t->x_um, t->side_um, t->n_cols);
}

/* First and last of the tiles around one, in one direction. */
static size_t before(size_t i)
{
    return i > 0 ? i - 1 : 0;
}

static size_t after(size_t i, size_t n)
{
    return i + 1 < n ? i + 1 : i;
}

static const double pi = 3.14159265358979323846;

double cyt_tile_neighbours(const cyt_tiles *t, const uint64_t *cells, size_t tile,
                           double radius_um)
{
    const size_t row = tile / t->n_cols, col = tile % t->n_cols;
    double sum = 0, n = 0;
    for (size_t r = before(row); r <= after(row, t->n_rows); r++)
        for (size_t c = before(col); c <= after(col, t->n_cols); c++, n++)
            sum += (double)cells[r * t->n_cols + c];
    return sum / n * pi * radius_um * radius_um / (t->side_um * t->side_um);
}
