/**
 * @file number.h
 * @brief Decimal text to double: strict, the same in every locale, correctly rounded.
 *
 * Three ways, fastest first: few digits and a small exponent are one exact double
 * operation (Clinger 1990, doi:10.1145/93542.93557); up to 19 digits, of which up to 27
 * places after the point, are one exact integer division; the rest goes to strtod. The
 * price is code; the gain is that coordinates written with 17 digits, as data frames
 * write them, cost little more than short ones.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_NUMBER_H
#define CYT_NUMBER_H

#include <stddef.h>

/** What a field that should be a number is. */
typedef enum cyt_number {
    CYT_NUMBER_NONE = 0, /**< not a number */
    CYT_NUMBER_FINITE,
    CYT_NUMBER_MISSING,  /**< empty, NA, N/A, #N/A, NaN, nan or null */
    CYT_NUMBER_INFINITE, /**< inf, infinity in any case, or too large for a double */
} cyt_number;

/**
 * Read a whole field as a decimal number, rounded to the nearest double as strtod does
 * in the C locale. Spaces around it are allowed; hexadecimal is not.
 *
 * @param text    [length] no NUL needed
 * @param value   receives the number; NaN when there is none
 */
cyt_number cyt_parse_f64(const char *text, size_t length, double *value);

/** Bytes that must be readable (their values do not matter) behind a text that is given
 *  to cyt_parse_f64_padded(). */
enum { CYT_NUMBER_PAD = 16 };

/** The same for a text [length + CYT_NUMBER_PAD] inside a longer one, as the fields of
 * a table are: short plain numbers are read without a step per digit. */
cyt_number cyt_parse_f64_padded(const char *text, size_t length, double *value);

/** Shortest decimal, from six digits on, that reads back as @p value, with a point in
 *  every locale. Returns @p text. */
enum { CYT_NUMBER_SIZE = 32 };
const char *cyt_number_text(double value, char text[CYT_NUMBER_SIZE]);

/** A time in the unit that keeps it short: "12 s", "95 min", "3.5 h". Returns @p text.
 */
const char *cyt_time_text(double seconds, char text[CYT_NUMBER_SIZE]);

/** Is the field one of the words for a missing value (CYT_NUMBER_MISSING)? */
int cyt_text_missing(const char *text, size_t length);

#endif
