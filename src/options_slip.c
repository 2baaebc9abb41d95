// SPDX-License-Identifier: BSD-3-Clause
/* What a slip on the command line may have meant. */
#include "options_slip.h"

#include "cytotaxis/names.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/suggest.h"

#include <stdio.h>
#include <string.h>

cyt_code options_unknown_verb(const char *word, cyt_error *err)
{
    cyt_names known = {0};
    cyt_strbuf list = {0};
    for (size_t i = 0; i < N_VERBS && err->code == CYT_OK; i++) {
        cyt_strbuf_add(&list, err, "%s%s", i ? ", " : "", verb_rows[i].name);
        (void)!cyt_names_add(&known, verb_rows[i].name, strlen(verb_rows[i].name), err);
    }
    const char *near = cyt_nearest_name(word, &known);
    const cyt_code code =
        near ? CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "there is no verb \"%s\"; did you mean \"%s\"? See cytotaxis "
                        "--help",
                        word, near)
             : CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "there is no verb \"%s\"; verbs: %s. See cytotaxis --help",
                        word, list.text ? list.text : "");
    cyt_names_free(&known);
    cyt_strbuf_free(&list);
    return code;
}

/* "--opt=value" or "--opt" as the row of that very name; NULL for any other. */
static const option_row *row_named(const char *word)
{
    const size_t n = strcspn(word + 2, "=");
    for (size_t i = 0; i < N_ROWS; i++)
        if (strlen(option_rows[i].name) == n &&
            strncmp(option_rows[i].name, word + 2, n) == 0)
            return &option_rows[i];
    return NULL;
}

/* An option that exists, but not for this verb. */
static cyt_code misplaced(const option_row *row, const verb_row *v, cyt_error *err)
{
    if (row->verbs == ANY)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "--%s stands alone: cytotaxis --%s",
                        row->name, row->name);
    const char *first = "";
    for (size_t i = N_VERBS; i-- > 0;)
        first = row->verbs & verb_rows[i].bit ? verb_rows[i].name : first;
    if (!v)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "--%s comes after a verb: cytotaxis %s ... --%s", row->name,
                        first, row->name);
    return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                    "--%s is an option of %s, not of %s; see cytotaxis %s --help",
                    row->name, first, v->name, v->name);
}

/* The names of the verb's options that start with the word, or resemble it. */
static void list_similar(const char *word, int bit, cyt_strbuf *list, cyt_error *err)
{
    const size_t n = strcspn(word, "=");
    char name[64];
    snprintf(name, sizeof name, "%.*s", n < sizeof name ? (int)n : 0, word);
    cyt_names known = {0};
    for (size_t i = 0; i < N_ROWS && err->code == CYT_OK; i++) {
        if (!(option_rows[i].verbs & bit))
            continue;
        (void)!cyt_names_add(&known, option_rows[i].name, strlen(option_rows[i].name),
                             err);
        if (n > 0 && strncmp(option_rows[i].name, name, n) == 0)
            cyt_strbuf_add(list, err, "%s--%s", list->n ? " or " : "",
                           option_rows[i].name);
    }
    const char *near = list->n ? NULL : cyt_nearest_name(name, &known);
    if (near)
        cyt_strbuf_add(list, err, "--%s", near);
    cyt_names_free(&known);
}

cyt_code options_unknown(const char *word, const verb_row *v, cyt_error *err)
{
    cyt_strbuf similar = {0};
    const int is_long = strncmp(word, "--", 2) == 0;
    const option_row *row = is_long ? row_named(word) : NULL;
    const int bit = v ? v->bit : ANY;
    if (row && row->verbs & bit)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "--%s takes no value", row->name);
    if (row)
        return misplaced(row, v, err);
    if (is_long)
        list_similar(word + 2, bit, &similar, err);
    cyt_code code =
        CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                 "there is no option \"%s\"%s%s%s See cytotaxis %s%s--help", word,
                 similar.n ? "; did you mean " : "", similar.n ? similar.text : "",
                 similar.n ? "?" : ".", v ? v->name : "", v ? " " : "");
    cyt_strbuf_free(&similar);
    return code;
}
