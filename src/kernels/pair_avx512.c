// SPDX-License-Identifier: BSD-3-Clause
/* Sixteen pairs at a time.
 *
 * The windows of a query are cut into chunks of sixteen targets, listed first and then
 * worked off, so that no branch depends on how long each window is. The root of d² is
 * an estimate and one step of Newton's. What is within the largest radius is compressed
 * into the list of places. */
#include "pair_lanes.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define WIDE                                                                           \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,bmi,bmi2,popcnt")))
#define IN_WIDE WIDE __attribute__((always_inline)) static inline

enum { LANES = 16, CHUNKS = PAIR_BATCH / LANES };

typedef struct scan {
    pair_list list;
    size_t n_chunks;
    uint32_t at[2 * CHUNKS], left[2 * CHUNKS]; /* first target, how many */
} scan;

typedef struct query {
    pair_query q;
    __m512 u, v;
    __m512i least, row;
} query;

/* Off the hot path: inlined, it takes the registers of the loop. */
WIDE __attribute__((noinline)) static void decide(const pair_sweep *s,
                                                  const pair_query *q, size_t at,
                                                  uint32_t lanes, pair_list *l)
{
    pair_decide(s, q, at, lanes, l);
}

/* Bins of squares d2; which of them are near an edge. */
IN_WIDE __m512i bins_uniform(__m512 d2, __m512 near, __mmask16 *unsure)
{
    const __m512 r = _mm512_rsqrt14_ps(d2);
    const __m512 first = _mm512_mul_ps(d2, r); /* NaN for 0: unsure */
    const __m512 rest = _mm512_fnmadd_ps(first, first, d2);
    const __m512 half = _mm512_mul_ps(r, _mm512_set1_ps(0.5f));
    const __m512 d = _mm512_fmadd_ps(rest, half, first);
    const __m512 from_edge =
        _mm512_abs_ps(_mm512_reduce_ps(d, _MM_FROUND_TO_NEAREST_INT));
    *unsure = _mm512_cmp_ps_mask(from_edge, near, _CMP_NGE_UQ);
    return _mm512_cvttps_epi32(d);
}

/* The edges on both sides of d2 are on its way down: the nearest met is the nearest. */
IN_WIDE __m512i bins_searched(__m512 d2, __m512 last, __m512 near, const pair_list *l,
                              __mmask16 *unsure)
{
    __m512i bin = _mm512_setzero_si512();
    __m512 nearest = _mm512_abs_ps(_mm512_sub_ps(d2, last));
    for (int level = 0; level < l->n_levels; level++) {
        const __m512 lo = _mm512_loadu_ps(l->edge[level]);
        const __m512 hi = _mm512_loadu_ps(l->edge[level] + LANES);
        const __m512 over = _mm512_sub_ps(d2, _mm512_permutex2var_ps(lo, bin, hi));
        const __mmask16 beyond =
            _mm512_cmp_ps_mask(over, _mm512_setzero_ps(), _CMP_GT_OQ);
        bin = _mm512_add_epi32(bin, bin);
        bin = _mm512_mask_add_epi32(bin, beyond, bin, _mm512_set1_epi32(1));
        nearest = _mm512_min_ps(nearest, _mm512_abs_ps(over));
    }
    *unsure = _mm512_cmp_ps_mask(nearest, near, _CMP_NGE_UQ);
    return bin;
}

/* Find the pairs of the query and all listed chunks. */
IN_WIDE void scan_chunks(const pair_sweep *s, const query *q, int is_uniform,
                         int has_least, scan *c)
{
    pair_list *list = &c->list;
    const __m512 limit = _mm512_set1_ps(s->bounds.limit);
    const __m512 near = _mm512_set1_ps(list->near_edge);
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
                                 : bins_searched(d2, last, near, list, &unsure);
        if (has_least)
            bin = _mm512_max_epi32(bin, q->least);
        const __m512i place = _mm512_add_epi32(_mm512_add_epi32(bin, q->row),
                                               _mm512_loadu_si512(places + at));
        unsure &= within;
        const __mmask16 sure = (__mmask16)(within & ~unsure);
        _mm512_storeu_si512(list->place + list->n,
                            _mm512_maskz_compress_epi32(sure, place));
        list->n += (size_t)__builtin_popcount(sure);
        if (unsure)
            decide(s, &q->q, at, unsure, list);
    }
    c->n_chunks = 0;
}

/* List the chunks of one window; at most 15 at a time, since bzhi looks at 8 bits. */
IN_WIDE uint32_t list_chunks(uint32_t at, uint32_t end, scan *c)
{
    const uint32_t most = LANES * (LANES - 1);
    const __m512i step = _mm512_slli_epi32(
        _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), 4);
    const uint32_t left = end - at, part = left < most ? left : most;
    _mm512_storeu_si512(c->at + c->n_chunks,
                        _mm512_add_epi32(_mm512_set1_epi32((int)at), step));
    _mm512_storeu_si512(c->left + c->n_chunks,
                        _mm512_sub_epi32(_mm512_set1_epi32((int)part), step));
    c->n_chunks += (part + LANES - 1) / LANES;
    return at + part;
}

IN_WIDE void scan_query(pair_sweep *s, const query *q, int is_uniform, int has_least,
                        scan *c)
{
    const size_t n = pair_windows(s, q->q.i);
    for (size_t w = 0; w < n; w++)
        for (uint32_t at = s->from[w]; at < s->to[w];) {
            at = list_chunks(at, s->to[w], c);
            if (c->n_chunks >= CHUNKS) {
                scan_chunks(s, q, is_uniform, has_least, c);
                pair_list_count(s, &c->list);
            }
        }
    scan_chunks(s, q, is_uniform, has_least, c);
    if (c->list.n >= PAIR_BATCH)
        pair_list_count(s, &c->list);
}

IN_WIDE void scan_all(pair_sweep *s, int is_uniform, int has_least, uint64_t *count)
{
    scan c;
    c.n_chunks = 0;
    pair_list_init(s, &c.list);
    for (size_t i = 0; i < s->queries.n; i++) {
        pair_make_room(s, count);
        query q = {.q = pair_query_of(s, i)};
        q.u = _mm512_set1_ps(s->queries.u[i]);
        q.v = _mm512_set1_ps(s->queries.v[i]);
        q.row = _mm512_set1_epi32((int)q.q.row);
        q.least = _mm512_set1_epi32((int)q.q.least);
        scan_query(s, &q, is_uniform, has_least, &c);
    }
    pair_list_count(s, &c.list);
}

WIDE void cyt_pair_run_avx512(pair_sweep *s, uint64_t *count)
{
    const int has_least = s->queries.bin != NULL;
    if (s->bins.is_uniform && has_least)
        scan_all(s, 1, 1, count);
    else if (s->bins.is_uniform)
        scan_all(s, 1, 0, count);
    else
        scan_all(s, 0, 1, count);
}

#endif
