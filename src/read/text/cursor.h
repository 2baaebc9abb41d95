/**
 * @file cursor.h
 * @brief Text byte by byte, with line and column: what the parsers of JSON and XML
 * read.
 *
 * The text comes from a stream in blocks, or lies in memory as a whole. It must be
 * UTF-8; a byte order mark in front is passed over. Lines and columns are counted from
 * 1, columns in bytes, as everywhere in messages.
 */
#ifndef CYT_CURSOR_H
#define CYT_CURSOR_H

#include "read/text/text_stream.h"

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct cyt_spot {
    uint64_t line, column;
} cyt_spot;

typedef struct cyt_cursor {
    const char *shown, *sample; /**< for messages, borrowed */
    cyt_text_stream *stream;    /**< borrowed; NULL: the text is all there */
    char *block;                /**< owned, NULL without a stream */
    const char *text;
    size_t next, end;                 /**< text[next .. end) is to come */
    cyt_spot spot;                    /**< of the byte to come */
    int unchecked;                    /**< let pass what is not UTF-8 */
    int tail;                         /**< bytes of a letter that must follow */
    unsigned char tail_from, tail_to; /**< and what the next of them may be */
} cyt_cursor;

enum { CYT_TEXT_END = -1, CYT_TEXT_FAILED = -2 };

/** Begin; @p stream NULL: at the @p n bytes of @p text, which are borrowed. */
CYT_NODISCARD cyt_code cyt_cursor_init(cyt_cursor *cursor, cyt_text_stream *stream,
                                       const char *text, size_t n, cyt_error *err);
void cyt_cursor_free(cyt_cursor *cursor);

/** What the next two do at the end of a block, of a line, and within letters. */
int cyt_cursor_peek_slow(cyt_cursor *cursor, cyt_error *err);
int cyt_cursor_take_slow(cyt_cursor *cursor, cyt_error *err);

/** The byte to come, CYT_TEXT_END, or CYT_TEXT_FAILED with @p err filled. */
static inline int cyt_cursor_peek(cyt_cursor *c, cyt_error *err)
{
    return c->next < c->end ? (unsigned char)c->text[c->next]
                            : cyt_cursor_peek_slow(c, err);
}

/** The same, and step behind it. Fails for what is not UTF-8. */
static inline int cyt_cursor_take(cyt_cursor *c, cyt_error *err)
{
    const int byte = c->next < c->end ? (unsigned char)c->text[c->next] : '\n';
    if (byte == '\n' || byte >= 0x80 || c->tail > 0)
        return cyt_cursor_take_slow(c, err);
    c->next++;
    c->spot.column++;
    return byte;
}

/** The bytes in memory from the one to come on, at least @p want unless the text ends
 *  before, at most a block. @return how many */
size_t cyt_cursor_look(cyt_cursor *cursor, size_t want, const char **text,
                       cyt_error *err);

/** Fail with "shown:line:column: " in front of the sentence. */
cyt_code cyt_cursor_fail(const cyt_cursor *cursor, cyt_spot spot, cyt_error *err,
                         const char *fmt, ...) CYT_PRINTF(4, 5);

/** Give its place to an error that has none: of data, met while building something. */
CYT_NODISCARD cyt_code cyt_cursor_place(const cyt_cursor *cursor, cyt_spot spot,
                                        cyt_code code, cyt_error *err);

/** A byte for a message: "'x'", "byte 0x07", "the end of the file". */
enum { CYT_BYTE_SHOWN = 24 };
const char *cyt_byte_shown(int byte, char shown[CYT_BYTE_SHOWN]);

/** Append the code point @p point as UTF-8, at most 4 bytes; returns how many. */
size_t cyt_utf8_put(uint32_t point, char *to);

#endif
