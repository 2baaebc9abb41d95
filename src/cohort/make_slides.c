// SPDX-License-Identifier: BSD-3-Clause
/* The slides of a run: what the plan gives to each group of ranks, one after the other,
 * until none is left; then all know what became of each. */
#include "cohort/make_slides.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/number.h"
#include "cytotaxis/queue.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what is told ----------------------------------------------------------------- */

static const char *rate_text(double per_s, char text[32])
{
    if (per_s < 1e4)
        snprintf(text, 32, "%.0f cells/s", per_s);
    else if (per_s < 1e6)
        snprintf(text, 32, "%.0f thousand cells/s", per_s / 1e3);
    else
        snprintf(text, 32, "%.1f million cells/s", per_s / 1e6);
    return text;
}

/* The time to go supposes that the slides left are like those done; as the dearest come
 * first, it is rather too long. Told in whole seconds: it is no measurement. */
static void tell_progress(const cyt_run *run, size_t n_slides, cyt_progress p,
                          double wall_s)
{
    const double left = (double)(n_slides - p.slides_done);
    char rate[32], to_go[32];
    if (p.slides_done == 0)
        cyt_log_tell(&run->log, CYT_LOG_PROGRESS, "0 of %zu slides", n_slides);
    else
        cyt_log_tell(
            &run->log, CYT_LOG_PROGRESS, "%llu of %zu slides, %s, %s to go",
            (unsigned long long)p.slides_done, n_slides,
            rate_text((double)p.cells_done / wall_s, rate),
            cyt_time_text(round(wall_s / (double)p.slides_done * left), to_go));
}

/* A text about the slide's input names the file itself; the subject is the slide. */
static void tell_failure(const cyt_run *run, const char *slide, const cyt_error *why)
{
    const int other = why->subject[0] && strcmp(why->subject, slide) != 0;
    cyt_log_tell(&run->log, CYT_LOG_ERROR, "%s: %s%s%s", slide,
                 other ? why->subject : "", other ? ": " : "", why->text);
}

/* What a group leader says of a slide. */
static void tell_slide(const cyt_run *run, const char *name, cyt_code code,
                       const cyt_error *why, const cyt_slide_report *report,
                       uint64_t n_done, double wall_s)
{
    for (size_t i = 0; i < report->warnings.n; i++)
        cyt_log_tell(&run->log, CYT_LOG_WARNING, "%s: %s", name,
                     report->warnings.name[i]);
    if (report->n_steps_taken > 0)
        cyt_log_tell(
            &run->log, CYT_LOG_NOTE, "%s: %zu of %zu long steps were done before", name,
            report->n_steps_taken, report->n_steps_taken + report->n_steps_made);
    if (code != CYT_OK)
        tell_failure(run, name, why);
    else
        cyt_log_tell(&run->log, CYT_LOG_SLIDE,
                     "%s: %llu cells, %zu types, %zu x %zu pixels, %.2f s "
                     "(%llu of %zu slides)",
                     name, (unsigned long long)report->n_cells, report->n_types,
                     report->n_cols, report->n_rows, wall_s, (unsigned long long)n_done,
                     run->sheet->n);
}

/* --- slides one after the other --------------------------------------------------- */

/* Slides that are not finished yet, and who makes them. */
typedef struct todo {
    size_t n;
    size_t *slide; /* [n] */
    cyt_plan plan; /* of their places in the list; on rank 0 */
} todo;

static cyt_slide_job slide_job(const cyt_make_job *job, size_t s,
                               const cyt_queue *queue, const cyt_origin *origin,
                               const cyt_log *log)
{
    cyt_stop stop = job->run->stop;
    stop.serves = queue->needs_help;
    return (cyt_slide_job){.sample = &job->run->sheet->samples[s],
                           .config = job->run->config,
                           .ligands = job->ligands,
                           .layer = job->layer,
                           .out = job->run->out,
                           .log = log,
                           .origin = origin,
                           .stop = stop,
                           .trace = job->run->trace,
                           .io = job->run->io};
}

/* One slide, by this rank's group.
 * @return CYT_OK, or the CYT_STOP code that ended it */
static cyt_code make_one(const cyt_make_job *job, size_t n_todo, size_t s, double began,
                         cyt_queue *queue, cyt_outcomes *outcomes)
{
    static const cyt_log deaf = {0};
    const cyt_run *run = job->run;
    cyt_error err = {0};
    cyt_slide_report report = {0};
    const int leads = cyt_comm_rank(queue->group) == 0;
    const cyt_origin origin = cyt_resume_origin(job->resume, s);
    const cyt_slide_job slide =
        slide_job(job, s, queue, &origin, leads ? &run->log : &deaf);
    const double start = MPI_Wtime();
    const cyt_code code = cyt_slide_process(queue->group, &slide, &report, &err);
    const int stopped = cyt_is_stop(code);
    if (leads && (stopped || (code != CYT_OK && run->stop_on_error)))
        cyt_queue_drain(queue);
    outcomes->n_steps += leads ? report.n_steps_put : 0;
    if (leads && !stopped) {
        const double now = MPI_Wtime();
        cyt_outcome_set(outcomes, s, code, &err, &report, cyt_comm_size(queue->group),
                        now - start);
        const cyt_progress p = cyt_queue_done(queue, report.n_cells);
        tell_slide(run, slide.sample->name, code, &err, &report,
                   p.slides_done + job->resume->n_kept, now - start);
        tell_progress(run, n_todo, p, now - began);
    }
    cyt_slide_report_free(&report);
    return stopped ? code : CYT_OK;
}

/* @return CYT_OK, or the CYT_STOP code that ended the work of this group */
static cyt_code make_all(MPI_Comm world, const cyt_make_job *job, const todo *list,
                         cyt_queue *queue, cyt_outcomes *outcomes)
{
    const double began = MPI_Wtime();
    cyt_code stopped = CYT_OK;
    if (cyt_comm_rank(world) == 0)
        tell_progress(job->run, list->n, (cyt_progress){0}, 0);
    for (size_t t; (t = cyt_queue_next(queue)) != CYT_QUEUE_END;) {
        const cyt_code code =
            make_one(job, list->n, list->slide[t], began, queue, outcomes);
        stopped = code != CYT_OK ? code : stopped;
    }
    return stopped;
}

/* --- who makes which -------------------------------------------------------------- */

static cyt_code list_todo(const cyt_make_job *job, todo *list, cyt_error *err)
{
    const size_t n = job->run->sheet->n;
    list->slide = cyt_alloc(n, sizeof *list->slide, "slides to do", err);
    for (size_t s = 0; list->slide && s < n; s++)
        if (!job->resume->kept[s])
            list->slide[list->n++] = s;
    return err->code;
}

/* What the plan foresees, where costs are times. */
static cyt_code tell_plan(const cyt_make_job *job, const cyt_plan *plan, cyt_error *err)
{
    char time[32];
    cyt_strbuf groups = {0};
    if (job->estimate->n_measured == 0 || plan->n_tasks == 0)
        return CYT_OK;
    cyt_estimate_tell_groups(plan, &groups, err);
    if (err->code == CYT_OK)
        cyt_log_tell(&job->run->log, CYT_LOG_NOTE,
                     "planned: %s for %zu slides on %zu ranks, efficiency %.0f%%, "
                     "groups of ranks: %s",
                     cyt_time_text(plan->makespan_s, time), plan->n_tasks,
                     plan->n_ranks, 100 * cyt_plan_efficiency(plan), groups.text);
    cyt_strbuf_free(&groups);
    return err->code;
}

/* On rank 0. */
static cyt_code make_plan(const cyt_make_job *job, size_t n_ranks, todo *list,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_groups = job->run->n_groups;
    cyt_plan_task *tasks = cyt_calloc(list->n, sizeof *tasks, "a plan", err);
    CYT_TRY(err->code);
    for (size_t t = 0; t < list->n; t++)
        tasks[t] = job->estimate->tasks[list->slide[t]];
    if (n_groups > 0)
        CYT_TRY(cyt_plan_equal(list->n, tasks, n_ranks,
                               n_groups < n_ranks ? n_groups : n_ranks, &list->plan,
                               err));
    else
        CYT_TRY(cyt_plan_make(list->n, tasks, n_ranks, &list->plan, err));
    CYT_TRY(tell_plan(job, &list->plan, err));
done:
    free(tasks);
    return code;
}

cyt_code cyt_make_slides(MPI_Comm world, const cyt_make_job *job,
                         cyt_outcomes *outcomes, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_run *run = job->run;
    const int first = cyt_comm_rank(world) == 0;
    const size_t n_ranks = (size_t)cyt_comm_size(world);
    cyt_queue queue = CYT_QUEUE_CLOSED;
    todo list = {0};
    CYT_TRY(cyt_agree(world, list_todo(job, &list, err), err));
    CYT_TRY(
        cyt_agree(world, first ? make_plan(job, n_ranks, &list, err) : CYT_OK, err));
    CYT_TRY(cyt_queue_open(world, &list.plan, &queue, err));
    const cyt_code stopped = make_all(world, job, &list, &queue, outcomes);
    CYT_TRY(cyt_outcomes_share(world, outcomes, err));
    outcomes->queue_wait_s = cyt_max_f64(world, queue.waited_s);
    if (first)
        cyt_log_tell(&run->log, CYT_LOG_PROGRESS, "%s", "");
    CYT_TRY(cyt_stop_tell((cyt_code)cyt_max_u64(world, stopped), err));
    CYT_TRY(cyt_stop_check(world, &run->stop, err));
done:
    cyt_queue_close(&queue);
    cyt_plan_free(&list.plan);
    free(list.slide);
    return code;
}
