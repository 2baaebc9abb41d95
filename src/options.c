// SPDX-License-Identifier: BSD-3-Clause
#include "options.h"

#include "options_slip.h"
#include "options_table.h"
#include "options_value.h"

#include "cytotaxis/names.h"
#include "cytotaxis/number.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const verb_row *verb_named(const char *name)
{
    for (size_t i = 0; i < N_VERBS; i++)
        if (strcmp(verb_rows[i].name, name) == 0)
            return &verb_rows[i];
    return NULL;
}

/* --- parsing ---------------------------------------------------------------------- */

/* getopt's view of the rows that belong to a verb. */
static void fill_getopt(int bit, char *letters, struct option *longs)
{
    size_t n = 0;
    *letters++ = ':';
    for (size_t i = 0; i < N_ROWS; i++) {
        if (!(option_rows[i].verbs & bit))
            continue;
        const int takes = option_rows[i].argument ? required_argument : no_argument;
        longs[n++] =
            (struct option){option_rows[i].name, takes, NULL, option_rows[i].key};
        if (option_rows[i].key < 256) {
            *letters++ = (char)option_rows[i].key;
            if (takes == required_argument)
                *letters++ = ':';
        }
    }
    *letters = '\0';
    longs[n] = (struct option){0};
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

static cyt_code add_hint(cyt_store_settings *io, const char *text, cyt_error *err)
{
    if (io->n_hints == CYT_MOST_HINTS)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "more than %d --io-hint options",
                        CYT_MOST_HINTS);
    io->hints[io->n_hints++] = text;
    return cyt_store_hint_check(text, err);
}

static cyt_code apply_synth(options *opt, int key, const char *value, cyt_error *err)
{
    static const char *const formats[] = {"csv", "h5ad", "both", NULL};
    uint64_t n = 0;
    size_t which;
    cyt_code code = CYT_OK;
    switch (key) {
    case KEY_SLIDES:
        code = options_number("slides", value, 1, &n, err);
        opt->slides = (size_t)n;
        return code;
    case KEY_PATIENTS:
        code = options_number("patients", value, 1, &n, err);
        opt->patients = (size_t)n;
        return code;
    case KEY_CELLS:
        return options_number("cells", value, 1, &opt->cells, err);
    case KEY_SEED:
        return options_number("seed", value, 0, &opt->seed, err);
    default: /* KEY_FORMAT */
        opt->format = value;
        return options_choice("format", value, formats, &which, err);
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
        code = options_number("groups", value, 1, &n, err);
        opt->groups = (size_t)n;
        return code;
    case KEY_ON_ERROR:
        code = options_choice("on-error", value, on_error, &which, err);
        opt->stop_on_error = which == 1;
        return code;
    case KEY_NO_REPORT:
        opt->no_report = 1;
        return CYT_OK;
    case KEY_TRACE:
        opt->trace = value;
        return CYT_OK;
    case KEY_VERIFY:
        opt->io.verify = 1;
        return CYT_OK;
    case KEY_IO_HINT:
        return add_hint(&opt->io, value, err);
    case KEY_RESUME:
        opt->resume = 1;
        return CYT_OK;
    case KEY_TIME_LIMIT:
        return options_duration("time-limit", value, &opt->time_limit_s, err);
    default: /* KEY_OVERWRITE */
        opt->overwrite = 1;
        return CYT_OK;
    }
}

static cyt_code read_tolerance(options *opt, const char *text, cyt_error *err)
{
    const int kind = cyt_parse_f64(text, strlen(text), &opt->tolerance);
    return kind == CYT_NUMBER_FINITE && opt->tolerance >= 0
               ? CYT_OK
               : CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                          "--tolerance takes a number of at least 0, not \"%s\"", text);
}

static cyt_code read_end(const char *text, double *end, cyt_error *err)
{
    return cyt_parse_f64(text, strlen(text), end) == CYT_NUMBER_FINITE
               ? CYT_OK
               : CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                          "--range takes two numbers, LO HI, not \"%s\"", text);
}

/* --range LO HI: the only option of two words; getopt has handed over the first. */
static cyt_code read_range(options *opt, int argc, char **argv, const char *first,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(read_end(first, &opt->range[0], err));
    if (optind >= argc)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "--range takes two numbers, LO HI, not only \"%s\"", first);
    CYT_TRY(read_end(argv[optind++], &opt->range[1], err));
    opt->has_range = 1;
done:
    return code;
}

static cyt_code apply_render(options *opt, int key, const char *value, cyt_error *err)
{
    uint64_t n = 0;
    cyt_code code = CYT_OK;
    switch (key) {
    case KEY_SLIDE:
        opt->slide = value;
        return CYT_OK;
    case KEY_FIELD:
        opt->field = value;
        return CYT_OK;
    case KEY_PNG:
        opt->png = value;
        return CYT_OK;
    case KEY_DOTS:
        opt->dots = value;
        return CYT_OK;
    case KEY_LIST:
        opt->list = 1;
        return CYT_OK;
    case KEY_LOG:
        opt->log_scale = 1;
        return CYT_OK;
    case KEY_ARROWS:
        opt->arrows = 1;
        return CYT_OK;
    default: /* KEY_WIDTH */
        code = options_number("width", value, 1, &n, err);
        opt->width = (size_t)n;
        return code;
    }
}

static cyt_code apply_plan(options *opt, int key, const char *value, cyt_error *err)
{
    uint64_t n = 0;
    cyt_code code = CYT_OK;
    switch (key) {
    case KEY_RANKS:
        code = options_number("ranks", value, 1, &n, err);
        opt->ranks = (size_t)n;
        return code;
    case KEY_MEASURED:
        opt->measured = value;
        return CYT_OK;
    default: /* KEY_MEMORY */
        return options_bytes("memory-per-rank", value, &opt->memory_per_rank, err);
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
    case KEY_TOLERANCE:
        return read_tolerance(opt, value, err);
    case KEY_HELP_CONFIG:
        opt->help_config = 1;
        return CYT_OK;
    case KEY_SCHEMA:
        opt->schema = 1;
        return CYT_OK;
    case KEY_VERSION:
        opt->version = 1;
        return CYT_OK;
    case KEY_MAN:
        opt->man = 1;
        return CYT_OK;
    default:
        if (key >= KEY_PLAN_FIRST && key <= KEY_PLAN_LAST)
            return apply_plan(opt, key, value, err);
        if (key >= KEY_RENDER_FIRST && key <= KEY_RENDER_LAST)
            return apply_render(opt, key, value, err);
        return key >= KEY_SLIDES ? apply_synth(opt, key, value, err)
                                 : apply_run(opt, key, value, err);
    }
}

int options_is_question(const options *opt)
{
    return opt->help || opt->help_config || opt->schema || opt->version || opt->man ||
           opt->verb == VERB_PRESETS;
}

static const char nothing_asked[] =
    "what is to be done? cytotaxis run SAMPLESHEET --out DIR; see cytotaxis --help";

/* What the verb cannot do without; NULL where all is there. */
static const char *missing_of(const options *opt)
{
    switch (opt->verb) {
    case VERB_RUN:
        return !opt->samplesheet ? "a samplesheet" : !opt->out ? "--out DIR" : NULL;
    case VERB_CHECK:
        return !opt->samplesheet ? "a samplesheet" : NULL;
    case VERB_PLAN:
        return !opt->samplesheet ? "a samplesheet"
               : !opt->ranks     ? "--ranks N"
               : !opt->measured  ? "--measured RUN.JSON"
                                 : NULL;
    case VERB_SYNTH:
        return !opt->out ? "--out DIR" : NULL;
    case VERB_INSPECT:
        return !opt->n_paths ? "a file or folder" : NULL;
    case VERB_DIFF:
        return opt->n_paths != 2 ? "two folders" : NULL;
    case VERB_COHORT:
    case VERB_REPORT:
        return !opt->results ? "the folder OUT of a run" : NULL;
    case VERB_RENDER:
        return !opt->results               ? "the folder OUT of a run"
               : !opt->slide               ? "--slide S"
               : !opt->field && !opt->list ? "--field F, or --list"
                                           : NULL;
    case VERB_PRESETS:
    case VERB_DOCTOR:
    case VERB_NONE:
        break;
    }
    return NULL;
}

static cyt_code check_run(const options *opt, cyt_error *err)
{
    if (opt->resume && opt->overwrite)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "--resume keeps what --overwrite removes; say one of them");
    if (opt->groups > 0 && opt->memory_per_rank > 0)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "--memory-per-rank decides how wide groups are, and so does "
                        "--groups; say one of them");
    if (opt->memory_per_rank > 0 && !opt->measured)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "--memory-per-rank needs --measured RUN.JSON, from which cells "
                        "and pixels of slides are known");
    return CYT_OK;
}

static cyt_code check_complete(const options *opt, const verb_row *v, cyt_error *err)
{
    if (opt->help)
        return CYT_OK;
    if (opt->verb == VERB_RUN && check_run(opt, err) != CYT_OK)
        return err->code;
    const char *missing = missing_of(opt);
    return missing ? CYT_FAIL(err, CYT_ERR_USAGE, NULL, "%s needs %s: cytotaxis %s %s",
                              v->name, missing, v->name, v->usage)
                   : CYT_OK;
}

/* What is left after the options: a samplesheet, or the verb that help is wanted of. */
static cyt_code take_words(int argc, char **argv, const verb_row *v, options *opt,
                           cyt_error *err)
{
    int at = optind;
    if (v && (v->bit & (INSPECT | DIFF))) {
        opt->paths = argv + at;
        opt->n_paths = (size_t)(argc - at);
        at = argc;
    }
    if (v && (v->bit & (RENDER | REPORT | COHORT)) && at < argc)
        opt->results = argv[at++];
    else if (v && v->verb == VERB_DOCTOR && at < argc)
        opt->folder = argv[at++];
    else if (v && (v->bit & (RUN | CHECK | PLAN)) && at < argc)
        opt->samplesheet = argv[at++];
    if (!v && opt->help && at < argc) {
        const verb_row *asked = verb_named(argv[at]);
        if (!asked)
            return options_unknown_verb(argv[at], err);
        opt->verb = asked->verb;
        at++;
    }
    if (at < argc && !opt->help)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "what is \"%s\"? See cytotaxis %s%s--help", argv[at],
                        v ? v->name : "", v ? " " : "");
    if (!v && !options_is_question(opt))
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL, nothing_asked);
    return v ? check_complete(opt, v, err) : CYT_OK;
}

/* What getopt did not take: a letter that is no option, maybe in the midst of others,
 * or the word before optind. Of a long option optopt is 0, or the key of its row. */
static cyt_code complain_of(const char *word, const verb_row *v, cyt_error *err)
{
    const char letter[] = {'-', (char)optopt, '\0'};
    int known = optopt == 0 || optopt >= 256;
    for (size_t i = 0; i < N_ROWS; i++)
        known |=
            option_rows[i].verbs & (v ? v->bit : ANY) && option_rows[i].key == optopt;
    return options_unknown(known ? word : letter, v, err);
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
        if (key == ':' || (optarg && !*optarg))
            return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "%.*s needs a value",
                            *word ? (int)strcspn(word, "=") : 80,
                            *word ? word : argv[optind - 2]);
        if (key == '?')
            return complain_of(word, v, err);
        const cyt_code code = key == KEY_RANGE
                                  ? read_range(opt, argc, argv, optarg, err)
                                  : apply(opt, key, optarg, err);
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
        return options_unknown_verb(argv[1], err);
    opt->verb = v->verb;
    return parse_verb(argc - 1, argv + 1, v, opt, err);
}
