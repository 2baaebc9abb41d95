// SPDX-License-Identifier: BSD-3-Clause
/* A samplesheet: problems of one line each, or samples a run can count on. */
#include "fuzz_file.h"

#include "cytotaxis/samplesheet.h"

#include <math.h>

static void check_sample(const cyt_samplesheet *sheet, const cyt_sample *s)
{
    MUST(s->name && strlen(s->name) > 0 && !strchr(s->name, '/') && s->name[0] != '.');
    MUST(s->data.shown && s->data.path && s->patient && s->format);
    MUST(isnan(s->um_per_px) || s->um_per_px > 0);
    MUST(isfinite(s->regions_affine[0]) && isfinite(s->regions_affine[5]));
    MUST(isnan(s->event) || s->event == 0 || s->event == 1);
    MUST(!s->filter_column == !s->filter_value);
    for (size_t i = 0; i < sheet->covariates.n; i++)
        MUST(s->covariates[i]);
    for (const cyt_sample *t = sheet->samples; t < s; t++)
        MUST(strcmp(t->name, s->name) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {"csv", "h5ad", "xenium", NULL};
    static fuzz_file file;
    cyt_samplesheet sheet;
    cyt_problems problems = {0};
    cyt_error err = {0};
    const char *path = fuzz_file_hold(&file, data, size);
    MUST(cyt_samplesheet_read(path, formats, &sheet, &problems, &err) == CYT_OK);
    if (problems.n == 0) {
        MUST(sheet.n > 0);
        for (size_t i = 0; i < sheet.n; i++)
            check_sample(&sheet, &sheet.samples[i]);
        MUST(cyt_samplesheet_find_files(&sheet, &problems, &err) == CYT_OK);
    }
    check_problems(&problems);
    cyt_problems_free(&problems);
    cyt_samplesheet_free(&sheet);
    return 0;
}
