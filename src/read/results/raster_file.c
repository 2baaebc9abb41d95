// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/raster_file.h"

#include "read/h5/h5_text.h"
#include "read/h5/h5_util.h"

#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

/* Groups within groups; more than this program writes. */
enum { DEEPEST = 4, ROWS_AT_ONCE = 256 };

struct cyt_raster_file {
    cyt_h5_file h5;
    char *path;
};

struct cyt_raster_impl {
    cyt_h5_data data;
};

cyt_code cyt_raster_file_open(const char *path, const char *sample,
                              cyt_raster_file **file, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_raster_file *f = cyt_calloc(1, sizeof *f, "a file of rasters", err);
    *file = f;
    if (!f || !(f->path = cyt_strdup(path, err)))
        return err->code;
    CYT_TRY(cyt_h5_open(f->path, f->path, sample, &f->h5, err));
done:
    return code;
}

void cyt_raster_file_close(cyt_raster_file **file)
{
    if (!*file)
        return;
    cyt_h5_close(&(*file)->h5);
    free((*file)->path);
    free(*file);
    *file = NULL;
}

/* --- grid ------------------------------------------------------------------------- */

static cyt_code read_first(const cyt_h5_file *file, const char *axis, double *value,
                           cyt_error *err)
{
    cyt_h5_data data = {0};
    cyt_code code = cyt_h5_data_open(file, axis, 1, CYT_H5_STORED, &data, err);
    if (code == CYT_OK && data.dims[0] == 0)
        code = CYT_H5_FAIL(file, err, " %s has no pixels", axis);
    if (code == CYT_OK)
        code = cyt_h5_read_f64(file, &data, 0, 1, value, err);
    cyt_h5_data_close(&data);
    return code;
}

cyt_code cyt_raster_file_grid(const cyt_raster_file *file, double *spacing_um,
                              double origin_um[2], cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (!cyt_h5_attr_f64(&file->h5, "/", "spacing_um", spacing_um) ||
        !(*spacing_um > 0))
        return CYT_H5_FAIL(&file->h5, err,
                           " has no attribute spacing_um; it is no file of rasters of "
                           "this program");
    CYT_TRY(read_first(&file->h5, "/x", &origin_um[0], err));
    CYT_TRY(read_first(&file->h5, "/y", &origin_um[1], err));
    origin_um[0] -= *spacing_um / 2;
    origin_um[1] -= *spacing_um / 2;
done:
    return code;
}

static cyt_code axis_length(const cyt_h5_file *file, const char *axis, uint64_t *n,
                            cyt_error *err)
{
    cyt_h5_data data = {0};
    const cyt_code code = cyt_h5_data_open(file, axis, 1, CYT_H5_STORED, &data, err);
    *n = data.dims[0];
    cyt_h5_data_close(&data);
    return code;
}

cyt_code cyt_raster_file_size(const cyt_raster_file *file, uint64_t *n_rows,
                              uint64_t *n_cols, cyt_error *err)
{
    const cyt_code code = axis_length(&file->h5, "/y", n_rows, err);
    return code == CYT_OK ? axis_length(&file->h5, "/x", n_cols, err) : code;
}

/* --- what there is ---------------------------------------------------------------- */

static int is_raster(const cyt_h5_file *file, const char *path)
{
    return cyt_h5_n_dims(file, path) == 2;
}

/* Append the rasters of a group, "" being the root. */
static cyt_code list_group(const cyt_h5_file *file, const char *group, int depth,
                           cyt_names *paths, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names members = {0};
    CYT_TRY(cyt_h5_members(file, *group ? group : "/", &members, err));
    for (size_t i = 0; i < members.n; i++) {
        char path[CYT_H5_PATH];
        cyt_h5_join(path, group, members.name[i]);
        const cyt_h5_what what = cyt_h5_look(file, path);
        if (what == CYT_H5_GROUP && depth < DEEPEST)
            CYT_TRY(list_group(file, path, depth + 1, paths, err));
        if (what == CYT_H5_DATASET && is_raster(file, path))
            CYT_TRY(cyt_names_add(paths, path + 1, strlen(path + 1), err));
    }
done:
    cyt_names_free(&members);
    return code;
}

cyt_code cyt_raster_file_list(const cyt_raster_file *file, cyt_names *paths,
                              cyt_error *err)
{
    return list_group(&file->h5, "", 0, paths, err);
}

int cyt_raster_file_has(const cyt_raster_file *file, const char *path)
{
    return cyt_h5_look_along(&file->h5, path) == CYT_H5_DATASET &&
           is_raster(&file->h5, path);
}

/* --- one raster ------------------------------------------------------------------- */

static cyt_code read_labels(const cyt_h5_file *file, const char *path,
                            cyt_names *labels, cyt_error *err)
{
    cyt_h5_text text = {0};
    cyt_code code = cyt_h5_attr_text(file, path, "labels", &text, err);
    for (size_t i = 0; i < text.n && code == CYT_OK; i++) {
        size_t length;
        const char *bytes = cyt_h5_text_get(&text, i, &length);
        code = cyt_names_add(labels, bytes, length, err);
    }
    cyt_h5_text_free(&text);
    return code;
}

cyt_code cyt_raster_open(const cyt_raster_file *file, const char *path,
                         cyt_raster *raster, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_h5_file *h5 = &file->h5;
    *raster = (cyt_raster){0};
    raster->impl = cyt_calloc(1, sizeof *raster->impl, "a raster", err);
    if (!raster->impl)
        return err->code;
    cyt_h5_data *data = &raster->impl->data;
    CYT_TRY(cyt_h5_data_open(h5, path, 2, CYT_H5_STORED, data, err));
    raster->n_rows = data->dims[0];
    raster->n_cols = data->dims[1];
    raster->is_label = data->kind == CYT_H5_UNSIGNED && H5Tget_size(data->type) == 1;
    if (!raster->is_label && data->kind != CYT_H5_REAL)
        CYT_TRY(CYT_H5_FAIL(h5, err, " %s holds neither floats nor uint8", path));
    if (raster->n_rows == 0 || raster->n_cols == 0)
        CYT_TRY(CYT_H5_FAIL(h5, err, " %s has no pixels", path));
    CYT_TRY(cyt_h5_attr_word(h5, path, "units", raster->units, err));
    CYT_TRY(cyt_h5_attr_word(h5, path, "long_name", raster->long_name, err));
    CYT_TRY(read_labels(h5, path, &raster->labels, err));
done:
    return code;
}

void cyt_raster_close(cyt_raster *raster)
{
    if (raster->impl)
        cyt_h5_data_close(&raster->impl->data);
    free(raster->impl);
    cyt_names_free(&raster->labels);
    *raster = (cyt_raster){0};
}

size_t cyt_raster_best_rows(const cyt_raster *raster)
{
    const uint64_t chunk = raster->impl->data.chunk[0];
    const uint64_t rows = chunk > 0 ? chunk : ROWS_AT_ONCE;
    return (size_t)(rows < raster->n_rows ? rows : raster->n_rows);
}

cyt_code cyt_raster_read(const cyt_raster_file *file, const cyt_raster *raster,
                         uint64_t first, size_t n, void *out, cyt_error *err)
{
    return cyt_h5_read_rows(&file->h5, &raster->impl->data,
                            raster->is_label ? H5T_NATIVE_UINT8 : H5T_NATIVE_FLOAT,
                            first, n, out, err);
}
