// SPDX-License-Identifier: BSD-3-Clause
#include "report/html.h"

#include "cytotaxis/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- text ------------------------------------------------------------------------- */

/* Bytes of the character that begins here, 0 when it is none of UTF-8. */
static size_t character(const unsigned char *c)
{
    enum { LONGEST = 4 };
    return cyt_text_letter((const char *)c, LONGEST);
}

/* May XML hold it? Not the controls, nor U+FFFE and U+FFFF. */
static int is_allowed(const unsigned char *c, size_t n)
{
    if (n == 1)
        return (c[0] >= 0x20 && c[0] != 0x7f) || c[0] == '\t' || c[0] == '\n';
    return !(n == 3 && c[0] == 0xef && c[1] == 0xbf && c[2] >= 0xbe);
}

static void put_character(cyt_strbuf *html, const unsigned char *c, size_t n,
                          cyt_error *err)
{
    static const char replacement[] = "\xef\xbf\xbd";
    if (n == 0 || !is_allowed(c, n))
        cyt_strbuf_add(html, err, "%s", replacement);
    else if (c[0] == '&')
        cyt_strbuf_add(html, err, "&amp;");
    else if (c[0] == '<')
        cyt_strbuf_add(html, err, "&lt;");
    else if (c[0] == '>')
        cyt_strbuf_add(html, err, "&gt;");
    else if (c[0] == '"')
        cyt_strbuf_add(html, err, "&quot;");
    else if (c[0] == '\'')
        cyt_strbuf_add(html, err, "&#39;");
    else
        cyt_strbuf_bytes(html, (const char *)c, n, err);
}

void cyt_html_text(cyt_strbuf *html, const char *text, cyt_error *err)
{
    const unsigned char *c = (const unsigned char *)text;
    while (*c) {
        const size_t n = character(c);
        put_character(html, c, n, err);
        c += n ? n : 1;
    }
}

void cyt_html_cut(cyt_strbuf *html, const char *text, size_t most, cyt_error *err)
{
    const unsigned char *c = (const unsigned char *)text;
    size_t all = 0;
    for (const unsigned char *at = c; *at; all++)
        at += character(at) ? character(at) : 1;
    const size_t shown = all > most ? most - 1 : all;
    for (size_t k = 0; k < shown; k++) {
        const size_t n = character(c);
        put_character(html, c, n, err);
        c += n ? n : 1;
    }
    if (all > most)
        cyt_strbuf_add(html, err, "\xe2\x80\xa6");
}

void cyt_html_address(cyt_strbuf *html, const char *path, cyt_error *err)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-._~/";
    for (const char *c = path; *c; c++)
        cyt_strbuf_add(html, err, strchr(plain, *c) ? "%c" : "%%%02X",
                       (unsigned char)*c);
}

/* --- numbers ---------------------------------------------------------------------- */

void cyt_html_number(cyt_strbuf *html, double value, cyt_error *err)
{
    if (isnan(value))
        cyt_strbuf_add(html, err, "\xe2\x80\x93");
    else if (fabs(value) >= 1e4 && fabs(value) < 1e15)
        cyt_strbuf_add(html, err, "%.0f", value);
    else
        cyt_strbuf_add(html, err, "%.4g", value);
}

void cyt_html_count(cyt_strbuf *html, double value, cyt_error *err)
{
    char digits[64];
    if (!(fabs(value) < 1e15)) {
        cyt_html_number(html, value, err);
        return;
    }
    const int n = snprintf(digits, sizeof digits, "%.0f", value);
    for (int k = 0; k < n; k++)
        cyt_strbuf_add(
            html, err, "%s%c",
            k > 0 && digits[k - 1] != '-' && (n - k) % 3 == 0 ? "\xe2\x80\xaf" : "",
            digits[k]);
}

void cyt_html_unit(cyt_strbuf *html, const char *unit, cyt_error *err)
{
    static const char *const raised[] = {"\xe2\x81\xbb", "\xc2\xb9", "\xc2\xb2",
                                         "\xc2\xb3"};
    if (strcmp(unit, "1") == 0)
        return;
    for (const char *c = unit, *next; *c; c = next) {
        const size_t n = character((const unsigned char *)c);
        next = c + (n ? n : 1);
        const int begins = c == unit || c[-1] == ' ';
        const int ends_word = c[1] == '\0' || c[1] == ' ';
        if (begins && c[0] == 'u' && c[1] == 'm')
            cyt_strbuf_add(html, err, "\xc2\xb5");
        else if (*c == '-' && !begins && c[1] >= '1' && c[1] <= '3')
            cyt_strbuf_add(html, err, "%s", raised[0]);
        else if (*c >= '1' && *c <= '3' && !begins && ends_word)
            cyt_strbuf_add(html, err, "%s", raised[*c - '0']);
        else
            put_character(html, (const unsigned char *)c, n, err);
    }
}

/* --- colours and pictures --------------------------------------------------------- */

void cyt_html_colour(cyt_strbuf *html, cyt_rgb colour, cyt_error *err)
{
    cyt_strbuf_add(html, err, "#%02x%02x%02x", (unsigned)colour.r, (unsigned)colour.g,
                   (unsigned)colour.b);
}

void cyt_html_key(cyt_strbuf *html, size_t n, char *const *name, const cyt_rgb *colour,
                  cyt_error *err)
{
    cyt_strbuf_add(html, err, "<ul class=\"legend\">");
    for (size_t k = 0; k < n; k++) {
        cyt_strbuf_add(html, err, "<li><span class=\"dot\" style=\"background:");
        cyt_html_colour(html, colour[k], err);
        cyt_strbuf_add(html, err, "\"></span>");
        cyt_html_text(html, name[k], err);
        cyt_strbuf_add(html, err, "</li>");
    }
    cyt_strbuf_add(html, err, "</ul>\n");
}

void cyt_html_png(cyt_strbuf *html, const uint8_t *png, size_t n, cyt_error *err)
{
    static const char digit[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    cyt_strbuf_add(html, err, "data:image/png;base64,");
    for (size_t i = 0; i < n; i += 3) {
        const size_t left = n - i;
        const unsigned long bits = (unsigned long)png[i] << 16 |
                                   (left > 1 ? (unsigned long)png[i + 1] << 8 : 0) |
                                   (left > 2 ? (unsigned long)png[i + 2] : 0);
        const char four[4] = {digit[bits >> 18], digit[bits >> 12 & 63],
                              left > 1 ? digit[bits >> 6 & 63] : '=',
                              left > 2 ? digit[bits & 63] : '='};
        cyt_strbuf_bytes(html, four, 4, err);
    }
}
