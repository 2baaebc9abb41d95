// SPDX-License-Identifier: BSD-3-Clause
#include "read/text/cursor.h"

#include "cytotaxis/csv_record.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 16 };

cyt_code cyt_cursor_fail(const cyt_cursor *c, cyt_spot spot, cyt_error *err,
                         const char *fmt, ...)
{
    char text[480];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return CYT_FAIL(err, CYT_ERR_DATA, c->sample, "%s:%llu:%llu: %s", c->shown,
                    (unsigned long long)spot.line, (unsigned long long)spot.column,
                    text);
}

cyt_code cyt_cursor_place(const cyt_cursor *in, cyt_spot spot, cyt_code code,
                          cyt_error *err)
{
    if (code != CYT_ERR_DATA || strncmp(err->text, in->shown, strlen(in->shown)) == 0)
        return code;
    const cyt_error why = *err;
    *err = (cyt_error){0};
    return cyt_cursor_fail(in, spot, err, "%s", why.text);
}

const char *cyt_byte_shown(int byte, char shown[CYT_BYTE_SHOWN])
{
    if (byte < 0)
        snprintf(shown, CYT_BYTE_SHOWN, "the end of the file");
    else if (byte == '\n' || byte == '\r')
        snprintf(shown, CYT_BYTE_SHOWN, "the end of the line");
    else if (byte < 0x20 || byte >= 0x7F)
        snprintf(shown, CYT_BYTE_SHOWN, "byte 0x%02X", (unsigned)byte);
    else
        snprintf(shown, CYT_BYTE_SHOWN, "'%c'", byte);
    return shown;
}

static cyt_code refill(cyt_cursor *c, cyt_error *err)
{
    c->next = c->end = 0;
    return c->stream ? cyt_text_read(c->stream, c->block, BLOCK_BYTES, &c->end, err)
                     : CYT_OK;
}

cyt_code cyt_cursor_init(cyt_cursor *c, cyt_text_stream *stream, const char *text,
                         size_t n, cyt_error *err)
{
    cyt_code code = CYT_OK;
    c->stream = stream;
    c->text = text;
    c->end = stream ? 0 : n;
    c->spot = (cyt_spot){1, 1};
    if (stream) {
        CYT_TRY((c->block = cyt_alloc(BLOCK_BYTES, 1, "a block of text", err))
                    ? CYT_OK
                    : err->code);
        c->text = c->block;
        CYT_TRY(refill(c, err));
    }
    c->next = cyt_csv_bom(c->text, c->end);
done:
    return code;
}

void cyt_cursor_free(cyt_cursor *c)
{
    free(c->block);
    *c = (cyt_cursor){0};
}

int cyt_cursor_peek_slow(cyt_cursor *c, cyt_error *err)
{
    if (c->next == c->end && c->stream && refill(c, err) != CYT_OK)
        return CYT_TEXT_FAILED;
    return c->next < c->end ? (unsigned char)c->text[c->next] : CYT_TEXT_END;
}

static int begin_letter(cyt_cursor *c, int byte)
{
    c->tail = (int)cyt_utf8_tail((unsigned char)byte, &c->tail_from, &c->tail_to);
    return c->tail > 0;
}

static int check_letter(cyt_cursor *c, int byte)
{
    if (c->tail == 0)
        return byte < 0x80 || begin_letter(c, byte);
    const int good = byte >= c->tail_from && byte <= c->tail_to;
    c->tail--;
    c->tail_from = 0x80;
    c->tail_to = 0xBF;
    return good;
}

int cyt_cursor_take_slow(cyt_cursor *c, cyt_error *err)
{
    const int byte = cyt_cursor_peek(c, err);
    char shown[CYT_BYTE_SHOWN];
    if (byte == CYT_TEXT_FAILED || (byte == CYT_TEXT_END && c->tail == 0))
        return byte;
    if (!c->unchecked && (c->tail > 0 || byte >= 0x80) && !check_letter(c, byte)) {
        cyt_cursor_fail(c, c->spot, err, "%s is not UTF-8 here; save the file as UTF-8",
                        cyt_byte_shown(byte, shown));
        return CYT_TEXT_FAILED;
    }
    c->next++;
    c->spot.column++;
    if (byte == '\n')
        c->spot = (cyt_spot){c->spot.line + 1, 1};
    return byte;
}

size_t cyt_cursor_look(cyt_cursor *c, size_t want, const char **text, cyt_error *err)
{
    size_t more = 1;
    if (c->stream && c->end - c->next < want) {
        memmove(c->block, c->block + c->next, c->end - c->next);
        c->end -= c->next;
        c->next = 0;
        while (c->end < want && more > 0) {
            if (cyt_text_read(c->stream, c->block + c->end, BLOCK_BYTES - c->end, &more,
                              err) != CYT_OK)
                more = 0;
            c->end += more;
        }
    }
    *text = c->text + c->next;
    return c->end - c->next;
}

size_t cyt_utf8_put(uint32_t point, char *to)
{
    if (point < 0x80) {
        to[0] = (char)point;
        return 1;
    }
    const size_t tail = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
    for (size_t k = tail; k > 0; k--, point >>= 6)
        to[k] = (char)(0x80 | (point & 0x3F));
    to[0] = (char)(lead[tail] | point);
    return tail + 1;
}
