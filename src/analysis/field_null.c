// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/field_null.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/ordered.h"
#include "cytotaxis/ring.h"
#include "cytotaxis/shift_sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PURPOSE = 0x73686674 }; /* "shft" */

/* Shifts that are found in one round of the rows: more rounds send rows more often, and
 * a rank keeps so many sums of each of its rows and each field. */
enum { TOGETHER = 32 };

static const char what[] = "shifted fields";

/* --- the model -------------------------------------------------------------------- */

cyt_code cyt_field_null_init(const cyt_field_null_params *params, size_t n_rows,
                             cyt_field_null *null, cyt_error *err)
{
    const size_t bytes = params->n_cols * (2 * sizeof(float) + 1);
    *null = (cyt_field_null){.params = *params, .n_rows = n_rows};
    null->row_bytes = (bytes + sizeof(float) - 1) / sizeof(float) * sizeof(float);
    null->rows = cyt_calloc(n_rows, null->row_bytes, what, err);
    null->sums = cyt_calloc((params->n_shifts + 1) * params->n_parts * 2,
                            sizeof *null->sums, what, err);
    return err->code;
}

void cyt_field_null_free(cyt_field_null *null)
{
    free(null->rows);
    free(null->sums);
    *null = (cyt_field_null){0};
}

static cyt_field_null_row parts_of(const cyt_field_null *null, const void *row)
{
    float *numbers = (float *)row;
    const size_t n = null->params.n_cols;
    return (cyt_field_null_row){numbers, numbers + n, (uint8_t *)(numbers + 2 * n)};
}

cyt_field_null_row cyt_field_null_row_of(const cyt_field_null *null, size_t row)
{
    return parts_of(null, null->rows + row * null->row_bytes);
}

/* --- shifts ----------------------------------------------------------------------- */

/* Shifts that are found together. */
typedef struct course {
    const cyt_field_null *null;
    size_t first, n;         /* which */
    uint64_t down[TOGETHER]; /* by how much, like the next */
    size_t right[TOGETHER];
    uint64_t first_own; /* row */
    cyt_ring ring;
    size_t n_sums;    /* of a row */
    double *row_sums; /* [n_rows * n_sums] */
    double *sums;     /* [n_sums] */
    double *gain;     /* [n_cols] */
} course;

static void free_course(course *c)
{
    cyt_ring_close(&c->ring);
    free(c->row_sums);
    free(c->sums);
    free(c->gain);
}

static cyt_code make_course(MPI_Comm comm, const cyt_field_null *null, size_t n_sums,
                            course *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const uint64_t *starts = null->params.starts;
    *c = (course){
        .null = null, .first_own = starts[cyt_comm_rank(comm)], .n_sums = n_sums};
    c->row_sums = cyt_alloc(null->n_rows * n_sums, sizeof *c->row_sums, what, err);
    c->sums = cyt_alloc(n_sums, sizeof *c->sums, what, err);
    c->gain = cyt_alloc(null->params.n_cols, sizeof *c->gain, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_ring_open(comm, starts, null->row_bytes, null->rows, &c->ring, err));
done:
    return code;
}

/* The field moves down by -d, which is the model by d; the first shift is none. */
static void draw_shifts(size_t first, course *c)
{
    const cyt_field_null *null = c->null;
    const cyt_field_null_params *p = &null->params;
    const size_t n_left = p->n_shifts + 1 - first;
    c->first = first;
    c->n = n_left < TOGETHER ? n_left : TOGETHER;
    for (size_t k = 0; k < c->n; k++) {
        const uint64_t b = first + k;
        c->down[k] = b ? cyt_random_below(p->key, PURPOSE, b, 0, null->box.n_rows) : 0;
        c->right[k] =
            b ? (size_t)cyt_random_below(p->key, PURPOSE, b, 1, null->box.n_cols) : 0;
    }
}

/* The row of the model that meets an own row of the box in a shift; NULL: it is not
 * here now. */
static const void *row_that_meets(const course *c, size_t row, size_t k)
{
    const uint64_t first = c->null->box.first_row, n = c->null->box.n_rows;
    const uint64_t at = c->first_own + row - first;
    const uint64_t from = first + (at >= c->down[k] ? 0 : n) + at - c->down[k];
    const uint64_t *strip = c->null->params.starts + c->ring.whose;
    if (from < strip[0] || from >= strip[1])
        return NULL;
    return (const char *)c->ring.rows + (from - strip[0]) * c->null->row_bytes;
}

static int is_in_box(const course *c, size_t own_row)
{
    const uint64_t row = c->first_own + own_row, first = c->null->box.first_row;
    return row >= first && row < first + c->null->box.n_rows;
}

/* A row in the ring of columns falls into two stretches: the model's columns before the
 * seam meet those `right` further. */
typedef struct meeting {
    cyt_shift_stretch stretch[2];
    size_t at[2]; /* column of the field where it begins, from the box's first */
} meeting;

static meeting meet(const course *c, size_t row, size_t k, const void *met)
{
    const cyt_field_null *null = c->null;
    const cyt_field_null_row a = parts_of(null, met);
    const cyt_field_null_row b = cyt_field_null_row_of(null, row);
    const size_t first = null->box.first_col, right = c->right[k];
    const size_t seam = null->box.n_cols - right, end = first + seam;
    return (meeting){
        {{seam, a.part + first, b.part + first + right, a.residual + first,
          a.weight + first},
         {right, a.part + end, b.part + first, a.residual + end, a.weight + end}},
        {right, 0}};
}

/* Sums of each of the shifts, of one own row that meets another. */
typedef void (*row_sum)(course *c, const void *fields, size_t row, size_t k,
                        const void *met, double *sums);

/* All shifts of a course: rows come by, and each own row is met once in each shift. */
static cyt_code sum_course(MPI_Comm comm, size_t first, course *c, row_sum sum_row,
                           const void *fields, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_field_null *null = c->null;
    CYT_TRY(cyt_stop_check(comm, null->params.stop, err));
    draw_shifts(first, c);
    memset(c->row_sums, 0, null->n_rows * c->n_sums * sizeof *c->row_sums);
    do {
        for (size_t row = 0; row < null->n_rows; row++) {
            double *sums = c->row_sums + row * c->n_sums;
            for (size_t k = 0; k < c->n && is_in_box(c, row); k++) {
                const void *met = row_that_meets(c, row, k);
                if (met)
                    sum_row(c, fields, row, k, met, sums + k * (c->n_sums / TOGETHER));
            }
        }
    } while (cyt_ring_turn(&c->ring));
    CYT_TRY(cyt_ordered_sums(comm, null->params.starts, c->n_sums, c->row_sums, c->sums,
                             err));
done:
    return code;
}

/* --- what all fields share -------------------------------------------------------- */

static void tally_row(course *c, const void *fields, size_t row, size_t k,
                      const void *met, double *sums)
{
    const meeting m = meet(c, row, k, met);
    (void)fields;
    for (size_t part = 1; part <= c->null->params.n_parts; part++, sums += 2)
        for (int s = 0; s < 2; s++)
            cyt_shift_tally(&m.stretch[s], (uint8_t)part, sums);
}

cyt_code cyt_field_null_prepare(MPI_Comm comm, cyt_field_null *null, cyt_error *err)
{
    cyt_code code = CYT_OK;
    course c = {0};
    const cyt_field_null_params *p = &null->params;
    const size_t n_sums = p->n_parts * 2;
    uint8_t *part = cyt_alloc(null->n_rows * p->n_cols, 1, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t row = 0; row < null->n_rows; row++)
        memcpy(part + row * p->n_cols, cyt_field_null_row_of(null, row).part,
               p->n_cols);
    null->box = cyt_raster_box_of(comm, p->starts, p->n_cols, part);
    CYT_TRY(make_course(comm, null, TOGETHER * n_sums, &c, err));
    for (size_t b = 0; null->box.n_rows > 0 && b <= p->n_shifts; b += TOGETHER) {
        CYT_TRY(sum_course(comm, b, &c, tally_row, NULL, err));
        memcpy(null->sums + b * n_sums, c.sums, c.n * n_sums * sizeof *c.sums);
    }
done:
    free(part);
    free_course(&c);
    return code;
}

/* --- scores ----------------------------------------------------------------------- */

/* Weights of the pixels of a row for shift k, in the box. */
static void weigh(const course *c, size_t row, size_t k, const void *met)
{
    const cyt_field_null *null = c->null;
    const size_t n_parts = null->params.n_parts;
    const double *sums = null->sums + (c->first + k) * n_parts * 2;
    const meeting m = meet(c, row, k, met);
    memset(c->gain, 0, null->box.n_cols * sizeof *c->gain);
    for (size_t part = 1; part <= n_parts; part++, sums += 2)
        for (int s = 0; s < 2 && sums[1] > 0; s++)
            cyt_shift_gain(&m.stretch[s], (uint8_t)part, sums[0] / sums[1],
                           c->gain + m.at[s]);
}

/* Fields that are shifted. */
typedef struct own_fields {
    size_t n;
    const float *const *field; /* [n][own pixels] */
} own_fields;

static void score_row(course *c, const void *fields, size_t row, size_t k,
                      const void *met, double *sums)
{
    const own_fields *own = fields;
    const cyt_field_null *null = c->null;
    const size_t at = row * null->params.n_cols + null->box.first_col;
    weigh(c, row, k, met);
    for (size_t f = 0; f < own->n; f++)
        sums[f] = cyt_shift_dot(null->box.n_cols, c->gain, own->field[f] + at);
}

static double all_weight(const cyt_field_null *null, size_t shift)
{
    const size_t n_parts = null->params.n_parts;
    double sum = 0;
    for (size_t part = 0; part < n_parts; part++)
        sum += null->sums[(shift * n_parts + part) * 2 + 1];
    return sum;
}

cyt_code cyt_field_null_scores(MPI_Comm comm, const cyt_field_null *null,
                               size_t n_fields, const float *const *field,
                               double *score, cyt_error *err)
{
    cyt_code code = CYT_OK;
    course c = {0};
    const own_fields own = {n_fields, field};
    const size_t n_scores = null->params.n_shifts + 1;
    CYT_TRY(make_course(comm, null, TOGETHER * n_fields, &c, err));
    for (size_t i = 0; i < n_fields * n_scores; i++)
        score[i] = NAN;
    for (size_t b = 0; null->box.n_rows > 0 && b < n_scores; b += TOGETHER) {
        CYT_TRY(sum_course(comm, b, &c, score_row, &own, err));
        for (size_t i = 0; i < c.n * n_fields; i++) {
            const size_t shift = b + i / n_fields;
            const double weight = all_weight(null, shift);
            if (weight > 0)
                score[i % n_fields * n_scores + shift] = c.sums[i] / sqrt(weight);
        }
    }
done:
    free_course(&c);
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
