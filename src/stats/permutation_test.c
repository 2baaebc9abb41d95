// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/permutation_test.h"

#include "cytotaxis/mem.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { LABELS = 0x6c61, SIGNS = 0x7369 }; /* purposes of random numbers */

/* choose(n, k) as long as it is not above the most that matters. */
static double choose(size_t n, size_t k)
{
    double ways = 1;
    for (size_t i = 1; i <= k && ways <= CYT_ARRANGEMENTS_MOST; i++)
        ways = ways * (double)(n - k + i) / (double)i;
    return ways;
}

/* The sets of k among n in lexicographic order; 0 after the last. */
static int next_set(uint16_t *set, size_t k, size_t n)
{
    size_t i = k;
    while (i > 0 && set[i - 1] == n - k + i - 1)
        i--;
    if (i == 0)
        return 0;
    set[i - 1]++;
    for (; i < k; i++)
        set[i] = (uint16_t)(set[i - 1] + 1);
    return 1;
}

static void all_sets(cyt_labellings *l)
{
    const size_t k = l->n_a, n = l->n_a + l->n_b;
    for (size_t i = 0; i < k; i++)
        l->chosen[i] = (uint16_t)i;
    for (size_t d = 1; d < l->n; d++) {
        uint16_t *set = l->chosen + d * k;
        for (size_t i = 0; i < k; i++)
            set[i] = set[i - k];
        (void)next_set(set, k, n);
    }
}

/* Each of n is taken with the chance that fills the set: D. E. Knuth, The Art of
 * Computer Programming 2, algorithm 3.4.2 S. Every set is as likely as any other. */
static void draw_set(cyt_random_key key, uint64_t draw, size_t k, size_t n,
                     uint16_t *set)
{
    size_t taken = 0;
    for (size_t i = 0; i < n && taken < k; i++) {
        double u[4];
        cyt_uniform4(key, LABELS, draw, (uint32_t)(i / 4), u);
        if ((double)(n - i) * u[i % 4] < (double)(k - taken))
            set[taken++] = (uint16_t)i;
    }
}

cyt_code cyt_labellings_of_groups(size_t n_a, size_t n_b, size_t n_draws,
                                  cyt_random_key key, cyt_labellings *out,
                                  cyt_error *err)
{
    const double ways = choose(n_a + n_b, n_a);
    *out = (cyt_labellings){.n_a = n_a, .n_b = n_b};
    out->exact = ways <= CYT_ARRANGEMENTS_MOST;
    out->n = out->exact ? (size_t)llround(ways) : n_draws;
    out->chosen = cyt_alloc(out->n * n_a, sizeof *out->chosen, "permutations", err);
    if (!out->chosen)
        return err->code;
    if (out->exact)
        all_sets(out);
    for (size_t d = 0; !out->exact && d < n_draws; d++)
        draw_set(key, d, n_a, n_a + n_b, out->chosen + d * n_a);
    return CYT_OK;
}

cyt_code cyt_labellings_of_pairs(size_t n, size_t n_draws, cyt_random_key key,
                                 cyt_labellings *out, cyt_error *err)
{
    const double ways = ldexp(1, n < 64 ? (int)n : 64);
    *out = (cyt_labellings){.n_a = n};
    out->exact = ways <= CYT_ARRANGEMENTS_MOST;
    out->n = out->exact ? (size_t)1 << n : n_draws;
    out->chosen = cyt_alloc(out->n * n, sizeof *out->chosen, "permutations", err);
    for (size_t d = 0; out->chosen && d < out->n; d++)
        for (size_t i = 0; i < n; i++) {
            uint32_t w[4] = {0};
            if (!out->exact)
                cyt_random_words(key, SIGNS, d, (uint32_t)(i / 128), w);
            out->chosen[d * n + i] =
                out->exact ? d >> i & 1 : w[i / 32 % 4] >> i % 32 & 1;
        }
    return err->code;
}

void cyt_labellings_free(cyt_labellings *labellings)
{
    free(labellings->chosen);
    *labellings = (cyt_labellings){0};
}

static double p_value(const cyt_labellings *by, size_t n_far)
{
    return by->exact ? (double)n_far / (double)by->n
                     : (double)(1 + n_far) / (double)(1 + by->n);
}

/* What n additions of numbers of this sum of sizes may be off by, twice. */
static double rounding_of(const double *v, size_t n)
{
    double size = 0;
    for (size_t i = 0; i < n; i++)
        size += fabs(v[i]);
    return 2 * DBL_EPSILON * (double)n * size;
}

/* The sum of a says how far the means are apart: their difference is linear in it. */
cyt_permutation_test cyt_permute_groups(const double *v, const cyt_labellings *by)
{
    const size_t k = by->n_a, n = by->n_a + by->n_b;
    double all = 0, a = 0;
    for (size_t i = 0; i < n; i++)
        all += v[i];
    for (size_t i = 0; i < k; i++)
        a += v[i];
    const double centre = all * (double)k / (double)n;
    const double off = fabs(a - centre) - rounding_of(v, n);
    size_t n_far = 0;
    for (size_t d = 0; d < by->n; d++) {
        double sum = 0;
        for (size_t i = 0; i < k; i++)
            sum += v[by->chosen[d * k + i]];
        n_far += fabs(sum - centre) >= off;
    }
    return (cyt_permutation_test){a / (double)k - (all - a) / (double)by->n_b,
                                  p_value(by, n_far)};
}

cyt_permutation_test cyt_permute_pairs(const double *d, const cyt_labellings *by)
{
    const size_t n = by->n_a;
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += d[i];
    const double off = fabs(all) - rounding_of(d, n);
    size_t n_far = 0;
    for (size_t k = 0; k < by->n; k++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += by->chosen[k * n + i] ? -d[i] : d[i];
        n_far += fabs(sum) >= off;
    }
    return (cyt_permutation_test){all / (double)n, p_value(by, n_far)};
}
