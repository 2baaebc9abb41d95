// SPDX-License-Identifier: BSD-3-Clause
#include "report/csv_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cyt_csv_text(cyt_strbuf *line, const char *text, cyt_error *err)
{
    const char *guard = *text && strchr("=+-@\t\r", *text) ? "'" : "";
    if (!text[strcspn(text, ",\"\r\n")]) {
        cyt_strbuf_add(line, err, "%s%s", guard, text);
        return;
    }
    cyt_strbuf_add(line, err, "\"%s", guard);
    for (const char *c = text; *c; c++)
        cyt_strbuf_add(line, err, *c == '"' ? "\"%c" : "%c", *c);
    cyt_strbuf_add(line, err, "\"");
}

void cyt_csv_number(cyt_strbuf *line, double value, cyt_error *err)
{
    char text[40] = "";
    if (isnan(value))
        return;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    cyt_strbuf_add(line, err, "%s", text);
}
