/**
 * @file text_column.h
 * @brief Texts of fixed width, row by row, for a column of a distributed data frame.
 */
#ifndef CYT_TEXT_COLUMN_H
#define CYT_TEXT_COLUMN_H

#include "cytotaxis/anndata.h"

/** Texts of this rank's rows; the width is that of the longest that any rank may have.
 */
typedef struct cyt_text_column {
    size_t n, width;
    char *text; /**< [n * width] NUL-padded, free() */
} cyt_text_column;

/** Length of the longest, at least 1. */
size_t cyt_longest(const char *const *texts, size_t n);

/** Errors stick in @p err; setting then does nothing. */
void cyt_text_column_begin(cyt_text_column *c, size_t n, size_t width, cyt_error *err);
void cyt_text_column_set(cyt_text_column *c, size_t row, const char *text);
CYT_NODISCARD cyt_code cyt_text_column_write(cyt_frame *frame, const char *name,
                                             const cyt_text_column *c, cyt_error *err);

#endif
