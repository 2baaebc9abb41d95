/**
 * @file h5_text.h
 * @brief Text out of HDF5: fixed and variable length, by slabs, from files that may be
 *        damaged.
 *
 * Fixed-length text is read by HDF5. A variable-length element is a reference: length,
 * address of a heap in the file, number of an object in that heap. HDF5 1.10 follows it
 * without asking whether the heap has such an object, so one flipped byte ends the
 * whole program. Therefore HDF5 only delivers the references (through a registered
 * conversion that changes nothing), whatever layout and filters the dataset has, and
 * the heaps are read here, each length and number checked against the file.
 *
 * Advantage: no crash, and no allocation per string. Price: knowledge of one stable
 * piece of the file format, and the need for a plain file below (no other driver than
 * sec2). Reference: HDF5 File Format Specification 3.0, III.E "Global Heap".
 */
#ifndef CYT_H5_TEXT_H
#define CYT_H5_TEXT_H

#include "read/h5/h5_util.h"

/** Strings one after the other, without NUL between them. */
typedef struct cyt_h5_text {
    size_t n;
    size_t n_bytes;
    size_t *start; /**< [n + 1]; NULL while n = 0 */
    char *bytes;
    size_t start_capacity;
    size_t bytes_capacity;
} cyt_h5_text;

/** Append @p length bytes; cut at the first NUL among them. */
CYT_NODISCARD cyt_code cyt_h5_text_add(cyt_h5_text *text, const char *bytes,
                                       size_t length, cyt_error *err);
/** Forget the strings, keep the room. */
void cyt_h5_text_clear(cyt_h5_text *text);
void cyt_h5_text_free(cyt_h5_text *text);
/** String @p i, not NUL-terminated; its length in @p length. */
const char *cyt_h5_text_get(const cyt_h5_text *text, size_t i, size_t *length);
/** String @p i as one of its own; free() it. NULL without memory. */
char *cyt_h5_text_copy(const cyt_h5_text *text, size_t i, cyt_error *err);
/** Is string @p i equal to @p name? */
int cyt_h5_text_is(const cyt_h5_text *text, size_t i, const char *name);

/** Append elements [first, first + n) of a dataset of text. */
CYT_NODISCARD cyt_code cyt_h5_read_text(const cyt_h5_file *file,
                                        const cyt_h5_data *data, uint64_t first,
                                        size_t n, cyt_h5_text *out, cyt_error *err);

/** Append the strings of an attribute; CYT_OK and nothing added when it is absent,
 * empty or no text. */
CYT_NODISCARD cyt_code cyt_h5_attr_text(const cyt_h5_file *file, const char *path,
                                        const char *name, cyt_h5_text *out,
                                        cyt_error *err);

/** The one string of an attribute into @p value, "" when absent, longer or no text. */
CYT_NODISCARD cyt_code cyt_h5_attr_word(const cyt_h5_file *file, const char *path,
                                        const char *name, char value[CYT_H5_PATH],
                                        cyt_error *err);

#endif
