/**
 * @file anndata.h
 * @brief AnnData on top of the store: what Python and R open as a table of
 * observations.
 *
 * The dialect is that of anndata 0.8 (dataframe 0.2.0, categorical 0.2.0), which newer
 * versions read as well. Texts have fixed length, because parallel HDF5 cannot write
 * others; readers take both. Format: the on-disk specification of AnnData,
 * https://anndata.readthedocs.io (I. Virshup et al., doi:10.21105/joss.04371).
 *
 * A data frame is written column after column:
 *
 *     cyt_frame_begin → cyt_frame_index → cyt_frame_numbers, … → cyt_frame_end
 *
 * Every function is collective over the communicator of the store and returns the same
 * code on all ranks; after a failure the next ones do nothing, so that cyt_frame_end()
 * can always be called.
 */
#ifndef CYT_ANNDATA_H
#define CYT_ANNDATA_H

#include "cytotaxis/names.h"
#include "cytotaxis/status.h"
#include "cytotaxis/store.h"

#include <stddef.h>
#include <stdint.h>

/** Make the root of @p store an AnnData with empty layers, obsm, obsp, varm, varp, uns.
 *  /obs and /var are frames that the caller writes; an AnnData without variables gets a
 *  frame of no rows as /var. */
CYT_NODISCARD cyt_code cyt_anndata_begin(cyt_store *store, cyt_error *err);

/** A mapping: a group of anything. */
CYT_NODISCARD cyt_code cyt_anndata_dict(cyt_store *store, const char *path,
                                        cyt_error *err);

/** A distributed array or matrix; arguments as of cyt_store_rows(). */
CYT_NODISCARD cyt_code cyt_anndata_rows(cyt_store *store, const char *path,
                                        const cyt_store_layout *layout, uint64_t first,
                                        uint64_t count, const void *data,
                                        cyt_error *err);

/** An array that every rank holds whole. */
CYT_NODISCARD cyt_code cyt_anndata_array(cyt_store *store, const char *path,
                                         const cyt_store_layout *layout,
                                         const void *data, cyt_error *err);
/** A list of texts that every rank holds. */
CYT_NODISCARD cyt_code cyt_anndata_names(cyt_store *store, const char *path,
                                         const cyt_names *names, cyt_error *err);
/** A single text. */
CYT_NODISCARD cyt_code cyt_anndata_text(cyt_store *store, const char *path,
                                        const char *value, cyt_error *err);

/** Rows of a sparse matrix: those of this rank. */
typedef struct cyt_csr {
    uint64_t n_rows; /**< over all ranks */
    uint64_t n_cols;
    uint64_t first;        /**< first row of this rank */
    uint64_t count;        /**< its rows */
    const uint64_t *start; /**< [count + 1] entries of row i: start[i] .. start[i + 1],
                                from 0 on each rank */
    const int32_t *index;  /**< [start[count]] columns, ascending within a row */
    cyt_store_type type;   /**< of the values */
    const void *value;     /**< [start[count]] */
} cyt_csr;

/** Write a csr_matrix. */
CYT_NODISCARD cyt_code cyt_anndata_csr(cyt_store *store, const char *path,
                                       const cyt_csr *matrix, cyt_compression filter,
                                       cyt_error *err);

/** A data frame while it is being written. */
typedef struct cyt_frame {
    cyt_store *store; /**< borrowed */
    char *path;
    uint64_t n_rows; /**< over all ranks */
    uint64_t first;  /**< rows of this rank */
    uint64_t count;
    cyt_names columns; /**< link names so far */
} cyt_frame;

/** Begin a frame whose rows are distributed like those of cyt_store_rows(). */
CYT_NODISCARD cyt_code cyt_frame_begin(cyt_store *store, const char *path,
                                       uint64_t n_rows, uint64_t first, uint64_t count,
                                       cyt_frame *frame, cyt_error *err);
/** Begin a frame that every rank holds whole; columns are then passed whole. */
CYT_NODISCARD cyt_code cyt_frame_begin_whole(cyt_store *store, const char *path,
                                             uint64_t n_rows, cyt_frame *frame,
                                             cyt_error *err);

/** The index: @p text [count * width] NUL-padded. Once per frame. */
CYT_NODISCARD cyt_code cyt_frame_index(cyt_frame *frame, size_t width, const char *text,
                                       cyt_error *err);
/** The index of a whole frame. */
CYT_NODISCARD cyt_code cyt_frame_index_names(cyt_frame *frame, const cyt_names *names,
                                             cyt_error *err);

/** @name Columns. @p name may hold '/': it is then stored under another name (store.h)
 *  and stands in the attribute `name`. */
/** @{ */
/** Numbers or booleans: @p data [count]. */
CYT_NODISCARD cyt_code cyt_frame_numbers(cyt_frame *frame, const char *name,
                                         cyt_store_type type, const void *data,
                                         cyt_error *err);
/** Texts: @p text [count * width]. */
CYT_NODISCARD cyt_code cyt_frame_texts(cyt_frame *frame, const char *name, size_t width,
                                       const char *text, cyt_error *err);
/** Texts of a whole frame. */
CYT_NODISCARD cyt_code cyt_frame_names(cyt_frame *frame, const char *name,
                                       const cyt_names *texts, cyt_error *err);
/** Categories: @p codes [count] into @p categories, -1 for a missing value. */
CYT_NODISCARD cyt_code cyt_frame_categories(cyt_frame *frame, const char *name,
                                            const cyt_names *categories, int ordered,
                                            const int32_t *codes, cyt_error *err);
/** @} */

/** End the frame and release it. Returns CYT_OK also after a failed column, whose code
 *  the caller already has. */
CYT_NODISCARD cyt_code cyt_frame_end(cyt_frame *frame, cyt_error *err);

/** End a frame on every way out of the function that began it: returns @p code, or what
 *  the end returns where it is CYT_OK. */
CYT_NODISCARD cyt_code cyt_frame_leave(cyt_frame *frame, cyt_code code, cyt_error *err);

#endif
