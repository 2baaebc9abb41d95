// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/text_column.h"

#include "cytotaxis/mem.h"

#include <string.h>

size_t cyt_longest(const char *const *texts, size_t n)
{
    size_t most = 1;
    for (size_t i = 0; i < n; i++)
        most = strlen(texts[i]) > most ? strlen(texts[i]) : most;
    return most;
}

void cyt_text_column_begin(cyt_text_column *c, size_t n, size_t width, cyt_error *err)
{
    *c = (cyt_text_column){n, width, cyt_calloc(n, width, "a column of texts", err)};
}

void cyt_text_column_set(cyt_text_column *c, size_t row, const char *text)
{
    const size_t length = strlen(text);
    if (c->text)
        memcpy(c->text + row * c->width, text, length < c->width ? length : c->width);
}

cyt_code cyt_text_column_write(cyt_frame *frame, const char *name,
                               const cyt_text_column *c, cyt_error *err)
{
    return cyt_frame_texts(frame, name, c->width, c->text, err);
}
