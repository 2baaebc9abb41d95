// SPDX-License-Identifier: BSD-3-Clause
#include "read/csv/csv_row.h"

#include "cytotaxis/number.h"
#include "cytotaxis/text.h"

#include <math.h>
#include <string.h>

cyt_code cyt_csv_row_split(const cyt_source *source, const cyt_span *span,
                           char separator, cyt_record *record, cyt_error *err)
{
    cyt_error why;
    why.code = CYT_OK; /* enough, and cheaper per row than to clear the texts */
    const cyt_code code =
        cyt_csv_split(span->text, span->length, separator, record, &why);
    if (code != CYT_OK)
        return CYT_FAIL(err, code, source->sample, "%s line %llu %s",
                        source->shown_path, (unsigned long long)span->line, why.text);
    return CYT_OK;
}

/* Where we are, for messages, and what the fields hold. */
struct row {
    cyt_csv_row_parser *parser;
    uint64_t line;
    cyt_error *err;
};

static cyt_code bad_field(const struct row *row, const cyt_field *field,
                          const char *name, const char *what)
{
    char shown[CYT_SHOWN_SIZE];
    const cyt_source *source = row->parser->source;
    return CYT_FAIL(row->err, CYT_ERR_DATA, source->sample,
                    "%s line %llu: %s %s (\"%s\")", source->shown_path,
                    (unsigned long long)row->line, name, what,
                    cyt_text_shown(field->text, field->length, shown));
}

/* A number as the table writes it: with a decimal comma where the source says so. */
static cyt_number read_number(const struct row *row, const cyt_field *field,
                              double *value)
{
    char copy[64];
    if (!row->parser->source->decimal_comma || field->length > sizeof copy ||
        !memchr(field->text, ',', field->length))
        return cyt_parse_f64_padded(field->text, field->length, value);
    for (size_t i = 0; i < field->length; i++)
        copy[i] = field->text[i] == ',' ? '.' : field->text[i];
    return cyt_parse_f64(copy, field->length, value);
}

static cyt_code position(const struct row *row, size_t column, const char *name,
                         double *value)
{
    const cyt_field *field = &row->parser->record.field[column];
    switch (read_number(row, field, value)) {
    case CYT_NUMBER_FINITE:
        return CYT_OK;
    case CYT_NUMBER_MISSING:
        return bad_field(row, field, name, "is missing, and a cell needs a position");
    case CYT_NUMBER_INFINITE:
        return bad_field(row, field, name, "is infinite, and a cell needs a position");
    case CYT_NUMBER_NONE:
        break;
    }
    return bad_field(row, field, name, "is not a number");
}

/* A coordinate, or the middle of two. */
static cyt_code coordinate(const struct row *row, cyt_place place, const char *name,
                           double *value)
{
    double rest;
    cyt_code code;
    CYT_TRY(position(row, place.first, name, value));
    if (place.rest == CYT_NO_NAME)
        return CYT_OK;
    CYT_TRY(position(row, place.rest, name, &rest));
    *value = *value / 2 + rest / 2;
done:
    return code;
}

static cyt_code read_position(const struct row *row)
{
    const cyt_csv_row_parser *p = row->parser;
    const cyt_source *s = p->source;
    double *x = &p->store->rows->x[p->store->rows->n];
    double *y = &p->store->rows->y[p->store->rows->n];
    cyt_code code = CYT_OK;
    *x = *y = NAN;
    if (p->columns->x.first == CYT_NO_NAME)
        return CYT_OK;
    CYT_TRY(coordinate(row, p->columns->x, s->x ? s->x : "x", x));
    CYT_TRY(coordinate(row, p->columns->y, s->y ? s->y : "y", y));
done:
    return code;
}

static cyt_code read_type(const struct row *row)
{
    const cyt_csv_row_parser *p = row->parser;
    cyt_rows *rows = p->store->rows;
    uint16_t *type = &rows->type[rows->n];
    *type = CYT_NO_TYPE;
    if (p->columns->type == CYT_NO_NAME)
        return CYT_OK;
    const cyt_field *field = &p->record.field[p->columns->type];
    if (cyt_text_missing(field->text, field->length))
        return CYT_OK;
    const size_t known = rows->labels.n;
    const cyt_code code =
        cyt_store_label(p->store, field->text, field->length, type, row->err);
    if (code == CYT_OK && rows->labels.n > known &&
        !cyt_text_valid(field->text, field->length))
        return bad_field(row, field, p->source->type ? p->source->type : "cell_type",
                         "is not UTF-8 text; save the file as UTF-8");
    return code;
}

static cyt_code check_id(const struct row *row, const cyt_field *field)
{
    const char *name = row->parser->source->id;
    name = name ? name : "cell_id";
    if (field->length == 0)
        return bad_field(row, field, name, "is empty, and a cell needs an id");
    if (!cyt_text_valid(field->text, field->length))
        return bad_field(row, field, name, "is not UTF-8 text; save the file as UTF-8");
    return CYT_OK;
}

static cyt_code read_id(const struct row *row)
{
    const cyt_csv_row_parser *p = row->parser;
    if (p->columns->id.first == CYT_NO_NAME)
        return CYT_OK;
    cyt_code code = CYT_OK;
    const cyt_field *field = &p->record.field[p->columns->id.first];
    CYT_TRY(check_id(row, field));
    CYT_TRY(cyt_store_id(p->store, field->text, field->length, row->err));
    if (p->columns->id.rest == CYT_NO_NAME)
        return CYT_OK;
    const cyt_field *rest = &p->record.field[p->columns->id.rest];
    CYT_TRY(check_id(row, rest));
    CYT_TRY(cyt_store_id_more(p->store, "_", 1, row->err));
    CYT_TRY(cyt_store_id_more(p->store, rest->text, rest->length, row->err));
done:
    return code;
}

static cyt_code read_values(const struct row *row)
{
    const cyt_csv_row_parser *p = row->parser;
    for (size_t c = 0; c < p->columns->n_values; c++) {
        double *value = cyt_store_value(p->store, c);
        *value = NAN;
        if (p->columns->value[c] == CYT_NO_NAME)
            continue;
        const cyt_field *field = &p->record.field[p->columns->value[c]];
        const cyt_number kind = read_number(row, field, value);
        if (kind == CYT_NUMBER_NONE)
            return bad_field(row, field, p->source->value_names[c], "is not a number");
        if (kind == CYT_NUMBER_INFINITE)
            return bad_field(row, field, p->source->value_names[c], "is infinite");
    }
    return CYT_OK;
}

static cyt_code read_field(const struct row *row)
{
    const cyt_csv_row_parser *p = row->parser;
    if (p->columns->field == CYT_NO_NAME)
        return CYT_OK;
    const cyt_field *field = &p->record.field[p->columns->field];
    const int missing = cyt_text_missing(field->text, field->length);
    const size_t known = p->store->rows->fields.n;
    const cyt_code code =
        cyt_store_field(p->store, field->text, missing ? 0 : field->length, row->err);
    if (code == CYT_OK && p->store->rows->fields.n > known &&
        !cyt_text_valid(field->text, field->length))
        return bad_field(row, field, p->source->field,
                         "is not UTF-8 text; save the file as UTF-8");
    return code;
}

static cyt_code read_fields(const struct row *row)
{
    cyt_code code = CYT_OK;
    cyt_row_store *store = row->parser->store;
    CYT_TRY(cyt_store_room(store, row->err));
    CYT_TRY(read_position(row));
    CYT_TRY(read_type(row));
    CYT_TRY(read_id(row));
    CYT_TRY(read_values(row));
    CYT_TRY(read_field(row));
    store->rows->place[store->rows->n] = row->line;
    store->rows->n++;
done:
    return code;
}

static int is_kept(const cyt_csv_row_parser *parser)
{
    if (parser->columns->filter == CYT_NO_NAME)
        return 1;
    const cyt_field *field = &parser->record.field[parser->columns->filter];
    const char *value = parser->source->filter_value;
    return strlen(value) == field->length &&
           memcmp(value, field->text, field->length) == 0;
}

cyt_code cyt_csv_row(cyt_csv_row_parser *parser, const cyt_span *span, cyt_error *err)
{
    const cyt_source *source = parser->source;
    if (cyt_csv_blank(span->text, span->length))
        return CYT_OK;
    const cyt_code code =
        parser->record.n > 0
            ? CYT_OK
            : cyt_csv_row_split(source, span, parser->separator, &parser->record, err);
    if (code != CYT_OK)
        return code;
    parser->n_seen++;
    if (parser->record.n != parser->columns->n_fields)
        return CYT_FAIL(err, CYT_ERR_DATA, source->sample,
                        "%s line %llu: %zu fields, but the header has %zu",
                        source->shown_path, (unsigned long long)span->line,
                        parser->record.n, parser->columns->n_fields);
    const struct row row = {parser, span->line, err};
    return is_kept(parser) ? read_fields(&row) : CYT_OK;
}
