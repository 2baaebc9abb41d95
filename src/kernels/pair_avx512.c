// SPDX-License-Identifier: BSD-3-Clause
/* Sixteen pairs at a time.
 *
 * The windows of a query are cut into chunks of sixteen targets, listed first and then
 * worked off, so that no branch depends on how long each window is. What is within the
 * largest radius is compressed into a list of places in the table, and the list is
 * counted when it is long enough: the increments, one a pair, are what takes most of
 * the time. */
#include "pair_parts.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define WIDE                                                                           \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,bmi,bmi2,popcnt")))
#define IN_WIDE WIDE __attribute__((always_inline)) static inline

enum { LANES = 16, CHUNKS = PAIR_BATCH / LANES };

/* Binary search: level l of the tree holds 2^l edges. */
enum { MOST_LEVELS = 6 };

typedef struct tree {
    int n_levels;
    float edge[MOST_LEVELS][32];
} tree;

/* What stays the same for all pairs. */
typedef struct scan {
    tree tree;
    float near_edge; /* so near an edge, in widths or squares of them, double decides */
    size_t n_chunks, n_found;
    uint32_t at[2 * CHUNKS + LANES], left[2 * CHUNKS + LANES];
    uint32_t found[3 * PAIR_BATCH];
} scan;

static void plant(const pair_bins *b, tree *t)
{
    t->n_levels = 0;
    while ((size_t)1 << t->n_levels < b->n)
        t->n_levels++;
    for (int level = 0; level < t->n_levels; level++)
        for (size_t p = 0; p < 32; p++) {
            const size_t step = (size_t)1 << (t->n_levels - level);
            const size_t k = p * step + step / 2 - 1;
            t->edge[level][p] =
                k + 1 < b->n ? (float)(b->square[k] / b->width / b->width) : INFINITY;
        }
}

/* rsqrt14 is off by 2^-14 of itself, products by some 2^-24 more. */
static float near_edge(const pair_sweep *s)
{
    const double off = s->bounds.distance, most = s->bins.reach + 1;
    if (s->bins.is_uniform)
        return (float)(1.01 * (off + most * (0x1p-14 + 0x1p-21)));
    return (float)(1.01 * (2 * most * off + off * off + most * most * 0x1p-21));
}

IN_WIDE void count_found(pair_sweep *s, scan *c)
{
    uint32_t *restrict table = s->table;
    const uint32_t *found = c->found;
    size_t k = 0;
    for (; k + 8 <= c->n_found; k += 8) {
        table[found[k]]++;
        table[found[k + 1]]++;
        table[found[k + 2]]++;
        table[found[k + 3]]++;
        table[found[k + 4]]++;
        table[found[k + 5]]++;
        table[found[k + 6]]++;
        table[found[k + 7]]++;
    }
    for (; k < c->n_found; k++)
        table[found[k]]++;
    c->n_found = 0;
}

typedef struct query {
    size_t i;
    uint32_t least, row; /* lowest bin that counts; first place of its type */
    __m512 u, v;
    __m512i v_least, v_row;
} query;

/* Pairs that double precision decides. */
WIDE __attribute__((noinline)) static void decide(const pair_sweep *s, const query *q,
                                                  uint32_t at, uint32_t lanes, scan *c)
{
    for (; lanes; lanes &= lanes - 1) {
        const size_t j = at + (uint32_t)__builtin_ctz(lanes);
        const size_t bin = pair_exact_bin(s, q->i, j);
        if (bin < s->bins.n)
            c->found[c->n_found++] = q->row + s->targets.place[j] +
                                     (uint32_t)(bin > q->least ? bin : q->least);
    }
}

/* Bins of squares d2; which of them are near an edge. */
IN_WIDE __m512i bins_uniform(__m512 d2, __m512 near, __mmask16 *unsure)
{
    const __m512 d = _mm512_mul_ps(d2, _mm512_rsqrt14_ps(d2)); /* NaN for 0: unsure */
    const __m512 from_edge =
        _mm512_abs_ps(_mm512_reduce_ps(d, _MM_FROUND_TO_NEAREST_INT));
    *unsure = _mm512_cmp_ps_mask(from_edge, near, _CMP_NGE_UQ);
    return _mm512_cvttps_epi32(d);
}

IN_WIDE __m512i bins_searched(__m512 d2, __m512 last, __m512 near, const tree *t,
                              __mmask16 *unsure)
{
    __m512i bin = _mm512_setzero_si512();
    __m512 nearest = _mm512_sub_ps(d2, last);
    for (int level = 0; level < t->n_levels; level++) {
        const __m512 lo = _mm512_loadu_ps(t->edge[level]);
        const __m512 hi = _mm512_loadu_ps(t->edge[level] + LANES);
        const __m512 over = _mm512_sub_ps(d2, _mm512_permutex2var_ps(lo, bin, hi));
        const __mmask16 beyond =
            _mm512_cmp_ps_mask(over, _mm512_setzero_ps(), _CMP_GT_OQ);
        bin = _mm512_add_epi32(bin, bin);
        bin = _mm512_mask_add_epi32(bin, beyond, bin, _mm512_set1_epi32(1));
        nearest = _mm512_range_ps(nearest, over, 2); /* the smaller in size */
    }
    *unsure = _mm512_cmp_ps_mask(_mm512_abs_ps(nearest), near, _CMP_NGE_UQ);
    return bin;
}

/* Find the pairs of the query and all listed chunks. */
IN_WIDE void scan_chunks(const pair_sweep *s, const query *q, int is_uniform,
                         int has_least, scan *c)
{
    const __m512 limit = _mm512_set1_ps(s->bounds.limit);
    const __m512 near = _mm512_set1_ps(c->near_edge);
    const __m512 last = _mm512_set1_ps((float)(s->bins.reach * s->bins.reach));
    const float *us = s->targets.u, *vs = s->targets.v;
    const uint32_t *places = s->targets.place;
    for (size_t k = 0; k < c->n_chunks; k++) {
        const uint32_t at = c->at[k];
        const __mmask16 some = (__mmask16)_bzhi_u32(0xffff, c->left[k]);
        const __m512 du = _mm512_sub_ps(_mm512_loadu_ps(us + at), q->u);
        const __m512 dv = _mm512_sub_ps(_mm512_loadu_ps(vs + at), q->v);
        const __m512 d2 = _mm512_fmadd_ps(du, du, _mm512_mul_ps(dv, dv));
        const __mmask16 within = _mm512_mask_cmp_ps_mask(some, d2, limit, _CMP_LE_OQ);
        __mmask16 unsure;
        __m512i bin = is_uniform ? bins_uniform(d2, near, &unsure)
                                 : bins_searched(d2, last, near, &c->tree, &unsure);
        if (has_least)
            bin = _mm512_max_epi32(bin, q->v_least);
        const __m512i place = _mm512_add_epi32(_mm512_add_epi32(bin, q->v_row),
                                               _mm512_loadu_si512(places + at));
        unsure &= within;
        const __mmask16 sure = (__mmask16)(within & ~unsure);
        _mm512_storeu_si512(c->found + c->n_found,
                            _mm512_maskz_compress_epi32(sure, place));
        c->n_found += (size_t)__builtin_popcount(sure);
        if (unsure)
            decide(s, q, at, unsure, c);
    }
    c->n_chunks = 0;
}

IN_WIDE void scan_query(pair_sweep *s, const query *q, int is_uniform, int has_least,
                        scan *c)
{
    const __m512i lane =
        _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i step = _mm512_slli_epi32(lane, 4);
    const size_t n = pair_windows(s, q->i);
    for (size_t w = 0; w < n; w++) {
        uint32_t at = s->from[w];
        const uint32_t end = s->to[w];
        while (at < end) {
            const uint32_t most = LANES * (LANES - 1); /* bzhi looks at 8 bits */
            const uint32_t left = end - at, part = left < most ? left : most;
            _mm512_storeu_si512(c->at + c->n_chunks,
                                _mm512_add_epi32(_mm512_set1_epi32((int)at), step));
            _mm512_storeu_si512(c->left + c->n_chunks,
                                _mm512_sub_epi32(_mm512_set1_epi32((int)part), step));
            c->n_chunks += (part + LANES - 1) / LANES;
            at += part;
            if (c->n_chunks >= CHUNKS) {
                scan_chunks(s, q, is_uniform, has_least, c);
                count_found(s, c);
            }
        }
    }
    scan_chunks(s, q, is_uniform, has_least, c);
    if (c->n_found >= PAIR_BATCH)
        count_found(s, c);
}

IN_WIDE void scan_all(pair_sweep *s, int is_uniform, int has_least, uint64_t *count)
{
    scan c;
    c.n_chunks = c.n_found = 0;
    c.near_edge = near_edge(s);
    plant(&s->bins, &c.tree);
    for (size_t i = 0; i < s->queries.n; i++) {
        pair_make_room(s, count);
        query q = {.i = i, .least = has_least ? s->queries.bin[i] : 0};
        q.row = (uint32_t)(s->queries.place[i] * s->n_types);
        q.u = _mm512_set1_ps(s->queries.u[i]);
        q.v = _mm512_set1_ps(s->queries.v[i]);
        q.v_row = _mm512_set1_epi32((int)q.row);
        q.v_least = _mm512_set1_epi32((int)q.least);
        scan_query(s, &q, is_uniform, has_least, &c);
    }
    count_found(s, &c);
}

WIDE void cyt_pair_run_avx512(pair_sweep *s, uint64_t *count)
{
    const int has_least = s->queries.bin != NULL;
    if (s->bins.is_uniform && has_least)
        scan_all(s, 1, 1, count);
    else if (s->bins.is_uniform)
        scan_all(s, 1, 0, count);
    else
        scan_all(s, 0, has_least, count);
}

#endif
