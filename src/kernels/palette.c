// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/palette.h"

#include <math.h>

/* --- CIELAB and sRGB -------------------------------------------------------------- */

static const double white[3] = {0.95047, 1, 1.08883}; /* D65, 2 degrees */

static double from_lab(double t)
{
    const double d = 6.0 / 29;
    return t > d ? t * t * t : 3 * d * d * (t - 4.0 / 29);
}

static double to_lab(double t)
{
    const double d = 6.0 / 29;
    return t > d * d * d ? cbrt(t) : t / (3 * d * d) + 4.0 / 29;
}

static uint8_t encode(double linear)
{
    const double u =
        linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055;
    return (uint8_t)lrint(255 * fmin(fmax(u, 0), 1));
}

static double decode(uint8_t value)
{
    const double u = value / 255.0;
    return u <= 0.04045 ? u / 12.92 : pow((u + 0.055) / 1.055, 2.4);
}

cyt_rgb cyt_lab_to_rgb(const double lab[3])
{
    const double f = (lab[0] + 16) / 116;
    const double x = white[0] * from_lab(f + lab[1] / 500), y = white[1] * from_lab(f),
                 z = white[2] * from_lab(f - lab[2] / 200);
    return (cyt_rgb){encode(3.2404542 * x - 1.5371385 * y - 0.4985314 * z),
                     encode(-0.9692660 * x + 1.8760108 * y + 0.0415560 * z),
                     encode(0.0556434 * x - 0.2040259 * y + 1.0572252 * z)};
}

void cyt_rgb_to_lab(cyt_rgb colour, double lab[3])
{
    const double r = decode(colour.r), g = decode(colour.g), b = decode(colour.b);
    const double x = to_lab((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / white[0]),
                 y = to_lab((0.2126729 * r + 0.7151522 * g + 0.0721750 * b) / white[1]),
                 z = to_lab((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / white[2]);
    lab[0] = 116 * y - 16;
    lab[1] = 500 * (x - y);
    lab[2] = 200 * (y - z);
}

/* --- numbers ---------------------------------------------------------------------- */

static const double DEGREE = 3.14159265358979323846 / 180;

static void from_polar(double lightness, double chroma, double hue, double lab[3])
{
    lab[0] = lightness;
    lab[1] = chroma * cos(hue * DEGREE);
    lab[2] = chroma * sin(hue * DEGREE);
}

/* The cubic of chroma is that of the greatest mean within sRGB, by a linear programme
 * over its coefficients at 401 points, rounded to whole numbers such that it stays
 * within: at its closest it is 0.4 below the border. */
void cyt_palette_sequential_at(double t, double lab[3])
{
    from_polar(12 + 82 * t, 53 - 73 * t + 114 * t * t * t, 300 - 78 * t - 117 * t * t,
               lab);
}

static double piece_length(double from, double to)
{
    double a[3], b[3];
    cyt_palette_sequential_at(from, a);
    cyt_palette_sequential_at(to, b);
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                (a[2] - b[2]) * (a[2] - b[2]));
}

void cyt_palette_sequential(cyt_rgb table[CYT_PALETTE_STEPS])
{
    enum { PIECES = 16384 }; /* fine against the steps: 65 pieces each */
    double whole = 0, done = 0, lab[3];
    int next = 0;
    for (int p = 0; p < PIECES; p++)
        whole += piece_length((double)p / PIECES, (p + 1.0) / PIECES);
    for (int p = 0; p < PIECES && next < CYT_PALETTE_STEPS - 1; p++) {
        if (done >= whole * next / (CYT_PALETTE_STEPS - 1)) {
            cyt_palette_sequential_at((double)p / PIECES, lab);
            table[next++] = cyt_lab_to_rgb(lab);
        }
        done += piece_length((double)p / PIECES, (p + 1.0) / PIECES);
    }
    cyt_palette_sequential_at(1, lab);
    table[CYT_PALETTE_STEPS - 1] = cyt_lab_to_rgb(lab);
}

void cyt_palette_diverging(cyt_rgb table[CYT_PALETTE_STEPS])
{
    enum { MIDDLE = CYT_PALETTE_STEPS / 2 };
    for (int i = 0; i < CYT_PALETTE_STEPS; i++) {
        const double t = fabs((double)i - MIDDLE) / MIDDLE;
        double lab[3];
        /* at lightness 34, chroma of 52 is the most that the line to blue may have */
        from_polar(95 - 61 * t, 52 * t, i < MIDDLE ? 285 : 35, lab);
        table[i] = cyt_lab_to_rgb(lab);
    }
}

/* --- labels ----------------------------------------------------------------------- */

cyt_rgb cyt_palette_label(size_t i)
{
    /* Okabe and Ito, "Color Universal Design", jfly.uni-koeln.de/color, 2008; grey in
     * place of black, which is the colour of outlines */
    static const cyt_rgb first[] = {{230, 159, 0},   {86, 180, 233}, {0, 158, 115},
                                    {240, 228, 66},  {0, 114, 178},  {213, 94, 0},
                                    {204, 121, 167}, {120, 120, 120}};
    enum { FIRST = sizeof first / sizeof *first };
    if (i < FIRST)
        return first[i];
    /* Lightness, chroma and first hue: of a coarse search those with the largest
     * least distance among the first twenty colours, 15.6. */
    const double golden = 180 * (3 - sqrt(5)), start = 120;
    double lab[3];
    from_polar(i % 2 ? 88 : 56, 44, start + (double)(i - FIRST) * golden, lab);
    return cyt_lab_to_rgb(lab);
}
