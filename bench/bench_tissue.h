/** @file bench_tissue.h
 *  @brief A slide's tissue for solvers: outline, nests, voids, cracks, specks; worked
 * out pixel by pixel from the coordinates alone, so that every program that is measured
 *  has the same problem, whatever its strips.
 *
 *  Also included by the peers, which link nothing of ours.
 */
#ifndef BENCH_TISSUE_H
#define BENCH_TISSUE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bench_tissue {
    size_t n;        /**< pixels along a side */
    double contrast; /**< D of stroma over D of nests */
} bench_tissue;

static inline uint32_t bench_hash(uint32_t x, uint32_t y, uint32_t salt)
{
    uint64_t z = ((uint64_t)x << 32 | y) + (salt + 1) * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9); /* SplitMix64 */
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

/** Smooth noise in [0, 1] with features of size 1. */
static inline double bench_noise(double x, double y, uint32_t salt)
{
    const double fx = floor(x), fy = floor(y), u = x - fx, v = y - fy;
    const uint32_t i = (uint32_t)(int32_t)fx, j = (uint32_t)(int32_t)fy;
    const double a = u * u * (3 - 2 * u), b = v * v * (3 - 2 * v);
    const double top =
        bench_hash(i, j, salt) * (1 - a) + bench_hash(i + 1, j, salt) * a;
    const double low =
        bench_hash(i, j + 1, salt) * (1 - a) + bench_hash(i + 1, j + 1, salt) * a;
    return (top * (1 - b) + low * b) / 4294967296.0;
}

/** D of a pixel, 0 outside the tissue; 1 in the stroma. */
static inline double bench_diffusion(const bench_tissue *t, size_t row, size_t col)
{
    const double n = (double)t->n, x = ((double)col + 0.5) / n,
                 y = ((double)row + 0.5) / n;
    const double r = hypot(x - 0.5, y - 0.5);
    const double rim = 0.36 + 0.16 * bench_noise(5 * x, 5 * y, 1) +
                       0.03 * bench_noise(60 * x, 60 * y, 2);
    if (r > rim || bench_noise(24 * x, 24 * y, 3) < 0.16)
        return 0; /* outside, or in a void */
    const double crack = bench_noise(9 * x, 9 * y, 4) - 0.5;
    if (fabs(crack) < 0.004 && bench_noise(40 * x, 40 * y, 5) > 0.35)
        return 0;
    if (bench_noise((double)col / 7, (double)row / 7, 6) < 0.03)
        return 0; /* specks of some pixels, at any size of the raster */
    const double nest =
        0.7 * bench_noise(14 * x, 14 * y, 7) + 0.3 * bench_noise(70 * x, 70 * y, 8);
    return nest > 0.55 ? 1 / t->contrast : 1;
}

/** Source of a pixel of the tissue: one in fifty secretes, in clusters. */
static inline double bench_source(const bench_tissue *t, size_t row, size_t col)
{
    const double scale = 30 / (double)t->n;
    const double crowd = bench_noise((double)col * scale, (double)row * scale, 9);
    const double chance = 0.06 * crowd * crowd;
    return bench_hash((uint32_t)col, (uint32_t)row, 10) < chance * 4294967296.0 ? 1 : 0;
}

#endif
