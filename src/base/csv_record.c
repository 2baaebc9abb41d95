// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/csv_record.h"

#include "base/bytes.h"

#include "cytotaxis/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* cyt_equal_bytes() with fewer than eight bytes left. */
static uint64_t equal_bytes_of_few(const char *text, size_t n, char byte)
{
    uint64_t hits = 0;
    for (size_t i = 0; i < n; i++)
        hits |= (uint64_t)(text[i] == byte) << (8 * i);
    return hits;
}

void cyt_csv_record_free(cyt_record *record)
{
    free(record->field);
    *record = (cyt_record){0};
}

size_t cyt_csv_bom(const char *text, size_t n)
{
    return n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

size_t cyt_csv_record_end(const char *text, size_t n)
{
    size_t end = 0;
    int inside = 0;
    while (end < n) {
        const char *newline = memchr(text + end, '\n', n - end);
        const size_t stop = newline ? (size_t)(newline - text) + 1 : n;
        const char *quote = memchr(text + end, '"', stop - end);
        if (quote)
            inside ^=
                (int)(cyt_count_byte(quote, stop - (size_t)(quote - text), '"') & 1);
        end = stop;
        if (!inside)
            break;
    }
    return end;
}

/* Length without LF or CRLF. */
static size_t without_line_end(const char *text, size_t n)
{
    if (n > 0 && text[n - 1] == '\n')
        n--;
    if (n > 0 && text[n - 1] == '\r')
        n--;
    return n;
}

int cyt_csv_blank(const char *text, size_t n)
{
    return without_line_end(text, n) == 0;
}

char cyt_csv_separator(const char *header, size_t length)
{
    static const char candidates[3] = {',', ';', '\t'};
    size_t seen[3] = {0};
    int inside = 0;
    for (size_t i = 0; i < length; i++) {
        inside ^= header[i] == '"';
        for (size_t c = 0; c < 3; c++)
            seen[c] += !inside && header[i] == candidates[c];
    }
    size_t best = 0;
    for (size_t c = 1; c < 3; c++)
        if (seen[c] > seen[best])
            best = c;
    return candidates[best];
}

static cyt_code add_field(cyt_record *record, char *text, size_t length, size_t column,
                          cyt_error *err)
{
    if (record->n == record->capacity) {
        const cyt_code code =
            cyt_grow(&record->field, &record->capacity, record->n + 1,
                     sizeof *record->field, "the fields of a line", err);
        if (code != CYT_OK)
            return code;
    }
    record->field[record->n++] = (cyt_field){text, length, column};
    return CYT_OK;
}

/* The field at `at` has no quotes; returns where it stops. */
static size_t plain_end(const char *text, size_t at, size_t n, char separator)
{
    const char *hit = at < n ? memchr(text + at, separator, n - at) : NULL;
    return hit ? (size_t)(hit - text) : n;
}

/* Without quotes: eight bytes at a time, then one step per separator among them. */
static cyt_code split_plain(char *text, size_t n, char separator, cyt_record *record,
                            cyt_error *err)
{
    size_t start = 0, at = 0;
    while (at < n) {
        uint64_t hits = n - at >= 8 ? cyt_equal_bytes(text + at, separator)
                                    : equal_bytes_of_few(text + at, n - at, separator);
        for (; hits; hits &= hits - 1) {
            const size_t end = at + (size_t)__builtin_ctzll(hits) / 8;
            const cyt_code code =
                add_field(record, text + start, end - start, start + 1, err);
            if (code != CYT_OK)
                return code;
            start = end + 1;
        }
        at += 8;
    }
    return add_field(record, text + start, n - start, start + 1, err);
}

/* Reads the quoted field whose opening quote is at `at`, closing up doubled quotes in
 * place. Returns the position behind the closing quote, 0 if there is none. */
static size_t unquote(char *text, size_t at, size_t n, size_t *length)
{
    char *out = text + at + 1;
    size_t used = 0;
    for (size_t i = at + 1; i < n; i++) {
        if (text[i] == '"' && (i + 1 == n || text[i + 1] != '"')) {
            *length = used;
            return i + 1;
        }
        i += text[i] == '"';
        out[used++] = text[i];
    }
    return 0;
}

static cyt_code quoted_field(char *text, size_t at, size_t n, char separator,
                             cyt_record *record, size_t *end, cyt_error *err)
{
    size_t length;
    *end = unquote(text, at, n, &length);
    if (*end == 0)
        return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "byte %zu: a quote opens here and never closes", at + 1);
    if (*end < n && text[*end] != separator)
        return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "byte %zu: text after a closing quote; inside quotes, write a "
                        "quote twice",
                        *end + 1);
    return add_field(record, text + at + 1, length, at + 1, err);
}

static cyt_code bare_field(char *text, size_t at, size_t n, char separator,
                           cyt_record *record, size_t *end, cyt_error *err)
{
    *end = plain_end(text, at, n, separator);
    const char *quote = memchr(text + at, '"', *end - at);
    if (quote)
        return CYT_FAIL(
            err, CYT_ERR_DATA, NULL,
            "byte %zu: a quote inside a field that does not start with one; "
            "put the field in quotes and write the quote twice",
            (size_t)(quote - text) + 1);
    return add_field(record, text + at, *end - at, at + 1, err);
}

cyt_code cyt_csv_split_bare(char *text, size_t length, char separator,
                            cyt_record *record, cyt_error *err)
{
    record->n = 0;
    return split_plain(text, without_line_end(text, length), separator, record, err);
}

cyt_code cyt_csv_split(char *text, size_t length, char separator, cyt_record *record,
                       cyt_error *err)
{
    const size_t n = without_line_end(text, length);
    record->n = 0;
    if (!memchr(text, '"', n))
        return split_plain(text, n, separator, record, err);
    for (size_t at = 0;;) {
        size_t end;
        const cyt_code code =
            at < n && text[at] == '"'
                ? quoted_field(text, at, n, separator, record, &end, err)
                : bare_field(text, at, n, separator, record, &end, err);
        if (code != CYT_OK || end == n)
            return code;
        at = end + 1;
    }
}

/* Bytes counted in a counter of one byte, which compilers turn into wide registers. */
enum { COUNT_STEP = 128 };

static unsigned count_step(const char *text, char byte)
{
    uint8_t count = 0;
    for (size_t i = 0; i < COUNT_STEP; i++)
        count = (uint8_t)(count + (text[i] == byte));
    return count;
}

size_t cyt_count_byte(const char *text, size_t n, char byte)
{
    size_t count = 0, i = 0;
    for (; n - i >= COUNT_STEP; i += COUNT_STEP)
        count += count_step(text + i, byte);
    for (; i < n; i++)
        count += text[i] == byte;
    return count;
}
