// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/result_table.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cyt_result_table *cyt_result_table_add(cyt_result_tables *tables, const char *name,
                                       cyt_error *err)
{
    if (cyt_grow(&tables->item, &tables->capacity, tables->n + 1, sizeof *tables->item,
                 "tables of results", err) != CYT_OK)
        return NULL;
    cyt_result_table *table = cyt_calloc(1, sizeof *table, "a table of results", err);
    if (!table)
        return NULL;
    tables->item[tables->n++] = table;
    table->name = cyt_strdup(name, err);
    return table->name ? table : NULL;
}

/* Append the value that stands for none. */
static cyt_code add_missing(cyt_result_column *column, size_t row, cyt_error *err)
{
    if (column->is_text)
        return cyt_names_add(&column->text, "", 0, err);
    const cyt_code code = cyt_grow(&column->number, &column->capacity, row + 1,
                                   sizeof *column->number, "results", err);
    if (code == CYT_OK)
        column->number[row] = NAN;
    return code;
}

cyt_code cyt_result_row(cyt_result_table *table, const char *index, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_names_add(&table->index, index, strlen(index), err));
    for (size_t k = 0; k < table->n_columns; k++)
        CYT_TRY(add_missing(&table->column[k], table->index.n - 1, err));
done:
    return code;
}

static cyt_code add_column(cyt_result_table *table, const char *name, int is_text,
                           cyt_error *err)
{
    cyt_code code = cyt_grow(&table->column, &table->capacity, table->n_columns + 1,
                             sizeof *table->column, "results", err);
    if (code != CYT_OK)
        return code;
    cyt_result_column *column = &table->column[table->n_columns++];
    *column = (cyt_result_column){.name = cyt_strdup(name, err), .is_text = is_text};
    for (size_t row = 0; err->code == CYT_OK && row < table->index.n; row++)
        code = add_missing(column, row, err);
    return err->code;
}

static cyt_code find_column(cyt_result_table *table, const char *name, int is_text,
                            cyt_result_column **column, cyt_error *err)
{
    size_t k = 0;
    while (k < table->n_columns && strcmp(table->column[k].name, name) != 0)
        k++;
    if (table->index.n == 0 ||
        (k < table->n_columns && table->column[k].is_text != is_text))
        return CYT_FAIL(err, CYT_ERR_INTERNAL, table->name,
                        "column %s: no row, or one of another kind", name);
    if (k == table->n_columns && add_column(table, name, is_text, err) != CYT_OK)
        return err->code;
    *column = &table->column[k];
    return CYT_OK;
}

cyt_code cyt_result_number(cyt_result_table *table, const char *name, double value,
                           cyt_error *err)
{
    cyt_result_column *column;
    const cyt_code code = find_column(table, name, 0, &column, err);
    if (code == CYT_OK)
        column->number[table->index.n - 1] = value;
    return code;
}

cyt_code cyt_result_numbers(cyt_result_table *table, const char *prefix, size_t n,
                            const cyt_named_number *numbers, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char name[64];
    for (size_t k = 0; k < n; k++) {
        snprintf(name, sizeof name, "%s%s", prefix, numbers[k].name);
        CYT_TRY(cyt_result_number(table, name, numbers[k].value, err));
    }
done:
    return code;
}

cyt_code cyt_result_text(cyt_result_table *table, const char *name, const char *text,
                         cyt_error *err)
{
    cyt_result_column *column;
    const cyt_code code = find_column(table, name, 1, &column, err);
    if (code != CYT_OK)
        return code;
    char *copy = cyt_strdup(text, err);
    if (!copy)
        return err->code;
    free(column->text.name[table->index.n - 1]);
    column->text.name[table->index.n - 1] = copy;
    return CYT_OK;
}

static void free_table(cyt_result_table *table)
{
    for (size_t k = 0; k < table->n_columns; k++) {
        free(table->column[k].name);
        free(table->column[k].number);
        cyt_names_free(&table->column[k].text);
    }
    free(table->column);
    cyt_names_free(&table->index);
    free(table->name);
    free(table);
}

void cyt_result_tables_free(cyt_result_tables *tables)
{
    for (size_t k = 0; k < tables->n; k++)
        free_table(tables->item[k]);
    free(tables->item);
    *tables = (cyt_result_tables){0};
}
