// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/text.h"

#include "base/bytes.h"

#include <stdint.h>
#include <string.h>

size_t cyt_utf8_tail(unsigned char c, unsigned char *from, unsigned char *to)
{
    *from = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    *to = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    if (c >= 0xC2 && c <= 0xDF)
        return 1;
    if (c >= 0xE0 && c <= 0xEF)
        return 2;
    return c >= 0xF0 && c <= 0xF4 ? 3 : 0;
}

/* Eight bytes of plain ASCII without NUL? A byte is 0x80 or more when its top bit is
 * set, and borrows one from the top bit of its neighbours or its own when it is 0. */
static int is_ascii_word(const char *text)
{
    const uint64_t eight = cyt_load_word(text);
    return !((eight | (eight - CYT_BYTE_ONES)) & CYT_BYTE_ONES * 0x80);
}

/* Bytes of plain ASCII at the start, in steps of eight, the last of which may overlap
 * the one before: most ids are nothing else. */
static size_t ascii_head(const char *text, size_t n)
{
    size_t i = 0;
    while (n - i >= 8 && is_ascii_word(text + i))
        i += 8;
    return n >= 8 && n - i < 8 && is_ascii_word(text + n - 8) ? n : i;
}

size_t cyt_text_letter(const char *text, size_t n)
{
    unsigned char from, to;
    const unsigned char c = (unsigned char)text[0];
    if (c < 0x80)
        return c > 0;
    const size_t tail = cyt_utf8_tail(c, &from, &to);
    if (tail == 0 || n <= tail)
        return 0;
    for (size_t k = 1; k <= tail; k++, from = 0x80, to = 0xBF)
        if ((unsigned char)text[k] < from || (unsigned char)text[k] > to)
            return 0;
    return tail + 1;
}

int cyt_text_valid(const char *text, size_t n)
{
    for (size_t i = ascii_head(text, n); i < n;) {
        const size_t letter = cyt_text_letter(text + i, n - i);
        if (letter == 0)
            return 0;
        i += letter;
    }
    return 1;
}

int cyt_text_ends(const char *text, const char *ending)
{
    const size_t n = strlen(text), m = strlen(ending);
    return n > m && memcmp(text + n - m, ending, m) == 0;
}

/* Does a terminal obey the letter instead of showing it? The controls of ASCII and of
 * ISO 6429 (U+0080 to U+009F), and what is invisible or turns the direction of writing
 * (U+200B to U+200F, U+2028 to U+202E, U+2060 to U+206F). */
static int is_obeyed(const char *text, size_t letter)
{
    unsigned char c[3] = {0};
    memcpy(c, text, letter < 3 ? letter : 3);
    if (letter == 1)
        return c[0] < 0x20 || c[0] == 0x7F;
    if (letter == 2)
        return c[0] == 0xC2 && c[1] <= 0x9F;
    return letter == 3 && c[0] == 0xE2 &&
           ((c[1] == 0x80 &&
             ((c[2] >= 0x8B && c[2] <= 0x8F) || (c[2] >= 0xA8 && c[2] <= 0xAE))) ||
            (c[1] == 0x81 && c[2] >= 0xA0 && c[2] <= 0xAF));
}

static void tame(char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        const size_t letter = cyt_text_letter(text + i, n - i);
        const size_t step = letter ? letter : 1;
        if (letter == 0 || is_obeyed(text + i, letter))
            memset(text + i, '?', step);
        i += step;
    }
}

void cyt_text_tame(char *line)
{
    tame(line, strlen(line));
}

void cyt_text_tame_lines(char *text)
{
    for (size_t n; *text; text += n + (text[n] != '\0')) {
        n = strcspn(text, "\n\t");
        tame(text, n);
    }
}

const char *cyt_text_shown(const char *text, size_t n, char shown[CYT_SHOWN_SIZE])
{
    const size_t room = CYT_SHOWN_SIZE - 4;
    size_t kept = n < room ? n : room;
    while (kept < n && kept > 0 && ((unsigned char)text[kept] & 0xC0) == 0x80)
        kept--; /* not in the middle of a letter */
    memcpy(shown, text, kept);
    tame(shown, kept);
    memcpy(shown + kept, kept < n ? "..." : "", kept < n ? 4 : 1);
    return shown;
}
