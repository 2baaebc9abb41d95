/**
 * @file csv_text.h
 * @brief Values as fields of comma-separated text (RFC 4180, but lines end in LF).
 *
 * Numbers are the shortest text that gives back the same double; NaN is an empty field.
 * A text is quoted where it must be. One that a spreadsheet would take for a formula,
 * because it begins with = + - @, a tab or a carriage return, gets an apostrophe before
 * it: names come from data, and data from elsewhere. Numbers are left alone.
 */
#ifndef CYT_REPORT_CSV_TEXT_H
#define CYT_REPORT_CSV_TEXT_H

#include "cytotaxis/strbuf.h"

void cyt_csv_text(cyt_strbuf *line, const char *text, cyt_error *err);
void cyt_csv_number(cyt_strbuf *line, double value, cyt_error *err);

#endif
