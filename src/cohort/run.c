// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/cohort_run.h"

#include "cohort/estimate.h"
#include "cohort/folders.h"
#include "cohort/make_slides.h"
#include "cohort/outcome.h"
#include "cohort/resume.h"
#include "cohort/stage.h"
#include "read/parts.h"
#include "slide/regions.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/reader.h"
#include "cytotaxis/strbuf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- what is asked of the files --------------------------------------------------- */

static cyt_code add_columns(cyt_names *columns, const cyt_names *more, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < more->n && code == CYT_OK; k++)
        code = cyt_names_add(columns, more->name[k], strlen(more->name[k]), err);
    return code;
}

/* The columns asked for: all ligands of all signals, all genes of patterns, total
 * counts; each once. */
static cyt_code list_ligands(const cyt_config *config, cyt_names *ligands,
                             cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t s = 0; s < config->n_signals; s++)
        CYT_TRY(add_columns(ligands, &config->signals[s].ligand, err));
    for (size_t s = 0; s < config->n_signals && !isnan(config->screen.receptor_split);
         s++)
        CYT_TRY(add_columns(ligands, &config->signals[s].receptor, err));
    CYT_TRY(add_columns(ligands, &config->patterns.genes, err));
    CYT_TRY(add_columns(ligands, &config->patterns.bivariate, err));
    CYT_TRY(add_columns(ligands, &config->trap.total_counts, err));
    cyt_names_sort(ligands);
done:
    return code;
}

/* The one layer that genes are read from. */
static const char *layer_of(const cyt_config *config)
{
    return config->patterns.gene_layer ? config->patterns.gene_layer
           : config->n_signals         ? config->signals[0].layer
                                       : NULL;
}

static cyt_code check_layers(const cyt_config *config, cyt_problems *problems,
                             cyt_error *err)
{
    const char *first = layer_of(config) ? layer_of(config) : "X";
    const char *what = config->patterns.gene_layer ? "patterns.gene_layer"
                       : config->n_signals         ? config->signals[0].name
                                                   : "";
    for (size_t s = 0; s < config->n_signals; s++) {
        const char *layer = config->signals[s].layer ? config->signals[s].layer : "X";
        if (strcmp(first, layer) != 0)
            return cyt_problems_add(problems, err, CYT_ERR_CONFIG,
                                    "signal %s reads another layer (%s) than %s (%s); "
                                    "one run reads one",
                                    config->signals[s].name, layer, what, first);
    }
    return CYT_OK;
}

static cyt_code check_regions(const cyt_samplesheet *sheet, size_t s,
                              cyt_problems *problems, cyt_error *err)
{
    const cyt_region_source source = cyt_region_source_of(&sheet->samples[s]);
    cyt_strbuf place = {0};
    if (!source.path || access(source.path, R_OK) != 0)
        return CYT_OK; /* reading the sheet has told of it */
    cyt_strbuf_add(&place, err, "%s:%zu: sample %s", sheet->path,
                   sheet->samples[s].line, source.sample);
    const cyt_code code =
        err->code ? err->code : cyt_regions_check(&source, place.text, problems, err);
    cyt_strbuf_free(&place);
    return code;
}

static cyt_code check_source(const cyt_samplesheet *sheet, const cyt_sample *sample,
                             const cyt_source *source, cyt_problems *problems,
                             cyt_error *err)
{
    const cyt_reader *reader = cyt_reader_for(source);
    if (!reader)
        return cyt_problems_add(problems, err, CYT_ERR_CONFIG,
                                "%s:%zu: sample %s: \"%s\" is of no known format; set "
                                "the column format",
                                sheet->path, sample->line, sample->name,
                                source->shown_path);
    if (!cyt_reader_gives(reader, source))
        return cyt_problems_add(problems, err, CYT_ERR_CONFIG,
                                "%s:%zu: sample %s: \"%s\" (%s) has no positions; name "
                                "the table of cells in data_path and this file in the "
                                "column expression",
                                sheet->path, sample->line, sample->name,
                                source->shown_path, reader->name);
    return reader->check(source, problems, err);
}

static cyt_code check_unit(const cyt_samplesheet *sheet, const cyt_sample *sample,
                           double um_per_unit, cyt_problems *problems, cyt_error *err)
{
    if (!isnan(um_per_unit) || sample->um_faulty)
        return CYT_OK;
    return cyt_problems_add(problems, err, CYT_ERR_CONFIG,
                            "%s:%zu: sample %s has no um_per_px; positions without a "
                            "unit are refused: give um per unit of x and y, 1 where "
                            "they are um",
                            sheet->path, sample->line, sample->name);
}

/* What the configuration takes tissue and compartments from, and the sample lacks. */
static cyt_code check_sources(const cyt_samplesheet *sheet, const cyt_sample *sample,
                              const cyt_config *config, cyt_problems *problems,
                              cyt_error *err)
{
    const struct {
        int is_missing;
        const char *key, *way, *column;
    } all[] = {
        {config->tissue.from == CYT_TISSUE_REGIONS && !sample->regions.shown, "tissue",
         "regions", "regions"},
        {config->compartments.from == CYT_COMPARTMENTS_REGIONS &&
             !sample->regions.shown,
         "compartments", "regions", "regions"},
        {config->compartments.from == CYT_COMPARTMENTS_LABELS && !sample->compartment,
         "compartments", "labels", "compartment"},
    };
    cyt_code code = CYT_OK;
    for (size_t k = 0; code == CYT_OK && k < sizeof all / sizeof *all; k++)
        if (all[k].is_missing)
            code = cyt_problems_add(problems, err, CYT_ERR_CONFIG,
                                    "%s:%zu: sample %s has no %s, which %s.from: %s "
                                    "asks for",
                                    sheet->path, sample->line, sample->name,
                                    all[k].column, all[k].key, all[k].way);
    return code;
}

/* The column of labels; the rest of the file was looked at. */
static cyt_code check_labels(const cyt_samplesheet *sheet, const cyt_sample *sample,
                             const cyt_parts *parts, cyt_problems *problems,
                             cyt_error *err)
{
    const cyt_source labels = cyt_parts_labels(parts, sample);
    return check_source(sheet, sample, &labels, problems, err);
}

/* All files of a slide, and the unit of its positions. */
static cyt_code check_sample(const cyt_samplesheet *sheet, const cyt_sample *sample,
                             const cyt_config *config, const cyt_names *ligands,
                             cyt_problems *problems, cyt_error *err)
{
    const size_t n_before = problems->n;
    cyt_code code = CYT_OK;
    cyt_parts parts = {0};
    cyt_error why = {0};
    const cyt_code found =
        cyt_parts_of(sample, ligands, layer_of(config), &parts, &why);
    if (found == CYT_ERR_MEMORY)
        *err = why;
    CYT_TRY(err->code);
    if (found != CYT_OK)
        CYT_TRY(
            cyt_problems_add(problems, err, found, "%s: %s", sample->name, why.text));
    for (size_t k = 0; found == CYT_OK && k < parts.n; k++)
        CYT_TRY(check_source(sheet, sample, &parts.source[k], problems, err));
    if (problems->n == n_before && sample->compartment &&
        config->compartments.from == CYT_COMPARTMENTS_LABELS)
        CYT_TRY(check_labels(sheet, sample, &parts, problems, err));
    if (found == CYT_OK && parts.fields.path)
        CYT_TRY(check_source(sheet, sample, &parts.fields, problems, err));
    if (found == CYT_OK)
        CYT_TRY(check_unit(sheet, sample, parts.um_per_unit, problems, err));
done:
    cyt_parts_free(&parts);
    return code;
}

cyt_code cyt_run_check(const cyt_samplesheet *sheet, const cyt_config *config,
                       cyt_problems *problems, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names ligands = {0};
    CYT_TRY(check_layers(config, problems, err));
    CYT_TRY(list_ligands(config, &ligands, err));
    for (size_t s = 0; s < sheet->n; s++) {
        if (!sheet->samples[s].data.path || sheet->samples[s].faulty)
            continue; /* that was told */
        CYT_TRY(
            check_sample(sheet, &sheet->samples[s], config, &ligands, problems, err));
        CYT_TRY(check_sources(sheet, &sheet->samples[s], config, problems, err));
        CYT_TRY(check_regions(sheet, s, problems, err));
    }
done:
    cyt_names_free(&ligands);
    return code;
}

/* --- what is left out ---------------------------------------------------------------
 */

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

static cyt_code finish(MPI_Comm world, const cyt_run *run, const cyt_outcomes *outcomes,
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
    CYT_TRY(cyt_agree(world, list_ligands(run->config, &ligands, err), err));
    CYT_TRY(cyt_outcomes_init(world, run->sheet->n, &outcomes, err));
    CYT_TRY(cyt_resume_begin(world, run, &ligands, layer_of(run->config), &resume,
                             &outcomes, err));
    const cyt_make_job job = {run, &ligands, layer_of(run->config), &estimate, &resume};
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
