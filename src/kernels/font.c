// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file font.c
 * @brief Letters as strokes of one pen, drawn for this project on a grid of half pixels
 * of the font.
 *
 * A glyph is a text of strokes. Each begins with its kind and goes on with points of
 * two digits, x then y, in base 36, half a pixel each:
 *
 *     -   straight from point to point
 *     ~   a curve drawn by its first and last point and pulled by those between: the
 *         quadratic B-spline, which touches the middles of the sides of its polygon
 *
 *     y = i ──────────  capitals, figures, ascenders    7 pixels above the base line
 *     y = e ──────────  lower case                      5
 *     y = c             bars of E, F, H, B              4
 *     y = 4 ──────────  base line                       0
 *     y = 0 ──────────  descenders                      2 below it
 *
 *     x = 0 is the middle of the leftmost stem; round letters, figures and arches are
 *     4 pixels from stem to stem (8), round capitals 5 (a), m and w 6 (c), and c, s, z,
 *     E, F, L less: 3.5
 *
 * One shape serves many letters: a bowl is a rectangle of controls from base line to
 * lower case (b d o p q g), an arch two of its corners (h m n r, and u upside down).
 * Stems, feet and tops lie on whole pixels, where the pen, one pixel wide, fills
 * columns and rows of the picture exactly at any scale. l has a tail, I has serifs and
 * 0 is narrower than O, so that none is taken for another.
 *
 * Advantage over a bitmap: smooth at every scale, and a glyph is a line that can be
 * read and changed. Price: a distance to each stroke for each pixel.
 */
#include "cytotaxis/font.h"

#include <assert.h>
#include <string.h>

enum { CAP = 18, DIGIT_WIDTH = 8, SPACE_WIDTH = 2, MOST_SEGMENTS = 64 };

// clang-format off
static const char *const ascii[128] = {
    [' '] = "",
    ['!'] = "-0i09 -0405",                      ['"'] = "-0i0f -4i4f",
    ['#'] = "-242i -646i -0888 -0e8e",          ['$'] = "~8e8g0g0b8b860608 -4i44",
    ['%'] = "-24ai ~2i0i0e4e4i2i ~a48488c8c4a4",
    ['&'] = "~a42c0i6i6d0a0484a9",              ['\''] = "-0i0f",
    ['('] = "~4i0g0442",                        [')'] = "~0i4g4402",
    ['*'] = "-4h49 -1f7b -1b7f",                ['+'] = "-0a8a -4e46",
    [','] = "-2401",                            ['-'] = "-0a6a",
    ['.'] = "-0405",                            ['/'] = "-027i",

    ['0'] = "~4i0i04848i4i",                    ['1'] = "-0f4i44 -0484",
    ['2'] = "~0f0i8i8d04 -0484",                ['3'] = "~0g0i8i8c3c ~3c8c840406",
    ['4'] = "-646i0888",                        ['5'] = "-8i1i0b ~0b1d8d840406",
    ['6'] = "~7i0i08 ~4d0d04848d4d",            ['7'] = "-0i8i34",
    ['8'] = "~4i0i0c8c8i4i ~4c0c04848c4c",      ['9'] = "~14848e ~4i0i09898i4i",

    [':'] = "-0405 -0c0d",                      [';'] = "-2401 -2c2d",
    ['<'] = "-8e0a86",                          ['='] = "-0c8c -0888",
    ['>'] = "-0e8a06",                          ['?'] = "~0f0i8i8c4b48 -4445",
    ['@'] = "~6d4d48888d6d ~8d88c8ci0i0464a4",

    ['A'] = "-044i84 -1878",                    ['B'] = "-040i ~0i4i8i8c4c0c ~4c8c844404",
    ['C'] = "~9f9i0i049497",                    ['D'] = "-040i ~0i2iaia42404",             ['E'] = "-7i0i0474 -0c6c",
    ['F'] = "-7i0i04 -0c6c",                    ['G'] = "~af9i0i0494aa -6aaa",
    ['H'] = "-040i -848i -0c8c",                ['I'] = "-0i4i -2i24 -0444",
    ['J'] = "~6i6a640407",                      ['K'] = "-040i -8i09 -3c84",
    ['L'] = "-0i0474",                          ['M'] = "-040i59aia4",
    ['N'] = "-040i848i",                        ['O'] = "~5i0i04a4ai5i",
    ['P'] = "-040i ~0i4i8i8a4a0a",              ['Q'] = "~5i0i04a4ai5i -68a3",
    ['R'] = "-040i ~0i4i8i8a4a0a -4a84",        ['S'] = "~8f8i0i0b8b840407",
    ['T'] = "-0i8i -4i44",                      ['U'] = "~0i0a04848a8i",
    ['V'] = "-0i448i",                          ['W'] = "-0i346d94ci",
    ['X'] = "-0i84 -048i",                      ['Y'] = "-0i4a8i -4a44",
    ['Z'] = "-0i8i0484",

    ['['] = "-3i0i0232",                        ['\\'] = "-0i72",
    [']'] = "-0i3i3202",                        ['^'] = "-0e4i8e",
    ['_'] = "-0282",                            ['`'] = "-0i2f",

    ['a'] = "~1d2e8e8a84 ~8a4a0a044487",        ['b'] = "-040i ~0a0e8e840408",
    ['c'] = "~7c7e0e047476",                    ['d'] = "-848i ~8a8e0e048488",
    ['e'] = "~0989898e0e048486",                ['f'] = "~6i2i2c24 -0e5e",
    ['g'] = "~8e868010 ~8a8e0e048488",          ['h'] = "-040i ~0a0e8e8a84",
    ['i'] = "-040e -0h0i",                      ['j'] = "~4e464000 -4h4i",
    ['k'] = "-040i -7e08 -2a74",                ['l'] = "~0i0a0434",
    ['m'] = "-040e ~0a0e6e6a64 ~6a6ececac4",    ['n'] = "-040e ~0a0e8e8a84",
    ['o'] = "~4e0e04848e4e",                    ['p'] = "-000e ~0a0e8e840408",
    ['q'] = "-808e ~8a8e0e048488",              ['r'] = "-040e ~0a0e6e",
    ['s'] = "~7c7e0e0979740406",                ['t'] = "~2h2a2454 -0e5e",
    ['u'] = "-848e ~0e08048488",                ['v'] = "-0e448e",
    ['w'] = "-0e346c94ce",                      ['x'] = "-0e84 -048e",
    ['y'] = "-0e44 -8e20",                      ['z'] = "-0e7e0474",

    ['{'] = "~6i3i3a0a ~0a3a3262",              ['|'] = "-0i02",
    ['}'] = "~0i3i3a6a ~6a3a3202",              ['~'] = "~091d778b",
};
// clang-format on

static const struct {
    unsigned code;
    const char *strokes;
} beyond[] = {
    {0x00b0, "~3i0i0c6c6i3i"},         /* degree */
    {0x00b2, "~0h0i6i6f0b -0b6b"},     /* squared */
    {0x00b5, "-000e -848e ~08048488"}, /* micro */
    {0x03bc, "-000e -848e ~08048488"}, /* mu, which looks the same */
    {0x00b7, "-0a0b"},                 /* middle dot */
    {0x2212, "-0a8a"},                 /* minus */
};
static const char box[] = "-040i8i8404";

/* --- which glyph ------------------------------------------------------------------ */

static const char *find_beyond(unsigned code)
{
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++)
        if (beyond[i].code == code)
            return beyond[i].strokes;
    return box;
}

/* Bytes of the UTF-8 character at @p text and its strokes; an invalid byte is a
 * character of its own. */
static size_t next_glyph(const char *text, const char **strokes)
{
    const unsigned char *c = (const unsigned char *)text;
    const size_t n = c[0] < 0xc2 ? 1 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    unsigned code = c[0] & (0xffu >> (n + 1));
    *strokes = c[0] < 0x80 && ascii[c[0]] ? ascii[c[0]] : box;
    if (n == 1)
        return 1;
    for (size_t i = 1; i < n; i++) {
        if ((c[i] & 0xc0) != 0x80)
            return 1;
        code = code << 6 | (c[i] & 0x3fu);
    }
    *strokes = find_beyond(code);
    return n;
}

static int digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

static int is_point(char c)
{
    return c != '\0' && c != ' ';
}

/* Half pixels from the leftmost to the rightmost stem. */
static int find_width(const char *strokes)
{
    int width = strokes[0] ? 0 : SPACE_WIDTH;
    for (const char *c = strokes; *c; c += *c == ' ')
        for (c++; is_point(*c); c += 2)
            width = digit(*c) > width ? digit(*c) : width;
    return width;
}

/* --- from strokes to segments ----------------------------------------------------- */

/* A glyph in pixels of the canvas. */
typedef struct glyph {
    size_t n;
    double segment[4 * MOST_SEGMENTS]; /* x0, y0, x1, y1 of each */
} glyph;

/* Where the glyph goes: its left upper corner and the scale. */
typedef struct place {
    double x, y, scale;
} place;

static void point_at(const place *at, const char *text, double point[2])
{
    point[0] = at->x + at->scale * (digit(text[0]) + 1) / 2;
    point[1] = at->y + at->scale * (CAP - digit(text[1]) + 1) / 2;
}

static void add_line(glyph *g, const double from[2], const double to[2])
{
    assert(g->n < MOST_SEGMENTS);
    memcpy(g->segment + 4 * g->n, from, 2 * sizeof *from);
    memcpy(g->segment + 4 * g->n + 2, to, 2 * sizeof *to);
    g->n++;
}

/* The parabola from @p a to @p b whose ends point at @p control. */
static void add_curve(glyph *g, const double a[2], const double control[2],
                      const double b[2])
{
    enum { PIECES = 6 };
    double before[2] = {a[0], a[1]}, now[2];
    for (int i = 1; i <= PIECES; i++) {
        const double t = (double)i / PIECES, u = 1 - t;
        for (int k = 0; k < 2; k++)
            now[k] = u * u * a[k] + 2 * u * t * control[k] + t * t * b[k];
        add_line(g, before, now);
        memcpy(before, now, sizeof now);
    }
}

/* Strokes of one kind; @p n points at @p text. */
static void add_stroke(glyph *g, const place *at, int is_curve, const char *text,
                       size_t n)
{
    double from[2], next[2], control[2], end[2];
    point_at(at, text, from);
    for (size_t i = 1; i < n; i++) {
        point_at(at, text + 2 * i, next);
        if (!is_curve) {
            add_line(g, from, next);
            memcpy(from, next, sizeof next);
        } else if (i > 1) {
            for (int k = 0; k < 2; k++)
                end[k] = i + 1 < n ? (control[k] + next[k]) / 2 : next[k];
            add_curve(g, from, control, end);
            memcpy(from, end, sizeof end);
        }
        memcpy(control, next, sizeof next);
    }
}

static void make_glyph(const char *strokes, const place *at, glyph *g)
{
    g->n = 0;
    while (*strokes) {
        const size_t n = strcspn(strokes, " ");
        add_stroke(g, at, strokes[0] == '~', strokes + 1, n / 2);
        strokes += n + (strokes[n] == ' ');
    }
}

/* --- text ------------------------------------------------------------------------- */

/* Digits are of one width, so that numbers below each other line up. */
static long glyph_width(const char *text, const char *strokes, int scale)
{
    const int halves = *text >= '0' && *text <= '9' ? DIGIT_WIDTH : find_width(strokes);
    return ((halves + 2L) * scale + 1) / 2;
}

/* Between glyphs: one pixel and a half. */
static long gap(int scale)
{
    return (3L * scale + 1) / 2;
}

long cyt_text_width(const char *text, int scale)
{
    long width = 0;
    const char *strokes;
    while (*text) {
        const size_t bytes = next_glyph(text, &strokes);
        width += glyph_width(text, strokes, scale) + gap(scale);
        text += bytes;
    }
    return width > 0 ? width - gap(scale) : 0;
}

void cyt_text_draw(const cyt_canvas *canvas, long x, long y, int scale, cyt_rgb colour,
                   const char *text)
{
    const char *strokes;
    glyph g;
    while (*text) {
        const size_t bytes = next_glyph(text, &strokes);
        make_glyph(strokes, &(place){(double)x, (double)y, scale}, &g);
        cyt_canvas_strokes(canvas, g.segment, g.n, scale, colour);
        x += glyph_width(text, strokes, scale) + gap(scale);
        text += bytes;
    }
}

size_t cyt_text_fit(const char *text, int scale, long width)
{
    size_t n = 0;
    long used = 0;
    while (text[n]) {
        const char *strokes;
        const size_t bytes = next_glyph(text + n, &strokes);
        used += glyph_width(text + n, strokes, scale);
        if (used > width)
            break;
        used += gap(scale);
        n += bytes;
    }
    return n;
}
