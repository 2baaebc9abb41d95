/**
 * @file h5ad_column.h
 * @brief One column of an AnnData dataframe (obs or var), whichever way it was encoded.
 *
 *     dataset                      text, integers, reals or booleans
 *     group {codes, categories}    categorical; code -1 is missing
 *     group {values, mask}         nullable text, integers or booleans; mask is missing
 *
 * Told apart by what is there, not by the words of the encoding attributes, so that
 * files of other writers are read too. A column is read by slabs of rows, as text
 * (anything but reals) or as numbers; the categories alone are kept in memory.
 */
#ifndef CYT_H5AD_COLUMN_H
#define CYT_H5AD_COLUMN_H

#include "read/h5_text.h"

typedef struct cyt_h5ad_column {
    char path[CYT_H5_PATH];
    uint64_t n;         /**< rows */
    cyt_h5_data values; /**< codes when categorical */
    cyt_h5_data mask;   /**< closed when the column has none */
    int categorical;
    cyt_h5_text categories;
} cyt_h5ad_column;

/** Open column @p name of dataframe @p frame ("obs"). An absent one is an error with
 * the nearest name and the names there are. Close it also after a failure. */
CYT_NODISCARD cyt_code cyt_h5ad_column_open(const cyt_h5_file *file, const char *frame,
                                            const char *name, cyt_h5ad_column *column,
                                            cyt_error *err);
void cyt_h5ad_column_close(cyt_h5ad_column *column);

/** Does @p frame have such a column? */
int cyt_h5ad_has_column(const cyt_h5_file *file, const char *frame, const char *name);

/** Are the values numbers? */
int cyt_h5ad_column_numeric(const cyt_h5ad_column *column);

/** Replace @p out by the text of rows [first, first + n); missing is "". */
CYT_NODISCARD cyt_code cyt_h5ad_column_text(const cyt_h5_file *file,
                                            const cyt_h5ad_column *column,
                                            uint64_t first, size_t n, cyt_h5_text *out,
                                            cyt_error *err);

/** Rows [first, first + n) as numbers; missing is NaN. */
CYT_NODISCARD cyt_code cyt_h5ad_column_f64(const cyt_h5_file *file,
                                           const cyt_h5ad_column *column,
                                           uint64_t first, size_t n, double *out,
                                           cyt_error *err);

/** Name of the index column of dataframe @p frame into @p name; an error when @p frame
 * is no dataframe, or one of anndata 0.7 or older. */
CYT_NODISCARD cyt_code cyt_h5ad_index_name(const cyt_h5_file *file, const char *frame,
                                           char name[CYT_H5_PATH], cyt_error *err);

/** The error that @p group has no @p what of that name: with the nearest name there is,
 *  and the first names there are. */
CYT_NODISCARD cyt_code cyt_h5ad_absent(const cyt_h5_file *file, const char *group,
                                       const char *what, const char *name,
                                       cyt_error *err);

/** The one sentence about files of anndata 0.7 and older. */
CYT_NODISCARD cyt_code cyt_h5ad_too_old(const cyt_h5_file *file, cyt_error *err);

/** Rows read at a time where the whole share is not needed. */
enum { CYT_H5AD_SLAB = 1 << 16 };

#endif
