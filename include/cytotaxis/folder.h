/**
 * @file folder.h
 * @brief Folders for results, made with their parents and asked whether they are empty;
 * and new files in them.
 */
#ifndef CYT_FOLDER_H
#define CYT_FOLDER_H

#include "cytotaxis/status.h"

#include <stdio.h>

/** Make @p path and those of its parents that are missing; one that is there is fine.
 *  @return CYT_OK; CYT_ERR_CREATE with the path that failed and why; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_folder_make(const char *path, cyt_error *err);

/** Is it a folder, or a link to one? */
int cyt_folder_is(const char *path);

/** Is there nothing in the folder? One that cannot be read counts as empty. */
int cyt_folder_is_empty(const char *path);

/** A file that was not there before, to write to. What stands at @p path goes first,
 *  above all a symbolic link, which would lead the bytes elsewhere.
 *  @return to be closed with fclose(); NULL with errno */
FILE *cyt_file_new(const char *path);

/** Digits of the number in the name of a part, `<path>.<8 digits, hexadecimal>.part`.
 */
enum { CYT_PART_DIGITS = 8 };

/** Remove what programs that were killed left of the file @p path while it grew:
 *  `<path>.part` and `<path>.<number>.part`. Reads the list of the folder. */
void cyt_file_remove_parts(const char *path);

#endif
