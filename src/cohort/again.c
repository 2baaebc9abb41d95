// SPDX-License-Identifier: BSD-3-Clause
/* The cohort stage alone, from what a run, or many, left in a folder. */
#include "cohort/folders.h"
#include "cohort/stage.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Every rank reads the two texts; what is wrong with them becomes one error. */
static cyt_code read_inputs(const char *out, cyt_samplesheet *sheet, cyt_config *config,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    char sheet_path[CYT_INPUT_PATH], config_path[CYT_INPUT_PATH];
    cyt_problems problems = {0};
    cyt_config_init(config);
    cyt_folders_sheet(out, sheet_path);
    cyt_folders_config(out, config_path);
    if (access(sheet_path, R_OK) != 0 || access(config_path, R_OK) != 0)
        return CYT_FAIL(err, CYT_ERR_NO_INPUT, NULL,
                        "%s has no inputs/samplesheet.csv and inputs/config.yaml; name "
                        "the folder that cytotaxis run wrote to with --out",
                        out);
    CYT_TRY(cyt_config_read(config_path, 0, NULL, config, &problems, err));
    CYT_TRY(cyt_samplesheet_read(sheet_path, NULL, sheet, &problems, err));
    if (problems.n > 0)
        code = CYT_FAIL(err, CYT_ERR_DATA, NULL, "%s", problems.item[0].text);
done:
    cyt_problems_free(&problems);
    return code;
}

/* By the files that are there, as the first rank sees them. */
static cyt_code find_outcomes(MPI_Comm world, const cyt_run *run, cyt_outcomes *o,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_outcomes_init(world, run->sheet->n, o, err));
    for (size_t s = 0; cyt_comm_rank(world) == 0 && s < o->n; s++)
        cyt_folders_status(run->out, run->sheet->samples[s].name, &o->status[s]);
    MPI_Bcast(o->status, (int)(o->n * sizeof *o->status), MPI_BYTE, 0, world);
    for (size_t s = 0; s < o->n; s++)
        o->n_failed += o->status[s].code != CYT_OK;
done:
    return code;
}

static cyt_code do_stage(MPI_Comm world, const cyt_run *run, char **found,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    const double started = MPI_Wtime();
    cyt_outcomes outcomes = {0};
    cyt_names digests = {0};
    CYT_TRY(find_outcomes(world, run, &outcomes, err));
    for (size_t s = 0; cyt_comm_rank(world) == 0 && s < outcomes.n; s++)
        if (outcomes.status[s].code != CYT_OK)
            cyt_log_tell(&run->log, CYT_LOG_WARNING, "%s: %s",
                         run->sheet->samples[s].name, outcomes.status[s].message);
    CYT_TRY(cyt_cohort_stage(world, run, &outcomes, &digests, found, err));
    CYT_TRY(cyt_run_json(world, run, &outcomes, &digests, MPI_Wtime() - started, err));
    if (outcomes.n_failed > 0)
        code = CYT_FAIL(err, CYT_ERR_PARTIAL, NULL, "%zu of %zu slides have no result",
                        outcomes.n_failed, run->sheet->n);
done:
    cyt_names_free(&digests);
    cyt_outcomes_free(&outcomes);
    return code;
}

cyt_code cyt_cohort_again(MPI_Comm world, const cyt_run *like, char **found,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_samplesheet sheet = {0};
    cyt_config config = {0};
    cyt_run run = *like;
    *found = NULL;
    run.sheet = &sheet;
    run.config = &config;
    char path[CYT_INPUT_PATH];
    snprintf(path, sizeof path, "%s/run.json", run.out);
    run.record = access(path, F_OK) == 0 ? "cohort.json" : "run.json";
    CYT_TRY(cyt_agree(world, read_inputs(run.out, &sheet, &config, err), err));
    CYT_TRY(do_stage(world, &run, found, err));
done:
    cyt_samplesheet_free(&sheet);
    cyt_config_free(&config);
    return code;
}
