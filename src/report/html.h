/**
 * @file html.h
 * @brief HTML and SVG as text that grows; whatever comes from data is escaped.
 *
 * Markup of our own goes through cyt_strbuf_add(); a name, a message or any other text
 * from data only through cyt_html_text(), which is safe within elements and within
 * attributes in double quotes. What is no UTF-8, and what XML cannot hold, becomes
 * U+FFFD. Errors stick, as in cyt_strbuf.
 */
#ifndef CYT_REPORT_HTML_H
#define CYT_REPORT_HTML_H

#include "cytotaxis/palette.h"
#include "cytotaxis/strbuf.h"

#include <stdint.h>

void cyt_html_text(cyt_strbuf *html, const char *text, cyt_error *err);
/** At most @p most characters, the last an ellipsis when some are left out. */
void cyt_html_cut(cyt_strbuf *html, const char *text, size_t most, cyt_error *err);
/** Four significant digits, from ten thousand on a whole number; a dash for NaN. */
void cyt_html_number(cyt_strbuf *html, double value, cyt_error *err);
/** A whole number, thousands apart. */
void cyt_html_count(cyt_strbuf *html, double value, cyt_error *err);
/** A unit as people write it: um becomes µm, mm-2 becomes mm⁻², 1 nothing. */
void cyt_html_unit(cyt_strbuf *html, const char *unit, cyt_error *err);
/** As the address of a file within the results: what is not plain is percent-encoded.
 */
void cyt_html_address(cyt_strbuf *html, const char *path, cyt_error *err);
void cyt_html_colour(cyt_strbuf *html, cyt_rgb colour, cyt_error *err);
/** A list of names, each after a dot of its colour. @param name, colour  [n] */
void cyt_html_key(cyt_strbuf *html, size_t n, char *const *name, const cyt_rgb *colour,
                  cyt_error *err);
/** A picture within the page. */
void cyt_html_png(cyt_strbuf *html, const uint8_t *png, size_t n, cyt_error *err);

#endif
