// SPDX-License-Identifier: BSD-3-Clause
#include "samplesheet_row.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/number.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/suggest.h"
#include "cytotaxis/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(cyt_sample, name)

const cyt_sheet_column cyt_sheet_columns[] = {
    {"sample", CYT_SHEET_SAMPLE, FIELD(name)},
    {"data_path", CYT_SHEET_PATH, FIELD(data)},
    {"format", CYT_SHEET_FORMAT, FIELD(format)},
    {"patient", CYT_SHEET_TEXT, FIELD(patient)},
    {"condition", CYT_SHEET_TEXT, FIELD(condition)},
    {"batch", CYT_SHEET_TEXT, FIELD(batch)},
    {"um_per_px", CYT_SHEET_UM, FIELD(um_per_px)},
    {"x", CYT_SHEET_TEXT, FIELD(x)},
    {"y", CYT_SHEET_TEXT, FIELD(y)},
    {"id", CYT_SHEET_TEXT, FIELD(id)},
    {"type", CYT_SHEET_TEXT, FIELD(type)},
    {"compartment", CYT_SHEET_TEXT, FIELD(compartment)},
    {"type_file", CYT_SHEET_PATH, FIELD(type_file)},
    {"decimal", CYT_SHEET_DECIMAL, 0},
    {"filter", CYT_SHEET_FILTER, 0},
    {"expression", CYT_SHEET_PATH, FIELD(expression)},
    {"regions", CYT_SHEET_PATH, FIELD(regions)},
    {"regions_um_per_px", CYT_SHEET_REGIONS_UM, FIELD(regions_um_per_px)},
    {"regions_affine", CYT_SHEET_AFFINE, FIELD(regions_affine)},
    {"time", CYT_SHEET_TIME, FIELD(time)},
    {"event", CYT_SHEET_EVENT, FIELD(event)},
    {NULL, CYT_SHEET_TEXT, 0},
};

void cyt_sheet_complain(cyt_sheet_reader *r, size_t column, const char *fmt, ...)
{
    char text[1280];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    const cyt_place place = {.line = r->line, .column = column};
    cyt_complain(r->complaints, r->err, CYT_ERR_CONFIG, place, "%s", text);
}

static char *copy(const char *text, size_t length, cyt_error *err)
{
    char *to = cyt_alloc(length + 1, 1, "a field of the samplesheet", err);
    if (!to)
        return NULL;
    memcpy(to, text, length);
    to[length] = '\0';
    return to;
}

/* Put @p text, taken, where the column wants it. */
static void store(cyt_sample *sample, const cyt_sheet_column *column, char *text)
{
    memcpy((char *)sample + column->field, &text, sizeof text);
}

static void read_name(cyt_sheet_reader *r, const cyt_field *f, cyt_sample *s)
{
    enum { LONGEST = 200 };
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._-";
    char shown[CYT_SHOWN_SIZE];
    s->name = copy(f->text, f->length, r->err);
    if (!s->name)
        return;
    cyt_text_shown(f->text, f->length, shown);
    if (f->length > LONGEST)
        cyt_sheet_complain(
            r, f->column,
            "sample \"%s\" has %zu letters; at most %d, it becomes a file "
            "name",
            shown, f->length, LONGEST);
    else if (strspn(s->name, letters) != f->length || strcmp(s->name, ".") == 0 ||
             strcmp(s->name, "..") == 0)
        cyt_sheet_complain(
            r, f->column,
            "sample \"%s\" cannot be a file name; use letters, digits, '.', "
            "'_' and '-'",
            shown);
    else
        return;
    free(s->name);
    s->name = NULL;
}

static void read_path(cyt_sheet_reader *r, const cyt_field *f, cyt_sheet_file *file)
{
    cyt_strbuf full = {0};
    const char *sheet = r->sheet->path, *slash = strrchr(sheet, '/');
    const int folder = slash && f->text[0] != '/' ? (int)(slash + 1 - sheet) : 0;
    file->column = f->column;
    file->shown = copy(f->text, f->length, r->err);
    if (!file->shown)
        return;
    cyt_strbuf_add(&full, r->err, "%.*s%s", folder, sheet, file->shown);
    file->path = cyt_strbuf_take(&full, r->err);
}

static void unknown_format(cyt_sheet_reader *r, const cyt_field *f, const char *format)
{
    char shown[CYT_SHOWN_SIZE];
    cyt_strbuf list = {0};
    for (size_t i = 0; r->formats[i]; i++)
        cyt_strbuf_add(&list, r->err, ", %s", r->formats[i]);
    cyt_sheet_complain(r, f->column, "unknown format \"%s\"; formats: auto%s",
                       cyt_text_shown(format, strlen(format), shown),
                       list.text ? list.text : "");
    cyt_strbuf_free(&list);
}

static void read_format(cyt_sheet_reader *r, const cyt_field *f, cyt_sample *s)
{
    s->format = copy(f->text, f->length, r->err);
    if (!s->format || !r->formats || strcmp(s->format, "auto") == 0)
        return;
    for (size_t i = 0; r->formats[i]; i++)
        if (strcmp(s->format, r->formats[i]) == 0)
            return;
    unknown_format(r, f, s->format);
}

static void read_um(cyt_sheet_reader *r, const cyt_field *f, cyt_sample *s)
{
    char shown[CYT_SHOWN_SIZE];
    double value;
    const cyt_number number = cyt_parse_f64(f->text, f->length, &value);
    cyt_text_shown(f->text, f->length, shown);
    if (number == CYT_NUMBER_FINITE && value > 0)
        s->um_per_px = value;
    else if (number == CYT_NUMBER_NONE)
        cyt_sheet_complain(
            r, f->column,
            "um_per_px is not a number (\"%s\"); give um per unit of x and "
            "y, 1 where they are um",
            shown);
    else if (number == CYT_NUMBER_MISSING)
        cyt_sheet_complain(
            r, f->column,
            "um_per_px is missing (\"%s\"); give um per unit of x and y, 1 "
            "where they are um",
            shown);
    else
        cyt_sheet_complain(r, f->column, "um_per_px is %s; it must be %sgreater than 0",
                           shown, number == CYT_NUMBER_INFINITE ? "a number " : "");
}

static void read_regions_um(cyt_sheet_reader *r, const cyt_field *f, cyt_sample *s)
{
    char shown[CYT_SHOWN_SIZE];
    double value;
    if (cyt_parse_f64(f->text, f->length, &value) == CYT_NUMBER_FINITE && value > 0)
        s->regions_um_per_px = value;
    else
        cyt_sheet_complain(r, f->column,
                           "regions_um_per_px is \"%s\"; it must be a number greater "
                           "than 0, um per pixel of the regions",
                           cyt_text_shown(f->text, f->length, shown));
}

/* The next word of the field, cut off from its rest. */
static cyt_field next_word(cyt_field *rest)
{
    cyt_field word = *rest;
    while (word.length > 0 && word.text[0] == ' ') {
        word.text++;
        word.length--;
    }
    const char *space = memchr(word.text, ' ', word.length);
    const size_t length = space ? (size_t)(space - word.text) : word.length;
    rest->text = word.text + length;
    rest->length = word.length - length;
    word.length = length;
    return word;
}

static void read_affine(cyt_sheet_reader *r, const cyt_field *f, cyt_sample *s)
{
    char shown[CYT_SHOWN_SIZE];
    double v[6];
    size_t n = 0;
    int good = 1;
    cyt_field rest = *f;
    for (cyt_field w = next_word(&rest); w.length > 0; w = next_word(&rest), n++) {
        double value;
        good &= cyt_parse_f64(w.text, w.length, &value) == CYT_NUMBER_FINITE;
        if (n < 6)
            v[n] = value;
    }
    cyt_text_shown(f->text, f->length, shown);
    if (!good || n != 6)
        cyt_sheet_complain(
            r, f->column,
            "regions_affine is \"%s\"; it must be six numbers "
            "\"a b c d e f\", for x' = a x + b y + c, y' = d x + e y + f",
            shown);
    else if (v[0] * v[4] == v[1] * v[3])
        cyt_sheet_complain(r, f->column,
                           "regions_affine \"%s\" maps the plane to a line (a e = b d)",
                           shown);
    else
        memcpy(s->regions_affine, v, sizeof v);
}

static void read_decimal(cyt_sheet_reader *r, const cyt_field *f, cyt_sample *s)
{
    char shown[CYT_SHOWN_SIZE];
    if (f->length != 1 || (f->text[0] != ',' && f->text[0] != '.'))
        cyt_sheet_complain(r, f->column, "decimal is \"%s\"; it must be \",\" or \".\"",
                           cyt_text_shown(f->text, f->length, shown));
    else
        s->decimal_comma = f->text[0] == ',';
}

static void read_filter(cyt_sheet_reader *r, const cyt_field *f, cyt_sample *s)
{
    char shown[CYT_SHOWN_SIZE];
    const char *equals = memchr(f->text, '=', f->length);
    const size_t column = equals ? (size_t)(equals - f->text) : 0;
    if (column == 0 || column + 1 == f->length) {
        cyt_sheet_complain(r, f->column, "filter \"%s\" is not column=value",
                           cyt_text_shown(f->text, f->length, shown));
        return;
    }
    s->filter_column = copy(f->text, column, r->err);
    s->filter_value = copy(equals + 1, f->length - column - 1, r->err);
}

/* Survival columns: a number, or missing in the ways numbers are. */
static void read_survival(cyt_sheet_reader *r, const cyt_field *f,
                          const cyt_sheet_column *column, double *to)
{
    char shown[CYT_SHOWN_SIZE];
    double value;
    const int event = column->kind == CYT_SHEET_EVENT;
    const cyt_number number = cyt_parse_f64(f->text, f->length, &value);
    cyt_text_shown(f->text, f->length, shown);
    if (number == CYT_NUMBER_MISSING)
        return;
    if (number != CYT_NUMBER_FINITE)
        cyt_sheet_complain(r, f->column, "%s is not a number (\"%s\")", column->name,
                           shown);
    else if (event && value != 0 && value != 1)
        cyt_sheet_complain(r, f->column,
                           "event is %s; write 1 (happened) or 0 (censored)", shown);
    else if (!event && value < 0)
        cyt_sheet_complain(r, f->column, "time is %s; it must be at least 0", shown);
    else
        *to = value;
}

static int has_outer_space(const cyt_field *f)
{
    return f->length > 0 && (f->text[0] == ' ' || f->text[f->length - 1] == ' ');
}

/* A known column's field that is not empty. */
static void read_field(cyt_sheet_reader *r, const cyt_field *f,
                       const cyt_sheet_column *column, cyt_sample *s)
{
    switch (column->kind) {
    case CYT_SHEET_SAMPLE:
        read_name(r, f, s);
        break;
    case CYT_SHEET_PATH:
        read_path(r, f, (cyt_sheet_file *)((char *)s + column->field));
        break;
    case CYT_SHEET_FORMAT:
        read_format(r, f, s);
        break;
    case CYT_SHEET_TEXT:
        store(s, column, copy(f->text, f->length, r->err));
        break;
    case CYT_SHEET_UM:
        read_um(r, f, s);
        break;
    case CYT_SHEET_DECIMAL:
        read_decimal(r, f, s);
        break;
    case CYT_SHEET_FILTER:
        read_filter(r, f, s);
        break;
    case CYT_SHEET_TIME:
        read_survival(r, f, column, &s->time);
        break;
    case CYT_SHEET_EVENT:
        read_survival(r, f, column, &s->event);
        break;
    case CYT_SHEET_REGIONS_UM:
        read_regions_um(r, f, s);
        break;
    case CYT_SHEET_AFFINE:
        read_affine(r, f, s);
        break;
    }
}

static void on_empty(cyt_sheet_reader *r, const cyt_field *f,
                     const cyt_sheet_column *column)
{
    const int required =
        column->kind == CYT_SHEET_SAMPLE || column->field == FIELD(data);
    if (required)
        cyt_sheet_complain(r, f->column, "%s is empty", column->name);
}

/* Is it open how a slide is to be read when this column is wrong? */
static int tells_how_to_read(const cyt_sheet_column *column)
{
    return column->kind != CYT_SHEET_UM && column->kind != CYT_SHEET_TIME &&
           column->kind != CYT_SHEET_EVENT;
}

static void on_known(cyt_sheet_reader *r, size_t i, cyt_sample *s)
{
    const cyt_field *f = &r->record.field[i];
    const cyt_sheet_column *column = &cyt_sheet_columns[r->column[i]];
    const size_t n_before = r->complaints->n;
    if (f->length == 0)
        on_empty(r, f, column);
    else if (!cyt_one_line(f->text, f->length))
        cyt_sheet_complain(r, f->column,
                           "line break or control character in column '%s'",
                           column->name);
    else if (has_outer_space(f))
        cyt_sheet_complain(r, f->column, "space at the start or end of column '%s'",
                           column->name);
    else
        read_field(r, f, column, s);
    if (r->complaints->n > n_before) {
        s->faulty |= tells_how_to_read(column);
        s->um_faulty |= column->kind == CYT_SHEET_UM;
        r->sheet->incomplete |= strcmp(column->name, "condition") == 0;
    }
}

static void on_covariate(cyt_sheet_reader *r, size_t i, size_t k, cyt_sample *s)
{
    const cyt_field *f = &r->record.field[i];
    char shown[CYT_SHOWN_SIZE];
    const char *name = r->header.name[i];
    if (!cyt_one_line(f->text, f->length))
        cyt_sheet_complain(r, f->column,
                           "line break or control character in column '%s'",
                           cyt_text_shown(name, strlen(name), shown));
    s->covariates[k] = copy(f->text, f->length, r->err);
}

static void fill_defaults(cyt_sheet_reader *r, cyt_sample *s)
{
    if (!s->patient && s->name)
        s->patient = cyt_strdup(s->name, r->err);
    if (!s->format)
        s->format = cyt_strdup("auto", r->err);
}

/* A new sample at the end of the sheet, with room for covariates; NULL without memory.
 */
static cyt_sample *add_sample(cyt_sheet_reader *r)
{
    cyt_samplesheet *sheet = r->sheet;
    if (cyt_grow(&sheet->samples, &sheet->capacity, sheet->n + 1,
                 sizeof *sheet->samples, "samples", r->err) != CYT_OK)
        return NULL;
    char **covariates = cyt_calloc(sheet->covariates.n, sizeof *covariates,
                                   "covariates of a sample", r->err);
    if (!covariates)
        return NULL;
    cyt_sample *s = &sheet->samples[sheet->n++];
    *s = (cyt_sample){.line = r->line,
                      .um_per_px = NAN,
                      .time = NAN,
                      .event = NAN,
                      .regions_um_per_px = NAN,
                      .regions_affine = {1, 0, 0, 0, 1, 0},
                      .covariates = covariates};
    return s;
}

void cyt_sheet_row(cyt_sheet_reader *r)
{
    if (r->record.n != r->header.n) {
        cyt_sheet_complain(r, 0, "%zu fields, where the header has %zu", r->record.n,
                           r->header.n);
        r->sheet->incomplete = 1;
        return;
    }
    cyt_sample *s = add_sample(r);
    for (size_t i = 0, k = 0; s && i < r->record.n && r->err->code == CYT_OK; i++) {
        if (r->column[i] == CYT_COVARIATE)
            on_covariate(r, i, k++, s);
        else
            on_known(r, i, s);
    }
    if (s && r->err->code == CYT_OK)
        fill_defaults(r, s);
}

void cyt_sample_free(cyt_sample *sample, size_t n_covariates)
{
    char *strings[] = {sample->name,
                       sample->data.shown,
                       sample->data.path,
                       sample->type_file.shown,
                       sample->type_file.path,
                       sample->expression.shown,
                       sample->expression.path,
                       sample->regions.shown,
                       sample->regions.path,
                       sample->format,
                       sample->patient,
                       sample->condition,
                       sample->batch,
                       sample->x,
                       sample->y,
                       sample->id,
                       sample->type,
                       sample->compartment,
                       sample->filter_column,
                       sample->filter_value};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        free(strings[i]);
    for (size_t i = 0; i < n_covariates; i++)
        free(sample->covariates[i]);
    free(sample->covariates);
    *sample = (cyt_sample){0};
}
