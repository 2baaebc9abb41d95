// SPDX-License-Identifier: BSD-3-Clause
/* Three sweeps make the counts: own cells with each other, own with borrowed ones of
 * the strips below, and, where a border asks for it, cells near the border with all. */
#include "cytotaxis/pairs.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/halo.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/reach.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t n_counts(const cyt_pair_counts *c)
{
    return c->n_types * c->n_types * c->n_radii;
}

static cyt_code check(const cyt_slide *slide, const cyt_pair_params *p, cyt_error *err)
{
    if (p->n_radii < 1 || p->n_radii > CYT_PAIR_RADII)
        return CYT_FAIL(err, CYT_ERR_CONFIG, slide->name,
                        "%zu radii for pairs of cells; from 1 to %zu are possible",
                        p->n_radii, CYT_PAIR_RADII);
    if (slide->types.n > CYT_PAIR_TYPES)
        return CYT_FAIL(err, CYT_ERR_CONFIG, slide->name,
                        "%zu types of cells; pairs are counted of at most %zu",
                        slide->types.n, CYT_PAIR_TYPES);
    for (size_t k = 0; k < p->n_radii; k++) {
        const double r = p->radius[k], last = k > 0 ? p->radius[k - 1] : 0;
        if (!(r > last && r >= 1e-150 && r <= 1e150))
            return CYT_FAIL(err, CYT_ERR_CONFIG, slide->name,
                            "radii for pairs of cells must be positive and ascend, but "
                            "%g follows %g",
                            r, last);
    }
    return CYT_OK;
}

static cyt_code make_room(const cyt_slide *slide, const cyt_pair_params *p,
                          cyt_pair_counts *c, cyt_error *err)
{
    *c = (cyt_pair_counts){.n_types = slide->types.n, .n_radii = p->n_radii};
    if (CYT_FAULT("pairs.count"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    c->within = cyt_calloc(n_counts(c), sizeof *c->within, "counts of pairs", err);
    if (p->border) {
        c->inner_within =
            cyt_calloc(n_counts(c), sizeof *c->inner_within, "counts of pairs", err);
        c->inner = cyt_calloc(c->n_types * c->n_radii, sizeof *c->inner,
                              "cells away from the border", err);
    }
    return err->code;
}

/* Whom a strip borrows: cells below it within the largest radius and, for its cells
 * near the border, above it, too. Those above come first. */
static cyt_code borrow(MPI_Comm comm, const cyt_slide *slide, const cyt_pair_params *p,
                       cyt_cells *halo, size_t *n_above, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const double reach = cyt_reach_over(p->radius[p->n_radii - 1]);
    const cyt_cells *c = &slide->cells;
    cyt_slide bare = *slide; /* values stay at home */
    bare.cells.n_values = 0;
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (size_t i = 0; i < c->n; i++) {
        low = c->y[i] < low ? c->y[i] : low;
        high = c->y[i] > high ? c->y[i] : high;
    }
    low = p->border ? nextafter(low - reach, -HUGE_VAL) : low;
    high = nextafter(high + reach, HUGE_VAL);
    double *wanted = cyt_alloc(2 * slide->types.n, sizeof *wanted, "halo ranges", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t t = 0; t < slide->types.n; t++) {
        wanted[2 * t] = low;
        wanted[2 * t + 1] = high;
    }
    CYT_TRY(cyt_halo_cells(comm, &bare, wanted, halo, n_above, err));
done:
    free(wanted);
    return code;
}

static cyt_pair_cells some_of(const cyt_cells *c, size_t first, size_t end)
{
    return (cyt_pair_cells){.n = end - first,
                            .x = c->x + first,
                            .y = c->y + first,
                            .type = c->type + first};
}

/* Add the pairs of queries and targets; queries may be NULL (pair_sweep.h). */
static cyt_code sweep(const cyt_pair_params *p, const cyt_pair_cells *targets,
                      const cyt_pair_cells *queries, size_t n_types, uint64_t *count,
                      cyt_error *err)
{
    const cyt_pair_task task = {.targets = targets,
                                .queries = queries,
                                .n_types = n_types,
                                .n_radii = p->n_radii,
                                .radius = p->radius};
    if (err->code != CYT_OK || targets->n == 0 || (queries && queries->n == 0))
        return err->code;
    const size_t most = queries && queries->n > targets->n ? queries->n : targets->n;
    if (most > CYT_PAIR_MAX)
        return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "a strip has %zu cells, and pairs are counted among at most "
                        "%zu; use more ranks",
                        most, CYT_PAIR_MAX);
    void *scratch = cyt_alloc(cyt_pair_scratch(&task), 1, "pairs of cells", err);
    if (scratch)
        cyt_pair_sweep(&task, cyt_pair_best(), scratch, count);
    free(scratch);
    return err->code;
}

/* How many radii the border leaves a cell. */
static size_t n_inner(const cyt_pair_params *p, size_t i)
{
    size_t k = 0;
    while (k < p->n_radii && p->border[i] >= p->radius[k])
        k++;
    return k;
}

/* The cells nearer to the border than the largest radius. */
static cyt_code find_edge(const cyt_slide *slide, const cyt_pair_params *p,
                          cyt_cells *edge, uint8_t **floor, uint64_t *inner,
                          cyt_error *err)
{
    const cyt_cells *c = &slide->cells;
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const size_t m = n_inner(p, i);
        n += m < p->n_radii && c->type[i] != CYT_NO_TYPE;
        for (size_t k = 0; k < m && c->type[i] != CYT_NO_TYPE; k++)
            inner[c->type[i] * p->n_radii + k]++;
    }
    *floor = cyt_alloc(n, sizeof **floor, "cells near the border", err);
    if (err->code != CYT_OK || cyt_cells_init(edge, n, 0, err) != CYT_OK)
        return err->code;
    n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const size_t m = n_inner(p, i);
        if (m == p->n_radii || c->type[i] == CYT_NO_TYPE)
            continue;
        edge->x[n] = c->x[i];
        edge->y[n] = c->y[i];
        edge->type[n] = c->type[i];
        (*floor)[n++] = (uint8_t)m;
    }
    return CYT_OK;
}

/* The ordered pairs that the border takes away, into inner_within; each cell of the
 * edge is found to be within reach of itself, which is taken back. */
static cyt_code count_edge(const cyt_slide *slide, const cyt_pair_params *p,
                           const cyt_cells *halo, cyt_pair_counts *counts,
                           cyt_error *err)
{
    cyt_cells edge = {0};
    uint8_t *floor = NULL;
    const size_t n_types = counts->n_types, n_radii = counts->n_radii;
    if (find_edge(slide, p, &edge, &floor, counts->inner, err) == CYT_OK) {
        cyt_pair_cells queries = some_of(&edge, 0, edge.n);
        queries.floor = floor;
        const cyt_pair_cells own = some_of(&slide->cells, 0, slide->cells.n);
        const cyt_pair_cells others = some_of(halo, 0, halo->n);
        sweep(p, &own, &queries, n_types, counts->inner_within, err);
        sweep(p, &others, &queries, n_types, counts->inner_within, err);
        for (size_t i = 0; i < edge.n; i++)
            counts->inner_within[(edge.type[i] * (n_types + 1)) * n_radii + floor[i]]--;
    }
    cyt_cells_free(&edge);
    free(floor);
    return err->code;
}

/* Cells are sorted by row: those before this one are out of reach of all below. */
static size_t first_near(const cyt_cells *own, const cyt_pair_cells *below,
                         double reach)
{
    double nearest = HUGE_VAL;
    size_t i = 0;
    for (size_t j = 0; j < below->n; j++)
        nearest = below->y[j] < nearest ? below->y[j] : nearest;
    while (i < own->n && own->y[i] < nextafter(nearest - reach, -HUGE_VAL))
        i++;
    return i;
}

static cyt_code count_strip(const cyt_slide *slide, const cyt_pair_params *p,
                            const cyt_cells *halo, size_t n_above,
                            cyt_pair_counts *counts, cyt_error *err)
{
    const cyt_pair_cells own = some_of(&slide->cells, 0, slide->cells.n);
    const cyt_pair_cells below = some_of(halo, n_above, halo->n);
    const double reach = cyt_reach_over(p->radius[p->n_radii - 1]);
    const size_t first = first_near(&slide->cells, &below, reach);
    const cyt_pair_cells near = some_of(&slide->cells, first, slide->cells.n);
    sweep(p, &own, NULL, counts->n_types, counts->within, err);
    sweep(p, &below, &near, counts->n_types, counts->within, err);
    if (p->border && err->code == CYT_OK)
        count_edge(slide, p, halo, counts, err);
    return err->code;
}

static void add_up_radii(const cyt_pair_counts *c, uint64_t *count)
{
    for (size_t i = 0; i < n_counts(c); i++)
        if (i % c->n_radii > 0)
            count[i] += count[i - 1];
}

/* Each pair was counted in one order. */
static void count_both_orders(const cyt_pair_counts *c)
{
    for (size_t a = 0; a < c->n_types; a++)
        for (size_t b = 0; b <= a; b++)
            for (size_t k = 0; k < c->n_radii; k++) {
                uint64_t *ab = c->within + (a * c->n_types + b) * c->n_radii + k;
                uint64_t *ba = c->within + (b * c->n_types + a) * c->n_radii + k;
                *ab = *ba = *ab + *ba;
            }
}

static void finish(cyt_pair_counts *c)
{
    count_both_orders(c);
    add_up_radii(c, c->within);
    if (!c->inner_within)
        return;
    add_up_radii(c, c->inner_within);
    for (size_t i = 0; i < n_counts(c); i++)
        c->inner_within[i] = c->within[i] - c->inner_within[i];
}

static void sum_over_ranks(MPI_Comm comm, size_t n, uint64_t *count)
{
    if (count)
        cyt_allreduce(MPI_IN_PLACE, count, (int)n, MPI_UINT64_T, MPI_SUM, comm);
}

cyt_code cyt_pairs_count(MPI_Comm comm, const cyt_slide *slide,
                         const cyt_pair_params *params, cyt_pair_counts *counts,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_cells halo = {0};
    size_t n_above = 0;
    *counts = (cyt_pair_counts){0};
    CYT_TRY(cyt_agree(comm, check(slide, params, err), err));
    CYT_TRY(cyt_agree(comm, make_room(slide, params, counts, err), err));
    CYT_TRY(borrow(comm, slide, params, &halo, &n_above, err));
    CYT_TRY(
        cyt_agree(comm, count_strip(slide, params, &halo, n_above, counts, err), err));
    sum_over_ranks(comm, n_counts(counts), counts->within);
    sum_over_ranks(comm, n_counts(counts), counts->inner_within);
    sum_over_ranks(comm, counts->n_types * counts->n_radii, counts->inner);
    finish(counts);
done:
    cyt_cells_free(&halo);
    return code;
}

void cyt_pair_counts_free(cyt_pair_counts *counts)
{
    free(counts->within);
    free(counts->inner_within);
    free(counts->inner);
    *counts = (cyt_pair_counts){0};
}
