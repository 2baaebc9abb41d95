/**
 * @file palette.h
 * @brief Colours for numbers and for labels, made in CIELAB by formulas.
 *
 * Equal steps of a number should look equal. In CIELAB the distance ΔE*ab approximates
 * how different two colours look, so each map is a curve in that space cut into pieces
 * of equal length, along which lightness never falls.
 *
 *     sequential  from midnight blue over teal and green to yellow: for t from 0 to 1
 *                 lightness L* = 12 + 82 t, hue h = 300 - 78 t - 117 t^2 degrees, which
 *                 turns one way and ever faster, and chroma C* = 53 - 73 t + 114 t^3,
 *                 nearly the largest within sRGB for a cubic
 *     diverging   two straight lines from near-white, L* = 95, to L* = 34 and C* = 52:
 *                 below to blue at h = 285, above to red at h = 35 degrees; so both
 *                 sides have one lightness and one ΔE at one distance from the middle
 *     labels      the eight colours of Okabe and Ito, which colour-blind people tell
 *                 apart; then hues a golden angle apart, so that neighbours differ
 *
 * No colour of these leaves sRGB, so none is cut. CIELAB, C*, h and ΔE*ab after CIE 15
 * (Colorimetry), white point D65; primaries and transfer function after IEC 61966-2-1.
 * Why lightness must be monotone: Borland and Taylor 2007, doi:10.1109/MCG.2007.323435.
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

/** Point @p t, 0 to 1, of the curve that the sequential map is cut from. */
void cyt_palette_sequential_at(double t, double lab[3]);
void cyt_palette_sequential(cyt_rgb table[CYT_PALETTE_STEPS]);
void cyt_palette_diverging(cyt_rgb table[CYT_PALETTE_STEPS]);
/** Colour of label @p i, from 0. */
cyt_rgb cyt_palette_label(size_t i);

/** L* of 0 to 100, a*, b*. */
void cyt_rgb_to_lab(cyt_rgb colour, double lab[3]);
/** The nearest colour of eight bits; channels outside sRGB are cut. */
cyt_rgb cyt_lab_to_rgb(const double lab[3]);

#endif
