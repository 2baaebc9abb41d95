/**
 * @file palette.h
 * @brief Colours for numbers and for labels, made in CIELAB by formulas.
 *
 * Equal steps of a number should look equal. In CIELAB the distance ΔE*ab approximates
 * how different two colours look, so each map is a curve in that space cut into pieces
 * of equal length, along which lightness never falls.
 *
 *     sequential  cubic Bézier curve from dark violet over blue and green to yellow
 *     diverging   two straight lines from near-white: to blue below, to red above, both
 *                 ends of one lightness and chroma
 *     labels      the eight colours of Okabe and Ito, which colour-blind people tell
 *                 apart; then hues a golden angle apart, so that neighbours differ
 *
 * White point D65, sRGB primaries and transfer function (IEC 61966-2-1). Bézier curves
 * for colour maps: Wijffelaars et al. 2008, doi:10.1111/j.1467-8659.2008.01203.x. Why
 * lightness must be monotone: Borland and Taylor 2007, doi:10.1109/MCG.2007.323435.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_PALETTE_H
#define CYT_PALETTE_H

#include <stddef.h>
#include <stdint.h>

typedef struct cyt_rgb {
    uint8_t r, g, b;
} cyt_rgb;

/** Odd, so that a diverging map has its neutral colour in the middle. */
enum { CYT_PALETTE_STEPS = 255 };

void cyt_palette_sequential(cyt_rgb table[CYT_PALETTE_STEPS]);
void cyt_palette_diverging(cyt_rgb table[CYT_PALETTE_STEPS]);
/** Colour of label @p i, from 0. */
cyt_rgb cyt_palette_label(size_t i);

/** L* of 0 to 100, a*, b*. */
void cyt_rgb_to_lab(cyt_rgb colour, double lab[3]);
/** The nearest colour of eight bits; channels outside sRGB are cut. */
cyt_rgb cyt_lab_to_rgb(const double lab[3]);

#endif
