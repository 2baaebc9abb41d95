// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_types.c
 * @brief Sets of cell types, and contrasts between groups of patients.
 *
 * Sets hold cell types only, never sets, and a set may not list another set's name: so
 * expanding is one step, and expanding twice changes nothing.
 */
#include "config_table.h"
#include "cytotaxis/csv_record.h"
#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = CYT_SHOWN_SIZE + 8 };

static const cyt_type_set *find_set(const cyt_config *config, const char *name)
{
    for (size_t i = 0; i < config->n_type_sets; i++)
        if (strcmp(config->type_sets[i].name, name) == 0)
            return &config->type_sets[i];
    return NULL;
}

/* Types that are names of other sets: meant as a set, or a type of the same name? */
static void check_nesting(cyt_config_reader *r, const cyt_node *entry,
                          const cyt_node *sets)
{
    char shown[CYT_SHOWN_SIZE];
    const cyt_node *item = entry->kind == CYT_NODE_LIST ? entry->child : entry;
    for (; item; item = entry->kind == CYT_NODE_LIST ? item->next : NULL)
        if (item->kind == CYT_NODE_SCALAR && strcmp(item->text, entry->key) != 0 &&
            cyt_node_entry(sets, item->text))
            CYT_COMPLAIN(r, item->place,
                         "'%s' is itself a set; list its cell types, or rename the set",
                         cyt_text_shown(item->text, strlen(item->text), shown));
}

static void read_set(cyt_config_reader *r, const cyt_node *entry, cyt_type_set *set)
{
    char what[CYT_SHOWN_SIZE];
    const cyt_option row = {.key =
                                cyt_text_shown(entry->key, strlen(entry->key), what)};
    if (entry->key[0] == '\0')
        CYT_COMPLAIN(r, entry->key_place, "a set of cell types has no name");
    set->name = cyt_strdup(entry->key, r->err);
    cyt_value_names(r, entry, &row, &set->types);
}

void cyt_read_types(cyt_config_reader *r, const cyt_node *node, cyt_config *config)
{
    if (!node || !cyt_value_is_map(r, node, "section 'types'"))
        return;
    config->type_sets =
        cyt_calloc(node->n, sizeof *config->type_sets, "sets of cell types", r->err);
    if (!config->type_sets)
        return;
    for (const cyt_node *entry = node->child; entry; entry = entry->next) {
        read_set(r, entry, &config->type_sets[config->n_type_sets++]);
        if (r->err->code != CYT_OK)
            return;
        check_nesting(r, entry, node);
    }
}

void cyt_types_add(cyt_config_reader *r, const cyt_config *config, const char *name,
                   cyt_names *out)
{
    const cyt_type_set *set = find_set(config, name);
    if (!set)
        cyt_names_add_once(r, out, name);
    for (size_t i = 0; set && i < set->types.n; i++)
        cyt_names_add_once(r, out, set->types.name[i]);
}

void cyt_types_expand(cyt_config_reader *r, const cyt_config *config, cyt_names *names)
{
    cyt_names out = {0};
    for (size_t i = 0; i < names->n; i++)
        cyt_types_add(r, config, names->name[i], &out);
    cyt_names_free(names);
    *names = out;
}

static void check_contrast(cyt_config_reader *r, const cyt_node *item,
                           const cyt_config *config, const cyt_contrast *c)
{
    char a[CYT_SHOWN_SIZE], b[CYT_SHOWN_SIZE];
    if (!c->a || !c->b)
        return;
    cyt_text_shown(c->a, strlen(c->a), a);
    cyt_text_shown(c->b, strlen(c->b), b);
    if (strcmp(c->a, c->b) == 0)
        CYT_COMPLAIN(r, item->place, "a contrast of '%s' with itself", a);
    for (size_t i = 0; &config->contrasts[i] < c; i++) {
        const cyt_contrast *other = &config->contrasts[i];
        if (other->a && other->b && strcmp(other->a, c->a) == 0 &&
            strcmp(other->b, c->b) == 0)
            CYT_COMPLAIN(r, item->place, "the contrast of '%s' with '%s' a second time",
                         a, b);
    }
}

static void read_contrast(cyt_config_reader *r, const cyt_node *item,
                          cyt_config *config)
{
    char shown[SHOWN];
    cyt_contrast *c = &config->contrasts[config->n_contrasts++];
    if (item->kind != CYT_NODE_MAP) {
        CYT_COMPLAIN(r, item->place,
                     "a contrast must be a mapping {a: ..., b: ...}, not %s",
                     cyt_node_shown(item, shown, sizeof shown));
        return;
    }
    cyt_check_keys(r, item, cyt_contrast_keys, NULL, " in a contrast");
    cyt_check_required(r, item, cyt_contrast_keys, "contrast");
    const cyt_node *a = cyt_node_entry(item, "a"), *b = cyt_node_entry(item, "b");
    c->a = a ? cyt_value_name(r, a, &cyt_contrast_keys[0]) : NULL;
    c->b = b ? cyt_value_name(r, b, &cyt_contrast_keys[1]) : NULL;
    c->place = cyt_place_text(r->complaints->file, item->place, r->err);
    check_contrast(r, item, config, c);
}

void cyt_read_contrasts(cyt_config_reader *r, const cyt_node *node, cyt_config *config)
{
    enum { MOST = 4096 };
    if (!cyt_value_is_list(r, node, "contrasts"))
        return;
    if (node->n > MOST) {
        CYT_COMPLAIN(r, node->place, "contrasts has more than %d entries", MOST);
        return;
    }
    config->contrasts =
        cyt_calloc(node->n, sizeof *config->contrasts, "contrasts", r->err);
    for (const cyt_node *item = config->contrasts ? node->child : NULL;
         item && r->err->code == CYT_OK; item = item->next)
        read_contrast(r, item, config);
}
