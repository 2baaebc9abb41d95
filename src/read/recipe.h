/**
 * @file recipe.h
 * @brief What the tables of instruments and programs look like: a row of names each.
 *
 * A recipe says which files of a folder belong together and what their columns are
 * called, in the grammar of column_spec.h: "a|b" for what changed between versions,
 * "a+b" for an id of two columns, "a..b" for the middle of a box. It contains no code,
 * so a new export is a new row. What the samplesheet names overrides it.
 *
 * A recipe defines µm per unit only where the format itself does; else the samplesheet
 * must: pixel sizes differ between instruments of one make. Where a file of the folder
 * tells it, the recipe says which and by what name.
 */
#ifndef CYT_RECIPE_H
#define CYT_RECIPE_H

#include "cytotaxis/names.h"

#include <stddef.h>

/** NULL where the format has no such thing. File patterns are relative to the folder,
 *  their last part as for fnmatch(3), without ".gz" or ".zst". */
typedef struct cyt_recipe {
    const char *format;
    const char *help;
    const char
        *within; /**< folder inside the one given that is meant, if it is there */
    const char *reader;     /**< of the cells; NULL: delimited text */
    const char *cells;      /**< file of the cells; NULL: the path is the file itself */
    const char *id, *x, *y; /**< its columns */
    const char *x_mm, *y_mm; /**< columns in mm, for tables without the others */
    /** Columns within fields of view; the file of the fields' positions; its columns,
     * in the unit of x and y or in mm. */
    const char *x_local, *y_local, *fields;
    const char *fields_id, *fields_x, *fields_y, *fields_x_mm, *fields_y_mm;
    const char *type;        /**< its column of types; NULL: nothing usual */
    const char *types;       /**< file of types, "%s": the samplesheet's type */
    const char *types_which; /**< what stands for %s when nothing is given */
    const char *types_id, *types_column;
    const char *values; /**< file of the matrix; "%s": the name of the cells' file */
    const char *values_id;
    int decimal_comma;  /**< some installations write 12,5; never thousands */
    double um_per_unit; /**< 0: not defined by the format */
    const char *unit_file, *unit_key;   /**< JSON file whose member is um_per_unit */
    const char *count_file, *count_key; /**< JSON file whose member counts the cells */
} cyt_recipe;

/** All recipes, ended by a row whose format is NULL. */
extern const cyt_recipe cyt_recipes[];

/** The recipe of that name; NULL if there is none. */
const cyt_recipe *cyt_recipe_named(const char *format);

/** The recipe of a folder: the first whose cells are there, or in the folder within;
 * NULL if there is none. */
const cyt_recipe *cyt_recipe_of_folder(const char *path);

/** The recipe of a table with these columns: the first whose id and positions they
 * have; NULL if there is none. */
const cyt_recipe *cyt_recipe_of_header(const cyt_names *columns);

/** Does one of the alternatives of @p spec stand among @p columns? */
int cyt_recipe_has(const cyt_names *columns, const char *spec);

#endif
