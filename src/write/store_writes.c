// SPDX-License-Identifier: BSD-3-Clause
/*
 * What becomes of a write that fails, below HDF5.
 *
 * HDF5's ranks meet inside H5Dcreate() and H5Dwrite(). One whose write fails leaves at
 * once, and the others wait for it for ever (measured: EIO on one of two ranks while
 * fill values are written). So HDF5 is not told: the write counts as done, the store as
 * spoilt, and its next meeting makes that the failure of all ranks, after which the
 * file is given up like after any other.
 *
 * The way in is the profiling interface of MPI: what HDF5 calls as MPI_File_write_at()
 * and MPI_File_write_at_all() stands here and calls the same with PMPI. A file that is
 * of no open store gets its codes as ever.
 *
 * Advantage: no rank leaves alone, whatever the reason of the failure. Price: the list
 * of open stores, the one thing here that outlives a call: files of MPI carry no
 * attributes in which a store could be found.
 */
#include "store_impl.h"

static cyt_store *open_stores;

void cyt_store_watch(cyt_store *store)
{
    void *handle = NULL;
    store->written = MPI_FILE_NULL;
    if (H5Fget_vfd_handle(store->file, store->access, &handle) >= 0 && handle)
        store->written = *(MPI_File *)handle;
    store->next = open_stores;
    open_stores = store;
}

void cyt_store_unwatch(const cyt_store *store)
{
    cyt_store **at = &open_stores;
    while (*at && *at != store)
        at = &(*at)->next;
    if (*at)
        *at = store->next;
}

static cyt_store *store_of(MPI_File file)
{
    cyt_store *store = open_stores;
    while (store && store->written != file)
        store = store->next;
    return store;
}

/* Some failures have a code, others only leave bytes out. */
static int is_whole(int code, const MPI_Status *status, MPI_Count n_bytes)
{
    MPI_Count n_written = 0;
    if (code != MPI_SUCCESS || n_bytes == 0)
        return code == MPI_SUCCESS;
    return PMPI_Get_elements_x(status, MPI_BYTE, &n_written) == MPI_SUCCESS &&
           n_written == n_bytes;
}

/* The code that HDF5 gets, which looks at the status too. */
static int settle(int code, MPI_File file, int count, MPI_Datatype type,
                  MPI_Status *status)
{
    MPI_Count size = 0;
    cyt_store *store = store_of(file);
    PMPI_Type_size_x(type, &size);
    if (!store || is_whole(code, status, count * size))
        return code;
    store->is_spoilt = 1;
    PMPI_Status_set_elements_x(status, MPI_BYTE, count * size);
    return MPI_SUCCESS;
}

int MPI_File_write_at(MPI_File file, MPI_Offset at, const void *data, int count,
                      MPI_Datatype type, MPI_Status *status)
{
    MPI_Status own = {0};
    MPI_Status *told = status == MPI_STATUS_IGNORE ? &own : status;
    const int code = PMPI_File_write_at(file, at, data, count, type, told);
    return settle(code, file, count, type, told);
}

int MPI_File_write_at_all(MPI_File file, MPI_Offset at, const void *data, int count,
                          MPI_Datatype type, MPI_Status *status)
{
    MPI_Status own = {0};
    MPI_Status *told = status == MPI_STATUS_IGNORE ? &own : status;
    const int code = PMPI_File_write_at_all(file, at, data, count, type, told);
    return settle(code, file, count, type, told);
}
