// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/config.h"

#include "config_table.h"
#include "cytotaxis/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_BYTES = 1 << 20, /* of a file */
    MOST_NAMES = 1 << 20, /* after the sets are expanded */
};

static int is_scalar(const cyt_option *row)
{
    return row->kind < CYT_OPTION_TYPES;
}

void cyt_config_init(cyt_config *config)
{
    *config = (cyt_config){0};
    for (const cyt_option *row = cyt_options; row->section; row = cyt_option_next(row))
        if (is_scalar(row))
            cyt_option_reset(row, config);
}

/* --- from the tree to the struct -------------------------------------------------- */

/* The first row of each section, one after the other; NULL after the last. */
static const cyt_option *next_section(const cyt_option *row)
{
    const char *section = row->section;
    while (row->section && strcmp(row->section, section) == 0)
        row = cyt_option_next(row);
    return row->section ? row : NULL;
}

static void check_section(cyt_config_reader *r, const cyt_node *root,
                          const cyt_option *row)
{
    char what[64], in[96];
    const cyt_node *section = cyt_node_entry(root, row->section);
    snprintf(what, sizeof what, "section '%s'", row->section);
    snprintf(in, sizeof in, " in %s", what);
    if (row->key && section && cyt_value_is_map(r, section, what))
        cyt_check_keys(r, section, cyt_options, row->section, in);
}

static void check_sections(cyt_config_reader *r, const cyt_node *root)
{
    cyt_names sections = {0};
    for (const cyt_option *row = cyt_options; row && !r->err->code;
         row = next_section(row))
        (void)!cyt_names_add(&sections, row->section, strlen(row->section), r->err);
    cyt_check_names(r, root, &sections, "section", "");
    cyt_names_free(&sections);
    for (const cyt_option *row = cyt_options; row; row = next_section(row))
        check_section(r, root, row);
}

static void read_names(cyt_config_reader *r, const cyt_node *node,
                       const cyt_option *row, cyt_config *config)
{
    const int empty = node && node->kind == CYT_NODE_LIST && node->n == 0;
    if (node && !empty && !cyt_node_is_null(node))
        cyt_value_names(r, node, row, (cyt_names *)((char *)config + row->field));
}

static void read_name(cyt_config_reader *r, const cyt_node *node, const cyt_option *row,
                      char **name)
{
    if (node && !cyt_node_is_null(node))
        *name = cyt_value_name(r, node, row);
}

static void read_row(cyt_config_reader *r, const cyt_node *root, const cyt_option *row,
                     cyt_config *config)
{
    const cyt_node *section = cyt_node_entry(root, row->section);
    const cyt_node *node = row->key ? cyt_node_entry(section, row->key) : section;
    if (row->kind == CYT_OPTION_TYPES)
        cyt_read_types(r, node, config);
    else if (row->kind == CYT_OPTION_SIGNALS)
        cyt_read_signals(r, node, config);
    else if (row->kind == CYT_OPTION_CONTRASTS)
        cyt_read_contrasts(r, node, config);
    else if (row->kind == CYT_OPTION_CROSSTALK)
        cyt_read_crosstalk(r, node, config);
    else if (row->kind == CYT_OPTION_NAMES)
        read_names(r, node, row, config);
    else if (row->kind == CYT_OPTION_NAME)
        read_name(r, node, row, (char **)((char *)config + row->field));
    else if (row->kind == CYT_OPTION_PAIRS)
        cyt_value_pairs(r, node, row, (cyt_names *)((char *)config + row->field));
    else if (row->kind == CYT_OPTION_NUMBERS)
        cyt_read_ascending(r, node, row,
                           (cyt_ascending *)((char *)config + row->field));
    else
        cyt_option_read(r, node, row, config);
}

static cyt_code read_tree(cyt_config_reader *r, const cyt_node *root,
                          cyt_config *config)
{
    check_sections(r, root);
    for (const cyt_option *row = cyt_options; row->section;
         row = cyt_option_next(row)) {
        if (r->err->code != CYT_OK)
            return r->err->code;
        read_row(r, root, row, config);
    }
    if (r->err->code == CYT_OK)
        cyt_check_tissue(r, root, config);
    if (r->err->code == CYT_OK)
        cyt_check_patterns(r, root, config);
    if (r->err->code == CYT_OK)
        cyt_check_graph(r, root, config);
    if (r->err->code == CYT_OK)
        cyt_check_trap(r, root, config);
    if (r->err->code == CYT_OK)
        cyt_check_block(r, root, config);
    cyt_check_screen(r, root, config);
    return r->err->code;
}

/* --- from file and options to the tree -------------------------------------------- */

/* An empty map stands in for a file that is empty or wrong, so that options are checked
 * all the same. */
static cyt_code root_or_empty(cyt_config_reader *r, cyt_node **root)
{
    char shown[CYT_SHOWN_SIZE + 8];
    if (*root && (*root)->kind != CYT_NODE_MAP) {
        if (!cyt_node_is_null(*root))
            CYT_COMPLAIN(r, (*root)->place,
                         "a configuration is a mapping of sections, not %s",
                         cyt_node_shown(*root, shown, sizeof shown));
        cyt_tree_destroy(*root);
        *root = NULL;
    }
    if (!*root)
        *root = cyt_tree_create(r->err);
    return r->err->code;
}

static cyt_code parse_file(cyt_config_reader *r, const char *path, cyt_node **root)
{
    char *text = NULL;
    size_t n = 0;
    cyt_code code = CYT_OK;
    if (path)
        code = cyt_read_text(path, MOST_BYTES, &text, &n, r->complaints, r->err);
    if (code == CYT_OK && text)
        code = cyt_tree_parse(text, n, (cyt_place){0}, r->complaints, root, r->err);
    free(text);
    return code == CYT_OK ? root_or_empty(r, root) : code;
}

/* @p labels keeps the options' names for the places that borrow them. */
static cyt_code apply_sets(cyt_config_reader *r, size_t n_sets, const char *const *sets,
                           cyt_names *labels, cyt_node *root)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < n_sets && code == CYT_OK; i++) {
        char shown[CYT_SHOWN_SIZE], label[CYT_SHOWN_SIZE + 8];
        snprintf(label, sizeof label, "--set %s",
                 cyt_text_shown(sets[i], strlen(sets[i]), shown));
        code = cyt_names_add(labels, label, strlen(label), r->err);
        if (code == CYT_OK)
            code = cyt_tree_set(root, sets[i],
                                (cyt_place){.option = labels->name[i], .order = i + 1},
                                r->complaints, r->err);
    }
    return code;
}

cyt_code cyt_config_read(const char *path, size_t n_sets, const char *const *sets,
                         cyt_config *config, cyt_problems *problems, cyt_error *err)
{
    cyt_code code;
    cyt_node *root = NULL;
    cyt_names labels = {0};
    cyt_complaints complaints = {.file = path ? path : ""};
    cyt_config_reader reader = {&complaints, err, MOST_NAMES};

    cyt_config_init(config);
    CYT_TRY(parse_file(&reader, path, &root));
    CYT_TRY(apply_sets(&reader, n_sets, sets, &labels, root));
    CYT_TRY(read_tree(&reader, root, config));
    if (complaints.n > 0)
        CYT_TRY(cyt_complaints_tell(&complaints, problems, err));
    else if (!(config->text = cyt_config_text(config, err)))
        code = err->code;
done:
    cyt_complaints_free(&complaints);
    cyt_names_free(&labels);
    cyt_tree_destroy(root);
    return code;
}

void cyt_config_free(cyt_config *config)
{
    for (size_t i = 0; i < config->n_type_sets; i++) {
        free(config->type_sets[i].name);
        cyt_names_free(&config->type_sets[i].types);
    }
    cyt_contrasts_free(config);
    cyt_signals_free(config);
    cyt_names_free(&config->tissue.labels);
    cyt_names_free(&config->compartments.tumour);
    cyt_names_free(&config->compartments.among);
    cyt_patterns_config_free(&config->patterns);
    cyt_names_free(&config->trap.background);
    cyt_names_free(&config->screen.contest_signals);
    cyt_names_free(&config->screen.contest_barriers);
    cyt_names_free(&config->screen.contest_entries);
    cyt_names_free(&config->trap.densities);
    cyt_names_free(&config->trap.total_counts);
    cyt_block_config_free(&config->block);
    free(config->type_sets);
    free(config->text);
    *config = (cyt_config){0};
}
