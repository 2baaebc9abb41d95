// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/traffic_model.h"

#include "cytotaxis/mg.h"

#include <math.h>

double cyt_traffic_halo_rows(double n_rows, size_t n_ranks, double depth)
{
    const double strip = n_rows / (double)n_ranks;
    double sum = 0;
    for (size_t r = 0; r < n_ranks; r++)
        sum += fmin(depth, strip * (double)r) +
               fmin(depth, strip * (double)(n_ranks - 1 - r));
    return sum / (double)n_ranks;
}

double cyt_traffic_transpose(const cyt_traffic_raster *t)
{
    const double p = (double)t->n_ranks;
    return (double)sizeof(double) * (double)t->n_rows * (double)t->n_cols * (p - 1) /
           (p * p);
}

/* Bytes of `depth` halo rows of single precision. */
static double level_bytes(size_t n_rows, size_t n_cols, size_t n_ranks, double depth)
{
    return (double)(sizeof(float) * cyt_mg_stride(n_cols)) *
           cyt_traffic_halo_rows((double)n_rows, n_ranks, depth);
}

/* So many halo rows on the finest level and on each coarser one in strips. */
static double levels_bytes(const cyt_traffic_raster *t, double finest, double coarser)
{
    size_t n_rows = t->n_rows, n_cols = t->n_cols;
    double sum = level_bytes(n_rows, n_cols, t->n_ranks, finest);
    for (;;) {
        n_rows = (n_rows + 1) / 2;
        n_cols = (n_cols + 1) / 2;
        if (n_rows <= CYT_MG_WHOLE_PIXELS / n_cols)
            return sum;
        sum += level_bytes(n_rows, n_cols, t->n_ranks, coarser);
    }
}

double cyt_traffic_cycle(const cyt_traffic_raster *t)
{
    return levels_bytes(t, CYT_MG_HALO, CYT_MG_HALO) + levels_bytes(t, 0, CYT_MG_REACH);
}

/* Edges right and below, the inverse diagonal, and k where it varies; on coarser levels
 * edges to four neighbours, k and the inverse diagonal. Before that, a row of D. */
double cyt_traffic_levels(const cyt_traffic_raster *t, int decay_varies)
{
    double sum = cyt_traffic_residual(t);
    for (int array = 0; array < 6; array++)
        sum += levels_bytes(t, array < (decay_varies ? 4 : 3) ? CYT_MG_HALO : 0,
                            CYT_MG_HALO);
    return sum;
}

double cyt_traffic_residual(const cyt_traffic_raster *t)
{
    return (double)sizeof(double) * (double)t->n_cols *
           cyt_traffic_halo_rows((double)t->n_rows, t->n_ranks, 1);
}

double cyt_traffic_halo_cells(double n_cells, double height, double depth,
                              size_t n_ranks)
{
    return n_cells / height * cyt_traffic_halo_rows(height, n_ranks, depth);
}
