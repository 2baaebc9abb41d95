// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/reach.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/edt.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The tiles of a slide; of one type at a time, how many cells they hold. */
typedef struct tiles {
    size_t pixels; /* along a side */
    size_t n_rows, n_cols;
    size_t first, end; /* tile rows that this strip touches */
    uint32_t *of_cell; /* [cells.n] tile of each cell of the strip */
    uint16_t *count;   /* [n_rows * n_cols] cells, over all ranks; see count_cells() */
    unsigned char *occupied; /* [n_rows * n_cols] */
    int32_t *above, *below;  /* [n_cols] rows to the nearest occupied tile outside */
    uint16_t *down;          /* [(end - first) * n_cols] the same, at or above a tile */
    int32_t *scratch;
    uint32_t *d2; /* [(end - first) * n_cols] to the nearest occupied tile */
} tiles;

static void lay_tiles(const cyt_slide *slide, tiles *t)
{
    const cyt_grid *g = &slide->grid;
    const size_t rows = cyt_slide_n_rows(slide), top = cyt_slide_first_row(slide);
    const size_t side = g->n_rows > g->n_cols ? g->n_rows : g->n_cols;
    t->pixels = CYT_REACH_TILE;
    while (t->pixels * CYT_REACH_MOST < side)
        t->pixels *= 2;
    t->n_rows = (g->n_rows + t->pixels - 1) / t->pixels;
    t->n_cols = (g->n_cols + t->pixels - 1) / t->pixels;
    t->first = top / t->pixels;
    t->end = rows ? (top + rows - 1) / t->pixels + 1 : t->first;
}

static cyt_code init_tiles(const cyt_slide *slide, tiles *t, cyt_error *err)
{
    static const char what[] = "tiles of a slide";
    lay_tiles(slide, t);
    const size_t n = t->n_rows * t->n_cols, own = (t->end - t->first) * t->n_cols;
    t->of_cell = cyt_alloc(slide->cells.n, sizeof *t->of_cell, what, err);
    t->count = cyt_alloc(n, sizeof *t->count, what, err);
    t->occupied = cyt_alloc(n, 1, what, err);
    t->above = cyt_alloc(t->n_cols, sizeof *t->above, what, err);
    t->below = cyt_alloc(t->n_cols, sizeof *t->below, what, err);
    t->scratch = cyt_alloc(cyt_edt_scratch(t->n_cols), sizeof *t->scratch, what, err);
    t->down = cyt_alloc(own, sizeof *t->down, what, err);
    t->d2 = cyt_alloc(own, sizeof *t->d2, what, err);
    return err->code;
}

static void free_tiles(tiles *t)
{
    free(t->of_cell);
    free(t->count);
    free(t->occupied);
    free(t->above);
    free(t->below);
    free(t->scratch);
    free(t->down);
    free(t->d2);
}

static void place_cells(const cyt_slide *slide, tiles *t)
{
    const cyt_cells *c = &slide->cells;
    for (size_t i = 0; i < c->n; i++) {
        const size_t row = cyt_grid_row(&slide->grid, c->y[i] * slide->um_per_unit);
        const size_t col = cyt_grid_col(&slide->grid, c->x[i] * slide->um_per_unit);
        t->of_cell[i] = (uint32_t)(row / t->pixels * t->n_cols + col / t->pixels);
    }
}

/* All that matters is none, one or more: each rank counts to two, so that the sum over
 * fewer than 2^15 ranks fits. */
static void count_cells(MPI_Comm comm, const cyt_slide *slide, size_t type, tiles *t)
{
    const size_t n = t->n_rows * t->n_cols;
    memset(t->count, 0, n * sizeof *t->count);
    for (size_t i = 0; i < slide->cells.n; i++)
        if (slide->cells.type[i] == type && t->count[t->of_cell[i]] < 2)
            t->count[t->of_cell[i]]++;
    cyt_allreduce(MPI_IN_PLACE, t->count, (int)n, MPI_UINT16_T, MPI_SUM, comm);
    for (size_t i = 0; i < n; i++)
        t->occupied[i] = t->count[i] > 0;
}

static void measure_tiles(tiles *t)
{
    const unsigned char *seeds = t->occupied;
    for (size_t c = 0; c < t->n_cols; c++) {
        t->above[c] = t->below[c] = CYT_EDT_FAR;
        for (size_t r = 0; r < t->first; r++)
            if (seeds[r * t->n_cols + c])
                t->above[c] = (int32_t)(t->first - r);
        for (size_t r = t->n_rows; r-- > t->end;)
            if (seeds[r * t->n_cols + c])
                t->below[c] = (int32_t)(r + 1 - t->end);
    }
    const size_t rows = t->end - t->first, cols = t->n_cols;
    cyt_edt_down(rows, cols, seeds + t->first * cols, t->above, t->down);
    cyt_edt_start(cols, t->below, t->scratch);
    for (size_t r = rows; r-- > 0;)
        cyt_edt_up(cols, t->down + r * cols, t->scratch, t->d2 + r * cols);
}

/* The nearest occupied tile on the ring of squares r steps away, if nearer than d2. */
static int64_t nearest_on_ring(const tiles *t, int64_t row, int64_t col, int64_t r,
                               int64_t d2)
{
    for (int64_t dy = -r; dy <= r; dy++) {
        if (row + dy < 0 || row + dy >= (int64_t)t->n_rows)
            continue;
        const unsigned char *seeds = t->occupied + (row + dy) * (int64_t)t->n_cols;
        const int64_t step = dy == -r || dy == r ? 1 : 2 * r;
        for (int64_t x = col - r; x <= col + r; x += step) {
            const int64_t here = dy * dy + (x - col) * (x - col);
            if (x >= 0 && x < (int64_t)t->n_cols && seeds[x] && here < d2)
                d2 = here;
        }
    }
    return d2;
}

/* From one tile to the nearest other that is occupied. */
static uint32_t d2_to_other(const tiles *t, size_t tile)
{
    const int64_t row = (int64_t)(tile / t->n_cols), col = (int64_t)(tile % t->n_cols);
    const size_t side = t->n_rows > t->n_cols ? t->n_rows : t->n_cols;
    int64_t d2 = CYT_EDT_NONE;
    for (int64_t r = 1; r < (int64_t)side && r * r < d2; r++)
        d2 = nearest_on_ring(t, row, col, r, d2);
    return (uint32_t)d2;
}

/* µm by which rounding may put a cell beside its pixel, and then some. */
static double slack_um(const cyt_slide *slide)
{
    const cyt_box *b = &slide->box_um;
    const double x = fmax(fabs(b->x_min), fabs(b->x_max));
    const double y = fmax(fabs(b->y_min), fabs(b->y_max));
    return slide->grid.spacing_um + 16 * DBL_EPSILON * fmax(x, y);
}

static void bound_cells(const cyt_slide *slide, size_t type, const tiles *t,
                        double *bound)
{
    const double side_um = (double)t->pixels * slide->grid.spacing_um;
    const double slack = slack_um(slide);
    for (size_t i = 0; i < slide->cells.n; i++) {
        const size_t tile = t->of_cell[i];
        const int alone = slide->cells.type[i] == type && t->count[tile] == 1;
        const uint32_t d2 =
            alone ? d2_to_other(t, tile) : t->d2[tile - t->first * t->n_cols];
        const double um = (sqrt((double)d2) + sqrt(2.0)) * side_um + slack;
        bound[i] = d2 == CYT_EDT_NONE ? HUGE_VAL : um / slide->um_per_unit;
    }
}

cyt_code cyt_reach_of_types(MPI_Comm comm, const cyt_slide *slide, double *bound,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    tiles t = {0};
    CYT_TRY(cyt_agree(comm, init_tiles(slide, &t, err), err));
    place_cells(slide, &t);
    for (size_t b = 0; b < slide->types.n; b++) {
        count_cells(comm, slide, b, &t);
        measure_tiles(&t);
        bound_cells(slide, b, &t, bound + b * slide->cells.n);
    }
done:
    free_tiles(&t);
    return code;
}

double cyt_reach_over(double distance)
{
    static const double slack = 1e-9;
    return distance * (1 + slack) + slack;
}

void cyt_reach_ranges(const cyt_slide *slide, const double *bound, double *wanted)
{
    const cyt_cells *c = &slide->cells;
    for (size_t t = 0; t < slide->types.n; t++) {
        double lo = HUGE_VAL, hi = -HUGE_VAL;
        for (size_t i = 0; i < c->n; i++) {
            const double d = cyt_reach_over(bound[t * c->n + i]);
            lo = c->y[i] - d < lo ? c->y[i] - d : lo;
            hi = c->y[i] + d > hi ? c->y[i] + d : hi;
        }
        wanted[2 * t] = lo;
        wanted[2 * t + 1] = hi;
    }
}
