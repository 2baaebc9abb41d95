// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_set.c
 * @brief Nodes of the configuration: looking them up, showing them, overriding them.
 *
 * An override becomes a node like any other, with the option as its place, so that one
 * pass over the tree checks file and options alike.
 */
#include "config_tree.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cyt_node *cyt_node_entry(const cyt_node *map, const char *key)
{
    if (!map || map->kind != CYT_NODE_MAP)
        return NULL;
    cyt_node *entry = map->child;
    while (entry && strcmp(entry->key, key) != 0)
        entry = entry->next;
    return entry;
}

int cyt_node_is_null(const cyt_node *node)
{
    return node->kind == CYT_NODE_SCALAR && node->plain &&
           (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
            strcmp(node->text, "null") == 0);
}

const char *cyt_node_shown(const cyt_node *node, char *shown, size_t size)
{
    char cut[CYT_SHOWN_SIZE];
    if (node->kind == CYT_NODE_LIST)
        return "a list";
    if (node->kind == CYT_NODE_MAP)
        return "a mapping";
    if (cyt_node_is_null(node))
        return "nothing";
    snprintf(shown, size, "\"%s\"",
             cyt_text_shown(node->text, strlen(node->text), cut));
    return shown;
}

/* Entry @p key (its @p length first bytes) of @p map, an empty one if there was none.
 */
static cyt_node *find_or_add(cyt_node *map, const char *key, size_t length,
                             cyt_place place, cyt_error *err)
{
    char *copy = cyt_calloc(length + 1, 1, "a key of --set", err);
    if (!copy)
        return NULL;
    memcpy(copy, key, length);
    cyt_node *entry = cyt_node_entry(map, copy);
    if (entry) {
        free(copy);
        return entry;
    }
    entry = cyt_calloc(1, sizeof *entry, "a node of --set", err);
    if (!entry) {
        free(copy);
        return NULL;
    }
    *entry = (cyt_node){
        .kind = CYT_NODE_MAP, .key = copy, .place = place, .key_place = place};
    *(map->last ? &map->last->next : &map->child) = entry;
    map->last = entry;
    map->n++;
    return entry;
}

/* Make @p entry hold what @p value holds; the value's own shell is released. */
static void replace(cyt_node *entry, cyt_node *value, cyt_place place)
{
    cyt_node old = *entry;
    *entry = *value;
    entry->key = old.key;
    entry->next = old.next;
    entry->place = entry->key_place = place;
    old.key = NULL;
    *value = (cyt_node){.text = old.text, .child = old.child};
    cyt_tree_destroy(value);
}

/* The map that holds the keys of a section; NULL when the file has something else. */
static cyt_node *open_section(cyt_node *root, const char *name, size_t length,
                              cyt_place place, cyt_error *err)
{
    cyt_node *section = find_or_add(root, name, length, place, err);
    if (!section)
        return NULL;
    if (cyt_node_is_null(section)) {
        free(section->text);
        section->text = NULL;
        section->kind = CYT_NODE_MAP;
    }
    return section->kind == CYT_NODE_MAP ? section : NULL;
}

static cyt_code put(cyt_node *root, const char *name, size_t length, cyt_node *value,
                    cyt_place place, cyt_error *err)
{
    const char *dot = memchr(name, '.', length);
    const size_t section = dot ? (size_t)(dot - name) : length;
    cyt_node *map = dot ? open_section(root, name, section, place, err) : root;
    cyt_node *entry = NULL;
    if (map && dot)
        entry = find_or_add(map, dot + 1, length - section - 1, place, err);
    else if (map)
        entry = find_or_add(map, name, length, place, err);
    if (entry)
        replace(entry, value, place);
    else
        cyt_tree_destroy(value);
    return err->code;
}

/* Length of the name before '=' in "section.key=value"; 0 when it is none. */
static size_t name_length(const char *set)
{
    const char *equals = strchr(set, '=');
    if (!equals)
        return 0;
    const size_t length = (size_t)(equals - set);
    const char *dot = memchr(set, '.', length);
    return dot && (dot == set || dot + 1 == equals) ? 0 : length;
}

static cyt_node *null_value(cyt_place place, cyt_error *err)
{
    cyt_node *node = cyt_calloc(1, sizeof *node, "an empty value of --set", err);
    char *text = node ? cyt_strdup("", err) : NULL;
    if (!text) {
        free(node);
        return NULL;
    }
    *node = (cyt_node){.plain = 1, .text = text, .place = place, .key_place = place};
    return node;
}

cyt_code cyt_tree_set(cyt_node *root, const char *set, cyt_place base,
                      cyt_complaints *complaints, cyt_error *err)
{
    const size_t before = complaints->n, length = name_length(set);
    if (length == 0 || !cyt_text_valid(set, strlen(set)) ||
        !cyt_one_line(set, length)) {
        cyt_complain(complaints, err, CYT_ERR_CONFIG, base,
                     "write --set section.key=value");
        return err->code;
    }
    cyt_node *value = NULL;
    const char *text = set + length + 1;
    const cyt_code code =
        cyt_tree_parse(text, strlen(text), base, complaints, &value, err);
    if (code != CYT_OK || complaints->n > before) {
        cyt_tree_destroy(value);
        return code;
    }
    if (!value)
        value = null_value(base, err);
    return value ? put(root, set, length, value, base, err) : err->code;
}
