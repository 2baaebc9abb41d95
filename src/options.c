// SPDX-License-Identifier: BSD-3-Clause
#include "options.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/names.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/suggest.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RUN = 1,
    CHECK = 2,
    SYNTH = 4,
    ANY = 8,
    INSPECT = 16
}; /* verbs an option belongs to */

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
    {'v', "verbose", NULL, RUN, "a line for each phase of a slide, no live line"},
    {'q', "quiet", NULL, RUN | CHECK | SYNTH,
     "say nothing but errors: no progress, no warnings, no findings"},
    {'h', "help", NULL, RUN | CHECK | SYNTH | INSPECT | ANY, "this text"},
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
     "config.yaml,\nslides/*, and truth.csv with what was planted."},
    {VERB_INSPECT, INSPECT, "inspect", "FILE|DIR ...",
     "Say what a file or folder is: format and version, cells, features, columns,\n"
     "types with their counts, unit, traps; and the samplesheet row that would read\n"
     "it, with ? where only you know. One rank does it all, and holds the ids,\n"
     "positions and types of the whole slide (about 170 bytes a cell); no matrix is\n"
     "loaded."},
};

enum { N_VERBS = sizeof verbs / sizeof *verbs };

static const verb_row *verb_named(const char *name)
{
    for (size_t i = 0; i < N_VERBS; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

/* --- what a slip may have meant --------------------------------------------------- */

static cyt_code unknown_verb(const char *word, cyt_error *err)
{
    cyt_names known = {0};
    cyt_strbuf list = {0};
    for (size_t i = 0; i < N_VERBS && err->code == CYT_OK; i++) {
        cyt_strbuf_add(&list, err, "%s%s", i ? ", " : "", verbs[i].name);
        (void)!cyt_names_add(&known, verbs[i].name, strlen(verbs[i].name), err);
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
        if (strlen(rows[i].name) == n && strncmp(rows[i].name, word + 2, n) == 0)
            return &rows[i];
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
        first = row->verbs & verbs[i].bit ? verbs[i].name : first;
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
        if (!(rows[i].verbs & bit))
            continue;
        (void)!cyt_names_add(&known, rows[i].name, strlen(rows[i].name), err);
        if (n > 0 && strncmp(rows[i].name, name, n) == 0)
            cyt_strbuf_add(list, err, "%s--%s", list->n ? " or " : "", rows[i].name);
    }
    const char *near = list->n ? NULL : cyt_nearest_name(name, &known);
    if (near)
        cyt_strbuf_add(list, err, "--%s", near);
    cyt_names_free(&known);
}

static cyt_code unknown_option(const char *word, const verb_row *v, cyt_error *err)
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

/* --- parsing ---------------------------------------------------------------------- */

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
    if (errno || *end || !isdigit((unsigned char)text[0]) || v < least)
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
    cyt_strbuf list = {0};
    for (size_t i = 0; choices[i]; i++)
        cyt_strbuf_add(&list, err, "%s%s", i ? ", " : "", choices[i]);
    const cyt_code code =
        CYT_FAIL(err, CYT_ERR_USAGE, NULL, "--%s cannot be \"%s\"; choices: %s", name,
                 text, list.text ? list.text : "");
    cyt_strbuf_free(&list);
    return code;
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

static int is_answerable(const options *opt)
{
    return opt->help || opt->help_config || opt->schema || opt->version;
}

static const char nothing_asked[] =
    "what is to be done? cytotaxis run SAMPLESHEET --out DIR; see cytotaxis --help";

static cyt_code check_complete(const options *opt, const verb_row *v, cyt_error *err)
{
    if (opt->help)
        return CYT_OK;
    if (opt->verb == VERB_INSPECT)
        return opt->n_paths > 0 ? CYT_OK
                                : CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                                           "%s needs a file or folder: cytotaxis %s %s",
                                           v->name, v->name, v->usage);
    if (opt->verb != VERB_SYNTH && !opt->samplesheet)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "%s needs a samplesheet: cytotaxis %s %s", v->name, v->name,
                        v->usage);
    if (opt->verb != VERB_CHECK && !opt->out)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "%s needs --out DIR: cytotaxis %s %s",
                        v->name, v->name, v->usage);
    return CYT_OK;
}

/* What is left after the options: a samplesheet, or the verb that help is wanted of. */
static cyt_code take_words(int argc, char **argv, const verb_row *v, options *opt,
                           cyt_error *err)
{
    int at = optind;
    if (v && v->verb == VERB_INSPECT) {
        opt->paths = argv + at;
        opt->n_paths = (size_t)(argc - at);
        at = argc;
    }
    if (v && v->verb != VERB_SYNTH && at < argc)
        opt->samplesheet = argv[at++];
    if (!v && opt->help && at < argc) {
        const verb_row *asked = verb_named(argv[at]);
        if (!asked)
            return unknown_verb(argv[at], err);
        opt->verb = asked->verb;
        at++;
    }
    if (at < argc && !opt->help)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "what is \"%s\"? See cytotaxis %s%s--help", argv[at],
                        v ? v->name : "", v ? " " : "");
    if (!v && !is_answerable(opt))
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL, nothing_asked);
    return v ? check_complete(opt, v, err) : CYT_OK;
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
        const char *word = argv[optind - 1];
        const char letter[] = {'-', (char)optopt, '\0'};
        if (key == ':' || (optarg && !*optarg))
            return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "%.*s needs a value",
                            *word ? (int)strcspn(word, "=") : 80,
                            *word ? word : argv[optind - 2]);
        if (key == '?') /* of a long option getopt says 0, or the key of its row */
            return unknown_option(
                optopt > 0 && optopt < 256 && strncmp(word, "--", 2) != 0 ? letter
                                                                          : word,
                v, err);
        const cyt_code code = apply(opt, key, optarg, err);
        if (code != CYT_OK)
            return code;
    }
    return take_words(argc, argv, v, opt, err);
}

cyt_code options_parse(int argc, char **argv, options *opt, cyt_error *err)
{
    *opt = (options){.seed = 1};
    if (argc < 2)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL, nothing_asked);
    if (strcmp(argv[1], "help") == 0) {
        opt->help = 1;
        return parse_verb(argc - 1, argv + 1, NULL, opt, err);
    }
    if (argv[1][0] == '-')
        return parse_verb(argc, argv, NULL, opt, err);
    const verb_row *v = verb_named(argv[1]);
    if (!v)
        return unknown_verb(argv[1], err);
    opt->verb = v->verb;
    return parse_verb(argc - 1, argv + 1, v, opt, err);
}

/* --- help ------------------------------------------------------------------------- */

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
        if (!(rows[i].verbs & bit))
            continue;
        char left[64];
        snprintf(left, sizeof left, "%c%c --%s %s", rows[i].key < 256 ? '-' : ' ',
                 rows[i].key < 256 ? rows[i].key : ' ', rows[i].name,
                 rows[i].argument ? rows[i].argument : "");
        cyt_strbuf_add(text, err, "  %-*s ", HELP_INDENT - 3, left);
        help_lines(text, rows[i].help, err);
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
            cyt_strbuf_add(&text, err, "  cytotaxis %-7s %s\n", verbs[i].name,
                           verbs[i].usage);
        cyt_strbuf_add(
            &text, err,
            "\nEach verb has its own --help. Under mpiexec or srun all run on "
            "many ranks.\n\n");
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
