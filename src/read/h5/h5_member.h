/**
 * @file h5_member.h
 * @brief One member of a compound dataset, which is how anndata up to 0.6 wrote tables.
 *
 *     obs[n] = { index: text, cell_type: int8, area: float32, ... }     rows of `each`
 *                             |offset          bytes
 *
 * HDF5 delivers rows as the bytes they are (as_stored), for the conversion of compound
 * types is not something to trust a damaged file to; the member is cut out here, and
 * only numbers of one plain type are converted. References of variable-length text stay
 * references (h5_text.h).
 *
 * Price: all members of a row are read for one of them. A type in memory has pointers
 * where the file has references, hence the arithmetic of stored sizes.
 */
#ifndef CYT_H5_MEMBER_H
#define CYT_H5_MEMBER_H

#include "read/h5/h5_util.h"

/** Opaque type of @p size bytes, to read text of variable length or compound elements
 * with as they lie in the file; close it. */
hid_t cyt_h5_as_stored(size_t size);

/** Bytes in the file of an element of a type that H5Dget_type() told. */
size_t cyt_h5_stored_size(const cyt_h5_file *file, hid_t type);

/** Member @p name of the compound data->type takes its place: type, offset and the
 * columns in dims[1]. */
CYT_NODISCARD cyt_code cyt_h5_member_find(const cyt_h5_file *file, const char *name,
                                          cyt_h5_data *data, cyt_error *err);

/** What to read of a member. */
typedef struct cyt_h5_rows {
    uint64_t first;
    size_t n, n_columns;
    const uint64_t *column; /**< [n_columns] of an array member; NULL: its first */
} cyt_h5_rows;

/** Read them as @p memory_type, opaque for references as they are stored.
 *  @param out  [rows->n * rows->n_columns] row-major */
CYT_NODISCARD cyt_code cyt_h5_member_read(const cyt_h5_file *file,
                                          const cyt_h5_data *data, hid_t memory_type,
                                          const cyt_h5_rows *rows, void *out,
                                          cyt_error *err);

#endif
