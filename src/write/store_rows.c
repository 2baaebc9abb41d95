// SPDX-License-Identifier: BSD-3-Clause
/* Datasets: rows move to the owner of their chunk row, are hashed, and are written by
 * all ranks together.
 *
 * HDF5 places the compressed chunks of one write rank after rank, and those of a rank
 * in the order of the gaps of the file that it first had in mind for them. So that
 * files do not depend on the number of ranks, a write has at most one chunk row of each
 * rank, in order: turn k writes the chunk rows from k R on, of R ranks. */
#include "store_impl.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/route.h"
#include "cytotaxis/strip.h"
#include "cytotaxis/zstd_filter.h"

#include <stdlib.h>
#include <string.h>

#include <zstd.h>

/* Tables of cells are mantissas and ids: level 4, the usual one, makes them smaller by
 * 1 % and takes a quarter more time, of what is a third of a slide's. */
enum { DEFLATE_LEVEL = 1 };

/* A dataset on its way: its shape, and this rank's share under the chunk partition. */
typedef struct job {
    cyt_store *store;
    const char *path;
    cyt_store_layout layout;
    int rank; /* dimensions; 0: a single value */
    hsize_t dims[2];
    hsize_t chunk[2];
    size_t row_bytes;
    uint64_t *from;   /* [size + 1] first row of each rank, as given */
    uint64_t *to;     /* [size + 1] the same in whole chunk rows */
    void *moved;      /* rows that came, NULL when nothing had to move */
    const void *data; /* rows [to[me], to[me + 1]) */
    hid_t type, creation, transfer, file_space, memory_space, dataset;
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

static uint64_t n_chunks(const job *j)
{
    return j->layout.filter == CYT_COMPRESS_NONE
               ? 0
               : parts(j->dims[0], j->chunk[0]) * parts(j->dims[1], j->chunk[1]);
}

/* Address, size and mask of each chunk, and their share of the index pages. */
static uint64_t index_bytes(const job *j)
{
    enum { CHUNK_ENTRY_BYTES = 32 };
    return (n_chunks(j) + 1) * CHUNK_ENTRY_BYTES;
}

/* The most that rows may take on disk while they are written: every chunk as large as
 * it can become, and one more, since compressed chunks change places. */
static uint64_t worst_bytes(const job *j)
{
    if (j->layout.filter == CYT_COMPRESS_NONE)
        return j->dims[0] * j->row_bytes;
    const size_t item_bytes = j->row_bytes / (size_t)j->dims[1];
    const size_t raw_bytes = (size_t)(j->chunk[0] * j->chunk[1]) * item_bytes;
    return (n_chunks(j) + 1) * ZSTD_COMPRESSBOUND(raw_bytes);
}

/* --- rows to their chunk's owner -------------------------------------------------- */

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
    cyt_allgather(&count, 1, MPI_UINT64_T, j->from + 1, 1, MPI_UINT64_T, s->comm);
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

/* --- create and write ------------------------------------------------------------ */

/* All mandatory: H5Pset_shuffle() and H5Pset_deflate() would have HDF5 leave out a
 * filter that has no memory, and the bytes would be others. */
static int set_filter(hid_t list, const cyt_store_layout *layout)
{
    if (layout->type != CYT_STORE_TEXT &&
        H5Pset_filter(list, H5Z_FILTER_SHUFFLE, H5Z_FLAG_MANDATORY, 0, NULL) < 0)
        return -1;
    const unsigned level = (unsigned)layout->level;
    const unsigned zstd_level = level ? level : CYT_ZSTD_LEVEL;
    if (layout->filter == CYT_COMPRESS_ZSTD)
        return H5Pset_filter(list, CYT_ZSTD_FILTER, H5Z_FLAG_MANDATORY, 1, &zstd_level);
    const unsigned deflate_level = level ? level : DEFLATE_LEVEL;
    return H5Pset_filter(list, H5Z_FILTER_DEFLATE, H5Z_FLAG_MANDATORY, 1,
                         &deflate_level);
}

/* An empty dataset has no chunks to filter. */
static hid_t creation_list(const job *j)
{
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    int good = list >= 0 && H5Pset_obj_track_times(list, 0) >= 0 &&
               H5Pset_fill_time(list, H5D_FILL_TIME_NEVER) >= 0;
    if (good && j->layout.filter != CYT_COMPRESS_NONE && j->layout.n_rows > 0)
        good = H5Pset_chunk(list, j->rank, j->chunk) >= 0 &&
               set_filter(list, &j->layout) >= 0;
    return good ? list : cyt_store_release(list);
}

static hid_t transfer_list(void)
{
    const hid_t list = H5Pcreate(H5P_DATASET_XFER);
    return list >= 0 && H5Pset_dxpl_mpio(list, H5FD_MPIO_COLLECTIVE) >= 0
               ? list
               : cyt_store_release(list);
}

/* Select rows [first, first + count) of the file for this rank; the memory's shape is
 * returned. */
static hid_t select_rows(const job *j, uint64_t first, uint64_t count)
{
    const hsize_t start[2] = {first, 0};
    const hsize_t shape[2] = {count, j->dims[1]};
    const hsize_t one[2] = {1, 1};
    const hid_t memory = H5Screate_simple(j->rank, count ? shape : one, NULL);
    const int good =
        memory >= 0 &&
        (count > 0 ? H5Sselect_hyperslab(j->file_space, H5S_SELECT_SET, start, NULL,
                                         shape, NULL) >= 0
                   : H5Sselect_none(j->file_space) >= 0 && H5Sselect_none(memory) >= 0);
    return good ? memory : cyt_store_release(memory);
}

static hid_t select_scalar(const job *j)
{
    const hid_t memory = H5Screate(H5S_SCALAR);
    const int good =
        memory >= 0 && (j->store->rank == 0 || (H5Sselect_none(j->file_space) >= 0 &&
                                                H5Sselect_none(memory) >= 0));
    return good ? memory : cyt_store_release(memory);
}

/* What a rank can fail to make for itself, before the calls that are for all. */
static cyt_code prepare(job *j, cyt_error *err)
{
    j->type = cyt_store_hdf5_type(j->layout.type, j->layout.width);
    j->creation = creation_list(j);
    j->transfer = transfer_list();
    j->file_space =
        j->rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(j->rank, j->dims, NULL);
    if (j->type < 0 || j->creation < 0 || j->transfer < 0 || j->file_space < 0)
        cyt_store_hdf5_failed(j->store, err, __func__, "prepare dataset", j->path);
    return err->code;
}

static cyt_code create_dataset(job *j, cyt_error *err)
{
    j->dataset = H5Dcreate2(j->store->file, j->path, j->type, j->file_space,
                            H5P_DEFAULT, j->creation, H5P_DEFAULT);
    if (j->dataset < 0)
        cyt_store_hdf5_failed(j->store, err, __func__, "make dataset", j->path);
    return err->code;
}

/* HDF5 may quietly give up the collective mode; with filters it must not. */
static cyt_code check_mode(const job *j, cyt_error *err)
{
    uint32_t here = 0, anywhere = 0;
    if (H5Pget_mpio_no_collective_cause(j->transfer, &here, &anywhere) < 0)
        return cyt_store_hdf5_failed(j->store, err, __func__, "check", j->path);
    if (anywhere == 0)
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_INTERNAL, j->store->path,
                    "%s was not written collectively (HDF5 cause 0x%x)", j->path,
                    (unsigned)anywhere);
}

static cyt_code select_memory(job *j, uint64_t first, uint64_t count, cyt_error *err)
{
    cyt_store_release(j->memory_space);
    j->memory_space = j->rank == 0 ? select_scalar(j) : select_rows(j, first, count);
    return j->memory_space < 0
               ? cyt_store_hdf5_failed(j->store, err, __func__, "select in", j->path)
               : CYT_OK;
}

static cyt_code write_selected(const job *j, const void *data, cyt_error *err)
{
    const int nothing = 0;
    if (H5Dwrite(j->dataset, j->type, j->memory_space, j->file_space, j->transfer,
                 data ? data : &nothing) < 0)
        return cyt_store_hdf5_failed(j->store, err, __func__, "write", j->path);
    return check_mode(j, err);
}

/* Collective: each rank its own rows [first, first + count). */
static cyt_code write_rows(job *j, uint64_t first, uint64_t count, const void *data,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_meet(j->store, select_memory(j, first, count, err), err));
    CYT_TRY(cyt_store_meet(j->store, write_selected(j, data, err), err));
done:
    return code;
}

/* --- in turns --------------------------------------------------------------------- */

/* The rows of one turn: where they are, under j->to, and who writes them. */
typedef struct turn {
    uint64_t *from, *to; /* [size + 1] each */
    void *rows;          /* a chunk row; NULL on one rank, which has them all */
} turn;

static cyt_code alloc_turn(const job *j, size_t size, turn *t, cyt_error *err)
{
    t->from = cyt_alloc(size + 1, sizeof *t->from, "rows of a turn", err);
    t->to = cyt_alloc(size + 1, sizeof *t->to, "rows of a turn", err);
    if (size > 1)
        t->rows = cyt_alloc((size_t)j->chunk[0], j->row_bytes, j->path, err);
    return err->code;
}

static void cut_turn(const job *j, size_t size, uint64_t k, turn *t)
{
    for (size_t r = 0; r <= size; r++)
        t->to[r] = at_most((k * size + r) * j->chunk[0], j->dims[0]);
    for (size_t r = 0; r <= size; r++) {
        const uint64_t begun = j->to[r] > t->to[0] ? j->to[r] : t->to[0];
        t->from[r] = at_most(begun, t->to[size]);
    }
}

static cyt_code write_turn(job *j, const turn *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t me = (size_t)j->store->rank;
    const char *mine = j->data;
    if (t->from[me] > j->to[me])
        mine += (t->from[me] - j->to[me]) * j->row_bytes;
    if (t->rows)
        CYT_TRY(cyt_store_meet(j->store,
                               cyt_rows_regroup(j->store->comm, t->from, t->to,
                                                j->row_bytes, mine, t->rows, err),
                               err));
    CYT_TRY(write_rows(j, t->to[me], t->to[me + 1] - t->to[me],
                       t->rows ? t->rows : mine, err));
done:
    return code;
}

static cyt_code write_in_turns(job *j, size_t size, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const uint64_t n_turns = parts(parts(j->dims[0], j->chunk[0]), size);
    turn t = {0};
    CYT_TRY(cyt_store_meet(j->store, alloc_turn(j, size, &t, err), err));
    for (uint64_t k = 0; k < n_turns; k++) {
        cut_turn(j, size, k, &t);
        CYT_TRY(write_turn(j, &t, err));
    }
done:
    free(t.from);
    free(t.to);
    free(t.rows);
    return code;
}

static cyt_code write_dataset(job *j, cyt_error *err)
{
    const size_t size = (size_t)cyt_comm_size(j->store->comm);
    const size_t me = (size_t)j->store->rank;
    const int in_turns =
        j->layout.filter != CYT_COMPRESS_NONE && parts(j->dims[0], j->chunk[0]) > size;
    return in_turns ? write_in_turns(j, size, err)
                    : write_rows(j, j->to[me], j->to[me + 1] - j->to[me], j->data, err);
}

/* Close it; `bytes` is what remains of it in the file. */
static cyt_code close_dataset(job *j, uint64_t *bytes, cyt_error *err)
{
    *bytes = H5Dget_storage_size(j->dataset);
    if (H5Dclose(j->dataset) < 0)
        cyt_store_hdf5_failed(j->store, err, __func__, "close dataset", j->path);
    j->dataset = H5I_INVALID_HID;
    return err->code;
}

/* With the rows in place: prepare, reserve, create, write, close. */
static cyt_code put(job *j, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint64_t in_file;
    const uint64_t index = index_bytes(j), most = index + worst_bytes(j);
    CYT_TRY(cyt_store_meet(j->store, prepare(j, err), err));
    CYT_TRY(cyt_store_reserve(j->store, most, j->path, err));
    CYT_TRY(cyt_store_meet(j->store, create_dataset(j, err), err));
    if (j->layout.n_rows > 0)
        CYT_TRY(write_dataset(j, err));
    CYT_TRY(cyt_store_meet(j->store, close_dataset(j, &in_file, err), err));
    code = cyt_store_note(j->store, j->path, j->rank, &j->layout, j->chunk[0], err);
    CYT_TRY(cyt_store_meet(j->store, code, err));
    cyt_store_give_back(j->store, most - index - in_file);
done:
    return code;
}

static void init_job(job *j, cyt_store *store, const char *path,
                     const cyt_store_layout *layout)
{
    *j = (job){.store = store, .path = path, .layout = *layout};
    j->type = j->creation = j->transfer = H5I_INVALID_HID;
    j->file_space = j->memory_space = j->dataset = H5I_INVALID_HID;
    set_shape(j);
}

/* A dataset is still open here after a failure only, and the file will be removed. */
static void close_job(job *j)
{
    cyt_store_release(j->dataset);
    cyt_store_release(j->memory_space);
    cyt_store_release(j->file_space);
    cyt_store_release(j->transfer);
    cyt_store_release(j->creation);
    cyt_store_release(j->type);
    free(j->moved);
    free(j->from);
    free(j->to);
}

cyt_code cyt_store_rows(cyt_store *store, const char *path,
                        const cyt_store_layout *layout, uint64_t first, uint64_t count,
                        const void *data, cyt_error *err)
{
    cyt_code code = CYT_OK;
    job j;
    init_job(&j, store, path, layout);
    CYT_TRY(cyt_store_state(store, err));
    CYT_TRY(find_parts(&j, first, count, err));
    CYT_TRY(move_rows(&j, data, err));
    CYT_TRY(
        cyt_store_add_digest(store, path, j.to, j.chunk[0], j.row_bytes, j.data, err));
    CYT_TRY(put(&j, err));
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
    const cyt_store_layout layout = {
        .type = type, .width = width, .n_rows = 1, .filter = CYT_COMPRESS_NONE};
    job j;
    init_job(&j, store, path, &layout);
    j.rank = 0;
    j.data = value;
    CYT_TRY(cyt_store_state(store, err));
    CYT_TRY(find_parts(&j, store->rank == 0 ? 0 : 1, store->rank == 0, err));
    CYT_TRY(cyt_store_add_digest(store, path, j.from, 1, j.row_bytes, value, err));
    CYT_TRY(put(&j, err));
done:
    close_job(&j);
    return code;
}
