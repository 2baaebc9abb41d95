/**
 * @file pair_lanes.h
 * @brief What the variants of cyt_pair_sweep() that work in lanes have in common.
 *
 * The places of the pairs found are collected in a list; counting them, one increment a
 * pair, is what takes most of the time. Increments of one place follow each other in
 * the store buffer, so every other pair is counted in a second table.
 */
#ifndef PAIR_LANES_H
#define PAIR_LANES_H

#include "pair_parts.h"

enum {
    PAIR_LEVELS = 6,      /* of a binary search among 64 edges */
    PAIR_LEVEL_EDGES = 32 /* level l holds 2^l */
};

typedef struct pair_list {
    int n_levels;
    float edge[PAIR_LEVELS][PAIR_LEVEL_EDGES]; /* squares, in widths */
    float near_edge; /* so near an edge, in widths or their squares, double decides */
    size_t n;
    uint32_t place[3 * PAIR_BATCH];
} pair_list;

typedef struct pair_query {
    size_t i;
    uint32_t least, row; /* lowest bin that counts; first place of its type */
} pair_query;

/* Lay the edges between bins out for the search, and bound what lanes may be off. */
static inline void pair_list_init(const pair_sweep *s, pair_list *l)
{
    const pair_bins *b = &s->bins;
    const double off = s->bounds.distance, most = b->reach + 1;
    const double squares = 2 * most * off + off * off + most * most * 0x1p-21;
    l->near_edge = (float)(1.01 * (b->is_uniform ? off + most * 0x1p-21 : squares));
    l->n = 0;
    l->n_levels = 0;
    while ((size_t)1 << l->n_levels < b->n)
        l->n_levels++;
    for (int level = 0; level < l->n_levels; level++)
        for (size_t p = 0; p < PAIR_LEVEL_EDGES; p++) {
            const size_t step = (size_t)1 << (l->n_levels - level);
            const size_t k = p * step + step / 2 - 1;
            l->edge[level][p] =
                k + 1 < b->n ? (float)(b->square[k] / b->width / b->width) : INFINITY;
        }
}

CYT_IN_CLONES pair_query pair_query_of(const pair_sweep *s, size_t i)
{
    return (pair_query){i, s->queries.bin ? s->queries.bin[i] : 0,
                        (uint32_t)(s->queries.place[i] * s->n_types)};
}

CYT_IN_CLONES void pair_list_count(pair_sweep *s, pair_list *l)
{
    uint32_t *table = s->table, *twin = s->twin;
    const uint32_t *place = l->place;
    size_t k = 0;
    for (; k + 8 <= l->n; k += 8) {
        table[place[k]]++;
        twin[place[k + 1]]++;
        table[place[k + 2]]++;
        twin[place[k + 3]]++;
        table[place[k + 4]]++;
        twin[place[k + 5]]++;
        table[place[k + 6]]++;
        twin[place[k + 7]]++;
    }
    for (; k < l->n; k++)
        table[place[k]]++;
    l->n = 0;
}

/* Decide the pairs of some lanes, the first of which is target `at`, in double. */
static inline void pair_decide(const pair_sweep *s, const pair_query *q, size_t at,
                               uint32_t lanes, pair_list *l)
{
    for (; lanes; lanes &= lanes - 1) {
        const size_t j = at + (size_t)__builtin_ctz(lanes);
        const size_t bin = pair_exact_bin(s, q->i, j);
        if (bin < s->bins.n)
            l->place[l->n++] = q->row + s->targets.place[j] +
                               (uint32_t)(bin > q->least ? bin : q->least);
    }
}

#endif
