// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_signals.c
 * @brief Signals: each mapping of the file becomes one signal for each of its ranges
 * and kinds of edge.
 *
 * Sets of cell types are replaced by their types here, so that nobody further on needs
 * to know of sets.
 */
#include "config_table.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/text.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = CYT_SHOWN_SIZE + 8, MOST_RANGES = 64 };

/* One signal as it stands in the file: its ranges and edges are still together. */
typedef struct draft {
    cyt_signal_config signal;
    size_t n_views, n_ranges;
    cyt_edge view[CYT_MOST_VIEWS];
    double range[MOST_RANGES];
    cyt_place place[MOST_RANGES];
} draft;

static void read_names(cyt_config_reader *r, const cyt_node *map, const char *key,
                       cyt_names *names)
{
    const cyt_node *entry = cyt_node_entry(map, key);
    if (entry)
        cyt_value_names(r, entry, cyt_key_row(cyt_signal_keys, key), names);
}

static void read_ligand(cyt_config_reader *r, const cyt_node *map,
                        const cyt_config *config, cyt_signal_config *s)
{
    const cyt_node *ligand = cyt_node_entry(map, "ligand");
    const cyt_node *expression = cyt_node_entry(map, "expression");
    if (!ligand)
        return;
    if (ligand->kind == CYT_NODE_MAP) {
        cyt_amounts rates = {0};
        cyt_value_amounts(r, ligand, cyt_key_row(cyt_signal_keys, "ligand"), config,
                          &rates);
        s->rate_types = rates.names;
        s->rates = rates.value;
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

static void read_ranges(cyt_config_reader *r, const cyt_node *map, draft *d)
{
    const cyt_node *node = cyt_node_entry(map, "lambda_um");
    if (node)
        d->n_ranges =
            cyt_value_numbers(r, node, cyt_key_row(cyt_signal_keys, "lambda_um"),
                              MOST_RANGES, d->range, d->place);
}

static void read_draft(cyt_config_reader *r, const cyt_node *map,
                       const cyt_config *config, draft *d)
{
    const cyt_node *name = cyt_node_entry(map, "name");
    cyt_check_keys(r, map, cyt_signal_keys, NULL, " in a signal");
    cyt_check_required(r, map, cyt_signal_keys, "signal");
    if (name)
        d->signal.name = cyt_value_name(r, name, cyt_key_row(cyt_signal_keys, "name"));
    read_ligand(r, map, config, &d->signal);
    read_expression(r, map, &d->signal);
    read_names(r, map, "senders", &d->signal.senders);
    read_names(r, map, "receptor", &d->signal.receptor);
    read_names(r, map, "responders", &d->signal.responders);
    read_names(r, map, "decoys", &d->signal.decoys);
    cyt_types_expand(r, config, &d->signal.senders);
    cyt_types_expand(r, config, &d->signal.responders);
    check_senders(r, map, &d->signal);
    read_ranges(r, map, d);
    cyt_read_medium(r, map, config, &d->signal);
    d->n_views = cyt_read_views(r, map, d->view);
}

static void copy_names(cyt_config_reader *r, const cyt_names *from, cyt_names *to)
{
    for (size_t i = 0; i < from->n; i++)
        cyt_names_add_once(r, to, from->name[i]);
}

static char *variant_name(const draft *d, size_t range, size_t view, cyt_error *err)
{
    char number[CYT_NUMBER_SIZE];
    cyt_strbuf b = {0};
    cyt_strbuf_add(&b, err, "%s", d->signal.name);
    if (d->n_ranges > 1)
        cyt_strbuf_add(&b, err, "@%sum", cyt_number_text(d->range[range], number));
    if (d->n_views > 1)
        cyt_strbuf_add(&b, err, "@%s",
                       d->view[view] == CYT_EDGE_OPEN ? "open" : "closed");
    return cyt_strbuf_take(&b, err);
}

/* The draft's signal for one of its ranges and edges. */
static void copy_signal(cyt_config_reader *r, const draft *d, size_t range, size_t view,
                        cyt_signal_config *to)
{
    const cyt_signal_config *from = &d->signal;
    to->name = variant_name(d, range, view, r->err);
    to->lambda_um = d->range[range];
    to->view_edge = d->view[view];
    to->expression = from->expression;
    to->layer = from->layer ? cyt_strdup(from->layer, r->err) : NULL;
    copy_names(r, &from->ligand, &to->ligand);
    copy_names(r, &from->rate_types, &to->rate_types);
    copy_names(r, &from->senders, &to->senders);
    copy_names(r, &from->receptor, &to->receptor);
    copy_names(r, &from->responders, &to->responders);
    copy_names(r, &from->decoys, &to->decoys);
    to->rates = cyt_calloc(from->rate_types.n, sizeof *to->rates, "rates", r->err);
    if (to->rates && from->rate_types.n > 0)
        memcpy(to->rates, from->rates, from->rate_types.n * sizeof *to->rates);
    cyt_medium_copy(r, from, to);
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
    const size_t n_variants = d->signal.name ? d->n_ranges * d->n_views : 0;
    for (size_t i = 0; i < n_variants; i++) {
        const size_t n = config->n_signals;
        if (cyt_grow(&config->signals, &list->capacity, n + 1, sizeof *config->signals,
                     "signals", r->err) ||
            cyt_grow(&list->named, &list->named_capacity, n + 1, sizeof *list->named,
                     "names of signals", r->err))
            return;
        cyt_signal_config *s = &config->signals[n];
        *s = (cyt_signal_config){0};
        config->n_signals++;
        copy_signal(r, d, i / d->n_views, i % d->n_views, s);
        if (r->err->code != CYT_OK)
            return;
        list->named[n] = (named){s->name, d->place[i / d->n_views]};
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
    cyt_names *lists[] = {&s->ligand,   &s->rate_types, &s->senders,
                          &s->receptor, &s->responders, &s->decoys};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        cyt_names_free(lists[i]);
    free(s->rates);
    free(s->name);
    free(s->layer);
    cyt_medium_config_free(s);
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
    cyt_presets_expand(r, node);
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
