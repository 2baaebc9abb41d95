/**
 * @file column_spec.h
 * @brief How columns are asked for: one grammar for samplesheet, recipes and inspect.
 *
 *     a|b|c   the first that is there; the last may be empty: a column without name
 *     a+b     an id: the texts of two columns, "_" between them
 *     a..b    a position: the middle of two columns
 *
 * A column that has the whole text as its name comes first, then one that has a whole
 * alternative. Pure.
 */
#ifndef CYT_COLUMN_SPEC_H
#define CYT_COLUMN_SPEC_H

#include "cytotaxis/names.h"

/** What may stand between the names of two columns; or-ed for any of several. */
typedef enum cyt_joint {
    CYT_JOINT_NONE = 0,
    CYT_JOINT_ID = 1,     /**< a+b */
    CYT_JOINT_MIDDLE = 2, /**< a..b */
} cyt_joint;

/** Where one thing is: a column, or two columns together. */
typedef struct cyt_place {
    size_t first; /**< CYT_NO_NAME: nowhere */
    size_t rest;  /**< CYT_NO_NAME: one column is all */
} cyt_place;

/** The column that the samplesheet names, else the usual one. */
static inline const char *cyt_given(const char *name, const char *usual)
{
    return name ? name : usual;
}

/** Look for @p spec among the names of a header. @return 0 where it is not; @p place is
 *  nowhere then */
int cyt_column_find(const cyt_names *columns, const char *spec, unsigned joints,
                    cyt_place *place);

/** Is the column @p name one of those that @p spec names, there or not? */
int cyt_column_is_named(const char *spec, const char *name);

#endif
