/**
 * @file folder_files.h
 * @brief Files of a folder by pattern, plain or packed.
 */
#ifndef CYT_FOLDER_FILES_H
#define CYT_FOLDER_FILES_H

#include "cytotaxis/names.h"

#include <stddef.h>

/** Is there a file under @p folder that matches @p pattern, or it with ".gz" or ".zst"
 *  behind? The pattern may name folders ("analysis/x.csv"); its last part is as for
 *  fnmatch(3). */
int cyt_folder_has(const char *folder, const char *pattern);

/** The first of such files by name, relative to @p folder, into @p found. @return how
 *  many there are, a packed one and its plain one being one: 0 (also when the name is
 *  longer than @p room), 1, or 2 for more */
size_t cyt_folder_find(const char *folder, const char *pattern, char *found,
                       size_t room);

/** The first @p n bytes of a name as a pattern that matches them alone. @return 0 when
 *  @p pattern has no room for it */
int cyt_folder_literal(const char *name, size_t n, char *pattern, size_t room);

/** Bytes of a name without the ".gz" or ".zst" behind it. */
size_t cyt_folder_stem(const char *name);

/** The words that may stand for the "%s" of @p pattern, a folder of its own in it
 *  ("analysis/%s/x.csv"), sorted; added to @p words. */
CYT_NODISCARD cyt_code cyt_folder_words(const char *folder, const char *pattern,
                                        cyt_names *words, cyt_error *err);

#endif
