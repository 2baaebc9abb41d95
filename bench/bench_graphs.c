// SPDX-License-Identifier: BSD-3-Clause
#include "bench_graphs.h"

#include "cytotaxis/autocorrelation.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/random.h"

#include <math.h>
#include <stdlib.h>

cyt_code bench_delaunay(MPI_Comm comm, bench *b, cyt_error *err)
{
    return cyt_graph_delaunay(comm, &b->slide, HUGE_VAL, &b->graph, err);
}

double bench_delaunay_check(MPI_Comm comm, const bench *b)
{
    return (double)cyt_sum_u64(comm, b->graph.start[b->graph.n]);
}

void bench_delaunay_drop(MPI_Comm comm, bench *b)
{
    (void)comm;
    cyt_graph_free(&b->graph);
}

cyt_code bench_prepare_graph(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(bench_prepare_slide(comm, b, err));
    CYT_TRY(bench_delaunay(comm, b, err));
done:
    return code;
}

/* The last of the moments is kept, so that none is left out by the compiler. */
cyt_code bench_exact(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_label_count(comm, &b->slide, &b->graph, &b->counts, err));
    b->moments = 0;
    for (size_t a = 0; a < b->counts.n_types; a++)
        for (size_t t = 0; t < b->counts.n_types; t++)
            b->moments += cyt_enrichment_exact(&b->counts, a, t).variance;
done:
    return code;
}

double bench_exact_check(MPI_Comm comm, const bench *b)
{
    (void)comm;
    return (double)b->counts.n_pairs;
}

void bench_exact_drop(MPI_Comm comm, bench *b)
{
    (void)comm;
    cyt_label_counts_free(&b->counts);
}

static size_t word(const bench *b, size_t otherwise)
{
    return b->n_words ? (size_t)strtoull(b->words[0], NULL, 10) : otherwise;
}

cyt_code bench_prepare_permute(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_words = b->n_words;
    b->n_words = 0; /* the word is a number of permutations, not of pixels */
    CYT_TRY(bench_prepare_graph(comm, b, err));
    b->n_words = n_words;
    CYT_TRY(cyt_label_count(comm, &b->slide, &b->graph, &b->counts, err));
    b->size = (double)b->slide.n_cells * (double)word(b, 1000);
    const size_t n_types = b->slide.types.n;
    b->permuted = cyt_alloc(n_types * n_types, sizeof *b->permuted, "results", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
done:
    return code;
}

cyt_code bench_permute(MPI_Comm comm, bench *b, cyt_error *err)
{
    const cyt_permutation_params params = {.n = word(b, 1000), .seed = 1};
    return cyt_enrichment_permute(comm, &b->slide, &b->graph, &b->counts, &params,
                                  b->permuted, err);
}

cyt_code bench_prepare_moran(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_words = b->n_words, n_columns = word(b, 32);
    b->n_words = 0;
    CYT_TRY(bench_prepare_graph(comm, b, err));
    b->n_words = n_words;
    b->size = (double)b->slide.n_cells * (double)n_columns;
    b->columns =
        cyt_alloc(n_columns * b->slide.cells.n, sizeof *b->columns, "columns", err);
    b->alike = cyt_alloc(n_columns, sizeof *b->alike, "results", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    const cyt_random_key key = cyt_random_key_of(1, 0);
    for (size_t c = 0; c < n_columns; c++)
        for (size_t i = 0; i < b->slide.cells.n; i++)
            b->columns[c * b->slide.cells.n + i] =
                cyt_uniform(key, (uint32_t)c, b->slide.cells.index[i], 0);
done:
    return code;
}

cyt_code bench_moran(MPI_Comm comm, bench *b, cyt_error *err)
{
    return cyt_autocorrelate(comm, &b->slide, &b->graph, CYT_WEIGHTS_ROW, word(b, 32),
                             b->columns, b->alike, err);
}

void bench_graphs_free(bench *b)
{
    cyt_graph_free(&b->graph);
    cyt_label_counts_free(&b->counts);
    free(b->permuted);
    free(b->columns);
    free(b->alike);
}
