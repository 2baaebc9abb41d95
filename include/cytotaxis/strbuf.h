/**
 * @file strbuf.h
 * @brief Text that grows: for help, schema, canonical text and lists in messages.
 *
 * Errors stick: once an addition has failed the later ones do nothing, so a writer adds
 * line after line and looks at `err->code` once, when it takes the text.
 */
#ifndef CYT_STRBUF_H
#define CYT_STRBUF_H

#include "cytotaxis/status.h"

#include <stddef.h>

typedef struct cyt_strbuf {
    size_t n; /**< bytes without the NUL */
    size_t capacity;
    char *text; /**< NUL-terminated once something was added */
} cyt_strbuf;

/** Append; does nothing when @p err is filled. */
void cyt_strbuf_add(cyt_strbuf *buffer, cyt_error *err, const char *fmt, ...)
    CYT_PRINTF(3, 4);

/** Append @p n bytes as they are. */
void cyt_strbuf_bytes(cyt_strbuf *buffer, const char *bytes, size_t n, cyt_error *err);

/** Append words, and a line break, in lines of at most @p width columns that end at
 *  spaces. The first follows what stands there, @p indent columns; the others begin
 * with as many spaces. A word longer than a line, such as a path, stays whole. */
void cyt_strbuf_lines(cyt_strbuf *buffer, const char *words, int indent, int width,
                      cyt_error *err);

/** The text, "" if nothing was added, to be released with free(); the buffer is empty
 *  afterwards. NULL when @p err is filled. */
char *cyt_strbuf_take(cyt_strbuf *buffer, cyt_error *err);

void cyt_strbuf_free(cyt_strbuf *buffer);

#endif
