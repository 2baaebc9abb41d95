// SPDX-License-Identifier: BSD-3-Clause
/* A look back: what a file says when it is opened again.
 *
 * Disks, networks and caches between them can lose what was written without a word. So
 * every dataset that was written is read from the closed file, each rank its own chunk
 * rows, through the same filters, and hashed as it was before (store_digest.c).
 *
 * Ranks read with plain calls, each for itself: a read that fails on one of them stops
 * nobody. They may still be served by the cache of their host: this finds what went
 * wrong in this program, in HDF5, MPI-IO and filters, not what a disk will forget. */
#include "store_impl.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strip.h"

#include <stdlib.h>
#include <string.h>

cyt_code cyt_store_note(cyt_store *store, const char *path, int rank,
                        const cyt_store_layout *layout, uint64_t block_rows,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (!store->settings.verify)
        return CYT_OK;
    CYT_TRY(cyt_grow(&store->expected, &store->expected_capacity, store->n_expected + 1,
                     sizeof *store->expected, path, err));
    cyt_store_expected *e = &store->expected[store->n_expected];
    *e = (cyt_store_expected){.path = cyt_strdup(path, err),
                              .rank = rank,
                              .layout = *layout,
                              .block_rows = block_rows};
    CYT_TRY(err->code);
    store->n_expected++;
done:
    return code;
}

/* A dataset that is open again. */
typedef struct reading {
    const cyt_store_expected *expected;
    hid_t dataset, type, file_space, memory_space;
    size_t row_bytes;
    uint64_t *starts; /* [size + 1] rows of each rank */
    char *rows;       /* own rows */
} reading;

static cyt_code prepare(const cyt_store *store, reading *r, cyt_error *err)
{
    const cyt_store_layout *l = &r->expected->layout;
    const size_t size = (size_t)cyt_comm_size(store->comm), me = (size_t)store->rank;
    r->row_bytes =
        cyt_store_item_bytes(l->type, l->width) * (l->n_cols ? l->n_cols : 1);
    r->starts = cyt_alloc(size + 1, sizeof *r->starts, r->expected->path, err);
    if (err->code != CYT_OK)
        return err->code;
    if (r->expected->rank == 0)
        for (size_t k = 0; k <= size; k++)
            r->starts[k] = k > 0;
    else
        cyt_blocks_cut(l->n_rows, r->expected->block_rows, size, r->starts);
    r->rows = cyt_alloc((size_t)(r->starts[me + 1] - r->starts[me]), r->row_bytes,
                        r->expected->path, err);
    return err->code;
}

static int select_rows(reading *r, uint64_t first, uint64_t n)
{
    const cyt_store_layout *l = &r->expected->layout;
    const hsize_t at[2] = {first, 0}, count[2] = {n, l->n_cols};
    r->file_space = H5Dget_space(r->dataset);
    if (r->expected->rank == 0) {
        r->memory_space = H5Screate(H5S_SCALAR);
        return r->file_space >= 0 && r->memory_space >= 0;
    }
    r->memory_space = H5Screate_simple(l->n_cols ? 2 : 1, count, NULL);
    return r->file_space >= 0 && r->memory_space >= 0 &&
           H5Sselect_hyperslab(r->file_space, H5S_SELECT_SET, at, NULL, count, NULL) >=
               0;
}

/* Own rows of a dataset; not collective. */
static cyt_code read_rows(const cyt_store *store, hid_t file, reading *r,
                          cyt_error *err)
{
    const cyt_store_layout *l = &r->expected->layout;
    const uint64_t *own = r->starts + store->rank, n = own[1] - own[0];
    r->dataset = H5Dopen2(file, r->expected->path, H5P_DEFAULT);
    r->type = cyt_store_hdf5_type(l->type, l->width);
    if (r->dataset < 0 || r->type < 0)
        return cyt_store_hdf5_failed(store, err, __func__, "open", r->expected->path);
    if (n == 0)
        return CYT_OK;
    if (!select_rows(r, own[0], n) || H5Dread(r->dataset, r->type, r->memory_space,
                                              r->file_space, H5P_DEFAULT, r->rows) < 0)
        return cyt_store_hdf5_failed(store, err, __func__, "read back",
                                     r->expected->path);
    if (CYT_FAULT("verify.read"))
        r->rows[0] ^= 1;
    return CYT_OK;
}

static cyt_code compare(const cyt_store *store, size_t i, const char *hex,
                        cyt_error *err)
{
    const cyt_store_digest *written = &store->digests[i];
    if (strcmp(written->hex, hex) == 0)
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_IO, store->path,
                    "%s was read back with other values than were written (digest %s, "
                    "not %s); do not trust this file system",
                    written->path, hex, written->hex);
}

/* Collective. */
static cyt_code look_at(cyt_store *store, hid_t file, size_t i, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char hex[CYT_STORE_HEX];
    reading r = {.expected = &store->expected[i],
                 .dataset = H5I_INVALID_HID,
                 .type = H5I_INVALID_HID,
                 .file_space = H5I_INVALID_HID,
                 .memory_space = H5I_INVALID_HID};
    CYT_TRY(cyt_store_meet(store, prepare(store, &r, err), err));
    CYT_TRY(cyt_store_meet(store, read_rows(store, file, &r, err), err));
    CYT_TRY(cyt_store_hash(store, r.starts, r.expected->block_rows, r.row_bytes, r.rows,
                           hex, err));
    CYT_TRY(cyt_store_meet(
        store, store->rank == 0 ? compare(store, i, hex, err) : CYT_OK, err));
done:
    cyt_store_release(r.memory_space);
    cyt_store_release(r.file_space);
    cyt_store_release(r.dataset);
    cyt_store_release(r.type);
    free(r.rows);
    free(r.starts);
    return code;
}

static cyt_code open_again(const cyt_store *store, hid_t *file, cyt_error *err)
{
    *file = H5Fopen(store->part, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (*file < 0)
        cyt_store_hdf5_failed(store, err, __func__, "open again", store->part);
    return err->code;
}

cyt_code cyt_store_look_back(cyt_store *store, cyt_error *err)
{
    cyt_code code = CYT_OK;
    hid_t file = H5I_INVALID_HID;
    if (!store->settings.verify)
        return CYT_OK;
    CYT_TRY(cyt_store_meet(store, open_again(store, &file, err), err));
    for (size_t i = 0; i < store->n_expected; i++)
        CYT_TRY(look_at(store, file, i, err));
done:
    if (file >= 0)
        H5Fclose(file);
    return code;
}

void cyt_store_expected_free(cyt_store *store)
{
    for (size_t i = 0; i < store->n_expected; i++)
        free(store->expected[i].path);
    free(store->expected);
}
