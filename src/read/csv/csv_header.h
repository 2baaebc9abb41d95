/** @file csv_header.h  The first line of a delimited text. */
#ifndef CYT_CSV_HEADER_H
#define CYT_CSV_HEADER_H

#include "read/text/record_feed.h"

#include "cytotaxis/names.h"
#include "cytotaxis/reader.h"

/** For guessing what a file is, without a word about what may be wrong with it: the
 *  names of the first line that is not blank; 0 when there is none or it cannot be
 *  split. @p columns is to be released with cyt_names_free() either way. */
int cyt_csv_header(const char *path, cyt_names *columns);

/** Is the header there, and a line of text? @return CYT_OK; CYT_ERR_DATA */
CYT_NODISCARD cyt_code cyt_csv_header_check(const cyt_source *source,
                                            const cyt_span *header, cyt_error *err);

#endif
