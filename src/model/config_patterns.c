// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_patterns.c
 * @brief Numbers that ascend, and which keys of `patterns` go together: a key that says
 * nothing to the graph that is asked for is a slip.
 */
#include "config_table.h"
#include "cytotaxis/number.h"

#include <math.h>
#include <string.h>

void cyt_read_ascending(cyt_config_reader *r, const cyt_node *node,
                        const cyt_option *row, cyt_ascending *list)
{
    cyt_place place[CYT_MOST_ASCENDING];
    char number[CYT_NUMBER_SIZE];
    list->n = 0;
    if (!node || cyt_node_is_null(node) ||
        (node->kind == CYT_NODE_LIST && node->n == 0))
        return;
    list->n = cyt_value_numbers(r, node, row, CYT_MOST_ASCENDING, list->value, place);
    for (size_t i = 1; i < list->n; i++)
        if (!(list->value[i] > list->value[i - 1]))
            CYT_COMPLAIN(r, place[i], "%s must ascend, and %s does not", row->key,
                         cyt_number_text(list->value[i], number));
}

/* A key of one kind of graph. */
static const struct need {
    const char *key;
    size_t field;
    int graph, is_required;
} needs[] = {
    {"graph_k", offsetof(cyt_config, patterns.graph_k), CYT_GRAPH_KNN, 1},
    {"graph_radius_um", offsetof(cyt_config, patterns.graph_radius_um),
     CYT_GRAPH_RADIUS, 1},
    {"longest_um", offsetof(cyt_config, patterns.longest_um), CYT_GRAPH_DELAUNAY, 0},
};

static void check_need(cyt_config_reader *r, const cyt_node *section,
                       const struct need *need, const cyt_config *config)
{
    static const char *const names[] = {"none", "delaunay", "knn", "radius"};
    double value;
    const cyt_node *node = cyt_node_entry(section, need->key);
    const int asked = config->patterns.graph == need->graph;
    memcpy(&value, (const char *)config + need->field, sizeof value);
    if (asked && need->is_required && isnan(value))
        CYT_COMPLAIN(r, section->place, "graph: %s needs %s", names[need->graph],
                     need->key);
    if (!asked && node && !isnan(value))
        CYT_COMPLAIN(r, node->place, "%s says nothing unless graph is %s", need->key,
                     names[need->graph]);
}

void cyt_check_patterns(cyt_config_reader *r, const cyt_node *root, cyt_config *config)
{
    const cyt_node *section = cyt_node_entry(root, "patterns");
    if (!section || section->kind != CYT_NODE_MAP)
        return;
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        check_need(r, section, &needs[i], config);
    cyt_types_expand(r, config, &config->patterns.metric_types);
}
