// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_value.c
 * @brief From a node to a value: the checks that each kind of key has in common.
 */
#include "config_table.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/suggest.h"
#include "cytotaxis/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = CYT_SHOWN_SIZE + 8 };

_Static_assert(sizeof(cyt_compression) == sizeof(int), "choices are written as int");

int cyt_value_number(cyt_config_reader *r, const cyt_node *node, const cyt_option *row,
                     double *value)
{
    double x;
    char shown[SHOWN], range[CYT_RANGE_SIZE];
    const int scalar = node->kind == CYT_NODE_SCALAR && node->plain;
    if (!scalar ||
        cyt_parse_f64(node->text, strlen(node->text), &x) != CYT_NUMBER_FINITE) {
        CYT_COMPLAIN(r, node->place, "%s must be a number, not %s", row->key,
                     cyt_node_shown(node, shown, sizeof shown));
        return 0;
    }
    if (x < row->range.low || (row->range.above && x == row->range.low) ||
        x > row->range.high) {
        CYT_COMPLAIN(r, node->place, "%s is %s; it must be %s", row->key,
                     cyt_text_shown(node->text, strlen(node->text), shown),
                     cyt_range_text(row, range));
        return 0;
    }
    if (row->whole && x != floor(x))
        CYT_COMPLAIN(r, node->place, "%s must be a whole number", row->key);
    *value = x;
    return 1;
}

/* Position of @p text among the choices; -1 when it is none. */
static int choice_of(const cyt_option *row, const char *text)
{
    static const char *const other[][2] = {{"false", "no"}, {"true", "yes"}};
    for (int i = 0; row->choices[i]; i++) {
        if (strcmp(row->choices[i], text) == 0)
            return i;
        if (row->kind == CYT_OPTION_FLAG &&
            (strcmp(other[i][0], text) == 0 || strcmp(other[i][1], text) == 0))
            return i;
    }
    return -1;
}

void cyt_add_hint(cyt_config_reader *r, cyt_strbuf *b, const char *word,
                  const cyt_names *names, const char *label)
{
    const char *nearest = r->err->code == CYT_OK ? cyt_nearest_name(word, names) : NULL;
    if (nearest) {
        cyt_strbuf_add(b, r->err, "; did you mean '%s'?", nearest);
        return;
    }
    for (size_t i = 0; label && i < names->n; i++)
        cyt_strbuf_add(b, r->err, "%s%s%s", i ? ", " : "; ", i ? "" : label,
                       names->name[i]);
}

/* The program's own words, which do not count against the limit. */
static void add_word(cyt_config_reader *r, cyt_names *names, const char *word)
{
    if (r->err->code == CYT_OK && cyt_names_find(names, word) == CYT_NO_NAME)
        (void)!cyt_names_add(names, word, strlen(word), r->err);
}

static void complain_of_choice(cyt_config_reader *r, const cyt_node *node,
                               const cyt_option *row)
{
    char shown[SHOWN], choices[CYT_RANGE_SIZE];
    cyt_names names = {0};
    cyt_strbuf hint = {0};
    for (int i = 0; row->choices[i]; i++)
        add_word(r, &names, row->choices[i]);
    if (node->kind == CYT_NODE_SCALAR)
        cyt_add_hint(r, &hint, node->text, &names, NULL);
    CYT_COMPLAIN(r, node->place, "%s must be %s, not %s%s", row->key,
                 cyt_choices_text(row, choices),
                 cyt_node_shown(node, shown, sizeof shown), hint.text ? hint.text : "");
    cyt_strbuf_free(&hint);
    cyt_names_free(&names);
}

int cyt_value_choice(cyt_config_reader *r, const cyt_node *node, const cyt_option *row,
                     int *value)
{
    const int i = node->kind == CYT_NODE_SCALAR ? choice_of(row, node->text) : -1;
    if (i >= 0)
        *value = i;
    else
        complain_of_choice(r, node, row);
    return i >= 0;
}

static int is_name(cyt_config_reader *r, const cyt_node *node, const char *what)
{
    char shown[SHOWN];
    const int named = node->kind == CYT_NODE_SCALAR && !cyt_node_is_null(node);
    if (named && strlen(node->text) > CYT_MOST_NAME) {
        CYT_COMPLAIN(r, node->place, "%s must be a name of at most %d bytes, not %s",
                     what, CYT_MOST_NAME, cyt_node_shown(node, shown, sizeof shown));
        return 0;
    }
    if (named && node->text[0] != '\0')
        return 1;
    CYT_COMPLAIN(r, node->place, "%s must be a name, not %s", what,
                 cyt_node_shown(node, shown, sizeof shown));
    return 0;
}

char *cyt_value_name(cyt_config_reader *r, const cyt_node *node, const cyt_option *row)
{
    return is_name(r, node, row->key) ? cyt_strdup(node->text, r->err) : NULL;
}

void cyt_names_add_once(cyt_config_reader *r, cyt_names *names, const char *name)
{
    if (r->err->code != CYT_OK || cyt_names_find(names, name) != CYT_NO_NAME)
        return;
    if (r->names_left == 0)
        return;
    if (--r->names_left == 0)
        CYT_COMPLAIN(r, (cyt_place){0},
                     "the sets of cell types expand to too many names");
    (void)!cyt_names_add(names, name, strlen(name), r->err);
}

void cyt_value_names(cyt_config_reader *r, const cyt_node *node, const cyt_option *row,
                     cyt_names *names)
{
    enum { MOST = 4096 };
    char what[SHOWN + CYT_SHOWN_SIZE];
    if (node->kind == CYT_NODE_SCALAR) {
        if (is_name(r, node, row->key))
            cyt_names_add_once(r, names, node->text);
    } else if (node->kind == CYT_NODE_MAP || node->n == 0) {
        CYT_COMPLAIN(r, node->place, "%s must be a name or a list of names, not %s",
                     row->key,
                     node->n == 0 && node->kind == CYT_NODE_LIST
                         ? "an empty list"
                         : cyt_node_shown(node, what, sizeof what));
    } else if (node->n > MOST) {
        CYT_COMPLAIN(r, node->place, "%s has more than %d names", row->key, MOST);
    } else {
        for (const cyt_node *item = node->child; item; item = item->next)
            if (is_name(r, item, row->key))
                cyt_names_add_once(r, names, item->text);
    }
}

int cyt_value_is_map(cyt_config_reader *r, const cyt_node *node, const char *what)
{
    char shown[SHOWN];
    if (node->kind == CYT_NODE_MAP)
        return 1;
    if (!cyt_node_is_null(node))
        CYT_COMPLAIN(r, node->place, "%s must be a mapping of keys to values, not %s",
                     what, cyt_node_shown(node, shown, sizeof shown));
    return 0;
}

int cyt_value_is_list(cyt_config_reader *r, const cyt_node *node, const char *what)
{
    char shown[SHOWN];
    if (!node || node->kind == CYT_NODE_LIST)
        return node != NULL;
    if (!cyt_node_is_null(node))
        CYT_COMPLAIN(r, node->place, "%s must be a list of mappings, not %s", what,
                     cyt_node_shown(node, shown, sizeof shown));
    return 0;
}

void cyt_check_names(cyt_config_reader *r, const cyt_node *map, const cyt_names *known,
                     const char *what, const char *in)
{
    char shown[CYT_SHOWN_SIZE], label[16];
    snprintf(label, sizeof label, "%ss: ", what);
    for (const cyt_node *entry = map->child; entry; entry = entry->next) {
        if (cyt_names_find(known, entry->key) != CYT_NO_NAME)
            continue;
        cyt_strbuf hint = {0};
        cyt_add_hint(r, &hint, entry->key, known, label);
        CYT_COMPLAIN(r, entry->key_place, "unknown %s '%s'%s%s", what,
                     cyt_text_shown(entry->key, strlen(entry->key), shown), in,
                     hint.text ? hint.text : "");
        cyt_strbuf_free(&hint);
    }
}

void cyt_check_keys(cyt_config_reader *r, const cyt_node *map, const cyt_option *rows,
                    const char *section, const char *in)
{
    cyt_names known = {0};
    for (; rows->section || rows->key; rows = cyt_option_next(rows))
        if (!section || strcmp(rows->section, section) == 0)
            add_word(r, &known, rows->key);
    cyt_check_names(r, map, &known, "key", in);
    cyt_names_free(&known);
}

void cyt_check_required(cyt_config_reader *r, const cyt_node *map,
                        const cyt_option *rows, const char *what)
{
    for (; rows->key; rows++)
        if (rows->required && !cyt_node_entry(map, rows->key))
            CYT_COMPLAIN(r, map->place, "%s without '%s': %s", what, rows->key,
                         rows->help);
}

static void store(const cyt_option *row, cyt_config *config, double number, int choice)
{
    char *at = (char *)config + row->field;
    if (row->kind == CYT_OPTION_NUMBER)
        memcpy(at, &number, sizeof number);
    else
        memcpy(at, &choice, sizeof choice);
}

void cyt_option_reset(const cyt_option *row, cyt_config *config)
{
    double number = NAN;
    if (row->kind == CYT_OPTION_NUMBER && row->start)
        (void)cyt_parse_f64(row->start, strlen(row->start), &number);
    store(row, config, number,
          row->kind == CYT_OPTION_NUMBER ? 0 : choice_of(row, row->start));
}

void cyt_option_read(cyt_config_reader *r, const cyt_node *node, const cyt_option *row,
                     cyt_config *config)
{
    double number = NAN;
    int choice = 0, good = 0;
    if (!node || (!row->start && cyt_node_is_null(node)))
        return;
    if (row->kind == CYT_OPTION_NUMBER)
        good = cyt_value_number(r, node, row, &number);
    else
        good = cyt_value_choice(r, node, row, &choice);
    if (good)
        store(row, config, number, choice);
}
