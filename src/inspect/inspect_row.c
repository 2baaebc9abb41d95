// SPDX-License-Identifier: BSD-3-Clause
/* The row of a samplesheet, ready to paste: only columns that are needed, and `?` where
 * only the user knows. */
#include "inspect/inspect_slide.h"

#include <stdio.h>
#include <string.h>

enum { MOST_NAME = 64 };

/* --- fields ----------------------------------------------------------------------- */

/* A field of CSV: in quotes where it must be. */
static void add_field(cyt_strbuf *row, const char *field, cyt_error *err)
{
    const int quoted = strpbrk(field, ",;\t\"\n") != NULL;
    cyt_strbuf_add(row, err, "%s%s", row->n ? "," : "", quoted ? "\"" : "");
    for (; *field; field++)
        cyt_strbuf_add(row, err, *field == '"' ? "\"\"" : "%c", *field);
    cyt_strbuf_add(row, err, "%s", quoted ? "\"" : "");
}

static int is_allowed(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           strchr("._-", c);
}

/* The last part of the path without its ending, in the letters a sample may have. */
static void name_of(const char *path, char name[MOST_NAME])
{
    static const char *const endings[] = {".gz",   ".zst",  ".csv", ".tsv",    ".txt",
                                          ".h5ad", ".loom", ".h5",  ".geojson"};
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    size_t first = n;
    while (first > 0 && path[first - 1] != '/')
        first--;
    for (size_t k = 0; k < sizeof endings / sizeof *endings; k++) {
        const size_t m = strlen(endings[k]);
        if (n - first > m && memcmp(path + n - m, endings[k], m) == 0)
            n -= m;
    }
    size_t to = 0;
    for (; first < n && to + 1 < MOST_NAME; first++)
        name[to++] = is_allowed(path[first]) ? path[first] : '_';
    name[to] = '\0';
    if (strspn(name, ".") == to)
        snprintf(name, MOST_NAME, "S01");
}

/* --- the row ---------------------------------------------------------------------- */

typedef struct sheet {
    cyt_strbuf header, row;
} sheet;

/* A column, if there is anything to say in it. */
static void add(sheet *s, const char *column, const char *field, cyt_error *err)
{
    if (!field)
        return;
    add_field(&s->header, column, err);
    add_field(&s->row, field, err);
}

static const char *fill_if(int wanted)
{
    return wanted ? cyt_inspect_fill : NULL;
}

/* A matrix belongs to a table of cells that only the user knows. */
static void add_files(const cyt_inspect_slide *s, sheet *out, cyt_error *err)
{
    add(out, "data_path", s->row.expression ? cyt_inspect_fill : s->sample.data.shown,
        err);
    if (s->row.expression)
        add(out, "expression", s->sample.data.shown, err);
}

/* What stands over the row. */
static void tell_filling(const cyt_inspect_slide *s, cyt_strbuf *text, cyt_error *err)
{
    const cyt_inspect_row *r = &s->row;
    const int open = r->um || r->filter || r->type_file ||
                     r->type == cyt_inspect_fill || r->x == cyt_inspect_fill;
    cyt_strbuf_add(text, err, "\nSamplesheet%s%s:\n\n", open ? "; fill in each ?" : "",
                   r->expression ? ", data_path being the table of cells" : "");
}

void cyt_inspect_tell_row(const cyt_inspect_slide *s, cyt_strbuf *text, cyt_error *err)
{
    sheet out = {0};
    char name[MOST_NAME];
    name_of(s->sample.data.shown, name);
    add(&out, "sample", name, err);
    add_files(s, &out, err);
    add(&out, "um_per_px", fill_if(s->row.um), err);
    add(&out, "x", s->row.x, err);
    add(&out, "y", s->row.y, err);
    add(&out, "id", s->row.id, err);
    add(&out, "type", s->row.type, err);
    add(&out, "type_file", fill_if(s->row.type_file), err);
    add(&out, "filter", fill_if(s->row.filter), err);
    tell_filling(s, text, err);
    cyt_strbuf_add(text, err, "%s\n%s\n", out.header.text ? out.header.text : "",
                   out.row.text ? out.row.text : "");
    cyt_strbuf_free(&out.header);
    cyt_strbuf_free(&out.row);
}
