// SPDX-License-Identifier: BSD-3-Clause
#include "read/h5/h5_util.h"

#include "read/h5/h5_chunk.h"
#include "read/h5/h5_member.h"

#include <math.h>
#include <string.h>

int cyt_h5_n_dims(const cyt_h5_file *file, const char *path)
{
    const hid_t data = H5Dopen2(file->id, path, H5P_DEFAULT);
    const hid_t space = data >= 0 ? H5Dget_space(data) : -1;
    const int n = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
    if (space >= 0)
        H5Sclose(space);
    if (data >= 0)
        H5Dclose(data);
    return n;
}

/* --- opening ---------------------------------------------------------------------- */

static cyt_code missing_filter(const cyt_h5_file *file, const char *path, int filter,
                               const char *name, cyt_error *err)
{
    return CYT_H5_FAIL(
        file, err,
        " %s is compressed with filter %d%s%s%s, which is not available; "
        "set HDF5_PLUGIN_PATH to the folder of its plugin, or write the "
        "file again with compression='gzip'",
        path, filter, *name ? " (" : "", name, *name ? ")" : "");
}

static cyt_code check_filters(const cyt_h5_file *file, const char *path, hid_t plist,
                              cyt_error *err)
{
    const int n = H5Pget_nfilters(plist);
    for (int k = 0; k < n; k++) {
        unsigned flags, config, values[1];
        size_t n_values = 1;
        char name[64] = "";
        const H5Z_filter_t filter = H5Pget_filter2(
            plist, (unsigned)k, &flags, &n_values, values, sizeof name, name, &config);
        if (filter < 0)
            return CYT_H5_FAIL(file, err, " %s has a filter list that is damaged",
                               path);
        name[sizeof name - 1] = '\0';
        if (H5Zfilter_avail(filter) <= 0)
            return missing_filter(file, path, filter, name, err);
    }
    return CYT_OK;
}

static void get_chunk(hid_t plist, cyt_h5_data *data)
{
    hsize_t chunk[2] = {0, 0};
    if (H5Pget_layout(plist) == H5D_CHUNKED &&
        H5Pget_chunk(plist, 2, chunk) == (int)data->n_dims) {
        data->chunk[0] = chunk[0];
        data->chunk[1] = data->n_dims == 2 ? chunk[1] : 1;
        data->packed = H5Pget_nfilters(plist) > 0;
    }
}

static cyt_code get_extents(const cyt_h5_file *file, size_t n_dims, cyt_h5_data *data,
                            cyt_error *err)
{
    const hid_t space = H5Dget_space(data->id);
    const int found = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
    hsize_t dims[2] = {0, 1};
    const int scalar =
        n_dims == 1 && found == 0 && H5Sget_simple_extent_type(space) == H5S_SCALAR;
    if (scalar)
        dims[0] = 1;
    if (found == (int)n_dims)
        H5Sget_simple_extent_dims(space, dims, NULL);
    if (space >= 0)
        H5Sclose(space);
    if (found != (int)n_dims && !scalar)
        return CYT_H5_FAIL(file, err, " %s has %d dimensions, not %zu", data->path,
                           found, n_dims);
    data->n_dims = (size_t)found;
    data->dims[0] = dims[0];
    data->dims[1] = dims[1];
    return CYT_OK;
}

/* Chunks the extents ask for; UINT64_MAX when they are more than a number holds. */
static uint64_t chunks_needed(const cyt_h5_data *data)
{
    uint64_t need = 1;
    for (size_t k = 0; k < data->n_dims; k++) {
        if (data->chunk[k] == 0)
            return UINT64_MAX;
        const uint64_t along =
            data->dims[k] / data->chunk[k] + (data->dims[k] % data->chunk[k] != 0);
        if (along > 0 && need > UINT64_MAX / along)
            return UINT64_MAX;
        need *= along;
    }
    return need;
}

static int all_chunks_stored(const cyt_h5_data *data)
{
    const hid_t space = H5Dget_space(data->id);
    hsize_t n_chunks = 0;
    const int ok = space >= 0 && H5Dget_num_chunks(data->id, space, &n_chunks) >= 0 &&
                   n_chunks == chunks_needed(data);
    if (space >= 0)
        H5Sclose(space);
    return ok;
}

/* Can every element be in the file? */
static int all_stored(const cyt_h5_file *file, const cyt_h5_data *data, hid_t plist)
{
    if (data->dims[0] == 0 || data->dims[1] == 0)
        return 1;
    if (H5Pget_layout(plist) == H5D_CHUNKED)
        return all_chunks_stored(data);
    const uint64_t bytes = H5Dget_storage_size(data->id);
    return bytes <= file->bytes && data->dims[0] <= bytes / data->each / data->dims[1];
}

/* Class and size of the elements, or of the one member that is asked for. */
static cyt_code look_at_type(const cyt_h5_file *file, const char *member,
                             cyt_h5_data *data, cyt_error *err)
{
    data->type = H5Dget_type(data->id);
    if (data->type < 0)
        return CYT_H5_FAIL(file, err, " %s has a damaged header", data->path);
    data->each = cyt_h5_stored_size(file, data->type);
    cyt_code code = CYT_OK;
    if (member)
        code = cyt_h5_member_find(file, member, data, err);
    if (code != CYT_OK)
        return code;
    data->kind = cyt_h5_class_of(data->type);
    if (data->kind == CYT_H5_OTHER_CLASS || data->each == 0)
        return CYT_H5_FAIL(file, err,
                           " %s holds neither numbers nor text of a known kind",
                           data->path);
    return CYT_OK;
}

static cyt_code look_inside(const cyt_h5_file *file, size_t n_dims, cyt_h5_store store,
                            const char *member, cyt_h5_data *data, cyt_error *err)
{
    const hid_t plist = H5Dget_create_plist(data->id);
    cyt_code code;
    CYT_TRY(look_at_type(file, member, data, err));
    if (plist < 0)
        CYT_TRY(CYT_H5_FAIL(file, err, " %s has a damaged header", data->path));
    const uint64_t width = data->dims[1];
    CYT_TRY(get_extents(file, n_dims, data, err));
    CYT_TRY(check_filters(file, data->path, plist, err));
    get_chunk(plist, data);
    CYT_TRY(cyt_h5_check_shape(file, data, plist, err));
    if (store == CYT_H5_STORED && !all_stored(file, data, plist))
        CYT_TRY(
            CYT_H5_FAIL(file, err,
                        " %s says it has %llu x %llu elements, which are not all in "
                        "the file: it is damaged or was not closed",
                        data->path, (unsigned long long)data->dims[0],
                        (unsigned long long)data->dims[1]));
    if (member)
        data->dims[1] = width;
done:
    if (plist >= 0)
        H5Pclose(plist);
    return code;
}

static cyt_code open_dataset(const cyt_h5_file *file, const char *path,
                             cyt_h5_data *data, cyt_error *err)
{
    *data = (cyt_h5_data){0};
    const cyt_h5_what what = cyt_h5_look(file, path);
    if (what == CYT_H5_ABSENT)
        return CYT_H5_FAIL(file, err, " has no %s", path);
    if (what == CYT_H5_DAMAGED)
        return CYT_H5_FAIL(file, err, " %s has a damaged header", path);
    if (what == CYT_H5_ELSEWHERE)
        return cyt_h5_elsewhere(file, path, err);
    if (what != CYT_H5_DATASET)
        return CYT_H5_FAIL(file, err, " %s %s", path,
                           what == CYT_H5_BROKEN ? "leads nowhere: a broken link"
                                                 : "is not a dataset");
    const hid_t id = H5Dopen2(file->id, path, H5P_DEFAULT);
    if (id < 0)
        return CYT_H5_FAIL(file, err, " %s cannot be opened: damaged header", path);
    data->id = id;
    memcpy(data->path, path, strlen(path) + 1);
    return CYT_OK;
}

cyt_code cyt_h5_data_open(const cyt_h5_file *file, const char *path, size_t n_dims,
                          cyt_h5_store store, cyt_h5_data *data, cyt_error *err)
{
    const cyt_code code = open_dataset(file, path, data, err);
    return code == CYT_OK ? look_inside(file, n_dims, store, NULL, data, err) : code;
}

cyt_code cyt_h5_member_open(const cyt_h5_file *file, const char *path, const char *name,
                            cyt_h5_data *data, cyt_error *err)
{
    const cyt_code code = open_dataset(file, path, data, err);
    if (code != CYT_OK)
        return code;
    cyt_h5_join(data->path, path, name); /* for messages */
    return look_inside(file, 1, CYT_H5_STORED, name, data, err);
}

void cyt_h5_data_close(cyt_h5_data *data)
{
    if (data->type > 0)
        H5Tclose(data->type);
    if (data->id > 0)
        H5Dclose(data->id);
    *data = (cyt_h5_data){0};
}

int cyt_h5_numeric(const cyt_h5_data *data)
{
    return data->kind == CYT_H5_INTEGER || data->kind == CYT_H5_UNSIGNED ||
           data->kind == CYT_H5_REAL;
}

/* --- reading ---------------------------------------------------------------------- */

/* What to read: rows, and columns where there are two dimensions. */
typedef struct selection {
    uint64_t first;
    size_t n, n_columns;
    const uint64_t
        *column; /* [n_columns] ascending; NULL: those from first_column on */
    uint64_t first_column;
} selection;

static int select_elements(hid_t space, size_t n_dims, const selection *s)
{
    hsize_t start[2] = {s->first, s->first_column},
            count[2] = {s->n, s->column ? 1 : s->n_columns};
    herr_t status = 0;
    if (n_dims == 0)
        return H5Sselect_all(space) >= 0;
    for (size_t k = 0; k < (s->column ? s->n_columns : 1) && status >= 0; k++) {
        start[1] = s->column ? s->column[k] : s->first_column;
        status = H5Sselect_hyperslab(space, k ? H5S_SELECT_OR : H5S_SELECT_SET, start,
                                     NULL, count, NULL);
    }
    return status >= 0;
}

static cyt_code read_elements(const cyt_h5_file *file, const cyt_h5_data *data,
                              hid_t type, const selection *s, void *out, cyt_error *err)
{
    const hsize_t total = (hsize_t)s->n * s->n_columns;
    const hid_t inside = H5Screate_simple(1, &total, NULL),
                space = H5Dget_space(data->id);
    int ok = inside >= 0 && space >= 0 && select_elements(space, data->n_dims, s);
    ok = ok && H5Dread(data->id, type, inside, space, H5P_DEFAULT, out) >= 0;
    char reason[160];
    if (!ok)
        cyt_h5_reason(reason, sizeof reason);
    if (inside >= 0)
        H5Sclose(inside);
    if (space >= 0)
        H5Sclose(space);
    if (!ok)
        return CYT_H5_FAIL(file, err,
                           " %s cannot be read (%s): the file is truncated or damaged",
                           data->path, reason);
    return CYT_OK;
}

/* Rows, of the columns given. */
static cyt_code read_block(const cyt_h5_file *file, const cyt_h5_data *data, hid_t type,
                           uint64_t first, size_t n, size_t n_columns,
                           const uint64_t *column, void *out, cyt_error *err)
{
    if (n == 0 || n_columns == 0)
        return CYT_OK;
    if (data->member)
        return cyt_h5_member_read(
            file, data, type, &(cyt_h5_rows){first, n, n_columns, column}, out, err);
    const selection s = {first, n, n_columns, column, 0};
    const cyt_code code =
        cyt_h5_check_chunks(file, data, first, n, n_columns, column, err);
    return code == CYT_OK ? read_elements(file, data, type, &s, out, err) : code;
}

cyt_code cyt_h5_read(const cyt_h5_file *file, const cyt_h5_data *data,
                     hid_t memory_type, uint64_t first, size_t n, void *out,
                     cyt_error *err)
{
    return read_block(file, data, memory_type, first, n, 1, NULL, out, err);
}

cyt_code cyt_h5_read_f64(const cyt_h5_file *file, const cyt_h5_data *data,
                         uint64_t first, size_t n, double *out, cyt_error *err)
{
    if (!cyt_h5_numeric(data))
        return CYT_H5_FAIL(file, err, " %s does not hold numbers", data->path);
    return read_block(file, data, H5T_NATIVE_DOUBLE, first, n, 1, NULL, out, err);
}

/* Doubles to whole numbers, in place. */
static cyt_code make_whole(const cyt_h5_file *file, const cyt_h5_data *data,
                           uint64_t first, size_t n, int64_t *out, cyt_error *err)
{
    const double largest = 9007199254740992.0; /* 2^53: beyond, doubles skip integers */
    for (size_t i = 0; i < n; i++) {
        double value;
        memcpy(&value, &out[i], sizeof value);
        if (!(fabs(value) <= largest) || value != floor(value))
            return CYT_H5_FAIL(file, err, " %s[%llu] is not a whole number (%.17g)",
                               data->path, (unsigned long long)(first + i), value);
        out[i] = (int64_t)value;
    }
    return CYT_OK;
}

cyt_code cyt_h5_read_i64(const cyt_h5_file *file, const cyt_h5_data *data,
                         uint64_t first, size_t n, int64_t *out, cyt_error *err)
{
    if (!cyt_h5_numeric(data))
        return CYT_H5_FAIL(file, err, " %s does not hold numbers", data->path);
    const int real = data->kind == CYT_H5_REAL;
    const cyt_code code =
        read_block(file, data, real ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64, first, n, 1,
                   NULL, out, err);
    return code == CYT_OK && real ? make_whole(file, data, first, n, out, err) : code;
}

cyt_code cyt_h5_read_columns(const cyt_h5_file *file, const cyt_h5_data *data,
                             uint64_t first, size_t n, size_t n_columns,
                             const uint64_t *column, double *out, cyt_error *err)
{
    if (!cyt_h5_numeric(data))
        return CYT_H5_FAIL(file, err, " %s does not hold numbers", data->path);
    return read_block(file, data, H5T_NATIVE_DOUBLE, first, n, n_columns, column, out,
                      err);
}

/* The chunks of rows are asked for by a column of each. */
static cyt_code check_row_chunks(const cyt_h5_file *file, const cyt_h5_data *data,
                                 const selection *s, cyt_error *err)
{
    const uint64_t end = s->first_column + s->n_columns, width = data->chunk[1];
    cyt_code code = CYT_OK;
    for (uint64_t at = s->first_column; data->packed && at < end && code == CYT_OK;
         at = (at / width + 1) * width)
        code = cyt_h5_check_chunks(file, data, s->first, s->n, 1, &at, err);
    return code;
}

cyt_code cyt_h5_read_rows(const cyt_h5_file *file, const cyt_h5_data *data,
                          hid_t memory_type, uint64_t first, size_t n, void *out,
                          cyt_error *err)
{
    const selection s = {first, n, (size_t)data->dims[1], NULL, 0};
    if (data->n_dims < 2 || n == 0 || s.n_columns == 0)
        return cyt_h5_read(file, data, memory_type, first, s.n_columns ? n : 0, out,
                           err);
    const cyt_code code = check_row_chunks(file, data, &s, err);
    return code == CYT_OK ? read_elements(file, data, memory_type, &s, out, err) : code;
}

cyt_code cyt_h5_read_row(const cyt_h5_file *file, const cyt_h5_data *data, uint64_t row,
                         uint64_t first, size_t n, double *out, cyt_error *err)
{
    const selection s = {row, 1, n, NULL, first};
    if (!cyt_h5_numeric(data))
        return CYT_H5_FAIL(file, err, " %s does not hold numbers", data->path);
    if (n == 0)
        return CYT_OK;
    const cyt_code code = check_row_chunks(file, data, &s, err);
    return code == CYT_OK ? read_elements(file, data, H5T_NATIVE_DOUBLE, &s, out, err)
                          : code;
}
