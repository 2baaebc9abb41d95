// SPDX-License-Identifier: BSD-3-Clause
/* JSON that an earlier run left, or somebody else: where a slide came from, and the
 * run.json that a plan is made of. */
#include "fuzz_file.h"

#include "cohort/slide_bytes.h"

#include "cytotaxis/cohort_plan.h"
#include "cytotaxis/origin.h"

static fuzz_file file;

/* Instead of the library's, which looks for files. */
void cyt_slide_bytes(const cyt_samplesheet *sheet, uint64_t *bytes)
{
    for (size_t s = 0; s < sheet->n; s++)
        bytes[s] = 1000 * (s + 1);
}

static void check_error(cyt_code code, const cyt_error *err)
{
    MUST(code == err->code);
    if (code != CYT_OK)
        check_sentence(err->text);
}

static void read_origin(const char *path)
{
    cyt_origin origin;
    cyt_origin_result result;
    cyt_error err = {0};
    const cyt_code code = cyt_origin_read(path, &origin, &result, &err);
    check_error(code, &err);
    MUST(code == CYT_OK || code == CYT_ERR_DATA);
    MUST(code != CYT_OK || (origin.input && origin.config && origin.program &&
                            result.record && result.record[0] == '{'));
    cyt_origin_free(&origin);
    cyt_origin_result_free(&result);
}

static void plan(char *path)
{
    static char a[] = "A", b[] = "B", sheet_path[] = "sheet.csv", text[] = "";
    cyt_sample samples[2] = {{.name = a}, {.name = b}};
    cyt_samplesheet sheet = {.path = sheet_path, .n = 2, .samples = samples};
    cyt_names measured = {.n = 1, .name = &path};
    cyt_config config = {.text = text, .grid_spacing_um = 5};
    const cyt_cohort_plan_params params = {
        .sheet = &sheet, .config = &config, .measured = &measured, .n_ranks = 7};
    char *told = NULL;
    cyt_error err = {0};
    const cyt_code code = cyt_cohort_plan(&params, &told, &err);
    check_error(code, &err);
    MUST((code == CYT_OK) == (told != NULL));
    MUST(!told || (strlen(told) > 200 && !strstr(told, "nan") && !strstr(told, "inf")));
    free(told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[sizeof file.path];
    snprintf(path, sizeof path, "%s", fuzz_file_hold(&file, data, size));
    read_origin(path);
    plan(path);
    return 0;
}
