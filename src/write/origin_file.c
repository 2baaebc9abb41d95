// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/origin.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/text.h"
#include "cytotaxis/whole_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <sys/stat.h>

static const char *const endings[2] = {".h5ad", ".fields.h5"};

void cyt_origin_sizes(const char *stem, int64_t bytes[2])
{
    for (size_t k = 0; k < 2; k++) {
        char path[4096 + 512];
        struct stat st;
        snprintf(path, sizeof path, "%s%s", stem, endings[k]);
        bytes[k] = stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
    }
}

/* --- writing ---------------------------------------------------------------------- */

/* What is no UTF-8, as the name of a file may be, JSON cannot hold; it is tamed. Such a
 * line never equals what it is later compared with, and the slide is done again. */
static json_t *line_of(const char *text, size_t n, cyt_error *err)
{
    json_t *line = json_stringn(text, n);
    char *tamed = line ? NULL : cyt_alloc(n + 1, 1, "a line", err);
    if (tamed) {
        memcpy(tamed, text, n);
        tamed[n] = '\0';
        cyt_text_tame(tamed);
        line = json_string(tamed);
    }
    free(tamed);
    return line;
}

/* A text as an array of its lines, which is how people and version control like it. */
static json_t *lines_of(const char *text, cyt_error *err)
{
    json_t *lines = json_array();
    while (*text) {
        const size_t n = strcspn(text, "\n");
        if (json_array_append_new(lines, line_of(text, n, err)) != 0)
            CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "no memory for the origin of a slide");
        text += n + (text[n] == '\n');
    }
    return lines;
}

static char *origin_text(const cyt_origin *origin, const cyt_origin_result *result,
                         cyt_error *err)
{
    cyt_strbuf text = {0};
    json_t *record = json_loads(result->record, 0, NULL);
    json_t *root = json_object();
    json_object_set_new(root, "input", lines_of(origin->input, err));
    json_object_set_new(root, "config", lines_of(origin->config, err));
    json_object_set_new(root, "program", lines_of(origin->program, err));
    json_object_set_new(root, "cells", json_integer((json_int_t)result->n_cells));
    for (size_t k = 0; k < 2; k++)
        if (result->bytes[k] >= 0)
            json_object_set_new(root, k ? "bytes_of_fields_h5" : "bytes_of_h5ad",
                                json_integer(result->bytes[k]));
    json_object_set_new(root, "result", record ? record : json_object());
    char *json = json_dumps(root, JSON_INDENT(1));
    json_decref(root);
    if (json)
        cyt_strbuf_add(&text, err, "%s\n", json);
    else
        CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "no memory for the origin of a slide");
    free(json);
    return cyt_strbuf_take(&text, err);
}

cyt_code cyt_origin_write(const char *path, const cyt_origin *origin,
                          const cyt_origin_result *result, cyt_error *err)
{
    if (CYT_FAULT("origin.write"))
        return CYT_FAIL(err, CYT_ERR_IO, NULL, "fault injected");
    char *text = origin_text(origin, result, err);
    if (!text)
        return err->code;
    const cyt_code code =
        cyt_whole_write(path, CYT_WHOLE_MINE, text, strlen(text), err);
    free(text);
    return code;
}

/* --- reading ---------------------------------------------------------------------- */

static char *text_of(const json_t *root, const char *key, cyt_error *err)
{
    cyt_strbuf text = {0};
    const json_t *lines = json_object_get(root, key);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const char *line = json_string_value(json_array_get(lines, i));
        cyt_strbuf_add(&text, err, "%s\n", line ? line : "");
    }
    return cyt_strbuf_take(&text, err);
}

static int64_t number_of(const json_t *root, const char *key)
{
    const json_t *number = json_object_get(root, key);
    return json_is_integer(number) ? (int64_t)json_integer_value(number) : -1;
}

cyt_code cyt_origin_read(const char *path, cyt_origin *origin,
                         cyt_origin_result *result, cyt_error *err)
{
    *origin = (cyt_origin){0};
    *result = (cyt_origin_result){.bytes = {-1, -1}};
    FILE *file = fopen(path, "r");
    if (!file)
        return CYT_FAIL(err, CYT_ERR_NO_INPUT, NULL, "%s: %s", path, strerror(errno));
    json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, NULL);
    fclose(file);
    const int64_t n_cells = number_of(root, "cells");
    if (n_cells < 0) {
        json_decref(root);
        return CYT_FAIL(
            err, CYT_ERR_DATA, NULL,
            "%s does not say what a slide was made from; remove it, and the "
            "slide is done again",
            path);
    }
    origin->input = text_of(root, "input", err);
    origin->config = text_of(root, "config", err);
    origin->program = text_of(root, "program", err);
    result->n_cells = (uint64_t)n_cells;
    result->bytes[0] = number_of(root, "bytes_of_h5ad");
    result->bytes[1] = number_of(root, "bytes_of_fields_h5");
    const json_t *record = json_object_get(root, "result");
    result->record = json_is_object(record) ? json_dumps(record, JSON_COMPACT)
                                            : cyt_strdup("{}", err);
    if (!result->record)
        CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "no memory for %s", path);
    json_decref(root);
    return err->code;
}

void cyt_origin_free(cyt_origin *origin)
{
    free(origin->input);
    free(origin->config);
    free(origin->program);
    *origin = (cyt_origin){0};
}

void cyt_origin_result_free(cyt_origin_result *result)
{
    free(result->record);
    *result = (cyt_origin_result){0};
}
