// SPDX-License-Identifier: BSD-3-Clause
#include "inputs.h"
#include "voice.h"

#include "cytotaxis/cohort_run.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/problems.h"
#include "cytotaxis/reader.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/suggest.h"

#include <stdlib.h>
#include <string.h>

/* --- --only ----------------------------------------------------------------------- */

cyt_code inputs_split(const char *list, cyt_names *words, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (const char *at = list; code == CYT_OK && *at;) {
        const size_t n = strcspn(at, ",");
        if (n > 0)
            code = cyt_names_add(words, at, n, err);
        at += n + (at[n] == ',');
    }
    cyt_names_sort(words);
    return code;
}

/* Move the samples named by @p words to the front and cut the sheet there; the others
 * stay behind in the array. */
static void keep_named(const cyt_names *words, cyt_samplesheet *sheet)
{
    size_t kept = 0;
    for (size_t s = 0; s < sheet->n; s++) {
        const cyt_sample sample = sheet->samples[s];
        if (!sample.name || cyt_names_search(words, sample.name) == CYT_NO_NAME)
            continue;
        memmove(&sheet->samples[kept + 1], &sheet->samples[kept],
                (s - kept) * sizeof sample);
        sheet->samples[kept++] = sample;
    }
    sheet->n = kept;
}

static cyt_code complain_of_unknown(const cyt_names *words,
                                    const cyt_samplesheet *sheet,
                                    cyt_problems *problems, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names there = {0};
    for (size_t s = 0; s < sheet->n; s++)
        if (sheet->samples[s].name)
            CYT_TRY(cyt_names_add(&there, sheet->samples[s].name,
                                  strlen(sheet->samples[s].name), err));
    for (size_t w = 0; w < words->n; w++) {
        const char *word = words->name[w], *near = cyt_nearest_name(word, &there);
        if (cyt_names_find(&there, word) == CYT_NO_NAME)
            CYT_TRY(cyt_problems_add(problems, err, CYT_ERR_CONFIG,
                                     "--only: %s has no sample \"%s\"%s%s%s",
                                     sheet->path, word, near ? "; did you mean \"" : "",
                                     near ? near : "", near ? "\"?" : ""));
    }
done:
    cyt_names_free(&there);
    return code;
}

/* Keep the samples named by --only; each name must be one of the sheet's. */
static cyt_code keep_only(const char *list, cyt_samplesheet *sheet,
                          cyt_problems *problems, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names words = {0};
    CYT_TRY(inputs_split(list, &words, err));
    if (words.n == 0)
        CYT_TRY(cyt_problems_add(problems, err, CYT_ERR_CONFIG,
                                 "--only names no sample; write --only S01,S02"));
    if (sheet->n > 0)
        CYT_TRY(complain_of_unknown(&words, sheet, problems, err));
    keep_named(&words, sheet);
done:
    cyt_names_free(&words);
    return code;
}

/* --- samplesheet and config ------------------------------------------------------- */

static cyt_code read_inputs(const options *opt, int look_at_files, inputs *in,
                            cyt_problems *problems, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names formats = {0};
    cyt_config_init(&in->config);
    CYT_TRY(cyt_reader_formats(&formats, err));
    CYT_TRY(cyt_names_add(&formats, "", 0, err)); /* room for the closing NULL */
    free(formats.name[--formats.n]);
    formats.name[formats.n] = NULL;
    CYT_TRY(cyt_config_read(opt->config, opt->n_sets, opt->sets, &in->config, problems,
                            err));
    CYT_TRY(cyt_samplesheet_read(opt->samplesheet, (const char *const *)formats.name,
                                 &in->sheet, problems, err));
    in->n_in_sheet = in->sheet.n;
    if (!in->sheet.incomplete)
        CYT_TRY(cyt_config_check_against(&in->config, &in->sheet, problems, err));
    if (opt->only)
        CYT_TRY(keep_only(opt->only, &in->sheet, problems, err));
    if (look_at_files) {
        CYT_TRY(cyt_samplesheet_find_files(&in->sheet, problems, err));
        CYT_TRY(cyt_run_check(&in->sheet, &in->config, problems, err));
    }
done:
    cyt_names_free(&formats);
    return code;
}

void inputs_free(inputs *in)
{
    in->sheet.n = in->n_in_sheet;
    cyt_samplesheet_free(&in->sheet);
    cyt_config_free(&in->config);
}

cyt_code inputs_check(MPI_Comm world, const options *opt, inputs *in, cyt_error *err)
{
    cyt_problems problems = {0};
    const int first = cyt_comm_rank(world) == 0;
    cyt_code code = read_inputs(opt, first, in, &problems, err);
    if (first)
        voice_list(&problems);
    if (code == CYT_OK && problems.n > 0)
        code = CYT_FAIL(err, cyt_problems_code(&problems), NULL, "%zu problem%s%s",
                        problems.n, problems.n == 1 ? "" : "s",
                        opt->verb == VERB_RUN ? "; nothing was run" : "");
    code = cyt_agree(world, code, err);
    cyt_problems_free(&problems);
    return code;
}
