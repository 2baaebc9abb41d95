/**
 * @file csv_record.h
 * @brief One record of delimited text: where it ends, and which fields it has.
 *
 * The text is RFC 4180 with the liberties seen in practice: any of `,` `;` TAB as
 * separator, LF or CRLF, a UTF-8 byte order mark before the first line. A field that
 * starts with a quote ends with one; inside, a doubled quote stands for one quote, and
 * separators and newlines are text. Every quote byte opens or closes: whether a byte is
 * inside quotes is the parity of the quotes before it, which is why a file can be read
 * from several places at once. A quote inside an unquoted field is an error, so the
 * parity rule and the field rule never disagree on accepted text.
 *
 * Fields are views into the line; quotes are removed in place, so nothing is copied.
 * The price: the line must be writable, and its text changes.
 *
 * Records of a buffer, with line numbers:
 *
 *     size_t at = cyt_csv_bom(text, n);
 *     uint64_t line = 1;
 *     while (at < n) {
 *         const size_t size = cyt_csv_record_end(text + at, n - at);
 *         const size_t n_lines = cyt_count_byte(text + at, size, '\n');
 *         // before the split, which may change the text
 *         if (!cyt_csv_blank(text + at, size))
 *             code = cyt_csv_split(text + at, size, separator, &record, &why);
 *         line += n_lines;
 *         at += size;
 *     }
 *     cyt_csv_record_free(&record);
 *
 * The separator comes from the header: cyt_csv_separator(text + at, size of the first
 * record). `column` of a field is the 1-based byte in the record where the field (or
 * its opening quote) starts.
 *
 * Pure: no MPI, no I/O, no state. Reference: RFC 4180, doi:10.17487/RFC4180.
 */
#ifndef CYT_CSV_RECORD_H
#define CYT_CSV_RECORD_H

#include "cytotaxis/status.h"

#include <stddef.h>

typedef struct cyt_field {
    char *text;    /**< borrowed from the record; no NUL at its end */
    size_t length; /**< bytes, quotes removed */
    size_t column; /**< byte in the record where it starts, from 1 */
} cyt_field;

/** The fields of the record split last; reused from record to record. */
typedef struct cyt_record {
    size_t n;
    size_t capacity;
    cyt_field *field; /**< [n], owned */
} cyt_record;

void cyt_csv_record_free(cyt_record *record);

/** Bytes of the byte order mark at the start of @p text: 3 or 0. */
size_t cyt_csv_bom(const char *text, size_t n);

/** Bytes up to and including the newline that ends the record at the start of @p text
 *  (newlines inside quotes do not); @p n if there is none. */
size_t cyt_csv_record_end(const char *text, size_t n);

/** Is there nothing but the line end? Such records are skipped. */
int cyt_csv_blank(const char *text, size_t n);

/** `,` `;` or TAB: the one that occurs most outside quotes, the first of equals. */
char cyt_csv_separator(const char *header, size_t length);

/**
 * Split one record into fields.
 *
 * @param text    [length] the record, with or without its line end; changed in place
 * @param record  [in,out] receives the fields; zero-initialised before the first call
 * @return CYT_OK; CYT_ERR_DATA for a quote that never closes, text after a closing
 * quote or a quote inside an unquoted field: `err->text` is then a sentence that starts
 *         with the byte ("byte 12: ..."), without file and line, which the caller
 * knows: pass an error of your own and build yours from it; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_csv_split(char *text, size_t length, char separator,
                                     cyt_record *record, cyt_error *err);

/** The same of a text in which quotes are but characters, as in the files of a 10x
 *  folder. @return CYT_OK; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_csv_split_bare(char *text, size_t length, char separator,
                                          cyt_record *record, cyt_error *err);

/** Bytes that must be readable (their values do not matter) behind a text that is given
 *  to cyt_csv_line(). */
enum { CYT_CSV_PAD = 64 };

/**
 * Find the end of the record at the start of @p text and split it, in one pass of 64
 * bytes at a time: what cyt_csv_record_end() and cyt_csv_split() do, for the lines that
 * nearly all tables are made of. Quotes are understood where they enclose a whole field
 * and nothing but; a line with any other quote, with a newline inside quotes, or
 * without its newline within @p n bytes is left alone.
 *
 * @param text      [n + CYT_CSV_PAD] not changed
 * @param n_wanted  fields to be stored; later ones are counted only
 * @param record    room for @p n_wanted fields; receives the count of all and the first
 *                  @p n_wanted, quotes removed; unspecified where 0 is returned
 * @return bytes up to and including the newline; 0 for a line that is left alone
 */
size_t cyt_csv_line(char *text, size_t n, char separator, size_t n_wanted,
                    cyt_record *record);

/** How often @p byte occurs in @p text. */
size_t cyt_count_byte(const char *text, size_t n, char byte);

#endif
