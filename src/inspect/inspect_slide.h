/**
 * @file inspect_slide.h
 * @brief Everything found about one path, and the steps that find it.
 */
#ifndef CYT_INSPECT_SLIDE_H
#define CYT_INSPECT_SLIDE_H

#include "read/parts.h"
#include "read/recipe.h"

#include "cytotaxis/cells.h"
#include "cytotaxis/outline.h"
#include "cytotaxis/reader.h"
#include "cytotaxis/samplesheet.h"
#include "cytotaxis/strbuf.h"

/** Where the user must fill in. */
extern const char cyt_inspect_fill[]; /* "?" */

/** How a row of the samplesheet would name it. */
typedef struct cyt_inspect_row {
    const char *x, *y, *id, *type; /**< NULL: the format's own */
    int filter, type_file, um, expression;
} cyt_inspect_row;

typedef struct cyt_inspect_slide {
    const char *path;
    cyt_sample sample;
    cyt_parts parts;
    const cyt_recipe *recipe; /**< NULL: none */
    const cyt_reader *reader; /**< of the cells */
    cyt_outline outline;      /**< of the cells */
    cyt_outline values;       /**< of the matrix beside them, if there is one */
    const char *values_shown; /**< NULL: there is none */
    int has_positions, has_types, type_is_likely;
    const char *type;    /**< name of the column of types, when there is one */
    const char *slides;  /**< column whose labels are several slides; NULL: none */
    char *id_of_slides;  /**< owned: "slides+id" */
    cyt_inspect_row row; /**< borrows from all the above */
    cyt_names groupings; /**< of a folder: what the column type may name */
    int is_read;         /**< rows hold the cells */
    int is_local;        /**< with positions within fields of view */
    cyt_rows rows;       /**< ids, positions, types */
    double spacing;      /**< median neighbour distance, file units; NaN: unknown */
    cyt_names warnings;
} cyt_inspect_slide;

/** What the names say: which columns are positions, ids, types, slides. */
CYT_NODISCARD cyt_code cyt_inspect_guess(cyt_inspect_slide *slide, cyt_error *err);

/** May the column be one of types? Whole numbers only if its name says so. */
int cyt_inspect_is_candidate(const cyt_few *few);

/** Is there a column of this name or, of "a|b", one of these? */
int cyt_inspect_has(const cyt_inspect_slide *slide, const char *spec);

/** Which software wrote the folder of an instrument; "" where nothing tells. */
void cyt_inspect_version(const cyt_inspect_slide *slide, char *version, size_t room);

/** What was found, as text. */
void cyt_inspect_tell(const cyt_inspect_slide *slide, cyt_strbuf *text, cyt_error *err);

/** The row, under its header. */
void cyt_inspect_tell_row(const cyt_inspect_slide *slide, cyt_strbuf *text,
                          cyt_error *err);

#endif
