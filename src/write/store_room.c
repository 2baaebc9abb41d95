// SPDX-License-Identifier: BSD-3-Clause
/*
 * Room on the disk, held before it is needed.
 *
 * A full disk in the middle of a collective write is the failure that HDF5 and MPI-IO
 * handle worst: it hits some ranks only, which then wait for each other. So rank 0
 * holds blocks beyond the end of the file (fallocate, the size of the file unchanged)
 * for what the next step writes at most, and all ranks learn whether that worked. Where
 * the file system has no such service the free space is compared; then another program
 * may still take it, and the write itself reports the failure.
 */
#define _GNU_SOURCE /* fallocate() */
#include "store_impl.h"

#include "cytotaxis/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Room for group and attribute metadata that is cached and not yet in the file: above
 * the largest block HDF5 takes at once for them (64 KiB, direct blocks of its heaps).
 */
enum { METADATA_BYTES = 256 * 1024 };

static cyt_code refuse(const cyt_store *store, uint64_t bytes, const char *object,
                       cyt_error *err)
{
    struct statvfs disk = {0};
    const int known = fstatvfs(store->guard, &disk) == 0;
    const uint64_t free_bytes = known ? (uint64_t)disk.f_bavail * disk.f_frsize : 0;
    return CYT_FAIL(err, CYT_ERR_IO, store->path,
                    "no room on the disk for %llu bytes of %s (free: %llu); free some "
                    "space, or write to another folder",
                    (unsigned long long)bytes, object, (unsigned long long)free_bytes);
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

static int fits_free_space(const cyt_store *store, uint64_t bytes)
{
    struct statvfs disk;
    return fstatvfs(store->guard, &disk) < 0 ||
           bytes / disk.f_frsize < (uint64_t)disk.f_bavail;
}

/* Rank 0. */
static cyt_code extend(cyt_store *store, uint64_t end, uint64_t bytes,
                       const char *object, cyt_error *err)
{
    const int reason = store->cannot_reserve ? ENOSYS : hold(store, end);
    if (has_no_such_service(reason)) {
        store->cannot_reserve = 1;
        return fits_free_space(store, end - store->reserved_bytes)
                   ? CYT_OK
                   : refuse(store, bytes, object, err);
    }
    if (reason == ENOSPC || reason == EDQUOT || reason == EFBIG)
        return refuse(store, bytes, object, err);
    if (reason != 0)
        return CYT_FAIL(err, CYT_ERR_IO, store->path,
                        "cannot extend the file for %s: %s", object, strerror(reason));
    store->reserved_bytes = end;
    return CYT_OK;
}

static cyt_code reserve(cyt_store *store, uint64_t bytes, const char *object,
                        cyt_error *err)
{
    if (CYT_FAULT("store.reserve"))
        return CYT_FAIL(err, CYT_ERR_IO, store->path, "fault injected");
    if (store->rank != 0)
        return CYT_OK;
    struct stat now; /* what HDF5 has not written yet was reserved before */
    const uint64_t on_disk = stat(store->part, &now) == 0 ? (uint64_t)now.st_size : 0;
    const uint64_t in_use =
        on_disk > store->reserved_bytes ? on_disk : store->reserved_bytes;
    const uint64_t end = in_use + bytes + METADATA_BYTES;
    return extend(store, end + METADATA_BYTES, bytes, object, err);
}

cyt_code cyt_store_reserve(cyt_store *store, uint64_t bytes, const char *object,
                           cyt_error *err)
{
    return cyt_store_meet(store, reserve(store, bytes, object, err), err);
}

/* Setting the size a file has already frees the blocks beyond it. */
cyt_code cyt_store_trim(cyt_store *store, cyt_error *err)
{
    struct stat now;
    if (fstat(store->guard, &now) == 0 && ftruncate(store->guard, now.st_size) == 0)
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_IO, store->path, "cannot set the size of %s: %s",
                    store->part, strerror(errno));
}
