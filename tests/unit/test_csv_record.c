// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/csv_record.h"
#include "cytotaxis/number.h"
#include "cytotaxis/suggest.h"
#include "test.h"

#include <locale.h>
#include <math.h>
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

static void same_as_strtod(const char *text)
{
    const double want = strtod(text, NULL);
    double got;
    const cyt_number kind = cyt_parse_f64(text, strlen(text), &got);
    if (kind != (isinf(want) ? CYT_NUMBER_INFINITE : CYT_NUMBER_FINITE) ||
        memcmp(&want, &got, sizeof got) != 0)
        fail_msg("%s: got %.17g (%d), want %.17g", text, got, (int)kind, want);
    char padded[2048 + CYT_NUMBER_PAD];
    const size_t n = strlen(text);
    assert_true(n <= 2048);
    memcpy(padded, text, n);
    memset(padded + n, '7', CYT_NUMBER_PAD); /* what comes behind must not matter */
    padded[n + n % 3] = "7.,"[n % 3];
    const cyt_number again = cyt_parse_f64_padded(padded, n, &got);
    if (again != kind || memcmp(&want, &got, sizeof got) != 0)
        fail_msg("%s, padded: got %.17g, want %.17g", text, got, want);
}

static void hard_numbers_are_rounded_as_by_strtod(void **state)
{
    (void)state;
    static const char *const hard[] = {
        "0",
        "-0",
        "0.0",
        "-0.000",
        "0e999",
        "1",
        "+1",
        ".5",
        "5.",
        "1e22",
        "1e23",
        "1e-22",
        "1e-23",
        "9007199254740992",
        "9007199254740993",
        "9007199254740992.5",
        "9007199254740993.0",
        "900719925474099.35",
        "18446744073709551615",
        "0.1",
        "0.3",
        "9999999999999999999",
        "99999999999999999999",
        "0.000000000000000000000000001",
        "8.5899345920000001",
        "4503599627370497.5",
        "4503599627370496.5",
        "1e308",
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "1e309",
        "-1e400",
        "1e-400",
        "4.9e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "7.2057594037927933e16",
        "6929495644600919.5",
        "3.7455744005952583e15",
        "1.00000000000000011102230246251565",
        "00000000000000000000000000001.5",
        "1e0000000000000000002",
        "1e-0000000000000000002",
        "1.0000000000000001110223024625156541",
        "1448997445238699",
        "0.500000000000000166533453693773481063544750213623046875",
        "1e99999999999999999999",
        "1e-99999999999999999999",
    };
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++)
        same_as_strtod(hard[i]);
}

static void numbers_of_a_thousand_digits_are_right(void **state)
{
    (void)state;
    char text[2048], tiny[80];
    for (int tail = 0; tail < 3; tail++) { /* a tie, just above, just below */
        snprintf(tiny, sizeof tiny, "%.60f", ldexp(1.0, -53)); /* 53 decimals */
        snprintf(text, sizeof text, "1.%s", tiny + 2);
        memset(text + 55, '0', 1200);
        text[1255] = tail == 1 ? '1' : '0';
        text[1256] = '\0';
        if (tail == 2) {
            text[54]--;
            memset(text + 55, '9', 1200);
        }
        same_as_strtod(text);
    }
    memset(text, '7', 1000);
    memcpy(text + 1000, "e-990", 6);
    same_as_strtod(text);
    memset(text, '0', 400);
    text[1] = '.';
    memcpy(text + 400, "123e380", 8);
    same_as_strtod(text);
}

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void random_numbers_are_rounded_as_by_strtod(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 100000; i++) {
        char text[80];
        const uint64_t bits = next(&seed);
        double v;
        memcpy(&v, &bits, sizeof v);
        if (!isfinite(v))
            continue;
        snprintf(text, sizeof text, "%.*g", 1 + (int)(bits % 20), v);
        same_as_strtod(text);
        const double coordinate = (double)(bits >> 20) / 4294967296.0;
        snprintf(text, sizeof text, "%.*f", (int)(bits % 22), coordinate);
        same_as_strtod(text);
        snprintf(text, sizeof text, "%.17g", coordinate);
        same_as_strtod(text);
        snprintf(text, sizeof text, "%s%.*f", i % 3 ? "" : "-", (int)(bits % 10),
                 coordinate * pow(10, (double)(bits % 8)));
        same_as_strtod(text);
    }
}

/* Exactly halfway between two doubles, then just above and just below: the worst case.
 * A 54-bit odd number over 2^places is a tie; its decimals are those of k 5^places. */
static void ties_are_rounded_as_by_strtod(void **state)
{
    (void)state;
    uint64_t seed = 2463534242u;
    for (int i = 0; i < 20000; i++) {
        const uint64_t odd = next(&seed) >> 10 | UINT64_C(1) << 53 | 1;
        const int places = 1 + i % 3;
        const uint64_t five[] = {1, 5, 25, 125};
        char text[80];
        const int n = snprintf(
            text, sizeof text, "%llu.%0*llu", (unsigned long long)(odd >> places),
            places, (unsigned long long)(odd % (1u << places) * five[places]));
        same_as_strtod(text);
        text[n - 1]++;
        same_as_strtod(text);
        text[n - 1] = (char)(text[n - 1] - 2);
        same_as_strtod(text);
        snprintf(text, sizeof text, "%llu", (unsigned long long)odd);
        same_as_strtod(text);
    }
}

static void words_are_told_from_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        cyt_number kind;
    } cases[] = {
        {"", CYT_NUMBER_MISSING},
        {"  ", CYT_NUMBER_MISSING},
        {"NA", CYT_NUMBER_MISSING},
        {"N/A", CYT_NUMBER_MISSING},
        {"NaN", CYT_NUMBER_MISSING},
        {"nan", CYT_NUMBER_MISSING},
        {"null", CYT_NUMBER_MISSING},
        {" 12.5 ", CYT_NUMBER_FINITE},
        {"inf", CYT_NUMBER_INFINITE},
        {"-Inf", CYT_NUMBER_INFINITE},
        {"+INFINITY", CYT_NUMBER_INFINITE},
        {"1e999", CYT_NUMBER_INFINITE},
        {"infinit", CYT_NUMBER_NONE},
        {"0x10", CYT_NUMBER_NONE},
        {"1,5", CYT_NUMBER_NONE},
        {"1 2", CYT_NUMBER_NONE},
        {"1e", CYT_NUMBER_NONE},
        {"1e+", CYT_NUMBER_NONE},
        {".", CYT_NUMBER_NONE},
        {"-", CYT_NUMBER_NONE},
        {"+", CYT_NUMBER_NONE},
        {"e5", CYT_NUMBER_NONE},
        {"1.2.3", CYT_NUMBER_NONE},
        {"--1", CYT_NUMBER_NONE},
        {"n/a", CYT_NUMBER_NONE},
        {"-nan", CYT_NUMBER_NONE},
        {"1d5", CYT_NUMBER_NONE},
        {"12abc", CYT_NUMBER_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double v;
        const size_t n = strlen(cases[i].text);
        const cyt_number kind = cyt_parse_f64(cases[i].text, n, &v);
        char padded[16 + CYT_NUMBER_PAD] = {0};
        memcpy(padded, cases[i].text, n);
        assert_int_equal(kind, cases[i].kind);
        assert_int_equal(kind, cyt_parse_f64_padded(padded, n, &v));
        assert_int_equal(isnan(v) != 0,
                         kind == CYT_NUMBER_NONE || kind == CYT_NUMBER_MISSING);
    }
}

static void a_comma_locale_changes_nothing(void **state)
{
    (void)state;
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "C"};
    for (size_t i = 0; i < 3; i++)
        if (setlocale(LC_NUMERIC, locales[i]))
            break;
    double v;
    assert_int_equal(cyt_parse_f64("123456789012345678901.25e-20", 28, &v),
                     CYT_NUMBER_FINITE);
    setlocale(LC_NUMERIC, "C");
    assert_true(v == 1.2345678901234567);
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
        cmocka_unit_test(names_must_be_utf8),
        cmocka_unit_test(shown_text_is_one_short_line),
        cmocka_unit_test(hard_numbers_are_rounded_as_by_strtod),
        cmocka_unit_test(numbers_of_a_thousand_digits_are_right),
        cmocka_unit_test(random_numbers_are_rounded_as_by_strtod),
        cmocka_unit_test(ties_are_rounded_as_by_strtod),
        cmocka_unit_test(words_are_told_from_numbers),
        cmocka_unit_test(a_comma_locale_changes_nothing),
        cmocka_unit_test(the_nearest_name_is_suggested_when_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
