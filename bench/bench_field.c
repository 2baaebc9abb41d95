// SPDX-License-Identifier: BSD-3-Clause
/* The steady field of a tissue: D with holes and a contrast, lambda 50 pixels, residual
 * 1e-8. The words are PIXELS CONTRAST and the part that is timed: whole, setup, solve.
 */
#include "bench_field.h"

#include "bench_tissue.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/elliptic.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>

struct bench_field {
    bench_tissue tissue;
    int times_setup, times_solve;
    uint64_t *starts;
    double *diffusion, *source, *c;
    size_t n; /* pixels of the strip */
    cyt_elliptic *medium;
    cyt_elliptic_result result;
};

static const double lambda_px = 50;

static void fill(struct bench_field *f, uint64_t first_row)
{
    const size_t n_cols = f->tissue.n;
    for (size_t i = 0; i < f->n; i++) {
        const size_t row = (size_t)first_row + i / n_cols, col = i % n_cols;
        f->diffusion[i] = bench_diffusion(&f->tissue, row, col);
        f->source[i] = f->diffusion[i] > 0 ? bench_source(&f->tissue, row, col) : 0;
    }
}

static cyt_code allocate(MPI_Comm comm, bench *b, cyt_error *err)
{
    const size_t size = (size_t)cyt_comm_size(comm), rank = (size_t)cyt_comm_rank(comm);
    struct bench_field *f = b->tissue_field = cyt_calloc(1, sizeof *f, "field", err);
    if (!f)
        return err->code;
    f->tissue.n = b->n_words > 0 ? strtoul(b->words[0], NULL, 10) : 1024;
    f->tissue.contrast = b->n_words > 1 ? strtod(b->words[1], NULL) : 10;
    const char *part = b->n_words > 2 ? b->words[2] : "whole";
    f->times_setup = strcmp(part, "solve") != 0;
    f->times_solve = strcmp(part, "setup") != 0;
    f->starts = cyt_alloc(size + 1, sizeof *f->starts, "strips", err);
    if (!f->starts)
        return err->code;
    cyt_blocks_cut(f->tissue.n, 1, size, f->starts);
    f->n = (size_t)(f->starts[rank + 1] - f->starts[rank]) * f->tissue.n;
    f->diffusion = cyt_alloc(f->n, sizeof *f->diffusion, "diffusion", err);
    f->source = cyt_alloc(f->n, sizeof *f->source, "source", err);
    f->c = cyt_alloc(f->n, sizeof *f->c, "field", err);
    if (err->code == CYT_OK)
        fill(f, f->starts[rank]);
    return err->code;
}

static cyt_code set_up(MPI_Comm comm, struct bench_field *f, cyt_error *err)
{
    const cyt_elliptic_params params = {.n_rows = f->tissue.n,
                                        .n_cols = f->tissue.n,
                                        .spacing_um = 1,
                                        .row_starts = f->starts,
                                        .diffusion = f->diffusion,
                                        .uniform_decay = 1 / (lambda_px * lambda_px)};
    cyt_elliptic_destroy(f->medium);
    return cyt_elliptic_create(comm, &params, &f->medium, err);
}

cyt_code bench_field_prepare(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_agree(comm, allocate(comm, b, err), err));
    b->size = (double)b->tissue_field->tissue.n * (double)b->tissue_field->tissue.n;
done:
    return code;
}

cyt_code bench_field_renew(MPI_Comm comm, bench *b, cyt_error *err)
{
    struct bench_field *f = b->tissue_field;
    memset(f->c, 0, f->n * sizeof *f->c);
    if (!f->times_setup && !f->medium)
        return set_up(comm, f, err);
    return CYT_OK;
}

cyt_code bench_field_solve(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    struct bench_field *f = b->tissue_field;
    const cyt_elliptic_goal goal = {CYT_ELLIPTIC_TOLERANCE, CYT_ELLIPTIC_MAX_ITERATIONS,
                                    NULL};
    if (f->times_setup)
        CYT_TRY(set_up(comm, f, err));
    if (f->times_solve)
        CYT_TRY(cyt_elliptic_solve(comm, f->medium, &goal, f->source, f->c, &f->result,
                                   err));
done:
    return code;
}

double bench_field_check(MPI_Comm comm, const bench *b)
{
    double sum = 0;
    for (size_t i = 0; i < b->tissue_field->n; i++)
        sum += b->tissue_field->c[i];
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, comm);
    return sum;
}

/* What the clock does not tell, once. */
void bench_field_free(bench *b)
{
    struct bench_field *f = b->tissue_field;
    struct rusage usage;
    if (!f)
        return;
    getrusage(RUSAGE_SELF, &usage);
    fprintf(stderr, "ours: %d iterations, residual %.2e, %.1f bytes a pixel at most\n",
            f->result.iterations, f->result.residual,
            1024.0 * (double)usage.ru_maxrss / (double)(f->n ? f->n : 1));
    cyt_elliptic_destroy(f->medium);
    free(f->starts);
    free(f->diffusion);
    free(f->source);
    free(f->c);
    free(f);
}
