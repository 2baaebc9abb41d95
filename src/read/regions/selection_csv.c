// SPDX-License-Identifier: BSD-3-Clause
//
// Regions from the selections that Xenium Explorer exports as CSV, in µm:
//
//     #Selection name: Tumor            comments; the name of what follows
//     #Area (µm^2): 1234.5
//     X,Y                               or Selection,X,Y with a name in each row
//     10.5,20
//
// A polygon ends where the selection's name changes, where a comment names the next,
// and at the end of the file. Comments need not be UTF-8.
#include "read/regions/region_formats.h"

#include "cytotaxis/csv_record.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/number.h"
#include "cytotaxis/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LONGEST_LINE = 4096, N_COLUMNS = 3, ABSENT = -1 };

static const char *const columns[N_COLUMNS] = {"Selection", "X", "Y"};
static const char comment_name[] = "Selection name:";

typedef struct reader {
    cyt_cursor *in;
    cyt_regions *regions;
    cyt_error *err;
    char line[LONGEST_LINE];
    size_t length;
    cyt_spot spot; /* of the line */
    cyt_record record;
    char separator;
    int column[N_COLUMNS]; /* field of each, or ABSENT */
    size_t n_fields;       /* of the header; 0: none yet */
    char name[LONGEST_LINE];
    size_t name_length;
    cyt_regions_mark mark; /* the polygon under way */
} reader;

/* The next line without its end; @p at_end when there is none. */
static cyt_code read_line(reader *r, int *at_end)
{
    int byte = cyt_cursor_peek(r->in, r->err);
    const int is_comment = byte == '#';
    *at_end = byte == CYT_TEXT_END;
    r->spot = r->in->spot;
    r->in->unchecked = is_comment;
    r->length = 0;
    while ((byte = cyt_cursor_take(r->in, r->err)) >= 0 && byte != '\n') {
        if (r->length < LONGEST_LINE)
            r->line[r->length++] = (char)byte;
        else if (!is_comment)
            return cyt_cursor_fail(r->in, r->spot, r->err,
                                   "a line of more than %d bytes; is this a CSV of "
                                   "vertices?",
                                   LONGEST_LINE);
    }
    r->in->unchecked = 0;
    if (r->length > 0 && r->line[r->length - 1] == '\r')
        r->length--;
    return byte == CYT_TEXT_FAILED ? r->err->code : CYT_OK;
}

static cyt_code end_polygon(reader *r)
{
    cyt_code code = CYT_OK;
    if (cyt_regions_here(r->regions).n_vertices == r->mark.n_vertices)
        return CYT_OK;
    CYT_TRY(cyt_regions_end_ring(r->regions, r->err));
    CYT_TRY(cyt_regions_end_polygon(r->regions, r->err));
    CYT_TRY(cyt_regions_label(r->regions, r->mark, r->name, r->name_length, r->err));
    r->mark = cyt_regions_here(r->regions);
done:
    return cyt_cursor_place(r->in, r->spot, code, r->err);
}

static void set_name(reader *r, const char *name, size_t length)
{
    memcpy(r->name, name, length);
    r->name_length = length;
}

static int begins_with(const char *text, size_t n, const char *word)
{
    return n >= strlen(word) && strncasecmp(text, word, strlen(word)) == 0;
}

static cyt_code on_comment(reader *r)
{
    const char *c = r->line + 1, *end = r->line + r->length;
    while (c < end && *c == ' ')
        c++;
    if (!begins_with(c, (size_t)(end - c), comment_name))
        return CYT_OK;
    const cyt_code code = end_polygon(r);
    c += strlen(comment_name);
    while (c < end && (*c == ' ' || *c == '"'))
        c++;
    while (c < end && (end[-1] == ' ' || end[-1] == '"' || end[-1] == ','))
        end--;
    set_name(r, c, (size_t)(end - c));
    return code;
}

static cyt_code split(reader *r)
{
    cyt_error why = {0};
    const cyt_code code =
        cyt_csv_split(r->line, r->length, r->separator, &r->record, &why);
    if (code == CYT_ERR_DATA)
        return cyt_cursor_fail(r->in, r->spot, r->err, "%s", why.text);
    if (code != CYT_OK)
        *r->err = why;
    return code;
}

static cyt_code on_header(reader *r)
{
    cyt_code code = CYT_OK;
    r->separator = cyt_csv_separator(r->line, r->length);
    CYT_TRY(split(r));
    for (int k = 0; k < N_COLUMNS; k++) {
        r->column[k] = ABSENT;
        for (size_t i = 0; i < r->record.n; i++)
            if (r->record.field[i].length == strlen(columns[k]) &&
                begins_with(r->record.field[i].text, r->record.field[i].length,
                            columns[k]))
                r->column[k] = (int)i;
        if (k > 0 && r->column[k] == ABSENT)
            CYT_TRY(cyt_cursor_fail(r->in, r->spot, r->err,
                                    "no column %s; the header of a selection is X,Y or "
                                    "Selection,X,Y",
                                    columns[k]));
    }
    r->n_fields = r->record.n;
done:
    return code;
}

static cyt_code read_coordinate(reader *r, int column, double *value)
{
    char shown[CYT_SHOWN_SIZE];
    const cyt_field *f = &r->record.field[r->column[column]];
    const cyt_spot spot = {r->spot.line, f->column};
    if (cyt_parse_f64(f->text, f->length, value) != CYT_NUMBER_FINITE ||
        !(fabs(*value) <= CYT_REGION_FAR))
        return cyt_cursor_fail(
            r->in, spot, r->err, "%s is \"%s\", which is no coordinate of a slide",
            columns[column], cyt_text_shown(f->text, f->length, shown));
    return CYT_OK;
}

static cyt_code on_row(reader *r)
{
    cyt_code code = CYT_OK;
    double x, y;
    CYT_TRY(split(r));
    if (r->record.n != r->n_fields)
        CYT_TRY(cyt_cursor_fail(r->in, r->spot, r->err,
                                "%zu fields, where the header has %zu", r->record.n,
                                r->n_fields));
    if (r->column[0] != ABSENT) {
        const cyt_field *f = &r->record.field[r->column[0]];
        const int same =
            f->length == r->name_length && memcmp(f->text, r->name, f->length) == 0;
        CYT_TRY(same ? CYT_OK : end_polygon(r));
        set_name(r, f->text, f->length);
    }
    CYT_TRY(read_coordinate(r, 1, &x));
    CYT_TRY(read_coordinate(r, 2, &y));
    CYT_TRY(cyt_cursor_place(r->in, r->spot,
                             cyt_regions_vertex(r->regions, x, y, r->err), r->err));
done:
    return code;
}

/* A comment, or a header with columns X and Y. */
int cyt_selection_accepts(const char *head, size_t n)
{
    int has_x = 0, has_y = 0;
    if (n > 0 && head[0] == '#')
        return 1;
    for (size_t i = 0; i < n && head[i] != '\n'; i++) {
        const int starts = i == 0 || (strchr(",;\t\"", head[i - 1]) && head[i - 1]);
        const int ends = i + 1 == n || strchr(",;\t\"\r\n", head[i + 1]) != NULL;
        has_x |= starts && ends && (head[i] | 0x20) == 'x';
        has_y |= starts && ends && (head[i] | 0x20) == 'y';
    }
    return has_x && has_y;
}

/* The first line must be one, and each selection may begin with another. */
static int is_header(const reader *r)
{
    return r->n_fields == 0 || cyt_selection_accepts(r->line, r->length);
}

cyt_code cyt_selection_read(cyt_cursor *in, cyt_regions *regions, cyt_error *err)
{
    cyt_code code = CYT_OK;
    int at_end = 0;
    reader *r = cyt_calloc(1, sizeof *r, "a reader of selections", err);
    if (!r)
        return err->code;
    r->in = in;
    r->regions = regions;
    r->err = err;
    r->mark = cyt_regions_here(regions);
    while (!at_end) {
        CYT_TRY(read_line(r, &at_end));
        if (r->length == 0)
            continue;
        if (r->line[0] == '#')
            CYT_TRY(on_comment(r));
        else
            CYT_TRY(is_header(r) ? on_header(r) : on_row(r));
    }
    CYT_TRY(end_polygon(r));
done:
    cyt_csv_record_free(&r->record);
    free(r);
    return code;
}
