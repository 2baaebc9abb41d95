// SPDX-License-Identifier: BSD-3-Clause
#include "complaint.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cyt_complain(cyt_complaints *list, cyt_error *err, cyt_code kind, cyt_place place,
                  const char *fmt, ...)
{
    char line[1536];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (err->code != CYT_OK || cyt_grow(&list->item, &list->capacity, list->n + 1,
                                        sizeof *list->item, "a list of faults", err))
        return;
    char *text = cyt_strdup(line, err);
    if (!text)
        return;
    list->item[list->n] = (cyt_complaint){place, list->n, kind, text};
    list->n++;
}

const char *cyt_first_text(cyt_place first, char text[CYT_FIRST_SIZE])
{
    text[0] = '\0';
    if (first.line)
        snprintf(text, CYT_FIRST_SIZE, " (first in line %zu)", first.line);
    return text;
}

char *cyt_place_text(const char *file, cyt_place place, cyt_error *err)
{
    cyt_strbuf b = {0};
    cyt_strbuf_add(&b, err, "%s", place.option ? place.option : file);
    if (place.line)
        cyt_strbuf_add(&b, err, ":%zu", place.line);
    if (place.line && place.column)
        cyt_strbuf_add(&b, err, ":%zu", place.column);
    return cyt_strbuf_take(&b, err);
}

static int three_way(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int by_place(const void *left, const void *right)
{
    const cyt_complaint *a = left, *b = right;
    int order = three_way(a->place.order, b->place.order);
    order = order ? order : three_way(a->place.line, b->place.line);
    order = order ? order : three_way(a->place.column, b->place.column);
    return order ? order : three_way(a->serial, b->serial);
}

cyt_code cyt_complaints_tell(cyt_complaints *list, cyt_problems *problems,
                             cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (list->n > 0)
        qsort(list->item, list->n, sizeof *list->item, by_place);
    for (size_t i = 0; i < list->n && code == CYT_OK; i++) {
        char *place = cyt_place_text(list->file, list->item[i].place, err);
        code = place ? cyt_problems_add(problems, err, list->item[i].kind, "%s: %s",
                                        place, list->item[i].text)
                     : err->code;
        free(place);
    }
    cyt_complaints_free(list);
    return code;
}

void cyt_complaints_free(cyt_complaints *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->item[i].text);
    free(list->item);
    *list = (cyt_complaints){.file = list->file};
}

/* All bytes of @p file, at most one more than @p limit. */
static cyt_code slurp(FILE *file, size_t limit, char **text, size_t *n, cyt_error *err)
{
    size_t capacity = 0, got;
    *n = 0;
    do {
        const cyt_code code =
            cyt_grow(text, &capacity, *n + 4097, 1, "the text of a file", err);
        if (code != CYT_OK)
            return code;
        got = fread(*text + *n, 1, capacity - *n - 1, file);
        *n += got;
    } while (got > 0 && *n <= limit);
    (*text)[*n] = '\0';
    return CYT_OK;
}

/* Complain of the first line that is not UTF-8. */
static void check_utf8(const char *text, size_t n, cyt_complaints *list, cyt_error *err)
{
    size_t line = 1;
    for (size_t at = 0; at < n; line++) {
        const char *end = memchr(text + at, '\n', n - at);
        const size_t length = end ? (size_t)(end - text) - at : n - at;
        if (!cyt_text_valid(text + at, length)) {
            cyt_complain(list, err, CYT_ERR_CONFIG, (cyt_place){.line = line},
                         "not UTF-8 text; save the file as UTF-8");
            return;
        }
        at += length + 1;
    }
}

static cyt_code read_open(FILE *file, size_t limit, char **text, size_t *n,
                          cyt_complaints *list, cyt_error *err)
{
    errno = 0;
    const cyt_code code = slurp(file, limit, text, n, err);
    if (code != CYT_OK)
        return code;
    if (ferror(file))
        cyt_complain(list, err, CYT_ERR_NO_INPUT, (cyt_place){0}, "cannot be read (%s)",
                     strerror(errno));
    else if (*n > limit)
        cyt_complain(list, err, CYT_ERR_CONFIG, (cyt_place){0},
                     "longer than %zu bytes; is this the right file?", limit);
    else
        check_utf8(*text, *n, list, err);
    return err->code;
}

cyt_code cyt_read_text(const char *path, size_t limit, char **text, size_t *n,
                       cyt_complaints *complaints, cyt_error *err)
{
    const size_t before = complaints->n;
    *text = NULL;
    FILE *file = fopen(path, "rb");
    if (!file) {
        cyt_complain(complaints, err, CYT_ERR_NO_INPUT, (cyt_place){0},
                     "cannot be opened (%s)", strerror(errno));
        return err->code;
    }
    const cyt_code code = read_open(file, limit, text, n, complaints, err);
    fclose(file);
    if (code != CYT_OK || complaints->n > before) {
        free(*text);
        *text = NULL;
    }
    return code;
}

/* Is the character at @p s, of at least @p n bytes, a line separator, a byte order mark
 * or a non-character of the basic plane? */
static int special(const unsigned char *s, size_t n)
{
    if (n < 3)
        return 0;
    if (s[0] == 0xE2 && s[1] == 0x80)
        return s[2] == 0xA8 || s[2] == 0xA9;
    if (s[0] != 0xEF)
        return 0;
    return (s[1] == 0xBB && s[2] == 0xBF) || (s[1] == 0xBF && s[2] >= 0xBE);
}

int cyt_one_line(const char *text, size_t n)
{
    const unsigned char *s = (const unsigned char *)text;
    for (size_t i = 0; i < n; i++) {
        const int c1 = s[i] == 0xC2 && i + 1 < n && s[i + 1] < 0xA0;
        if (s[i] < 0x20 || s[i] == 0x7F || c1 || special(s + i, n - i))
            return 0;
    }
    return 1;
}
