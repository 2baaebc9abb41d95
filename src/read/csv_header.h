/** @file csv_header.h  The column names of a delimited text, without a word about what
 *  may be wrong with it: for guessing what a file is. */
#ifndef CYT_CSV_HEADER_H
#define CYT_CSV_HEADER_H

#include "cytotaxis/names.h"

/** Names of the first line that is not blank; 0 when there is none or it cannot be
 *  split. @p columns is to be released with cyt_names_free() either way. */
int cyt_csv_header(const char *path, cyt_names *columns);

#endif
