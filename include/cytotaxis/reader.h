/**
 * @file reader.h
 * @brief The one door through which cells enter: a table of readers, one per format.
 *
 * A reader turns a file into rows (cells.h). It is told which columns and which ligand
 * values are wanted and keeps nothing else. Each rank reads its share of the file;
 * which rank ends up with which row does not matter, because each row knows its place
 * in input order. A new format is a new row of cyt_readers[].
 */
#ifndef CYT_READER_H
#define CYT_READER_H

#include "cytotaxis/cells.h"
#include "cytotaxis/names.h"
#include "cytotaxis/problems.h"
#include "cytotaxis/status.h"

#include <mpi.h>

/** Which parts of a slide a file is read for. Ids always; values as asked for. */
typedef enum cyt_wanted {
    CYT_WANT_CELLS,     /**< positions and types: the file that has it all */
    CYT_WANT_POSITIONS, /**< positions; types come from a second file */
    CYT_WANT_TYPES,     /**< a second file that has the types */
    CYT_WANT_VALUES,    /**< a second file that has the values */
} cyt_wanted;

/** What to read. All strings are borrowed and NUL-terminated UTF-8. */
typedef struct cyt_source {
    const char *sample;     /**< for messages */
    const char *path;       /**< file to open */
    const char *shown_path; /**< as written in the samplesheet, for messages */
    const char *format;     /**< name of a reader, or "auto" */
    const char *x, *y;      /**< columns; NULL: the format's own */
    const char *id, *type;  /**< columns; NULL: the format's own */
    const char *field;      /**< column of the field of view, kept where it is there */
    int decimal_comma;      /**< numbers of a text may be written 12,5 */
    int id_is_usual;        /**< the id is the format's own: it may be absent */
    const char
        *filter_column; /**< keep rows whose column equals the value; NULL: all */
    const char *filter_value;
    cyt_wanted wanted;
    const char *layer; /**< where genes are read: NULL or "X", or a name in layers/ */
    size_t n_values;   /**< ligand columns or genes wanted */
    const char *const *value_names; /**< [n_values] */
} cyt_source;

typedef struct cyt_reader {
    const char *name; /**< value of the samplesheet's column `format` */
    const char *help; /**< one line for --help */
    int matrix_only;  /**< has ids and values, but no positions */
    /** Does a file of this path look like this format (by its ending)? */
    int (*accepts)(const char *path);
    /** Open, look at the header only, and list all that is wrong. Serial. */
    cyt_code (*check)(const cyt_source *source, cyt_problems *problems, cyt_error *err);
    /** Read this rank's share. Collective over @p comm; @p rows is released by the
     * caller with cyt_rows_free(), also after a failure. Same code on every rank. */
    cyt_code (*read)(MPI_Comm comm, const cyt_source *source, cyt_rows *rows,
                     cyt_error *err);
} cyt_reader;

/** All readers, ended by a row whose name is NULL. */
extern const cyt_reader cyt_readers[];

/** The reader for @p source: by its format, or by the path when that is "auto" or NULL.
 *  NULL when there is none. */
const cyt_reader *cyt_reader_for(const cyt_source *source);

/** Can the reader give what is asked for: positions and types too, unless values_only?
 */
int cyt_reader_gives(const cyt_reader *reader, const cyt_source *source);

/** All values of the samplesheet's column `format` but auto: readers, then recipes. */
CYT_NODISCARD cyt_code cyt_reader_formats(cyt_names *formats, cyt_error *err);

#endif
