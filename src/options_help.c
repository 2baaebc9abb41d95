// SPDX-License-Identifier: BSD-3-Clause
#include "options_table.h"

#include "cytotaxis/strbuf.h"

#include <stdio.h>
#include <string.h>

enum { HELP_INDENT = 33, HELP_WIDTH = 88 };

/* The text in lines of at most HELP_WIDTH columns, each after HELP_INDENT spaces but
 * the first, which follows what stands there already. */
static void help_lines(cyt_strbuf *text, const char *help, cyt_error *err)
{
    enum { ROOM = HELP_WIDTH - HELP_INDENT };
    while (strlen(help) > ROOM) {
        int n = ROOM;
        while (n > 0 && help[n] != ' ')
            n--;
        n = n ? n : ROOM;
        cyt_strbuf_add(text, err, "%.*s\n%*s", n, help, HELP_INDENT, "");
        help += n + (help[n] == ' ');
    }
    cyt_strbuf_add(text, err, "%s\n", help);
}

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
        help_lines(text, option_rows[i].help, err);
    }
}

static const char exit_text[] =
    "\nExit status: 0 done; 1 some slides failed, or results differ; 64 usage; 65 bad "
    "data;\n"
    "66 input missing; 69 environment unusable; 70 internal; 71 out of memory; 73 "
    "cannot\n"
    "create output; 74 input or output failed; 75 stopped at --time-limit, run again "
    "with\n"
    "--resume; 76 stopped again and no slide was finished in between; 78 samplesheet "
    "or\n"
    "config wrong; 138, 143 stopped by signal USR1, TERM, run again with --resume.\n";

char *options_help(verb which, cyt_error *err)
{
    cyt_strbuf text = {0};
    if (which == VERB_NONE) {
        cyt_strbuf_add(
            &text, err,
            "cytotaxis: which signals hold which cells where, for cohorts of "
            "slides\n\n");
        for (size_t i = 0; i < N_VERBS; i++)
            cyt_strbuf_add(&text, err, "  cytotaxis %-*s%s\n",
                           *verb_rows[i].usage ? 8 : 0, verb_rows[i].name,
                           verb_rows[i].usage);
        cyt_strbuf_add(
            &text, err,
            "\nEach verb has its own --help. Under mpiexec or srun all run on "
            "many ranks.\n\n");
        help_rows(&text, ANY, err);
    }
    for (size_t i = 0; i < N_VERBS; i++) {
        if (verb_rows[i].verb != which)
            continue;
        cyt_strbuf_add(&text, err, "cytotaxis %s%s%s\n\n%s\n\n", verb_rows[i].name,
                       *verb_rows[i].usage ? " " : "", verb_rows[i].usage,
                       verb_rows[i].help);
        help_rows(&text, verb_rows[i].bit, err);
    }
    cyt_strbuf_add(&text, err, "%s", exit_text);
    return cyt_strbuf_take(&text, err);
}
