/**
 * @file complaint.h
 * @brief Faults of the user's files, gathered in any order and told in order of place.
 *
 * A check runs section by section, a reader wants the faults line by line. So
 * complaints carry their place and are sorted when they are handed over as problems.
 *
 * Errors stick (see strbuf.h): cyt_complain() does nothing once `err` is filled.
 */
#ifndef CYT_COMPLAINT_H
#define CYT_COMPLAINT_H

#include "cytotaxis/problems.h"
#include "cytotaxis/status.h"

#include <stddef.h>

/** Where something stands: in the file, or in the option that overrode it. */
typedef struct cyt_place {
    const char *option; /**< "--set a.b=c", borrowed; NULL: in the file */
    size_t order;       /**< 0 for the file, from 1 for options */
    size_t line;        /**< from 1; 0: the whole file or option */
    size_t column;      /**< from 1; 0: the whole line */
} cyt_place;

typedef struct cyt_complaint {
    cyt_place place;
    size_t serial;
    cyt_code kind;
    char *text;
} cyt_complaint;

typedef struct cyt_complaints {
    const char *file; /**< as the user named it, borrowed */
    size_t n;
    size_t capacity;
    cyt_complaint *item;
} cyt_complaints;

/** Note one fault. @p kind as in cyt_problems_add(). */
void cyt_complain(cyt_complaints *list, cyt_error *err, cyt_code kind, cyt_place place,
                  const char *fmt, ...) CYT_PRINTF(5, 6);

/** " (first in line 12)", or nothing for options, which have no lines. Returns @p text.
 */
enum { CYT_FIRST_SIZE = 48 };
const char *cyt_first_text(cyt_place first, char text[CYT_FIRST_SIZE]);

/** "file:line:column" or the option; free(). NULL: CYT_ERR_MEMORY. */
char *cyt_place_text(const char *file, cyt_place place, cyt_error *err);

/** Add all to @p problems in order of place, and empty the list. */
CYT_NODISCARD cyt_code cyt_complaints_tell(cyt_complaints *list, cyt_problems *problems,
                                           cyt_error *err);

void cyt_complaints_free(cyt_complaints *list);

/**
 * Read a text file whole; what is wrong with it becomes a complaint: missing,
 * unreadable, longer than @p limit bytes, not UTF-8, NUL bytes.
 * @param text  [out] [*n] and a NUL, free(); NULL after a complaint or without memory
 */
CYT_NODISCARD cyt_code cyt_read_text(const char *path, size_t limit, char **text,
                                     size_t *n, cyt_complaints *complaints,
                                     cyt_error *err);

/** Fits @p text, which is UTF-8, in one line: no control characters, line separators or
 *  byte order marks? */
int cyt_one_line(const char *text, size_t n);

#endif
