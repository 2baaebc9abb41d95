// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/islands.h"

#include <math.h>
#include <string.h>

/* --- runs ------------------------------------------------------------------------- */

size_t cyt_runs_count(size_t n_rows, size_t n_cols, const double *d)
{
    size_t n = 0;
    for (size_t r = 0; r < n_rows; r++)
        for (size_t i = 0; i < n_cols; i++)
            n += d[r * n_cols + i] > 0 && !(i > 0 && d[r * n_cols + i - 1] > 0);
    return n;
}

static size_t root_of(cyt_pixel_run *runs, size_t i)
{
    while (runs[i].root != i) {
        runs[i].root = runs[runs[i].root].root;
        i = runs[i].root;
    }
    return i;
}

static void unite(cyt_pixel_run *runs, size_t a, size_t b)
{
    a = root_of(runs, a);
    b = root_of(runs, b);
    if (a < b)
        runs[b].root = a;
    else
        runs[a].root = b;
}

/* Unite the overlapping runs of two adjacent rows, [a, mid) and [mid, end). */
static void unite_rows(cyt_pixel_run *runs, size_t a, size_t mid, size_t end)
{
    size_t b = mid;
    while (a < mid && b < end) {
        if (runs[a].from < runs[b].to && runs[b].from < runs[a].to)
            unite(runs, a, b);
        if (runs[a].to < runs[b].to)
            a++;
        else
            b++;
    }
}

void cyt_runs_label(size_t n_rows, size_t n_cols, const double *d, cyt_pixel_run *runs)
{
    size_t n = 0, last = 0;
    for (size_t r = 0; r < n_rows; r++) {
        const size_t mid = n;
        const double *row = d + r * n_cols;
        for (size_t i = 0; i < n_cols; i++) {
            if (!(row[i] > 0))
                continue;
            const size_t from = i;
            while (i < n_cols && row[i] > 0)
                i++;
            runs[n] = (cyt_pixel_run){n, (uint32_t)r, (uint32_t)from, (uint32_t)i};
            n++;
        }
        unite_rows(runs, last, mid, n);
        last = mid;
    }
    for (size_t i = 0; i < n; i++)
        runs[i].root = root_of(runs, i);
}

/* --- one island ------------------------------------------------------------------- */

/* The matrix by rows of its profile: row i has the columns first[i] .. i, of which the
 * last is at end[i] - 1. */
typedef struct profile {
    size_t n;
    size_t *rank_of; /* [n] pixel -> its place in the order of elimination */
    size_t *first, *end;
    double *a, *y;
} profile;

size_t cyt_island_scratch(size_t n)
{
    return 3 * n * sizeof(size_t) + (n + n * (n + 1) / 2) * sizeof(double);
}

static profile carve(size_t n, void *scratch)
{
    size_t *numbers = scratch;
    double *values = (double *)(void *)(numbers + 3 * n);
    return (profile){n, numbers, numbers + n, numbers + 2 * n, values + n, values};
}

/* The pixel at a place, or n. */
static size_t find(const cyt_island *o, uint32_t row, uint32_t col)
{
    size_t lo = 0, hi = o->n;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        const cyt_place p = o->place[mid];
        if (p.row < row || (p.row == row && p.col < col))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < o->n && o->place[lo].row == row && o->place[lo].col == col ? lo : o->n;
}

/* Rank of each pixel: by rows, or by columns when the island is wider than high. */
static void order(const cyt_island *o, profile *p)
{
    uint32_t left = UINT32_MAX, right = 0;
    for (size_t i = 0; i < o->n; i++) {
        left = o->place[i].col < left ? o->place[i].col : left;
        right = o->place[i].col > right ? o->place[i].col : right;
    }
    const int by_rows = right - left <= o->place[o->n - 1].row - o->place[0].row;
    size_t next = 0;
    if (by_rows)
        for (size_t i = 0; i < o->n; i++)
            p->rank_of[i] = i;
    for (uint32_t c = left; !by_rows && c <= right; c++)
        for (size_t i = 0; i < o->n; i++)
            if (o->place[i].col == c)
                p->rank_of[i] = next++;
}

static void widen(profile *p, size_t a, size_t b)
{
    const size_t i = a > b ? a : b, j = a > b ? b : a;
    p->first[i] = j < p->first[i] ? j : p->first[i];
}

static double *entry(const profile *p, size_t a, size_t b)
{
    const size_t i = a > b ? a : b, j = a > b ? b : a;
    return p->a + p->end[i] - 1 - (i - j);
}

/* Each face once: of a pixel with the one to its right and the one below. */
static size_t neighbour(const cyt_island *o, size_t i, int side)
{
    const cyt_place at = o->place[i];
    return side == 0 ? find(o, at.row, at.col + 1) : find(o, at.row + 1, at.col);
}

static void assemble(const cyt_island *o, profile *p)
{
    size_t room = 0;
    for (size_t i = 0; i < o->n; i++)
        p->first[i] = i;
    for (size_t i = 0; i < o->n; i++)
        for (int side = 0; side < 2; side++) {
            const size_t j = neighbour(o, i, side);
            if (j < o->n)
                widen(p, p->rank_of[i], p->rank_of[j]);
        }
    for (size_t i = 0; i < o->n; i++)
        p->end[i] = room += i - p->first[i] + 1;
    memset(p->a, 0, room * sizeof *p->a);
    for (size_t i = 0; i < o->n; i++) {
        const size_t a = p->rank_of[i];
        *entry(p, a, a) += o->k[i];
        p->y[a] = o->s[i];
        for (int side = 0; side < 2; side++) {
            const size_t j = neighbour(o, i, side);
            if (j == o->n)
                continue;
            const size_t b = p->rank_of[j];
            const double w =
                o->per_area * 2 * o->d[i] * (o->d[j] / (o->d[i] + o->d[j]));
            *entry(p, a, b) -= w;
            *entry(p, a, a) += w;
            *entry(p, b, b) += w;
        }
    }
}

static void factorise(const profile *p)
{
    for (size_t i = 0; i < p->n; i++)
        for (size_t j = p->first[i]; j <= i; j++) {
            const size_t from = p->first[i] > p->first[j] ? p->first[i] : p->first[j];
            double sum = *entry(p, i, j);
            for (size_t k = from; k < j; k++)
                sum -= *entry(p, i, k) * *entry(p, j, k);
            *entry(p, i, j) = j < i ? sum / *entry(p, j, j) : sqrt(sum);
        }
}

void cyt_island_solve(const cyt_island *o, double *x, void *scratch)
{
    profile p = carve(o->n, scratch);
    order(o, &p);
    assemble(o, &p);
    factorise(&p);
    for (size_t i = 0; i < o->n; i++) {
        for (size_t k = p.first[i]; k < i; k++)
            p.y[i] -= *entry(&p, i, k) * p.y[k];
        p.y[i] /= *entry(&p, i, i);
    }
    for (size_t i = o->n; i-- > 0;) {
        p.y[i] /= *entry(&p, i, i);
        for (size_t k = p.first[i]; k < i; k++)
            p.y[k] -= *entry(&p, i, k) * p.y[i];
    }
    for (size_t i = 0; i < o->n; i++)
        x[i] = p.y[p.rank_of[i]];
}
