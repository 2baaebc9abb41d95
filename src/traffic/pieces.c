// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/pieces.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/components.h"
#include "cytotaxis/exact_sum.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- numbers ---------------------------------------------------------------------- */

static int by_number(const void *pa, const void *pb)
{
    const uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;
    return a < b ? -1 : a > b;
}

static size_t sort_once(uint64_t *v, size_t n)
{
    size_t kept = 0;
    if (n > 0)
        qsort(v, n, sizeof *v, by_number);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || v[i] != v[kept - 1])
            v[kept++] = v[i];
    return kept;
}

/* The first pixels of all parts that hold something, ascending. Collective. */
static cyt_code gather_firsts(MPI_Comm comm, const cyt_components *c, uint64_t **firsts,
                              size_t *n, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *all = NULL;
    size_t n_own = 0, bytes = 0;
    uint64_t *own = cyt_alloc(c->n, sizeof *own, "parts of the tissue", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t k = 1; k <= c->n; k++)
        if (c->marked[k])
            own[n_own++] = c->first[k];
    CYT_TRY(cyt_allgather_text(comm, (const char *)own, n_own * sizeof *own, &all,
                               &bytes, err));
    *firsts = (uint64_t *)all;
    *n = sort_once(*firsts, bytes / sizeof **firsts);
done:
    free(own);
    return code;
}

static uint32_t number_of(const uint64_t *firsts, size_t n, uint64_t first)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (firsts[mid] < first)
            lo = mid + 1;
        else
            hi = mid;
    }
    return (uint32_t)lo;
}

/* From the labels of this strip to numbers of the whole, in place. */
static cyt_code renumber(const cyt_components *c, const uint64_t *firsts, size_t n,
                         size_t n_pixels, uint32_t *of_pixel, cyt_error *err)
{
    uint32_t *number =
        cyt_alloc(c->n + 1, sizeof *number, "numbers of parts of the tissue", err);
    if (!number)
        return err->code;
    number[0] = CYT_NO_PIECE;
    for (size_t k = 1; k <= c->n; k++)
        number[k] = c->marked[k] ? number_of(firsts, n, c->first[k]) : CYT_NO_PIECE;
    for (size_t i = 0; i < n_pixels; i++)
        of_pixel[i] = number[of_pixel[i]];
    free(number);
    return CYT_OK;
}

cyt_code cyt_pieces_find(MPI_Comm comm, const uint64_t *row_starts, size_t n_cols,
                         const uint8_t *inside, const double *amount, cyt_pieces *out,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t me = (size_t)cyt_comm_rank(comm);
    const size_t n_rows = (size_t)(row_starts[me + 1] - row_starts[me]);
    const size_t n = n_rows * n_cols;
    cyt_components c = {0};
    uint64_t *firsts = NULL;
    *out = (cyt_pieces){0, row_starts, n_rows, n_cols, NULL};
    uint8_t *mask = cyt_alloc(n, 1, "a mask of the tissue", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < n; i++)
        mask[i] = !inside[i] ? 0 : amount[i] > 0 ? CYT_MEMBER | CYT_MARKED : CYT_MEMBER;
    CYT_TRY(
        cyt_components_find(comm, row_starts, n_cols, mask, CYT_CONNECT_4, &c, err));
    CYT_TRY(gather_firsts(comm, &c, &firsts, &out->n, err));
    CYT_TRY(cyt_agree(comm, renumber(&c, firsts, out->n, n, c.label, err), err));
    out->of_pixel = c.label;
    c.label = NULL;
done:
    free(mask);
    free(firsts);
    cyt_components_free(&c);
    return code;
}

void cyt_pieces_free(cyt_pieces *pieces)
{
    free(pieces->of_pixel);
    *pieces = (cyt_pieces){0};
}

/* --- sums ------------------------------------------------------------------------- */

/* Sums of one row in the order of its columns. `touched` lists the parts it meets. */
static size_t row_sums(const cyt_pieces *p, const double *value, size_t row,
                       double *sum, uint32_t *touched)
{
    size_t n = 0;
    uint32_t last = CYT_NO_PIECE;
    const uint32_t *of = p->of_pixel + row * p->n_cols;
    for (size_t i = 0; i < p->n_cols; i++) {
        if (of[i] == CYT_NO_PIECE)
            continue;
        if (of[i] != last && isnan(sum[of[i]])) {
            sum[of[i]] = 0;
            touched[n++] = of[i];
        }
        last = of[i];
        sum[last] += value[row * p->n_cols + i];
    }
    return n;
}

/* Room for the sums of one row: NaN where it has not met a part. */
typedef struct row_room {
    double *sum;
    uint32_t *touched;
    cyt_exact_sum *total;
} row_room;

static int largest_exponent(const cyt_pieces *p, const double *value, row_room *room)
{
    double most = 0;
    for (size_t r = 0; r < p->n_rows; r++) {
        const size_t n = row_sums(p, value, r, room->sum, room->touched);
        for (size_t k = 0; k < n; k++) {
            most = fmax(most, fabs(room->sum[room->touched[k]]));
            room->sum[room->touched[k]] = NAN;
        }
    }
    int exponent = -1000; /* of nothing but zeros, or as good as */
    if (most > 0)
        frexp(most, &exponent);
    return exponent;
}

static void add_rows(const cyt_pieces *p, const double *value, int exponent,
                     row_room *room)
{
    for (size_t r = 0; r < p->n_rows; r++) {
        const size_t n = row_sums(p, value, r, room->sum, room->touched);
        for (size_t k = 0; k < n; k++) {
            const uint32_t at = room->touched[k];
            cyt_exact_add(&room->total[at], exponent, room->sum[at]);
            room->sum[at] = NAN;
        }
    }
}

cyt_code cyt_pieces_sum(MPI_Comm comm, const cyt_pieces *p, const double *value,
                        double *total, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t most = p->n < p->n_cols ? p->n : p->n_cols;
    row_room room = {
        cyt_alloc(p->n, sizeof *room.sum, "sums of a row", err),
        cyt_alloc(most, sizeof *room.touched, "sums of a row", err),
        cyt_calloc(p->n, sizeof *room.total, "sums over parts of the tissue", err)};
    const int count = cyt_mpi_count(CYT_EXACT_LIMBS * p->n, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t k = 0; k < p->n; k++)
        room.sum[k] = NAN;
    int exponent = largest_exponent(p, value, &room);
    cyt_allreduce(MPI_IN_PLACE, &exponent, 1, MPI_INT, MPI_MAX, comm);
    add_rows(p, value, exponent, &room);
    cyt_allreduce(MPI_IN_PLACE, room.total, count, MPI_INT64_T, MPI_SUM, comm);
    for (size_t k = 0; k < p->n; k++)
        total[k] = cyt_exact_value(&room.total[k], exponent);
done:
    free(room.sum);
    free(room.touched);
    free(room.total);
    return code;
}

void cyt_pieces_most(MPI_Comm comm, const cyt_pieces *p, const double *value,
                     double *most)
{
    for (size_t k = 0; k < p->n; k++)
        most[k] = -INFINITY;
    for (size_t i = 0; i < p->n_rows * p->n_cols; i++)
        if (p->of_pixel[i] != CYT_NO_PIECE)
            most[p->of_pixel[i]] = fmax(most[p->of_pixel[i]], value[i]);
    cyt_allreduce(MPI_IN_PLACE, most, (int)p->n, MPI_DOUBLE, MPI_MAX, comm);
}
