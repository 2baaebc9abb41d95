// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/csv_record.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The fields of `text` joined by '|'. */
static const char *joined(const char *text, size_t n, char separator, char *out)
{
    char copy[256];
    memcpy(copy, text, n);
    cyt_record record = {0};
    cyt_error err = {0};
    assert_int_equal(cyt_csv_split(copy, n, separator, &record, &err), CYT_OK);
    char *end = out;
    for (size_t i = 0; i < record.n; i++) {
        memcpy(end, record.field[i].text, record.field[i].length);
        end += record.field[i].length;
        *end++ = '|';
    }
    *end = '\0';
    cyt_csv_record_free(&record);
    return out;
}

static void fields_are_split_and_unquoted(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a,b,c", "a|b|c|"},
        {"a,b,c\n", "a|b|c|"},
        {"a,b,c\r\n", "a|b|c|"},
        {"", "|"},
        {",", "||"},
        {"a,,", "a|||"},
        {"\"a\",b", "a|b|"},
        {"\"a,b\",c", "a,b|c|"},
        {"\"a\"\"b\"\"\",c", "a\"b\"|c|"},
        {"\"\"\"\"", "\"|"},
        {"\"\",\"\"", "||"},
        {"x,\"two\nlines\"\r\n", "x|two\nlines|"},
        {"a;b,\"c\"", "a;b|c|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[256];
        assert_string_equal(joined(cases[i][0], strlen(cases[i][0]), ',', out),
                            cases[i][1]);
    }
}

static void long_lines_split_like_byte_by_byte(void **state)
{
    (void)state;
    char text[200];
    cyt_record record = {0};
    cyt_error err = {0};
    uint32_t seed = 5;
    for (size_t n = 0; n < sizeof text; n++) {
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525u + 1013904223u;
            text[i] =
                ",-.,\xAC\x2D"[(seed >> 16) % 6]; /* neighbours of the comma too */
        }
        assert_int_equal(cyt_csv_split(text, n, ',', &record, &err), CYT_OK);
        size_t start = 0, k = 0;
        for (size_t i = 0; i <= n; i++) {
            if (i < n && text[i] != ',')
                continue;
            assert_true(k < record.n && record.field[k].text == text + start);
            assert_int_equal(record.field[k].length, i - start);
            assert_int_equal(record.field[k].column, start + 1);
            start = i + 1;
            k++;
        }
        assert_int_equal(k, record.n);
    }
    cyt_csv_record_free(&record);
}

/* Lines of the characters that matter, where quotes come in pairs more often than not;
 * `n_wanted` varies too. */
static size_t draw_line(char *text, size_t room, uint32_t *seed)
{
    static const char *const pieces[] = {",",
                                         "a",
                                         "12.5",
                                         "\"b,c\"",
                                         "\"\"",
                                         "\"",
                                         "\r",
                                         "\r\n",
                                         "\n",
                                         "\"d\"\"e\"",
                                         "\"f\"",
                                         "\"\n\"",
                                         "a long field of text"};
    size_t n = 0;
    for (;;) {
        *seed = *seed * 1664525u + 1013904223u;
        const uint32_t draw = *seed >> 16;
        const size_t kinds = draw % 7 < 5 ? 5 : sizeof pieces / sizeof *pieces;
        const char *piece = draw % 3 ? pieces[0] : pieces[draw / 21 % kinds];
        if (n + strlen(piece) > room || draw % 97 == 0)
            return n;
        memcpy(text + n, piece, strlen(piece));
        n += strlen(piece);
    }
}

static void a_line_in_one_pass_is_the_record_that_two_passes_find(void **state)
{
    (void)state;
    cyt_field room[400];
    uint32_t seed = 11;
    size_t n_taken = 0, n_left = 0;
    for (int i = 0; i < 100000; i++) {
        char text[300 + CYT_CSV_PAD] = {0};
        cyt_record line = {.field = room}, record = {0};
        cyt_error err = {0};
        const size_t n = draw_line(text, 300, &seed), n_wanted = seed % 12;
        const size_t size = cyt_csv_line(text, n, ',', n_wanted, &line);
        const size_t end = cyt_csv_record_end(text, n);
        n_taken += size > 0;
        n_left += size == 0;
        if (size == 0) { /* allowed where there are quotes, or no newline */
            assert_true(memchr(text, '"', end) || end == 0 || text[end - 1] != '\n');
            continue;
        }
        assert_int_equal(size, end);
        assert_int_equal(cyt_csv_split(text, size, ',', &record, &err), CYT_OK);
        assert_int_equal(line.n, record.n);
        for (size_t f = 0; f < record.n && f < n_wanted; f++) {
            assert_ptr_equal(room[f].text, record.field[f].text);
            assert_int_equal(room[f].length, record.field[f].length);
            assert_int_equal(room[f].column, record.field[f].column);
        }
        cyt_csv_record_free(&record);
    }
    assert_true(n_taken > 10000 && n_left > 10000);
}

static void quotes_around_whole_fields_are_read_in_one_pass(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t fields; /* 0: left alone */
    } cases[] = {
        {"\"a\",\"b,c\",\"\",d\r\n", 4},
        {"\"\"\n", 1},
        {"\"a\"\"b\",c\n", 0},
        {"a\"b\",c\n", 0},
        {"\"a\"b,c\n", 0},
        {"\"a\nb\",c\n", 0},
        {"\"a\",b", 0},
        {"\"a,b\n", 0},
        {"a,b\"\n", 0},
        {"\n", 1},
        {"\r\n", 1},
        {",\r\n", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32 + CYT_CSV_PAD] = {0};
        cyt_field room[8];
        cyt_record record = {.field = room};
        const size_t n = strlen(cases[i].text);
        memcpy(text, cases[i].text, n);
        assert_int_equal(cyt_csv_line(text, n, ',', 8, &record),
                         cases[i].fields ? n : 0);
        if (cases[i].fields)
            assert_int_equal(record.n, cases[i].fields);
    }
}

static void fields_know_their_column(void **state)
{
    (void)state;
    char text[] = "ab,\"c\"\"d\",,e";
    static const size_t columns[] = {1, 4, 11, 12};
    cyt_record record = {0};
    cyt_error err = {0};
    assert_int_equal(cyt_csv_split(text, strlen(text), ',', &record, &err), CYT_OK);
    assert_int_equal(record.n, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(record.field[i].column, columns[i]);
    cyt_csv_record_free(&record);
}

static void bad_quotes_are_refused_with_their_byte(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a,\"b", "byte 3: a quote opens here and never closes"},
        {"a,\"b\"\"", "byte 3: a quote opens here and never closes"},
        {"a,\"b\"c,d",
         "byte 6: text after a closing quote; inside quotes, write a quote twice"},
        {"a,5\" tube,d", "byte 4: a quote inside a field that does not start with one; "
                         "put the field in quotes and write the quote twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char copy[64];
        snprintf(copy, sizeof copy, "%s", cases[i][0]);
        cyt_record record = {0};
        cyt_error err = {0};
        assert_int_equal(cyt_csv_split(copy, strlen(copy), ',', &record, &err),
                         CYT_ERR_DATA);
        assert_string_equal(err.text, cases[i][1]);
        cyt_csv_record_free(&record);
    }
}

static void records_end_at_newlines_outside_quotes(void **state)
{
    (void)state;
    char text[] = "\xEF\xBB\xBFh1,h2\r\n\"a\nb\",\"\"\"\n\"\n\r\nlast,line";
    static const size_t sizes[] = {7, 12, 2, 9};
    static const uint64_t lines[] = {1, 2, 5, 6};
    const size_t n = sizeof text - 1;
    size_t at = cyt_csv_bom(text, n), k = 0;
    assert_int_equal(at, 3);
    for (uint64_t line = 1; at < n; k++) {
        const size_t size = cyt_csv_record_end(text + at, n - at);
        assert_int_equal(size, sizes[k]);
        assert_int_equal(line, lines[k]);
        assert_int_equal(cyt_csv_blank(text + at, size), k == 2);
        line += cyt_count_byte(text + at, size, '\n');
        at += size;
    }
    assert_int_equal(k, 4);
}

static void the_separator_is_the_commonest_outside_quotes(void **state)
{
    (void)state;
    assert_int_equal(cyt_csv_separator("a,b;c,d", 7), ',');
    assert_int_equal(cyt_csv_separator("a;b,c;d", 7), ';');
    assert_int_equal(cyt_csv_separator("a\tb", 3), '\t');
    assert_int_equal(cyt_csv_separator("\"a,b,c,d\";e;f", 13), ';');
    assert_int_equal(cyt_csv_separator("alone", 5), ',');
    assert_int_equal(cyt_csv_separator("", 0), ',');
}

static void bytes_are_counted_wherever_they_lie(void **state)
{
    (void)state;
    char text[64];
    uint32_t seed = 1;
    for (size_t n = 0; n <= sizeof text; n++) {
        size_t want = 0;
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525u + 1013904223u;
            text[i] = "\n\v\"\x8a\xff"[(seed >> 16) % 5];
            want += text[i] == '\n';
        }
        assert_int_equal(cyt_count_byte(text, n, '\n'), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_split_and_unquoted),
        cmocka_unit_test(long_lines_split_like_byte_by_byte),
        cmocka_unit_test(a_line_in_one_pass_is_the_record_that_two_passes_find),
        cmocka_unit_test(quotes_around_whole_fields_are_read_in_one_pass),
        cmocka_unit_test(fields_know_their_column),
        cmocka_unit_test(bad_quotes_are_refused_with_their_byte),
        cmocka_unit_test(records_end_at_newlines_outside_quotes),
        cmocka_unit_test(the_separator_is_the_commonest_outside_quotes),
        cmocka_unit_test(bytes_are_counted_wherever_they_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
