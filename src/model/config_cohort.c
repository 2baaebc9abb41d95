// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_cohort.c
 * @brief Contrasts between groups of patients: their keys, from the file to the struct
 * and back to text, and against the samplesheet.
 *
 * Which of the designs a contrast has follows from its keys: `a` and `b`, `groups`, or
 * the four arms of a culture of slices.
 */
#include "config_table.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/text.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = CYT_SHOWN_SIZE + 8 };

const cyt_option cyt_contrast_keys[] = {
    {.key = "a", .kind = CYT_OPTION_NAME, .help = "First value of `condition`."},
    {.key = "b", .kind = CYT_OPTION_NAME, .help = "Second value of `condition`."},
    {.key = "paired",
     .kind = CYT_OPTION_FLAG,
     .start = "off",
     .choices = {"off", "on"},
     .help = "Compare each patient's a with its own b."},
    {.key = "groups",
     .kind = CYT_OPTION_NAMES,
     .help = "More than two values of `condition` instead of a and b."},
    {.key = "control",
     .kind = CYT_OPTION_NAME,
     .help = "Condition without treatment: with first, second and both, instead of a "
             "and b, the interaction of two treatments within each patient."},
    {.key = "first",
     .kind = CYT_OPTION_NAME,
     .help = "Condition of the first treatment alone."},
    {.key = "second",
     .kind = CYT_OPTION_NAME,
     .help = "Condition of the second treatment alone."},
    {.key = "both", .kind = CYT_OPTION_NAME, .help = "Condition of both treatments."},
    {.key = "adjust",
     .kind = CYT_OPTION_NAMES,
     .help = "Covariate columns of the samplesheet that the mixed model adjusts for."},
    {.key = "tests",
     .kind = CYT_OPTION_CHOICES,
     .choices = {"ranks", "t", "permutation", "mixed_model"},
     .help = "Tests of the contrast; ranks unless adjusted, then mixed_model."},
    {.key = "family",
     .kind = CYT_OPTION_CHOICE,
     .start = "contrast",
     .choices = {"contrast", "analysis"},
     .help = "Metrics over which q-values of a test are made: all, or those of one "
             "analysis."},
    {.key = "name",
     .kind = CYT_OPTION_NAME,
     .help = "Name in the results; \"a vs b\" when left out."},
    {0},
};

static const char *const arms[] = {"control", "first", "second", "both"};
enum { ARMS = 4 };

/* --- reading ---------------------------------------------------------------------- */

static void add_condition(cyt_config_reader *r, const cyt_node *item, const char *key,
                          cyt_contrast *c)
{
    const cyt_node *node = cyt_node_entry(item, key);
    char *name =
        node ? cyt_value_name(r, node, cyt_key_row(cyt_contrast_keys, key)) : NULL;
    if (name)
        cyt_names_add_once(r, &c->conditions, name);
    free(name);
}

static int has_any(const cyt_node *item, size_t n, const char *const *keys)
{
    for (size_t i = 0; i < n; i++)
        if (cyt_node_entry(item, keys[i]))
            return 1;
    return 0;
}

/* Complain of keys that say nothing to the design, and of those it lacks. */
static void check_design_keys(cyt_config_reader *r, const cyt_node *item, size_t n,
                              const char *const *needed, const char *what)
{
    static const char *const all[] = {"a",       "b",     "paired", "groups",
                                      "control", "first", "second", "both"};
    for (size_t i = 0; i < n; i++)
        if (!cyt_node_entry(item, needed[i]))
            CYT_COMPLAIN(r, item->place, "%s without '%s': %s", what, needed[i],
                         cyt_key_row(cyt_contrast_keys, needed[i])->help);
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        const cyt_node *node = cyt_node_entry(item, all[k]);
        int known = strcmp(all[k], "paired") == 0 && strcmp(needed[0], "a") == 0;
        for (size_t i = 0; i < n; i++)
            known = known || strcmp(needed[i], all[k]) == 0;
        if (node && !known)
            CYT_COMPLAIN(r, node->key_place, "'%s' beside '%s' has no meaning", all[k],
                         needed[0]);
    }
}

static void check_number(cyt_config_reader *r, const cyt_node *item, size_t wanted,
                         const cyt_contrast *c)
{
    if (c->conditions.n >= wanted)
        return;
    if (wanted == 2 && c->conditions.n == 1) {
        char shown[CYT_SHOWN_SIZE];
        const char *a = c->conditions.name[0];
        CYT_COMPLAIN(r, item->place, "a contrast of '%s' with itself",
                     cyt_text_shown(a, strlen(a), shown));
    } else if (c->conditions.n > 0) {
        CYT_COMPLAIN(r, item->place,
                     "a contrast of %zu conditions needs %zu different ones",
                     c->conditions.n, wanted);
    }
}

static void read_design(cyt_config_reader *r, const cyt_node *item, cyt_contrast *c)
{
    static const char *const pair[] = {"a", "b"}, *const groups[] = {"groups"};
    const cyt_node *paired = cyt_node_entry(item, "paired");
    const size_t n_before = r->complaints->n;
    int is_paired = 0;
    if (has_any(item, ARMS, arms)) {
        c->design = CYT_DESIGN_INTERACTION;
        check_design_keys(r, item, ARMS, arms, "interaction");
        for (size_t i = 0; i < ARMS; i++)
            add_condition(r, item, arms[i], c);
    } else if (has_any(item, 1, groups)) {
        c->design = CYT_DESIGN_SEVERAL;
        check_design_keys(r, item, 1, groups, "contrast");
        cyt_value_names(r, cyt_node_entry(item, "groups"),
                        cyt_key_row(cyt_contrast_keys, "groups"), &c->conditions);
    } else {
        check_design_keys(r, item, 2, pair, "contrast");
        add_condition(r, item, "a", c);
        add_condition(r, item, "b", c);
        if (paired)
            (void)cyt_value_choice(r, paired, cyt_key_row(cyt_contrast_keys, "paired"),
                                   &is_paired);
        c->design = is_paired ? CYT_DESIGN_PAIRED : CYT_DESIGN_TWO;
    }
    if (r->complaints->n == n_before)
        check_number(r, item,
                     c->design == CYT_DESIGN_INTERACTION ? ARMS
                     : c->design == CYT_DESIGN_SEVERAL   ? 3
                                                         : 2,
                     c);
}

static void read_tests(cyt_config_reader *r, const cyt_node *node, cyt_contrast *c)
{
    const int is_list = node->kind == CYT_NODE_LIST;
    int test;
    for (const cyt_node *item = is_list ? node->child : node; item;
         item = is_list ? item->next : NULL)
        if (cyt_value_choice(r, item, cyt_key_row(cyt_contrast_keys, "tests"), &test))
            c->tests |= 1u << test;
    if (is_list && node->n == 0)
        CYT_COMPLAIN(r, node->place, "tests is an empty list");
}

unsigned cyt_contrast_tests(const cyt_contrast *contrast)
{
    if (contrast->tests)
        return contrast->tests;
    return 1u << (contrast->adjust.n > 0 ? CYT_TEST_MIXED : CYT_TEST_RANKS);
}

int cyt_contrast_is_paired(const cyt_contrast *contrast)
{
    return contrast->design == CYT_DESIGN_PAIRED ||
           contrast->design == CYT_DESIGN_INTERACTION;
}

static void check_tests(cyt_config_reader *r, const cyt_node *item,
                        const cyt_contrast *c)
{
    const unsigned tests = cyt_contrast_tests(c);
    if (c->adjust.n > 0 && !(tests >> CYT_TEST_MIXED & 1))
        CYT_COMPLAIN(r, cyt_node_entry(item, "adjust")->key_place,
                     "adjust says nothing to tests other than mixed_model");
    if (c->design == CYT_DESIGN_SEVERAL && tests != 1u << CYT_TEST_RANKS)
        CYT_COMPLAIN(r, item->place,
                     "of more than two conditions there is the test of ranks alone");
}

static void read_name(cyt_config_reader *r, const cyt_node *item, cyt_contrast *c)
{
    const cyt_node *node = cyt_node_entry(item, "name");
    cyt_strbuf b = {0};
    if (node) {
        c->name = cyt_value_name(r, node, cyt_key_row(cyt_contrast_keys, "name"));
        return;
    }
    if (c->design == CYT_DESIGN_INTERACTION && c->conditions.n == ARMS)
        cyt_strbuf_add(&b, r->err, "interaction of %s and %s", c->conditions.name[1],
                       c->conditions.name[2]);
    else
        for (size_t i = 0; i < c->conditions.n; i++)
            cyt_strbuf_add(&b, r->err, "%s%s", i ? " vs " : "", c->conditions.name[i]);
    c->name = cyt_strbuf_take(&b, r->err);
}

static void check_name(cyt_config_reader *r, const cyt_node *item,
                       const cyt_config *config, const cyt_contrast *c)
{
    char shown[CYT_SHOWN_SIZE];
    for (size_t i = 0; c->name && &config->contrasts[i] < c; i++)
        if (config->contrasts[i].name &&
            strcmp(config->contrasts[i].name, c->name) == 0)
            CYT_COMPLAIN(r, item->place,
                         "the contrast '%s' a second time; name one of them",
                         cyt_text_shown(c->name, strlen(c->name), shown));
}

static void read_contrast(cyt_config_reader *r, const cyt_node *item,
                          cyt_config *config)
{
    char shown[SHOWN];
    cyt_contrast *c = &config->contrasts[config->n_contrasts++];
    if (item->kind != CYT_NODE_MAP) {
        CYT_COMPLAIN(r, item->place,
                     "a contrast must be a mapping {a: ..., b: ...}, not %s",
                     cyt_node_shown(item, shown, sizeof shown));
        return;
    }
    const cyt_node *adjust = cyt_node_entry(item, "adjust");
    const cyt_node *tests = cyt_node_entry(item, "tests");
    const cyt_node *family = cyt_node_entry(item, "family");
    const size_t n_before = r->complaints->n;
    cyt_check_keys(r, item, cyt_contrast_keys, NULL, " in a contrast");
    read_design(r, item, c);
    if (adjust)
        cyt_value_names(r, adjust, cyt_key_row(cyt_contrast_keys, "adjust"),
                        &c->adjust);
    if (tests)
        read_tests(r, tests, c);
    if (family)
        (void)cyt_value_choice(r, family, cyt_key_row(cyt_contrast_keys, "family"),
                               &c->family);
    c->place = cyt_place_text(r->complaints->file, item->place, r->err);
    if (r->complaints->n > n_before || r->err->code != CYT_OK)
        return;
    check_tests(r, item, c);
    read_name(r, item, c);
    check_name(r, item, config, c);
}

void cyt_read_contrasts(cyt_config_reader *r, const cyt_node *node, cyt_config *config)
{
    enum { MOST = 4096 };
    if (!cyt_value_is_list(r, node, "contrasts"))
        return;
    if (node->n > MOST) {
        CYT_COMPLAIN(r, node->place, "contrasts has more than %d entries", MOST);
        return;
    }
    config->contrasts =
        cyt_calloc(node->n, sizeof *config->contrasts, "contrasts", r->err);
    for (const cyt_node *item = config->contrasts ? node->child : NULL;
         item && r->err->code == CYT_OK; item = item->next)
        read_contrast(r, item, config);
}

/* --- text ------------------------------------------------------------------------- */

static void add_named(cyt_strbuf *b, const char *key, const char *name, cyt_error *err)
{
    cyt_strbuf_add(b, err, "%s: ", key);
    cyt_text_quoted(b, name, err);
}

static void add_names(cyt_strbuf *b, const char *key, const cyt_names *names,
                      cyt_error *err)
{
    cyt_strbuf_add(b, err, "%s: ", key);
    cyt_text_names(b, names, err);
}

static void add_design(cyt_strbuf *b, const cyt_contrast *c, cyt_error *err)
{
    static const char *const pair[] = {"a", "b"};
    const int four = c->design == CYT_DESIGN_INTERACTION;
    if (c->design == CYT_DESIGN_SEVERAL) {
        add_names(b, "groups", &c->conditions, err);
        return;
    }
    for (size_t i = 0; i < c->conditions.n; i++) {
        cyt_strbuf_add(b, err, i ? ", " : "");
        add_named(b, four ? arms[i] : pair[i], c->conditions.name[i], err);
    }
    if (c->design == CYT_DESIGN_PAIRED)
        cyt_strbuf_add(b, err, ", paired: on");
}

static void add_contrast(cyt_strbuf *b, const cyt_contrast *c, cyt_error *err)
{
    const cyt_option *tests = cyt_key_row(cyt_contrast_keys, "tests");
    cyt_strbuf_add(b, err, "    - {");
    add_design(b, c, err);
    if (c->adjust.n > 0) {
        cyt_strbuf_add(b, err, ", ");
        add_names(b, "adjust", &c->adjust, err);
    }
    if (c->tests) {
        const char *between = ", tests: [";
        for (int t = 0; t < CYT_TEST_KINDS; t++)
            if (c->tests >> t & 1) {
                cyt_strbuf_add(b, err, "%s%s", between, tests->choices[t]);
                between = ", ";
            }
        cyt_strbuf_add(b, err, "]");
    }
    if (c->family == CYT_FAMILY_ANALYSIS)
        cyt_strbuf_add(b, err, ", family: analysis");
    cyt_strbuf_add(b, err, ", ");
    add_named(b, "name", c->name, err);
    cyt_strbuf_add(b, err, "}\n");
}

void cyt_contrasts_text(cyt_strbuf *b, const cyt_config *config, cyt_error *err)
{
    cyt_strbuf_add(b, err, config->n_contrasts ? "\n" : "[]\n");
    for (size_t i = 0; i < config->n_contrasts; i++)
        add_contrast(b, &config->contrasts[i], err);
}

void cyt_contrasts_free(cyt_config *config)
{
    for (size_t i = 0; i < config->n_contrasts; i++) {
        cyt_contrast *c = &config->contrasts[i];
        free(c->name);
        cyt_names_free(&c->conditions);
        cyt_names_free(&c->adjust);
        free(c->place);
    }
    free(config->contrasts);
}
