// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/pair_sweep.h"

#include "pair_parts.h"

#include <string.h>

/* Are the radii multiples of a width, `n` of which make the largest? */
static int are_multiples(const double *radius, size_t n_radii, size_t n)
{
    const double width = radius[n_radii - 1] / (double)n;
    for (size_t k = 0; k < n_radii; k++) {
        const double at = radius[k] / width;
        if (fabs(at - rint(at)) > 0x1p-20 || rint(at) < 1)
            return 0;
    }
    return 1;
}

/* As many bins as make all radii multiples of their width, else one per radius. */
static size_t n_equal_bins(const double *radius, size_t n_radii)
{
    for (size_t n = n_radii; n <= CYT_PAIR_RADII; n++)
        if (are_multiples(radius, n_radii, n))
            return n;
    return 0;
}

void cyt_pair_plan_bins(const cyt_pair_task *task, pair_bins *b)
{
    const size_t n_equal = n_equal_bins(task->radius, task->n_radii);
    const double largest = task->radius[task->n_radii - 1];
    *b = (pair_bins){.n_radii = task->n_radii, .is_uniform = n_equal > 0};
    b->n = n_equal > 0 ? n_equal : task->n_radii;
    b->reach = n_equal > 0 ? (double)n_equal : (double)CYT_PAIR_RADII;
    b->width = largest / b->reach;
    for (size_t k = 0, bin = 0; k < task->n_radii; k++) {
        const double r = task->radius[k];
        const size_t end = n_equal > 0 ? (size_t)rint(r / b->width) : k + 1;
        b->square[k] = r * r;
        b->bin[k] = (uint8_t)(end - 1);
        for (; bin < end; bin++)
            b->radius[bin] = (uint8_t)k;
    }
}

static const size_t most_of_twins = 1 << 14; /* two tables stay near the core */

/* Hand out parts of the scratch, each at a multiple of 64 bytes. */
static void *take(char *base, size_t *at, size_t n, size_t size)
{
    char *part = base ? base + *at : NULL;
    *at += (n * size + 63) / 64 * 64;
    return part;
}

static void lay_out_set(size_t n, size_t n_starts, char *base, size_t *at, pair_set *s)
{
    s->u = take(base, at, n + PAIR_LANES, sizeof *s->u);
    s->v = take(base, at, n + PAIR_LANES, sizeof *s->v);
    s->place = take(base, at, n + PAIR_LANES, sizeof *s->place);
    s->x = take(base, at, n, sizeof *s->x);
    s->y = take(base, at, n, sizeof *s->y);
    s->start = take(base, at, n_starts, sizeof *s->start);
}

size_t cyt_pair_lay_out(const cyt_pair_task *task, char *base, pair_sweep *s)
{
    size_t at = 0;
    const size_t n = task->targets->n, n_queries = task->queries ? task->queries->n : 0;
    const size_t n_strips = n / 2 + 8, n_starts = n + n_strips + 8;
    *s = (pair_sweep){.n_types = task->n_types, .among_targets = !task->queries};
    cyt_pair_plan_bins(task, &s->bins);
    lay_out_set(n, n_starts, base, &at, &s->targets);
    if (task->queries) {
        lay_out_set(n_queries, n_starts, base, &at, &s->queries);
        s->queries.bin = take(base, &at, n_queries, sizeof *s->queries.bin);
    }
    s->v_min = take(base, &at, n_strips, sizeof *s->v_min);
    s->v_max = take(base, &at, n_strips, sizeof *s->v_max);
    s->key = take(base, &at, n > n_queries ? n : n_queries, sizeof *s->key);
    s->from = take(base, &at, n_strips, sizeof *s->from);
    s->to = take(base, &at, n_strips, sizeof *s->to);
    const size_t n_places = task->n_types * task->n_types * s->bins.n;
    s->table = take(base, &at, n_places, sizeof *s->table);
    s->twin = n_places <= most_of_twins ? take(base, &at, n_places, sizeof *s->twin)
                                        : s->table;
    return at;
}

size_t cyt_pair_scratch(const cyt_pair_task *task)
{
    pair_sweep s;
    return cyt_pair_lay_out(task, NULL, &s);
}

static void clear_tables(pair_sweep *s)
{
    const size_t n_places = s->n_types * s->n_types * s->bins.n;
    memset(s->table, 0, n_places * sizeof *s->table);
    memset(s->twin, 0, n_places * sizeof *s->twin);
    s->n_counted = 0;
}

static void add_table(const pair_sweep *s, const uint32_t *table, uint64_t *count)
{
    const pair_bins *b = &s->bins;
    for (size_t ab = 0; ab < s->n_types * s->n_types; ab++, table += b->n)
        for (size_t bin = 0; bin < b->n; bin++)
            count[ab * b->n_radii + b->radius[bin]] += table[bin];
}

void cyt_pair_flush(pair_sweep *s, uint64_t *count)
{
    add_table(s, s->table, count);
    if (s->twin != s->table)
        add_table(s, s->twin, count);
    clear_tables(s);
}

void cyt_pair_run_plain(pair_sweep *s, uint64_t *count)
{
    for (size_t i = 0; i < s->queries.n; i++) {
        pair_make_room(s, count);
        const size_t n = pair_windows(s, i);
        const size_t least = s->queries.bin ? s->queries.bin[i] : 0;
        uint32_t *table = s->table + s->queries.place[i] * s->n_types;
        for (size_t q = 0; q < n; q++)
            for (size_t j = s->from[q]; j < s->to[q]; j++) {
                const size_t bin = pair_exact_bin(s, i, j);
                if (bin < s->bins.n)
                    table[s->targets.place[j] + (bin > least ? bin : least)]++;
            }
    }
}

cyt_pair_variant cyt_pair_best(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi2"))
        return CYT_PAIR_PLAIN;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return CYT_PAIR_AVX512;
    return CYT_PAIR_AVX2;
#else
    return CYT_PAIR_PLAIN;
#endif
}

static void run(pair_sweep *s, cyt_pair_variant variant, uint64_t *count)
{
    (void)variant;
#if defined(__x86_64__) && defined(__GNUC__)
    if (variant == CYT_PAIR_AVX512 && s->bounds.is_single)
        cyt_pair_run_avx512(s, count);
    else if (variant == CYT_PAIR_AVX2 && s->bounds.is_single)
        cyt_pair_run_avx2(s, count);
    else
#endif
        cyt_pair_run_plain(s, count);
}

void cyt_pair_sweep(const cyt_pair_task *task, cyt_pair_variant variant, void *scratch,
                    uint64_t *count)
{
    pair_sweep s;
    cyt_pair_lay_out(task, scratch, &s);
    clear_tables(&s);
    cyt_pair_sort(task, &s);
    run(&s, variant, count);
    cyt_pair_flush(&s, count);
}
