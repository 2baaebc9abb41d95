/**
 * @file store.h
 * @brief The collective HDF5 store: everything the program writes to .h5ad and .h5.
 *
 * All ranks of a communicator build one file together. Three promises shape it:
 *
 * The bytes of a file depend on its contents only, not on the number of ranks, on who
 * held which row, on time or host. So nothing volatile is stored, chunk shapes follow
 * from type and columns alone, and before a dataset is written its rows move to the
 * rank that owns their chunk row:
 *
 *     caller's partition      chunk rows          written by
 *     rank 0 ─┬─────────┐   ┌─────────┐ ┐
 *             │         │   ├─────────┤ │ rank 0
 *     rank 1 ─┼─────────┤   ├─────────┤ ┘ ┐
 *             │         │   ├─────────┤   │ rank 1
 *             └─────────┘   └─────────┘   ┘
 *
 * A file under its final name is whole. It grows as `<path>.<number>.part`, is forced
 * to disk, and is renamed only when every rank is well; else it is removed.
 *
 * A failure has one code and one sentence on all ranks, and none hangs. A collective
 * write that fails on one rank only can stall or crash the library below, so failures
 * are forestalled: before anything is written rank 0 reserves the disk space it may
 * take at most, and memory is asked for, and both are agreed upon. The first failure
 * stays in the store: later calls return it and do nothing, and closing removes the
 * file. A write that fails all the same is hidden from the library below until the
 * ranks meet: whoever links this one gets its MPI_File_write_at() and
 * MPI_File_write_at_all(), which hand on to MPI what is written to any other file.
 *
 * Advantage: one place holds the rules of parallel HDF5, callers pass any contiguous
 * partition. Price: a filtered dataset needs its uncompressed size free on disk while
 * it is written, and some 3.5 times a rank's rows in memory; rows travel once more when
 * the partition is not that of the chunks.
 *
 * Each dataset leaves a digest of its contents in file order: XXH3-128 of the XXH3-128
 * digests of its chunk rows. XXH3: Y. Collet, xxHash, https://xxhash.com.
 *
 * Paths in the file begin with '/'; parents must exist. Texts are UTF-8. Unless said
 * otherwise every function is collective over the communicator of the store, all
 * arguments agree on all ranks, and the code returned is the same on all.
 */
#ifndef CYT_STORE_H
#define CYT_STORE_H

#include "cytotaxis/config.h"
#include "cytotaxis/names.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** A file being written. The one struct of the program that holds a communicator. */
typedef struct cyt_store cyt_store;

/** Settings of MPI-IO without which files differ between rank counts, hold stray
 * memory, and failed writes go unnoticed; and HDF5 begun so that a failed close does
 * not crash the program at its end. Call once, before MPI_Init and before anything of
 * HDF5; what the user has set stays. Not collective. */
void cyt_store_environment(void);

/**
 * Begin a file. Collective over @p comm, which is borrowed until cyt_store_close().
 * HDF5 prints no errors of its own from here on.
 *
 * @param path   final name; while it grows the file is called
 *               `<path>.<number>.part` (folder.h), with a number drawn on rank 0
 * @param store  [out] NULL after a failure
 * @return CYT_OK; CYT_ERR_CREATE; CYT_ERR_IO when the disk is full; CYT_ERR_MEMORY;
 *         CYT_ERR_ENVIRONMENT
 */
CYT_NODISCARD cyt_code cyt_store_create(MPI_Comm comm, const char *path,
                                        cyt_store **store, cyt_error *err);

/**
 * End the file: with @p keep, and when nothing has failed, it gets its final name; else
 * it is removed. NULL is accepted. Releases the store in every case.
 *
 * @return the first failure of the store, or of closing; CYT_OK when the file was given
 *         up without a failure
 */
CYT_NODISCARD cyt_code cyt_store_close(cyt_store **store, int keep, cyt_error *err);

/** Make a group. */
CYT_NODISCARD cyt_code cyt_store_group(cyt_store *store, const char *path,
                                       cyt_error *err);
/** A second name for an object. */
CYT_NODISCARD cyt_code cyt_store_link(cyt_store *store, const char *target,
                                      const char *path, cyt_error *err);

/** @name Attributes of the object at @p path ("/" is the root). Texts have variable
 *  length. An empty list of texts is stored as h5py stores it: no numbers. */
/** @{ */
CYT_NODISCARD cyt_code cyt_store_attr_text(cyt_store *store, const char *path,
                                           const char *name, const char *value,
                                           cyt_error *err);
CYT_NODISCARD cyt_code cyt_store_attr_texts(cyt_store *store, const char *path,
                                            const char *name, const cyt_names *values,
                                            cyt_error *err);
CYT_NODISCARD cyt_code cyt_store_attr_bool(cyt_store *store, const char *path,
                                           const char *name, int value, cyt_error *err);
CYT_NODISCARD cyt_code cyt_store_attr_int(cyt_store *store, const char *path,
                                          const char *name, int64_t value,
                                          cyt_error *err);
CYT_NODISCARD cyt_code cyt_store_attr_ints(cyt_store *store, const char *path,
                                           const char *name, size_t n,
                                           const int64_t *values, cyt_error *err);
CYT_NODISCARD cyt_code cyt_store_attr_double(cyt_store *store, const char *path,
                                             const char *name, double value,
                                             cyt_error *err);
CYT_NODISCARD cyt_code cyt_store_attr_doubles(cyt_store *store, const char *path,
                                              const char *name, size_t n,
                                              const double *values, cyt_error *err);
/** @} */

typedef enum cyt_store_type {
    CYT_STORE_F64,
    CYT_STORE_F32,
    CYT_STORE_I64,
    CYT_STORE_I32,
    CYT_STORE_I16,
    CYT_STORE_I8,
    CYT_STORE_U8,
    CYT_STORE_BOOL, /**< int8_t 0 or 1 in memory; FALSE, TRUE as h5py has them */
    CYT_STORE_TEXT, /**< `width` bytes, UTF-8, padded with NUL */
} cyt_store_type;

/** What a dataset looks like. */
typedef struct cyt_store_layout {
    cyt_store_type type;
    size_t width;    /**< bytes of a text, at least 1; of no meaning for other types */
    uint64_t n_rows; /**< over all ranks; may be 0 */
    size_t n_cols;   /**< 0: the dataset has one dimension */
    cyt_compression filter;
    int level;         /**< of the filter; 0: 3 for zstd, 1 for deflate */
    size_t chunk_rows; /**< 0: cyt_store_chunk_rows() */
    size_t chunk_cols; /**< 0: all columns */
} cyt_store_layout;

/** Bytes of one item. Pure. */
size_t cyt_store_item_bytes(cyt_store_type type, size_t width);
/** Rows of a chunk that spans all columns: the largest power of two with which it stays
 *  within 1 MiB, at least 1. @p n_cols 0 counts as 1. Pure. */
size_t cyt_store_chunk_rows(size_t item_bytes, size_t n_cols);

/**
 * Write a dataset of distributed rows.
 *
 * Compressed datasets are chunked, with the shuffle filter for numbers; uncompressed
 * ones are contiguous.
 *
 * @param layout  the same on all ranks
 * @param first   first row of this rank: the sum of @p count over lower ranks
 * @param count   rows of this rank, may be 0
 * @param data    [count * n_cols] row-major, little-endian; may be NULL when count = 0
 * @return CYT_OK; CYT_ERR_IO; CYT_ERR_MEMORY; CYT_ERR_USAGE when the parts do not join
 */
CYT_NODISCARD cyt_code cyt_store_rows(cyt_store *store, const char *path,
                                      const cyt_store_layout *layout, uint64_t first,
                                      uint64_t count, const void *data, cyt_error *err);

/** Write a dataset that every rank holds whole: @p data [n_rows * n_cols]. */
CYT_NODISCARD cyt_code cyt_store_array(cyt_store *store, const char *path,
                                       const cyt_store_layout *layout, const void *data,
                                       cyt_error *err);

/** Write a list that every rank holds, as texts of the width of the longest. */
CYT_NODISCARD cyt_code cyt_store_names(cyt_store *store, const char *path,
                                       const cyt_names *names, cyt_compression filter,
                                       cyt_error *err);

/** Write one value that every rank holds. */
CYT_NODISCARD cyt_code cyt_store_scalar(cyt_store *store, const char *path,
                                        cyt_store_type type, size_t width,
                                        const void *value, cyt_error *err);

/** What a dataset contains. */
typedef struct cyt_store_digest {
    char *path;
    char hex[33]; /**< XXH3-128, 32 hexadecimal digits */
} cyt_store_digest;

/** Digests of the datasets so far, in the order they were written; on rank 0, none on
 *  others. Borrowed until the next call. Not collective.
 *  @return how many */
size_t cyt_store_digests(const cyt_store *store, const cyt_store_digest **digests);

/** Append a line "path<TAB>hex" for each dataset to @p lines, on rank 0. */
CYT_NODISCARD cyt_code cyt_store_take_digests(cyt_store *store, cyt_names *lines,
                                              cyt_error *err);

/**
 * Link names for a list of names: `/` becomes `_`, and what cannot be a link, or is
 * already there, gets a number: a/b → a_b, and a_b_2 when a_b is another name of the
 * list. Names that can stay as they are keep theirs. The same everywhere. Serial.
 *
 * @param links  [out] as many as @p names, in their order
 */
CYT_NODISCARD cyt_code cyt_store_link_names(const cyt_names *names, cyt_names *links,
                                            cyt_error *err);
/** The same for one name after the other: append a link that @p links has not. */
CYT_NODISCARD cyt_code cyt_store_link_name(const char *name, cyt_names *links,
                                           cyt_error *err);

#endif
