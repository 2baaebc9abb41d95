// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_graph.c
 * @brief The keys of `patterns` about genes, permutations, neighbourhoods and niches:
 * which need which. A key that has no effect is a slip, so it is told.
 */
#include "config_table.h"
#include "cytotaxis/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- pairs of names --------------------------------------------------------------- */

static int is_pair(cyt_config_reader *r, const cyt_node *item, const cyt_option *row)
{
    char shown[CYT_SHOWN_SIZE + 8];
    if (item->kind == CYT_NODE_LIST && item->n == 2)
        return 1;
    CYT_COMPLAIN(
        r, item->place, "%s is a list of pairs [name, name], not of %s", row->key,
        item->kind == CYT_NODE_LIST ? "lists of other length"
                                    : cyt_node_shown(item, shown, sizeof shown));
    return 0;
}

static int has_pair(const cyt_names *pairs, const char *x, const char *y)
{
    for (size_t i = 0; i + 1 < pairs->n; i += 2)
        if (strcmp(pairs->name[i], x) == 0 && strcmp(pairs->name[i + 1], y) == 0)
            return 1;
    return 0;
}

static void add_pair(cyt_config_reader *r, const cyt_node *item, const cyt_option *row,
                     cyt_names *pairs)
{
    char *x = cyt_value_name(r, item->child, row);
    char *y = cyt_value_name(r, item->child->next, row);
    if (x && y && has_pair(pairs, x, y))
        CYT_COMPLAIN(r, item->place, "the pair of '%s' with '%s' a second time", x, y);
    else if (x && y && cyt_names_add(pairs, x, strlen(x), r->err) == CYT_OK)
        (void)!cyt_names_add(pairs, y, strlen(y), r->err);
    free(x);
    free(y);
}

void cyt_value_pairs(cyt_config_reader *r, const cyt_node *node, const cyt_option *row,
                     cyt_names *pairs)
{
    enum { MOST = 4096 };
    char shown[CYT_SHOWN_SIZE + 8];
    if (!node || cyt_node_is_null(node))
        return;
    if (node->kind != CYT_NODE_LIST || node->n > MOST) {
        CYT_COMPLAIN(r, node->place,
                     "%s must be a list of at most %d pairs [name, name], not %s",
                     row->key, MOST, cyt_node_shown(node, shown, sizeof shown));
        return;
    }
    for (const cyt_node *item = node->child; item && r->err->code == CYT_OK;
         item = item->next)
        if (is_pair(r, item, row))
            add_pair(r, item, row, pairs);
}

/* --- what needs what -------------------------------------------------------------- */

/* The key is there, and what it needs is not. */
static void check_need(cyt_config_reader *r, const cyt_node *section, const char *key,
                       int is_asked, int is_there, const char *need)
{
    const cyt_node *node = cyt_node_entry(section, key);
    if (node && is_asked && !is_there)
        CYT_COMPLAIN(r, node->place, "%s says nothing without %s", key, need);
}

static void check_niches(cyt_config_reader *r, const cyt_node *section,
                         const cyt_patterns_config *p)
{
    const int by_radius = !isnan(p->neighbourhood_um);
    const int by_number = !isnan(p->neighbourhood_k);
    if (by_radius && by_number)
        CYT_COMPLAIN(r, cyt_node_entry(section, "neighbourhood_k")->place,
                     "neighbourhood_um and neighbourhood_k: a neighbourhood is either "
                     "a disc or a number of cells");
    check_need(r, section, "niches", p->niches.n > 0, by_radius || by_number,
               "neighbourhood_um or neighbourhood_k");
    if (p->niches.n > 1 && p->niches.value[0] == 1)
        CYT_COMPLAIN(r, cyt_node_entry(section, "niches")->place,
                     "niches: of one niche there is no index to compare; begin at 2");
}

void cyt_check_graph(cyt_config_reader *r, const cyt_node *root,
                     const cyt_config *config)
{
    const cyt_node *section = cyt_node_entry(root, "patterns");
    const cyt_patterns_config *p = &config->patterns;
    const int genes = p->genes.n > 0 || p->bivariate.n > 0;
    const int graph = p->graph != CYT_GRAPH_NONE;
    if (!section || section->kind != CYT_NODE_MAP)
        return;
    check_need(r, section, "genes", p->genes.n > 0, graph, "graph");
    check_need(r, section, "bivariate", p->bivariate.n > 0, graph, "graph");
    check_need(r, section, "permutations", p->permutations > 0, graph, "graph");
    check_need(r, section, "gene_layer", p->gene_layer != NULL, genes,
               "genes or bivariate");
    check_need(r, section, "gene_transform", p->gene_transform != CYT_GENES_AS_STORED,
               genes, "genes or bivariate");
    check_need(r, section, "permute", p->permute == CYT_PERMUTE_COMPARTMENT,
               p->permutations > 0, "permutations");
    check_need(r, section, "permute", p->permute == CYT_PERMUTE_COMPARTMENT,
               config->compartments.from != CYT_COMPARTMENTS_NONE, "compartments.from");
    check_niches(r, section, p);
}

void cyt_patterns_config_free(cyt_patterns_config *p)
{
    cyt_names_free(&p->metric_types);
    cyt_names_free(&p->genes);
    cyt_names_free(&p->bivariate);
    free(p->gene_layer);
}
