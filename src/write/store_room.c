// SPDX-License-Identifier: BSD-3-Clause
/*
 * Room on the disk, held before it is needed.
 *
 * A full disk in the middle of a collective write is the failure that HDF5 and MPI-IO
 * handle worst: it hits some ranks only, which then wait for each other. So rank 0
 * holds blocks beyond the end of the file (fallocate, the size of the file unchanged)
 * for what the next step takes at most, and all ranks learn whether that worked. HDF5
 * gives out addresses when something is made and writes much of it when the file is
 * closed; held is everything below the last address, so that closing finds its room
 * too.
 *
 * Where the file system has no such service the free space is
 * compared; then another program may still take it, and the write itself reports the
 * failure.
 */
#define _GNU_SOURCE /* fallocate() */
#include "store_impl.h"

#include "cytotaxis/fault.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    /* Metadata of one step, on average: header messages, heap entries, their share of
     * heaps and B-trees. */
    STEP_BYTES = 1024,
    /* One step alone: above the largest block HDF5 takes at once for metadata (64 KiB,
     * direct blocks of its heaps). */
    SLACK_BYTES = 128 * 1024,
};

static cyt_code refuse(const cyt_store *store, uint64_t bytes, const char *object,
                       int reason, cyt_error *err)
{
    struct statvfs disk = {0};
    const int known = fstatvfs(store->guard, &disk) == 0;
    const uint64_t free_bytes = known ? (uint64_t)disk.f_bavail * disk.f_frsize : 0;
    return CYT_FAIL(err, CYT_ERR_IO, store->path,
                    "cannot write %s: %s (to be held: %llu bytes, free: %llu); make "
                    "space, or write to another folder",
                    object, strerror(reason), (unsigned long long)bytes,
                    (unsigned long long)free_bytes);
}

static int has_no_such_service(int reason)
{
    return reason == EOPNOTSUPP || reason == ENOSYS || reason == EINVAL;
}

/* Hold blocks up to byte `end`. Returns 0 or an errno. */
static int hold(const cyt_store *store, uint64_t end)
{
    int failed;
    do
        failed =
            fallocate(store->guard, FALLOC_FL_KEEP_SIZE, (off_t)store->reserved_bytes,
                      (off_t)(end - store->reserved_bytes));
    while (failed && errno == EINTR);
    return failed ? errno : 0;
}

/* Is there room from the size on disk up to byte `end`? */
static int fits_free_space(const cyt_store *store, uint64_t end)
{
    struct statvfs disk;
    struct stat now;
    if (fstatvfs(store->guard, &disk) < 0 || fstat(store->guard, &now) < 0)
        return 1;
    const uint64_t size = (uint64_t)now.st_size;
    return end <= size || (end - size) / disk.f_frsize < (uint64_t)disk.f_bavail;
}

/* Rank 0. */
static cyt_code extend(cyt_store *store, uint64_t end, const char *object,
                       cyt_error *err)
{
    const uint64_t more = end - store->reserved_bytes;
    const int reason = store->cannot_reserve ? ENOSYS : hold(store, end);
    if (has_no_such_service(reason)) {
        store->cannot_reserve = 1;
        return fits_free_space(store, end) ? CYT_OK
                                           : refuse(store, more, object, ENOSPC, err);
    }
    if (reason == ENOSPC || reason == EDQUOT || reason == EFBIG)
        return refuse(store, more, object, reason, err);
    if (reason != 0)
        return CYT_FAIL(err, CYT_ERR_IO, store->path,
                        "cannot extend the file for %s: %s", object, strerror(reason));
    store->reserved_bytes = end;
    return CYT_OK;
}

/* The file ends at most behind all that is in use and all that was given back. HDF5
 * does not tell the end itself when files are written in parallel. */
static cyt_code reserve(cyt_store *store, uint64_t bytes, const char *object,
                        cyt_error *err)
{
    if (CYT_FAULT("store.reserve"))
        return CYT_FAIL(err, CYT_ERR_IO, store->path, "fault injected");
    const hssize_t spare = store->file >= 0 ? H5Fget_freespace(store->file) : 0;
    if (spare < 0)
        return cyt_store_hdf5_failed(store, err, __func__, "measure", store->part);
    store->used_bytes += bytes + STEP_BYTES;
    const uint64_t end = store->used_bytes + (uint64_t)spare + SLACK_BYTES;
    if (store->rank != 0 || end <= store->reserved_bytes)
        return CYT_OK;
    return extend(store, end + SLACK_BYTES, object, err);
}

cyt_code cyt_store_reserve(cyt_store *store, uint64_t bytes, const char *object,
                           cyt_error *err)
{
    return cyt_store_meet(store, reserve(store, bytes, object, err), err);
}

void cyt_store_give_back(cyt_store *store, uint64_t bytes)
{
    store->used_bytes -= bytes < store->used_bytes ? bytes : store->used_bytes;
}

/* Setting the size a file has already frees the blocks beyond it. */
cyt_code cyt_store_trim(cyt_store *store, cyt_error *err)
{
    struct stat now;
    if (fstat(store->guard, &now) < 0 || ftruncate(store->guard, now.st_size) < 0)
        return CYT_FAIL(err, CYT_ERR_IO, store->path, "cannot set the size of %s: %s",
                        store->part, strerror(errno));
    assert(store->cannot_reserve || (uint64_t)now.st_size <= store->reserved_bytes);
    return CYT_OK;
}
