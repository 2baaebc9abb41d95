// SPDX-License-Identifier: BSD-3-Clause
/* Types: what an item is to HDF5, how large it is, how many rows make a chunk. */
#include "store_impl.h"

/* Small enough for the chunk cache that HDF5 gives a reader by default. */
enum { CHUNK_BYTES = 1 << 20 };

size_t cyt_store_item_bytes(cyt_store_type type, size_t width)
{
    static const size_t bytes[] = {
        [CYT_STORE_F64] = 8, [CYT_STORE_F32] = 4,  [CYT_STORE_I64] = 8,
        [CYT_STORE_I32] = 4, [CYT_STORE_I16] = 2,  [CYT_STORE_I8] = 1,
        [CYT_STORE_U8] = 1,  [CYT_STORE_BOOL] = 1,
    };
    return type == CYT_STORE_TEXT ? width : bytes[type];
}

size_t cyt_store_chunk_rows(size_t item_bytes, size_t n_cols)
{
    const size_t row_bytes = item_bytes * (n_cols ? n_cols : 1);
    size_t rows = 1;
    while (row_bytes > 0 && 2 * rows <= CHUNK_BYTES / row_bytes)
        rows *= 2;
    return rows;
}

hid_t cyt_store_release(hid_t id)
{
    if (id >= 0)
        H5Idec_ref(id);
    return H5I_INVALID_HID;
}

static hid_t bool_type(void)
{
    const int8_t no = 0, yes = 1;
    const hid_t type = H5Tenum_create(H5T_STD_I8LE);
    return type >= 0 && H5Tenum_insert(type, "FALSE", &no) >= 0 &&
                   H5Tenum_insert(type, "TRUE", &yes) >= 0
               ? type
               : cyt_store_release(type);
}

static hid_t text_type(size_t bytes)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    return type >= 0 && H5Tset_size(type, bytes) >= 0 &&
                   H5Tset_cset(type, H5T_CSET_UTF8) >= 0
               ? type
               : cyt_store_release(type);
}

static hid_t padded_text_type(size_t width)
{
    const hid_t type = text_type(width);
    return type >= 0 && H5Tset_strpad(type, H5T_STR_NULLPAD) >= 0
               ? type
               : cyt_store_release(type);
}

hid_t cyt_store_text_type(void)
{
    return text_type(H5T_VARIABLE);
}

hid_t cyt_store_hdf5_type(cyt_store_type type, size_t width)
{
    switch (type) {
    case CYT_STORE_F64:
        return H5Tcopy(H5T_IEEE_F64LE);
    case CYT_STORE_F32:
        return H5Tcopy(H5T_IEEE_F32LE);
    case CYT_STORE_I64:
        return H5Tcopy(H5T_STD_I64LE);
    case CYT_STORE_I32:
        return H5Tcopy(H5T_STD_I32LE);
    case CYT_STORE_I16:
        return H5Tcopy(H5T_STD_I16LE);
    case CYT_STORE_I8:
        return H5Tcopy(H5T_STD_I8LE);
    case CYT_STORE_U8:
        return H5Tcopy(H5T_STD_U8LE);
    case CYT_STORE_BOOL:
        return bool_type();
    case CYT_STORE_TEXT:
        return padded_text_type(width);
    }
    return H5I_INVALID_HID;
}
