// SPDX-License-Identifier: BSD-3-Clause
#include "read/h5/h5_member.h"

#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

/* --- as stored -------------------------------------------------------------------- */

/* Conversion of an element to opaque bytes of the same size: none. */
static herr_t as_stored(hid_t from, hid_t to, H5T_cdata_t *plan, size_t n,
                        size_t stride, size_t back_stride, void *buffer, void *back,
                        hid_t transfer)
{
    (void)n, (void)stride, (void)back_stride, (void)buffer, (void)back, (void)transfer;
    if (plan->command != H5T_CONV_INIT)
        return 0;
    plan->need_bkg = H5T_BKG_NO;
    return H5Tget_size(from) == H5Tget_size(to) ? 0 : -1;
}

/* HDF5 keeps the conversion until the process ends; saying it again replaces it. */
static void say_conversion(hid_t from, hid_t to)
{
    if (from < 0 || to < 0)
        return;
    H5Tunregister(H5T_PERS_SOFT, "cyt_as_stored", from, to, as_stored);
    H5Tregister(H5T_PERS_SOFT, "cyt_as_stored", from, to, as_stored);
}

hid_t cyt_h5_as_stored(size_t size)
{
    const hid_t text = H5Tcopy(H5T_C_S1), compound = H5Tcreate(H5T_COMPOUND, 1);
    const hid_t opaque = H5Tcreate(H5T_OPAQUE, size);
    if (text >= 0 && H5Tset_size(text, H5T_VARIABLE) >= 0)
        say_conversion(text, opaque);
    if (compound >= 0 && H5Tinsert(compound, "a", 0, H5T_NATIVE_CHAR) >= 0)
        say_conversion(compound, opaque);
    if (text >= 0)
        H5Tclose(text);
    if (compound >= 0)
        H5Tclose(compound);
    return opaque;
}

static size_t stored_compound(const cyt_h5_file *file, hid_t type)
{
    size_t size = H5Tget_size(type);
    const int n = H5Tget_nmembers(type);
    for (int i = 0; i < n; i++) {
        const hid_t member = H5Tget_member_type(type, (unsigned)i);
        if (member < 0)
            return 0;
        size += cyt_h5_stored_size(file, member) - H5Tget_size(member);
        H5Tclose(member);
    }
    return size;
}

static size_t stored_array(const cyt_h5_file *file, hid_t type)
{
    const hid_t base = H5Tget_super(type);
    const size_t in_memory = base >= 0 ? H5Tget_size(base) : 0;
    const size_t size =
        in_memory > 0 ? H5Tget_size(type) / in_memory * cyt_h5_stored_size(file, base)
                      : 0;
    if (base >= 0)
        H5Tclose(base);
    return size;
}

size_t cyt_h5_stored_size(const cyt_h5_file *file, hid_t type)
{
    switch (H5Tget_class(type)) {
    case H5T_STRING:
        return H5Tis_variable_str(type) > 0 ? cyt_h5_reference_bytes(file)
                                            : H5Tget_size(type);
    case H5T_VLEN:
        return cyt_h5_reference_bytes(file);
    case H5T_COMPOUND:
        return stored_compound(file, type);
    case H5T_ARRAY:
        return stored_array(file, type);
    default:
        return H5Tget_size(type);
    }
}

/* --- finding ---------------------------------------------------------------------- */

/* Where a member lies in the file: those before it may be of another size there. */
static size_t stored_offset(const cyt_h5_file *file, hid_t type, unsigned at)
{
    const size_t in_memory = H5Tget_member_offset(type, at);
    size_t offset = in_memory;
    const int n = H5Tget_nmembers(type);
    for (int i = 0; i < n; i++) {
        const hid_t other = H5Tget_member_offset(type, (unsigned)i) < in_memory
                                ? H5Tget_member_type(type, (unsigned)i)
                                : -1;
        if (other < 0)
            continue;
        offset += cyt_h5_stored_size(file, other) - H5Tget_size(other);
        H5Tclose(other);
    }
    return offset;
}

/* An array of one dimension becomes its elements. */
static hid_t element_of(hid_t type, uint64_t *width)
{
    hsize_t dims[1] = {1};
    *width = 1;
    if (type < 0 || H5Tget_class(type) != H5T_ARRAY)
        return type;
    hid_t base = -1;
    if (H5Tget_array_ndims(type) == 1 && H5Tget_array_dims2(type, dims) == 1)
        base = H5Tget_super(type);
    *width = dims[0];
    H5Tclose(type);
    return base;
}

cyt_code cyt_h5_member_find(const cyt_h5_file *file, const char *name,
                            cyt_h5_data *data, cyt_error *err)
{
    const hid_t whole = data->type;
    const int at =
        H5Tget_class(whole) == H5T_COMPOUND ? H5Tget_member_index(whole, name) : -1;
    if (at < 0)
        return CYT_H5_FAIL(file, err, " has no %s", data->path);
    data->member = 1;
    data->offset = stored_offset(file, whole, (unsigned)at);
    data->type = element_of(H5Tget_member_type(whole, (unsigned)at), &data->dims[1]);
    H5Tclose(whole);
    const size_t size = data->type >= 0 ? cyt_h5_stored_size(file, data->type) : 0;
    if (size == 0)
        return CYT_H5_FAIL(file, err,
                           " %s holds neither numbers nor text of a known kind",
                           data->path);
    if (data->offset > data->each || data->dims[1] > (data->each - data->offset) / size)
        return CYT_H5_FAIL(file, err, " %s has a damaged header", data->path);
    return CYT_OK;
}

/* --- reading ---------------------------------------------------------------------- */

/* A block of rows: whole as stored, and what was cut out of them. */
typedef struct block {
    size_t rows, size; /* of an element of the member in the file */
    size_t wide;       /* the larger of that and its size in memory */
    hid_t type;
    char *stored, *cut;
} block;

static cyt_code block_init(const cyt_h5_file *file, const cyt_h5_data *data,
                           hid_t memory_type, const cyt_h5_rows *rows, block *b,
                           cyt_error *err)
{
    enum { BYTES = 1 << 20 };
    const size_t fit = data->each < BYTES ? BYTES / data->each : 1;
    *b = (block){.rows = rows->n < fit ? rows->n : fit,
                 .size = cyt_h5_stored_size(file, data->type)};
    const size_t in_memory = H5Tget_size(memory_type);
    b->wide = b->size > in_memory ? b->size : in_memory;
    b->type = cyt_h5_as_stored(data->each);
    b->stored = cyt_alloc(b->rows, data->each, "rows of a table", err);
    b->cut = cyt_alloc(b->rows * rows->n_columns, b->wide, "rows of a table", err);
    return err->code;
}

static void block_free(block *b)
{
    if (b->type > 0)
        H5Tclose(b->type);
    free(b->stored);
    free(b->cut);
}

static void cut_out(const cyt_h5_data *data, const cyt_h5_rows *rows, size_t n,
                    const block *b)
{
    char *to = b->cut;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rows->n_columns; k++, to += b->size) {
            const size_t column = rows->column ? (size_t)rows->column[k] : 0;
            memcpy(to, b->stored + i * data->each + data->offset + column * b->size,
                   b->size);
        }
}

/* Opaque is how references are asked for. */
static int convert(const cyt_h5_data *data, hid_t memory_type, size_t n, const block *b)
{
    return H5Tget_class(memory_type) == H5T_OPAQUE ||
           H5Tequal(data->type, memory_type) > 0 ||
           H5Tconvert(data->type, memory_type, n, b->cut, NULL, H5P_DEFAULT) >= 0;
}

cyt_code cyt_h5_member_read(const cyt_h5_file *file, const cyt_h5_data *data,
                            hid_t memory_type, const cyt_h5_rows *rows, void *out,
                            cyt_error *err)
{
    cyt_h5_data whole = *data;
    whole.member = 0;
    const size_t in_memory = H5Tget_size(memory_type);
    block b;
    cyt_code code;
    CYT_TRY(block_init(file, data, memory_type, rows, &b, err));
    for (size_t at = 0; at < rows->n;) {
        const size_t n = rows->n - at < b.rows ? rows->n - at : b.rows;
        const size_t n_cut = n * rows->n_columns;
        CYT_TRY(cyt_h5_read(file, &whole, b.type, rows->first + at, n, b.stored, err));
        cut_out(data, rows, n, &b);
        if (!convert(data, memory_type, n_cut, &b))
            CYT_TRY(CYT_H5_FAIL(
                file, err, " %s cannot be read: its numbers are damaged", data->path));
        memcpy((char *)out + at * rows->n_columns * in_memory, b.cut,
               n_cut * in_memory);
        at += n;
    }
done:
    block_free(&b);
    return code;
}
