// SPDX-License-Identifier: BSD-3-Clause
#include "bench_curves.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/distance_map.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/nearest_curves.h"
#include "cytotaxis/neighbourhood.h"
#include "cytotaxis/niches.h"
#include "cytotaxis/set_covariance.h"
#include "cytotaxis/window_mask.h"

#include <stdlib.h>

enum { RADII = 50, NEIGHBOURS = 10, NICHES = 10, ROUNDS = 20 };

static const double step_um = 5, tissue_um = 20, window_um = 50;

static void make_radii(double *radius)
{
    for (size_t k = 0; k < RADII; k++)
        radius[k] = step_um * (double)(k + 1);
}

static cyt_code make_mask(MPI_Comm comm, const bench *b, uint8_t **mask, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = cyt_slide_n_rows(&b->slide) * b->slide.grid.n_cols;
    *mask = cyt_alloc(n, 1, "a mask", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    cyt_distance_seeds(&b->slide, CYT_ALL_TYPES, *mask);
    CYT_TRY(cyt_distance_within(comm, &b->slide, *mask, tissue_um, *mask, err));
done:
    return code;
}

cyt_code bench_covariance(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_covariance covariance = {0};
    double radius[RADII], mean[RADII];
    uint8_t *mask = NULL;
    make_radii(radius);
    b->size = (double)b->slide.grid.n_rows * (double)b->slide.grid.n_cols;
    CYT_TRY(make_mask(comm, b, &mask, err));
    CYT_TRY(
        cyt_set_covariance(comm, &b->slide, mask, radius[RADII - 1], &covariance, err));
    cyt_covariance_rings(&covariance, RADII, radius, mean);
done:
    cyt_set_covariance_free(&covariance);
    free(mask);
    return code;
}

static uint64_t *make_tally(size_t n, cyt_error *err)
{
    return cyt_alloc(n * CYT_TALLY_SIZE(RADII), sizeof(uint64_t), "tallies", err);
}

cyt_code bench_g_curves(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    double radius[RADII];
    const size_t n = b->slide.types.n;
    uint64_t *tally = make_tally(n * n, err);
    make_radii(radius);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_g_tallies(comm, &b->slide, b->nearest, b->nearest, RADII, radius, tally,
                          err));
done:
    free(tally);
    return code;
}

cyt_code bench_f_curves(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    double radius[RADII];
    const size_t n = cyt_slide_n_rows(&b->slide) * b->slide.grid.n_cols;
    uint64_t *tally = make_tally(b->slide.types.n, err);
    float *edge = cyt_alloc(n, sizeof *edge, "an edge", err);
    uint8_t *mask = NULL;
    make_radii(radius);
    b->size = (double)b->slide.grid.n_rows * (double)b->slide.grid.n_cols *
              (double)b->slide.types.n;
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(make_mask(comm, b, &mask, err));
    CYT_TRY(cyt_window_map(comm, &b->slide, mask, edge, err));
    CYT_TRY(cyt_f_tallies(comm, &b->slide, edge, RADII, radius, tally, err));
done:
    free(tally);
    free(edge);
    free(mask);
    return code;
}

static cyt_code make_window(MPI_Comm comm, const bench *b, size_t k, uint32_t **window,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide *s = &b->slide;
    *window = cyt_alloc(s->types.n * s->cells.n, sizeof **window, "windows", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(k ? cyt_neighbourhood_nearest(comm, s, k, *window, err)
              : cyt_neighbourhood_within(comm, s, window_um, *window, err));
done:
    return code;
}

cyt_code bench_within(MPI_Comm comm, bench *b, cyt_error *err)
{
    uint32_t *window = NULL;
    const cyt_code code = make_window(comm, b, 0, &window, err);
    free(window);
    return code;
}

cyt_code bench_knn(MPI_Comm comm, bench *b, cyt_error *err)
{
    uint32_t *window = NULL;
    const cyt_code code = make_window(comm, b, NEIGHBOURS, &window, err);
    free(window);
    return code;
}

cyt_code bench_niches(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_cells *c = &b->slide.cells;
    const size_t n_types = b->slide.types.n;
    const cyt_niche_params params = {
        .k = NICHES, .seed = 1, .n_starts = 1, .max_rounds = ROUNDS};
    uint32_t *window = NULL;
    cyt_niches niches = {0};
    double *value = cyt_alloc(n_types * c->n, sizeof *value, "windows", err);
    uint32_t *label = cyt_alloc(c->n, sizeof *label, "niches", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(make_window(comm, b, 0, &window, err));
    for (size_t i = 0; i < n_types * c->n; i++)
        value[i] = window[i % n_types * c->n + i / n_types];
    const cyt_niche_rows rows = {c->n, n_types, value, c->index};
    CYT_TRY(cyt_niches_fit(comm, &rows, &params, &niches, label, err));
done:
    cyt_niches_free(&niches);
    free(window);
    free(value);
    free(label);
    return code;
}
