// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/outline.h"

#include "read/outline/outline_words.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/number.h"
#include "cytotaxis/strbuf.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- words of a column ------------------------------------------------------------ */

/* A new word: is it a number, is it a whole one? */
static void judge(cyt_words *words, const char *text, size_t length)
{
    double value;
    if (cyt_parse_f64(text, length, &value) != CYT_NUMBER_FINITE)
        words->is_words = 1;
    else if (value != floor(value) && !words->declared)
        words->is_settled = 1;
}

static int is_seen(const cyt_names *seen, const char *text, size_t length)
{
    for (size_t i = seen->n; i-- > 0;)
        if (strlen(seen->name[i]) == length && memcmp(seen->name[i], text, length) == 0)
            return 1;
    return 0;
}

cyt_code cyt_words_add(cyt_words *words, const char *text, size_t length,
                       cyt_error *err)
{
    if (words->is_settled || cyt_text_missing(text, length))
        return CYT_OK;
    words->n++;
    if (is_seen(&words->seen, text, length))
        return CYT_OK;
    words->is_settled = words->seen.n == CYT_OUTLINE_FEW;
    judge(words, text, length);
    return words->is_settled ? CYT_OK : cyt_names_add(&words->seen, text, length, err);
}

cyt_code cyt_words_end(cyt_words *words, const char *column, cyt_outline *outline,
                       cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (!words->is_settled && words->seen.n > 1 &&
        (words->declared || 2 * words->seen.n <= words->n)) {
        CYT_TRY(cyt_grow(&outline->few, &outline->few_capacity, outline->n_few + 1,
                         sizeof *outline->few, "columns with few labels", err));
        cyt_few *few = &outline->few[outline->n_few];
        *few = (cyt_few){.column = cyt_strdup(column, err),
                         .in_part = words->in_part,
                         .numbers = !words->is_words && !words->declared};
        CYT_TRY(err->code);
        outline->n_few++;
        few->labels = words->seen;
        words->seen = (cyt_names){0};
        cyt_names_sort(&few->labels);
    }
done:
    cyt_names_free(&words->seen);
    *words = (cyt_words){0};
    return code;
}

/* --- lists ------------------------------------------------------------------------ */

cyt_code cyt_outline_note(cyt_names *list, cyt_error *err, const char *fmt, ...)
{
    char line[640];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    return cyt_names_add(list, line, strlen(line), err);
}

const cyt_few *cyt_outline_few(const cyt_outline *outline, const char *column)
{
    for (size_t i = 0; i < outline->n_few; i++)
        if (strcmp(outline->few[i].column, column) == 0)
            return &outline->few[i];
    return NULL;
}

void cyt_outline_free(cyt_outline *outline)
{
    cyt_names_free(&outline->columns);
    cyt_names_free(&outline->obsm);
    cyt_names_free(&outline->matrices);
    cyt_names_free(&outline->features);
    cyt_names_free(&outline->warnings);
    for (size_t i = 0; i < outline->n_few; i++) {
        free(outline->few[i].column);
        cyt_names_free(&outline->few[i].labels);
    }
    free(outline->few);
    *outline = (cyt_outline){0};
}

/* --- by format -------------------------------------------------------------------- */

cyt_code cyt_outline_read(const cyt_reader *reader, const cyt_source *source,
                          cyt_outline *outline, cyt_error *err)
{
    static const struct {
        const char *format;
        cyt_code (*read)(const cyt_source *, cyt_outline *, cyt_error *);
    } all[] = {{"csv", cyt_outline_csv},   {"h5ad", cyt_outline_h5ad},
               {"loom", cyt_outline_loom}, {"polygons", cyt_outline_polygons},
               {"mtx", cyt_outline_mtx},   {"10x", cyt_outline_tenx}};
    *outline = (cyt_outline){.n_features = CYT_OUTLINE_UNKNOWN};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].format, reader->name) == 0)
            return all[i].read(source, outline, err);
    return CYT_OK;
}
