// SPDX-License-Identifier: BSD-3-Clause
/*
 * HDF5 tried out. The file goes through the same store as every result, so that what
 * works here works in a run: packed with zstd and shuffled, rows of all ranks, one
 * collective write. It is read through a file of this rank's own, as h5py reads it;
 * each rank reads what the next one wrote, so that memory and reads stay as they are
 * however many ranks there are.
 *
 *     row r:  r * N_COLS, r * N_COLS + 1, ...     each rank writes ROWS_PER_RANK rows
 */
#include "cytotaxis/probe.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/store.h"
#include "cytotaxis/zstd_filter.h"

#include <stdlib.h>
#include <unistd.h>

#include <hdf5.h>

enum { ROWS_PER_RANK = 1000, N_COLS = 16, CHUNK_ROWS = 256 };

static const char dataset[] = "/rows";

static int both_ways(H5Z_filter_t filter)
{
    const unsigned want =
        H5Z_FILTER_CONFIG_ENCODE_ENABLED | H5Z_FILTER_CONFIG_DECODE_ENABLED;
    unsigned can = 0;
    return H5Zfilter_avail(filter) > 0 && H5Zget_filter_info(filter, &can) >= 0 &&
           (can & want) == want;
}

cyt_code cyt_probe_filters(cyt_error *err)
{
    static const struct {
        H5Z_filter_t id;
        const char *name;
    } needed[] = {{H5Z_FILTER_DEFLATE, "deflate"},
                  {H5Z_FILTER_SHUFFLE, "shuffle"},
                  {CYT_ZSTD_FILTER, "zstd"}};
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_zstd_filter_register(err));
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!both_ways(needed[i].id))
            return CYT_FAIL(err, CYT_ERR_ENVIRONMENT, NULL,
                            "the HDF5 library cannot pack and unpack with %s; link "
                            "one that was built with it",
                            needed[i].name);
done:
    return code;
}

static int64_t *rows_of(uint64_t first, size_t n_rows, cyt_error *err)
{
    int64_t *rows = cyt_alloc(n_rows * N_COLS, sizeof *rows, "rows to try HDF5", err);
    for (size_t i = 0; rows && i < n_rows * N_COLS; i++)
        rows[i] = (int64_t)(first * N_COLS + i);
    return rows;
}

static cyt_code write_rows(MPI_Comm comm, cyt_store *store, cyt_error *err)
{
    const uint64_t size = (uint64_t)cyt_comm_size(comm);
    const uint64_t first = (uint64_t)cyt_comm_rank(comm) * ROWS_PER_RANK;
    const cyt_store_layout layout = {.type = CYT_STORE_I64,
                                     .n_rows = size * ROWS_PER_RANK,
                                     .n_cols = N_COLS,
                                     .filter = CYT_COMPRESS_ZSTD,
                                     .chunk_rows = CHUNK_ROWS};
    int64_t *rows = rows_of(first, ROWS_PER_RANK, err);
    cyt_code code = cyt_agree(comm, rows ? CYT_OK : CYT_ERR_MEMORY, err);
    if (code == CYT_OK)
        code = cyt_store_rows(store, dataset, &layout, first, ROWS_PER_RANK, rows, err);
    free(rows);
    return code;
}

/* The rows of one rank. */
static int read_selected(hid_t set, hid_t in_file, uint64_t first, int64_t *rows)
{
    const hsize_t start[2] = {first, 0}, count[2] = {ROWS_PER_RANK, N_COLS};
    const hid_t in_memory = H5Screate_simple(2, count, NULL);
    const int ok =
        in_memory >= 0 &&
        H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
        H5Dread(set, H5T_NATIVE_INT64, in_memory, in_file, H5P_DEFAULT, rows) >= 0;
    if (in_memory >= 0)
        H5Sclose(in_memory);
    return ok;
}

static int read_rows(const char *path, uint64_t first, int64_t *rows)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t set = file >= 0 ? H5Dopen2(file, dataset, H5P_DEFAULT) : -1;
    const hid_t in_file = set >= 0 ? H5Dget_space(set) : -1;
    const int ok = in_file >= 0 && read_selected(set, in_file, first, rows);
    if (in_file >= 0)
        H5Sclose(in_file);
    if (set >= 0)
        H5Dclose(set);
    if (file >= 0)
        H5Fclose(file);
    return ok;
}

/* The rows from @p first on, which another rank wrote. */
static cyt_code compare_rows(const char *path, uint64_t first, cyt_error *err)
{
    enum { N = ROWS_PER_RANK * N_COLS };
    cyt_code code = CYT_OK;
    int64_t *rows = rows_of(first, ROWS_PER_RANK, err);
    if (!rows)
        return err->code;
    for (size_t i = 0; i < N; i++)
        rows[i] = -1;
    if (!read_rows(path, first, rows))
        code = CYT_FAIL(err, CYT_ERR_IO, NULL,
                        "%s was written and cannot be read again: the file system lost "
                        "it, or does not lock files (then set "
                        "HDF5_USE_FILE_LOCKING=FALSE)",
                        path);
    for (size_t i = 0; code == CYT_OK && i < N; i++)
        if (rows[i] != (int64_t)(first * N_COLS + i))
            code = CYT_FAIL(err, CYT_ERR_IO, NULL,
                            "%s: row %llu was written by all ranks together and reads "
                            "otherwise",
                            path, (unsigned long long)(first + i / N_COLS));
    free(rows);
    return code;
}

cyt_code cyt_probe_store(MPI_Comm comm, const char *path, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_store *store = NULL;
    const int next = (cyt_comm_rank(comm) + 1) % cyt_comm_size(comm);
    CYT_TRY(cyt_store_create(comm, path, &store, err));
    CYT_TRY(write_rows(comm, store, err));
    CYT_TRY(cyt_store_close(&store, 1, err));
    CYT_TRY(
        cyt_agree(comm, compare_rows(path, (uint64_t)next * ROWS_PER_RANK, err), err));
done:
    if (store && cyt_store_close(&store, 0, err) != CYT_OK)
        code = err->code;
    if (cyt_comm_rank(comm) == 0)
        unlink(path);
    return code;
}
