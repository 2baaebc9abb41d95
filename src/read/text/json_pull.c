// SPDX-License-Identifier: BSD-3-Clause
#include "read/text/json_pull.h"

#include "cytotaxis/number.h"
#include "cytotaxis/text.h"

#include <math.h>
#include <string.h>

/* What may come next. */
enum state {
    VALUE,       /* behind the start, a colon or a comma in an array */
    FIRST_VALUE, /* behind '[': a value, or the end */
    FIRST_KEY,   /* behind '{': a key, or the end */
    KEY,         /* behind a comma in an object */
    BEHIND,      /* behind a value: comma or end */
};

void cyt_json_init(cyt_json *j, cyt_cursor *in)
{
    *j = (cyt_json){.in = in, .state = VALUE};
}

int cyt_json_is(const cyt_json *j, const char *text)
{
    return !j->cut && strlen(text) == j->length &&
           memcmp(text, j->text, j->length) == 0;
}

const char *cyt_json_what(const cyt_json *j)
{
    static const char *const what[] = {"the end of the file",
                                       "an object",
                                       "the end of an object",
                                       "an array",
                                       "']'",
                                       "a key",
                                       "a text",
                                       "a number",
                                       "true",
                                       "false",
                                       "null"};
    return what[j->event];
}

static cyt_code refuse(cyt_json *j, int byte, const char *wanted, cyt_error *err)
{
    char shown[CYT_BYTE_SHOWN];
    return cyt_cursor_fail(j->in, j->in->spot, err, "%s is wanted, not %s", wanted,
                           cyt_byte_shown(byte, shown));
}

/* The byte behind white space, not yet taken. */
static int peek_behind_space(cyt_json *j, cyt_error *err)
{
    int byte;
    while ((byte = cyt_cursor_peek(j->in, err)) == ' ' || byte == '\n' ||
           byte == '\r' || byte == '\t')
        if (cyt_cursor_take(j->in, err) == CYT_TEXT_FAILED)
            return CYT_TEXT_FAILED;
    return byte;
}

/* --- texts ------------------------------------------------------------------------ */

static void keep(cyt_json *j, const char *bytes, size_t n)
{
    if (j->cut || j->length + n > CYT_JSON_TEXT) {
        j->cut = 1;
        return;
    }
    memcpy(j->text + j->length, bytes, n);
    j->length += n;
}

static int hex_digit(int byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if ((byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F'))
        return (byte | 0x20) - 'a' + 10;
    return -1;
}

static cyt_code read_hex(cyt_json *j, uint32_t *unit, cyt_error *err)
{
    *unit = 0;
    for (int k = 0; k < 4; k++) {
        const int byte = cyt_cursor_peek(j->in, err), digit = hex_digit(byte);
        if (byte == CYT_TEXT_FAILED)
            return err->code;
        if (digit < 0)
            return refuse(j, byte, "a hexadecimal digit behind \\u", err);
        cyt_cursor_take(j->in, err);
        *unit = *unit << 4 | (uint32_t)digit;
    }
    return CYT_OK;
}

static cyt_code half_a_pair(cyt_json *j, cyt_spot at, cyt_error *err)
{
    return cyt_cursor_fail(j->in, at, err, "half of a surrogate pair");
}

/* Behind "\u". @p at: of the backslash. */
static cyt_code read_unicode(cyt_json *j, cyt_spot at, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint32_t point, low;
    char bytes[4];
    CYT_TRY(read_hex(j, &point, err));
    if (point >= 0xDC00 && point <= 0xDFFF)
        CYT_TRY(half_a_pair(j, at, err));
    if (point >= 0xD800 && point <= 0xDBFF) {
        if (cyt_cursor_peek(j->in, err) != '\\')
            return err->code ? err->code : half_a_pair(j, at, err);
        cyt_cursor_take(j->in, err);
        if (cyt_cursor_peek(j->in, err) != 'u')
            return err->code ? err->code : half_a_pair(j, at, err);
        cyt_cursor_take(j->in, err);
        CYT_TRY(read_hex(j, &low, err));
        if (low < 0xDC00 || low > 0xDFFF)
            CYT_TRY(half_a_pair(j, at, err));
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
    keep(j, bytes, cyt_utf8_put(point, bytes));
done:
    return code;
}

static cyt_code read_escape(cyt_json *j, cyt_spot at, cyt_error *err)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char shown[CYT_BYTE_SHOWN];
    const int byte = cyt_cursor_take(j->in, err);
    if (byte == CYT_TEXT_FAILED)
        return err->code;
    if (byte == 'u')
        return read_unicode(j, at, err);
    const char *found = byte > 0 ? strchr(from, byte) : NULL;
    if (!found)
        return cyt_cursor_fail(j->in, at, err, "a backslash before %s means nothing",
                               cyt_byte_shown(byte, shown));
    keep(j, &to[found - from], 1);
    return CYT_OK;
}

static cyt_code read_string(cyt_json *j, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char shown[CYT_BYTE_SHOWN];
    j->length = 0;
    j->cut = 0;
    cyt_cursor_take(j->in, err); /* the quote */
    for (;;) {
        const cyt_spot at = j->in->spot;
        const int byte = cyt_cursor_take(j->in, err);
        if (byte == CYT_TEXT_FAILED)
            return err->code;
        if (byte == CYT_TEXT_END)
            return cyt_cursor_fail(j->in, j->spot, err,
                                   "a text begins here and is never closed");
        if (byte == '"')
            break;
        if (byte < 0x20)
            return cyt_cursor_fail(j->in, at, err,
                                   "%s inside a text; write it as an escape",
                                   cyt_byte_shown(byte, shown));
        if (byte == '\\')
            CYT_TRY(read_escape(j, at, err));
        else
            keep(j, &(char){(char)byte}, 1);
    }
    j->text[j->length] = '\0';
done:
    return code;
}

/* --- numbers and words ------------------------------------------------------------ */

/* Letters, digits and signs up to what ends a value. */
static cyt_code read_word(cyt_json *j, cyt_error *err)
{
    j->length = 0;
    j->cut = 0;
    for (;;) {
        const int byte = cyt_cursor_peek(j->in, err);
        const int goes_on = (byte >= '0' && byte <= '9') ||
                            (byte >= 'a' && byte <= 'z') ||
                            (byte >= 'A' && byte <= 'Z') || byte == '+' ||
                            byte == '-' || byte == '.' || byte == '_';
        if (byte == CYT_TEXT_FAILED)
            return err->code;
        if (!goes_on)
            break;
        if (j->length == CYT_JSON_TEXT)
            return cyt_cursor_fail(j->in, j->spot, err,
                                   "a number or word of more than %d bytes",
                                   CYT_JSON_TEXT);
        j->text[j->length++] = (char)cyt_cursor_take(j->in, err);
    }
    j->text[j->length] = '\0';
    return CYT_OK;
}

static const char *digits(const char *c)
{
    while (*c >= '0' && *c <= '9')
        c++;
    return c;
}

/* What keeps the word from being a number of JSON, or NULL. */
static const char *fault_of_number(const char *word)
{
    const char *c = word + (*word == '-'), *whole = c;
    if (*c < '0' || *c > '9')
        return "has no digits";
    c = digits(c);
    if (*whole == '0' && c - whole > 1)
        return "has a leading zero";
    if (*c == '.' && digits(c + 1) == c + 1)
        return "has no digits behind the point";
    c = *c == '.' ? digits(c + 1) : c;
    if (*c == 'e' || *c == 'E') {
        c += c[1] == '+' || c[1] == '-' ? 2 : 1;
        if (digits(c) == c)
            return "has no digits in its exponent";
        c = digits(c);
    }
    return *c ? "is not a number" : NULL;
}

static cyt_code read_number(cyt_json *j, cyt_error *err)
{
    char shown[CYT_SHOWN_SIZE];
    const char *fault = fault_of_number(j->text);
    if (fault)
        return cyt_cursor_fail(j->in, j->spot, err, "\"%s\" %s",
                               cyt_text_shown(j->text, j->length, shown), fault);
    if (cyt_parse_f64(j->text, j->length, &j->number) == CYT_NUMBER_INFINITE)
        j->number = j->text[0] == '-' ? -INFINITY : INFINITY;
    j->event = CYT_JSON_NUMBER;
    return CYT_OK;
}

static cyt_code read_literal(cyt_json *j, cyt_error *err)
{
    static const struct {
        const char *word;
        cyt_json_event event;
        double number;
    } words[] = {{"true", CYT_JSON_TRUE, 0},
                 {"false", CYT_JSON_FALSE, 0},
                 {"null", CYT_JSON_NULL, 0},
                 {"NaN", CYT_JSON_NUMBER, NAN},
                 {"Infinity", CYT_JSON_NUMBER, INFINITY},
                 {"-Infinity", CYT_JSON_NUMBER, -INFINITY}};
    char shown[CYT_SHOWN_SIZE];
    const cyt_code code = read_word(j, err);
    if (code != CYT_OK)
        return code;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (cyt_json_is(j, words[i].word)) {
            j->event = words[i].event;
            j->number = words[i].number;
            return CYT_OK;
        }
    const char c = j->text[0];
    if (c == '-' || c == '+' || c == '.' || (c >= '0' && c <= '9'))
        return read_number(j, err);
    return cyt_cursor_fail(j->in, j->spot, err, "unknown word \"%s\"",
                           cyt_text_shown(j->text, j->length, shown));
}

/* --- structure -------------------------------------------------------------------- */

static cyt_code open_bracket(cyt_json *j, char bracket, cyt_error *err)
{
    if (j->depth == CYT_JSON_DEPTH)
        return cyt_cursor_fail(j->in, j->spot, err, "nested deeper than %d",
                               CYT_JSON_DEPTH);
    cyt_cursor_take(j->in, err);
    j->open[j->depth++] = bracket;
    j->event = bracket == '{' ? CYT_JSON_OBJECT : CYT_JSON_ARRAY;
    j->state = bracket == '{' ? FIRST_KEY : FIRST_VALUE;
    return CYT_OK;
}

static cyt_code close_bracket(cyt_json *j, cyt_error *err)
{
    cyt_cursor_take(j->in, err);
    j->event = j->open[--j->depth] == '{' ? CYT_JSON_OBJECT_END : CYT_JSON_ARRAY_END;
    j->state = BEHIND;
    return CYT_OK;
}

static cyt_code read_value(cyt_json *j, int byte, cyt_error *err)
{
    if (byte == '{' || byte == '[')
        return open_bracket(j, (char)byte, err);
    j->state = BEHIND;
    if (byte == '"') {
        j->event = CYT_JSON_STRING;
        return read_string(j, err);
    }
    const int letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    if (letter || (byte >= '0' && byte <= '9') || byte == '-' || byte == '+' ||
        byte == '.')
        return read_literal(j, err);
    return refuse(j, byte, "a value", err);
}

static cyt_code read_key(cyt_json *j, int byte, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (byte != '"')
        return refuse(j, byte, "a key in quotes", err);
    CYT_TRY(read_string(j, err));
    byte = peek_behind_space(j, err);
    if (byte == CYT_TEXT_FAILED)
        return err->code;
    if (byte != ':')
        return refuse(j, byte, "':' behind a key", err);
    cyt_cursor_take(j->in, err);
    j->event = CYT_JSON_KEY;
    j->state = VALUE;
done:
    return code;
}

/* Behind a value inside brackets: pass a comma, or find the end. */
static cyt_code read_comma(cyt_json *j, int *byte, cyt_error *err)
{
    const int in_object = j->open[j->depth - 1] == '{';
    if (*byte == (in_object ? '}' : ']'))
        return CYT_OK;
    if (*byte != ',')
        return refuse(j, *byte, in_object ? "',' or '}'" : "',' or ']'", err);
    cyt_cursor_take(j->in, err);
    j->state = in_object ? KEY : VALUE;
    *byte = peek_behind_space(j, err);
    j->spot = j->in->spot;
    return err->code;
}

cyt_code cyt_json_next(cyt_json *j, cyt_error *err)
{
    cyt_code code = err->code; /* a failure stays one */
    CYT_TRY(code);
    int byte = peek_behind_space(j, err);
    CYT_TRY(byte == CYT_TEXT_FAILED ? err->code : CYT_OK);
    j->spot = j->in->spot;
    if (j->depth == 0 && j->state == BEHIND) {
        j->event = CYT_JSON_END;
        return byte == CYT_TEXT_END ? CYT_OK : refuse(j, byte, "nothing more", err);
    }
    if (j->state == BEHIND)
        CYT_TRY(read_comma(j, &byte, err));
    const int may_end = j->state != VALUE && j->state != KEY;
    if (may_end && byte == (j->open[j->depth - 1] == '{' ? '}' : ']'))
        return close_bracket(j, err);
    if (j->state == KEY || j->state == FIRST_KEY)
        return read_key(j, byte, err);
    return read_value(j, byte, err);
done:
    return code;
}

cyt_code cyt_json_skip(cyt_json *j, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (j->event != CYT_JSON_OBJECT && j->event != CYT_JSON_ARRAY)
        return CYT_OK;
    for (const size_t outside = j->depth - 1; j->depth > outside;)
        CYT_TRY(cyt_json_next(j, err));
done:
    return code;
}
