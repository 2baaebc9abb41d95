// SPDX-License-Identifier: BSD-3-Clause
/* cytotaxis: MPI up, verb, exit status. The only place that knows MPI_COMM_WORLD; what
 * is said, and where, is in voice.h. */
#include "inputs.h"
#include "options.h"
#include "signals.h"
#include "version.h"
#include "voice.h"

#include "cytotaxis/cohort_plan.h"
#include "cytotaxis/cohort_run.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/diff.h"
#include "cytotaxis/doctor.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/gsl_errors.h"
#include "cytotaxis/inspect.h"
#include "cytotaxis/log.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/presets.h"
#include "cytotaxis/queue.h"
#include "cytotaxis/render.h"
#include "cytotaxis/report.h"
#include "cytotaxis/store.h"
#include "cytotaxis/synth.h"
#include "cytotaxis/trace.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what the launcher gave ------------------------------------------------------- */

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

/* --- verbs ------------------------------------------------------------------------ */

static cyt_code do_check(MPI_Comm world, const options *opt, cyt_error *err)
{
    inputs in = {0};
    const cyt_code code = inputs_check(world, opt, &in, err);
    if (code == CYT_OK && cyt_comm_rank(world) == 0 && opt->verbosity >= 0)
        printf("%s: %zu sample%s, all is well\n", opt->samplesheet, in.sheet.n,
               in.sheet.n == 1 ? "" : "s");
    inputs_free(&in);
    return code;
}

/* After a cohort was made. Slides may have failed; that the report did is worse news.
 */
static cyt_code add_report(MPI_Comm world, const char *out, cyt_trace *trace,
                           cyt_code code, cyt_error *err)
{
    cyt_error why = {0};
    const double began = MPI_Wtime();
    if (code != CYT_OK && code != CYT_ERR_PARTIAL)
        return code;
    if (cyt_report(world, out, &why) != CYT_OK) {
        *err = why;
        code = why.code;
    }
    cyt_trace_span(trace, "stage", "report", began, MPI_Wtime(), NULL);
    return code;
}

/* Likewise; whatever became of the run, its trace is written. */
static cyt_code add_trace(MPI_Comm world, cyt_trace **trace, double began,
                          cyt_code code, cyt_error *err)
{
    cyt_error why = {0};
    cyt_trace_span(*trace, "run", "run", began, MPI_Wtime(), NULL);
    if (cyt_trace_close(world, trace, &why) == CYT_OK ||
        (code != CYT_OK && code != CYT_ERR_PARTIAL))
        return code;
    *err = why;
    return why.code;
}

static cyt_code split_measured(const options *opt, cyt_names *measured, cyt_error *err)
{
    return opt->measured ? inputs_split(opt->measured, measured, err) : CYT_OK;
}

static cyt_code do_run(MPI_Comm world, const options *opt, int argc, char **argv,
                       const cyt_log *log, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_stop stop = signals_listen(opt->time_limit_s);
    inputs in = {0};
    cyt_names measured = {0};
    char *found = NULL;
    cyt_trace *trace = NULL;
    double began = 0;
    char record[512] = "run.json"; /* jobs of one folder each have their own */
    CYT_TRY(cyt_trace_open(world, opt->trace, &trace, err));
    began = MPI_Wtime();
    CYT_TRY(inputs_check(world, opt, &in, err));
    CYT_TRY(cyt_agree(world, split_measured(opt, &measured, err), err));
    const int is_part = in.sheet.n < in.n_in_sheet;
    if (is_part)
        snprintf(record, sizeof record, "run.%.490s.json", in.sheet.samples[0].name);
    const cyt_run run = {.sheet = &in.sheet,
                         .config = &in.config,
                         .out = opt->out,
                         .record = record,
                         .is_part = is_part,
                         .n_groups = opt->groups,
                         .measured = &measured,
                         .memory_per_rank = opt->memory_per_rank,
                         .overwrite = opt->overwrite,
                         .resume = opt->resume,
                         .n_known = in.n_in_sheet,
                         .stop = stop,
                         .trace = trace,
                         .io = &opt->io,
                         .stop_on_error = opt->stop_on_error,
                         .log = *log,
                         .n_words = argc,
                         .words = argv};
    cyt_store_settings_attach(world, &opt->io);
    code = cyt_cohort_run(world, &run, &found, err);
    if (!is_part && !opt->no_report)
        code = add_report(world, opt->out, trace, code, err);
done:
    code = add_trace(world, &trace, began, code, err);
    if (found && opt->verbosity >= 0)
        voice_say(found);
    free(found);
    cyt_names_free(&measured);
    inputs_free(&in);
    return code;
}

static cyt_code do_cohort(MPI_Comm world, const options *opt, int argc, char **argv,
                          const cyt_log *log, cyt_error *err)
{
    char *found = NULL;
    const cyt_run run = {
        .out = opt->results, .log = *log, .n_words = argc, .words = argv};
    cyt_code code = cyt_cohort_again(world, &run, &found, err);
    if (!opt->no_report)
        code = add_report(world, opt->results, NULL, code, err);
    if (found && opt->verbosity >= 0)
        voice_say(found);
    free(found);
    return code;
}

static cyt_code plan_one(const options *opt, const inputs *in, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names measured = {0};
    char *text = NULL;
    CYT_TRY(inputs_split(opt->measured, &measured, err));
    const cyt_cohort_plan_params params = {.sheet = &in->sheet,
                                           .config = &in->config,
                                           .config_path = opt->config,
                                           .measured = &measured,
                                           .n_ranks = opt->ranks,
                                           .memory_per_rank = opt->memory_per_rank};
    CYT_TRY(cyt_cohort_plan(&params, &text, err));
    voice_say(text);
done:
    free(text);
    cyt_names_free(&measured);
    return code;
}

static cyt_code do_plan(MPI_Comm world, const options *opt, cyt_error *err)
{
    inputs in = {0};
    cyt_code code = inputs_check(world, opt, &in, err);
    if (code == CYT_OK)
        code = cyt_agree(
            world, cyt_comm_rank(world) == 0 ? plan_one(opt, &in, err) : CYT_OK, err);
    inputs_free(&in);
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
    const char *sheet = params.write_csv ? "samplesheet.csv" : "samplesheet_h5ad.csv";
    const cyt_code code = cyt_synth(world, &params, err);
    if (code == CYT_OK && cyt_comm_rank(world) == 0 && opt->verbosity >= 0)
        printf("%s: %zu slides of %llu cells; next: cytotaxis run %s/%s "
               "--config %s/config.yaml --out RESULTS\n",
               opt->out, params.n_slides, (unsigned long long)params.cells_per_slide,
               opt->out, sheet, opt->out);
    return code;
}

/* Each path for itself: what is wrong with one keeps the others from nothing. The last
 * failure is the one returned. */
static cyt_code inspect_all(const options *opt, cyt_error *err)
{
    cyt_code code = CYT_OK;
    size_t n_told = 0;
    for (size_t i = 0; i < opt->n_paths; i++) {
        cyt_error why = {0};
        char *text = NULL;
        const cyt_code found = cyt_inspect(opt->paths[i], &text, &why);
        if (found != CYT_OK && code != CYT_OK)
            voice_complain(err);
        if (found != CYT_OK) {
            *err = why;
            code = found;
        } else {
            voice_say(n_told++ ? "\n" : "");
            voice_say(text);
        }
        free(text);
    }
    return code;
}

static cyt_code do_inspect(MPI_Comm world, const options *opt, cyt_error *err)
{
    const int first = cyt_comm_rank(world) == 0;
    return cyt_agree(world, first ? inspect_all(opt, err) : CYT_OK, err);
}

/* Tasks of a step that do not know of each other are all of rank 0; one speaks. */
static int is_first_of_step(MPI_Comm world)
{
    const char *task = getenv("SLURM_PROCID");
    return cyt_comm_rank(world) == 0 &&
           (cyt_comm_size(world) > 1 || !task || strcmp(task, "0") == 0);
}

static cyt_code do_doctor(MPI_Comm world, const options *opt, cyt_error *err)
{
    const cyt_doctor_params params = {.folder = opt->folder ? opt->folder : ".",
                                      .n_tasks = tasks_in_step()};
    char *text = NULL;
    const cyt_code code = cyt_doctor(world, &params, &text, err);
    if (text && is_first_of_step(world))
        voice_say(text);
    free(text);
    return code;
}

static cyt_code render_one(const options *opt, cyt_error *err)
{
    char *text = NULL;
    if (opt->list) {
        const cyt_code code = cyt_render_list(opt->results, opt->slide, &text, err);
        return code == CYT_OK ? voice_print(text, err) : code;
    }
    const cyt_render_params params = {
        .out = opt->results,
        .slide = opt->slide,
        .field = opt->field,
        .png = opt->png,
        .width = opt->width ? opt->width : CYT_RENDER_USUAL,
        .has_range = opt->has_range,
        .range = {opt->range[0], opt->range[1]},
        .is_log = opt->log_scale,
        .cells = opt->dots,
        .arrows = opt->arrows,
    };
    const cyt_code code = cyt_render(&params, &text, err);
    if (code == CYT_OK && opt->verbosity >= 0)
        printf("%s\n", text);
    free(text);
    return code;
}

static cyt_code do_render(MPI_Comm world, const options *opt, cyt_error *err)
{
    const int first = cyt_comm_rank(world) == 0;
    return cyt_agree(world, first ? render_one(opt, err) : CYT_OK, err);
}

static cyt_code do_report(MPI_Comm world, const options *opt, cyt_error *err)
{
    const cyt_code code = cyt_report(world, opt->results, err);
    if (code == CYT_OK && cyt_comm_rank(world) == 0 && opt->verbosity >= 0)
        printf("%s/report.html\n", opt->results);
    return code;
}

static cyt_code do_diff(MPI_Comm world, const options *opt, cyt_error *err)
{
    char *text = NULL;
    cyt_code code = CYT_OK;
    if (cyt_comm_rank(world) == 0)
        code = cyt_diff(opt->paths[0], opt->paths[1], opt->tolerance, &text, err);
    if (text && opt->verbosity >= 0)
        voice_say(text);
    free(text);
    return cyt_agree(world, code, err);
}

/* --- the program ------------------------------------------------------------------ */

/* One of several ranks answers: the first, as the launcher counts. */
static int is_first_task(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK",
                                        "SLURM_PROCID"};
    const char *rank;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if ((rank = getenv(names[i])))
            return strcmp(rank, "0") == 0;
    return 1;
}

static cyt_code answer(const options *opt, cyt_error *err)
{
    if (opt->help)
        return voice_print(options_help(opt->verb, err), err);
    if (opt->help_config)
        return voice_print(cyt_config_help(err), err);
    if (opt->schema)
        return voice_print(cyt_config_schema(err), err);
    if (opt->man)
        return voice_print(options_man(err), err);
    if (opt->verb == VERB_PRESETS)
        return voice_print(cyt_presets_text(err), err);
    return voice_print(version_line(err), err);
}

/* The first rank knows where standard error ends, and all do as it does. */
static voice find_voice(MPI_Comm world, int verbosity)
{
    int live = verbosity == 0 && cyt_comm_rank(world) == 0 && voice_on_terminal();
    MPI_Bcast(&live, 1, MPI_INT, 0, world);
    return (voice){verbosity, live};
}

static cyt_code perform(MPI_Comm world, const options *opt, int argc, char **argv,
                        cyt_error *err)
{
    voice speaker = find_voice(world, opt->verbosity);
    const cyt_log log = {voice_hear, &speaker};
    if (opt->verb == VERB_DOCTOR) /* the guard is one of its checks */
        return do_doctor(world, opt, err);
    const cyt_code code = cyt_agree(world, guard_against_singletons(world, err), err);
    if (code != CYT_OK)
        return code;
    switch (opt->verb) {
    case VERB_RUN:
        return do_run(world, opt, argc, argv, &log, err);
    case VERB_CHECK:
        return do_check(world, opt, err);
    case VERB_COHORT:
        return do_cohort(world, opt, argc, argv, &log, err);
    case VERB_PLAN:
        return do_plan(world, opt, err);
    case VERB_SYNTH:
        return do_synth(world, opt, err);
    case VERB_INSPECT:
        return do_inspect(world, opt, err);
    case VERB_RENDER:
        return do_render(world, opt, err);
    case VERB_REPORT:
        return do_report(world, opt, err);
    case VERB_DIFF:
        return do_diff(world, opt, err);
    case VERB_PRESETS: /* answered before, as is the next */
    case VERB_DOCTOR:
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
    mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024); /* above what HDF5 asks per chunk */
#endif
}

/* Say what went wrong, if something did, and that all was said. */
static int last_word(cyt_code code, cyt_error *err)
{
    cyt_error unheard = {0};
    const cyt_code flushed = voice_flush(&unheard);
    if (code != CYT_OK)
        voice_complain(err);
    if (flushed != CYT_OK)
        voice_complain(&unheard);
    return cyt_exit_status(code != CYT_OK ? code : flushed);
}

static int run_verb(const options *opt, cyt_code code, int argc, char **argv,
                    cyt_error *err)
{
    signal(SIGPIPE, SIG_IGN); /* a reader that leaves must not end a long run */
    return_large_blocks();
    cyt_gsl_errors_return();
    cyt_store_environment();
    cyt_queue_environment();
    MPI_Init(&argc, &argv);
    const int first = cyt_comm_rank(MPI_COMM_WORLD) == 0;
    cyt_fault_from_environment(cyt_comm_rank(MPI_COMM_WORLD));
    if (code == CYT_OK)
        code = perform(MPI_COMM_WORLD, opt, argc, argv, err);
    const int status = first ? last_word(code, err) : cyt_exit_status(code);
    MPI_Finalize();
    return status;
}

int main(int argc, char **argv)
{
    cyt_error err = {0};
    options opt;
    voice_guard_streams();
    const cyt_code code = options_parse(argc, argv, &opt, &err);
    if (code != CYT_OK || !options_is_question(&opt))
        return run_verb(&opt, code, argc, argv, &err);
    return is_first_task() ? last_word(answer(&opt, &err), &err) : 0;
}
