// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_signals.c
 * @brief Signals: each mapping of the file becomes one signal for each of its ranges.
 *
 * Sets of cell types are replaced by their types here, so that nobody further on needs
 * to know of sets.
 */
#include "config_table.h"
#include "cytotaxis/csv_record.h"
#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = CYT_SHOWN_SIZE + 8, MOST_RANGES = 64 };

/* One signal as it stands in the file: its ranges are still together. */
typedef struct draft {
    cyt_signal_config signal;
    size_t n_ranges;
    double range[MOST_RANGES];
    cyt_place place[MOST_RANGES];
} draft;

static const cyt_option *key_row(const cyt_option *rows, const char *key)
{
    while (strcmp(rows->key, key) != 0)
        rows++;
    return rows;
}

static void read_names(cyt_config_reader *r, const cyt_node *map, const char *key,
                       cyt_names *names)
{
    const cyt_node *entry = cyt_node_entry(map, key);
    if (entry)
        cyt_value_names(r, entry, key_row(cyt_signal_keys, key), names);
}

/* Give each of @p types the rate. Returns 0 when one has another rate already. */
static int add_rates(cyt_config_reader *r, const cyt_names *types, double rate,
                     cyt_signal_config *s, size_t *capacity)
{
    int agrees = 1;
    for (size_t i = 0; i < types->n; i++) {
        const size_t at = cyt_names_find(&s->rate_types, types->name[i]);
        if (at != CYT_NO_NAME) {
            agrees = agrees && s->rates[at] == rate;
            continue;
        }
        const size_t n = s->rate_types.n;
        if (cyt_grow(&s->rates, capacity, n + 1, sizeof *s->rates, "rates", r->err))
            break;
        s->rates[n] = rate;
        cyt_names_add_once(r, &s->rate_types, types->name[i]);
    }
    return agrees;
}

/* Constant rates, {type: rate}; a set gives each of its types the rate. */
static void read_rates(cyt_config_reader *r, const cyt_node *node,
                       const cyt_config *config, cyt_signal_config *s)
{
    size_t capacity = 0;
    cyt_option row = *key_row(cyt_signal_keys, "ligand");
    for (const cyt_node *entry = node->child; entry; entry = entry->next) {
        cyt_names types = {0};
        double rate = 0.0;
        char shown[CYT_SHOWN_SIZE];
        row.key = cyt_text_shown(entry->key, strlen(entry->key), shown);
        cyt_types_add(r, config, entry->key, &types);
        const int good = cyt_value_number(r, entry, &row, &rate);
        if (!add_rates(r, &types, rate, s, &capacity) && good)
            CYT_COMPLAIN(r, entry->key_place,
                         "'%s' has another rate already, by its name or by a set",
                         row.key);
        cyt_names_free(&types);
    }
    if (node->n == 0)
        CYT_COMPLAIN(r, node->place,
                     "ligand is an empty mapping; name types and rates");
}

static void read_ligand(cyt_config_reader *r, const cyt_node *map,
                        const cyt_config *config, cyt_signal_config *s)
{
    const cyt_node *ligand = cyt_node_entry(map, "ligand");
    const cyt_node *expression = cyt_node_entry(map, "expression");
    if (!ligand)
        return;
    if (ligand->kind == CYT_NODE_MAP) {
        read_rates(r, ligand, config, s);
        if (expression)
            CYT_COMPLAIN(r, expression->key_place,
                         "expression has no meaning where ligand gives constant rates");
        return;
    }
    read_names(r, map, "ligand", &s->ligand);
    if (!expression)
        CYT_COMPLAIN(r, ligand->key_place,
                     "ligand names genes or columns: say what their numbers are with "
                     "expression: {transform: counts}, per_total or log1p");
}

static void read_expression(cyt_config_reader *r, const cyt_node *map,
                            cyt_signal_config *s)
{
    const cyt_node *node = cyt_node_entry(map, "expression");
    if (!node)
        return;
    if (node->kind != CYT_NODE_MAP) {
        char shown[SHOWN];
        CYT_COMPLAIN(
            r, node->place,
            "expression must be a mapping {layer: ..., transform: ...}, not %s",
            cyt_node_shown(node, shown, sizeof shown));
        return;
    }
    cyt_check_keys(r, node, cyt_expression_keys, NULL, " in expression");
    cyt_check_required(r, node, cyt_expression_keys, "expression");
    const cyt_node *layer = cyt_node_entry(node, "layer");
    const cyt_node *transform = cyt_node_entry(node, "transform");
    int choice;
    if (layer && !cyt_node_is_null(layer))
        s->layer = cyt_value_name(r, layer, &cyt_expression_keys[0]);
    if (s->layer && strcmp(s->layer, "X") == 0) {
        free(s->layer);
        s->layer = NULL;
    }
    if (transform && cyt_value_choice(r, transform, &cyt_expression_keys[1], &choice))
        s->expression = (cyt_expression)(choice + CYT_EXPRESSION_COUNTS);
}

/* Senders and types with a rate must be the same, or one of them is a slip. */
static void check_senders(cyt_config_reader *r, const cyt_node *map,
                          const cyt_signal_config *s)
{
    char shown[CYT_SHOWN_SIZE];
    const cyt_node *senders = cyt_node_entry(map, "senders");
    const cyt_node *ligand = cyt_node_entry(map, "ligand");
    if (!senders || !ligand || s->rate_types.n == 0 || s->senders.n == 0)
        return;
    for (size_t i = 0; i < s->senders.n; i++)
        if (cyt_names_find(&s->rate_types, s->senders.name[i]) == CYT_NO_NAME)
            CYT_COMPLAIN(
                r, senders->place, "sender '%s' has no rate in ligand",
                cyt_text_shown(s->senders.name[i], strlen(s->senders.name[i]), shown));
    for (size_t i = 0; i < s->rate_types.n; i++)
        if (cyt_names_find(&s->senders, s->rate_types.name[i]) == CYT_NO_NAME)
            CYT_COMPLAIN(r, ligand->place,
                         "ligand has a rate for '%s', which is no sender",
                         cyt_text_shown(s->rate_types.name[i],
                                        strlen(s->rate_types.name[i]), shown));
}

static void add_range(cyt_config_reader *r, const cyt_node *node, draft *d)
{
    if (cyt_value_number(r, node, key_row(cyt_signal_keys, "lambda_um"),
                         &d->range[d->n_ranges]))
        d->place[d->n_ranges++] = node->place;
}

static void read_ranges(cyt_config_reader *r, const cyt_node *map, draft *d)
{
    const cyt_node *node = cyt_node_entry(map, "lambda_um");
    if (!node)
        return;
    if (node->kind == CYT_NODE_LIST && (node->n == 0 || node->n > MOST_RANGES)) {
        CYT_COMPLAIN(r, node->place, "lambda_um must have 1 to %d values, not %zu",
                     MOST_RANGES, node->n);
        return;
    }
    if (node->kind != CYT_NODE_LIST)
        add_range(r, node, d);
    else
        for (const cyt_node *item = node->child; item; item = item->next)
            add_range(r, item, d);
}

static void read_draft(cyt_config_reader *r, const cyt_node *map,
                       const cyt_config *config, draft *d)
{
    const cyt_node *name = cyt_node_entry(map, "name");
    cyt_check_keys(r, map, cyt_signal_keys, NULL, " in a signal");
    cyt_check_required(r, map, cyt_signal_keys, "signal");
    if (name)
        d->signal.name = cyt_value_name(r, name, key_row(cyt_signal_keys, "name"));
    read_ligand(r, map, config, &d->signal);
    read_expression(r, map, &d->signal);
    read_names(r, map, "senders", &d->signal.senders);
    read_names(r, map, "receptor", &d->signal.receptor);
    read_names(r, map, "responders", &d->signal.responders);
    cyt_types_expand(r, config, &d->signal.senders);
    cyt_types_expand(r, config, &d->signal.responders);
    check_senders(r, map, &d->signal);
    read_ranges(r, map, d);
}

static void copy_names(cyt_config_reader *r, const cyt_names *from, cyt_names *to)
{
    for (size_t i = 0; i < from->n; i++)
        cyt_names_add_once(r, to, from->name[i]);
}

static char *ranged_name(const draft *d, size_t i, cyt_error *err)
{
    char number[CYT_NUMBER_SIZE];
    cyt_strbuf b = {0};
    if (d->n_ranges == 1)
        return cyt_strdup(d->signal.name, err);
    cyt_strbuf_add(&b, err, "%s@%sum", d->signal.name,
                   cyt_number_text(d->range[i], number));
    return cyt_strbuf_take(&b, err);
}

/* The draft's signal for its range @p i. */
static void copy_signal(cyt_config_reader *r, const draft *d, size_t i,
                        cyt_signal_config *to)
{
    const cyt_signal_config *from = &d->signal;
    to->name = ranged_name(d, i, r->err);
    to->lambda_um = d->range[i];
    to->expression = from->expression;
    to->layer = from->layer ? cyt_strdup(from->layer, r->err) : NULL;
    copy_names(r, &from->ligand, &to->ligand);
    copy_names(r, &from->rate_types, &to->rate_types);
    copy_names(r, &from->senders, &to->senders);
    copy_names(r, &from->receptor, &to->receptor);
    copy_names(r, &from->responders, &to->responders);
    to->rates = cyt_calloc(from->rate_types.n, sizeof *to->rates, "rates", r->err);
    if (to->rates && from->rate_types.n > 0)
        memcpy(to->rates, from->rates, from->rate_types.n * sizeof *to->rates);
}

/* Name and place of each signal, to find duplicates. */
typedef struct named {
    const char *name;
    cyt_place place;
} named;

typedef struct signal_list {
    size_t capacity, named_capacity;
    named *named;
} signal_list;

static void add_signals(cyt_config_reader *r, const draft *d, cyt_config *config,
                        signal_list *list)
{
    for (size_t i = 0; i < d->n_ranges && d->signal.name; i++) {
        const size_t n = config->n_signals;
        if (cyt_grow(&config->signals, &list->capacity, n + 1, sizeof *config->signals,
                     "signals", r->err) ||
            cyt_grow(&list->named, &list->named_capacity, n + 1, sizeof *list->named,
                     "names of signals", r->err))
            return;
        cyt_signal_config *s = &config->signals[n];
        *s = (cyt_signal_config){0};
        config->n_signals++;
        copy_signal(r, d, i, s);
        if (r->err->code != CYT_OK)
            return;
        list->named[n] = (named){s->name, d->place[i]};
    }
}

static int by_name(const void *left, const void *right)
{
    const named *a = left, *b = right;
    const int order = strcmp(a->name, b->name);
    if (order)
        return order;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    return (a->place.column > b->place.column) - (a->place.column < b->place.column);
}

static void check_names(cyt_config_reader *r, named *list, size_t n)
{
    if (n > 0)
        qsort(list, n, sizeof *list, by_name);
    for (size_t i = 1, first = 0; i < n; i++) {
        char shown[CYT_SHOWN_SIZE], at[CYT_FIRST_SIZE];
        if (strcmp(list[i].name, list[first].name) != 0)
            first = i;
        else
            CYT_COMPLAIN(r, list[i].place, "a second signal named '%s'%s",
                         cyt_text_shown(list[i].name, strlen(list[i].name), shown),
                         cyt_first_text(list[first].place, at));
    }
}

static void free_signal(cyt_signal_config *s)
{
    cyt_names *lists[] = {&s->ligand, &s->rate_types, &s->senders, &s->receptor,
                          &s->responders};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        cyt_names_free(lists[i]);
    free(s->rates);
    free(s->name);
    free(s->layer);
    *s = (cyt_signal_config){0};
}

static void read_signal(cyt_config_reader *r, const cyt_node *item, cyt_config *config,
                        signal_list *list)
{
    char shown[SHOWN];
    if (item->kind != CYT_NODE_MAP) {
        CYT_COMPLAIN(r, item->place,
                     "a signal must be a mapping of keys to values, not %s",
                     cyt_node_shown(item, shown, sizeof shown));
        return;
    }
    draft d = {.n_ranges = 0};
    read_draft(r, item, config, &d);
    if (r->err->code == CYT_OK)
        add_signals(r, &d, config, list);
    free_signal(&d.signal);
}

void cyt_read_signals(cyt_config_reader *r, const cyt_node *node, cyt_config *config)
{
    signal_list list = {0};
    if (!cyt_value_is_list(r, node, "section 'signals'"))
        return;
    for (const cyt_node *item = node->child;
         item && r->err->code == CYT_OK && r->names_left > 0; item = item->next)
        read_signal(r, item, config, &list);
    if (r->err->code == CYT_OK)
        check_names(r, list.named, config->n_signals);
    free(list.named);
}

void cyt_signals_free(cyt_config *config)
{
    for (size_t i = 0; i < config->n_signals; i++)
        free_signal(&config->signals[i]);
    free(config->signals);
}
