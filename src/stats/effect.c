// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/effect.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/select.h"
#include "cytotaxis/t_test.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { RESAMPLE = 0x7265 }; /* purpose of random numbers, of the first stream */

cyt_code cyt_resamples_make(size_t n_draws, size_t n_units, cyt_random_key key,
                            uint32_t stream, cyt_resamples *out, cyt_error *err)
{
    *out = (cyt_resamples){.n_draws = n_draws, .n_units = n_units};
    out->times = cyt_calloc(n_draws * n_units, sizeof *out->times, "a bootstrap", err);
    for (size_t d = 0; out->times && d < n_draws; d++)
        for (size_t i = 0; i < n_units; i++) {
            double u[4];
            cyt_uniform4(key, RESAMPLE + stream, d, (uint32_t)(i / 4), u);
            out->times[d * n_units + (size_t)(u[i % 4] * (double)n_units)]++;
        }
    return err->code;
}

void cyt_resamples_free(cyt_resamples *resamples)
{
    free(resamples->times);
    *resamples = (cyt_resamples){0};
}

/* One value of the sorted list, and where its unit's draws stand. */
typedef struct entry {
    double key, value;
    size_t unit;
    int group; /* 0: a */
} entry;

typedef struct sorted {
    size_t n;
    entry *at;
    double centre; /* about the mean, taken off sums */
} sorted;

static int by_key(const void *pa, const void *pb)
{
    const double a = ((const entry *)pa)->key, b = ((const entry *)pb)->key;
    return a < b ? -1 : a > b;
}

/* The values that are there; pairs by the size of their difference. */
static cyt_code sort_values(const cyt_effect_group *const groups[2], int paired,
                            sorted *out, cyt_error *err)
{
    size_t most = 0;
    for (int g = 0; g < (paired ? 1 : 2); g++)
        most += groups[g]->draws->n_units;
    *out = (sorted){.at = cyt_alloc(most, sizeof *out->at, "an effect", err)};
    for (int g = 0; out->at && g < (paired ? 1 : 2); g++)
        for (size_t i = 0; i < groups[g]->draws->n_units; i++) {
            const double v = groups[g]->v[i];
            if (isfinite(v))
                out->at[out->n++] = (entry){paired ? fabs(v) : v, v, i, g};
        }
    if (!out->at)
        return err->code;
    qsort(out->at, out->n, sizeof *out->at, by_key);
    for (size_t i = 0; i < out->n; i++)
        out->centre += out->at[i].value / (double)out->n;
    return CYT_OK;
}

/* @p times: of a and b; NULL: each once */
static double weight(const uint16_t *const times[2], const entry *e)
{
    return times ? times[e->group][e->unit] : 1;
}

/* Twice the pairs won by a and lost: of each group of equal values, those of a beat all
 * of b before, those of b all of a before. */
static double delta(const sorted *s, const uint16_t *const times[2])
{
    double n[2] = {0, 0}, balance = 0;
    for (size_t i = 0, j; i < s->n; i = j) {
        double here[2] = {0, 0};
        for (j = i; j < s->n && s->at[j].key == s->at[i].key; j++)
            here[s->at[j].group] += weight(times, &s->at[j]);
        balance += here[0] * n[1] - here[1] * n[0];
        n[0] += here[0];
        n[1] += here[1];
    }
    return n[0] > 0 && n[1] > 0 ? balance / (n[0] * n[1]) : NAN;
}

/* Of pairs; zeros stand first and count for nothing, not even a rank. */
static double biserial(const sorted *s, const uint16_t *const times[2])
{
    double n = 0, balance = 0;
    for (size_t i = 0, j; i < s->n; i = j) {
        double up = 0, down = 0;
        for (j = i; j < s->n && s->at[j].key == s->at[i].key; j++) {
            up += s->at[j].value > 0 ? weight(times, &s->at[j]) : 0;
            down += s->at[j].value < 0 ? weight(times, &s->at[j]) : 0;
        }
        balance += (up - down) * (n + (up + down + 1) / 2); /* mid-rank of the group */
        n += up + down;
    }
    return n > 0 ? balance / (n * (n + 1) / 2) : NAN;
}

typedef struct moments {
    double n, mean, squares; /* squares about the mean */
} moments;

/* Below this the squares about a mean are those of its rounding. A draw of equal values
 * must leave none: the effect divides by them. */
static double rounding_of(double n, double largest)
{
    const double each = 10 * DBL_EPSILON * largest;
    return n * each * each;
}

static moments moments_of(const sorted *s, const uint16_t *const times[2], int group)
{
    double n = 0, sum = 0, squares = 0, largest = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->at[i].group != group)
            continue;
        const double w = weight(times, &s->at[i]);
        n += w;
        sum += w * (s->at[i].value - s->centre);
        largest = fmax(largest, fabs(s->at[i].value));
    }
    const double mean = sum / n;
    for (size_t i = 0; i < s->n; i++) {
        const double d = s->at[i].value - s->centre - mean;
        squares += s->at[i].group == group ? weight(times, &s->at[i]) * d * d : 0;
    }
    return (moments){n, mean, squares > rounding_of(n, largest) ? squares : 0};
}

static double standardised(double difference, double squares, double df)
{
    return df >= 2 && squares > 0
               ? cyt_hedges_correction(df) * difference / sqrt(squares / df)
               : NAN;
}

static double effect_of(cyt_effect_kind kind, const sorted *s,
                        const uint16_t *const times[2])
{
    if (kind == CYT_EFFECT_DELTA)
        return delta(s, times);
    if (kind == CYT_EFFECT_PAIRED_BISERIAL)
        return biserial(s, times);
    const moments a = moments_of(s, times, 0);
    if (kind == CYT_EFFECT_PAIRED_DIFFERENCE)
        return a.mean + s->centre;
    if (kind == CYT_EFFECT_PAIRED_HEDGES)
        return standardised(a.mean + s->centre, a.squares, a.n - 1);
    const moments b = moments_of(s, times, 1);
    if (kind == CYT_EFFECT_DIFFERENCE)
        return a.mean - b.mean;
    return a.n > 1 && b.n > 1
               ? standardised(a.mean - b.mean, a.squares + b.squares, a.n + b.n - 2)
               : NAN;
}

/* Not of fewer than two different units on a side: such an interval has no width. */
static int can_vary(const sorted *s, int paired)
{
    size_t n[2] = {0, 0};
    for (size_t i = 0; i < s->n; i++)
        n[s->at[i].group]++;
    return n[0] >= 2 && (paired || n[1] >= 2);
}

cyt_code cyt_effect_size(cyt_effect_kind kind, const cyt_effect_group *a,
                         const cyt_effect_group *b, double confidence, cyt_effect *out,
                         cyt_error *err)
{
    const int paired = kind >= CYT_EFFECT_PAIRED_BISERIAL;
    const cyt_effect_group *const groups[2] = {a, b};
    const size_t n_draws = a->draws->n_draws;
    sorted s = {0};
    *out = (cyt_effect){NAN, NAN, NAN};
    double *drawn = cyt_alloc(n_draws, sizeof *drawn, "an effect", err);
    if (drawn && sort_values(groups, paired, &s, err) == CYT_OK) {
        size_t n = 0;
        out->value = effect_of(kind, &s, NULL);
        for (size_t d = 0; d < n_draws && can_vary(&s, paired); d++) {
            const uint16_t *const times[2] = {
                a->draws->times + d * a->draws->n_units,
                paired ? NULL : b->draws->times + d * b->draws->n_units};
            drawn[n] = effect_of(kind, &s, times);
            n += isfinite(drawn[n]) ? 1 : 0;
        }
        const double tails[2] = {(1 - confidence) / 2, (1 + confidence) / 2};
        double ends[2] = {NAN, NAN};
        if (n > 0 && isfinite(out->value))
            cyt_quantiles(drawn, n, tails, 2, ends);
        out->low = ends[0];
        out->high = ends[1];
    }
    free(drawn);
    free(s.at);
    return err->code;
}
