// SPDX-License-Identifier: BSD-3-Clause
/* What is wrong with the files of a samplesheet, found before anything is computed:
 * heads are read, columns looked up, units and sources asked for. All problems at once.
 */
#include "cytotaxis/cohort_run.h"

#include "cohort/wanted.h"
#include "read/parts.h"
#include "slide/regions.h"

#include "cytotaxis/reader.h"
#include "cytotaxis/strbuf.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static cyt_code check_layers(const cyt_config *config, cyt_problems *problems,
                             cyt_error *err)
{
    const char *first = cyt_wanted_layer(config) ? cyt_wanted_layer(config) : "X";
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
        cyt_parts_of(sample, ligands, cyt_wanted_layer(config), &parts, &why);
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
    CYT_TRY(cyt_wanted_columns(config, &ligands, err));
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
