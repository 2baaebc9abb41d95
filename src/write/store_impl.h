/**
 * @file store_impl.h
 * @brief Inside of the store, for the files of this folder that write through it.
 */
#ifndef CYT_STORE_IMPL_H
#define CYT_STORE_IMPL_H

#include "cytotaxis/store.h"
#include "cytotaxis/store_settings.h"

#include <hdf5.h>

/* Buffers go to the file as they are: a conversion would end a collective write. */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the store writes little-endian files from little-endian memory"
#endif

/** A dataset that was written and is to be read back. */
typedef struct cyt_store_expected {
    char *path;
    int rank; /**< dimensions; 0: a single value */
    cyt_store_layout layout;
    uint64_t block_rows; /**< of a digest */
} cyt_store_expected;

struct cyt_store {
    MPI_Comm comm; /**< borrowed */
    cyt_store_settings settings;
    int rank;
    hid_t file;                             /**< negative: not open */
    hid_t access, creation, group_creation; /**< property lists */
    char *path;                             /**< final name */
    char *part;                             /**< name while it grows */
    int guard;           /**< rank 0: descriptor of the growing file, -1 elsewhere */
    uint64_t used_bytes; /**< the most that all in the file takes so far */
    uint64_t reserved_bytes; /**< rank 0: disk space held from the start of the file */
    int writes_zeros;        /**< rank 0: the file system can hold no blocks */
    MPI_File written;        /**< that of the file; borrowed from HDF5 */
    int is_spoilt;           /**< a write of this rank failed; HDF5 does not know */
    struct cyt_store *next;  /**< of the open ones */
    cyt_error failed;        /**< the first failure, the same on every rank */
    size_t n_digests;        /**< rank 0 */
    size_t digest_capacity;
    cyt_store_digest *digests;
    size_t n_expected, expected_capacity; /**< with settings.verify: as the digests */
    cyt_store_expected *expected;
};

/** Those of a communicator. Not collective. */
cyt_store_settings cyt_store_settings_of(MPI_Comm comm);
/** Put the hints into @p info. */
void cyt_store_set_hints(const cyt_store_settings *settings, MPI_Info info);

/** Keep in mind what a dataset looks like, if it is to be read back. Not collective. */
CYT_NODISCARD cyt_code cyt_store_note(cyt_store *store, const char *path, int rank,
                                      const cyt_store_layout *layout,
                                      uint64_t block_rows, cyt_error *err);
/** With settings.verify: read the closed file back and compare. Collective. */
CYT_NODISCARD cyt_code cyt_store_look_back(cyt_store *store, cyt_error *err);
void cyt_store_expected_free(cyt_store *store);

/** The failure the store has seen, into @p err; CYT_OK when there was none. The first
 *  thing every function asks. Not collective. */
CYT_NODISCARD cyt_code cyt_store_state(const cyt_store *store, cyt_error *err);

/** cyt_agree(), remembered: a failure ends the store, and so does a write that failed
 *  since they last met. */
CYT_NODISCARD cyt_code cyt_store_meet(cyt_store *store, cyt_code local, cyt_error *err);

/** From now on, and no longer, writes to the open file that fail make the store spoilt
 *  and are hidden from HDF5, whose ranks would lose each other. Not collective. */
void cyt_store_watch(cyt_store *store);
void cyt_store_unwatch(const cyt_store *store);

/** What to do about a file that cannot be written for the reason errno @p why. */
const char *cyt_store_advice(int why);

/** Fill @p err after an HDF5 call failed: "cannot <doing> <object>: <what HDF5 says>",
 *  with advice where room may be what it lacks: @p doing begins with write, flush or
 *  close, or HDF5 says so.
 *  To be called before any other HDF5 call. */
cyt_code cyt_store_hdf5_failed(const cyt_store *store, cyt_error *err,
                               const char *where, const char *doing,
                               const char *object);

/** Close an identifier of something in memory (list, type, space), if it is one; HDF5
 *  has nothing to tell then. Returns H5I_INVALID_HID. */
hid_t cyt_store_release(hid_t id);

/** See to it that the file can grow by @p bytes and a step's metadata. Collective.
 *  @param object  what for; goes into the message */
CYT_NODISCARD cyt_code cyt_store_reserve(cyt_store *store, uint64_t bytes,
                                         const char *object, cyt_error *err);
/** So many bytes of what was reserved were not needed: a dataset was compressed. */
void cyt_store_give_back(cyt_store *store, uint64_t bytes);
/** Let go of what was reserved beyond the end of the file. Rank 0, after HDF5 closed
 * it. */
CYT_NODISCARD cyt_code cyt_store_trim(cyt_store *store, cyt_error *err);

enum { CYT_STORE_HEX = 33 };

/** Digest of the rows of a dataset that are in chunk order, as text, on rank 0.
 *  Collective; arguments as for the next. */
CYT_NODISCARD cyt_code cyt_store_hash(cyt_store *store, const uint64_t *starts,
                                      uint64_t block_rows, size_t row_bytes,
                                      const void *data, char hex[CYT_STORE_HEX],
                                      cyt_error *err);
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
/** Type of a text of any length, UTF-8; likewise. */
hid_t cyt_store_text_type(void);

/** An attribute to write; takes over type and space. */
typedef struct cyt_store_value {
    hid_t type, space;
    const void *data;     /**< NULL: there is nothing in it */
    uint64_t extra_bytes; /**< on disk, beyond what type and space tell */
} cyt_store_value;

/** Write an attribute of any type. Collective. */
CYT_NODISCARD cyt_code cyt_store_attribute(cyt_store *store, const char *path,
                                           const char *name,
                                           const cyt_store_value *value,
                                           cyt_error *err);

#endif
