/**
 * @file whole_file.h
 * @brief A file that has its name only when it is whole.
 *
 * It grows as `<path>.part` and is then renamed, so that an old one is replaced and
 * nothing stays of a failure. Failures stick: the writer adds line after line and looks
 * once, at the end.
 */
#ifndef CYT_WHOLE_FILE_H
#define CYT_WHOLE_FILE_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdio.h>

typedef struct cyt_whole_file {
    FILE *file;
    char *path, *part;
} cyt_whole_file;

/** Who may write the same file at the same time. */
typedef enum cyt_whole_owner {
    CYT_WHOLE_MINE,  /**< nobody: it grows as `<path>.part` */
    CYT_WHOLE_SHARED /**< other processes: it grows as `<path>.<process>.part` */
} cyt_whole_owner;

/** @return CYT_OK; CYT_ERR_CREATE; CYT_ERR_MEMORY. End it in any case. */
CYT_NODISCARD cyt_code cyt_whole_begin(const char *path, cyt_whole_owner owner,
                                       cyt_whole_file *file, cyt_error *err);
void cyt_whole_put(cyt_whole_file *file, const void *bytes, size_t n);
/** Give it its name, or leave nothing when @p code or the writing is a failure.
 *  @return @p code; CYT_ERR_IO: not written; CYT_ERR_CREATE: the name cannot be had */
CYT_NODISCARD cyt_code cyt_whole_end(cyt_whole_file *file, cyt_code code,
                                     cyt_error *err);

/** All three for bytes that are there. @param bytes  [n] */
CYT_NODISCARD cyt_code cyt_whole_write(const char *path, cyt_whole_owner owner,
                                       const void *bytes, size_t n, cyt_error *err);

#endif
