// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_screen.c
 * @brief What the controls, the screen and the contest of mechanisms need: trap slopes,
 * signals that exist.
 */
#include "config_table.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const cyt_signal_config *signal_of(const cyt_config *config, const char *name)
{
    for (size_t s = 0; s < config->n_signals; s++)
        if (strcmp(config->signals[s].name, name) == 0)
            return &config->signals[s];
    return NULL;
}

static int same_names(const cyt_names *a, const cyt_names *b)
{
    int same = a->n == b->n;
    for (size_t k = 0; same && k < a->n; k++)
        same = cyt_names_find(b, a->name[k]) != CYT_NO_NAME;
    return same;
}

/* A decoy of several ranges or edges is meant in the variant of the signal:
 * "decoy@120um" for "signal@120um". */
static void name_variant(cyt_config_reader *r, const cyt_config *config,
                         const cyt_signal_config *signal, char **decoy)
{
    char name[1024];
    const char *variant = strchr(signal->name, '@');
    if (signal_of(config, *decoy) || !variant)
        return;
    snprintf(name, sizeof name, "%s%s", *decoy, variant);
    if (!signal_of(config, name))
        return;
    free(*decoy);
    *decoy = cyt_strdup(name, r->err);
}

static void check_decoys(cyt_config_reader *r, cyt_place place, cyt_config *config,
                         cyt_signal_config *signal)
{
    const size_t n_densities = config->trap.densities.n;
    if (signal->decoys.n + n_densities > CYT_MOST_DENSITIES)
        CYT_COMPLAIN(
            r, place,
            "signal %s has %zu decoys beside %zu trap.densities; both together "
            "can be at most %d",
            signal->name, signal->decoys.n, n_densities, CYT_MOST_DENSITIES);
    for (size_t k = 0; k < signal->decoys.n && r->err->code == CYT_OK; k++) {
        name_variant(r, config, signal, &signal->decoys.name[k]);
        const char *name = signal->decoys.name[k];
        const cyt_signal_config *decoy = name ? signal_of(config, name) : NULL;
        if (!name)
            return;
        if (!decoy)
            CYT_COMPLAIN(r, place, "signal %s: its decoy %s is no signal", signal->name,
                         name);
        else if (decoy == signal)
            CYT_COMPLAIN(r, place, "signal %s is its own decoy", name);
        else if (!same_names(&decoy->responders, &signal->responders))
            CYT_COMPLAIN(r, place,
                         "signal %s and its decoy %s need the same responders",
                         signal->name, name);
    }
}

/* Where a signal's decoys are written: in the mapping of its own name, or else of the
 * name that it shares with other variants. */
static cyt_place place_of_decoys(const cyt_node *signals,
                                 const cyt_signal_config *signal)
{
    cyt_place place = signals->place;
    for (const cyt_node *item = signals->child; item; item = item->next) {
        const cyt_node *name = cyt_node_entry(item, "name");
        const cyt_node *decoys = cyt_node_entry(item, "decoys");
        if (!decoys || !name || name->kind != CYT_NODE_SCALAR ||
            !cyt_signal_is_called(signal->name, name->text))
            continue;
        place = decoys->place;
        if (strcmp(signal->name, name->text) == 0)
            break;
    }
    return place;
}

static void check_contest(cyt_config_reader *r, const cyt_node *section,
                          const cyt_config *config)
{
    const cyt_screen_config *s = &config->screen;
    const size_t n =
        s->contest_signals.n + s->contest_barriers.n + s->contest_entries.n;
    if (isnan(s->contest_folds) != (n == 0))
        CYT_COMPLAIN(
            r, section->place,
            "a contest needs contest_folds, and mechanisms in contest_signals, "
            "contest_barriers or contest_entries");
    for (size_t k = 0; k < s->contest_signals.n; k++)
        if (!signal_of(config, s->contest_signals.name[k]))
            CYT_COMPLAIN(r, cyt_node_entry(section, "contest_signals")->place,
                         "contest_signals: there is no signal %s",
                         s->contest_signals.name[k]);
}

static int needs_slopes(const cyt_config *config)
{
    const cyt_screen_config *s = &config->screen;
    int needed =
        !isnan(s->shifts) || !isnan(s->receptor_split) || !isnan(s->contest_folds);
    for (size_t k = 0; k < config->n_signals; k++)
        needed |= config->signals[k].decoys.n > 0;
    return needed;
}

void cyt_check_screen(cyt_config_reader *r, const cyt_node *root, cyt_config *config)
{
    const cyt_node *section = cyt_node_entry(root, "trap");
    const cyt_node *signals = cyt_node_entry(root, "signals");
    for (size_t s = 0; s < config->n_signals && r->err->code == CYT_OK; s++)
        check_decoys(r, place_of_decoys(signals, &config->signals[s]), config,
                     &config->signals[s]);
    if (r->err->code == CYT_OK && needs_slopes(config) &&
        isnan(config->trap.block_lambdas))
        CYT_COMPLAIN(r, section ? section->place : signals->place,
                     "decoys, a screen, a split by receptor and a contest need trap "
                     "slopes: trap.block_lambdas and what goes with it");
    if (r->err->code != CYT_OK || !section || section->kind != CYT_NODE_MAP)
        return;
    if (!isnan(config->screen.receptor_split) &&
        !cyt_node_entry(section, "total_counts"))
        CYT_COMPLAIN(r, section->place,
                     "receptor_split needs total_counts, the column of total counts of "
                     "cells; [] leaves them out");
    check_contest(r, section, config);
}
