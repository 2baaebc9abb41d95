// SPDX-License-Identifier: BSD-3-Clause
/* cytotaxis: MPI up, verb, exit status. The only place that prints and that knows
 * MPI_COMM_WORLD. Errors go to standard error in one line each, from rank 0; what was
 * asked for (help, version, findings) goes to standard output. */
#include "options.h"
#include "version.h"

#include "cytotaxis/cohort_run.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/config.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/log.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/problems.h"
#include "cytotaxis/reader.h"
#include "cytotaxis/samplesheet.h"
#include "cytotaxis/store.h"
#include "cytotaxis/synth.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- lines for people
 * ------------------------------------------------------------------ */

typedef struct listener {
    int verbosity;
    int terminal; /* standard error is one: a live line is possible */
} listener;

static void hear(void *context, cyt_log_level level, const char *line)
{
    const listener *l = context;
    const int live = l->terminal && l->verbosity == 0;
    if (l->verbosity < 0 || (level == CYT_LOG_DETAIL && l->verbosity < 1))
        return;
    if (level == CYT_LOG_PROGRESS) {
        if (live)
            fprintf(stderr, "\r\033[K%s", line);
        return;
    }
    if (level == CYT_LOG_PHASE && live)
        return; /* the live line stands for it */
    fprintf(stderr, "%s%s%s\n", live ? "\r\033[K" : "",
            level == CYT_LOG_WARNING ? "cytotaxis: warning: " : "cytotaxis: ", line);
}

static void complain(const cyt_error *err)
{
    fprintf(stderr, "cytotaxis: %s%s%s\n", err->subject, err->subject[0] ? ": " : "",
            err->text);
}

static void list_problems(const cyt_problems *problems)
{
    for (size_t i = 0; i < problems->n; i++)
        fprintf(stderr, "cytotaxis: %s\n", problems->item[i].text);
}

/* Print an allocated text and release it. */
static cyt_code print_text(char *text, const cyt_error *err)
{
    if (!text)
        return err->code;
    fputs(text, stdout);
    free(text);
    return CYT_OK;
}

/* --- what the launcher gave
 * ------------------------------------------------------------ */

static long tasks_in_step(void)
{
    static const char *const names[] = {"SLURM_STEP_NUM_TASKS", "OMPI_COMM_WORLD_SIZE"};
    long most = 1;
    for (size_t i = 0; i < 2; i++) {
        const char *text = getenv(names[i]);
        const long n = text ? strtol(text, NULL, 10) : 1;
        most = n > most ? n : most;
    }
    return most;
}

/* N programs that each believe to be alone would write the same files. */
static cyt_code guard_against_singletons(MPI_Comm world, cyt_error *err)
{
    const long tasks = tasks_in_step();
    if (tasks <= 1 || cyt_comm_size(world) > 1)
        return CYT_OK;
    return CYT_FAIL(
        err, CYT_ERR_ENVIRONMENT, NULL,
        "the launcher started %ld tasks, but each sees only itself: MPI was "
        "not connected; start with srun --mpi=pmix, or with the mpiexec of "
        "the Open MPI this program is linked with",
        tasks);
}

/* --- verbs
 * ----------------------------------------------------------------------------- */

static cyt_code format_names(cyt_names *names, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (const cyt_reader *r = cyt_readers; r->name; r++)
        CYT_TRY(cyt_names_add(names, r->name, strlen(r->name), err));
done:
    return code;
}

static int is_listed(const char *list, const char *name)
{
    const size_t n = strlen(name);
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == '\0'))
            return 1;
    }
    return 0;
}

/* Keep the samples named by --only; each name must be one of the sheet's. */
static cyt_code keep_only(const char *list, cyt_samplesheet *sheet,
                          cyt_problems *problems, cyt_error *err)
{
    size_t kept = 0;
    for (size_t s = 0; s < sheet->n; s++) {
        const cyt_sample sample = sheet->samples[s];
        if (!is_listed(list, sample.name))
            continue;
        sheet->samples[s] = sheet->samples[kept];
        sheet->samples[kept++] = sample;
    }
    size_t asked = 1;
    for (const char *c = list; *c; c++)
        asked += *c == ',';
    sheet->n = kept; /* the others stay behind in the array */
    if (kept == asked)
        return CYT_OK;
    return cyt_problems_add(problems, err, CYT_ERR_CONFIG,
                            "--only %s: %zu of these %zu samples are in %s", list, kept,
                            asked, sheet->path);
}

/* What run and check have in common: read both texts, look at every file's head. */
typedef struct inputs {
    cyt_samplesheet sheet;
    size_t n_in_sheet; /* before --only */
    cyt_config config;
} inputs;

static cyt_code read_inputs(const options *opt, int look_at_files, inputs *in,
                            cyt_problems *problems, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names formats = {0};
    cyt_config_init(&in->config);
    CYT_TRY(format_names(&formats, err));
    CYT_TRY(cyt_names_add(&formats, "", 0, err)); /* room for the closing NULL */
    free(formats.name[--formats.n]);
    formats.name[formats.n] = NULL;
    CYT_TRY(cyt_config_read(opt->config, opt->n_sets, opt->sets, &in->config, problems,
                            err));
    CYT_TRY(cyt_samplesheet_read(opt->samplesheet, (const char *const *)formats.name,
                                 &in->sheet, problems, err));
    in->n_in_sheet = in->sheet.n;
    if (opt->only)
        CYT_TRY(keep_only(opt->only, &in->sheet, problems, err));
    if (look_at_files && cyt_problems_code(problems) != CYT_ERR_CONFIG)
        CYT_TRY(cyt_run_check(&in->sheet, &in->config, problems, err));
done:
    cyt_names_free(&formats);
    return code;
}

static void free_inputs(inputs *in)
{
    in->sheet.n = in->n_in_sheet;
    cyt_samplesheet_free(&in->sheet);
    cyt_config_free(&in->config);
}

/* Every rank reads the two small texts; rank 0 also opens the files and lists what is
 * wrong. Problems become one error for all. */
static cyt_code check_inputs(MPI_Comm world, const options *opt, inputs *in,
                             cyt_error *err)
{
    cyt_problems problems = {0};
    const int first = cyt_comm_rank(world) == 0;
    cyt_code code = read_inputs(opt, first, in, &problems, err);
    if (first)
        list_problems(&problems);
    if (code == CYT_OK && problems.n > 0)
        code = CYT_FAIL(err, cyt_problems_code(&problems), NULL,
                        "%zu problem%s; nothing was run", problems.n,
                        problems.n == 1 ? "" : "s");
    code = cyt_agree(world, code, err);
    cyt_problems_free(&problems);
    return code;
}

static cyt_code do_check(MPI_Comm world, const options *opt, cyt_error *err)
{
    inputs in = {0};
    const cyt_code code = check_inputs(world, opt, &in, err);
    if (code == CYT_OK && cyt_comm_rank(world) == 0)
        printf("%s: %zu samples, all is well\n", opt->samplesheet, in.sheet.n);
    free_inputs(&in);
    return code;
}

static cyt_code do_run(MPI_Comm world, const options *opt, int argc, char **argv,
                       const cyt_log *log, cyt_error *err)
{
    cyt_code code = CYT_OK;
    inputs in = {0};
    char *found = NULL;
    CYT_TRY(check_inputs(world, opt, &in, err));
    const cyt_run run = {.sheet = &in.sheet,
                         .config = &in.config,
                         .out = opt->out,
                         .n_groups = opt->groups,
                         .overwrite = opt->overwrite,
                         .stop_on_error = opt->stop_on_error,
                         .log = *log,
                         .n_words = argc,
                         .words = argv};
    CYT_TRY(cyt_cohort_run(world, &run, &found, err));
done:
    if (found && opt->verbosity >= 0)
        fputs(found, stdout);
    free(found);
    free_inputs(&in);
    return code;
}

static cyt_code do_synth(MPI_Comm world, const options *opt, cyt_error *err)
{
    cyt_synth_params params;
    cyt_synth_init(&params);
    params.out = opt->out;
    params.seed = opt->seed;
    params.n_slides = opt->slides ? opt->slides : params.n_slides;
    if (opt->patients || params.n_patients > params.n_slides)
        params.n_patients = opt->patients ? opt->patients : params.n_slides;
    params.cells_per_slide = opt->cells ? opt->cells : params.cells_per_slide;
    params.write_csv = !opt->format || strcmp(opt->format, "h5ad") != 0;
    params.write_h5ad = !opt->format || strcmp(opt->format, "csv") != 0;
    const cyt_code code = cyt_synth(world, &params, err);
    if (code == CYT_OK && cyt_comm_rank(world) == 0 && opt->verbosity >= 0)
        printf("%s: %zu slides of %llu cells; next: cytotaxis run %s/samplesheet.csv "
               "--config %s/config.yaml --out RESULTS\n",
               opt->out, params.n_slides, (unsigned long long)params.cells_per_slide,
               opt->out, opt->out);
    return code;
}

/* --- the program
 * ----------------------------------------------------------------------- */

/* Questions about the program itself need no MPI. */
static int is_question(const options *opt)
{
    return opt->help || opt->help_config || opt->schema || opt->version;
}

static cyt_code answer(const options *opt, cyt_error *err)
{
    if (opt->help)
        return print_text(options_help(opt->verb, err), err);
    if (opt->help_config)
        return print_text(cyt_config_help(err), err);
    if (opt->schema)
        return print_text(cyt_config_schema(err), err);
    return print_text(version_line(err), err);
}

static cyt_code perform(MPI_Comm world, const options *opt, int argc, char **argv,
                        cyt_error *err)
{
    listener ear = {opt->verbosity, isatty(STDERR_FILENO)};
    const cyt_log log = {hear, &ear};
    const cyt_code code = cyt_agree(world, guard_against_singletons(world, err), err);
    if (code != CYT_OK)
        return code;
    switch (opt->verb) {
    case VERB_RUN:
        return do_run(world, opt, argc, argv, &log, err);
    case VERB_CHECK:
        return do_check(world, opt, err);
    case VERB_SYNTH:
        return do_synth(world, opt, err);
    case VERB_NONE:
        break;
    }
    return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "what to do? see cytotaxis --help");
}

/* Rasters come and go one by one. By default glibc would soon take them from its heap,
 * where they leave holes: a run then needs twice the memory that it uses. */
static void return_large_blocks(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
#endif
}

int main(int argc, char **argv)
{
    cyt_error err = {0};
    options opt;
    cyt_code code = options_parse(argc, argv, &opt, &err);
    if (code == CYT_OK && is_question(&opt)) {
        code = answer(&opt, &err);
        return cyt_exit_status(code);
    }

    return_large_blocks();
    cyt_store_environment();
    MPI_Init(&argc, &argv);
    cyt_fault_from_environment(cyt_comm_rank(MPI_COMM_WORLD));
    if (code == CYT_OK)
        code = perform(MPI_COMM_WORLD, &opt, argc, argv, &err);
    if (code != CYT_OK && cyt_comm_rank(MPI_COMM_WORLD) == 0)
        complain(&err);
    MPI_Finalize();
    return cyt_exit_status(code);
}
