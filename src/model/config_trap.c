// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_trap.c
 * @brief What the section `trap` must say as soon as it says anything, and names of
 * sets.
 */
#include "config_table.h"

#include <math.h>
#include <string.h>

static void need(cyt_config_reader *r, const cyt_node *section, double value,
                 const char *key)
{
    if (isnan(value))
        CYT_COMPLAIN(r, section->place, "trap needs %s: %s", key,
                     cyt_option_of("trap", key)->help);
}

static int says_anything(const cyt_trap_config *t)
{
    return !isnan(t->block_lambdas) || !isnan(t->bandwidth_um) || t->background.n > 0 ||
           t->margin_knots.n > 0 || t->densities.n > 0 || t->total_counts.n > 0 ||
           !isnan(t->contrast) || t->field_null;
}

/* A spline is asked for, or left out by an empty list: not forgotten. */
static void check_knots(cyt_config_reader *r, const cyt_node *section,
                        const cyt_config *config)
{
    const cyt_node *node = cyt_node_entry(section, "margin_knots_um");
    const int has_margin = config->compartments.tumour.n > 0;
    if (has_margin && !node)
        CYT_COMPLAIN(r, section->place,
                     "trap needs margin_knots_um where compartments say what is "
                     "tumour; [] leaves the distance to its border out");
    if (!has_margin && config->trap.margin_knots.n > 0)
        CYT_COMPLAIN(r, node->place,
                     "margin_knots_um says nothing without compartments.tumour");
    if (config->trap.margin_knots.n == 1)
        CYT_COMPLAIN(r, node->place, "margin_knots_um needs two knots, or none");
}

void cyt_check_trap(cyt_config_reader *r, const cyt_node *root, cyt_config *config)
{
    const cyt_node *section = cyt_node_entry(root, "trap");
    cyt_trap_config *t = &config->trap;
    if (!section || section->kind != CYT_NODE_MAP || !says_anything(t))
        return;
    need(r, section, t->block_lambdas, "block_lambdas");
    need(r, section, t->bandwidth_um, "bandwidth_um");
    check_knots(r, section, config);
    if (t->total_counts.n > 1)
        CYT_COMPLAIN(r, cyt_node_entry(section, "total_counts")->place,
                     "total_counts is one column");
    if (t->densities.n > CYT_MOST_DENSITIES)
        CYT_COMPLAIN(r, cyt_node_entry(section, "densities")->place,
                     "densities are %zu; at most %d", t->densities.n,
                     CYT_MOST_DENSITIES);
    cyt_types_expand(r, config, &t->background);
}
