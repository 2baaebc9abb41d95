// SPDX-License-Identifier: BSD-3-Clause
/* Attributes: every rank tells HDF5 the same, which keeps its metadata alike. */
#include "store_impl.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

static cyt_code write_attribute(cyt_store *store, const char *path, const char *name,
                                hid_t type, hid_t space, const void *value,
                                cyt_error *err)
{
    const hid_t attribute = H5Acreate_by_name(store->file, path, name, type, space,
                                              H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0)
        return cyt_store_hdf5_failed(store, err, __func__, "make an attribute of",
                                     path);
    if (value && H5Awrite(attribute, type, value) < 0)
        cyt_store_hdf5_failed(store, err, __func__, "write an attribute of", path);
    H5Aclose(attribute);
    return err->code;
}

static cyt_code may_begin(const cyt_store *store, hid_t type, hid_t space,
                          cyt_error *err)
{
    if (CYT_FAULT("store.attribute"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, store->path, "fault injected");
    if (type < 0 || space < 0)
        return CYT_FAIL(err, CYT_ERR_MEMORY, store->path, "HDF5 cannot make a type");
    return CYT_OK;
}

cyt_code cyt_store_attribute(cyt_store *store, const char *path, const char *name,
                             hid_t type, hid_t space, const void *value, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_state(store, err));
    CYT_TRY(cyt_store_meet(store, may_begin(store, type, space, err), err));
    const uint64_t bytes =
        (uint64_t)H5Sget_simple_extent_npoints(space) * H5Tget_size(type);
    CYT_TRY(cyt_store_reserve(store, bytes, path, err));
    CYT_TRY(cyt_store_meet(
        store, write_attribute(store, path, name, type, space, value, err), err));
done:
    return code;
}

static hid_t text_type(void)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && H5Tset_size(type, H5T_VARIABLE) >= 0 &&
        H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
        return type;
    if (type >= 0)
        H5Tclose(type);
    return H5I_INVALID_HID;
}

/* Takes over type and space. */
static cyt_code write_and_close(cyt_store *store, const char *path, const char *name,
                                hid_t type, hid_t space, const void *value,
                                cyt_error *err)
{
    const cyt_code code =
        cyt_store_attribute(store, path, name, type, space, value, err);
    if (type >= 0)
        H5Tclose(type);
    if (space >= 0)
        H5Sclose(space);
    return code;
}

cyt_code cyt_store_attr_text(cyt_store *store, const char *path, const char *name,
                             const char *value, cyt_error *err)
{
    return write_and_close(store, path, name, text_type(), H5Screate(H5S_SCALAR),
                           &value, err);
}

static hid_t line_of(size_t n)
{
    const hsize_t length = n;
    return H5Screate_simple(1, &length, NULL);
}

cyt_code cyt_store_attr_texts(cyt_store *store, const char *path, const char *name,
                              const cyt_names *values, cyt_error *err)
{
    const hid_t type = values->n ? text_type() : H5Tcopy(H5T_IEEE_F64LE);
    return write_and_close(store, path, name, type, line_of(values->n),
                           values->n ? values->name : NULL, err);
}

cyt_code cyt_store_attr_bool(cyt_store *store, const char *path, const char *name,
                             int value, cyt_error *err)
{
    const int8_t byte = value != 0;
    return write_and_close(store, path, name, cyt_store_hdf5_type(CYT_STORE_BOOL, 0),
                           H5Screate(H5S_SCALAR), &byte, err);
}

cyt_code cyt_store_attr_int(cyt_store *store, const char *path, const char *name,
                            int64_t value, cyt_error *err)
{
    return write_and_close(store, path, name, H5Tcopy(H5T_STD_I64LE),
                           H5Screate(H5S_SCALAR), &value, err);
}

cyt_code cyt_store_attr_ints(cyt_store *store, const char *path, const char *name,
                             size_t n, const int64_t *values, cyt_error *err)
{
    return write_and_close(store, path, name, H5Tcopy(H5T_STD_I64LE), line_of(n),
                           values, err);
}

cyt_code cyt_store_attr_double(cyt_store *store, const char *path, const char *name,
                               double value, cyt_error *err)
{
    return write_and_close(store, path, name, H5Tcopy(H5T_IEEE_F64LE),
                           H5Screate(H5S_SCALAR), &value, err);
}

cyt_code cyt_store_attr_doubles(cyt_store *store, const char *path, const char *name,
                                size_t n, const double *values, cyt_error *err)
{
    return write_and_close(store, path, name, H5Tcopy(H5T_IEEE_F64LE), line_of(n),
                           values, err);
}
