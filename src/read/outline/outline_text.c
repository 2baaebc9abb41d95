// SPDX-License-Identifier: BSD-3-Clause
/* Outlines of texts: a table by its header and first rows, a 10x folder by its list of
 * features. */
#include "read/folder_files.h"
#include "read/outline/outline_words.h"
#include "read/text/json_pull.h"
#include "read/text/record_feed.h"

#include "cytotaxis/csv_record.h"
#include "cytotaxis/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 18 };

/* A text, open, and the record at hand. */
typedef struct table {
    const cyt_source *source;
    cyt_text_stream *stream;
    cyt_feed feed;
    cyt_record record;
    char separator; /* 0: the first line tells */
    uint64_t line;  /* of the record; 0 at the end */
} table;

static cyt_code open_table(const cyt_source *source, const char *path,
                           const char *shown, table *t, cyt_error *err)
{
    cyt_code code;
    *t = (table){.source = source};
    CYT_TRY(cyt_text_open(path, shown, "", &t->stream, err));
    CYT_TRY(cyt_feed_init(&t->feed, t->stream, shown, "", BLOCK_BYTES, err));
done:
    return code;
}

static void close_table(table *t)
{
    cyt_csv_record_free(&t->record);
    cyt_feed_free(&t->feed);
    cyt_text_close(t->stream);
}

static cyt_code split(table *t, const cyt_span *span, cyt_error *err)
{
    if (t->feed.no_quotes)
        return cyt_csv_split_bare(span->text, span->length, t->separator, &t->record,
                                  err);
    return cyt_csv_split(span->text, span->length, t->separator, &t->record, err);
}

/* The next record that is not blank; one that cannot be split, or is no text, is an
 * error. */
static cyt_code next_record(table *t, cyt_error *err)
{
    cyt_span span;
    cyt_error why = {0};
    cyt_code code;
    CYT_TRY(cyt_feed_next_full(&t->feed, &span, err));
    t->line = span.length > 0 ? span.line : 0;
    t->record.n = 0;
    if (t->line == 0)
        return CYT_OK;
    if (memchr(span.text, '\0', span.length))
        return CYT_FAIL(err, CYT_ERR_DATA, "",
                        "%s is not text: line %" PRIu64
                        " has a NUL byte; save it as UTF-8 text",
                        t->feed.shown, t->line);
    if (!t->separator)
        t->separator = cyt_csv_separator(span.text, span.length);
    if (split(t, &span, &why) != CYT_OK)
        code = CYT_FAIL(err, why.code, "", "%s line %" PRIu64 ", %s", t->feed.shown,
                        t->line, why.text);
done:
    return code;
}

/* --- table ------------------------------------------------------------------------ */

static cyt_code take_header(table *t, cyt_outline *outline, cyt_error *err)
{
    cyt_code code;
    CYT_TRY(next_record(t, err));
    if (t->record.n == 0)
        CYT_TRY(CYT_FAIL(err, CYT_ERR_DATA, "", "%s is empty", t->feed.shown));
    for (size_t i = 0; i < t->record.n; i++) {
        const cyt_field *f = &t->record.field[i];
        CYT_TRY(cyt_names_add(&outline->columns, f->text, f->length, err));
    }
    snprintf(outline->version, sizeof outline->version, "%s between columns%s",
             t->separator == '\t'  ? "TAB"
             : t->separator == ';' ? "semicolon"
                                   : "comma",
             cyt_text_is_plain(t->stream) ? "" : ", packed");
done:
    return code;
}

static cyt_code judge_columns(table *t, cyt_outline *outline, cyt_error *err)
{
    const size_t n = outline->columns.n;
    cyt_words *words = cyt_calloc(n, sizeof *words, "words of columns", err);
    cyt_code code = err->code;
    for (size_t row = 0; row < CYT_OUTLINE_ROWS && code == CYT_OK; row++) {
        CYT_TRY(next_record(t, err));
        if (t->line == 0)
            break;
        outline->n_rows++;
        for (size_t i = 0; i < n && i < t->record.n; i++)
            CYT_TRY(cyt_words_add(&words[i], t->record.field[i].text,
                                  t->record.field[i].length, err));
    }
    for (size_t i = 0; i < n && code == CYT_OK; i++) {
        words[i].in_part = outline->n_rows == CYT_OUTLINE_ROWS;
        code = cyt_words_end(&words[i], outline->columns.name[i], outline, err);
    }
done:
    for (size_t i = 0; words && i < n; i++)
        cyt_names_free(&words[i].seen);
    free(words);
    return code;
}

cyt_code cyt_outline_csv(const cyt_source *source, cyt_outline *outline, cyt_error *err)
{
    table t;
    cyt_code code = open_table(source, source->path, source->shown_path, &t, err);
    CYT_TRY(code);
    CYT_TRY(take_header(&t, outline, err));
    if (source->wanted != CYT_WANT_VALUES)
        CYT_TRY(judge_columns(&t, outline, err));
done:
    close_table(&t);
    return code;
}

/* --- 10x folder ------------------------------------------------------------------- */

/* Numbers of features by their type, in order of first sight. */
typedef struct kinds {
    cyt_names names;
    uint64_t n[16];
} kinds;

static cyt_code count_kind(kinds *k, const cyt_field *f, cyt_error *err)
{
    enum { MOST = sizeof k->n / sizeof *k->n };
    size_t at = 0;
    while (at < k->names.n && (strlen(k->names.name[at]) != f->length ||
                               memcmp(k->names.name[at], f->text, f->length) != 0))
        at++;
    if (at == MOST)
        return CYT_OK;
    k->n[at]++;
    return at < k->names.n ? CYT_OK : cyt_names_add(&k->names, f->text, f->length, err);
}

static cyt_code count_features(table *t, cyt_outline *outline, cyt_error *err)
{
    kinds k = {0};
    cyt_code code;
    for (outline->n_features = 0;; outline->n_features++) {
        CYT_TRY(next_record(t, err));
        if (t->line == 0)
            break;
        if (t->record.n > 2)
            CYT_TRY(count_kind(&k, &t->record.field[2], err));
    }
    for (size_t i = 0; i < k.names.n; i++)
        CYT_TRY(cyt_outline_note(&outline->features, err, "%s %" PRIu64,
                                 k.names.name[i], k.n[i]));
done:
    cyt_names_free(&k.names);
    return code;
}

cyt_code cyt_outline_mtx(const cyt_source *source, cyt_outline *outline, cyt_error *err)
{
    char file[512], path[4096], shown[4096];
    const int old = !cyt_folder_find(source->path, "features.tsv", file, sizeof file);
    table t;
    if (old && !cyt_folder_find(source->path, "genes.tsv", file, sizeof file))
        return CYT_FAIL(err, CYT_ERR_DATA, "",
                        "%s has no features.tsv or genes.tsv (nor .gz or .zst)",
                        source->shown_path);
    snprintf(path, sizeof path, "%s/%s", source->path, file);
    snprintf(shown, sizeof shown, "%s/%s", source->shown_path, file);
    snprintf(outline->version, sizeof outline->version, "as Cell Ranger %s wrote it",
             old ? "up to 2" : "since 3");
    cyt_code code = open_table(source, path, shown, &t, err);
    t.separator = '\t';
    t.feed.no_quotes = 1;
    if (code == CYT_OK)
        code = count_features(&t, outline, err);
    close_table(&t);
    return code;
}

/* --- outlines --------------------------------------------------------------------- */

/* The names of what the first feature says of itself; that is enough to tell whether
 * cells have types. */
static cyt_code name_properties(cyt_json *json, cyt_outline *outline, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t depth = json->depth;;) {
        CYT_TRY(cyt_json_next(json, err));
        if (json->depth < depth)
            return CYT_OK;
        if (json->event == CYT_JSON_KEY)
            CYT_TRY(cyt_names_add(&outline->columns, json->text, json->length, err));
        CYT_TRY(cyt_json_next(json, err));
        CYT_TRY(cyt_json_skip(json, err));
    }
done:
    return code;
}

cyt_code cyt_outline_polygons(const cyt_source *source, cyt_outline *outline,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_text_stream *stream = NULL;
    cyt_cursor in = {.shown = source->shown_path, .sample = ""};
    cyt_json json;
    CYT_TRY(cyt_text_open(source->path, source->shown_path, "", &stream, err));
    CYT_TRY(cyt_cursor_init(&in, stream, NULL, 0, err));
    cyt_json_init(&json, &in);
    snprintf(outline->version, sizeof outline->version, "an outline a cell");
    do {
        CYT_TRY(cyt_json_next(&json, err));
        if (json.event != CYT_JSON_KEY || !cyt_json_is(&json, "properties"))
            continue;
        CYT_TRY(cyt_json_next(&json, err));
        if (json.event != CYT_JSON_OBJECT)
            continue;
        code = name_properties(&json, outline, err);
        break;
    } while (json.event != CYT_JSON_END);
done:
    cyt_cursor_free(&in);
    cyt_text_close(stream);
    return code;
}
