/**
 * @file csv_columns.h
 * @brief Which field of a delimited file holds what: the header line against the
 * source.
 */
#ifndef CYT_CSV_COLUMNS_H
#define CYT_CSV_COLUMNS_H

#include "read/column_spec.h"

#include "cytotaxis/csv_record.h"
#include "cytotaxis/problems.h"
#include "cytotaxis/reader.h"

#include <stddef.h>

/** Field numbers from 0; CYT_NO_NAME where the file has no such column. */
typedef struct cyt_csv_columns {
    size_t n_fields; /**< every record must have as many */
    cyt_place x, y;  /**< of two fields the middle; absent when not wanted */
    cyt_place id;    /**< of two fields "a_b"; may be absent: cells are numbered then */
    size_t type;     /**< absent when not wanted */
    size_t field;    /**< absent when not wanted, or not there */
    size_t filter;   /**< absent without a filter */
    size_t n_values;
    size_t *value; /**< [n_values] each may be absent */
} cyt_csv_columns;

/**
 * Look up the columns that @p source asks for in the header, and add to @p problems,
 * one line each ("cells.csv line 1: ..."), what is missing or occurs twice.
 *
 * Columns are asked for in the grammar of column_spec.h.
 *
 * @param line  physical line of the header
 * @return CYT_OK, also with problems; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_csv_columns_find(const cyt_source *source,
                                            const cyt_record *header, uint64_t line,
                                            cyt_csv_columns *columns,
                                            cyt_problems *problems, cyt_error *err);

/** Fields from the first to the last in which something is read. */
size_t cyt_csv_columns_end(const cyt_csv_columns *columns);

void cyt_csv_columns_free(cyt_csv_columns *columns);

#endif
