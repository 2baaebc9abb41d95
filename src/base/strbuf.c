// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/strbuf.h"

#include "cytotaxis/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cyt_strbuf_add(cyt_strbuf *buffer, cyt_error *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const int length = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (err->code != CYT_OK || length < 0)
        return;
    const size_t room = (size_t)length + 1;
    if (cyt_grow(&buffer->text, &buffer->capacity, buffer->n + room, 1, "a text",
                 err) != CYT_OK)
        return;
    va_start(args, fmt);
    vsnprintf(buffer->text + buffer->n, room, fmt, args);
    va_end(args);
    buffer->n += (size_t)length;
}

void cyt_strbuf_bytes(cyt_strbuf *buffer, const char *bytes, size_t n, cyt_error *err)
{
    if (err->code != CYT_OK || cyt_grow(&buffer->text, &buffer->capacity,
                                        buffer->n + n + 1, 1, "a text", err) != CYT_OK)
        return;
    memcpy(buffer->text + buffer->n, bytes, n);
    buffer->n += n;
    buffer->text[buffer->n] = '\0';
}

void cyt_strbuf_lines(cyt_strbuf *buffer, const char *words, int indent, int width,
                      cyt_error *err)
{
    const int room = width - indent;
    while (strlen(words) > (size_t)room) {
        int n = room;
        while (n > 0 && words[n] != ' ')
            n--;
        if (n == 0)
            n = (int)strcspn(words, " ");
        cyt_strbuf_add(buffer, err, "%.*s\n%*s", n, words, words[n] ? indent : 0, "");
        words += n + (words[n] == ' ');
        if (!*words)
            return;
    }
    cyt_strbuf_add(buffer, err, "%s\n", words);
}

char *cyt_strbuf_take(cyt_strbuf *buffer, cyt_error *err)
{
    cyt_strbuf_add(buffer, err, "%s", "");
    char *text = buffer->text;
    if (err->code != CYT_OK) {
        free(text);
        text = NULL;
    }
    *buffer = (cyt_strbuf){0};
    return text;
}

void cyt_strbuf_free(cyt_strbuf *buffer)
{
    free(buffer->text);
    *buffer = (cyt_strbuf){0};
}
