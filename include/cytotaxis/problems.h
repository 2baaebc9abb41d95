/**
 * @file problems.h
 * @brief Everything that is wrong with what the user gave, collected in one pass.
 *
 * A check does not stop at the first fault: it adds each to this list, and the program
 * prints them all. The worst kind decides the exit status.
 */
#ifndef CYT_PROBLEMS_H
#define CYT_PROBLEMS_H

#include "cytotaxis/status.h"

#include <stddef.h>

typedef struct cyt_problem {
    cyt_code code;
    char *text; /**< one line: file:line:column: what, and what to do */
} cyt_problem;

typedef struct cyt_problems {
    size_t n;
    size_t capacity;
    cyt_problem *item;
} cyt_problems;

/** Add one line. Fails only for want of memory. */
CYT_NODISCARD cyt_code cyt_problems_add(cyt_problems *list, cyt_error *err,
                                        cyt_code kind, const char *fmt, ...)
    CYT_PRINTF(4, 5);

/** Add what went wrong while a file was checked, as "subject: sentence". Nothing is
 * added for CYT_OK; want of memory says nothing of the file and becomes @p err.
 *  @param subject  the slide, as in the samplesheet
 *  @return CYT_OK; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_problems_take(cyt_problems *list, const char *subject,
                                         const cyt_error *why, cyt_error *err);

/** CYT_OK for an empty list; else CONFIG before NO_INPUT before DATA before others. */
cyt_code cyt_problems_code(const cyt_problems *list);

void cyt_problems_free(cyt_problems *list);

#endif
