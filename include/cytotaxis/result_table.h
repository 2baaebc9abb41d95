/**
 * @file result_table.h
 * @brief Tables of results of a slide, filled row by row: for each becomes a data frame
 * of uns.
 *
 *     cyt_result_table *t = cyt_result_table_add(&tables, "trap", err);
 *     cyt_result_row(t, "CXCL12|CD8 T", err);
 *     cyt_result_text(t, "signal", "CXCL12", err);
 *     cyt_result_number(t, "slope", 0.41, err);
 *
 * A column exists from its first value on, in the order of first values; where a row
 * has no value, a number is NaN and a text "". Nothing here communicates: every rank
 * fills the same rows.
 *
 * Advantage: an analysis adds a table without the writer knowing of it. Price: a column
 * is looked up by name for each value, so these are for thousands of rows, not for
 * cells.
 */
#ifndef CYT_RESULT_TABLE_H
#define CYT_RESULT_TABLE_H

#include "cytotaxis/names.h"
#include "cytotaxis/status.h"

#include <stddef.h>

/** A column: numbers, or texts. */
typedef struct cyt_result_column {
    char *name;
    int is_text;
    size_t capacity;
    double *number; /**< [rows] of a column of numbers */
    cyt_names text; /**< [rows] of a column of texts */
} cyt_result_column;

typedef struct cyt_result_table {
    char *name;
    cyt_names index; /**< [rows] */
    size_t n_columns, capacity;
    cyt_result_column *column; /**< each as long as index */
} cyt_result_table;

typedef struct cyt_result_tables {
    size_t n, capacity;
    cyt_result_table **item; /**< owned */
} cyt_result_tables;

/** A new table, valid as long as @p tables. @p name is that in uns. NULL: no memory. */
cyt_result_table *cyt_result_table_add(cyt_result_tables *tables, const char *name,
                                       cyt_error *err);

/** Begin a row; what follows goes into it. @p index should be unique. */
CYT_NODISCARD cyt_code cyt_result_row(cyt_result_table *table, const char *index,
                                      cyt_error *err);

/** Set a number of the current row.
 *  @return CYT_OK; CYT_ERR_INTERNAL: there is no row, or the column holds texts;
 *          CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_result_number(cyt_result_table *table, const char *column,
                                         double value, cyt_error *err);

/** A number with the name of its column. */
typedef struct cyt_named_number {
    const char *name;
    double value;
} cyt_named_number;

/** Set numbers of the current row. @p prefix, of up to 15 bytes, stands before each
 *  name; "": none. As cyt_result_number(). */
CYT_NODISCARD cyt_code cyt_result_numbers(cyt_result_table *table, const char *prefix,
                                          size_t n, const cyt_named_number *numbers,
                                          cyt_error *err);

/** Set a text of the current row; as cyt_result_number(). */
CYT_NODISCARD cyt_code cyt_result_text(cyt_result_table *table, const char *column,
                                       const char *text, cyt_error *err);

void cyt_result_tables_free(cyt_result_tables *tables);

#endif
