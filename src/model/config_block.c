// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_block.c
 * @brief What keys of `block` must say together. Whatever a prediction rests on and
 * nobody can know from a slide is asked for, never assumed: doses, the blocker's law,
 * motility, the source of a cross-talk.
 */
#include "config_table.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int cyt_signal_is_called(const char *signal, const char *name)
{
    const size_t n = strlen(name);
    return strncmp(signal, name, n) == 0 && (signal[n] == '\0' || signal[n] == '@');
}

/* --- cross-talk ------------------------------------------------------------------- */

static char *name_of(cyt_config_reader *r, const cyt_node *item, const char *key)
{
    const cyt_node *node = cyt_node_entry(item, key);
    return node ? cyt_value_name(r, node, cyt_key_row(cyt_crosstalk_keys, key)) : NULL;
}

static void read_one(cyt_config_reader *r, const cyt_node *item, cyt_config *config)
{
    char shown[CYT_SHOWN_SIZE + 8];
    cyt_crosstalk *c = &config->block.crosstalk[config->block.n_crosstalk++];
    if (item->kind != CYT_NODE_MAP) {
        CYT_COMPLAIN(r, item->place,
                     "a cross-talk must be a mapping of keys to values, not %s",
                     cyt_node_shown(item, shown, sizeof shown));
        return;
    }
    cyt_check_keys(r, item, cyt_crosstalk_keys, NULL, " in a cross-talk");
    cyt_check_required(r, item, cyt_crosstalk_keys, "cross-talk");
    c->blocked = name_of(r, item, "blocked");
    c->released = name_of(r, item, "released");
    c->citation = name_of(r, item, "citation");
    const cyt_node *fraction = cyt_node_entry(item, "fraction");
    if (fraction)
        (void)cyt_value_number(r, fraction, cyt_key_row(cyt_crosstalk_keys, "fraction"),
                               &c->fraction);
}

void cyt_read_crosstalk(cyt_config_reader *r, const cyt_node *node, cyt_config *config)
{
    enum { MOST = 4096 };
    if (!cyt_value_is_list(r, node, "crosstalk"))
        return;
    if (node->n > MOST) {
        CYT_COMPLAIN(r, node->place, "crosstalk has more than %d entries", MOST);
        return;
    }
    config->block.crosstalk =
        cyt_calloc(node->n, sizeof *config->block.crosstalk, "cross-talk", r->err);
    for (const cyt_node *item = config->block.crosstalk ? node->child : NULL;
         item && r->err->code == CYT_OK; item = item->next)
        read_one(r, item, config);
}

void cyt_crosstalk_text(cyt_strbuf *b, const cyt_config *config, cyt_error *err)
{
    char number[CYT_NUMBER_SIZE];
    cyt_strbuf_add(b, err, config->block.n_crosstalk ? "\n" : "[]\n");
    for (size_t i = 0; i < config->block.n_crosstalk; i++) {
        const cyt_crosstalk *c = &config->block.crosstalk[i];
        cyt_strbuf_add(b, err, "    - {blocked: ");
        cyt_text_quoted(b, c->blocked, err);
        cyt_strbuf_add(b, err, ", released: ");
        cyt_text_quoted(b, c->released, err);
        cyt_strbuf_add(
            b, err, ", fraction: %s, citation: ", cyt_number_text(c->fraction, number));
        cyt_text_quoted(b, c->citation, err);
        cyt_strbuf_add(b, err, "}\n");
    }
}

void cyt_block_config_free(cyt_block_config *block)
{
    for (size_t i = 0; i < block->n_crosstalk; i++) {
        free(block->crosstalk[i].blocked);
        free(block->crosstalk[i].released);
        free(block->crosstalk[i].citation);
    }
    free(block->crosstalk);
    cyt_names_free(&block->signals);
    cyt_names_free(&block->contact_types);
    *block = (cyt_block_config){0};
}

/* --- what goes together ----------------------------------------------------------- */

static int is_signal(const cyt_config *config, const char *name, int exactly)
{
    for (size_t i = 0; i < config->n_signals; i++) {
        const char *signal = config->signals[i].name;
        if (exactly ? strcmp(signal, name) == 0 : cyt_signal_is_called(signal, name))
            return 1;
    }
    return 0;
}

static void check_signals(cyt_config_reader *r, const cyt_node *section,
                          const cyt_config *config)
{
    char shown[CYT_SHOWN_SIZE];
    const cyt_names *names = &config->block.signals;
    for (size_t i = 0; i < names->n; i++)
        if (!is_signal(config, names->name[i], 0))
            CYT_COMPLAIN(r, cyt_node_entry(section, "signals")->place,
                         "no signal is named '%s'",
                         cyt_text_shown(names->name[i], strlen(names->name[i]), shown));
}

/* Is the signal of this name blocked with a cross-talk of its own? */
static int has_crosstalk(const cyt_config *config, const char *name)
{
    for (size_t i = 0; i < config->block.n_crosstalk; i++) {
        const char *blocked = config->block.crosstalk[i].blocked;
        if (blocked && cyt_signal_is_called(name, blocked))
            return 1;
    }
    return 0;
}

static void check_one(cyt_config_reader *r, const cyt_node *item,
                      const cyt_config *config, const cyt_crosstalk *c)
{
    char shown[CYT_SHOWN_SIZE];
    if (c->blocked && !is_signal(config, c->blocked, 0))
        CYT_COMPLAIN(r, cyt_node_entry(item, "blocked")->place,
                     "no signal is named '%s'",
                     cyt_text_shown(c->blocked, strlen(c->blocked), shown));
    if (!c->released)
        return;
    const cyt_place place = cyt_node_entry(item, "released")->place;
    cyt_text_shown(c->released, strlen(c->released), shown);
    if (!is_signal(config, c->released, 1))
        CYT_COMPLAIN(r, place,
                     "no signal is named '%s'; one of several ranges is named with its "
                     "own",
                     shown);
    if (has_crosstalk(config, c->released))
        CYT_COMPLAIN(
            r, place,
            "'%s' is released by a block and has a cross-talk of its own; only "
            "one of both can be predicted",
            shown);
}

static void check_crosstalk(cyt_config_reader *r, const cyt_node *section,
                            const cyt_config *config)
{
    const cyt_node *list = cyt_node_entry(section, "crosstalk");
    const cyt_node *item = list ? list->child : NULL;
    for (size_t i = 0; i < config->block.n_crosstalk; i++, item = item->next)
        check_one(r, item, config, &config->block.crosstalk[i]);
}

/* A value that others call for, or that says nothing without them. */
static void check_pair(cyt_config_reader *r, const cyt_node *section, int is_there,
                       int is_asked, const char *key, const char *with)
{
    const cyt_node *node = cyt_node_entry(section, key);
    if (is_asked && !is_there)
        CYT_COMPLAIN(r, section->place, "block: %s needs %s", with, key);
    if (is_there && !is_asked && node)
        CYT_COMPLAIN(r, node->place, "%s says nothing without %s", key, with);
}

static void check_course(cyt_config_reader *r, const cyt_node *section,
                         const cyt_block_config *b)
{
    const double near = 1e-9; /* decimal fractions of an hour, in minutes */
    const int asked = b->times_h.n > 0;
    check_pair(r, section, !isnan(b->motility), asked, "motility_um2_per_min",
               "times_h");
    check_pair(r, section, !isnan(b->step_min), asked, "step_min", "times_h");
    check_pair(r, section, b->course_from != CYT_COURSE_UNSET, asked, "course_from",
               "times_h");
    if (b->course_doses.n > 0)
        check_pair(r, section, 1, asked, "course_doses", "times_h");
    for (size_t i = 0; i < b->times_h.n && b->step_min > 0; i++) {
        const double steps = b->times_h.value[i] * 60 / b->step_min;
        if (!(steps > 0.5 && fabs(steps - round(steps)) < near * steps))
            CYT_COMPLAIN(r, cyt_node_entry(section, "times_h")->place,
                         "%g h is no multiple of step_min, %g min", b->times_h.value[i],
                         b->step_min);
    }
}

static void check_smoothing(cyt_config_reader *r, const cyt_node *section,
                            const cyt_block_config *b)
{
    const int density = b->course_from == CYT_COURSE_DENSITY;
    const int contacts = !isnan(b->contact_um);
    check_pair(r, section, !isnan(b->smooth_um), contacts || b->maps || density,
               "smooth_um",
               contacts  ? "contact_um"
               : density ? "course_from: density"
                         : "maps");
}

static int says_anything(const cyt_block_config *b)
{
    return b->doses.n > 0 || b->law != CYT_LAW_UNSET || b->relative_slope ||
           b->signals.n > 0 || !isnan(b->contact_um) || b->contact_types.n > 0 ||
           !isnan(b->smooth_um) || !isnan(b->motility) || !isnan(b->step_min) ||
           b->times_h.n > 0 || b->course_doses.n > 0 ||
           b->course_from != CYT_COURSE_UNSET || b->maps || b->n_crosstalk > 0;
}

void cyt_check_block(cyt_config_reader *r, const cyt_node *root, cyt_config *config)
{
    const cyt_node *section = cyt_node_entry(root, "block");
    cyt_block_config *b = &config->block;
    if (!section || section->kind != CYT_NODE_MAP || !says_anything(b))
        return;
    if (b->doses.n == 0)
        CYT_COMPLAIN(r, section->place, "block needs doses");
    if (isnan(config->trap.block_lambdas))
        CYT_COMPLAIN(r, section->place,
                     "block needs the slopes of trap: block_lambdas");
    if (b->law == CYT_LAW_UNSET)
        CYT_COMPLAIN(r, section->place,
                     "block needs law: competitive or non_competitive");
    if (config->compartments.tumour.n == 0 && isnan(b->contact_um))
        CYT_COMPLAIN(r, section->place,
                     "block has nothing to predict: neither compartments.tumour nor "
                     "block.contact_um is given");
    const int contacts = !isnan(b->contact_um);
    check_pair(r, section, b->contact_types.n > 0, contacts, "contact_types",
               "contact_um");
    check_smoothing(r, section, b);
    check_course(r, section, b);
    check_signals(r, section, config);
    check_crosstalk(r, section, config);
    cyt_types_expand(r, config, &b->contact_types);
}
