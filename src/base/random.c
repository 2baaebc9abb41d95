// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/random.h"

#include <Random123/philox.h>

#include <math.h>

void cyt_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    const philox4x32_ctr_t c = {{counter[0], counter[1], counter[2], counter[3]}};
    const philox4x32_key_t k = {{key[0], key[1]}};
    const philox4x32_ctr_t r = philox4x32(c, k);
    for (int i = 0; i < 4; i++)
        out[i] = r.v[i];
}

cyt_random_key cyt_random_key_of(uint64_t seed, uint64_t stream)
{
    const uint32_t counter[4] = {(uint32_t)stream, (uint32_t)(stream >> 32), 0, 0};
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t out[4];
    cyt_philox(counter, key, out);
    return (cyt_random_key){{out[0], out[1]}};
}

uint64_t cyt_random_stream_of(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return hash;
}

void cyt_random_words(cyt_random_key key, uint32_t purpose, uint64_t item,
                      uint32_t draw, uint32_t words[4])
{
    const uint32_t counter[4] = {draw, (uint32_t)item, (uint32_t)(item >> 32), purpose};
    cyt_philox(counter, key.word, words);
}

static uint64_t random_u64(cyt_random_key key, uint32_t purpose, uint64_t item,
                           uint32_t draw)
{
    uint32_t w[4];
    cyt_random_words(key, purpose, item, draw, w);
    return (uint64_t)w[1] << 32 | w[0];
}

/* Middles of 2^52 intervals: exact in a double, and neither end can be hit. */
double cyt_uniform(cyt_random_key key, uint32_t purpose, uint64_t item, uint32_t draw)
{
    return ((double)(random_u64(key, purpose, item, draw) >> 12) + 0.5) * 0x1p-52;
}

void cyt_uniform4(cyt_random_key key, uint32_t purpose, uint64_t item, uint32_t draw,
                  double u[4])
{
    uint32_t w[4];
    cyt_random_words(key, purpose, item, draw, w);
    for (int i = 0; i < 4; i++)
        u[i] = ((double)w[i] + 0.5) * 0x1p-32;
}

double cyt_normal(cyt_random_key key, uint32_t purpose, uint64_t item, uint32_t draw)
{
    const double two_pi = 6.283185307179586;
    uint32_t w[4];
    cyt_random_words(key, purpose, item, draw, w);
    const uint64_t bits = (uint64_t)w[1] << 32 | w[0];
    const double u = ((double)(bits >> 12) + 0.5) * 0x1p-52;
    return sqrt(-2 * log(u)) * cos(two_pi * ((double)w[2] + 0.5) * 0x1p-32);
}

/* Upper 64 bits of the 128-bit product, from products of halves. */
static uint64_t multiply_high(uint64_t a, uint64_t b)
{
    const uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    const uint64_t mid = a1 * b0 + (a0 * b0 >> 32);
    const uint64_t low = a0 * b1 + (uint32_t)mid;
    return a1 * b1 + (mid >> 32) + (low >> 32);
}

uint64_t cyt_random_below(cyt_random_key key, uint32_t purpose, uint64_t item,
                          uint32_t draw, uint64_t n)
{
    return multiply_high(random_u64(key, purpose, item, draw), n);
}
