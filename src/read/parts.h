/**
 * @file parts.h
 * @brief From a row of the samplesheet to the files it stands for.
 *
 * A slide is one file, or a table of cells with a second file for the types and a third
 * for the values; for a folder of an instrument the recipe (recipe.h) knows which. The
 * parts are what readers are asked for, one source each, and are joined by cell id.
 *
 * Which recipe holds: the one the column `format` names; else, when that is auto, the
 * one whose cells a folder has; else, for a table whose positions are not named, the
 * one whose columns its header has. Serial, and the same on every rank that asks.
 */
#ifndef CYT_PARTS_H
#define CYT_PARTS_H

#include "cytotaxis/names.h"
#include "cytotaxis/reader.h"
#include "cytotaxis/samplesheet.h"

enum { CYT_PARTS_MOST = 3, CYT_PARTS_TEXTS = 16 };

typedef struct cyt_parts {
    size_t n;
    cyt_source source[CYT_PARTS_MOST]; /**< cells first */
    double n_told;       /**< cells that the folder says it has; NaN: it does not say */
    const char *told_by; /**< by this file */
    cyt_source fields;   /**< positions of fields of view to add; path NULL: none */
    double field_units;  /**< units of x and y in one of these */
    const char *folder,
        *shown_folder;  /**< that the recipe's files lie in; NULL: none */
    double um_per_unit; /**< the samplesheet's, else the format's; NaN: unknown */
    const char *format; /**< of the recipe; NULL: none */
    char *text[CYT_PARTS_TEXTS]; /**< owned: paths that the samplesheet does not have */
    size_t n_texts;
} cyt_parts;

/**
 * @param ligands  columns or genes wanted, sorted
 * @param layer    where genes are read, NULL = X
 * @param parts    [out] borrows from all three; released with cyt_parts_free(), also
 *                 after a failure
 * @return CYT_OK; CYT_ERR_DATA when a folder lacks the file of its cells;
 *         CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_parts_of(const cyt_sample *sample, const cyt_names *ligands,
                                    const char *layer, cyt_parts *parts,
                                    cyt_error *err);

/** The file of the cells once more, its types being the labels of compartments.
 *  @param sample has a column `compartment`; borrowed like @p parts */
cyt_source cyt_parts_labels(const cyt_parts *parts, const cyt_sample *sample);

void cyt_parts_free(cyt_parts *parts);

#endif
