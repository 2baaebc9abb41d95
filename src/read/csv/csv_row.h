/**
 * @file csv_row.h
 * @brief One record of a delimited file becomes one row, is filtered out, or is an
 * error.
 */
#ifndef CYT_CSV_ROW_H
#define CYT_CSV_ROW_H

#include "read/csv/csv_columns.h"
#include "read/rows/row_store.h"
#include "read/text/record_feed.h"

#include "cytotaxis/csv_record.h"
#include "cytotaxis/reader.h"

typedef struct cyt_csv_row_parser {
    const cyt_source *source;       /**< borrowed */
    const cyt_csv_columns *columns; /**< borrowed */
    cyt_row_store *store;           /**< borrowed */
    char separator;
    size_t n_wanted;   /**< fields in which something is read */
    cyt_record record; /**< owned: free with cyt_csv_record_free() */
    uint64_t n_seen;   /**< records that were not blank, kept or not */
} cyt_csv_row_parser;

/** @param span  a record; its fields are in parser->record unless that is empty
 *  @return CYT_OK; CYT_ERR_DATA: "cells.csv line 41: x is not a number ("n/a")" */
CYT_NODISCARD cyt_code cyt_csv_row(cyt_csv_row_parser *parser, const cyt_span *span,
                                   cyt_error *err);

/** Split, with file and line in the error. Used for the header too. */
CYT_NODISCARD cyt_code cyt_csv_row_split(const cyt_source *source, const cyt_span *span,
                                         char separator, cyt_record *record,
                                         cyt_error *err);

#endif
