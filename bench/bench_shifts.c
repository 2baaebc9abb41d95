// SPDX-License-Identifier: BSD-3-Clause
/* Fields of a screen, shifted: eight fields, 99 shifts, two compartments with holes.
 * The word is the side in pixels. All values are whole numbers over a power of 2, so
 * that peers/shifts_scipy.py has the same. */
#include "bench_shifts.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/field_null.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strip.h"

#include <stdlib.h>

enum { FIELDS = 8, SHIFTS = 99, PARTS = 2 };

struct bench_shifts {
    uint64_t *starts;
    cyt_field_null null;
    float *field[FIELDS];
    double score[FIELDS * (SHIFTS + 1)];
};

static int part_of(uint64_t row, uint64_t col)
{
    return (row / 32 + 3 * (col / 32)) % 5 == 4 ? 0
                                                : 1 + (int)((row / 64 + col / 64) % 2);
}

static void fill_row(struct bench_shifts *s, size_t own_row, uint64_t row)
{
    const size_t n_cols = s->null.params.n_cols;
    const cyt_field_null_row to = cyt_field_null_row_of(&s->null, own_row);
    for (size_t col = 0; col < n_cols; col++) {
        to.part[col] = (uint8_t)part_of(row, col);
        to.weight[col] = (float)(32 + (7 * row + 13 * col) % 97) / 128;
        to.residual[col] = (float)((31 * row + 17 * col) % 251) / 256 - 0.5F;
        for (size_t k = 0; k < FIELDS; k++)
            s->field[k][own_row * n_cols + col] =
                (float)((row * row / (k + 2) + 3 * col) % 1021) / 1024;
    }
}

cyt_code bench_shifts_prepare(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(comm), rank = (size_t)cyt_comm_rank(comm);
    const size_t side = b->n_words > 0 ? strtoul(b->words[0], NULL, 10) : 1024;
    struct bench_shifts *s = b->shifts = cyt_calloc(1, sizeof *s, "shifts", err);
    if (!s)
        return err->code;
    CYT_TRY((s->starts = cyt_alloc(size + 1, sizeof *s->starts, "strips", err))
                ? CYT_OK
                : err->code);
    cyt_blocks_cut(side, 1, size, s->starts);
    const size_t n_rows = (size_t)(s->starts[rank + 1] - s->starts[rank]);
    const cyt_field_null_params params = {
        .starts = s->starts, .n_cols = side, .n_parts = PARTS, .n_shifts = SHIFTS};
    CYT_TRY(cyt_field_null_init(&params, n_rows, &s->null, err));
    for (size_t k = 0; k < FIELDS; k++)
        s->field[k] = cyt_alloc(n_rows * side, sizeof *s->field[k], "a field", err);
    CYT_TRY(err->code);
    for (size_t row = 0; row < n_rows; row++)
        fill_row(s, row, s->starts[rank] + row);
    b->size = (double)side * (double)side * FIELDS * (SHIFTS + 1);
done:
    return code;
}

cyt_code bench_shifts_score(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    struct bench_shifts *s = b->shifts;
    CYT_TRY(cyt_field_null_prepare(comm, &s->null, err));
    CYT_TRY(cyt_field_null_scores(comm, &s->null, FIELDS,
                                  (const float *const *)s->field, s->score, err));
done:
    return code;
}

double bench_shifts_check(MPI_Comm comm, const bench *b)
{
    double sum = 0;
    (void)comm;
    for (size_t k = 0; k < FIELDS; k++)
        sum += b->shifts->score[k * (SHIFTS + 1)];
    return sum;
}

void bench_shifts_free(bench *b)
{
    if (!b->shifts)
        return;
    cyt_field_null_free(&b->shifts->null);
    for (size_t k = 0; k < FIELDS; k++)
        free(b->shifts->field[k]);
    free(b->shifts->starts);
    free(b->shifts);
}
