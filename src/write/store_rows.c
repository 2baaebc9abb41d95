// SPDX-License-Identifier: BSD-3-Clause
/* Datasets: rows move to the owner of their chunk row, are hashed, and are written by
 * all ranks together. */
#include "store_impl.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/route.h"
#include "cytotaxis/strip.h"
#include "cytotaxis/zstd_filter.h"

#include <stdlib.h>
#include <string.h>

#include <zstd.h>

enum {
    CHUNK_BYTES = 1 << 20, /* small enough for HDF5's default chunk cache of a reader */
    DEFLATE_LEVEL = 4,     /* what h5py and anndata use by default */
};

/* --- types and shapes: pure --------------------------------------------------------
 */

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

static hid_t bool_type(void)
{
    const int8_t no = 0, yes = 1;
    const hid_t type = H5Tenum_create(H5T_STD_I8LE);
    H5Tenum_insert(type, "FALSE", &no);
    H5Tenum_insert(type, "TRUE", &yes);
    return type;
}

static hid_t fixed_text_type(size_t width)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, width);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
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
        return fixed_text_type(width);
    }
    return H5I_INVALID_HID;
}

/* A dataset on its way: its shape, and this rank's share under the chunk partition. */
typedef struct job {
    cyt_store *store;
    const char *path;
    cyt_store_layout layout;
    int rank; /* dimensions */
    hsize_t dims[2];
    hsize_t chunk[2];
    size_t row_bytes;
    uint64_t *from;   /* [size + 1] first row of each rank, as given */
    uint64_t *to;     /* [size + 1] the same in whole chunk rows */
    void *moved;      /* rows that came, NULL when nothing had to move */
    const void *data; /* rows [to[me], to[me + 1]) */
    hid_t type, space, dataset;
} job;

static hsize_t at_most(hsize_t wanted, hsize_t limit)
{
    return wanted < limit ? wanted : limit;
}

static void set_shape(job *j)
{
    const cyt_store_layout *l = &j->layout;
    const size_t item_bytes = cyt_store_item_bytes(l->type, l->width);
    const hsize_t n_cols = l->n_cols ? l->n_cols : 1;
    const hsize_t n_rows = l->n_rows ? l->n_rows : 1;
    const hsize_t rows =
        l->chunk_rows ? l->chunk_rows : cyt_store_chunk_rows(item_bytes, l->n_cols);
    j->rank = l->n_cols ? 2 : 1;
    j->dims[0] = l->n_rows;
    j->dims[1] = n_cols;
    j->chunk[0] = at_most(rows, n_rows);
    j->chunk[1] = at_most(l->chunk_cols ? l->chunk_cols : n_cols, n_cols);
    j->row_bytes = item_bytes * (size_t)n_cols;
}

static uint64_t parts(uint64_t n, uint64_t part)
{
    return n / part + (n % part != 0);
}

/* The most a dataset may take on disk while it is written: every chunk as large as it
 * can become, one more while chunks change places, and the index. */
static uint64_t worst_bytes(const job *j)
{
    if (j->layout.filter == CYT_COMPRESS_NONE)
        return j->dims[0] * j->row_bytes;
    const size_t item_bytes = j->row_bytes / (size_t)j->dims[1];
    const size_t raw_bytes = (size_t)(j->chunk[0] * j->chunk[1]) * item_bytes;
    const uint64_t n_chunks =
        parts(j->dims[0], j->chunk[0]) * parts(j->dims[1], j->chunk[1]);
    return (n_chunks + 1) * (ZSTD_compressBound(raw_bytes) + CYT_STORE_INDEX_BYTES);
}

/* --- rows to their chunk's owner ---------------------------------------------------
 */

static cyt_code alloc_parts(job *j, cyt_error *err)
{
    if (CYT_FAULT("store.write"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, j->store->path, "fault injected");
    const size_t size = (size_t)cyt_comm_size(j->store->comm);
    j->from = cyt_alloc(size + 1, sizeof *j->from, "parts of a dataset", err);
    j->to = cyt_alloc(size + 1, sizeof *j->to, "parts of a dataset", err);
    return err->code;
}

static cyt_code check_parts(const job *j, uint64_t first, cyt_error *err)
{
    const size_t size = (size_t)cyt_comm_size(j->store->comm);
    if (j->from[j->store->rank] == first && j->from[size] == j->layout.n_rows &&
        j->row_bytes > 0)
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_USAGE, j->store->path,
                    "the parts of %s do not make %llu rows of at least a byte", j->path,
                    (unsigned long long)j->layout.n_rows);
}

static cyt_code find_parts(job *j, uint64_t first, uint64_t count, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_store *s = j->store;
    const size_t size = (size_t)cyt_comm_size(s->comm);
    CYT_TRY(cyt_store_meet(s, alloc_parts(j, err), err));
    MPI_Allgather(&count, 1, MPI_UINT64_T, j->from + 1, 1, MPI_UINT64_T, s->comm);
    j->from[0] = 0;
    for (size_t r = 0; r < size; r++)
        j->from[r + 1] += j->from[r];
    cyt_blocks_cut(j->layout.n_rows, j->chunk[0], size, j->to);
    CYT_TRY(cyt_store_meet(s, check_parts(j, first, err), err));
done:
    return code;
}

/* Besides the rows, ask for what the filters will take: they cannot fail gently. */
static cyt_code alloc_rows(job *j, int moves, cyt_error *err)
{
    const size_t me = (size_t)j->store->rank;
    const size_t n = (size_t)(j->to[me + 1] - j->to[me]);
    if (j->layout.filter != CYT_COMPRESS_NONE)
        free(cyt_alloc(2 * n, j->row_bytes, "compressed rows", err));
    if (moves)
        j->moved = cyt_alloc(n, j->row_bytes, j->path, err);
    return err->code;
}

static cyt_code move_rows(job *j, const void *data, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_store *s = j->store;
    const size_t size = (size_t)cyt_comm_size(s->comm);
    const int moves = memcmp(j->from, j->to, (size + 1) * sizeof *j->to) != 0;
    CYT_TRY(cyt_store_meet(s, alloc_rows(j, moves, err), err));
    j->data = moves ? j->moved : data;
    if (moves)
        CYT_TRY(cyt_store_meet(s,
                               cyt_rows_regroup(s->comm, j->from, j->to, j->row_bytes,
                                                data, j->moved, err),
                               err));
done:
    return code;
}

/* --- create and write ---------------------------------------------------------------
 */

static int set_filter(hid_t list, const cyt_store_layout *layout)
{
    if (layout->type != CYT_STORE_TEXT && H5Pset_shuffle(list) < 0)
        return -1;
    const unsigned level = (unsigned)layout->level;
    const unsigned zstd_level = level ? level : CYT_ZSTD_LEVEL;
    if (layout->filter == CYT_COMPRESS_ZSTD)
        return H5Pset_filter(list, CYT_ZSTD_FILTER, H5Z_FLAG_MANDATORY, 1, &zstd_level);
    return H5Pset_deflate(list, level ? level : DEFLATE_LEVEL);
}

/* An empty dataset has no chunks to filter. */
static hid_t creation_list(const job *j)
{
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    int bad = list < 0 || H5Pset_obj_track_times(list, 0) < 0 ||
              H5Pset_fill_time(list, H5D_FILL_TIME_NEVER) < 0;
    if (!bad && j->layout.filter != CYT_COMPRESS_NONE && j->layout.n_rows > 0)
        bad = H5Pset_chunk(list, j->rank, j->chunk) < 0 ||
              set_filter(list, &j->layout) < 0;
    if (!bad)
        return list;
    if (list >= 0)
        H5Pclose(list);
    return H5I_INVALID_HID;
}

static cyt_code create_dataset(job *j, cyt_error *err)
{
    const hid_t list = creation_list(j);
    j->type = cyt_store_hdf5_type(j->layout.type, j->layout.width);
    if (j->space < 0)
        j->space = H5Screate_simple(j->rank, j->dims, NULL);
    if (list >= 0 && j->type >= 0 && j->space >= 0)
        j->dataset = H5Dcreate2(j->store->file, j->path, j->type, j->space, H5P_DEFAULT,
                                list, H5P_DEFAULT);
    if (j->dataset < 0)
        cyt_store_hdf5_failed(j->store, err, __func__, "make dataset", j->path);
    if (list >= 0)
        H5Pclose(list);
    return err->code;
}

/* Select this rank's rows in the file; the memory's shape is returned. */
static hid_t select_rows(const job *j)
{
    const size_t me = (size_t)j->store->rank;
    const hsize_t first[2] = {j->to[me], 0};
    const hsize_t count[2] = {j->to[me + 1] - j->to[me], j->dims[1]};
    const hsize_t one[2] = {1, 1};
    const hid_t memory = H5Screate_simple(j->rank, count[0] ? count : one, NULL);
    if (count[0] > 0) {
        H5Sselect_hyperslab(j->space, H5S_SELECT_SET, first, NULL, count, NULL);
    } else {
        H5Sselect_none(j->space);
        H5Sselect_none(memory);
    }
    return memory;
}

static hid_t select_scalar(const job *j)
{
    const hid_t memory = H5Screate(H5S_SCALAR);
    if (j->store->rank != 0) {
        H5Sselect_none(j->space);
        H5Sselect_none(memory);
    }
    return memory;
}

/* HDF5 may quietly give up the collective mode; with filters it must not. */
static cyt_code check_mode(const job *j, hid_t transfer, cyt_error *err)
{
    uint32_t here = 0, anywhere = 0;
    H5Pget_mpio_no_collective_cause(transfer, &here, &anywhere);
    if (anywhere == 0)
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_INTERNAL, j->store->path,
                    "%s was not written collectively (HDF5 cause 0x%x)", j->path,
                    (unsigned)anywhere);
}

static cyt_code write_dataset(const job *j, hid_t memory, cyt_error *err)
{
    const int nothing = 0;
    const hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
    H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE);
    if (H5Dwrite(j->dataset, j->type, memory, j->space, transfer,
                 j->data ? j->data : &nothing) < 0)
        cyt_store_hdf5_failed(j->store, err, __func__, "write", j->path);
    else
        check_mode(j, transfer, err);
    H5Pclose(transfer);
    return err->code;
}

/* With every rank ready: reserve, create, write. */
static cyt_code put(job *j, uint64_t bytes, hid_t (*select)(const job *),
                    cyt_error *err)
{
    cyt_code code = CYT_OK;
    hid_t memory = H5I_INVALID_HID;
    CYT_TRY(cyt_store_reserve(j->store, bytes, j->path, err));
    CYT_TRY(cyt_store_meet(j->store, create_dataset(j, err), err));
    if (H5Sget_simple_extent_npoints(j->space) > 0) {
        memory = select(j);
        CYT_TRY(cyt_store_meet(j->store, write_dataset(j, memory, err), err));
    }
done:
    if (memory >= 0)
        H5Sclose(memory);
    return code;
}

static void close_job(job *j)
{
    if (j->dataset >= 0)
        H5Dclose(j->dataset);
    if (j->space >= 0)
        H5Sclose(j->space);
    if (j->type >= 0)
        H5Tclose(j->type);
    free(j->moved);
    free(j->from);
    free(j->to);
}

cyt_code cyt_store_rows(cyt_store *store, const char *path,
                        const cyt_store_layout *layout, uint64_t first, uint64_t count,
                        const void *data, cyt_error *err)
{
    cyt_code code = CYT_OK;
    job j = {.store = store, .path = path, .layout = *layout};
    j.type = j.space = j.dataset = H5I_INVALID_HID;
    set_shape(&j);
    CYT_TRY(cyt_store_state(store, err));
    CYT_TRY(find_parts(&j, first, count, err));
    CYT_TRY(move_rows(&j, data, err));
    CYT_TRY(
        cyt_store_add_digest(store, path, j.to, j.chunk[0], j.row_bytes, j.data, err));
    CYT_TRY(put(&j, worst_bytes(&j), select_rows, err));
done:
    close_job(&j);
    return code;
}

cyt_code cyt_store_array(cyt_store *store, const char *path,
                         const cyt_store_layout *layout, const void *data,
                         cyt_error *err)
{
    const uint64_t first = store->rank == 0 ? 0 : layout->n_rows;
    return cyt_store_rows(store, path, layout, first, layout->n_rows - first, data,
                          err);
}

static size_t longest(const cyt_names *names)
{
    size_t width = 1;
    for (size_t i = 0; i < names->n; i++)
        if (strlen(names->name[i]) > width)
            width = strlen(names->name[i]);
    return width;
}

cyt_code cyt_store_names(cyt_store *store, const char *path, const cyt_names *names,
                         cyt_compression filter, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *text = NULL;
    const cyt_store_layout layout = {.type = CYT_STORE_TEXT,
                                     .width = longest(names),
                                     .n_rows = names->n,
                                     .filter = filter};
    CYT_TRY(cyt_store_state(store, err));
    text = cyt_calloc(names->n, layout.width, path, err);
    CYT_TRY(cyt_store_meet(store, err->code, err));
    for (size_t i = 0; i < names->n; i++)
        memcpy(text + i * layout.width, names->name[i], strlen(names->name[i]));
    code = cyt_store_array(store, path, &layout, text, err);
done:
    free(text);
    return code;
}

cyt_code cyt_store_scalar(cyt_store *store, const char *path, cyt_store_type type,
                          size_t width, const void *value, cyt_error *err)
{
    cyt_code code = CYT_OK;
    job j = {.store = store, .path = path, .data = value};
    j.layout = (cyt_store_layout){
        .type = type, .width = width, .n_rows = 1, .filter = CYT_COMPRESS_NONE};
    j.type = j.dataset = H5I_INVALID_HID;
    j.space = H5Screate(H5S_SCALAR);
    set_shape(&j);
    CYT_TRY(cyt_store_state(store, err));
    CYT_TRY(find_parts(&j, store->rank == 0 ? 0 : 1, store->rank == 0, err));
    CYT_TRY(cyt_store_add_digest(store, path, j.from, 1, j.row_bytes, value, err));
    CYT_TRY(put(&j, j.row_bytes, select_scalar, err));
done:
    close_job(&j);
    return code;
}
