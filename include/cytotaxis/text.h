/**
 * @file text.h
 * @brief UTF-8: what may become a name, and what may be shown to a person.
 *
 * Names of cells, types and files come from anywhere and go into messages, tables and
 * pages. Two questions are asked of them: are they UTF-8 (RFC 3629,
 * doi:10.17487/RFC3629), and would a terminal obey them instead of showing them?
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_TEXT_H
#define CYT_TEXT_H

#include <stddef.h>

/** Is @p text UTF-8 without NUL bytes, fit to become a name or an id? */
int cyt_text_valid(const char *text, size_t n);

/** Bytes of the letter at the front of @p text [n]; 0 when there is none: what stands
 *  there is no UTF-8, is cut off, or is a NUL. Of a text that ends with a NUL no more
 *  than its bytes are looked at, whatever @p n. */
size_t cyt_text_letter(const char *text, size_t n);

/** How many bytes follow @p first, the first byte of a letter: 1 to 3; 0 when no letter
 *  of several bytes begins with it.
 *  @param from,to  receive the range of the byte that follows, which leaves out
 * overlong forms, surrogates and what is above U+10FFFF; further ones are from 0x80 to
 * 0xBF */
size_t cyt_utf8_tail(unsigned char first, unsigned char *from, unsigned char *to);

/** Does @p text end in @p ending, with something before it? */
int cyt_text_ends(const char *text, const char *ending);

enum { CYT_SHOWN_SIZE = 48 };
/** @p text for a message: one line of UTF-8, cut with "..." when long, tame.
 *  @return @p shown */
const char *cyt_text_shown(const char *text, size_t n, char shown[CYT_SHOWN_SIZE]);

/** Each byte of @p line becomes "?" that a terminal would obey instead of showing it
 *  (controls, turns of the direction of writing, what is invisible), or that is no
 *  UTF-8. Done to every message (cyt_fail(), cyt_problems_add(), cyt_log_tell()), so
 *  that names may stand in them as they are. */
void cyt_text_tame(char *line);

/** The same of a text of several lines: newlines and tabs stay. Done to all that the
 *  program prints. */
void cyt_text_tame_lines(char *text);

#endif
