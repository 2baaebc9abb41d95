// SPDX-License-Identifier: BSD-3-Clause
#include "read/csv/csv_header.h"

#include "read/text/record_feed.h"

#include "cytotaxis/csv_record.h"

#include <string.h>

enum { BLOCK_BYTES = 1 << 14 };

static cyt_code first_line(cyt_feed *feed, cyt_record *record, cyt_error *err)
{
    cyt_span span;
    cyt_code code;
    CYT_TRY(cyt_feed_next_full(feed, &span, err));
    if (span.length > 0)
        CYT_TRY(cyt_csv_split(span.text, span.length,
                              cyt_csv_separator(span.text, span.length), record, err));
done:
    return code;
}

int cyt_csv_header(const char *path, cyt_names *columns)
{
    cyt_error err = {0};
    cyt_text_stream *stream = NULL;
    cyt_feed feed = {0};
    cyt_record record = {0};
    cyt_code code = cyt_text_open(path, path, "", &stream, &err);
    if (code == CYT_OK)
        code = cyt_feed_init(&feed, stream, path, "", BLOCK_BYTES, &err);
    if (code == CYT_OK)
        code = first_line(&feed, &record, &err);
    for (size_t i = 0; code == CYT_OK && i < record.n; i++)
        code =
            cyt_names_add(columns, record.field[i].text, record.field[i].length, &err);
    cyt_csv_record_free(&record);
    cyt_feed_free(&feed);
    cyt_text_close(stream);
    return code == CYT_OK && columns->n > 0;
}

cyt_code cyt_csv_header_check(const cyt_source *s, const cyt_span *header,
                              cyt_error *err)
{
    if (header->length == 0)
        return CYT_FAIL(err, CYT_ERR_DATA, s->sample, "%s is empty", s->shown_path);
    if (memchr(header->text, '\0', header->length))
        return CYT_FAIL(
            err, CYT_ERR_DATA, s->sample,
            "%s is not text: line %llu has a NUL byte; save it as UTF-8 text",
            s->shown_path, (unsigned long long)header->line);
    const char *cr = memchr(header->text, '\r', header->length);
    const size_t behind = cr ? header->length - (size_t)(cr - header->text) : 0;
    if (behind > 2 || (behind == 2 && cr[1] != '\n'))
        return CYT_FAIL(err, CYT_ERR_DATA, s->sample,
                        "%s line %llu: a carriage return inside the header; end lines "
                        "with LF or CR LF",
                        s->shown_path, (unsigned long long)header->line);
    return CYT_OK;
}
