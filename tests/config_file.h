/** @file config_file.h  For tests: a text becomes config.yaml and is read. */
#ifndef CYT_CONFIG_FILE_H
#define CYT_CONFIG_FILE_H

#include "text_file.h"

#include "cytotaxis/config.h"

/* Read @p n bytes as config.yaml; what was wrong is left in @p problems. */
static inline cyt_config read_bytes(const char *text, size_t n, size_t n_sets,
                                    const char *const *sets, cyt_problems *problems)
{
    cyt_error err = {0};
    cyt_config config;
    write_file("config.yaml", text, n);
    assert_int_equal(
        cyt_config_read("config.yaml", n_sets, sets, &config, problems, &err), CYT_OK);
    assert_int_equal(err.code, CYT_OK);
    assert_true((config.text != NULL) == (problems->n == 0));
    return config;
}

/* The text is refused with these lines. */
static inline void expect_faults(const char *text, const char *want)
{
    cyt_problems problems = {0};
    cyt_config config = read_bytes(text, strlen(text), 0, NULL, &problems);
    assert_int_equal(cyt_problems_code(&problems), CYT_ERR_CONFIG);
    expect_lines(&problems, want);
    cyt_config_free(&config);
}

#endif
