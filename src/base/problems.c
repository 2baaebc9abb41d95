// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/problems.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

cyt_code cyt_problems_add(cyt_problems *list, cyt_error *err, cyt_code kind,
                          const char *fmt, ...)
{
    cyt_code code = cyt_grow(&list->item, &list->capacity, list->n + 1,
                             sizeof(cyt_problem), "a list of problems", err);
    if (code != CYT_OK)
        return code;
    char line[2048];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    cyt_text_tame(line);
    char *text = cyt_strdup(line, err);
    if (!text)
        return err->code;
    list->item[list->n++] = (cyt_problem){.code = kind, .text = text};
    return CYT_OK;
}

cyt_code cyt_problems_take(cyt_problems *list, const char *subject,
                           const cyt_error *why, cyt_error *err)
{
    if (why->code == CYT_OK)
        return CYT_OK;
    if (why->code == CYT_ERR_MEMORY) {
        *err = *why;
        return err->code;
    }
    return cyt_problems_add(list, err, why->code, "%s: %s", subject, why->text);
}

cyt_code cyt_problems_code(const cyt_problems *list)
{
    static const cyt_code worst_first[] = {CYT_ERR_CONFIG, CYT_ERR_NO_INPUT,
                                           CYT_ERR_DATA};
    for (size_t k = 0; k < sizeof worst_first / sizeof *worst_first; k++)
        for (size_t i = 0; i < list->n; i++)
            if (list->item[i].code == worst_first[k])
                return worst_first[k];
    return list->n ? list->item[0].code : CYT_OK;
}

void cyt_problems_free(cyt_problems *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->item[i].text);
    free(list->item);
    *list = (cyt_problems){0};
}
