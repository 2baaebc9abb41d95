// SPDX-License-Identifier: BSD-3-Clause
#include "render/render_parts.h"

#include "cytotaxis/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one pass over the rows needs; released after it. */
typedef struct pass {
    size_t most_rows;
    void *rows;
    cyt_block_sums sums;
    uint64_t *counts;
} pass;

static cyt_code begin_pass(const cyt_raster *raster, cyt_render_map *map, pass *p,
                           cyt_error *err)
{
    const size_t cols = map->reduction.out_cols, pixels = cyt_render_map_pixels(map);
    p->most_rows = cyt_raster_best_rows(raster);
    p->rows =
        cyt_alloc(p->most_rows, (size_t)raster->n_cols * (raster->is_label ? 1 : 4),
                  "rows of a raster", err);
    if (raster->is_label) {
        p->counts = cyt_calloc(cols, CYT_REDUCE_LABELS * sizeof *p->counts,
                               "counts of labels", err);
        map->label = cyt_alloc(pixels, 1, "a map", err);
    } else {
        p->sums.sum = cyt_calloc(cols, sizeof *p->sums.sum, "sums of a raster", err);
        p->sums.count = cyt_calloc(cols, sizeof *p->sums.count, "counts", err);
        map->value = cyt_alloc(pixels, sizeof *map->value, "a map", err);
    }
    return err->code;
}

static cyt_code reduce(const cyt_raster_file *file, const cyt_raster *raster,
                       cyt_render_map *map, const pass *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (uint64_t row = 0; row < raster->n_rows; row += p->most_rows) {
        const uint64_t left = raster->n_rows - row;
        const size_t n = left < p->most_rows ? (size_t)left : p->most_rows;
        CYT_TRY(cyt_raster_read(file, raster, row, n, p->rows, err));
        if (raster->is_label)
            cyt_reduce_labels(&map->reduction, row, n, p->rows, p->counts, map->label);
        else
            cyt_reduce_means(&map->reduction, row, n, p->rows, p->sums, map->value);
    }
done:
    return code;
}

static void take_words(cyt_raster *raster, cyt_render_map *map)
{
    memcpy(map->units, raster->units, sizeof map->units);
    memcpy(map->long_name, raster->long_name, sizeof map->long_name);
    map->labels = raster->labels;
    raster->labels = (cyt_names){0};
}

cyt_code cyt_render_map_read(const cyt_raster_file *file, const char *field,
                             size_t most, cyt_render_map *map, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_raster raster;
    pass p = {0};
    *map = (cyt_render_map){0};
    CYT_TRY(cyt_raster_open(file, field, &raster, err));
    map->reduction = cyt_reduction_of(raster.n_rows, raster.n_cols, most);
    take_words(&raster, map);
    CYT_TRY(begin_pass(&raster, map, &p, err));
    CYT_TRY(reduce(file, &raster, map, &p, err));
done:
    free(p.rows);
    free(p.sums.sum);
    free(p.sums.count);
    free(p.counts);
    cyt_raster_close(&raster);
    return code;
}

cyt_code cyt_render_ground_read(const cyt_raster_file *file, const char *slide,
                                size_t most, cyt_render_map *map, cyt_error *err)
{
    static const char tissue[] = "tissue";
    uint64_t n_rows, n_cols;
    cyt_code code = CYT_OK;
    *map = (cyt_render_map){0};
    if (cyt_raster_file_has(file, tissue)) {
        CYT_TRY(cyt_render_map_read(file, tissue, most, map, err));
        if (!map->label)
            CYT_TRY(CYT_FAIL(err, CYT_ERR_DATA, slide,
                             "/tissue is no raster of labels, so cells cannot be drawn "
                             "on it; run the slide again"));
        cyt_names_free(&map->labels);
    } else {
        CYT_TRY(cyt_raster_file_size(file, &n_rows, &n_cols, err));
        map->reduction = cyt_reduction_of(n_rows, n_cols, most);
        map->label = cyt_calloc(cyt_render_map_pixels(map), 1, "a map", err);
        CYT_TRY(err->code);
    }
    map->is_ground = 1;
    snprintf(map->long_name, sizeof map->long_name, "cells by type");
done:
    return code;
}

void cyt_render_map_free(cyt_render_map *map)
{
    free(map->value);
    free(map->label);
    cyt_names_free(&map->labels);
    *map = (cyt_render_map){0};
}
