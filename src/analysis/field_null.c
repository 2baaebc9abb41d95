// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/field_null.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/ordered.h"
#include "cytotaxis/raster_box.h"
#include "cytotaxis/rotate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PURPOSE = 0x73686674 }; /* "shft" */

/* Sums of a compartment over a row, side by side. */
enum { RF, MF, R, M, N_SUMS };

/* Room of one rank. */
typedef struct room {
    size_t n_rows;                 /* own */
    uint64_t first_row, ring_rows; /* the box around all pixels that take part */
    size_t first_col, ring_cols;
    float *field; /* [own pixels] moved along the rows */
    uint8_t *part;
    double *row_sums; /* [n_rows * n_parts * N_SUMS] */
    double *sums;     /* [n_parts * N_SUMS] */
} room;

static cyt_code make_room(const cyt_field_null *f, size_t n_rows, room *r,
                          cyt_error *err)
{
    static const char what[] = "a shifted field";
    const size_t n = n_rows * f->n_cols, n_sums = f->n_parts * N_SUMS;
    r->n_rows = n_rows;
    r->field = cyt_alloc(n, sizeof *r->field, what, err);
    r->part = cyt_calloc(n, 1, what, err);
    r->row_sums = cyt_alloc(n_rows * n_sums, sizeof *r->row_sums, what, err);
    r->sums = cyt_alloc(n_sums, sizeof *r->sums, what, err);
    return err->code;
}

static void free_room(room *r)
{
    free(r->field);
    free(r->part);
    free(r->row_sums);
    free(r->sums);
}

/* The box around all pixels that take part; empty where none does. Collective. */
static void find_box(MPI_Comm comm, const cyt_field_null *f, room *r)
{
    const cyt_raster_box b = cyt_raster_box_of(comm, f->starts, f->n_cols, f->part);
    r->first_row = b.first_row;
    r->ring_rows = b.n_rows;
    r->first_col = b.first_col;
    r->ring_cols = b.n_cols;
}

/* Columns [first, last) of a row meet those `offset` further. */
static void add_stretch(const cyt_field_null *f, const room *r, size_t row,
                        size_t first, size_t last, ptrdiff_t offset, double *sums)
{
    const size_t at = row * f->n_cols;
    for (size_t col = first; col < last; col++) {
        const size_t i = at + col, j = (size_t)((ptrdiff_t)i + offset);
        if (f->part[i] == 0 || f->part[i] != r->part[j])
            continue;
        double *s = sums + (f->part[i] - 1) * N_SUMS;
        s[RF] += f->residual[i] * r->field[j];
        s[MF] += f->weight[i] * r->field[j];
        s[R] += f->residual[i];
        s[M] += f->weight[i];
    }
}

static void add_rows(const cyt_field_null *f, const room *r, size_t shift)
{
    const size_t first = r->first_col, n = r->ring_cols, n_sums = f->n_parts * N_SUMS;
    const size_t seam = first + n - shift;
    memset(r->row_sums, 0, r->n_rows * n_sums * sizeof *r->row_sums);
    for (size_t row = 0; row < r->n_rows; row++) {
        double *sums = r->row_sums + row * n_sums;
        add_stretch(f, r, row, first, seam, (ptrdiff_t)shift, sums);
        add_stretch(f, r, row, seam, first + n, (ptrdiff_t)shift - (ptrdiff_t)n, sums);
    }
}

static double score_of(const cyt_field_null *f, const double *sums)
{
    double score = 0, weight = 0;
    for (size_t k = 0; k < f->n_parts; k++) {
        const double *s = sums + k * N_SUMS;
        if (!(s[M] > 0))
            continue;
        score += s[RF] - s[R] / s[M] * s[MF];
        weight += s[M];
    }
    return weight > 0 ? score / sqrt(weight) : NAN;
}

cyt_code cyt_field_null_scores(MPI_Comm comm, const cyt_field_null *f,
                               cyt_random_key key, size_t n_shifts, double *score,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t me = (size_t)cyt_comm_rank(comm);
    room r = {0};
    CYT_TRY(cyt_agree(
        comm, make_room(f, (size_t)(f->starts[me + 1] - f->starts[me]), &r, err), err));
    find_box(comm, f, &r);
    for (size_t b = 0; b <= n_shifts; b++) {
        CYT_TRY(cyt_stop_check(comm, f->stop, err));
        score[b] = NAN;
        if (r.ring_rows == 0)
            continue;
        const uint64_t down = b ? cyt_random_below(key, PURPOSE, b, 0, r.ring_rows) : 0;
        const uint64_t right =
            b ? cyt_random_below(key, PURPOSE, b, 1, r.ring_cols) : 0;
        CYT_TRY(cyt_rotate_rows(comm, f->starts, r.first_row, r.ring_rows, down,
                                f->n_cols * sizeof *r.field, f->field, r.field, err));
        CYT_TRY(cyt_rotate_rows(comm, f->starts, r.first_row, r.ring_rows, down,
                                f->n_cols, f->part, r.part, err));
        add_rows(f, &r, (size_t)right);
        CYT_TRY(cyt_ordered_sums(comm, f->starts, f->n_parts * N_SUMS, r.row_sums,
                                 r.sums, err));
        score[b] = score_of(f, r.sums);
    }
done:
    free_room(&r);
    return code;
}

/* --- p ---------------------------------------------------------------------------- */

/* Standardise one test; 0 when it tells nothing. */
static int standardise(size_t n, double *score, double *signed_z)
{
    double sum = 0, squares = 0, used = 0;
    for (size_t b = 0; b < n; b++) {
        sum += isnan(score[b]) ? 0 : score[b];
        used += isnan(score[b]) ? 0 : 1;
    }
    const double mean = sum / used;
    for (size_t b = 0; b < n; b++)
        squares += isnan(score[b]) ? 0 : (score[b] - mean) * (score[b] - mean);
    const double deviation = sqrt(squares / (used - 1));
    if (isnan(score[0]) || !(deviation > 0))
        return 0;
    *signed_z = (score[0] - mean) / deviation;
    for (size_t b = 0; b < n; b++)
        score[b] = fabs(score[b] - mean) / deviation;
    return 1;
}

/* Largest of shift @p b over tests that tell something; a shift that leaves nothing
 * counts against them. */
static double largest(size_t n_tests, size_t n, const double *z, size_t b,
                      const cyt_field_test *tests)
{
    double most = NAN;
    for (size_t i = 0; i < n_tests; i++)
        if (!isnan(tests[i].z))
            most = fmax(most, z[i * n + b]); /* of a number and NaN the number */
    return most;
}

void cyt_field_tests(size_t n_tests, size_t n_shifts, double *score,
                     cyt_field_test *out)
{
    const size_t n = n_shifts + 1;
    for (size_t i = 0; i < n_tests; i++) {
        out[i] = (cyt_field_test){NAN, NAN, NAN};
        if (standardise(n, score + i * n, &out[i].z))
            out[i].p = out[i].p_family = 1;
    }
    for (size_t b = 1; b < n; b++) {
        const double most = largest(n_tests, n, score, b, out);
        for (size_t i = 0; i < n_tests; i++) {
            out[i].p += !(score[i * n + b] < score[i * n]);
            out[i].p_family += !(most < score[i * n]);
        }
    }
    for (size_t i = 0; i < n_tests; i++) {
        out[i].p /= (double)n;
        out[i].p_family /= (double)n;
    }
}
