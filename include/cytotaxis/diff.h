/**
 * @file diff.h
 * @brief Are the results of two runs the same? The first difference, and the largest.
 *
 * First the digests that two run.json have of every dataset are compared, then the
 * files: bytes, and where these differ dataset by dataset (file_diff.h). Only .h5ad and
 * .h5 count; run.json, report, tables and pictures follow from them or tell of one run.
 */
#ifndef CYT_DIFF_H
#define CYT_DIFF_H

#include "cytotaxis/status.h"

/**
 * Compare two folders of results, or two files of results. Serial: one rank calls it.
 *
 * @param tolerance  as of cyt_file_diff_find()
 * @param text       [out] what was found, lines for people; free(). NULL when the
 *                   comparison could not be made
 * @return CYT_OK: the same; CYT_ERR_DIFFERENT; CYT_ERR_NO_INPUT: a folder, or results
 *         in it, are missing; CYT_ERR_DATA: a file is not HDF5; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_diff(const char *a, const char *b, double tolerance,
                                char **text, cyt_error *err);

#endif
