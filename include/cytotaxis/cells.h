/**
 * @file cells.h
 * @brief The cells of a slide: as a file gives them, and as a rank keeps them.
 *
 * A slide passes through two layouts:
 *
 *     rows   as read: any rank may hold any row; each knows its place in input order
 *     cells  a rank's strip: sorted by raster row, then x, then input order
 *
 * Positions stay in source units (the numbers as read), because distances between
 * lattice points have exact ties only there; `um_per_unit` scales results. Everything
 * is a structure of arrays.
 */
#ifndef CYT_CELLS_H
#define CYT_CELLS_H

#include "cytotaxis/grid.h"
#include "cytotaxis/names.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

/** Type of a cell whose label is missing: it counts as a cell and as no type. */
#define CYT_NO_TYPE UINT16_MAX
/** In place of a type: every cell, also those without a type. */
#define CYT_ALL_TYPES ((size_t)-1)
/** Types of a slide. Pairs of types have numbers of their own: at this many 16.8
 * million rows, so a column of ids in place of types is told before it asks for them.
 */
enum { CYT_MOST_TYPES = 4096 };

/** What one rank read of a file. */
typedef struct cyt_rows {
    size_t n;
    size_t n_values;
    double *x;        /**< [n] source units, finite */
    double *y;        /**< [n] */
    uint16_t *type;   /**< [n] index into labels, or CYT_NO_TYPE */
    uint64_t *index;  /**< [n] input order over the slide's kept rows, from 0 */
    uint64_t *place;  /**< [n] line (text) or row (tables, from 0), for messages */
    size_t *id_start; /**< [n + 1] the id of row i is id_text[id_start[i] .. [i + 1]) */
    char *id_text;    /**< no NUL between ids */
    double *values;   /**< [n_values * n], one column after the other; NaN = missing */
    char *value_found; /**< [n_values] 0 when the file has no such column or gene */
    cyt_names labels;  /**< this rank's type labels, in any order */
    uint16_t *field;   /**< [n] index into fields, or CYT_NO_TYPE; NULL: none known */
    cyt_names fields;  /**< this rank's fields of view, in any order */
    int fields_lost;   /**< there were more than numbers: some have none */
} cyt_rows;

void cyt_rows_free(cyt_rows *rows);

/** The cells of one strip, or of a halo. */
typedef struct cyt_cells {
    size_t n;
    size_t n_values;
    double *x;       /**< [n] source units */
    double *y;       /**< [n] */
    uint16_t *type;  /**< [n] index into the slide's types, or CYT_NO_TYPE */
    uint64_t *index; /**< [n] input order over the whole slide */
    double *values;  /**< [n_values * n], one column after the other */
} cyt_cells;

/** Room for @p n cells; contents undefined. */
CYT_NODISCARD cyt_code cyt_cells_init(cyt_cells *cells, size_t n, size_t n_values,
                                      cyt_error *err);
void cyt_cells_free(cyt_cells *cells);

/** One slide as one rank of its group sees it. */
typedef struct cyt_slide {
    const char *name;   /**< sample id, borrowed from the samplesheet */
    double um_per_unit; /**< source unit of x and y in µm */
    uint64_t n_cells;   /**< over all ranks */
    cyt_names types;    /**< labels that occur, sorted by bytes; the same everywhere */
    uint64_t *type_counts; /**< [types.n] cells of each type, over all ranks */
    cyt_box box_um;        /**< bounding box of all cells */
    cyt_grid grid;
    size_t n_strips;   /**< ranks of the group */
    size_t strip;      /**< this rank */
    uint64_t *strips;  /**< [n_strips + 1] first raster row of each strip */
    cyt_cells cells;   /**< this strip's, sorted by row, x, index */
    char *value_found; /**< [cells.n_values] 0 when the file lacks that ligand */
} cyt_slide;

/** Rows of this rank's strip. */
size_t cyt_slide_first_row(const cyt_slide *slide);
size_t cyt_slide_n_rows(const cyt_slide *slide);

/** Which of this strip's pixels, [own rows * n_cols] row-major, an own cell lies in. */
size_t cyt_slide_pixel_of(const cyt_slide *slide, size_t cell);

/** Where each own row's cells begin. @param first_cell [own rows + 1] [out] */
void cyt_slide_row_cells(const cyt_slide *slide, size_t *first_cell);

void cyt_slide_free(cyt_slide *slide);

#endif
