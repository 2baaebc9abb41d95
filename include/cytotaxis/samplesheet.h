/**
 * @file samplesheet.h
 * @brief Which slides there are: a CSV or TSV table, one row each, checked whole.
 *
 * Known columns say where a slide's cells are and how to read them; every other column
 * is a covariate and travels as text to the results. All faults of a sheet are listed
 * in one pass as file:line:column, column being the byte of the record where the field
 * starts. A sheet is small, so one rank reads it whole and each sample owns copies of
 * its strings: a few kilobytes, and no lifetime to think of.
 *
 * Known columns (sample and data_path are required, um_per_px too unless the format
 * defines it, as positions without a unit are refused):
 *
 *     sample     unique, becomes a file name: letters, digits, '.', '_', '-'
 *     data_path  file of the cells, relative to the sheet's folder
 *     format     name of a reader; auto when empty
 *     patient    the unit of the statistics; the sample when empty
 *     condition, batch
 *     um_per_px  µm per unit of x and y; 1: they are µm
 *     x, y, id, type             columns of the file, where not the format's own
 *     compartment                column of the file that has labels of compartments
 *     decimal    "," where a text writes numbers so; "." when empty
 *     filter     column=value: keep these rows of a file that holds several slides
 *     time, event                survival: a time, and 1 (happened) or 0 (censored)
 *     type_file  a second file that has the types, joined by cell id
 *     expression a second file that has the ligands, likewise
 *     regions    file of annotated regions, relative to the sheet's folder
 *     regions_um_per_px  µm per unit of that file; must be given where it is in pixels
 *     regions_affine     "a b c d e f": x' = a x + b y + c, y' = d x + e y + f, applied
 *                        to the coordinates of that file before scaling
 */
#ifndef CYT_SAMPLESHEET_H
#define CYT_SAMPLESHEET_H

#include "cytotaxis/names.h"
#include "cytotaxis/problems.h"
#include "cytotaxis/status.h"

#include <stddef.h>

/** A file that a sample names; all NULL where none is named. */
typedef struct cyt_sheet_file {
    char *shown;   /**< as written */
    char *path;    /**< to open: `shown` from the sheet's folder; NULL: not there */
    size_t column; /**< where it stands in its line */
} cyt_sheet_file;

/** One slide. Strings are NUL-terminated UTF-8 of one line; NULL where not given. */
typedef struct cyt_sample {
    size_t line; /**< of the sheet */
    char *name;
    cyt_sheet_file data;       /**< the cells: column data_path */
    cyt_sheet_file type_file;  /**< their types, where not in the same file */
    cyt_sheet_file expression; /**< their values, where not in the same file */
    cyt_sheet_file regions;    /**< annotated regions */
    int faulty;    /**< a fault of its row was told that leaves open how to read it */
    char *format;  /**< "auto" when not given */
    char *patient; /**< the name when not given */
    char *condition;
    char *batch;
    double um_per_px; /**< greater than 0; NaN when not given */
    int um_faulty;    /**< it was given and refused, which was told */
    char *x, *y, *id, *type;
    char *compartment;                  /**< a column of labels */
    int decimal_comma;                  /**< numbers of its texts are written 12,5 */
    char *filter_column, *filter_value; /**< both or none */
    double time, event;                 /**< NaN when not given */
    double regions_um_per_px;           /**< NaN when not given */
    double regions_affine[6];           /**< 1 0 0 0 1 0 when not given */
    char **covariates; /**< [covariates.n of the sheet] "" where empty */
} cyt_sample;

typedef struct cyt_samplesheet {
    char *path; /**< as the user gave it */
    size_t n;
    size_t capacity;
    cyt_sample *samples;  /**< [n] in the sheet's order */
    cyt_names covariates; /**< names of the other columns, in the sheet's order */
    int has_patient, has_condition, has_batch, has_time,
        has_event;  /**< columns there */
    int incomplete; /**< a fault was told that leaves out samples or conditions */
} cyt_samplesheet;

/**
 * Read and check a sheet, not yet the files it names. Serial.
 *
 * @param path      as the user named it
 * @param formats   names of the readers, ended by NULL; NULL: any name passes
 * @param sheet     [out] need not be initialised; released with cyt_samplesheet_free()
 *                  also after problems, when it must not be used for anything else
 * @param problems  [in,out] one line each, in the sheet's order
 * @return CYT_OK, also when problems were added; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_samplesheet_read(const char *path,
                                            const char *const *formats,
                                            cyt_samplesheet *sheet,
                                            cyt_problems *problems, cyt_error *err);

/**
 * Complain of each file of a sample that is not there or must not be read, and set its
 * path to NULL. Serial.
 * @return CYT_OK, also when problems were added; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_samplesheet_find_files(cyt_samplesheet *sheet,
                                                  cyt_problems *problems,
                                                  cyt_error *err);

void cyt_samplesheet_free(cyt_samplesheet *sheet);

#endif
