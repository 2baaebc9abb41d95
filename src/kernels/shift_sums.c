// SPDX-License-Identifier: BSD-3-Clause
/* Whether a pixel meets its like is a factor 0 or 1: compilers widen bytes to doubles
 * well, but not masks of bytes to masks of doubles. */
#include "cytotaxis/shift_sums.h"

#include "cytotaxis/clones.h"

enum {
    LANES = 16,
    CHUNK = 512, /* pixels whose factors are found at a time; whole lanes */
};

/* Halves onto each other. */
CYT_IN_CLONES double add_lanes(double lane[LANES])
{
    for (size_t half = LANES / 2; half > 0; half /= 2)
        for (size_t l = 0; l < half; l++)
            lane[l] += lane[l + half];
    return lane[0];
}

CYT_IN_CLONES void find_like(size_t n, const uint8_t *part, const uint8_t *meets,
                             uint8_t which, uint8_t *restrict is_like)
{
    for (size_t i = 0; i < n; i++)
        is_like[i] = (part[i] == which) & (meets[i] == which);
}

CYT_IN_CLONES void add_like(size_t n, const uint8_t *is_like, const float *value,
                            double lane[LANES])
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += (double)is_like[i + l] * (double)value[i + l];
    for (size_t l = 0; i < n; i++, l++)
        lane[l] += (double)is_like[i] * (double)value[i];
}

CYT_CLONES
void cyt_shift_tally(const cyt_shift_stretch *s, uint8_t part, double sums[2])
{
    uint8_t is_like[CHUNK];
    double residual[LANES] = {0}, weight[LANES] = {0};
    for (size_t i = 0; i < s->n; i += CHUNK) {
        const size_t n = s->n - i < CHUNK ? s->n - i : CHUNK;
        find_like(n, s->part + i, s->meets + i, part, is_like);
        add_like(n, is_like, s->residual + i, residual);
        add_like(n, is_like, s->weight + i, weight);
    }
    sums[0] += add_lanes(residual);
    sums[1] += add_lanes(weight);
}

CYT_CLONES
void cyt_shift_gain(const cyt_shift_stretch *s, uint8_t part, double ratio,
                    double *restrict gain)
{
    uint8_t is_like[CHUNK];
    for (size_t i = 0; i < s->n; i += CHUNK) {
        const size_t n = s->n - i < CHUNK ? s->n - i : CHUNK;
        const float *residual = s->residual + i, *weight = s->weight + i;
        double *restrict to = gain + i;
        find_like(n, s->part + i, s->meets + i, part, is_like);
        for (size_t k = 0; k < n; k++)
            to[k] +=
                (double)is_like[k] * ((double)residual[k] - ratio * (double)weight[k]);
    }
}

CYT_CLONES
double cyt_shift_dot(size_t n, const double *gain, const float *field)
{
    double lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += gain[i + l] * (double)field[i + l];
    for (size_t l = 0; i < n; i++, l++)
        lane[l] += gain[i] * (double)field[i];
    return add_lanes(lane);
}
