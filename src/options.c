// SPDX-License-Identifier: BSD-3-Clause
#include "options.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUN = 1, CHECK = 2, SYNTH = 4, ANY = 8 }; /* verbs an option belongs to */

typedef struct option_row {
    int key; /* what getopt returns; a letter where there is a short form */
    const char *name;
    const char *argument; /* NULL: none */
    int verbs;
    const char *help;
} option_row;

enum {
    KEY_CONFIG = 256,
    KEY_SET,
    KEY_ONLY,
    KEY_GROUPS,
    KEY_OVERWRITE,
    KEY_ON_ERROR,
    KEY_SLIDES,
    KEY_PATIENTS,
    KEY_CELLS,
    KEY_SEED,
    KEY_FORMAT,
    KEY_HELP_CONFIG,
    KEY_SCHEMA,
    KEY_VERSION,
};

static const option_row rows[] = {
    {'o', "out", "DIR", RUN | SYNTH,
     "folder for what is written; must be new or empty"},
    {'c', "config", "FILE", RUN | CHECK, "YAML or JSON; see --help-config"},
    {KEY_SET, "set", "SECTION.KEY=VALUE", RUN | CHECK, "override one config value"},
    {KEY_ONLY, "only", "SLIDE,...", RUN | CHECK, "only these samples of the sheet"},
    {KEY_GROUPS, "groups", "N", RUN,
     "cut the ranks into N groups, each taking a slide at a time (default: as many as "
     "there are slides, at most one per rank)"},
    {KEY_ON_ERROR, "on-error", "skip|stop", RUN,
     "after a failed slide go on with the others (default), or stop"},
    {KEY_OVERWRITE, "overwrite", NULL, RUN, "write into a folder that is not empty"},
    {KEY_SLIDES, "slides", "N", SYNTH, "slides to make (default 16)"},
    {KEY_PATIENTS, "patients", "N", SYNTH, "patients they belong to (default 8)"},
    {KEY_CELLS, "cells", "N", SYNTH, "cells per slide (default 5000)"},
    {KEY_SEED, "seed", "S", SYNTH, "seed of everything drawn (default 1)"},
    {KEY_FORMAT, "format", "csv|h5ad|both", SYNTH, "files to write (default both)"},
    {'v', "verbose", NULL, RUN | SYNTH, "say more"},
    {'q', "quiet", NULL, RUN | SYNTH, "say nothing but errors"},
    {'h', "help", NULL, RUN | CHECK | SYNTH | ANY, "this text"},
    {KEY_HELP_CONFIG, "help-config", NULL, ANY, "all keys of the config file"},
    {KEY_SCHEMA, "schema", NULL, ANY, "the config file's JSON Schema"},
    {KEY_VERSION, "version", NULL, ANY, "version and libraries, in one line"},
};

enum { N_ROWS = sizeof rows / sizeof *rows };

typedef struct verb_row {
    verb verb;
    int bit;
    const char *name, *usage, *help;
} verb_row;

static const verb_row verbs[] = {
    {VERB_RUN, RUN, "run", "SAMPLESHEET --out DIR [options]",
     "Read every slide of the samplesheet, compute, and write DIR/cohort.h5ad,\n"
     "DIR/slides/*.h5ad, DIR/slides/*.fields.h5 and DIR/run.json. Runs alone or under\n"
     "mpiexec or srun, with the same bytes in every .h5ad and .h5."},
    {VERB_CHECK, CHECK, "check", "SAMPLESHEET [options]",
     "Read the samplesheet, the config and the head of every file, and list "
     "everything\n"
     "that is wrong. Computes and writes nothing."},
    {VERB_SYNTH, SYNTH, "synth", "--out DIR [options]",
     "Make a cohort with known truth in real file formats: samplesheet.csv, "
     "config.yaml,\n"
     "slides/*, and truth.csv with what was planted."},
};

enum { N_VERBS = sizeof verbs / sizeof *verbs };

static const verb_row *verb_named(const char *name)
{
    for (size_t i = 0; i < N_VERBS; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

/* getopt's view of the rows that belong to a verb. */
static void fill_getopt(int bit, char *letters, struct option *longs)
{
    size_t n = 0;
    *letters++ = ':';
    for (size_t i = 0; i < N_ROWS; i++) {
        if (!(rows[i].verbs & bit))
            continue;
        const int takes = rows[i].argument ? required_argument : no_argument;
        longs[n++] = (struct option){rows[i].name, takes, NULL, rows[i].key};
        if (rows[i].key < 256) {
            *letters++ = (char)rows[i].key;
            if (takes == required_argument)
                *letters++ = ':';
        }
    }
    *letters = '\0';
    longs[n] = (struct option){0};
}

static cyt_code read_number(const char *name, const char *text, uint64_t least,
                            uint64_t *value, cyt_error *err)
{
    char *end;
    errno = 0;
    const unsigned long long v = strtoull(text, &end, 10);
    if (errno || end == text || *end || text[0] == '-' || v < least)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "--%s takes a whole number of at least %llu, not \"%s\"", name,
                        (unsigned long long)least, text);
    *value = v;
    return CYT_OK;
}

static cyt_code read_choice(const char *name, const char *text,
                            const char *const *choices, size_t *which, cyt_error *err)
{
    for (*which = 0; choices[*which]; ++*which)
        if (strcmp(choices[*which], text) == 0)
            return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "--%s cannot be \"%s\"; see --help", name,
                    text);
}

static cyt_code add_set(options *opt, const char *text, cyt_error *err)
{
    if (opt->n_sets == MOST_SETS)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "more than %d --set options; put them into a config file",
                        MOST_SETS);
    opt->sets[opt->n_sets++] = text;
    return CYT_OK;
}

static cyt_code apply_synth(options *opt, int key, const char *value, cyt_error *err)
{
    static const char *const formats[] = {"csv", "h5ad", "both", NULL};
    uint64_t n = 0;
    size_t which;
    cyt_code code = CYT_OK;
    switch (key) {
    case KEY_SLIDES:
        code = read_number("slides", value, 1, &n, err);
        opt->slides = (size_t)n;
        return code;
    case KEY_PATIENTS:
        code = read_number("patients", value, 1, &n, err);
        opt->patients = (size_t)n;
        return code;
    case KEY_CELLS:
        return read_number("cells", value, 1, &opt->cells, err);
    case KEY_SEED:
        return read_number("seed", value, 0, &opt->seed, err);
    default: /* KEY_FORMAT */
        opt->format = value;
        return read_choice("format", value, formats, &which, err);
    }
}

static cyt_code apply_run(options *opt, int key, const char *value, cyt_error *err)
{
    static const char *const on_error[] = {"skip", "stop", NULL};
    uint64_t n = 0;
    size_t which = 0;
    cyt_code code = CYT_OK;
    switch (key) {
    case 'c':
        opt->config = value;
        return CYT_OK;
    case KEY_SET:
        return add_set(opt, value, err);
    case KEY_ONLY:
        opt->only = value;
        return CYT_OK;
    case KEY_GROUPS:
        code = read_number("groups", value, 1, &n, err);
        opt->groups = (size_t)n;
        return code;
    case KEY_ON_ERROR:
        code = read_choice("on-error", value, on_error, &which, err);
        opt->stop_on_error = which == 1;
        return code;
    default: /* KEY_OVERWRITE */
        opt->overwrite = 1;
        return CYT_OK;
    }
}

static cyt_code apply(options *opt, int key, const char *value, cyt_error *err)
{
    switch (key) {
    case 'o':
        opt->out = value;
        return CYT_OK;
    case 'v':
        opt->verbosity = 1;
        return CYT_OK;
    case 'q':
        opt->verbosity = -1;
        return CYT_OK;
    case 'h':
        opt->help = 1;
        return CYT_OK;
    case KEY_HELP_CONFIG:
        opt->help_config = 1;
        return CYT_OK;
    case KEY_SCHEMA:
        opt->schema = 1;
        return CYT_OK;
    case KEY_VERSION:
        opt->version = 1;
        return CYT_OK;
    default:
        return key >= KEY_SLIDES ? apply_synth(opt, key, value, err)
                                 : apply_run(opt, key, value, err);
    }
}

static cyt_code check_complete(const options *opt, const verb_row *v, cyt_error *err)
{
    if (opt->help)
        return CYT_OK;
    if (opt->verb != VERB_SYNTH && !opt->samplesheet)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "%s needs a samplesheet: cytotaxis %s %s", v->name, v->name,
                        v->usage);
    if (opt->verb != VERB_CHECK && !opt->out)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "%s needs --out DIR", v->name);
    return CYT_OK;
}

static cyt_code parse_verb(int argc, char **argv, const verb_row *v, options *opt,
                           cyt_error *err)
{
    char letters[2 * N_ROWS + 2];
    struct option longs[N_ROWS + 1];
    fill_getopt(v ? v->bit : ANY, letters, longs);
    opterr = 0;
    optind = 1;
    for (int key; (key = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
        if (key == ':')
            return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "%s needs a value",
                            argv[optind - 1]);
        if (key == '?')
            return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                            "there is no option \"%s\"; see cytotaxis %s%s--help",
                            argv[optind - 1], v ? v->name : "", v ? " " : "");
        const cyt_code code = apply(opt, key, optarg, err);
        if (code != CYT_OK)
            return code;
    }
    if (v && v->verb != VERB_SYNTH && optind < argc)
        opt->samplesheet = argv[optind++];
    if (optind < argc)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "what is \"%s\"? see cytotaxis --help", argv[optind]);
    return v ? check_complete(opt, v, err) : CYT_OK;
}

cyt_code options_parse(int argc, char **argv, options *opt, cyt_error *err)
{
    *opt = (options){.seed = 1};
    if (argc < 2)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "what to do? see cytotaxis --help");
    if (argv[1][0] == '-')
        return parse_verb(argc, argv, NULL, opt, err);
    const verb_row *v = verb_named(argv[1]);
    if (!v)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "there is no verb \"%s\"; see cytotaxis --help", argv[1]);
    opt->verb = v->verb;
    return parse_verb(argc - 1, argv + 1, v, opt, err);
}

static void help_rows(cyt_strbuf *text, int bit, cyt_error *err)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        if (!(rows[i].verbs & bit))
            continue;
        char left[64];
        snprintf(left, sizeof left, "%c%c --%s %s", rows[i].key < 256 ? '-' : ' ',
                 rows[i].key < 256 ? rows[i].key : ' ', rows[i].name,
                 rows[i].argument ? rows[i].argument : "");
        cyt_strbuf_add(text, err, "  %-30s %s\n", left, rows[i].help);
    }
}

static const char exit_text[] =
    "\nExit status: 0 done; 1 some slides failed; 64 usage; 65 bad data; 66 input "
    "missing;\n"
    "69 environment unusable; 70 internal; 71 out of memory; 73 cannot create output;\n"
    "74 input or output failed; 78 samplesheet or config wrong.\n";

char *options_help(verb which, cyt_error *err)
{
    cyt_strbuf text = {0};
    if (which == VERB_NONE) {
        cyt_strbuf_add(
            &text, err,
            "cytotaxis: which signals hold which cells where, for cohorts of "
            "slides\n\n");
        for (size_t i = 0; i < N_VERBS; i++)
            cyt_strbuf_add(&text, err, "  cytotaxis %-6s %s\n", verbs[i].name,
                           verbs[i].usage);
        cyt_strbuf_add(&text, err, "\n");
        help_rows(&text, ANY, err);
    }
    for (size_t i = 0; i < N_VERBS; i++) {
        if (verbs[i].verb != which)
            continue;
        cyt_strbuf_add(&text, err, "cytotaxis %s %s\n\n%s\n\n", verbs[i].name,
                       verbs[i].usage, verbs[i].help);
        help_rows(&text, verbs[i].bit, err);
    }
    cyt_strbuf_add(&text, err, "%s", exit_text);
    return cyt_strbuf_take(&text, err);
}
