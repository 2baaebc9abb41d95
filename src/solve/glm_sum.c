// SPDX-License-Identifier: BSD-3-Clause
/* Sums of a model's rows. A run of a row, the items of one block next to each other, is
 * summed in doubles: no other rank has a part of it. Runs are summed exactly
 * (exact_sum.h), below the largest of each kind, and so in any order. */
#include "cytotaxis/glm.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/exact_sum.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char what[] = "sums of a model";

/* Sums of the runs of this rank's rows, and room for a row. */
typedef struct runs {
    size_t n, n_sums, capacity, block_capacity;
    double *sums;    /* [n * n_sums] */
    uint32_t *block; /* [n] */
    cyt_glm_items items;
    double *row; /* owns the row's numbers */
    double *weight, *residual, *log_likelihood, *scratch;
} runs;

static void free_runs(runs *r)
{
    free(r->sums);
    free(r->block);
    free(r->row);
    free(r->items.block);
}

static cyt_code init_runs(const cyt_glm_data *data, runs *r, cyt_error *err)
{
    if (CYT_FAULT("glm.sum"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    const size_t n = data->most;
    *r = (runs){.n_sums = CYT_GLM_SUMS(data->n_coefs)};
    r->row = cyt_alloc((data->n_coefs + 5) * n, sizeof *r->row, what, err);
    r->items.block = cyt_alloc(n, sizeof *r->items.block, what, err);
    if (err->code != CYT_OK)
        return err->code;
    r->items.stride = n;
    r->items.x = r->row;
    r->items.y = r->row + data->n_coefs * n;
    r->weight = r->items.y + n;
    r->residual = r->weight + n;
    r->log_likelihood = r->residual + n;
    r->scratch = r->log_likelihood + n;
    return CYT_OK;
}

static cyt_code add_run(const cyt_glm_data *data, runs *r, size_t first, size_t last,
                        uint32_t block, cyt_error *err)
{
    if (cyt_grow(&r->sums, &r->capacity, (r->n + 1) * r->n_sums, sizeof *r->sums, what,
                 err) ||
        cyt_grow(&r->block, &r->block_capacity, r->n + 1, sizeof *r->block, what, err))
        return err->code;
    cyt_glm_add_up(data->n_coefs, &r->items, first, last, r->weight, r->residual,
                   r->log_likelihood, r->scratch, r->sums + r->n * r->n_sums);
    r->block[r->n++] = block;
    return CYT_OK;
}

static cyt_code add_row(const cyt_glm_data *data, const double *beta, int by_block,
                        size_t row, runs *r, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_glm_items *items = &r->items;
    data->make_row(data->context, row, items);
    cyt_glm_predict(data->family, data->n_coefs, items, beta, r->weight, r->residual,
                    r->log_likelihood);
    for (size_t first = 0, last; first < items->n && code == CYT_OK; first = last) {
        last = by_block ? first + 1 : items->n;
        while (last < items->n && items->block[last] == items->block[first])
            last++;
        code = add_run(data, r, first, last, by_block ? items->block[first] : 0, err);
    }
    return code;
}

/* Least exponents above every run of this rank; INT_MAX where one is not finite. */
static void find_exponents(const runs *r, int *exponent)
{
    for (size_t k = 0; k < r->n_sums; k++)
        exponent[k] = INT_MIN;
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->n_sums; k++) {
            const double v = r->sums[i * r->n_sums + k];
            const int e = isfinite(v) ? cyt_exact_exponent(1, &v) : INT_MAX;
            exponent[k] = e > exponent[k] ? e : exponent[k];
        }
}

static void add_exactly(const runs *r, const int *exponent, cyt_exact_sum *sums)
{
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->n_sums; k++) {
            const double v = r->sums[i * r->n_sums + k];
            if (v != 0 && exponent[k] != INT_MAX)
                cyt_exact_add(&sums[r->block[i] * r->n_sums + k], exponent[k], v);
        }
}

/* Runs to sums of blocks. */
static cyt_code reduce(MPI_Comm comm, const runs *r, size_t n_blocks, double *out,
                       cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = n_blocks * r->n_sums;
    cyt_exact_sum *sums = cyt_calloc(n, sizeof *sums, what, err);
    int *exponent = cyt_alloc(r->n_sums, sizeof *exponent, what, err);
    const int n_limbs = cyt_mpi_count(n * CYT_EXACT_LIMBS, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    find_exponents(r, exponent);
    cyt_allreduce(MPI_IN_PLACE, exponent, (int)r->n_sums, MPI_INT, MPI_MAX, comm);
    add_exactly(r, exponent, sums);
    cyt_allreduce(MPI_IN_PLACE, sums, n_limbs, MPI_INT64_T, MPI_SUM, comm);
    for (size_t i = 0; i < n; i++) {
        const int e = exponent[i % r->n_sums];
        out[i] = e == INT_MAX ? NAN : e == INT_MIN ? 0 : cyt_exact_value(&sums[i], e);
    }
done:
    free(sums);
    free(exponent);
    return code;
}

cyt_code cyt_glm_sum(MPI_Comm comm, const cyt_glm_data *data, const double *beta,
                     int by_block, double *sums, cyt_error *err)
{
    cyt_code code = CYT_OK;
    runs r = {0};
    code = init_runs(data, &r, err);
    for (size_t row = 0; row < data->n_rows && code == CYT_OK; row++)
        code = add_row(data, beta, by_block, row, &r, err);
    CYT_TRY(cyt_agree(comm, code, err));
    CYT_TRY(reduce(comm, &r, by_block ? data->n_blocks : 1, sums, err));
done:
    free_runs(&r);
    return code;
}
