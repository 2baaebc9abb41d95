// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file config_sheet.c
 * @brief The configuration against the samplesheet: conditions, covariates, survival.
 */
#include "config_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static cyt_code conditions_of(const cyt_samplesheet *sheet, cyt_names *names,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < sheet->n && code == CYT_OK; i++) {
        const char *condition = sheet->samples[i].condition;
        if (condition)
            code = cyt_names_add(names, condition, strlen(condition), err);
    }
    cyt_names_sort(names);
    return code;
}

/* " 'x', which sheet has not; did you mean 'y'?" with the names that there are. */
static cyt_code complain_of(const cyt_contrast *contrast, const char *what,
                            const char *name, const char *lacks, const cyt_names *names,
                            const char *label, cyt_problems *problems, cyt_error *err)
{
    cyt_config_reader r = {.err = err};
    cyt_strbuf hint = {0};
    cyt_add_hint(&r, &hint, name, names, label);
    cyt_code code = err->code;
    if (code == CYT_OK)
        code = cyt_problems_add(problems, err, CYT_ERR_CONFIG,
                                "%s: %s '%s', which %s%s", contrast->place, what, name,
                                lacks, hint.text ? hint.text : "");
    cyt_strbuf_free(&hint);
    return code;
}

/* One side of a contrast: complain when no sample has it. */
static cyt_code check_side(const cyt_contrast *contrast, const char *side,
                           const cyt_samplesheet *sheet, const cyt_names *conditions,
                           cyt_problems *problems, cyt_error *err)
{
    cyt_strbuf lacks = {0};
    if (cyt_names_search(conditions, side) != CYT_NO_NAME)
        return CYT_OK;
    if (!sheet->has_condition)
        return cyt_problems_add(problems, err, CYT_ERR_CONFIG,
                                "%s: contrast of condition '%s', but %s has no column "
                                "'condition'",
                                contrast->place, side, sheet->path);
    cyt_strbuf_add(&lacks, err, "no sample of %s has", sheet->path);
    const cyt_code code =
        err->code ? err->code
                  : complain_of(contrast, "contrast of condition", side, lacks.text,
                                conditions, "conditions: ", problems, err);
    cyt_strbuf_free(&lacks);
    return code;
}

static cyt_code check_covariate(const cyt_contrast *contrast, const char *name,
                                const cyt_samplesheet *sheet, cyt_problems *problems,
                                cyt_error *err)
{
    cyt_strbuf lacks = {0};
    if (cyt_names_find(&sheet->covariates, name) != CYT_NO_NAME ||
        (sheet->has_batch && strcmp(name, "batch") == 0))
        return CYT_OK;
    cyt_strbuf_add(&lacks, err, "%s has no column for", sheet->path);
    const cyt_code code =
        err->code ? err->code
                  : complain_of(contrast, "adjusted for", name, lacks.text,
                                &sheet->covariates, "covariates: ", problems, err);
    cyt_strbuf_free(&lacks);
    return code;
}

static cyt_code check_contrast(const cyt_contrast *c, const cyt_samplesheet *sheet,
                               const cyt_names *conditions, cyt_problems *problems,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < c->conditions.n; k++)
        CYT_TRY(check_side(c, c->conditions.name[k], sheet, conditions, problems, err));
    for (size_t k = 0; k < c->adjust.n; k++)
        CYT_TRY(check_covariate(c, c->adjust.name[k], sheet, problems, err));
done:
    return code;
}

static int differ(double a, double b)
{
    return isnan(a) != isnan(b) || a < b || a > b;
}

/* A patient has one survival, whichever of its slides tells it. */
static cyt_code check_survival(const cyt_samplesheet *sheet, cyt_problems *problems,
                               cyt_error *err)
{
    for (size_t s = 0; s < sheet->n; s++) {
        const cyt_sample *sample = &sheet->samples[s], *first = sample;
        for (size_t o = 0; o < s && sample->patient && first == sample; o++)
            if (sheet->samples[o].patient &&
                strcmp(sheet->samples[o].patient, sample->patient) == 0)
                first = &sheet->samples[o];
        if (!differ(first->time, sample->time) && !differ(first->event, sample->event))
            continue;
        const cyt_code code = cyt_problems_add(
            problems, err, CYT_ERR_CONFIG,
            "%s:%zu: patient %s has another time or event than in line %zu; a patient "
            "has one survival, or set cohort.survival=off",
            sheet->path, sample->line, sample->patient, first->line);
        if (code != CYT_OK)
            return code;
    }
    return CYT_OK;
}

cyt_code cyt_config_check_against(const cyt_config *config,
                                  const cyt_samplesheet *sheet, cyt_problems *problems,
                                  cyt_error *err)
{
    cyt_names conditions = {0};
    cyt_code code;
    CYT_TRY(conditions_of(sheet, &conditions, err));
    for (size_t i = 0; i < config->n_contrasts; i++)
        CYT_TRY(
            check_contrast(&config->contrasts[i], sheet, &conditions, problems, err));
    if (config->cohort.survival && sheet->has_time && sheet->has_event)
        CYT_TRY(check_survival(sheet, problems, err));
done:
    cyt_names_free(&conditions);
    return code;
}
