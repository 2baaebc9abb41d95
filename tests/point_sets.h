/**
 * @file point_sets.h
 * @brief Sets of typed cells that break searches: ties, lines, heaps, outliers.
 */
#ifndef CYT_POINT_SETS_H
#define CYT_POINT_SETS_H

#include "cytotaxis/cells.h"
#include "cytotaxis/random.h"

#include <stddef.h>
#include <stdint.h>

enum { SET_MOST = 1500, SET_TYPES = 5 };

typedef struct point_set {
    size_t n;
    double x[SET_MOST], y[SET_MOST];
    uint16_t type[SET_MOST]; /* below SET_TYPES, or CYT_NO_TYPE */
} point_set;

/* Number @p draw of cell @p i, in (0, 1). */
static inline double set_u(size_t i, uint32_t draw)
{
    return cyt_uniform(cyt_random_key_of(11, 0), 0, i, draw);
}

/* Every type but the last occurs; one cell in ten has none. */
static inline void mix_types(point_set *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const double u = set_u(i, 9);
        s->type[i] = u < 0.1 ? CYT_NO_TYPE : (uint16_t)(u * u * (SET_TYPES - 1));
    }
}

static inline void scattered(point_set *s)
{
    s->n = 1200;
    for (size_t i = 0; i < s->n; i++) {
        s->x[i] = 1000 * set_u(i, 0);
        s->y[i] = 800 * set_u(i, 1);
    }
    mix_types(s);
}

static inline void in_one_place(point_set *s)
{
    s->n = 300;
    for (size_t i = 0; i < s->n; i++)
        s->x[i] = s->y[i] = 17.3;
    mix_types(s);
}

static inline void in_one_pixel(point_set *s)
{
    s->n = 500;
    for (size_t i = 0; i < s->n; i++) {
        s->x[i] = 100 + 1e-6 * set_u(i, 0);
        s->y[i] = 100 + 1e-6 * set_u(i, 1);
    }
    mix_types(s);
}

static inline void on_a_horizontal_line(point_set *s)
{
    s->n = 700;
    for (size_t i = 0; i < s->n; i++) {
        s->x[i] = 5000 * set_u(i, 0);
        s->y[i] = -3.5;
    }
    mix_types(s);
}

static inline void on_a_vertical_line(point_set *s)
{
    s->n = 700;
    for (size_t i = 0; i < s->n; i++) {
        s->x[i] = 42;
        s->y[i] = 5000 * set_u(i, 0);
    }
    mix_types(s);
}

static inline void on_a_lattice(point_set *s)
{
    s->n = 35 * 40;
    for (size_t i = 0; i < s->n; i++) {
        s->x[i] = 10 * (double)(i % 35);
        s->y[i] = 10 * (double)(i / 35);
    }
    mix_types(s);
}

static inline void in_coincident_pairs(point_set *s)
{
    s->n = 1000;
    for (size_t i = 0; i < s->n; i++) {
        s->x[i] = 600 * set_u(i / 2, 0);
        s->y[i] = 600 * set_u(i / 2, 1);
    }
    mix_types(s);
}

/* Two crowds with nothing between them: strips there are empty. */
static inline void in_two_far_crowds(point_set *s)
{
    scattered(s);
    for (size_t i = 0; i < s->n; i++)
        s->y[i] = 0.02 * s->y[i] + (i % 2 ? 3000 : 0);
}

static inline void with_far_outliers(point_set *s)
{
    scattered(s);
    s->x[7] = 30000;
    s->y[8] = 25000;
    s->x[9] = s->y[9] = -20000;
}

static inline void with_one_cell_of_a_type(point_set *s)
{
    scattered(s);
    for (size_t i = 0; i < s->n; i++)
        s->type[i] = s->type[i] == 1 ? 0 : s->type[i];
    s->type[3] = 1;
}

/* Each type has its own band of y, so halos are deeper than a strip. */
static inline void in_bands_of_one_type(point_set *s)
{
    scattered(s);
    for (size_t i = 0; i < s->n; i++)
        s->type[i] = (uint16_t)(s->y[i] / 200);
}

static inline void without_types(point_set *s)
{
    scattered(s);
    for (size_t i = 0; i < s->n; i++)
        s->type[i] = CYT_NO_TYPE;
}

static inline void at_a_huge_offset(point_set *s)
{
    scattered(s);
    for (size_t i = 0; i < s->n; i++) {
        s->x[i] += 1e9;
        s->y[i] += 1e9;
    }
}

static inline void at_a_negative_offset(point_set *s)
{
    scattered(s);
    for (size_t i = 0; i < s->n; i++) {
        s->x[i] -= 12345.678;
        s->y[i] -= 98765.432;
    }
}

static inline void of_two_cells(point_set *s)
{
    s->n = 2;
    s->x[0] = 1;
    s->y[0] = 2;
    s->x[1] = 301;
    s->y[1] = 402;
    s->type[0] = s->type[1] = 2;
}

static inline void of_one_cell(point_set *s)
{
    of_two_cells(s);
    s->n = 1;
}

static inline void of_no_cell(point_set *s)
{
    s->n = 0;
}

typedef void set_maker(point_set *s);

static set_maker *const point_sets[] = {scattered,
                                        in_one_place,
                                        in_one_pixel,
                                        on_a_horizontal_line,
                                        on_a_vertical_line,
                                        on_a_lattice,
                                        in_coincident_pairs,
                                        in_two_far_crowds,
                                        with_far_outliers,
                                        with_one_cell_of_a_type,
                                        in_bands_of_one_type,
                                        without_types,
                                        at_a_huge_offset,
                                        at_a_negative_offset,
                                        of_two_cells,
                                        of_one_cell,
                                        of_no_cell};

enum { N_POINT_SETS = sizeof point_sets / sizeof *point_sets };

#endif
