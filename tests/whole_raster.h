/**
 * @file whole_raster.h
 * @brief Rasters in strips, put together on every rank, so that brute force can look.
 */
#ifndef CYT_WHOLE_RASTER_H
#define CYT_WHOLE_RASTER_H

#include "slide_of.h"

#include "cytotaxis/tissue.h"

/** The raster of all strips; free(). @p strip [own rows * n_cols] items. */
static inline void *whole_raster(MPI_Comm comm, const cyt_slide *s, size_t item_bytes,
                                 const void *strip)
{
    const size_t row_bytes = s->grid.n_cols * item_bytes;
    char *all = malloc(s->grid.n_rows * row_bytes + 1);
    int *counts = malloc(2 * s->n_strips * sizeof *counts);
    for (size_t r = 0; r < s->n_strips; r++) {
        counts[r] = (int)((s->strips[r + 1] - s->strips[r]) * row_bytes);
        counts[s->n_strips + r] = (int)(s->strips[r] * row_bytes);
    }
    MPI_Allgatherv(strip, counts[s->strip], MPI_BYTE, all, counts, counts + s->n_strips,
                   MPI_BYTE, comm);
    free(counts);
    return all;
}

/** Squared distance in pixels from pixel @p at to the nearest of @p mask that is @p
 *  which; -1 when there is none. */
static inline double nearest_d2(const cyt_grid *g, const uint8_t *mask, uint8_t which,
                                size_t at)
{
    double least = -1;
    for (size_t i = 0; i < g->n_rows * g->n_cols; i++) {
        const double dr = (double)(i / g->n_cols) - (double)(at / g->n_cols);
        const double dc = (double)(i % g->n_cols) - (double)(at % g->n_cols);
        const double d2 = dr * dr + dc * dc;
        if (mask[i] == which && (least < 0 || d2 < least))
            least = d2;
    }
    return least;
}

/** The pixel of a position in source units, over the whole raster. */
static inline size_t whole_pixel(const cyt_slide *s, double x, double y)
{
    return cyt_grid_row(&s->grid, y * s->um_per_unit) * s->grid.n_cols +
           cyt_grid_col(&s->grid, x * s->um_per_unit);
}

/** Is a pixel of the whole raster in the field of view, on its rim? */
static inline int in_field(const cyt_slide *s, const cyt_tissue *t, size_t i)
{
    const size_t r = i / s->grid.n_cols, c = i % s->grid.n_cols;
    return r >= t->fov_first_row && r < t->fov_first_row + t->fov_n_rows &&
           c >= t->fov_first_col && c < t->fov_first_col + t->fov_n_cols;
}

static inline int on_rim(const cyt_slide *s, const cyt_tissue *t, size_t i)
{
    const size_t r = i / s->grid.n_cols, c = i % s->grid.n_cols;
    return r == t->fov_first_row || r == t->fov_first_row + t->fov_n_rows - 1 ||
           c == t->fov_first_col || c == t->fov_first_col + t->fov_n_cols - 1;
}

#endif
