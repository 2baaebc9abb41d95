// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/enrichment.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void cyt_label_counts_free(cyt_label_counts *c)
{
    free(c->cells);
    free(c->pairs);
    *c = (cyt_label_counts){0};
}

static cyt_code make_room(size_t n_types, cyt_label_counts *c, cyt_error *err)
{
    if (CYT_FAULT("enrichment.count"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    if (cyt_mpi_count(n_types * n_types, err) < 0)
        return err->code;
    c->cells = cyt_calloc(n_types, sizeof *c->cells, "counts of cells", err);
    c->pairs =
        cyt_calloc(n_types * n_types, sizeof *c->pairs, "counts of neighbours", err);
    return err->code;
}

static uint16_t type_of(const cyt_slide *slide, const cyt_graph *g, uint32_t node)
{
    return node < g->n ? slide->cells.type[node] : g->guest_type[node - g->n];
}

static void count_own(const cyt_slide *slide, const cyt_graph *g, cyt_label_counts *c)
{
    c->degree_min = UINT64_MAX;
    for (size_t i = 0; i < g->n; i++) {
        const uint64_t degree = g->start[i + 1] - g->start[i];
        const uint16_t type = slide->cells.type[i];
        uint64_t typed = 0;
        for (size_t k = g->start[i]; type != CYT_NO_TYPE && k < g->start[i + 1]; k++) {
            const uint16_t other = type_of(slide, g, g->node[k]);
            if (other == CYT_NO_TYPE)
                continue;
            c->pairs[type * c->n_types + other]++;
            typed++;
        }
        c->n_pairs += typed;
        c->a1 += typed > 0 ? typed * (typed - 1) : 0;
        c->n_links += degree;
        c->n_lonely += degree == 0;
        c->degree_min = degree < c->degree_min ? degree : c->degree_min;
        c->degree_max = degree > c->degree_max ? degree : c->degree_max;
    }
}

cyt_code cyt_label_count(MPI_Comm comm, const cyt_slide *slide, const cyt_graph *graph,
                         cyt_label_counts *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_types = slide->types.n;
    *c = (cyt_label_counts){
        .n_types = n_types, .symmetric = graph->symmetric, .n_nodes = slide->n_cells};
    CYT_TRY(cyt_agree(comm, make_room(n_types, c, err), err));
    count_own(slide, graph, c);
    cyt_allreduce(MPI_IN_PLACE, c->pairs, (int)(n_types * n_types), MPI_UINT64_T,
                  MPI_SUM, comm);
    uint64_t sums[] = {c->n_pairs, c->a1, c->n_links, c->n_lonely};
    cyt_allreduce(MPI_IN_PLACE, sums, 4, MPI_UINT64_T, MPI_SUM, comm);
    c->n_pairs = sums[0];
    c->a1 = sums[1];
    c->n_links = sums[2];
    c->n_lonely = sums[3];
    cyt_allreduce(MPI_IN_PLACE, &c->degree_min, 1, MPI_UINT64_T, MPI_MIN, comm);
    cyt_allreduce(MPI_IN_PLACE, &c->degree_max, 1, MPI_UINT64_T, MPI_MAX, comm);
    c->degree_min = slide->n_cells ? c->degree_min : 0;
    for (size_t t = 0; t < n_types; t++) {
        c->cells[t] = slide->type_counts[t];
        c->n += c->cells[t];
    }
done:
    if (code != CYT_OK)
        cyt_label_counts_free(c);
    return code;
}

cyt_code cyt_degree_count(MPI_Comm comm, const cyt_graph *graph, size_t n_degrees,
                          uint64_t *cells, cyt_error *err)
{
    const int n = cyt_mpi_count(n_degrees, err);
    if (n < 0)
        return err->code; /* the same on every rank */
    memset(cells, 0, n_degrees * sizeof *cells);
    for (size_t i = 0; i < graph->n; i++)
        cells[graph->start[i + 1] - graph->start[i]]++;
    cyt_allreduce(MPI_IN_PLACE, cells, n, MPI_UINT64_T, MPI_SUM, comm);
    return CYT_OK;
}

/* --- exact moments ---------------------------------------------------------------- */

/* x (x - 1) … over n (n - 1) …, k factors each: the chance that k cells, drawn one
 * after the other, are all of a type of x. 0 where there are fewer. */
static long double chance(uint64_t x, uint64_t n, uint64_t k)
{
    long double c = 1;
    for (uint64_t i = 0; i < k; i++)
        c = x > i ? c * ((long double)(x - i) / (long double)(n - i)) : 0;
    return c;
}

/* The same for i cells of a type of x and then j of another of y. */
static long double chance2(uint64_t x, uint64_t i, uint64_t y, uint64_t j, uint64_t n)
{
    return n > i ? chance(x, n, i) * chance(y, n - i, j) : 0;
}

/* Var = E n² - (E n)² loses digits as large as both are: long double has them. */
cyt_enrichment cyt_enrichment_exact(const cyt_label_counts *c, size_t a, size_t b)
{
    if (!c->symmetric || c->n < 2)
        return (cyt_enrichment){NAN, NAN, NAN, NAN};
    const uint64_t n = c->n, x = c->cells[a], y = c->cells[b];
    const long double s0 = (long double)c->n_pairs, a1 = (long double)c->a1;
    const long double apart = s0 * s0 - 2 * s0 - 4 * a1;
    long double mean, square;
    if (a == b) {
        mean = s0 * chance(x, n, 2);
        square = 2 * mean + 4 * a1 * chance(x, n, 3) + apart * chance(x, n, 4);
    } else {
        mean = s0 * chance2(x, 1, y, 1, n);
        square = mean + a1 * (chance2(x, 1, y, 2, n) + chance2(x, 2, y, 1, n)) +
                 apart * chance2(x, 2, y, 2, n);
    }
    const long double variance = square - mean * mean;
    /* Nothing can vary: what is left is rounding. */
    const int is_fixed = x == 0 || y == 0 || x == n || y == n || c->n_pairs == 0 ||
                         variance < square * 0x1p-58L;
    cyt_enrichment e = {(double)mean, is_fixed ? 0 : (double)variance, NAN, NAN};
    if (e.variance > 0) {
        e.z = ((double)c->pairs[a * c->n_types + b] - e.mean) / sqrt(e.variance);
        e.p = erfc(fabs(e.z) * 0.70710678118654752440);
    }
    return e;
}
