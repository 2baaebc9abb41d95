/**
 * @file samplesheet_row.h
 * @brief The columns of a samplesheet as a table, and one row turned into a sample.
 */
#ifndef CYT_SAMPLESHEET_ROW_H
#define CYT_SAMPLESHEET_ROW_H

#include "complaint.h"
#include "cytotaxis/csv_record.h"
#include "cytotaxis/samplesheet.h"

typedef enum cyt_sheet_kind {
    CYT_SHEET_SAMPLE,
    CYT_SHEET_PATH, /**< a file */
    CYT_SHEET_FORMAT,
    CYT_SHEET_TEXT,
    CYT_SHEET_UM,
    CYT_SHEET_FILTER,
    CYT_SHEET_DECIMAL,
    CYT_SHEET_TIME,
    CYT_SHEET_EVENT,
    CYT_SHEET_REGIONS_UM,
    CYT_SHEET_AFFINE,
} cyt_sheet_kind;

typedef struct cyt_sheet_column {
    const char *name;
    cyt_sheet_kind kind;
    size_t field; /**< offset in cyt_sample */
} cyt_sheet_column;

/** Ended by name NULL. */
extern const cyt_sheet_column cyt_sheet_columns[];

enum { CYT_COVARIATE = -1 };

/** State while a sheet is read. Errors stick in `err`. */
typedef struct cyt_sheet_reader {
    cyt_complaints *complaints;
    cyt_samplesheet *sheet;
    const char *const *formats;
    cyt_error *err;
    cyt_names header;  /**< names of all columns */
    int *column;       /**< [header.n] index into cyt_sheet_columns, or CYT_COVARIATE */
    cyt_record record; /**< the one at hand */
    size_t line;       /**< where it starts */
    size_t n_rows;     /**< records after the header, faulty ones too */
    char separator;
    int broken_header;
} cyt_sheet_reader;

/** Complain of the line at hand; @p column 0: of the whole line. */
void cyt_sheet_complain(cyt_sheet_reader *r, size_t column, const char *fmt, ...)
    CYT_PRINTF(3, 4);

/** Turn the record at hand into a sample of the sheet, or complain. */
void cyt_sheet_row(cyt_sheet_reader *r);

void cyt_sample_free(cyt_sample *sample, size_t n_covariates);

#endif
