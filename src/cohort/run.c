// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/cohort_run.h"

#include "cohort/estimate.h"
#include "cohort/folders.h"
#include "cohort/make_slides.h"
#include "cohort/outcome.h"
#include "cohort/resume.h"
#include "cohort/stage.h"
#include "cohort/wanted.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"

#include <math.h>
#include <string.h>

/* --- what is left out ------------------------------------------------------------- */

/* What a config would add that this one does not ask for, and the key that would. */
static void tell_left_out(MPI_Comm world, const cyt_run *run)
{
    const cyt_config *config = run->config;
    if (cyt_comm_rank(world) != 0)
        return;
    if (run->is_part)
        cyt_log_tell(&run->log, CYT_LOG_NOTE,
                     "left out: the cohort, because --only names some of the slides; "
                     "when all are done: cytotaxis cohort %s",
                     run->out);
    if (config->n_signals == 0)
        cyt_log_tell(&run->log, CYT_LOG_NOTE,
                     "left out: signals, because the config names none (signals)");
    if (config->compartments.from == CYT_COMPARTMENTS_NONE)
        cyt_log_tell(&run->log, CYT_LOG_NOTE,
                     "left out: compartments and the tumour's margin, because the "
                     "config does not say what divides the tissue (compartments.from)");
    if (!config->write_fields)
        cyt_log_tell(&run->log, CYT_LOG_NOTE,
                     "left out: all maps, because output.fields is none");
    else if (isnan(config->density_bandwidth_um))
        cyt_log_tell(&run->log, CYT_LOG_NOTE,
                     "left out: density maps, because the config has no bandwidth "
                     "(density.bandwidth_um)");
}

/* --- the run ---------------------------------------------------------------------- */

static cyt_code finish(MPI_Comm world, const cyt_run *run, cyt_outcomes *outcomes,
                       double started, char **found, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names digests = {0};
    const int first = cyt_comm_rank(world) == 0;
    CYT_TRY(cyt_agree(
        world, first ? cyt_folders_tell_failed(run, outcomes, err) : CYT_OK, err));
    cyt_fault_slide("cohort");
    if (!run->is_part) {
        const double began = MPI_Wtime();
        code = cyt_cohort_stage(world, run, outcomes, &digests, found, err);
        cyt_trace_span(run->trace, "stage", "cohort", began, MPI_Wtime(), NULL);
        CYT_TRY(code);
    }
    CYT_TRY(cyt_run_json(world, run, outcomes, &digests, MPI_Wtime() - started, err));
    if (first)
        cyt_resume_end(run);
    if (outcomes->n_failed > 0)
        code = CYT_FAIL(err, CYT_ERR_PARTIAL, NULL,
                        "%zu of %zu slides failed%s; why is above and in run.json",
                        outcomes->n_failed - outcomes->n_untried, run->sheet->n,
                        outcomes->n_untried ? ", some were not tried" : "");
done:
    cyt_names_free(&digests);
    return code;
}

/* What may be refused, before anything is written. */
static cyt_code prepare(const cyt_run *run, cyt_estimate *estimate, cyt_error *err)
{
    cyt_code code = CYT_OK;
    static const cyt_names none = {0};
    CYT_TRY(cyt_estimate_make(run->sheet, run->config,
                              run->measured ? run->measured : &none,
                              run->memory_per_rank, estimate, err));
    CYT_TRY(cyt_folders_prepare(run, err));
done:
    return code;
}

cyt_code cyt_cohort_run(MPI_Comm world, const cyt_run *run, char **found,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_outcomes outcomes = {0};
    cyt_resume resume = {0};
    cyt_names ligands = {0};
    cyt_estimate estimate = {0};
    size_t n_done = 0;
    const double started = MPI_Wtime();
    *found = NULL;
    const int first = cyt_comm_rank(world) == 0;
    CYT_TRY(cyt_agree(world, first ? prepare(run, &estimate, err) : CYT_OK, err));
    tell_left_out(world, run);
    CYT_TRY(cyt_agree(world, cyt_wanted_columns(run->config, &ligands, err), err));
    CYT_TRY(cyt_outcomes_init(world, run->sheet->n, &outcomes, err));
    CYT_TRY(cyt_resume_begin(world, run, &ligands, cyt_wanted_layer(run->config),
                             &resume, &outcomes, err));
    const cyt_make_job job = {run, &ligands, cyt_wanted_layer(run->config), &estimate,
                              &resume};
    code = cyt_make_slides(world, &job, &outcomes, err);
    n_done = outcomes.n - outcomes.n_failed - resume.n_kept;
    CYT_TRY(code);
    CYT_TRY(finish(world, run, &outcomes, started, found, err));
done:
    if (cyt_is_stop(code))
        code = cyt_resume_stopped(world, run, &resume, n_done, outcomes.n_steps, code,
                                  err);
    cyt_resume_free(&resume);
    cyt_names_free(&ligands);
    cyt_estimate_free(&estimate);
    cyt_outcomes_free(&outcomes);
    return code;
}
