// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_types.c
 * @brief Sets of cell types.
 *
 * Sets hold cell types only, never sets, and a set may not list another set's name: so
 * expanding is one step, and expanding twice changes nothing.
 */
#include "config_table.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/text.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = CYT_SHOWN_SIZE + 8 };

const cyt_names *cyt_types_of_set(const cyt_config *config, const char *name)
{
    for (size_t i = 0; i < config->n_type_sets; i++)
        if (strcmp(config->type_sets[i].name, name) == 0)
            return &config->type_sets[i].types;
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
    const cyt_names *types = cyt_types_of_set(config, name);
    if (!types)
        cyt_names_add_once(r, out, name);
    for (size_t i = 0; types && i < types->n; i++)
        cyt_names_add_once(r, out, types->name[i]);
}

void cyt_types_expand(cyt_config_reader *r, const cyt_config *config, cyt_names *names)
{
    cyt_names out = {0};
    for (size_t i = 0; i < names->n; i++)
        cyt_types_add(r, config, names->name[i], &out);
    cyt_names_free(names);
    *names = out;
}
