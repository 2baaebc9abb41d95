/**
 * @file view.h
 * @brief The small tables and texts of a finished result file, read back whole.
 *
 * For what people read: reports, tables as text. A path goes from the root, without the
 * leading slash: "uns/tests/a vs b". Whatever is asked for must fit into memory; of
 * the matrix of a cohort single rows or some columns are read. Serial, read-only.
 */
#ifndef CYT_VIEW_H
#define CYT_VIEW_H

#include "cytotaxis/names.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct cyt_view cyt_view;

/** @param sample  borrowed until close, for messages; "" for none
 *  @param view    [out] to be closed, also after a failure
 *  @return CYT_OK; CYT_ERR_NO_INPUT: no such file; CYT_ERR_DATA: not HDF5;
 *          CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_view_open(const char *path, const char *sample,
                                     cyt_view **view, cyt_error *err);
void cyt_view_close(cyt_view **view);

/** Is there a group or dataset of this path? */
int cyt_view_has(const cyt_view *view, const char *path);

/** Names of what is in a group, in the order of names; none when there is no such
 *  group. */
CYT_NODISCARD cyt_code cyt_view_members(const cyt_view *view, const char *path,
                                        cyt_names *names, cyt_error *err);

/** Those members of a group that are dataframes. */
CYT_NODISCARD cyt_code cyt_view_frames(const cyt_view *view, const char *path,
                                       cyt_names *names, cyt_error *err);

/** A text attribute of the object at @p path, "" when it has none; free(). NULL: no
 *  memory, or a damaged file. */
char *cyt_view_attr(const cyt_view *view, const char *path, const char *name,
                    cyt_error *err);

/** What the object at @p path is called: its attribute `name`, which holds what HDF5
 *  would not take as a link, else the last part of the path; free(). NULL as above. */
char *cyt_view_name(const cyt_view *view, const char *path, cyt_error *err);

/** A single text; free(). */
CYT_NODISCARD cyt_code cyt_view_text(const cyt_view *view, const char *path,
                                     char **text, cyt_error *err);

/* --- dataframes ------------------------------------------------------------------- */

typedef struct cyt_view_column {
    char *name;     /**< owned */
    double *number; /**< [n_rows]; NULL: a column of text */
    cyt_names text; /**< [n_rows]; missing is "" */
} cyt_view_column;

typedef struct cyt_view_frame {
    size_t n_rows, n_columns;
    cyt_names index; /**< [n_rows] */
    cyt_view_column *column;
} cyt_view_frame;

/** A dataframe, whole. @param frame  [out] released with cyt_view_frame_free(), also
 *  after a failure */
CYT_NODISCARD cyt_code cyt_view_frame_read(const cyt_view *view, const char *path,
                                           cyt_view_frame *frame, cyt_error *err);
void cyt_view_frame_free(cyt_view_frame *frame);

/** The column of this name, of numbers [n_rows] or of texts [n_rows]; NULL when there
 *  is none of that kind. Borrowed. */
const double *cyt_view_numbers(const cyt_view_frame *frame, const char *name);
char *const *cyt_view_texts(const cyt_view_frame *frame, const char *name);

/* --- arrays ----------------------------------------------------------------------- */

/** A vector of numbers; free(). */
CYT_NODISCARD cyt_code cyt_view_vector(const cyt_view *view, const char *path,
                                       double **value, size_t *n, cyt_error *err);

/** One row of a matrix that has @p n columns. @param value  [n] [out] */
CYT_NODISCARD cyt_code cyt_view_row(const cyt_view *view, const char *path,
                                    uint64_t row, size_t n, double *value,
                                    cyt_error *err);

/** Columns @p column[n], ascending and distinct, of the first @p n_rows rows.
 *  @param value  [n_rows * n] row-major [out] */
CYT_NODISCARD cyt_code cyt_view_columns(const cyt_view *view, const char *path,
                                        size_t n_rows, size_t n, const uint64_t *column,
                                        double *value, cyt_error *err);

#endif
