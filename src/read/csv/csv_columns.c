// SPDX-License-Identifier: BSD-3-Clause
#include "read/csv/csv_columns.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/names.h"
#include "cytotaxis/suggest.h"
#include "cytotaxis/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is needed to look up one column after the other. */
struct lookup {
    const cyt_source *source;
    uint64_t line;
    cyt_names names; /* of the header, in file order */
    char listed[320];
    cyt_problems *problems;
};

/* The names of the header as "a, b, c", cut with "..." when there is no room. */
static void list_names(struct lookup *lookup)
{
    char *out = lookup->listed;
    size_t used = 0;
    for (size_t i = 0; i < lookup->names.n; i++) {
        char shown[CYT_SHOWN_SIZE];
        const char *name = lookup->names.name[i];
        cyt_text_shown(name, strlen(name), shown);
        const size_t room = sizeof lookup->listed - used;
        if (strlen(shown) + sizeof ", , ..." > room) {
            snprintf(out + used, room, ", ...");
            return;
        }
        used += (size_t)snprintf(out + used, room, "%s%s", i ? ", " : "", shown);
    }
}

static cyt_code header_names(struct lookup *lookup, const cyt_record *header,
                             cyt_error *err)
{
    for (size_t i = 0; i < header->n; i++) {
        const cyt_code code = cyt_names_add(&lookup->names, header->field[i].text,
                                            header->field[i].length, err);
        if (code != CYT_OK)
            return code;
    }
    list_names(lookup);
    return CYT_OK;
}

static cyt_code report_missing(struct lookup *lookup, const char *name,
                               const char *what, cyt_error *err)
{
    const char *near = cyt_nearest_name(name, &lookup->names);
    char hint[CYT_SHOWN_SIZE + 20] = "", shown[CYT_SHOWN_SIZE];
    if (near)
        snprintf(hint, sizeof hint, " (did you mean \"%s\"?)",
                 cyt_text_shown(near, strlen(near), shown));
    return cyt_problems_add(lookup->problems, err, CYT_ERR_DATA,
                            "%s line %llu: no column \"%s\" for %s%s; name one of: %s",
                            lookup->source->shown_path,
                            (unsigned long long)lookup->line, name, what, hint,
                            lookup->listed);
}

static cyt_code report_twice(struct lookup *lookup, const char *name, size_t n,
                             cyt_error *err)
{
    return cyt_problems_add(lookup->problems, err, CYT_ERR_DATA,
                            "%s line %llu: column \"%s\" occurs %zu times; rename all "
                            "but one",
                            lookup->source->shown_path,
                            (unsigned long long)lookup->line, name, n);
}

static cyt_code check_once(struct lookup *lookup, size_t field, cyt_error *err)
{
    if (field == CYT_NO_NAME)
        return CYT_OK;
    const char *name = lookup->names.name[field];
    size_t times = 0;
    for (size_t i = 0; i < lookup->names.n; i++)
        times += strcmp(lookup->names.name[i], name) == 0;
    return times > 1 ? report_twice(lookup, name, times, err) : CYT_OK;
}

/* Place of a column as asked for. `what` says what it is needed for; NULL: may be
 * absent. */
static cyt_code find(struct lookup *lookup, const char *name, cyt_joint joint,
                     const char *what, cyt_place *place, cyt_error *err)
{
    if (!cyt_column_find(&lookup->names, name, joint, place))
        return what ? report_missing(lookup, name, what, err) : CYT_OK;
    const cyt_code code = check_once(lookup, place->first, err);
    return code == CYT_OK ? check_once(lookup, place->rest, err) : code;
}

static cyt_code find_one(struct lookup *lookup, const char *name, const char *what,
                         size_t *field, cyt_error *err)
{
    cyt_place place;
    const cyt_code code = find(lookup, name, CYT_JOINT_NONE, what, &place, err);
    *field = place.first;
    return code;
}

static cyt_code find_cells(struct lookup *lookup, cyt_csv_columns *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_source *s = lookup->source;
    CYT_TRY(find(lookup, cyt_given(s->x, "x"), CYT_JOINT_MIDDLE, "x", &c->x, err));
    CYT_TRY(find(lookup, cyt_given(s->y, "y"), CYT_JOINT_MIDDLE, "y", &c->y, err));
    CYT_TRY(find(lookup, cyt_given(s->id, "cell_id"), CYT_JOINT_ID, s->id ? "id" : NULL,
                 &c->id, err));
    if (s->wanted != CYT_WANT_POSITIONS)
        CYT_TRY(
            find_one(lookup, cyt_given(s->type, "cell_type"), "type", &c->type, err));
done:
    return code;
}

/* Of a second file only ids are needed, besides what it is read for. Without a column
 * of the name asked for, its first column has them, as in matrices with cell names. */
static cyt_code find_second(struct lookup *lookup, cyt_csv_columns *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_source *s = lookup->source;
    CYT_TRY(find(lookup, cyt_given(s->id, "cell_id"), CYT_JOINT_ID, NULL, &c->id, err));
    c->id.first = c->id.first == CYT_NO_NAME ? 0 : c->id.first;
    if (s->wanted == CYT_WANT_TYPES)
        CYT_TRY(
            find_one(lookup, cyt_given(s->type, "cell_type"), "type", &c->type, err));
done:
    return code;
}

static cyt_code find_all(struct lookup *lookup, cyt_csv_columns *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_source *s = lookup->source;
    const int second = s->wanted == CYT_WANT_VALUES || s->wanted == CYT_WANT_TYPES;
    CYT_TRY(second ? find_second(lookup, c, err) : find_cells(lookup, c, err));
    if (s->field)
        CYT_TRY(find_one(lookup, s->field, NULL, &c->field, err));
    if (s->filter_column)
        CYT_TRY(find_one(lookup, s->filter_column, "filter", &c->filter, err));
    for (size_t i = 0; i < s->n_values; i++)
        CYT_TRY(find_one(lookup, s->value_names[i], NULL, &c->value[i], err));
done:
    return code;
}

cyt_code cyt_csv_columns_find(const cyt_source *source, const cyt_record *header,
                              uint64_t line, cyt_csv_columns *columns,
                              cyt_problems *problems, cyt_error *err)
{
    cyt_code code = CYT_OK;
    struct lookup lookup = {.source = source, .line = line, .problems = problems};
    *columns = (cyt_csv_columns){.n_fields = header->n, .n_values = source->n_values};
    columns->x = columns->y = columns->id = (cyt_place){CYT_NO_NAME, CYT_NO_NAME};
    columns->type = columns->field = columns->filter = CYT_NO_NAME;
    columns->value =
        cyt_alloc(source->n_values, sizeof *columns->value, "value columns", err);
    CYT_TRY(err->code);
    CYT_TRY(header_names(&lookup, header, err));
    CYT_TRY(find_all(&lookup, columns, err));
done:
    cyt_names_free(&lookup.names);
    return code;
}

static size_t end_of(size_t end, size_t column)
{
    return column == CYT_NO_NAME || column < end ? end : column + 1;
}

size_t cyt_csv_columns_end(const cyt_csv_columns *c)
{
    const size_t columns[] = {c->x.first, c->x.rest, c->y.first, c->y.rest, c->id.first,
                              c->id.rest, c->type,   c->filter,  c->field};
    size_t end = 0;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        end = end_of(end, columns[i]);
    for (size_t i = 0; i < c->n_values; i++)
        end = end_of(end, c->value[i]);
    return end;
}

void cyt_csv_columns_free(cyt_csv_columns *columns)
{
    free(columns->value);
    *columns = (cyt_csv_columns){0};
}
