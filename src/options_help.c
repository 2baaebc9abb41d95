// SPDX-License-Identifier: BSD-3-Clause
#include "options_table.h"

#include "cytotaxis/strbuf.h"

#include <stdio.h>
#include <string.h>

enum { HELP_INDENT = 33, HELP_WIDTH = 88 };

static void help_rows(cyt_strbuf *text, int bit, cyt_error *err)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        if (!(option_rows[i].verbs & bit))
            continue;
        char left[64];
        snprintf(
            left, sizeof left, "%c%c --%s %s", option_rows[i].key < 256 ? '-' : ' ',
            option_rows[i].key < 256 ? option_rows[i].key : ' ', option_rows[i].name,
            option_rows[i].argument ? option_rows[i].argument : "");
        cyt_strbuf_add(text, err, "  %-*s ", HELP_INDENT - 3, left);
        cyt_strbuf_lines(text, option_rows[i].help, HELP_INDENT, HELP_WIDTH, err);
    }
}

/* All in one paragraph. */
static void help_statuses(cyt_strbuf *text, cyt_error *err)
{
    cyt_strbuf line = {0};
    for (const status_row *row = status_rows; row->help; row++)
        cyt_strbuf_add(&line, err, "%s %s %s",
                       row == status_rows ? "Exit status:" : ";", row->status,
                       row->help);
    cyt_strbuf_add(text, err, "\n");
    if (line.text)
        cyt_strbuf_lines(text, line.text, 0, HELP_WIDTH, err);
    cyt_strbuf_free(&line);
}

char *options_help(verb which, cyt_error *err)
{
    cyt_strbuf text = {0};
    if (which == VERB_NONE) {
        cyt_strbuf_add(&text, err, "cytotaxis: %s\n\n", program_purpose);
        for (size_t i = 0; i < N_VERBS; i++)
            cyt_strbuf_add(&text, err, "  cytotaxis %-*s%s\n",
                           *verb_rows[i].usage ? 8 : 0, verb_rows[i].name,
                           verb_rows[i].usage);
        cyt_strbuf_add(&text, err, "\n%s\n\n", program_about);
        help_rows(&text, ANY, err);
    }
    for (size_t i = 0; i < N_VERBS; i++) {
        if (verb_rows[i].verb != which)
            continue;
        cyt_strbuf_add(&text, err, "cytotaxis %s%s%s\n\n", verb_rows[i].name,
                       *verb_rows[i].usage ? " " : "", verb_rows[i].usage);
        cyt_strbuf_lines(&text, verb_rows[i].help, 0, HELP_WIDTH, err);
        cyt_strbuf_add(&text, err, "\n");
        help_rows(&text, verb_rows[i].bit, err);
    }
    help_statuses(&text, err);
    return cyt_strbuf_take(&text, err);
}
