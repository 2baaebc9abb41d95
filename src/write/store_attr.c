// SPDX-License-Identifier: BSD-3-Clause
/* Attributes: every rank tells HDF5 the same, which keeps its metadata alike. */
#include "store_impl.h"

#include "cytotaxis/fault.h"

#include <string.h>

/* A text in the file's heap: its header, the padding, its place in the attribute. */
enum { HEAP_ENTRY_BYTES = 32 };

static cyt_code write_attribute(cyt_store *store, const char *path, const char *name,
                                const cyt_store_value *v, cyt_error *err)
{
    const hid_t attribute =
        H5Acreate_by_name(store->file, path, name, v->type, v->space, H5P_DEFAULT,
                          H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0)
        return cyt_store_hdf5_failed(store, err, __func__, "make an attribute of",
                                     path);
    if (v->data && H5Awrite(attribute, v->type, v->data) < 0)
        cyt_store_hdf5_failed(store, err, __func__, "write an attribute of", path);
    if (H5Aclose(attribute) < 0)
        cyt_store_hdf5_failed(store, err, __func__, "close an attribute of", path);
    return err->code;
}

static cyt_code may_begin(const cyt_store *store, const char *path, const char *name,
                          const cyt_store_value *v, cyt_error *err)
{
    if (CYT_FAULT("store.attribute"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, store->path, "fault injected");
    if (v->type < 0 || v->space < 0)
        return CYT_FAIL(err, CYT_ERR_MEMORY, store->path,
                        "no memory for the attribute %s of %s", name, path);
    return CYT_OK;
}

static uint64_t bytes_of(const cyt_store_value *v)
{
    return (uint64_t)H5Sget_simple_extent_npoints(v->space) * H5Tget_size(v->type) +
           v->extra_bytes;
}

cyt_code cyt_store_attribute(cyt_store *store, const char *path, const char *name,
                             const cyt_store_value *value, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_state(store, err));
    CYT_TRY(cyt_store_meet(store, may_begin(store, path, name, value, err), err));
    CYT_TRY(cyt_store_reserve(store, bytes_of(value), path, err));
    CYT_TRY(cyt_store_meet(store, write_attribute(store, path, name, value, err), err));
done:
    cyt_store_release(value->type);
    cyt_store_release(value->space);
    return code;
}

cyt_code cyt_store_attr_text(cyt_store *store, const char *path, const char *name,
                             const char *value, cyt_error *err)
{
    const cyt_store_value v = {cyt_store_text_type(), H5Screate(H5S_SCALAR), &value,
                               strlen(value)};
    return cyt_store_attribute(store, path, name, &v, err);
}

static hid_t line_of(size_t n)
{
    const hsize_t length = n;
    return H5Screate_simple(1, &length, NULL);
}

cyt_code cyt_store_attr_texts(cyt_store *store, const char *path, const char *name,
                              const cyt_names *values, cyt_error *err)
{
    cyt_store_value v = {.space = line_of(values->n)};
    if (values->n == 0) {
        v.type = H5Tcopy(H5T_IEEE_F64LE);
        return cyt_store_attribute(store, path, name, &v, err);
    }
    v.type = cyt_store_text_type();
    v.data = values->name;
    for (size_t i = 0; i < values->n; i++)
        v.extra_bytes += strlen(values->name[i]) + HEAP_ENTRY_BYTES;
    return cyt_store_attribute(store, path, name, &v, err);
}

static cyt_code write_plain(cyt_store *store, const char *path, const char *name,
                            hid_t type, hid_t space, const void *data, cyt_error *err)
{
    const cyt_store_value v = {type, space, data, 0};
    return cyt_store_attribute(store, path, name, &v, err);
}

cyt_code cyt_store_attr_bool(cyt_store *store, const char *path, const char *name,
                             int value, cyt_error *err)
{
    const int8_t byte = value != 0;
    return write_plain(store, path, name, cyt_store_hdf5_type(CYT_STORE_BOOL, 0),
                       H5Screate(H5S_SCALAR), &byte, err);
}

cyt_code cyt_store_attr_int(cyt_store *store, const char *path, const char *name,
                            int64_t value, cyt_error *err)
{
    return write_plain(store, path, name, H5Tcopy(H5T_STD_I64LE), H5Screate(H5S_SCALAR),
                       &value, err);
}

cyt_code cyt_store_attr_ints(cyt_store *store, const char *path, const char *name,
                             size_t n, const int64_t *values, cyt_error *err)
{
    return write_plain(store, path, name, H5Tcopy(H5T_STD_I64LE), line_of(n), values,
                       err);
}

cyt_code cyt_store_attr_double(cyt_store *store, const char *path, const char *name,
                               double value, cyt_error *err)
{
    return write_plain(store, path, name, H5Tcopy(H5T_IEEE_F64LE),
                       H5Screate(H5S_SCALAR), &value, err);
}

cyt_code cyt_store_attr_doubles(cyt_store *store, const char *path, const char *name,
                                size_t n, const double *values, cyt_error *err)
{
    return write_plain(store, path, name, H5Tcopy(H5T_IEEE_F64LE), line_of(n), values,
                       err);
}
