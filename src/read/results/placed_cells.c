// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/placed_cells.h"

#include "read/h5/h5_text.h"
#include "read/h5/h5_util.h"

#include "cytotaxis/mem.h"

#include <stdlib.h>

struct cyt_placed_cells_impl {
    cyt_h5_file file;
    char *path;
    cyt_h5_data codes, positions;
};

static cyt_code read_types(const cyt_h5_file *file, cyt_names *types, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_h5_data data = {0};
    cyt_h5_text text = {0};
    CYT_TRY(cyt_h5_data_open(file, "obs/cell_type/categories", 1, CYT_H5_STORED, &data,
                             err));
    CYT_TRY(cyt_h5_read_text(file, &data, 0, (size_t)data.dims[0], &text, err));
    for (size_t i = 0; i < text.n; i++) {
        size_t length;
        const char *bytes = cyt_h5_text_get(&text, i, &length);
        CYT_TRY(cyt_names_add(types, bytes, length, err));
    }
done:
    cyt_h5_text_free(&text);
    cyt_h5_data_close(&data);
    return code;
}

cyt_code cyt_placed_cells_open(const char *path, const char *sample,
                               cyt_placed_cells *cells, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *cells = (cyt_placed_cells){0};
    cells->impl = cyt_calloc(1, sizeof *cells->impl, "cells of a slide", err);
    if (!cells->impl || !(cells->impl->path = cyt_strdup(path, err)))
        return err->code;
    cyt_h5_file *file = &cells->impl->file;
    cyt_h5_data *codes = &cells->impl->codes, *positions = &cells->impl->positions;
    CYT_TRY(cyt_h5_open(cells->impl->path, cells->impl->path, sample, file, err));
    CYT_TRY(
        cyt_h5_data_open(file, "obs/cell_type/codes", 1, CYT_H5_STORED, codes, err));
    CYT_TRY(cyt_h5_data_open(file, "obsm/spatial", 2, CYT_H5_STORED, positions, err));
    if (positions->dims[0] != codes->dims[0] || positions->dims[1] != 2)
        CYT_TRY(CYT_H5_FAIL(file, err, " obsm/spatial does not fit obs/cell_type"));
    CYT_TRY(read_types(file, &cells->types, err));
    cells->n = codes->dims[0];
done:
    return code;
}

void cyt_placed_cells_close(cyt_placed_cells *cells)
{
    if (cells->impl) {
        cyt_h5_data_close(&cells->impl->codes);
        cyt_h5_data_close(&cells->impl->positions);
        cyt_h5_close(&cells->impl->file);
        free(cells->impl->path);
    }
    free(cells->impl);
    cyt_names_free(&cells->types);
    *cells = (cyt_placed_cells){0};
}

cyt_code cyt_placed_cells_read(const cyt_placed_cells *cells, uint64_t first, size_t n,
                               double *xy_um, int64_t *type, cyt_error *err)
{
    static const uint64_t columns[2] = {0, 1};
    const struct cyt_placed_cells_impl *impl = cells->impl;
    cyt_code code = cyt_h5_read_columns(&impl->file, &impl->positions, first, n, 2,
                                        columns, xy_um, err);
    if (code == CYT_OK)
        code = cyt_h5_read_i64(&impl->file, &impl->codes, first, n, type, err);
    return code;
}
