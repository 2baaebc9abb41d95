// SPDX-License-Identifier: BSD-3-Clause
#include "read/text/json_facts.h"

#include "read/text/json_pull.h"

#include <math.h>
#include <stdio.h>

static cyt_fact kind_of(const cyt_json *json)
{
    switch (json->event) {
    case CYT_JSON_NUMBER:
        return CYT_FACT_NUMBER;
    case CYT_JSON_STRING:
        return CYT_FACT_WORD;
    case CYT_JSON_NULL:
        return CYT_FACT_NONE;
    default:
        return CYT_FACT_OTHER;
    }
}

static cyt_code look_up(cyt_json *json, const char *key, cyt_fact *kind, char *word,
                        size_t room, double *number, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_json_next(json, err));
    if (json->event != CYT_JSON_OBJECT)
        return cyt_cursor_fail(json->in, json->spot, err,
                               "an object is wanted here, not %s", cyt_json_what(json));
    for (;;) {
        CYT_TRY(cyt_json_next(json, err));
        if (json->event == CYT_JSON_OBJECT_END)
            return CYT_OK;
        const int found = cyt_json_is(json, key);
        CYT_TRY(cyt_json_next(json, err));
        if (found) {
            *kind = kind_of(json);
            if (*kind == CYT_FACT_NUMBER || *kind == CYT_FACT_WORD)
                snprintf(word, room, "%.*s", (int)json->length, json->text);
            if (*kind == CYT_FACT_NUMBER)
                *number = json->number;
            return CYT_OK;
        }
        CYT_TRY(cyt_json_skip(json, err));
    }
done:
    return code;
}

cyt_code cyt_json_fact(const char *path, const char *shown, const char *sample,
                       const char *key, cyt_fact *kind, char *word, size_t room,
                       double *number, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_text_stream *stream = NULL;
    cyt_cursor in = {.shown = shown, .sample = sample};
    cyt_json json;
    *kind = CYT_FACT_NONE;
    *word = '\0';
    *number = NAN;
    CYT_TRY(cyt_text_open(path, shown, sample, &stream, err));
    CYT_TRY(cyt_cursor_init(&in, stream, NULL, 0, err));
    cyt_json_init(&json, &in);
    CYT_TRY(look_up(&json, key, kind, word, room, number, err));
done:
    cyt_cursor_free(&in);
    cyt_text_close(stream);
    return code;
}
