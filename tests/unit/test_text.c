// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/log.h"
#include "cytotaxis/names.h"
#include "cytotaxis/problems.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/suggest.h"
#include "cytotaxis/text.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static void names_must_be_utf8(void **state)
{
    (void)state;
    static const char *const good[] = {"", "T", "µm", "\xE2\x82\xAC",
                                       "\xF0\x9F\x94\xAC"};
    static const char *const bad[] = {
        "\xB5m",    "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80",
        "\xE2\x82", "a\x80"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(cyt_text_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(cyt_text_valid(bad[i], strlen(bad[i])));
    assert_false(cyt_text_valid("a\0b", 3));
}

static void a_text_ends_in_what_it_ends_in(void **state)
{
    (void)state;
    assert_true(cyt_text_ends("a/b.h5ad", ".h5ad") && cyt_text_ends("b.h5", ""));
    assert_false(cyt_text_ends(".h5", ".h5") || cyt_text_ends("", ""));
    assert_false(cyt_text_ends("b.h5ad", ".h5") || cyt_text_ends("h5", ".h5"));
}

static void shown_text_is_one_short_line(void **state)
{
    (void)state;
    char shown[CYT_SHOWN_SIZE], lots[200], want[CYT_SHOWN_SIZE];
    assert_string_equal(cyt_text_shown("a\nb", 3, shown), "a?b");
    /* U+009B begins orders to a terminal, U+202E and U+2066 turn what follows. */
    const char orders[] = "a\xC2\x9B"
                          "b\xE2\x80\xAE"
                          "c\xE2\x81\xA6"
                          "d\xC2\xB5";
    assert_string_equal(cyt_text_shown(orders, sizeof orders - 1, shown),
                        "a??b???c???d\xC2\xB5");
    memset(lots, 'x', sizeof lots);
    memset(want, 'x', sizeof want);
    memcpy(want + CYT_SHOWN_SIZE - 4, "...", 4);
    assert_string_equal(cyt_text_shown(lots, sizeof lots, shown), want);
    memcpy(lots + CYT_SHOWN_SIZE - 5, "µ", 2); /* the cut falls inside it */
    memcpy(want + CYT_SHOWN_SIZE - 5, "...", 4);
    assert_string_equal(cyt_text_shown(lots, sizeof lots, shown), want);
}

static cyt_log_level heard_level;
static char heard[256];

static void hear(void *context, cyt_log_level level, const char *line)
{
    (void)context;
    heard_level = level;
    snprintf(heard, sizeof heard, "%s", line);
}

/* Names stand in messages as they are; no message may give an order to a terminal, or
 * hold half a letter, which no JSON would take. */
static void messages_are_tame(void **state)
{
    (void)state;
    static const char name[] = "a\x1B[31mb\nc\xE2\x80\xAE\xB5\xC2\xB5",
                      want[] = "a?[31mb?c????\xC2\xB5";
    cyt_error err = {0};
    assert_int_equal(CYT_FAIL(&err, CYT_ERR_DATA, name, "%s", name), CYT_ERR_DATA);
    assert_string_equal(err.text, want);
    assert_string_equal(err.subject, want);
    cyt_problems problems = {0};
    err = (cyt_error){0};
    assert_int_equal(cyt_problems_add(&problems, &err, CYT_ERR_DATA, "%s", name),
                     CYT_OK);
    assert_string_equal(problems.item[0].text, want);
    cyt_problems_free(&problems);
    const cyt_log log = {.hear = hear};
    cyt_log_tell(&log, CYT_LOG_NOTE, "%s", name);
    assert_int_equal(heard_level, CYT_LOG_NOTE);
    assert_string_equal(heard, want);
}

static void a_message_is_not_cut_within_a_letter(void **state)
{
    (void)state;
    char lots[2 * sizeof((cyt_error *)0)->text];
    for (size_t i = 0; i + 2 < sizeof lots; i += 2)
        memcpy(lots + i, "\xC2\xB5", 3);
    for (int shift = 0; shift < 2; shift++) {
        cyt_error err = {0};
        assert_int_equal(CYT_FAIL(&err, CYT_ERR_DATA, lots, "%s", lots + shift),
                         CYT_ERR_DATA);
        assert_true(cyt_text_valid(err.text, strlen(err.text)));
        assert_true(cyt_text_valid(err.subject, strlen(err.subject)));
    }
}

static void the_nearest_name_is_suggested_when_near(void **state)
{
    (void)state;
    static const char *const list[] = {"x",         "y",    "cell_id",
                                       "cell_type", "CD8A", "CD8B"};
    cyt_names names = {0};
    cyt_error err = {0};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(cyt_names_add(&names, list[i], strlen(list[i]), &err), CYT_OK);
    assert_string_equal(cyt_nearest_name("celltype", &names), "cell_type");
    assert_string_equal(cyt_nearest_name("cell_tpye", &names), "cell_type");
    assert_string_equal(cyt_nearest_name("Cell_ID", &names), "cell_id");
    assert_string_equal(cyt_nearest_name("X", &names), "x");
    assert_string_equal(cyt_nearest_name("CD8", &names), "CD8A");
    assert_null(cyt_nearest_name("z", &names));
    assert_null(cyt_nearest_name("phenotype_label", &names));
    assert_null(cyt_nearest_name("", &names));
    char lots[500];
    memset(lots, 'q', sizeof lots);
    lots[499] = '\0';
    assert_null(cyt_nearest_name(lots, &names));
    assert_int_equal(cyt_names_add(&names, lots, 499, &err), CYT_OK);
    assert_null(cyt_nearest_name("qqq", &names));
    cyt_names_free(&names);
}

static void words_stand_in_lines(void **state)
{
    (void)state;
    static const struct {
        const char *words, *want;
    } cases[] = {
        {"", "  a: \n"},
        {"one two", "  a: one two\n"},
        {"one two three", "  a: one two\n     three\n"},
        {"one two12", "  a: one two12\n"},
        {"one two123", "  a: one\n     two123\n"},
        {"/a/long/path", "  a: /a/long/path\n"},
        {"to /a/long/path and on", "  a: to\n     /a/long/path\n     and on\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyt_strbuf text = {0};
        cyt_error err = {0};
        cyt_strbuf_add(&text, &err, "  a: ");
        cyt_strbuf_lines(&text, cases[i].words, 5, 14, &err);
        assert_int_equal(err.code, CYT_OK);
        assert_string_equal(text.text, cases[i].want);
        cyt_strbuf_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_must_be_utf8),
        cmocka_unit_test(a_text_ends_in_what_it_ends_in),
        cmocka_unit_test(shown_text_is_one_short_line),
        cmocka_unit_test(the_nearest_name_is_suggested_when_near),
        cmocka_unit_test(messages_are_tame),
        cmocka_unit_test(words_stand_in_lines),
        cmocka_unit_test(a_message_is_not_cut_within_a_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
