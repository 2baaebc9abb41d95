// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_presets.c
 * @brief `preset: NAME` in a signal becomes the keys that the preset knows.
 *
 * Done on the tree, before any key is read: what the user wrote stays, what is missing
 * is put in as if written at the place of `preset`. So the checks, and the canonical
 * text, know nothing of presets.
 */
#include "config_table.h"
#include "cytotaxis/presets.h"
#include "cytotaxis/text.h"

#include <string.h>

static void settle(cyt_node *node, cyt_place place)
{
    node->place = node->key_place = place;
    for (cyt_node *child = node->child; child; child = child->next)
        settle(child, place);
}

/* Put "key=value" into the signal. */
static void put(cyt_config_reader *r, cyt_node *signal, cyt_strbuf *setting,
                cyt_place place)
{
    if (r->err->code == CYT_OK &&
        cyt_tree_set(signal, setting->text, place, r->complaints, r->err) == CYT_OK)
        settle(signal->last, place);
    cyt_strbuf_free(setting);
}

static void put_genes(cyt_config_reader *r, cyt_node *signal, const char *key,
                      const char *const *genes, cyt_place place)
{
    cyt_strbuf b = {0};
    if (cyt_node_entry(signal, key))
        return;
    cyt_strbuf_add(&b, r->err, "%s=[", key);
    for (size_t i = 0; genes[i]; i++)
        cyt_strbuf_add(&b, r->err, "%s\"%s\"", i ? ", " : "", genes[i]);
    cyt_strbuf_add(&b, r->err, "]");
    put(r, signal, &b, place);
}

static void put_ranges(cyt_config_reader *r, cyt_node *signal, const cyt_preset *preset,
                       cyt_place place)
{
    char number[CYT_NUMBER_SIZE];
    cyt_strbuf b = {0};
    if (preset->n_ranges == 0 || cyt_node_entry(signal, "lambda_um"))
        return;
    cyt_strbuf_add(&b, r->err, "lambda_um=[");
    for (size_t i = 0; i < preset->n_ranges; i++)
        cyt_strbuf_add(&b, r->err, "%s%s", i ? ", " : "",
                       cyt_number_text(preset->lambda_um[i], number));
    cyt_strbuf_add(&b, r->err, "]");
    put(r, signal, &b, place);
}

static void complain_of_unknown(cyt_config_reader *r, const cyt_node *node)
{
    char shown[CYT_SHOWN_SIZE];
    cyt_names known = {0};
    cyt_strbuf hint = {0};
    if (cyt_preset_names(&known, r->err) == CYT_OK)
        cyt_add_hint(r, &hint, node->text, &known, "presets: ");
    CYT_COMPLAIN(r, node->place, "there is no preset '%s'%s",
                 cyt_text_shown(node->text, strlen(node->text), shown),
                 hint.text ? hint.text : "");
    cyt_strbuf_free(&hint);
    cyt_names_free(&known);
}

static void expand(cyt_config_reader *r, cyt_node *signal)
{
    const cyt_node *node = cyt_node_entry(signal, "preset");
    if (!node || cyt_node_is_null(node))
        return;
    if (node->kind != CYT_NODE_SCALAR) {
        char shown[CYT_SHOWN_SIZE + 8];
        CYT_COMPLAIN(r, node->place, "preset must be a name, not %s",
                     cyt_node_shown(node, shown, sizeof shown));
        return;
    }
    const cyt_preset *preset = cyt_preset_get(node->text);
    if (!preset) {
        complain_of_unknown(r, node);
        return;
    }
    put_genes(r, signal, "ligand", preset->ligand, node->key_place);
    put_genes(r, signal, "receptor", preset->receptor, node->key_place);
    put_ranges(r, signal, preset, node->key_place);
}

void cyt_presets_expand(cyt_config_reader *r, const cyt_node *signals)
{
    for (cyt_node *signal = signals ? signals->child : NULL; signal;
         signal = signal->next)
        if (signal->kind == CYT_NODE_MAP)
            expand(r, signal);
}
