// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/number.h"
#include "test.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hard_numbers_are_rounded_as_by_strtod),
        cmocka_unit_test(numbers_of_a_thousand_digits_are_right),
        cmocka_unit_test(random_numbers_are_rounded_as_by_strtod),
        cmocka_unit_test(ties_are_rounded_as_by_strtod),
        cmocka_unit_test(words_are_told_from_numbers),
        cmocka_unit_test(a_comma_locale_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
