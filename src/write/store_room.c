// SPDX-License-Identifier: BSD-3-Clause
/*
 * Room on the disk, held before it is needed.
 *
 * A full disk in the middle of a collective write is the failure that HDF5 and MPI-IO
 * handle worst: it hits some ranks only, which then wait for each other. So rank 0
 * holds blocks beyond the end of the file (fallocate, the size of the file unchanged)
 * for what the next step takes at most, and all ranks learn whether that worked. HDF5
 * gives out addresses when something is made and writes much of it when the file is
 * closed; held is everything below the last address, so that closing finds its room.
 *
 * Where the file system has no such service, zeros are written instead, and HDF5 cuts
 * the file to size when it closes it. To compare with the free space would not do:
 * another program that takes it meanwhile makes the ranks wait for ever (measured).
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

/* Both hold blocks up to byte `end` and return 0 or an errno. */

static int hold_beyond_end(const cyt_store *store, uint64_t end)
{
    int failed;
    do
        failed =
            fallocate(store->guard, FALLOC_FL_KEEP_SIZE, (off_t)store->reserved_bytes,
                      (off_t)(end - store->reserved_bytes));
    while (failed && errno == EINTR);
    return failed ? errno : 0;
}

/* Nothing is written beyond both what is reserved and the end of the file. */
static int hold_by_zeros(const cyt_store *store, uint64_t end)
{
    static const char zeros[64 * 1024];
    struct stat now;
    if (fstat(store->guard, &now) < 0)
        return errno;
    uint64_t at = store->reserved_bytes;
    at = (uint64_t)now.st_size > at ? (uint64_t)now.st_size : at;
    while (at < end) {
        const size_t n = end - at < sizeof zeros ? (size_t)(end - at) : sizeof zeros;
        const ssize_t done = pwrite(store->guard, zeros, n, (off_t)at);
        if (done < 0 && errno != EINTR)
            return errno;
        at += done > 0 ? (uint64_t)done : 0;
    }
    return fdatasync(store->guard) < 0 ? errno : 0;
}

/* Rank 0. */
static cyt_code extend(cyt_store *store, uint64_t end, const char *object,
                       cyt_error *err)
{
    int reason = store->writes_zeros ? EOPNOTSUPP : hold_beyond_end(store, end);
    if (has_no_such_service(reason)) {
        store->writes_zeros = 1;
        reason = hold_by_zeros(store, end);
    }
    if (reason == ENOSPC || reason == EDQUOT || reason == EFBIG)
        return refuse(store, end - store->reserved_bytes, object, reason, err);
    if (reason != 0)
        return CYT_FAIL(err, CYT_ERR_IO, store->path,
                        "cannot extend the file for %s: %s%s", object, strerror(reason),
                        cyt_store_advice(reason));
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
    assert((uint64_t)now.st_size <= store->reserved_bytes);
    return CYT_OK;
}
