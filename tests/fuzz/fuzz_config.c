// SPDX-License-Identifier: BSD-3-Clause
/* A configuration and, behind a NUL, a --set: problems of one line each, or a meaning
 * whose canonical text reads back as the same text. */
#include "fuzz_file.h"

#include "cytotaxis/config.h"

static fuzz_file file;

static void check_text(const char *text)
{
    cyt_config again;
    cyt_problems problems = {0};
    cyt_error err = {0};
    const char *path = fuzz_file_hold(&file, text, strlen(text));
    MUST(cyt_config_read(path, 0, NULL, &again, &problems, &err) == CYT_OK);
    MUST(problems.n == 0 && strcmp(again.text, text) == 0);
    cyt_config_free(&again);
    cyt_problems_free(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cyt_config config;
    cyt_problems problems = {0};
    cyt_error err = {0};
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    const size_t n = nul ? (size_t)(nul - data) : size;
    const size_t n_set = nul ? size - n - 1 : 0;
    char *set = malloc(n_set + 1);
    MUST(set);
    memcpy(set, data + size - n_set, n_set);
    set[n_set] = '\0';
    const char *path = fuzz_file_hold(&file, data, n);
    const char *const sets[] = {set};
    MUST(cyt_config_read(path, nul != NULL, sets, &config, &problems, &err) == CYT_OK);
    check_problems(&problems);
    if (problems.n == 0)
        check_text(config.text);
    cyt_config_free(&config);
    cyt_problems_free(&problems);
    free(set);
    return 0;
}
