/**
 * @file h5ad_column.h
 * @brief One column of an AnnData dataframe (obs or var), whichever way it was encoded.
 *
 *     dataset, or member           text, integers, reals or booleans
 *     the same with labels         categorical of anndata 0.5 to 0.7 (h5ad_frame.h)
 *     group {codes, categories}    categorical; code -1 is missing
 *     group {values, mask}         nullable text, integers or booleans; mask is missing
 *     nothing                      the index of a frame that has none: 0, 1, 2, …
 *
 * A column is read by slabs of rows, as text (anything but reals) or as numbers; the
 * categories alone are kept in memory.
 */
#ifndef CYT_H5AD_COLUMN_H
#define CYT_H5AD_COLUMN_H

#include "read/h5ad/h5ad_frame.h"

typedef struct cyt_h5ad_column {
    char path[CYT_H5_PATH];
    uint64_t n;         /**< rows */
    cyt_h5_data values; /**< codes when categorical; closed when numbered */
    cyt_h5_data mask;   /**< closed when the column has none */
    uint64_t axis;      /**< which column of values of two dimensions */
    int categorical;
    int numbered; /**< the text of a row is its number */
    cyt_h5_text categories;
} cyt_h5ad_column;

/** Open column @p name of dataframe @p frame ("obs"). An absent one is an error with
 * the nearest name and the names there are. Close it also after a failure. */
CYT_NODISCARD cyt_code cyt_h5ad_column_open(const cyt_h5_file *file, const char *frame,
                                            const char *name, cyt_h5ad_column *column,
                                            cyt_error *err);
/** Open the index of @p frame; that of a frame without one numbers the rows, which are
 * as many as most of its columns have. */
CYT_NODISCARD cyt_code cyt_h5ad_index_open(const cyt_h5_file *file, const char *frame,
                                           cyt_h5ad_column *column, cyt_error *err);
void cyt_h5ad_column_close(cyt_h5ad_column *column);

/** Are the values numbers? */
int cyt_h5ad_column_numeric(const cyt_h5ad_column *column);

/** Replace @p out by the text of rows [first, first + n); missing is "". */
CYT_NODISCARD cyt_code cyt_h5ad_column_text(const cyt_h5_file *file,
                                            const cyt_h5ad_column *column,
                                            uint64_t first, size_t n, cyt_h5_text *out,
                                            cyt_error *err);

/** Words of a slab of rows: of a categorical column its codes, else text. */
typedef struct cyt_h5ad_words {
    cyt_h5_text text;
    int64_t *code; /**< [CYT_H5AD_SLAB]; NULL when not categorical */
} cyt_h5ad_words;

/** Replace @p words by rows [first, first + n), at most CYT_H5AD_SLAB. */
CYT_NODISCARD cyt_code cyt_h5ad_column_words(const cyt_h5_file *file,
                                             const cyt_h5ad_column *column,
                                             uint64_t first, size_t n,
                                             cyt_h5ad_words *words, cyt_error *err);
void cyt_h5ad_words_free(cyt_h5ad_words *words);
/** Word of row first + @p i, not NUL-terminated; missing is "". */
const char *cyt_h5ad_word(const cyt_h5ad_column *column, const cyt_h5ad_words *words,
                          size_t i, size_t *length);

/** Rows [first, first + n) as numbers; missing is NaN. */
CYT_NODISCARD cyt_code cyt_h5ad_column_f64(const cyt_h5_file *file,
                                           const cyt_h5ad_column *column,
                                           uint64_t first, size_t n, double *out,
                                           cyt_error *err);

/** Rows read at a time where the whole share is not needed. */
enum { CYT_H5AD_SLAB = 1 << 16 };

#endif
