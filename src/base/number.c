// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/number.h"

#include "base/bytes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

/* A decimal number taken apart: digits * 10^exponent. */
struct decimal {
    uint64_t digits; /* exact while n_digits <= 19 */
    size_t n_digits; /* zeros in front may count */
    int exponent;
    int negative;
};

enum {
    MAX_DIGITS = 19,          /* 10^19 < 2^64 */
    MAX_LENGTH = 1 << 29,     /* so that exponents never leave an int */
    MAX_EXPONENT = 100 << 20, /* written exponents grow no further, being far outside */
};

static const double power_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t read_digits(const char *text, size_t at, size_t n, uint64_t *digits)
{
    uint64_t value = *digits;
    for (; at < n && is_digit(text[at]); at++)
        value = value * 10 + (uint64_t)(text[at] - '0');
    *digits = value;
    return at;
}

/* The part behind `e`; returns n + 1 if there is no digit. */
static size_t read_exponent(const char *text, size_t at, size_t n, struct decimal *d)
{
    const int negative = at < n && text[at] == '-';
    at += at < n && (text[at] == '-' || text[at] == '+');
    if (at == n || !is_digit(text[at]))
        return n + 1;
    int e = 0;
    for (; at < n && is_digit(text[at]); at++)
        if (e < MAX_EXPONENT)
            e = 10 * e + (text[at] - '0');
    d->exponent += negative ? -e : e;
    return at;
}

/* Is the whole text a decimal number? */
static int take_apart(const char *text, size_t n, struct decimal *d)
{
    *d = (struct decimal){.negative = n > 0 && text[0] == '-'};
    const size_t start = n > 0 && (text[0] == '-' || text[0] == '+');
    size_t at = read_digits(text, start, n, &d->digits);
    d->n_digits = at - start;
    if (at < n && text[at] == '.') {
        const size_t point = ++at;
        at = read_digits(text, point, n, &d->digits);
        d->n_digits += at - point;
        d->exponent = -(int)(at - point);
    }
    if (d->n_digits == 0)
        return 0;
    if (at < n && (text[at] == 'e' || text[at] == 'E'))
        at = read_exponent(text, at + 1, n, d);
    return at == n;
}

/* digits and power are both exact doubles, so one rounding remains, the right one. */
static int by_double(const struct decimal *d, double *value)
{
    if (d->digits > UINT64_C(1) << 53 || d->exponent < -22 || d->exponent > 22)
        return 0;
    const double digits = (double)d->digits;
    *value = d->exponent < 0 ? digits / power_of_ten[-d->exponent]
                             : digits * power_of_ten[d->exponent];
    return 1;
}

static int leading_zeros(uint64_t v)
{
    return __builtin_clzll(v);
}

/* digits / 10^e = (digits / 5^e) / 2^e, with 5^e < 2^64 for e <= 27. Both are shifted
 * to fill 64 bits, so that the quotient has 64 or 65; its remainder says whether
 * anything was lost. Rounding to 53 bits, ties to even, is then exact: no double is
 * subnormal here. */
static int by_division(const struct decimal *d, double *value)
{
    if (d->exponent >= 0 || d->exponent < -27 || d->digits == 0)
        return 0;
    uint64_t five = 1;
    for (int e = d->exponent; e < 0; e++)
        five *= 5;
    const int up = leading_zeros(d->digits), five_up = leading_zeros(five);
    const wide top = (wide)(d->digits << up) << 64;
    const uint64_t divisor = five << five_up;
    const wide quotient = top / divisor;
    const int lost = quotient * divisor != top;
    const int drop = quotient >> 64 ? 12 : 11;
    uint64_t kept = (uint64_t)(quotient >> drop);
    const uint64_t rest = (uint64_t)quotient & ((UINT64_C(1) << drop) - 1);
    const uint64_t half = UINT64_C(1) << (drop - 1);
    kept += rest > half || (rest == half && (lost || (kept & 1)));
    *value = ldexp((double)kept, drop - 64 - up + five_up + d->exponent);
    return 1;
}

/* strtod wants a NUL and the decimal point of the current locale, so it gets the digits
 * without a point and an exponent. Halfway points between doubles have at most 767
 * digits: of a longer number the tail only has to say "not zero". */
enum { STRTOD_DIGITS = 770, STRTOD_SIZE = STRTOD_DIGITS + 16 };

static double by_strtod(const char *text, size_t n, const struct decimal *d)
{
    char copy[STRTOD_SIZE];
    int kept = 0, left_out = 0;
    for (size_t i = 0; i < n && text[i] != 'e' && text[i] != 'E'; i++) {
        if (!is_digit(text[i]) || (kept == 0 && text[i] == '0'))
            continue;
        if (kept < STRTOD_DIGITS) {
            copy[kept++] = text[i];
            continue;
        }
        left_out++;
        if (text[i] != '0' && copy[kept - 1] == '0')
            copy[kept - 1] = '1';
    }
    if (kept == 0)
        return 0.0;
    snprintf(copy + kept, sizeof copy - (size_t)kept, "e%d", d->exponent + left_out);
    return strtod(copy, NULL);
}

static cyt_number by_digits(const char *text, size_t n, double *value)
{
    struct decimal d;
    if (!take_apart(text, n, &d))
        return CYT_NUMBER_NONE;
    if (d.n_digits > MAX_DIGITS || (!by_double(&d, value) && !by_division(&d, value)))
        *value = by_strtod(text, n, &d);
    if (d.negative)
        *value = -*value;
    return isinf(*value) ? CYT_NUMBER_INFINITE : CYT_NUMBER_FINITE;
}

/* Equal but for upper and lower case; `word` is lower case. */
static int is_word(const char *text, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (word[i] == '\0' || (text[i] | 0x20) != word[i])
            return 0;
    return word[n] == '\0';
}

static int is_infinite(const char *text, size_t n)
{
    const size_t sign = n > 0 && (text[0] == '-' || text[0] == '+');
    return is_word(text + sign, n - sign, "inf") ||
           is_word(text + sign, n - sign, "infinity");
}

int cyt_text_missing(const char *text, size_t length)
{
    static const char *const words[] = {"", "NA", "N/A", "#N/A", "NaN", "nan", "null"};
    if (length > 4 || (length > 0 && !memchr("Nn#", text[0], 3)))
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == length && memcmp(text, words[i], length) == 0)
            return 1;
    return 0;
}

static int is_space(char c)
{
    return c == ' ' || c == '\t';
}

cyt_number cyt_parse_f64(const char *text, size_t length, double *value)
{
    for (; length > 0 && is_space(text[0]); length--)
        text++;
    while (length > 0 && is_space(text[length - 1]))
        length--;
    *value = NAN;
    if (length > MAX_LENGTH)
        return CYT_NUMBER_NONE;
    const cyt_number kind = by_digits(text, length, value);
    if (kind != CYT_NUMBER_NONE)
        return kind;
    if (cyt_text_missing(text, length))
        return CYT_NUMBER_MISSING;
    if (!is_infinite(text, length))
        return CYT_NUMBER_NONE;
    *value = text[0] == '-' ? -INFINITY : INFINITY;
    return CYT_NUMBER_INFINITE;
}

/* --- short numbers, without a loop ------------------------------------------------ */

/* The first n <= 8 bytes, as digits in the upper bytes, zeros below. */
static uint64_t digits_of(const char *text, size_t n)
{
    const unsigned half = (unsigned)(4 * (8 - n)); /* two shifts: 64 would be too far */
    return (cyt_load_word(text) ^ CYT_BYTE_ONES * '0') << half << half;
}

/* Bytes that are not 0 .. 9 have their top bit set. */
static uint64_t not_digits(uint64_t word)
{
    return ((word + CYT_BYTE_ONES * 0x76) | word) & CYT_BYTE_ONES * 0x80;
}

/* Eight digits, the lowest byte first: pairs, then fours and the whole in one. */
static uint64_t value_of(uint64_t word)
{
    const uint64_t pair = UINT64_C(0x000000FF000000FF);
    word = word * 10 + (word >> 8);
    return ((word & pair) * (100 + (UINT64_C(1000000) << 32)) +
            (word >> 16 & pair) * (1 + (UINT64_C(10000) << 32))) >>
           32;
}

/* At most sixteen digits; 0 if there is another character. */
static int read_places(const char *text, size_t n, uint64_t *value)
{
    const size_t few = n < 8 ? n : 8, rest = n - few;
    const uint64_t first = digits_of(text, few);
    *value = value_of(first);
    if (rest == 0)
        return !not_digits(first);
    const uint64_t last = digits_of(text + 8, rest);
    *value = *value * (uint64_t)(int64_t)power_of_ten[rest] + value_of(last);
    return !(not_digits(first) | not_digits(last));
}

/* At most eight digits, a point, and at most sixteen more, nineteen in all. */
static int by_words(const char *text, size_t n, double *value)
{
    struct decimal d = {.negative = text[0] == '-'};
    text += d.negative;
    n -= (size_t)d.negative;
    const uint64_t points = cyt_equal_bytes(text, '.');
    size_t whole = points ? (size_t)__builtin_ctzll(points) / 8 : 8;
    whole = whole < n ? whole : n;
    const size_t places = n - whole - (whole < n);
    if (whole == 0 || places > 16 || whole + places > MAX_DIGITS ||
        (whole < n && text[whole] != '.'))
        return 0;
    const uint64_t before = digits_of(text, whole);
    uint64_t behind;
    if (!read_places(text + n - places, places, &behind) || not_digits(before))
        return 0;
    d.digits = value_of(before) * (uint64_t)(int64_t)power_of_ten[places] + behind;
    d.exponent = -(int)places;
    if (!by_double(&d, value) && !by_division(&d, value))
        return 0;
    *value = d.negative ? -*value : *value;
    return 1;
}

cyt_number cyt_parse_f64_padded(const char *text, size_t length, double *value)
{
    if (length > 0 && by_words(text, length, value))
        return CYT_NUMBER_FINITE;
    return cyt_parse_f64(text, length, value);
}

/* --- and back --------------------------------------------------------------------- */

const char *cyt_number_text(double value, char text[CYT_NUMBER_SIZE])
{
    for (int digits = 6; digits <= 17; digits++) {
        double back;
        snprintf(text, CYT_NUMBER_SIZE, "%.*g", digits, value);
        char *comma = strchr(text, ','); /* of some locales */
        if (comma)
            *comma = '.';
        if (cyt_parse_f64(text, strlen(text), &back) == CYT_NUMBER_FINITE &&
            back == value)
            break;
    }
    return text;
}

const char *cyt_time_text(double seconds, char text[CYT_NUMBER_SIZE])
{
    if (seconds < 10)
        snprintf(text, CYT_NUMBER_SIZE, "%.2g s", seconds);
    else if (seconds < 100)
        snprintf(text, CYT_NUMBER_SIZE, "%.0f s", seconds);
    else if (seconds < 6000)
        snprintf(text, CYT_NUMBER_SIZE, "%.0f min", seconds / 60);
    else
        snprintf(text, CYT_NUMBER_SIZE, "%.1f h", seconds / 3600);
    return text;
}
