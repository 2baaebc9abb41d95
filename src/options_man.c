// SPDX-License-Identifier: BSD-3-Clause
/* The manual page, out of the rows that drive parsing and --help, so that neither can
 * know an option the other does not. The macros are those of man(7), which every
 * formatter of manual pages reads. */
#include "options_table.h"

#include "cytotaxis/config.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/versions.h"

#include <stdlib.h>
#include <string.h>

/* One character as roff would print it: a backslash, a minus that can be copied, and a
 * dot or quote that begins no request. */
static void add_char(cyt_strbuf *page, char c, int starts_line, cyt_error *err)
{
    if (c == '\\')
        cyt_strbuf_add(page, err, "\\e");
    else if (c == '-')
        cyt_strbuf_add(page, err, "\\-");
    else if (starts_line && (c == '.' || c == '\''))
        cyt_strbuf_add(page, err, "\\&%c", c);
    else
        cyt_strbuf_add(page, err, "%c", c);
}

static void add_words(cyt_strbuf *page, const char *text, cyt_error *err)
{
    for (const char *c = text; *c; c++)
        add_char(page, *c, c == text || c[-1] == '\n', err);
}

/* A line of one macro whose only argument is the text. */
static void add_line(cyt_strbuf *page, const char *macro, const char *text,
                     cyt_error *err)
{
    cyt_strbuf_add(page, err, ".%s \"", macro);
    for (const char *c = text; *c; c++)
        if (*c == '"')
            cyt_strbuf_add(page, err, "\\(dq");
        else
            add_char(page, *c, 0, err);
    cyt_strbuf_add(page, err, "\"\n");
}

static void add_paragraph(cyt_strbuf *page, const char *text, cyt_error *err)
{
    add_words(page, text, err);
    cyt_strbuf_add(page, err, "\n");
}

/* Text whose lines stay as they are. */
static void add_as_is(cyt_strbuf *page, const char *text, cyt_error *err)
{
    cyt_strbuf_add(page, err, ".nf\n");
    add_words(page, text, err);
    cyt_strbuf_add(page, err, "%s.fi\n", *text ? "" : "\n");
}

static void add_option(cyt_strbuf *page, const option_row *row, cyt_error *err)
{
    cyt_strbuf_add(page, err, ".TP\n");
    if (row->key < 256)
        cyt_strbuf_add(page, err, "\\fB\\-%c\\fR, ", row->key);
    cyt_strbuf_add(page, err, "\\fB\\-\\-");
    add_words(page, row->name, err);
    cyt_strbuf_add(page, err, "\\fR");
    if (row->argument) {
        cyt_strbuf_add(page, err, " \\fI");
        add_words(page, row->argument, err);
        cyt_strbuf_add(page, err, "\\fR");
    }
    cyt_strbuf_add(page, err, "\n");
    add_paragraph(page, row->help, err);
}

static void add_options(cyt_strbuf *page, int bit, cyt_error *err)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (option_rows[i].verbs & bit)
            add_option(page, &option_rows[i], err);
}

static void add_usage(cyt_strbuf *page, const verb_row *v, cyt_error *err)
{
    cyt_strbuf_add(page, err, "\\fBcytotaxis %s\\fR%s", v->name, *v->usage ? " " : "");
    add_paragraph(page, v->usage, err);
}

static void add_synopsis(cyt_strbuf *page, cyt_error *err)
{
    add_line(page, "SH", "SYNOPSIS", err);
    for (size_t i = 0; i < N_VERBS; i++) {
        cyt_strbuf_add(page, err, "%s", i ? ".br\n" : "");
        add_usage(page, &verb_rows[i], err);
    }
}

static void add_verbs(cyt_strbuf *page, cyt_error *err)
{
    add_line(page, "SH", "VERBS", err);
    for (size_t i = 0; i < N_VERBS; i++) {
        add_line(page, "SS", verb_rows[i].name, err);
        add_usage(page, &verb_rows[i], err);
        cyt_strbuf_add(page, err, ".PP\n");
        add_paragraph(page, verb_rows[i].help, err);
        add_options(page, verb_rows[i].bit, err);
    }
    add_line(page, "SH", "OPTIONS WITHOUT A VERB", err);
    add_options(page, ANY, err);
}

static void add_statuses(cyt_strbuf *page, cyt_error *err)
{
    add_line(page, "SH", "EXIT STATUS", err);
    for (const status_row *row = status_rows; row->help; row++) {
        cyt_strbuf_add(page, err, ".TP\n%s\n", row->status);
        add_paragraph(page, row->help, err);
    }
}

static void add_config(cyt_strbuf *page, cyt_error *err)
{
    char *keys = cyt_config_help(err);
    add_line(page, "SH", "CONFIGURATION", err);
    add_paragraph(page,
                  "Keys of the file given with --config, YAML or JSON, and of --set "
                  "SECTION.KEY=VALUE. What has no default and is not given leaves its "
                  "part of the results out.",
                  err);
    cyt_strbuf_add(page, err, ".PP\n");
    if (keys)
        add_as_is(page, keys, err);
    free(keys);
}

char *options_man(cyt_error *err)
{
    cyt_strbuf page = {0};
    cyt_strbuf_add(&page, err, ".\\\" made by cytotaxis \\-\\-man\n");
    cyt_strbuf_add(&page, err, ".TH CYTOTAXIS 1 \"%s\" \"cytotaxis %s\" ",
                   cyt_program_date(), cyt_program_version());
    cyt_strbuf_add(&page, err, "\"User Commands\"\n");
    add_line(&page, "SH", "NAME", err);
    cyt_strbuf_add(&page, err, "cytotaxis \\- %s\n", program_purpose);
    add_synopsis(&page, err);
    add_line(&page, "SH", "DESCRIPTION", err);
    add_paragraph(&page, program_about, err);
    add_verbs(&page, err);
    add_config(&page, err);
    add_statuses(&page, err);
    add_line(&page, "SH", "SEE ALSO", err);
    cyt_strbuf_add(&page, err,
                   "\\fBmpiexec\\fR(1), \\fBsrun\\fR(1), \\fBh5dump\\fR(1)\n");
    return cyt_strbuf_take(&page, err);
}
