/**
 * @file random.h
 * @brief Random numbers that are a function of what they are for, not of when they are
 *        drawn.
 *
 * A counter-based generator maps (key, counter) to 128 random bits. The key is made
 * from (seed, stream), stream being a slide; the counter says what the number is for:
 *
 *     counter = purpose (32 bits) | item (64 bits: cell, permutation) | draw (32 bits)
 *
 * So any rank can draw any number at any time, two ranks never share or skip one, and a
 * result does not depend on how work was dealt out. There is no state to carry. The
 * price is ten rounds of multiplication for each block of four words, about 10 ns.
 *
 * Philox4x32-10 by Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3", SC11, doi:10.1145/2063384.2063405.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_RANDOM_H
#define CYT_RANDOM_H

#include <stdint.h>

typedef struct cyt_random_key {
    uint32_t word[2];
} cyt_random_key;

/** The bare generator: 128 bits of counter under 64 bits of key give 128 bits. */
void cyt_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/** Key of a stream (a slide, or another unit) under a seed: itself a Philox output, so
 *  that near seeds and streams give unrelated keys. */
cyt_random_key cyt_random_key_of(uint64_t seed, uint64_t stream);

/** A stream for a name, such as a slide's, which then draws the same wherever it stands
 *  in a list: FNV-1a of 64 bits, of the NUL-terminated bytes.
 *  L. Noll, K. Vo, D. Eastlake, T. Hansen, RFC 9923. */
uint64_t cyt_random_stream_of(const char *name);

/** Four random words for draw @p draw of item @p item. */
void cyt_random_words(cyt_random_key key, uint32_t purpose, uint64_t item,
                      uint32_t draw, uint32_t words[4]);

/** A number in (0, 1), never 0 or 1: one of 2^52 equally spaced and likely values. */
double cyt_uniform(cyt_random_key key, uint32_t purpose, uint64_t item, uint32_t draw);

/** Four numbers in (0, 1) for the price of one, each one of 2^32 values. */
void cyt_uniform4(cyt_random_key key, uint32_t purpose, uint64_t item, uint32_t draw,
                  double u[4]);

/** Standard normal: Box and Muller 1958, doi:10.1214/aoms/1177706645. */
double cyt_normal(cyt_random_key key, uint32_t purpose, uint64_t item, uint32_t draw);

/** A whole number in [0, n), n >= 1; no value is likelier than another by more than
 *  n / 2^64 of itself. */
uint64_t cyt_random_below(cyt_random_key key, uint32_t purpose, uint64_t item,
                          uint32_t draw, uint64_t n);

#endif
