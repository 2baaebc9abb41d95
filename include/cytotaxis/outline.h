/**
 * @file outline.h
 * @brief What a file says of itself: its version, columns, matrices and traps.
 *
 * A reader (reader.h) is told what to read. Before that somebody must know what there
 * is, and this is where a file is asked: the names in it, how many features it has,
 * which of its columns hold few different words and could be types, and what has
 * misled others. Positions and ids are left to the reader.
 *
 * Columns are judged by their first CYT_OUTLINE_ROWS rows, so that a large table costs
 * no second reading; a column of categories is known whole.
 */
#ifndef CYT_OUTLINE_H
#define CYT_OUTLINE_H

#include "cytotaxis/names.h"
#include "cytotaxis/reader.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    CYT_OUTLINE_ROWS = 20000, /**< rows that columns are judged by */
    CYT_OUTLINE_FEW = 250,    /**< more labels are not few */
};

#define CYT_OUTLINE_UNKNOWN UINT64_MAX

/** A column with few labels. */
typedef struct cyt_few {
    char *column;
    cyt_names labels; /**< sorted */
    int in_part;      /**< only the first CYT_OUTLINE_ROWS rows were looked at */
    int numbers; /**< all of them are, and the file does not call them categories */
} cyt_few;

/** `{0}` is an empty one. Lists are in the order of the file. */
typedef struct cyt_outline {
    char version[160]; /**< which of its versions the format is; "" where it has none */
    uint64_t n_features; /**< CYT_OUTLINE_UNKNOWN: cells and features share a table */
    uint64_t n_rows;     /**< of a text, as far as it was looked at */
    cyt_names columns;   /**< of the cells */
    cyt_names obsm;      /**< entries of obsm, by name */
    cyt_names matrices;  /**< "X 700 x 765 dense", "layers/counts ..." */
    cyt_names
        features; /**< types of features with their number: "Gene Expression 97" */
    cyt_names warnings; /**< a sentence each */
    size_t n_few, few_capacity;
    cyt_few *few; /**< [n_few] */
} cyt_outline;

/**
 * Look into the file of @p source. Serial.
 *
 * @param outline  [out] released with cyt_outline_free(), also after a failure
 * @return CYT_OK; CYT_ERR_NO_INPUT; CYT_ERR_DATA for a damaged file; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_outline_read(const cyt_reader *reader,
                                        const cyt_source *source, cyt_outline *outline,
                                        cyt_error *err);
void cyt_outline_free(cyt_outline *outline);

/** The column's labels, NULL where they are not few. */
const cyt_few *cyt_outline_few(const cyt_outline *outline, const char *column);

#endif
