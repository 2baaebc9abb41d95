// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_tissue.c
 * @brief Which keys of `tissue` and `compartments` go together.
 *
 * Both sections choose a way by `from`, and most of their keys belong to one way. A key
 * of another way is a slip, not something to pass over: whoever gives a reach but
 * leaves `from` at its default would otherwise get a bounding box.
 */
#include "config_table.h"
#include "cytotaxis/number.h"

#include <math.h>
#include <string.h>

enum {
    MOST_BANDS = 4096, /* of the profile, on each side: a table, not a raster */
};

/* Ways as bits, in the order of the choices. */
enum {
    REACH = 1 << CYT_TISSUE_REACH,
    TISSUE_REGIONS = 1 << CYT_TISSUE_REGIONS,
    LABELS = 1 << CYT_COMPARTMENTS_LABELS,
    REGIONS = 1 << CYT_COMPARTMENTS_REGIONS,
    FRACTION = 1 << CYT_COMPARTMENTS_FRACTION,
    ANY = LABELS | REGIONS | FRACTION,
};

static const struct need {
    const char *section, *key;
    unsigned allowed, required; /* ways */
} needs[] = {
    {"tissue", "reach_um", REACH, REACH},
    {"tissue", "close_um", REACH, 0},
    {"tissue", "fill_holes_um2", REACH, 0},
    {"tissue", "labels", TISSUE_REGIONS, 0},
    {"compartments", "tumour", ANY, FRACTION},
    {"compartments", "among", FRACTION, 0},
    {"compartments", "bandwidth_um", FRACTION, FRACTION},
    {"compartments", "threshold", FRACTION, FRACTION},
    {"compartments", "min_area_um2", FRACTION, 0},
    {"compartments", "margin_um", ANY, 0},
    {"compartments", "profile_um", ANY, 0},
};

/* Is something written there that is not what the key is without it? */
static int is_given(const cyt_node *node, const cyt_option *row)
{
    if (!node || cyt_node_is_null(node))
        return 0;
    if (node->kind == CYT_NODE_LIST)
        return node->n > 0;
    return !(row->start && node->text && strcmp(node->text, row->start) == 0);
}

/* "reach", "labels, regions or fraction" */
static const char *ways_text(const cyt_option *from, unsigned ways,
                             char text[CYT_RANGE_SIZE])
{
    cyt_option some = {.key = from->key};
    for (size_t i = 0, n = 0; from->choices[i]; i++)
        if (ways & 1u << i)
            some.choices[n++] = from->choices[i];
    return cyt_choices_text(&some, text);
}

static void check_need(cyt_config_reader *r, const cyt_node *root,
                       const struct need *need, int way)
{
    char ways[CYT_RANGE_SIZE];
    const cyt_node *section = cyt_node_entry(root, need->section);
    const cyt_node *from = cyt_node_entry(section, "from");
    const cyt_node *node = cyt_node_entry(section, need->key);
    const cyt_option *row = cyt_option_of(need->section, need->key);
    const cyt_option *from_row = cyt_option_of(need->section, "from");
    const int given = is_given(node, row);
    if (!given && need->required & 1u << way)
        CYT_COMPLAIN(r, from->place, "%s.from is %s: it needs '%s'. %s", need->section,
                     from_row->choices[way], need->key, row->help);
    if (given && !(need->allowed & 1u << way))
        CYT_COMPLAIN(r, node->key_place,
                     "%s has no meaning when %s.from is %s; it goes with %s", need->key,
                     need->section, from_row->choices[way],
                     ways_text(from_row, need->allowed, ways));
}

/* Distances to a border need something to have a border. */
static void check_tumour(cyt_config_reader *r, const cyt_node *root,
                         const cyt_compartments_config *c)
{
    static const char *const keys[] = {"margin_um", "profile_um"};
    const cyt_node *section = cyt_node_entry(root, "compartments");
    for (size_t k = 0; k < 2; k++) {
        const cyt_node *node = cyt_node_entry(section, keys[k]);
        if (is_given(node, cyt_option_of("compartments", keys[k])) && c->tumour.n == 0)
            CYT_COMPLAIN(r, node->key_place,
                         "%s is measured from the tumour's border; say with 'tumour' "
                         "what is tumour",
                         keys[k]);
    }
}

static void check_bands(cyt_config_reader *r, const cyt_node *root,
                        const cyt_compartments_config *c)
{
    char band[CYT_NUMBER_SIZE], reach[CYT_NUMBER_SIZE];
    const cyt_node *node =
        cyt_node_entry(cyt_node_entry(root, "compartments"), "profile_um");
    if (node && c->profile_um / c->band_um > MOST_BANDS)
        CYT_COMPLAIN(r, node->place,
                     "profile_um is %s, in bands of %s um; there may be at most %d "
                     "bands on each side",
                     cyt_number_text(c->profile_um, reach),
                     cyt_number_text(c->band_um, band), MOST_BANDS);
}

void cyt_check_tissue(cyt_config_reader *r, const cyt_node *root, cyt_config *config)
{
    cyt_compartments_config *c = &config->compartments;
    for (size_t k = 0; k < sizeof needs / sizeof *needs; k++)
        check_need(r, root, &needs[k],
                   strcmp(needs[k].section, "tissue") == 0 ? config->tissue.from
                                                           : c->from);
    if (c->from != CYT_COMPARTMENTS_NONE)
        check_tumour(r, root, c);
    check_bands(r, root, c);
    if (c->from == CYT_COMPARTMENTS_FRACTION) {
        cyt_types_expand(r, config, &c->tumour);
        cyt_types_expand(r, config, &c->among);
    }
}
