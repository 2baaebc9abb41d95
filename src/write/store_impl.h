/**
 * @file store_impl.h
 * @brief Inside of the store, for the files of this folder that write through it.
 */
#ifndef CYT_STORE_IMPL_H
#define CYT_STORE_IMPL_H

#include "cytotaxis/store.h"

#include <hdf5.h>

/* Buffers go to the file as they are: a conversion would end a collective write. */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the store writes little-endian files from little-endian memory"
#endif

struct cyt_store {
    MPI_Comm comm; /**< borrowed */
    int rank;
    hid_t file; /**< negative: not open */
    char *path; /**< final name */
    char *part; /**< name while it grows */
    int guard;  /**< rank 0: descriptor of the growing file, -1 elsewhere */
    uint64_t reserved_bytes; /**< rank 0: disk space held from the start of the file */
    int cannot_reserve;      /**< rank 0: the file system has no such service */
    cyt_error failed;        /**< the first failure, the same on every rank */
    size_t n_digests;        /**< rank 0 */
    size_t digest_capacity;
    cyt_store_digest *digests;
};

/** The failure the store has seen, into @p err; CYT_OK when there was none. The first
 *  thing every function asks. Not collective. */
CYT_NODISCARD cyt_code cyt_store_state(const cyt_store *store, cyt_error *err);

/** cyt_agree(), remembered: a failure ends the store. */
CYT_NODISCARD cyt_code cyt_store_meet(cyt_store *store, cyt_code local, cyt_error *err);

/** Fill @p err after an HDF5 call failed: "cannot <doing> <object>: <what HDF5 says>".
 *  To be called before any other HDF5 call. */
cyt_code cyt_store_hdf5_failed(const cyt_store *store, cyt_error *err,
                               const char *where, const char *doing,
                               const char *object);

/** Bytes the index of a dataset takes for each chunk, at most: address, size, mask and
 *  their share of the index pages. */
enum { CYT_STORE_INDEX_BYTES = 32 };

/** See to it that the file can grow by @p bytes and some metadata. Collective.
 *  @param object  what for; goes into the message */
CYT_NODISCARD cyt_code cyt_store_reserve(cyt_store *store, uint64_t bytes,
                                         const char *object, cyt_error *err);
/** Give back what was reserved beyond the end of the file. Rank 0, after HDF5 closed
 * it. */
CYT_NODISCARD cyt_code cyt_store_trim(cyt_store *store, cyt_error *err);

/** Keep the digest of a dataset whose rows are already in chunk order. Collective.
 *  @param starts       [size + 1] first row of each rank
 *  @param block_rows   rows of a chunk */
CYT_NODISCARD cyt_code cyt_store_add_digest(cyt_store *store, const char *path,
                                            const uint64_t *starts, uint64_t block_rows,
                                            size_t row_bytes, const void *data,
                                            cyt_error *err);

/** Path of @p link in @p group, to be released with free(); NULL with CYT_ERR_MEMORY.
 */
char *cyt_store_join(const char *group, const char *link, cyt_error *err);

/** Type of a dataset in file and memory; negative after a failure. Close it. */
hid_t cyt_store_hdf5_type(cyt_store_type type, size_t width);

/** Write an attribute of any type. Collective. @p space and @p type stay the caller's.
 */
CYT_NODISCARD cyt_code cyt_store_attribute(cyt_store *store, const char *path,
                                           const char *name, hid_t type, hid_t space,
                                           const void *value, cyt_error *err);

#endif
