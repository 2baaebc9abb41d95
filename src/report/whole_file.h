/**
 * @file whole_file.h
 * @brief A text file that has its name only when it is whole.
 *
 * It grows as <path>.part. Failures stick: the writer adds line after line and looks
 * once, at the end.
 */
#ifndef CYT_REPORT_WHOLE_FILE_H
#define CYT_REPORT_WHOLE_FILE_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdio.h>

typedef struct cyt_whole_file {
    FILE *file;
    char *path, *part;
} cyt_whole_file;

/** @return CYT_OK; CYT_ERR_CREATE; CYT_ERR_MEMORY. End it in any case. */
CYT_NODISCARD cyt_code cyt_whole_begin(const char *path, cyt_whole_file *file,
                                       cyt_error *err);
void cyt_whole_put(cyt_whole_file *file, const char *text, size_t n);
/** Give it its name, or leave nothing when @p code or the writing is a failure.
 *  @return @p code; CYT_ERR_IO, CYT_ERR_CREATE */
CYT_NODISCARD cyt_code cyt_whole_end(cyt_whole_file *file, cyt_code code,
                                     cyt_error *err);

#endif
