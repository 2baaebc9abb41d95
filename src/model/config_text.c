// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_text.c
 * @brief The configuration in effect as canonical YAML: one text for one meaning.
 *
 * Every key with its value, in the order of the table; sets are expanded, but for those
 * that are one density or one place each (trap.densities, contest_barriers,
 * contest_entries); each range is a signal of its own, names are always quoted, numbers
 * as short as they read back. Reading the text gives the same text again.
 */
#include "config_table.h"

#include <math.h>
#include <string.h>

void cyt_text_quoted(cyt_strbuf *b, const char *text, cyt_error *err)
{
    cyt_strbuf_add(b, err, "\"");
    while (*text) {
        const size_t plain = strcspn(text, "\"\\");
        cyt_strbuf_add(b, err, "%.*s", (int)plain, text);
        text += plain;
        if (*text)
            cyt_strbuf_add(b, err, "\\%c", *text++);
    }
    cyt_strbuf_add(b, err, "\"");
}

static void add_number(cyt_strbuf *b, double value, cyt_error *err)
{
    char text[CYT_NUMBER_SIZE];
    cyt_strbuf_add(b, err, "%s", isnan(value) ? "null" : cyt_number_text(value, text));
}

void cyt_text_names(cyt_strbuf *b, const cyt_names *names, cyt_error *err)
{
    cyt_strbuf_add(b, err, "[");
    for (size_t i = 0; i < names->n; i++) {
        cyt_strbuf_add(b, err, i ? ", " : "");
        cyt_text_quoted(b, names->name[i], err);
    }
    cyt_strbuf_add(b, err, "]");
}

static void add_items(cyt_strbuf *b, const cyt_names *names, cyt_error *err)
{
    cyt_text_names(b, names, err);
    cyt_strbuf_add(b, err, "\n");
}

static void add_list(cyt_strbuf *b, const char *key, const cyt_names *names,
                     cyt_error *err)
{
    cyt_strbuf_add(b, err, "%s: ", key);
    add_items(b, names, err);
}

static void add_optional(cyt_strbuf *b, const char *key, const cyt_names *names,
                         cyt_error *err)
{
    if (names->n > 0)
        add_list(b, key, names, err);
}

static void add_scalar(cyt_strbuf *b, const cyt_option *row, const cyt_config *config,
                       cyt_error *err)
{
    const char *at = (const char *)config + row->field;
    double number;
    int choice;
    if (row->kind == CYT_OPTION_NUMBER) {
        memcpy(&number, at, sizeof number);
        add_number(b, number, err);
    } else {
        memcpy(&choice, at, sizeof choice);
        cyt_strbuf_add(b, err, "%s", row->choices[choice]);
    }
    cyt_strbuf_add(b, err, "\n");
}

static void add_types(cyt_strbuf *b, const cyt_config *config, cyt_error *err)
{
    cyt_strbuf_add(b, err, config->n_type_sets ? "\n" : "{}\n");
    for (size_t i = 0; i < config->n_type_sets; i++) {
        cyt_strbuf_add(b, err, "  ");
        cyt_text_quoted(b, config->type_sets[i].name, err);
        add_list(b, "", &config->type_sets[i].types, err);
    }
}

static void add_ligand(cyt_strbuf *b, const cyt_signal_config *s, cyt_error *err)
{
    if (s->rate_types.n == 0) {
        add_list(b, "    ligand", &s->ligand, err);
        cyt_strbuf_add(b, err, "    expression: {layer: ");
        cyt_text_quoted(b, s->layer ? s->layer : "X", err);
        cyt_strbuf_add(
            b, err, ", transform: %s}\n",
            cyt_expression_keys[1].choices[s->expression - CYT_EXPRESSION_COUNTS]);
        return;
    }
    cyt_strbuf_add(b, err, "    ligand: {");
    for (size_t i = 0; i < s->rate_types.n; i++) {
        cyt_strbuf_add(b, err, i ? ", " : "");
        cyt_text_quoted(b, s->rate_types.name[i], err);
        cyt_strbuf_add(b, err, ": ");
        add_number(b, s->rates[i], err);
    }
    cyt_strbuf_add(b, err, "}\n");
}

static void add_signals(cyt_strbuf *b, const cyt_config *config, cyt_error *err)
{
    cyt_strbuf_add(b, err, config->n_signals ? "\n" : "[]\n");
    for (size_t i = 0; i < config->n_signals; i++) {
        const cyt_signal_config *s = &config->signals[i];
        cyt_strbuf_add(b, err, "  - name: ");
        cyt_text_quoted(b, s->name, err);
        cyt_strbuf_add(b, err, "\n");
        add_ligand(b, s, err);
        add_list(b, "    senders", &s->senders, err);
        add_optional(b, "    receptor", &s->receptor, err);
        add_optional(b, "    responders", &s->responders, err);
        add_optional(b, "    decoys", &s->decoys, err);
        cyt_strbuf_add(b, err, "    lambda_um: ");
        add_number(b, s->lambda_um, err);
        cyt_strbuf_add(b, err, "\n");
        cyt_medium_text(b, s, err);
    }
}

static void add_ascending(cyt_strbuf *b, const cyt_ascending *list, cyt_error *err)
{
    cyt_strbuf_add(b, err, "[");
    for (size_t i = 0; i < list->n; i++) {
        cyt_strbuf_add(b, err, i ? ", " : "");
        add_number(b, list->value[i], err);
    }
    cyt_strbuf_add(b, err, "]\n");
}

static void add_name(cyt_strbuf *b, const char *name, cyt_error *err)
{
    if (name)
        cyt_text_quoted(b, name, err);
    else
        cyt_strbuf_add(b, err, "null");
    cyt_strbuf_add(b, err, "\n");
}

static void add_pairs(cyt_strbuf *b, const cyt_names *pairs, cyt_error *err)
{
    cyt_strbuf_add(b, err, "[");
    for (size_t i = 0; i + 1 < pairs->n; i += 2) {
        cyt_strbuf_add(b, err, i ? ", [" : "[");
        cyt_text_quoted(b, pairs->name[i], err);
        cyt_strbuf_add(b, err, ", ");
        cyt_text_quoted(b, pairs->name[i + 1], err);
        cyt_strbuf_add(b, err, "]");
    }
    cyt_strbuf_add(b, err, "]\n");
}

static void add_value(cyt_strbuf *b, const cyt_option *row, const cyt_config *config,
                      cyt_error *err)
{
    if (row->kind == CYT_OPTION_TYPES)
        add_types(b, config, err);
    else if (row->kind == CYT_OPTION_SIGNALS)
        add_signals(b, config, err);
    else if (row->kind == CYT_OPTION_CONTRASTS)
        cyt_contrasts_text(b, config, err);
    else if (row->kind == CYT_OPTION_CROSSTALK)
        cyt_crosstalk_text(b, config, err);
    else if (row->kind == CYT_OPTION_NAMES)
        add_items(b, (const cyt_names *)((const char *)config + row->field), err);
    else if (row->kind == CYT_OPTION_NAME)
        add_name(b, *(char *const *)(const void *)((const char *)config + row->field),
                 err);
    else if (row->kind == CYT_OPTION_PAIRS)
        add_pairs(b, (const cyt_names *)((const char *)config + row->field), err);
    else if (row->kind == CYT_OPTION_NUMBERS)
        add_ascending(b, (const cyt_ascending *)((const char *)config + row->field),
                      err);
    else
        add_scalar(b, row, config, err);
}

char *cyt_config_text(const cyt_config *config, cyt_error *err)
{
    cyt_strbuf b = {0};
    const char *section = "";
    for (const cyt_option *row = cyt_options; row->section;
         row = cyt_option_next(row)) {
        if (strcmp(section, row->section) != 0)
            cyt_strbuf_add(&b, err, row->key ? "%s:\n" : "%s: ", row->section);
        if (row->key)
            cyt_strbuf_add(&b, err, "  %s: ", row->key);
        section = row->section;
        add_value(&b, row, config, err);
    }
    return cyt_strbuf_take(&b, err);
}
