// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_medium.c
 * @brief The part of a signal that says what it spreads in and how it is felt:
 * diffusion, uptake, edges, occupancy, absolute units.
 *
 * Everything has a default of which the results say nothing, so the canonical text
 * names only what differs from it.
 */
#include "config_table.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = CYT_SHOWN_SIZE + 8, MOST_SCAN = 32 };

const cyt_option *cyt_key_row(const cyt_option *rows, const char *key)
{
    while (strcmp(rows->key, key) != 0)
        rows++;
    return rows;
}

/* --- amounts by name -------------------------------------------------------------- */

/* Give each of @p names the value. Returns 0 when one has another value already. */
static int add_amounts(cyt_config_reader *r, const cyt_names *names, double value,
                       cyt_amounts *a, size_t *capacity)
{
    int agrees = 1;
    for (size_t i = 0; i < names->n; i++) {
        const size_t at = cyt_names_find(&a->names, names->name[i]);
        if (at != CYT_NO_NAME) {
            agrees = agrees && a->value[at] == value;
            continue;
        }
        const size_t n = a->names.n;
        if (cyt_grow(&a->value, capacity, n + 1, sizeof *a->value, "amounts", r->err))
            break;
        a->value[n] = value;
        cyt_names_add_once(r, &a->names, names->name[i]);
    }
    return agrees;
}

static void add_entry(cyt_config_reader *r, const cyt_node *entry,
                      const cyt_option *row, const cyt_config *config, cyt_amounts *a,
                      size_t *capacity)
{
    cyt_names names = {0};
    double value = 0.0;
    char shown[CYT_SHOWN_SIZE];
    cyt_option named = *row;
    named.key = cyt_text_shown(entry->key, strlen(entry->key), shown);
    if (config)
        cyt_types_add(r, config, entry->key, &names);
    else
        cyt_names_add_once(r, &names, entry->key);
    const int good = cyt_value_number(r, entry, &named, &value);
    if (!add_amounts(r, &names, value, a, capacity) && good)
        CYT_COMPLAIN(r, entry->key_place,
                     "'%s' has another %s already, by its name or by "
                     "a set",
                     named.key, strcmp(row->key, "ligand") == 0 ? "rate" : row->key);
    cyt_names_free(&names);
}

void cyt_value_amounts(cyt_config_reader *r, const cyt_node *node,
                       const cyt_option *row, const cyt_config *config, cyt_amounts *a)
{
    size_t capacity = 0;
    char shown[SHOWN];
    if (node->kind != CYT_NODE_MAP) {
        CYT_COMPLAIN(r, node->place, "%s must be a mapping of names to numbers, not %s",
                     row->key, cyt_node_shown(node, shown, sizeof shown));
        return;
    }
    for (const cyt_node *entry = node->child; entry; entry = entry->next)
        add_entry(r, entry, row, config, a, &capacity);
    if (node->n == 0)
        CYT_COMPLAIN(r, node->place, "%s is an empty mapping; name %s", row->key,
                     strcmp(row->key, "ligand") == 0 ? "types and rates"
                                                     : "what it holds for");
}

/* --- lists ------------------------------------------------------------------------ */

/* Does the list, if it is one, have 1 to @p most items? */
static int has_items(cyt_config_reader *r, const cyt_node *node, const char *key,
                     size_t most)
{
    if (node->kind != CYT_NODE_LIST || (node->n > 0 && node->n <= most))
        return 1;
    CYT_COMPLAIN(r, node->place, "%s must have 1 to %zu values, not %zu", key, most,
                 node->n);
    return 0;
}

size_t cyt_value_numbers(cyt_config_reader *r, const cyt_node *node,
                         const cyt_option *row, size_t most, double *value,
                         cyt_place *place)
{
    size_t n = 0;
    const int is_list = node->kind == CYT_NODE_LIST;
    if (!has_items(r, node, row->key, most))
        return 0;
    const cyt_node *item = is_list ? node->child : node;
    for (; item; item = is_list ? item->next : NULL)
        if (cyt_value_number(r, item, row, &value[n]))
            place[n++] = item->place;
    return n;
}

size_t cyt_read_views(cyt_config_reader *r, const cyt_node *map, cyt_edge *view)
{
    static const cyt_edge edges[] = {CYT_EDGE_CLOSED, CYT_EDGE_OPEN};
    const cyt_option *row = cyt_key_row(cyt_signal_keys, "view_edge");
    const cyt_node *node = cyt_node_entry(map, "view_edge");
    size_t n = 0;
    int choice;
    view[0] = CYT_EDGE_CLOSED;
    if (!node || !has_items(r, node, row->key, CYT_MOST_VIEWS))
        return 1;
    const int is_list = node->kind == CYT_NODE_LIST;
    const cyt_node *item = is_list ? node->child : node;
    for (; item; item = is_list ? item->next : NULL)
        if (cyt_value_choice(r, item, row, &choice))
            view[n++] = edges[choice];
    return n > 0 ? n : 1;
}

/* --- one by one ------------------------------------------------------------------- */

static void read_scan(cyt_config_reader *r, const cyt_node *map, cyt_signal_config *s)
{
    cyt_place place[MOST_SCAN];
    const cyt_node *node = cyt_node_entry(map, "c_over_kd");
    if (!node)
        return;
    s->per_kd = cyt_alloc(MOST_SCAN, sizeof *s->per_kd, "a scan of c/Kd", r->err);
    if (!s->per_kd)
        return;
    s->n_per_kd = cyt_value_numbers(r, node, cyt_key_row(cyt_signal_keys, "c_over_kd"),
                                    MOST_SCAN, s->per_kd, place);
    if (s->absolute.are_given)
        CYT_COMPLAIN(r, node->place,
                     "c_over_kd has no meaning where absolute gives Kd itself");
    for (size_t i = 0; i < s->n_per_kd; i++)
        for (size_t j = 0; j < i; j++)
            if (s->per_kd[i] == s->per_kd[j])
                CYT_COMPLAIN(r, place[i], "c_over_kd names the same value twice");
}

static void read_absolute(cyt_config_reader *r, const cyt_node *map,
                          cyt_signal_config *s)
{
    char shown[SHOWN];
    const cyt_node *node = cyt_node_entry(map, "absolute");
    if (!node)
        return;
    if (node->kind != CYT_NODE_MAP) {
        CYT_COMPLAIN(r, node->place,
                     "absolute must be a mapping {rate_per_s: ..., decay_per_s: ..., "
                     "thickness_um: ..., kd_nM: ...}, not %s",
                     cyt_node_shown(node, shown, sizeof shown));
        return;
    }
    cyt_absolute_units *a = &s->absolute;
    double *const field[] = {&a->rate_per_s, &a->decay_per_s, &a->thickness_um,
                             &a->kd_nM};
    cyt_check_keys(r, node, cyt_absolute_keys, NULL, " in absolute");
    cyt_check_required(r, node, cyt_absolute_keys, "absolute");
    a->are_given = 1;
    for (size_t k = 0; cyt_absolute_keys[k].key; k++) {
        const cyt_node *value = cyt_node_entry(node, cyt_absolute_keys[k].key);
        if (value)
            (void)!cyt_value_number(r, value, &cyt_absolute_keys[k], field[k]);
    }
}

static void read_number(cyt_config_reader *r, const cyt_node *map, const char *key,
                        double start, double *value)
{
    const cyt_node *node = cyt_node_entry(map, key);
    *value = start;
    if (node)
        (void)!cyt_value_number(r, node, cyt_key_row(cyt_signal_keys, key), value);
}

void cyt_read_medium(cyt_config_reader *r, const cyt_node *map,
                     const cyt_config *config, cyt_signal_config *s)
{
    const cyt_node *diffusion = cyt_node_entry(map, "diffusion");
    const cyt_node *uptake = cyt_node_entry(map, "uptake");
    const cyt_node *edge = cyt_node_entry(map, "tissue_edge");
    const cyt_option *rows = cyt_signal_keys;
    int choice = 0;
    if (diffusion && config->compartments.from == CYT_COMPARTMENTS_NONE)
        CYT_COMPLAIN(r, diffusion->key_place,
                     "diffusion names compartments, but there are none: say where they "
                     "come from with compartments: {from: ...}");
    if (diffusion)
        cyt_value_amounts(r, diffusion, cyt_key_row(rows, "diffusion"), NULL,
                          &s->diffusion);
    if (uptake)
        cyt_value_amounts(r, uptake, cyt_key_row(rows, "uptake"), config, &s->uptake);
    if (edge)
        (void)!cyt_value_choice(r, edge, cyt_key_row(rows, "tissue_edge"), &choice);
    s->tissue_edge = choice ? CYT_EDGE_ABSORBING : CYT_EDGE_CLOSED;
    read_number(r, map, "cell_diameter_um", CYT_CELL_DIAMETER_UM, &s->cell_diameter_um);
    read_absolute(r, map, s);
    read_scan(r, map, s);
}

/* --- life ------------------------------------------------------------------------- */

static double *copy_numbers(cyt_config_reader *r, size_t n, const double *from)
{
    double *to = cyt_alloc(n, sizeof *to, "numbers of a signal", r->err);
    if (to && n > 0)
        memcpy(to, from, n * sizeof *to);
    return to;
}

static void copy_amounts(cyt_config_reader *r, const cyt_amounts *from, cyt_amounts *to)
{
    for (size_t i = 0; i < from->names.n; i++)
        cyt_names_add_once(r, &to->names, from->names.name[i]);
    to->value = copy_numbers(r, from->names.n, from->value);
}

void cyt_medium_copy(cyt_config_reader *r, const cyt_signal_config *from,
                     cyt_signal_config *to)
{
    copy_amounts(r, &from->diffusion, &to->diffusion);
    copy_amounts(r, &from->uptake, &to->uptake);
    to->tissue_edge = from->tissue_edge;
    to->n_per_kd = from->n_per_kd;
    to->per_kd = copy_numbers(r, from->n_per_kd, from->per_kd);
    to->cell_diameter_um = from->cell_diameter_um;
    to->absolute = from->absolute;
}

void cyt_medium_config_free(cyt_signal_config *s)
{
    cyt_names_free(&s->diffusion.names);
    cyt_names_free(&s->uptake.names);
    free(s->diffusion.value);
    free(s->uptake.value);
    free(s->per_kd);
}

/* --- text ------------------------------------------------------------------------- */

static void add_amounts_text(cyt_strbuf *b, const char *key, const cyt_amounts *a,
                             cyt_error *err)
{
    char number[CYT_NUMBER_SIZE];
    if (a->names.n == 0)
        return;
    cyt_strbuf_add(b, err, "    %s: {", key);
    for (size_t i = 0; i < a->names.n; i++) {
        cyt_strbuf_add(b, err, i ? ", " : "");
        cyt_text_quoted(b, a->names.name[i], err);
        cyt_strbuf_add(b, err, ": %s", cyt_number_text(a->value[i], number));
    }
    cyt_strbuf_add(b, err, "}\n");
}

static void add_absolute_text(cyt_strbuf *b, const cyt_absolute_units *a,
                              cyt_error *err)
{
    const double value[] = {a->rate_per_s, a->decay_per_s, a->thickness_um, a->kd_nM};
    char number[CYT_NUMBER_SIZE];
    cyt_strbuf_add(b, err, "    absolute: {");
    for (size_t k = 0; cyt_absolute_keys[k].key; k++)
        cyt_strbuf_add(b, err, "%s%s: %s", k ? ", " : "", cyt_absolute_keys[k].key,
                       cyt_number_text(value[k], number));
    cyt_strbuf_add(b, err, "}\n");
}

void cyt_medium_text(cyt_strbuf *b, const cyt_signal_config *s, cyt_error *err)
{
    char number[CYT_NUMBER_SIZE];
    add_amounts_text(b, "diffusion", &s->diffusion, err);
    add_amounts_text(b, "uptake", &s->uptake, err);
    if (s->tissue_edge != CYT_EDGE_CLOSED)
        cyt_strbuf_add(b, err, "    tissue_edge: absorbing\n");
    if (s->view_edge != CYT_EDGE_CLOSED)
        cyt_strbuf_add(b, err, "    view_edge: open\n");
    for (size_t i = 0; i < s->n_per_kd; i++)
        cyt_strbuf_add(b, err, "%s%s%s", i ? ", " : "    c_over_kd: [",
                       cyt_number_text(s->per_kd[i], number),
                       i + 1 == s->n_per_kd ? "]\n" : "");
    if (s->cell_diameter_um != CYT_CELL_DIAMETER_UM)
        cyt_strbuf_add(b, err, "    cell_diameter_um: %s\n",
                       cyt_number_text(s->cell_diameter_um, number));
    if (s->absolute.are_given)
        add_absolute_text(b, &s->absolute, err);
}
