// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/samplesheet.h"

#include "complaint.h"
#include "samplesheet_row.h"

#include "cytotaxis/csv_record.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/suggest.h"
#include "cytotaxis/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 26 };

/* --- header ----------------------------------------------------------------------- */

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Are the two equal but for one letter more, less, other, or two swapped? Case-blind.
 */
static int within_one(const char *a, const char *b)
{
    size_t i = 0;
    while (a[i] && lower(a[i]) == lower(b[i]))
        i++;
    const char *rest[4][2] = {
        {a + i, b + i}, {a + i, b + i}, {a + i, b + i}, {"", " "}};
    if (a[i])
        rest[0][0]++; /* a has one more */
    if (b[i])
        rest[1][1]++; /* b has one more */
    if (a[i] && b[i]) {
        rest[2][0]++; /* one is other */
        rest[2][1]++;
    }
    if (a[i] && b[i] && lower(a[i]) == lower(b[i + 1]) &&
        lower(a[i + 1]) == lower(b[i])) {
        rest[3][0] = a + i + 2;
        rest[3][1] = b + i + 2;
    }
    for (int way = 0; way < 4; way++) {
        size_t k = 0;
        while (rest[way][0][k] && lower(rest[way][0][k]) == lower(rest[way][1][k]))
            k++;
        if (rest[way][0][k] == '\0' && rest[way][1][k] == '\0')
            return 1;
    }
    return 0;
}

static void known_names(cyt_sheet_reader *r, cyt_names *known)
{
    for (const cyt_sheet_column *c = cyt_sheet_columns; c->name && !r->err->code; c++)
        (void)!cyt_names_add(known, c->name, strlen(c->name), r->err);
}

/* A free column whose name is a slip of a known one would be lost as a covariate. */
static void check_covariate(cyt_sheet_reader *r, const cyt_field *field,
                            const char *name)
{
    cyt_names known = {0};
    known_names(r, &known);
    const char *nearest =
        r->err->code == CYT_OK ? cyt_nearest_name(name, &known) : NULL;
    if (nearest && within_one(name, nearest))
        cyt_sheet_complain(
            r, field->column,
            "column '%s': did you mean '%s'? Rename it if it is a covariate", name,
            nearest);
    cyt_names_free(&known);
}

static int column_of(const char *name)
{
    for (int i = 0; cyt_sheet_columns[i].name; i++)
        if (strcmp(cyt_sheet_columns[i].name, name) == 0)
            return i;
    return CYT_COVARIATE;
}

static void read_name(cyt_sheet_reader *r, const cyt_field *field, size_t i)
{
    char shown[CYT_SHOWN_SIZE];
    if (cyt_names_add(&r->header, field->text, field->length, r->err) != CYT_OK)
        return;
    const char *name = r->header.name[i];
    cyt_text_shown(name, strlen(name), shown);
    const int again = cyt_names_find(&r->header, name) < i;
    r->column[i] = again ? CYT_COVARIATE : column_of(name);
    if (field->length == 0)
        cyt_sheet_complain(r, field->column, "column %zu has no name", i + 1);
    else if (!cyt_one_line(name, field->length))
        cyt_sheet_complain(r, field->column,
                           "control character in the name of column %zu", i + 1);
    else if (again)
        cyt_sheet_complain(r, field->column, "a second column '%s'", shown);
    else if (r->column[i] == CYT_COVARIATE)
        check_covariate(r, field, name);
    if (r->column[i] == CYT_COVARIATE && r->err->code == CYT_OK)
        (void)!cyt_names_add(&r->sheet->covariates, name, field->length, r->err);
}

static int has_column(const cyt_sheet_reader *r, const char *name)
{
    return cyt_names_find(&r->header, name) != CYT_NO_NAME;
}

static void check_required(cyt_sheet_reader *r)
{
    cyt_strbuf there = {0};
    for (size_t i = 0; i < r->header.n; i++) {
        char shown[CYT_SHOWN_SIZE];
        cyt_strbuf_add(
            &there, r->err, "%s%s", i ? ", " : "",
            cyt_text_shown(r->header.name[i], strlen(r->header.name[i]), shown));
    }
    static const char *const required[] = {"sample", "data_path"};
    for (int i = 0; i < 2; i++)
        if (!has_column(r, required[i]))
            cyt_sheet_complain(r, 0, "no column '%s', which is required; there are: %s",
                               required[i], there.text ? there.text : "none");
    cyt_strbuf_free(&there);
}

static void read_header(cyt_sheet_reader *r)
{
    r->column = cyt_alloc(r->record.n, sizeof *r->column, "columns of a sheet", r->err);
    for (size_t i = 0; i < r->record.n && r->err->code == CYT_OK; i++)
        read_name(r, &r->record.field[i], i);
    if (r->err->code != CYT_OK)
        return;
    check_required(r);
    r->sheet->has_patient = has_column(r, "patient");
    r->sheet->has_condition = has_column(r, "condition");
    r->sheet->has_batch = has_column(r, "batch");
    r->sheet->has_time = has_column(r, "time");
    r->sheet->has_event = has_column(r, "event");
}

/* --- rows ------------------------------------------------------------------------- */

/* The samples' names in order, and where each stands. */
static int by_name(const void *left, const void *right)
{
    const cyt_sample *a = *(cyt_sample *const *)left, *b = *(cyt_sample *const *)right;
    const int order = strcmp(a->name, b->name);
    return order ? order : (a->line > b->line) - (a->line < b->line);
}

static void check_duplicates(cyt_sheet_reader *r)
{
    cyt_samplesheet *sheet = r->sheet;
    cyt_sample **sorted =
        cyt_alloc(sheet->n, sizeof(cyt_sample *), "samples by name", r->err);
    size_t n = 0;
    for (size_t i = 0; sorted && i < sheet->n; i++)
        if (sheet->samples[i].name)
            sorted[n++] = &sheet->samples[i];
    if (n > 0)
        qsort(sorted, n, sizeof *sorted, by_name);
    for (size_t i = 1, first = 0; i < n; i++) {
        char shown[CYT_SHOWN_SIZE];
        r->line = sorted[i]->line;
        if (strcmp(sorted[i]->name, sorted[first]->name) != 0)
            first = i;
        else
            cyt_sheet_complain(
                r, 0, "sample '%s' a second time (first in line %zu)",
                cyt_text_shown(sorted[i]->name, strlen(sorted[i]->name), shown),
                sorted[first]->line);
    }
    free(sorted);
}

static void on_record(cyt_sheet_reader *r)
{
    if (!r->column)
        read_header(r);
    else
        cyt_sheet_row(r);
}

/* Split one record and pass it on; complain when it cannot be split. */
static void read_record(cyt_sheet_reader *r, char *text, size_t size)
{
    cyt_error why = {0};
    r->n_rows += r->column != NULL;
    const cyt_code code = cyt_csv_split(text, size, r->separator, &r->record, &why);
    if (code == CYT_OK)
        on_record(r);
    else if (code == CYT_ERR_DATA)
        cyt_sheet_complain(r, 0, "%s", why.text);
    else
        *r->err = why;
    r->sheet->incomplete |= code != CYT_OK;
    r->broken_header = code != CYT_OK && !r->column;
}

static void read_records(cyt_sheet_reader *r, char *text, size_t n)
{
    size_t at = cyt_csv_bom(text, n), line = 1;
    while (at < n && r->err->code == CYT_OK && !r->broken_header) {
        const size_t size = cyt_csv_record_end(text + at, n - at);
        const size_t n_lines = cyt_count_byte(text + at, size, '\n');
        r->line = line;
        if (!r->column)
            r->separator = cyt_csv_separator(text + at, size);
        if (!cyt_csv_blank(text + at, size))
            read_record(r, text + at, size);
        line += n_lines;
        at += size;
    }
}

static cyt_code read_sheet(cyt_sheet_reader *r, char *text, size_t n)
{
    read_records(r, text, n);
    r->line = 0;
    if (r->err->code == CYT_OK && !r->column && !r->broken_header)
        cyt_sheet_complain(r, 0,
                           "empty; a samplesheet has a header and a row per slide");
    else if (r->err->code == CYT_OK && r->column && r->n_rows == 0)
        cyt_sheet_complain(r, 0, "a header and no samples");
    if (r->err->code == CYT_OK)
        check_duplicates(r);
    return r->err->code;
}

cyt_code cyt_samplesheet_read(const char *path, const char *const *formats,
                              cyt_samplesheet *sheet, cyt_problems *problems,
                              cyt_error *err)
{
    cyt_code code;
    char *text = NULL;
    size_t n = 0;
    cyt_complaints complaints = {.file = path};
    cyt_sheet_reader r = {
        .complaints = &complaints, .sheet = sheet, .formats = formats, .err = err};

    *sheet = (cyt_samplesheet){0};
    if (!(sheet->path = cyt_strdup(path, err)))
        return err->code;
    CYT_TRY(cyt_read_text(path, MOST_BYTES, &text, &n, &complaints, err));
    if (text)
        CYT_TRY(read_sheet(&r, text, n));
    sheet->incomplete |= sheet->n == 0;
    CYT_TRY(cyt_complaints_tell(&complaints, problems, err));
done:
    cyt_complaints_free(&complaints);
    cyt_csv_record_free(&r.record);
    cyt_names_free(&r.header);
    free(r.column);
    free(text);
    return code;
}

static cyt_code find_file(const cyt_samplesheet *sheet, size_t line, const char *column,
                          cyt_sheet_file *file, cyt_problems *problems, cyt_error *err)
{
    if (!file->path || access(file->path, R_OK) == 0)
        return CYT_OK;
    const cyt_code code = cyt_problems_add(
        problems, err, CYT_ERR_NO_INPUT,
        "%s:%zu:%zu: %s %s: %s (paths are relative to the sheet)", sheet->path, line,
        file->column, column, file->shown, strerror(errno));
    free(file->path);
    file->path = NULL;
    return code;
}

cyt_code cyt_samplesheet_find_files(cyt_samplesheet *sheet, cyt_problems *problems,
                                    cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < sheet->n; i++) {
        cyt_sample *s = &sheet->samples[i];
        CYT_TRY(find_file(sheet, s->line, "data_path", &s->data, problems, err));
        CYT_TRY(find_file(sheet, s->line, "type_file", &s->type_file, problems, err));
        CYT_TRY(find_file(sheet, s->line, "expression", &s->expression, problems, err));
        CYT_TRY(find_file(sheet, s->line, "regions", &s->regions, problems, err));
    }
done:
    return code;
}

void cyt_samplesheet_free(cyt_samplesheet *sheet)
{
    for (size_t i = 0; i < sheet->n; i++)
        cyt_sample_free(&sheet->samples[i], sheet->covariates.n);
    free(sheet->samples);
    free(sheet->path);
    cyt_names_free(&sheet->covariates);
    *sheet = (cyt_samplesheet){0};
}
