// SPDX-License-Identifier: BSD-3-Clause
#include "read/text/record_feed.h"

#include "cytotaxis/csv_record.h"
#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

/* What lies behind the text is read too, but never looked at: it only has to be there.
 */
static cyt_code grow(cyt_feed *feed, cyt_error *err)
{
    const size_t old = feed->capacity + CYT_FEED_PAD;
    size_t room = old;
    const cyt_code code =
        cyt_grow(&feed->buffer, &room, old + 1, 1, "a long record", err);
    if (code != CYT_OK)
        return code;
    memset(feed->buffer + old, 0, room - old);
    feed->capacity = room - CYT_FEED_PAD;
    return CYT_OK;
}

/* Append to what waits in the buffer. */
static cyt_code fill(cyt_feed *feed, cyt_error *err)
{
    const size_t waiting = feed->end - feed->next;
    memmove(feed->buffer, feed->buffer + feed->next, waiting);
    feed->next = 0;
    feed->end = waiting;
    cyt_code code = waiting == feed->capacity ? grow(feed, err) : CYT_OK;
    if (code != CYT_OK)
        return code;
    size_t got = 0;
    code = cyt_text_read(feed->stream, feed->buffer + feed->end,
                         feed->capacity - feed->end, &got, err);
    feed->ended = got == 0;
    feed->end += got;
    return code;
}

cyt_code cyt_feed_init(cyt_feed *feed, cyt_text_stream *stream, const char *shown,
                       const char *sample, size_t block_bytes, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *feed = (cyt_feed){.stream = stream, .shown = shown, .sample = sample};
    feed->line = 1;
    feed->at_record = 1;
    feed->buffer = cyt_calloc(block_bytes + CYT_FEED_PAD, 1, "a block of text", err);
    CYT_TRY(err->code);
    feed->capacity = block_bytes;
    CYT_TRY(fill(feed, err));
    feed->at = feed->next = cyt_csv_bom(feed->buffer, feed->end);
done:
    return code;
}

void cyt_feed_free(cyt_feed *feed)
{
    free(feed->buffer);
    *feed = (cyt_feed){0};
}

void cyt_feed_moved(cyt_feed *feed, uint64_t at, uint64_t line, int inside,
                    int at_record)
{
    feed->next = feed->end = 0;
    feed->ended = 0;
    feed->at = at;
    feed->line = line;
    feed->inside = inside;
    feed->at_record = at_record;
}

cyt_code cyt_feed_at_end(cyt_feed *feed, int *at_end, cyt_error *err)
{
    const cyt_code code =
        feed->next == feed->end && !feed->ended ? fill(feed, err) : CYT_OK;
    *at_end = feed->next == feed->end;
    return code;
}

/* Move over the next n > 0 bytes of the buffer. */
static void consume(cyt_feed *feed, size_t n)
{
    const char *text = feed->buffer + feed->next;
    feed->line += cyt_count_byte(text, n, '\n');
    feed->inside ^= (int)(cyt_count_byte(text, n, '"') & 1);
    feed->at_record = text[n - 1] == '\n' && !feed->inside;
    feed->next += n;
    feed->at += n;
}

cyt_code cyt_feed_run(cyt_feed *feed, uint64_t to, cyt_error *err)
{
    while (feed->at < to) {
        int at_end;
        const cyt_code code = cyt_feed_at_end(feed, &at_end, err);
        if (code != CYT_OK || at_end)
            return code;
        const uint64_t gap = to - feed->at;
        const size_t waiting = feed->end - feed->next;
        consume(feed, gap < waiting ? (size_t)gap : waiting);
    }
    return CYT_OK;
}

cyt_code cyt_feed_seek(cyt_feed *feed, uint64_t from, cyt_error *err)
{
    cyt_code code = cyt_feed_run(feed, from, err);
    while (code == CYT_OK && !feed->at_record) {
        int at_end;
        code = cyt_feed_at_end(feed, &at_end, err);
        if (code != CYT_OK || at_end)
            break;
        const char *text = feed->buffer + feed->next;
        const size_t waiting = feed->end - feed->next;
        const char *newline = memchr(text, '\n', waiting);
        consume(feed, newline ? (size_t)(newline - text) + 1 : waiting);
    }
    return code;
}

cyt_code cyt_feed_guess(cyt_feed *feed, cyt_error *err)
{
    cyt_code code = CYT_OK;
    int at_end = 0;
    for (feed->at_record = 0; code == CYT_OK && !feed->at_record && !at_end;) {
        code = cyt_feed_at_end(feed, &at_end, err);
        const char *text = feed->buffer + feed->next;
        const size_t waiting = feed->end - feed->next;
        const char *newline = memchr(text, '\n', waiting);
        const size_t n = newline ? (size_t)(newline - text) + 1 : waiting;
        feed->next += n;
        feed->at += n;
        feed->at_record = newline != NULL;
    }
    feed->at_record = 1;
    return code;
}

static cyt_code too_long(const cyt_feed *feed, cyt_error *err)
{
    return CYT_FAIL(err, CYT_ERR_DATA, feed->sample,
                    "%s line %llu: a record of more than %zu bytes; is a quote not "
                    "closed?",
                    feed->shown, (unsigned long long)feed->line, CYT_RECORD_MAX);
}

/* Without quotes there is no newline but the last byte. */
static uint64_t count_lines(const cyt_span *span)
{
    return memchr(span->text, '"', span->length)
               ? cyt_count_byte(span->text, span->length, '\n')
               : span->text[span->length - 1] == '\n';
}

/* Bytes of the record at the front of the text, as far as it is there. */
static size_t record_end(const cyt_feed *feed, const char *text, size_t n)
{
    if (!feed->no_quotes)
        return cyt_csv_record_end(text, n);
    const char *newline = memchr(text, '\n', n);
    return newline ? (size_t)(newline - text) + 1 : n;
}

cyt_code cyt_feed_next(cyt_feed *feed, cyt_span *span, cyt_error *err)
{
    size_t size = 0;
    for (;;) {
        const size_t waiting = feed->end - feed->next;
        const char *text = feed->buffer + feed->next;
        size = waiting ? record_end(feed, text, waiting) : 0;
        /* A record that fills the buffer may be cut, even behind a newline, which can
         * be inside its quotes. */
        if (size < waiting || feed->ended)
            break;
        if (waiting > CYT_RECORD_MAX)
            return too_long(feed, err);
        const cyt_code code = fill(feed, err);
        if (code != CYT_OK)
            return code;
    }
    *span = (cyt_span){feed->buffer + feed->next, size, feed->line};
    feed->at += size;
    feed->next += size;
    feed->line += size ? count_lines(span) : 0;
    return CYT_OK;
}

cyt_code cyt_feed_next_full(cyt_feed *feed, cyt_span *span, cyt_error *err)
{
    cyt_code code;
    do {
        CYT_TRY(cyt_feed_next(feed, span, err));
    } while (span->length > 0 && cyt_csv_blank(span->text, span->length));
done:
    return code;
}

cyt_code cyt_feed_next_fields(cyt_feed *feed, char separator, size_t n_wanted,
                              cyt_record *record, cyt_span *span, cyt_error *err)
{
    char *text = feed->buffer + feed->next;
    const size_t size =
        cyt_csv_line(text, feed->end - feed->next, separator, n_wanted, record);
    if (size == 0) {
        record->n = 0;
        return cyt_feed_next(feed, span, err);
    }
    *span = (cyt_span){text, size, feed->line++};
    feed->at += size;
    feed->next += size;
    return CYT_OK;
}
