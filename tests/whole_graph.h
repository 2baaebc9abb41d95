/**
 * @file whole_graph.h
 * @brief Graphs of a set of points by trying everything, as matrices: the oracle for
 * graphs of strips.
 */
#ifndef CYT_WHOLE_GRAPH_H
#define CYT_WHOLE_GRAPH_H

#include "point_sets.h"

#include "cytotaxis/delaunay.h"
#include "cytotaxis/predicates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* joined[i][j]: is j in the list of i? */
typedef unsigned char matrix[SET_MOST][SET_MOST];

static inline double set_d2(const point_set *s, size_t i, size_t j)
{
    const double dx = s->x[j] - s->x[i], dy = s->y[j] - s->y[i];
    return dx * dx + dy * dy;
}

static inline void whole_radius(const point_set *s, double r, matrix joined)
{
    memset(joined, 0, sizeof(matrix));
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < s->n; j++)
            joined[i][j] = i != j && set_d2(s, i, j) <= r * r;
}

enum { MOST_NEAREST = 128 };

static inline void whole_knn(const point_set *s, size_t k, int both, matrix joined)
{
    memset(joined, 0, sizeof(matrix));
    for (size_t i = 0; i < s->n; i++) {
        size_t list[MOST_NEAREST], n = 0;
        for (size_t j = 0; j < s->n; j++) {
            if (j == i)
                continue;
            size_t m = n < k ? n++ : n;
            for (; m > 0 && set_d2(s, i, j) < set_d2(s, i, list[m - 1]); m--)
                if (m < n)
                    list[m] = list[m - 1];
            if (m < n)
                list[m] = j;
        }
        for (size_t m = 0; m < n; m++) {
            joined[i][list[m]] = 1;
            joined[list[m]][i] |= (unsigned char)both;
        }
    }
}

/* Lowest point in the place of i. */
static inline size_t first_in_place(const point_set *s, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (set_d2(s, i, j) == 0)
            return j;
    return i;
}

static const point_set *sorted_set;

static inline int by_position(const void *a, const void *b)
{
    const size_t i = *(const size_t *)a, j = *(const size_t *)b;
    const point_set *s = sorted_set;
    if (s->x[i] != s->x[j])
        return s->x[i] < s->x[j] ? -1 : 1;
    return s->y[i] != s->y[j] ? (s->y[i] < s->y[j] ? -1 : 1) : 0;
}

static inline void join(const point_set *s, size_t a, size_t b, double longest,
                        matrix joined)
{
    if (sqrt(set_d2(s, a, b)) <= longest)
        joined[a][b] = joined[b][a] = 1;
}

/* Points on a line: each place to the next. */
static inline void whole_chain(const point_set *s, double longest, matrix joined)
{
    static size_t places[SET_MOST];
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (first_in_place(s, i) == i)
            places[n++] = i;
    sorted_set = s;
    qsort(places, n, sizeof *places, by_position);
    for (size_t k = 1; k < n; k++)
        join(s, places[k - 1], places[k], longest, joined);
}

/* Three points not on a line; 0 if there are none. */
static inline int find_corners(const point_set *s, const double *xy, uint32_t c[3])
{
    c[0] = c[1] = c[2] = 0;
    while (c[1] < s->n && set_d2(s, 0, c[1]) == 0)
        c[1]++;
    while (c[1] < s->n && c[2] < s->n &&
           cyt_side_of_line(xy, xy + 2 * c[1], xy + 2 * c[2]) == 0)
        c[2]++;
    return c[1] < s->n && c[2] < s->n;
}

/* By the kernel on all points in input order, which has its own test. */
static inline void whole_delaunay(const point_set *s, double longest, matrix joined)
{
    static double xy[2 * SET_MOST];
    static cyt_triangle triangle[2 * SET_MOST];
    static uint32_t same[SET_MOST], link_of[SET_MOST], hole[2 * SET_MOST];
    static cyt_rim_edge rim[2 * SET_MOST + 2];
    cyt_delaunay d = {xy, triangle, 0, same, link_of, hole, rim, 0};
    uint32_t c[3];
    memset(joined, 0, sizeof(matrix));
    for (size_t i = 0; i < s->n; i++) {
        xy[2 * i] = s->x[i];
        xy[2 * i + 1] = s->y[i];
        const size_t first = first_in_place(s, i);
        if (first != i)
            joined[i][first] = joined[first][i] = 1;
    }
    if (!find_corners(s, xy, c)) {
        whole_chain(s, longest, joined);
        return;
    }
    cyt_delaunay_begin(&d, c[0], c[1], c[2]);
    for (uint32_t i = 0; i < s->n; i++)
        if (i != c[0] && i != c[1] && i != c[2])
            cyt_delaunay_insert(&d, i);
    for (size_t t = 0; t < d.n_triangles; t++)
        for (int k = 0; k < 3; k++) {
            const uint32_t a = triangle[t].v[k], b = triangle[t].v[(k + 1) % 3];
            if (a != CYT_GHOST && b != CYT_GHOST)
                join(s, first_in_place(s, a), first_in_place(s, b), longest, joined);
        }
}

#endif
