// SPDX-License-Identifier: BSD-3-Clause
/* Eight pairs at a time. There is no instruction to compress lanes: the order that
 * brings those that are set to the front is made from the mask by pext. */
#include "pair_lanes.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define WIDE    __attribute__((target("avx2,fma,bmi,bmi2,popcnt")))
#define IN_WIDE WIDE __attribute__((always_inline)) static inline

enum { LANES = 8 };

typedef struct query {
    pair_query q;
    __m256 u, v;
    __m256i least, row;
} query;

IN_WIDE __m256 size_of(__m256 a)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
}

/* Bins of squares d2; how far, in widths, the nearest edge is. */
IN_WIDE __m256i bins_uniform(__m256 d2, __m256 *nearest)
{
    const __m256 d = _mm256_sqrt_ps(d2);
    const __m256 edge =
        _mm256_round_ps(d, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    *nearest = size_of(_mm256_sub_ps(d, edge));
    return _mm256_cvttps_epi32(d);
}

/* The same by search, in squares of widths. */
IN_WIDE __m256i bins_searched(__m256 d2, __m256 last, const pair_list *l,
                              __m256 *nearest)
{
    __m256i bin = _mm256_setzero_si256();
    *nearest = size_of(_mm256_sub_ps(d2, last));
    for (int level = 0; level < l->n_levels; level++) {
        const __m256 edge = _mm256_i32gather_ps(l->edge[level], bin, sizeof(float));
        const __m256 over = _mm256_sub_ps(d2, edge);
        const __m256 beyond = _mm256_cmp_ps(over, _mm256_setzero_ps(), _CMP_GT_OQ);
        bin = _mm256_sub_epi32(_mm256_add_epi32(bin, bin), _mm256_castps_si256(beyond));
        *nearest = _mm256_min_ps(*nearest, size_of(over));
    }
    return bin;
}

/* The lanes whose bit is set, to the front. */
IN_WIDE __m256i compress(uint32_t lanes, __m256i a)
{
    const uint64_t bytes = _pdep_u64(lanes, 0x0101010101010101) * 0xff;
    const uint64_t order = _pext_u64(0x0706050403020100, bytes);
    return _mm256_permutevar8x32_epi32(
        a, _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)order)));
}

IN_WIDE uint32_t bits(__m256 mask)
{
    return (uint32_t)_mm256_movemask_ps(mask);
}

/* Find the pairs of the query and targets [at, end) of one window. */
IN_WIDE void scan_window(const pair_sweep *s, const query *q, int is_uniform,
                         uint32_t at, uint32_t end, pair_list *l)
{
    const __m256 limit = _mm256_set1_ps(s->bounds.limit);
    const __m256 near = _mm256_set1_ps(l->near_edge);
    const __m256 last = _mm256_set1_ps((float)(s->bins.reach * s->bins.reach));
    for (; at < end; at += LANES) {
        const uint32_t left = end - at;
        const uint32_t some = left < LANES ? _bzhi_u32(0xff, left) : 0xff;
        const __m256 du = _mm256_sub_ps(_mm256_loadu_ps(s->targets.u + at), q->u);
        const __m256 dv = _mm256_sub_ps(_mm256_loadu_ps(s->targets.v + at), q->v);
        const __m256 d2 = _mm256_fmadd_ps(du, du, _mm256_mul_ps(dv, dv));
        __m256 nearest;
        __m256i bin = is_uniform ? bins_uniform(d2, &nearest)
                                 : bins_searched(d2, last, l, &nearest);
        bin = _mm256_max_epi32(bin, q->least);
        const __m256i place = _mm256_add_epi32(
            _mm256_add_epi32(bin, q->row),
            _mm256_loadu_si256((const __m256i *)(s->targets.place + at)));
        const uint32_t within = some & bits(_mm256_cmp_ps(d2, limit, _CMP_LE_OQ));
        const uint32_t unsure =
            within & bits(_mm256_cmp_ps(nearest, near, _CMP_NGE_UQ));
        const uint32_t sure = within & ~unsure;
        _mm256_storeu_si256((__m256i *)(l->place + l->n), compress(sure, place));
        l->n += (size_t)__builtin_popcount(sure);
        if (unsure)
            pair_decide(s, &q->q, at, unsure, l);
    }
}

IN_WIDE void scan_query(pair_sweep *s, const query *q, int is_uniform, pair_list *l)
{
    const size_t n = pair_windows(s, q->q.i);
    for (size_t w = 0; w < n; w++)
        for (uint32_t at = s->from[w]; at < s->to[w];) {
            const uint32_t left = s->to[w] - at;
            const uint32_t end = at + (left < PAIR_BATCH ? left : PAIR_BATCH);
            scan_window(s, q, is_uniform, at, end, l);
            if (l->n >= PAIR_BATCH)
                pair_list_count(s, l);
            at = end;
        }
}

IN_WIDE void scan_all(pair_sweep *s, int is_uniform, uint64_t *count)
{
    pair_list l;
    pair_list_init(s, &l);
    for (size_t i = 0; i < s->queries.n; i++) {
        pair_make_room(s, count);
        query q = {.q = pair_query_of(s, i)};
        q.u = _mm256_set1_ps(s->queries.u[i]);
        q.v = _mm256_set1_ps(s->queries.v[i]);
        q.row = _mm256_set1_epi32((int)q.q.row);
        q.least = _mm256_set1_epi32((int)q.q.least);
        scan_query(s, &q, is_uniform, &l);
    }
    pair_list_count(s, &l);
}

WIDE void cyt_pair_run_avx2(pair_sweep *s, uint64_t *count)
{
    if (s->bins.is_uniform)
        scan_all(s, 1, count);
    else
        scan_all(s, 0, count);
}

#endif
