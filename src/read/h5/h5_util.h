/**
 * @file h5_util.h
 * @brief HDF5 input that may be damaged: every object is looked at before it is read.
 *
 * A file from elsewhere can hold anything under any name. So each access asks first
 * what is there (group or dataset, class of number, extents, filters, whether the
 * elements are really stored) and only then allocates and reads. Objects are addressed
 * by their path from the root, which is also how messages name them.
 *
 * Opened with the serial driver by each rank, without file locks: inputs are only read,
 * and locks fail on network file systems. HDF5's own error printing is silent between
 * cyt_h5_open() and cyt_h5_close(); its most specific sentence goes into our message.
 *
 * One file is all that is read. HDF5 would follow a file's links and storage to
 * whatever other file it names, a pipe too, unlooked at: external links are
 * unregistered for the process, datasets with values elsewhere are not opened.
 *
 * Price: one file descriptor more, because strings are read beside HDF5 (h5_text.h).
 * Versioned HDF5 calls only, so that one source builds with 1.10 and later.
 */
#ifndef CYT_H5_UTIL_H
#define CYT_H5_UTIL_H

#define H5_USE_110_API 1

#include "cytotaxis/names.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <hdf5.h>

/** Longest path inside a file that is looked for, with its NUL. */
enum { CYT_H5_PATH = 512 };

typedef struct cyt_h5_file {
    hid_t id;           /**< 0 when closed */
    int fd;             /**< the same file, for its string heaps */
    uint64_t bytes;     /**< its size */
    uint64_t base;      /**< bytes before the superblock: address 0 of HDF5 */
    size_t n_address;   /**< bytes of an address in this file */
    size_t n_length;    /**< bytes of a length in this file */
    const char *shown;  /**< borrowed: path for messages */
    const char *sample; /**< borrowed: slide for messages */
    H5E_auto2_t old_print;
    void *old_print_data;
} cyt_h5_file;

/** Open for reading. CYT_ERR_NO_INPUT: missing or unreadable; CYT_ERR_DATA: not HDF5,
 * or damaged. Zero-initialise @p file; close it also after a failure. */
CYT_NODISCARD cyt_code cyt_h5_open(const char *path, const char *shown,
                                   const char *sample, cyt_h5_file *file,
                                   cyt_error *err);
void cyt_h5_close(cyt_h5_file *file);

/** Bytes of a variable-length element in the file: length, heap address, object number.
 */
static inline size_t cyt_h5_reference_bytes(const cyt_h5_file *file)
{
    return 4 + file->n_address + 4;
}

/** HDF5's most specific sentence about the call that just failed. */
void cyt_h5_reason(char *text, size_t size);

/** "a/b" into @p path; "" (which is nowhere) when @p name is empty, absolute or too
 * long. */
void cyt_h5_join(char path[CYT_H5_PATH], const char *group, const char *name);

/** Ends a message of what HDF5 should have read and did not. */
#define CYT_H5_UNREAD ": the file is damaged, or memory or the disk failed"

typedef enum cyt_h5_what {
    CYT_H5_ABSENT = 0,
    CYT_H5_BROKEN,    /**< a link that leads nowhere or in a circle, or HDF5 failed */
    CYT_H5_ELSEWHERE, /**< an external link, or values in other files */
    CYT_H5_DAMAGED,   /**< a header not to be trusted to HDF5, see h5_header.h */
    CYT_H5_GROUP,
    CYT_H5_DATASET,
    CYT_H5_OTHER,
} cyt_h5_what;

/** A dataset without elements (anndata's `null`) is as good as absent. */
cyt_h5_what cyt_h5_look(const cyt_h5_file *file, const char *path);

/** The error for CYT_H5_ELSEWHERE. */
cyt_code cyt_h5_elsewhere(const cyt_h5_file *file, const char *path, cyt_error *err);

/** The same of a path of several groups, each of which is looked at on the way:
 * whatever a user may have written there. @p path without a slash in front; "" is the
 * root. */
cyt_h5_what cyt_h5_look_along(const cyt_h5_file *file, const char *path);

/** Names of a group's members, in the order of their names, or of those of a compound
 * dataset, in its own order; nothing for anything else. */
CYT_NODISCARD cyt_code cyt_h5_members(const cyt_h5_file *file, const char *path,
                                      cyt_names *names, cyt_error *err);

typedef enum cyt_h5_class {
    CYT_H5_OTHER_CLASS = 0,
    CYT_H5_INTEGER,
    CYT_H5_UNSIGNED,
    CYT_H5_REAL,
    CYT_H5_BOOLEAN, /**< an enumeration of two one-byte values, or of three, one "NA" */
    CYT_H5_TEXT,    /**< fixed length */
    CYT_H5_VTEXT,   /**< variable length */
} cyt_h5_class;

/** The value that stands for a missing boolean. @return 0 where the type has none. */
int cyt_h5_missing_value(hid_t type, char *value);

/** Class of a stored type; OTHER for numbers with padding or of unusual width. */
cyt_h5_class cyt_h5_class_of(hid_t type);

/** Dimensions of the dataset at @p path; -1 where none can be opened. */
int cyt_h5_n_dims(const cyt_h5_file *file, const char *path);

/** A dataset of one or two dimensions, or one member of a compound dataset, open. */
typedef struct cyt_h5_data {
    hid_t id; /**< 0 when closed */
    hid_t type;
    cyt_h5_class kind;
    size_t n_dims;     /**< 1 or 2; 0 for a scalar, which is read like one row */
    uint64_t dims[2];  /**< dims[1] = 1 for one dimension; numbers in an array member */
    uint64_t chunk[2]; /**< 0 when not chunked */
    int packed;        /**< has filters */
    int member;        /**< is a member: rows are read whole, and cut here */
    size_t each;       /**< bytes of a stored element, with all its members */
    size_t offset;     /**< of the member within it */
    char path[CYT_H5_PATH];
} cyt_h5_data;

/** Must all elements be stored in the file? Then an allocation by the extents is
 * bounded by what the file holds, unpacked: filters pack zeros a thousandfold and more,
 * so what is kept whole needs a bound of its own. */
typedef enum cyt_h5_store { CYT_H5_MAY_LACK, CYT_H5_STORED } cyt_h5_store;

/** Open the dataset at @p path; fails when there is none of @p n_dims dimensions, its
 * type is of no class above, a filter is missing, or (CYT_H5_STORED) parts are not
 * there. A scalar will do for one dimension. */
CYT_NODISCARD cyt_code cyt_h5_data_open(const cyt_h5_file *file, const char *path,
                                        size_t n_dims, cyt_h5_store store,
                                        cyt_h5_data *data, cyt_error *err);
/** Open member @p name of the compound dataset at @p path; all of it must be stored.
 * An array member has dims[1] columns. */
CYT_NODISCARD cyt_code cyt_h5_member_open(const cyt_h5_file *file, const char *path,
                                          const char *name, cyt_h5_data *data,
                                          cyt_error *err);
void cyt_h5_data_close(cyt_h5_data *data);

/** Has the compound dataset at @p path such a member? */
int cyt_h5_has_member(const cyt_h5_file *file, const char *path, const char *name);

/** Is it a class with numbers: integers or reals? */
int cyt_h5_numeric(const cyt_h5_data *data);

/** Elements [first, first + n) of a one-dimensional dataset as @p memory_type. The
 * range must lie inside; n = 0 reads nothing. */
CYT_NODISCARD cyt_code cyt_h5_read(const cyt_h5_file *file, const cyt_h5_data *data,
                                   hid_t memory_type, uint64_t first, size_t n,
                                   void *out, cyt_error *err);
CYT_NODISCARD cyt_code cyt_h5_read_f64(const cyt_h5_file *file, const cyt_h5_data *data,
                                       uint64_t first, size_t n, double *out,
                                       cyt_error *err);
/** As whole numbers, whatever the stored type; a fraction is an error, and what does
 * not fit becomes the nearest that does. */
CYT_NODISCARD cyt_code cyt_h5_read_i64(const cyt_h5_file *file, const cyt_h5_data *data,
                                       uint64_t first, size_t n, int64_t *out,
                                       cyt_error *err);
/** Columns @p column[n_columns], ascending and distinct, of rows [first, first + n) of
 * a two-dimensional dataset or an array member; @p out is [n * n_columns] row-major. */
CYT_NODISCARD cyt_code cyt_h5_read_columns(const cyt_h5_file *file,
                                           const cyt_h5_data *data, uint64_t first,
                                           size_t n, size_t n_columns,
                                           const uint64_t *column, double *out,
                                           cyt_error *err);

/** Whole rows [first, first + n) as @p memory_type; @p out is [n * dims[1]] row-major.
 */
CYT_NODISCARD cyt_code cyt_h5_read_rows(const cyt_h5_file *file,
                                        const cyt_h5_data *data, hid_t memory_type,
                                        uint64_t first, size_t n, void *out,
                                        cyt_error *err);

/** Columns [first, first + n) of one row of a two-dimensional dataset. */
CYT_NODISCARD cyt_code cyt_h5_read_row(const cyt_h5_file *file, const cyt_h5_data *data,
                                       uint64_t row, uint64_t first, size_t n,
                                       double *out, cyt_error *err);

/** @p n whole numbers of an attribute; 0 when absent or of another shape or class. */
int cyt_h5_attr_i64(const cyt_h5_file *file, const char *path, const char *name,
                    size_t n, int64_t *out);
/** One number of an attribute, likewise. */
int cyt_h5_attr_f64(const cyt_h5_file *file, const char *path, const char *name,
                    double *out);

#define CYT_H5_FAIL(file, err, ...) cyt_h5_fail((file), (err), __func__, __VA_ARGS__)

/** CYT_ERR_DATA about this file; the message starts with its name. */
cyt_code cyt_h5_fail(const cyt_h5_file *file, cyt_error *err, const char *where,
                     const char *fmt, ...) CYT_PRINTF(4, 5);

#endif
