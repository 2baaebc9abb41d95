/**
 * @file folder_files.h
 * @brief Files of a folder by pattern, plain or packed.
 */
#ifndef CYT_FOLDER_FILES_H
#define CYT_FOLDER_FILES_H

#include "cytotaxis/names.h"

#include <stddef.h>

/** Files under @p folder that match @p pattern, or it with ".gz" or ".zst" behind. The
 *  pattern may name folders ("analysis/x.csv"); its last part is as for fnmatch(3). */
size_t cyt_folder_count(const char *folder, const char *pattern);

/** The first of them by name, relative to @p folder, into @p found; 0 if none is there
 *  or the name is too long. */
int cyt_folder_find(const char *folder, const char *pattern, char *found, size_t room);

/** The words that may stand for the "%s" of @p pattern, a folder of its own in it
 *  ("analysis/%s/x.csv"), sorted; added to @p words. */
CYT_NODISCARD cyt_code cyt_folder_words(const char *folder, const char *pattern,
                                        cyt_names *words, cyt_error *err);

#endif
