/**
 * @file inspect.h
 * @brief What a file or folder is, in text for people, and the row of a samplesheet
 * that would read it.
 *
 * The same readers look as in a run, so what is told here is what a run will see:
 * cells, types, unit. What cannot be known is not guessed: it is a `?` in the row. One
 * rank holds the ids, positions and types of the whole slide.
 */
#ifndef CYT_INSPECT_H
#define CYT_INSPECT_H

#include "cytotaxis/status.h"

/**
 * Serial.
 *
 * @param path  file or folder
 * @param text  [out] about 60 lines at most; free(). NULL after a failure
 * @return CYT_OK; CYT_ERR_NO_INPUT: not there; CYT_ERR_DATA: damaged, or of no format
 *         that is read; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_inspect(const char *path, char **text, cyt_error *err);

#endif
