// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_schema.c
 * @brief The table of keys as a JSON Schema (draft 2020-12), for editors and pipelines.
 *
 * Says what a schema can say: keys, kinds, ranges. It takes whatever the reader takes;
 * what keys say to each other (names of sets and signals, duplicates, keys that need
 * others, lists that ascend) is checked by the reader alone. The builder
 * functions take over the values they are given; a NULL from a failed allocation makes
 * the whole NULL, which is looked at once.
 */
#include "config_table.h"
#include "cytotaxis/number.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static json_t *type(const char *name)
{
    return json_pack("{s:s}", "type", name);
}

/* A name is text; a validator that has read YAML may see a number in it. */
static json_t *name_schema(void)
{
    return json_pack("{s:[s, s], s:i}", "type", "string", "number", "minLength", 1);
}

static json_t *list_schema(json_t *items)
{
    return json_pack("{s:s, s:o, s:i}", "type", "array", "items", items, "minItems", 1);
}

static json_t *either(json_t *one, json_t *other)
{
    return json_pack("{s:[o, o]}", "anyOf", one, other);
}

/* What is left out may be written as null too. */
static json_t *or_null(json_t *schema)
{
    return either(schema, type("null"));
}

static json_t *names_schema(void)
{
    return either(name_schema(), list_schema(name_schema()));
}

static json_t *empty_schema(void)
{
    return json_pack("{s:s, s:i}", "type", "array", "maxItems", 0);
}

/* Of sections: an empty list, or null, is none. */
static json_t *names_or_none_schema(void)
{
    return json_pack("{s:[o, o, o]}", "anyOf", names_schema(), empty_schema(),
                     type("null"));
}

static json_t *number_schema(const cyt_option *row)
{
    json_t *schema = type(row->whole ? "integer" : "number");
    json_object_set_new(schema, row->range.above ? "exclusiveMinimum" : "minimum",
                        json_real(row->range.low));
    if (row->range.high < INFINITY)
        json_object_set_new(schema, "maximum", json_real(row->range.high));
    return schema;
}

static json_t *choice_schema(const cyt_option *row)
{
    json_t *values = json_array();
    for (int i = 0; row->choices[i]; i++)
        json_array_append_new(values, json_string(row->choices[i]));
    if (row->kind == CYT_OPTION_FLAG) {
        json_array_append_new(values, json_string("no"));
        json_array_append_new(values, json_string("yes"));
        json_array_append_new(values, json_false());
        json_array_append_new(values, json_true());
    }
    return json_pack("{s:o}", "enum", values);
}

static json_t *map_of(json_t *values)
{
    return json_pack("{s:s, s:o}", "type", "object", "additionalProperties", values);
}

static json_t *inner_schema(const cyt_option *rows);

static json_t *ligand_schema(const cyt_option *row)
{
    return either(names_schema(), map_of(number_schema(row)));
}

static json_t *numbers_schema(const cyt_option *row)
{
    if (!row->section)
        return either(number_schema(row), list_schema(number_schema(row)));
    return json_pack("{s:[o, {s:s, s:o}, o]}", "anyOf", number_schema(row), "type",
                     "array", "items", number_schema(row), type("null"));
}

static json_t *pairs_schema(void)
{
    return or_null(json_pack("{s:s, s:{s:s, s:o, s:i, s:i}}", "type", "array", "items",
                             "type", "array", "items", name_schema(), "minItems", 2,
                             "maxItems", 2));
}

/* A list of mappings of the keys of @p rows. */
static json_t *maps_schema(const cyt_option *rows)
{
    return or_null(
        json_pack("{s:s, s:o}", "type", "array", "items", inner_schema(rows)));
}

static json_t *kind_schema(const cyt_option *row)
{
    switch (row->kind) {
    case CYT_OPTION_NUMBER:
        return row->start ? number_schema(row) : or_null(number_schema(row));
    case CYT_OPTION_FLAG:
    case CYT_OPTION_CHOICE:
        return choice_schema(row);
    case CYT_OPTION_TYPES:
        return or_null(map_of(names_schema()));
    case CYT_OPTION_SIGNALS:
        return maps_schema(cyt_signal_keys);
    case CYT_OPTION_CONTRASTS:
        return maps_schema(cyt_contrast_keys);
    case CYT_OPTION_CROSSTALK:
        return maps_schema(cyt_crosstalk_keys);
    case CYT_OPTION_NAME:
        return row->required ? name_schema() : or_null(name_schema());
    case CYT_OPTION_NAMES:
        return row->section ? names_or_none_schema() : names_schema();
    case CYT_OPTION_LIGAND:
        return ligand_schema(row);
    case CYT_OPTION_EXPRESSION:
        return inner_schema(cyt_expression_keys);
    case CYT_OPTION_NUMBERS:
        return numbers_schema(row);
    case CYT_OPTION_AMOUNTS:
        return map_of(number_schema(row));
    case CYT_OPTION_CHOICES:
        return either(choice_schema(row), list_schema(choice_schema(row)));
    case CYT_OPTION_ABSOLUTE:
        return inner_schema(cyt_absolute_keys);
    case CYT_OPTION_PAIRS:
        return pairs_schema();
    }
    return NULL;
}

static json_t *default_of(const cyt_option *row)
{
    double number;
    if (row->kind == CYT_OPTION_TYPES)
        return json_object();
    if (row->kind == CYT_OPTION_SIGNALS || row->kind == CYT_OPTION_CONTRASTS ||
        row->kind == CYT_OPTION_CROSSTALK || row->kind == CYT_OPTION_NAMES ||
        row->kind == CYT_OPTION_NUMBERS || row->kind == CYT_OPTION_PAIRS)
        return json_array();
    if (row->kind != CYT_OPTION_NUMBER)
        return json_string(row->start);
    (void)cyt_parse_f64(row->start, strlen(row->start), &number);
    return json_real(number);
}

static json_t *row_schema(const cyt_option *row)
{
    json_t *schema = kind_schema(row);
    json_object_set_new(schema, "description", json_string(row->help));
    if (row->start)
        json_object_set_new(schema, "default", default_of(row));
    return schema;
}

/* A mapping of the keys of @p rows and no others. */
static json_t *inner_schema(const cyt_option *rows)
{
    json_t *properties = json_object(), *required = json_array();
    json_t *unless_preset = json_array();
    for (; rows->key; rows++) {
        json_object_set_new(properties, rows->key, row_schema(rows));
        if (rows->required)
            json_array_append_new(rows->required == CYT_UNLESS_PRESET ? unless_preset
                                                                      : required,
                                  json_string(rows->key));
    }
    json_t *schema =
        json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties,
                  "required", required, "additionalProperties", 0);
    if (json_array_size(unless_preset) > 0)
        json_object_set_new(schema, "anyOf",
                            json_pack("[{s:O}, {s:[s]}]", "required", unless_preset,
                                      "required", "preset"));
    json_decref(unless_preset);
    return schema;
}

/* Put the row's schema into its section's, which is made when it is the first. */
static void add_row(json_t *sections, const cyt_option *row)
{
    if (!row->key) {
        json_object_set_new(sections, row->section, row_schema(row));
        return;
    }
    json_t *section = json_object_get(sections, row->section);
    if (!section) {
        section = json_pack("{s:[s, s], s:{}, s:b}", "type", "object", "null",
                            "properties", "additionalProperties", 0);
        json_object_set_new(sections, row->section, section);
    }
    json_object_set_new(json_object_get(section, "properties"), row->key,
                        row_schema(row));
}

char *cyt_config_schema(cyt_error *err)
{
    json_t *sections = json_object();
    for (const cyt_option *row = cyt_options; row->section; row = cyt_option_next(row))
        add_row(sections, row);
    json_t *schema = json_pack("{s:s, s:s, s:[s, s], s:o, s:b}", "$schema",
                               "https://json-schema.org/draft/2020-12/schema", "title",
                               "cytotaxis configuration", "type", "object", "null",
                               "properties", sections, "additionalProperties", 0);
    char *text =
        schema ? json_dumps(schema, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(schema);
    if (!text)
        CYT_FAIL(err, CYT_ERR_MEMORY, NULL,
                 "no memory for the schema of the configuration");
    return text;
}
