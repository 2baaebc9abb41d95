/**
 * @file slide_of.h
 * @brief A cyt_slide made of arrays, cut into strips: what reading and scattering a
 * file would give, without a file.
 *
 * Every rank passes the same arrays and keeps the cells of its own strip, sorted by
 * raster row, x, index. The grid covers the cells without padding; strips are balanced
 * by cells per row. Release with cyt_slide_free().
 */
#ifndef CYT_SLIDE_OF_H
#define CYT_SLIDE_OF_H

#include "test_mpi.h"

#include "cytotaxis/cells.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/strip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct placed_cell {
    size_t row;
    double x;
    size_t i; /* input order */
} placed_cell;

static inline int placed_before(const void *a, const void *b)
{
    const placed_cell *p = a, *q = b;
    if (p->row != q->row)
        return p->row < q->row ? -1 : 1;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->i > q->i) - (p->i < q->i);
}

/* Smallest box around all cells in µm; one point at the origin when there are none. */
static inline cyt_box box_of(size_t n, const double *x, const double *y, double scale)
{
    cyt_box box = {0};
    for (size_t i = 0; i < n; i++) {
        const double u = x[i] * scale, v = y[i] * scale;
        box.x_min = i == 0 || u < box.x_min ? u : box.x_min;
        box.x_max = i == 0 || u > box.x_max ? u : box.x_max;
        box.y_min = i == 0 || v < box.y_min ? v : box.y_min;
        box.y_max = i == 0 || v > box.y_max ? v : box.y_max;
    }
    return box;
}

/* Names "T00000", "T00001", …, and the number of cells of each. */
static inline void count_types(size_t n, const uint16_t *type, size_t n_types,
                               cyt_slide *out)
{
    cyt_error err = {0};
    out->type_counts = calloc(n_types + 1, sizeof *out->type_counts);
    for (size_t b = 0; b < n_types; b++) {
        char name[32];
        const int length = snprintf(name, sizeof name, "T%05zu", b);
        assert_int_equal(cyt_names_add(&out->types, name, (size_t)length, &err),
                         CYT_OK);
    }
    for (size_t i = 0; i < n; i++)
        if (type[i] != CYT_NO_TYPE)
            out->type_counts[type[i]]++;
}

static inline void cut_strips(size_t n, const placed_cell *placed, cyt_slide *out)
{
    uint64_t *cost = calloc(out->grid.n_rows, sizeof *cost);
    for (size_t i = 0; i < n; i++)
        cost[placed[i].row]++;
    out->strips = calloc(out->n_strips + 1, sizeof *out->strips);
    cyt_strips_balance(out->grid.n_rows, cost, out->n_strips, out->strips);
    free(cost);
}

/**
 * @param type     [n] below @p n_types, or CYT_NO_TYPE
 * @param values   [n_values * n], one column after the other; NULL when n_values = 0
 * @param out      [out]
 */
static inline void slide_of(MPI_Comm comm, size_t n, const double *x, const double *y,
                            const uint16_t *type, size_t n_types, double um_per_unit,
                            double spacing_um, size_t n_values, const double *values,
                            cyt_slide *out)
{
    cyt_error err = {0};
    *out = (cyt_slide){.name = "slide",
                       .um_per_unit = um_per_unit,
                       .n_cells = n,
                       .n_strips = (size_t)cyt_comm_size(comm),
                       .strip = (size_t)cyt_comm_rank(comm)};
    out->box_um = box_of(n, x, y, um_per_unit);
    out->grid = cyt_grid_over(out->box_um, spacing_um, 0.0);
    count_types(n, type, n_types, out);
    out->value_found = calloc(n_values + 1, 1);
    memset(out->value_found, 1, n_values);

    placed_cell *placed = malloc((n + 1) * sizeof *placed);
    for (size_t i = 0; i < n; i++)
        placed[i] =
            (placed_cell){cyt_grid_row(&out->grid, y[i] * um_per_unit), x[i], i};
    qsort(placed, n, sizeof *placed, placed_before);
    cut_strips(n, placed, out);

    const uint64_t *own = out->strips + out->strip;
    size_t first = 0, last = 0;
    for (size_t i = 0; i < n; i++) {
        first += placed[i].row < own[0];
        last += placed[i].row < own[1];
    }
    cyt_cells *c = &out->cells;
    assert_int_equal(cyt_cells_init(c, last - first, n_values, &err), CYT_OK);
    for (size_t k = 0; k < c->n; k++) {
        const size_t i = placed[first + k].i;
        c->x[k] = x[i];
        c->y[k] = y[i];
        c->type[k] = type[i];
        c->index[k] = i;
        for (size_t v = 0; v < n_values; v++)
            c->values[v * c->n + k] = values[v * n + i];
    }
    free(placed);
}

#endif
