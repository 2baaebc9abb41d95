// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/transpose.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/meter.h"

#include <stddef.h>
#include <string.h>

/* The two sides of one exchange, as this rank sees them. */
typedef struct sides {
    size_t size, me;
    size_t my_rows, my_cols, n_cols;
    const cyt_cut *cut;
    cyt_metered call;
} sides;

static size_t length(const uint64_t *starts, size_t part)
{
    return (size_t)(starts[part + 1] - starts[part]);
}

static sides sides_of(MPI_Comm comm, const cyt_cut *cut)
{
    sides s = {.size = (size_t)cyt_comm_size(comm), .me = (size_t)cyt_comm_rank(comm)};
    s.my_rows = length(cut->rows, s.me);
    s.my_cols = length(cut->cols, s.me);
    s.n_cols = (size_t)cut->cols[s.size];
    s.cut = cut;
    return s;
}

/* Rows, columns and the stride between rows all become ints below. */
static cyt_code check_counts(const sides *s, cyt_error *err)
{
    cyt_mpi_count((size_t)s->cut->rows[s->size], err);
    cyt_mpi_count(s->n_cols, err);
    return err->code;
}

/* The block a row strip shares with a column strip, inside the row strip. */
static MPI_Datatype block_in_strip(const sides *s, size_t part)
{
    MPI_Datatype type;
    MPI_Type_vector((int)s->my_rows, (int)length(s->cut->cols, part), (int)s->n_cols,
                    MPI_DOUBLE, &type);
    MPI_Type_commit(&type);
    return type;
}

/* The same inside a column strip: whole rows of it, hence contiguous. */
static MPI_Datatype block_in_columns(const sides *s, size_t part)
{
    MPI_Datatype type;
    MPI_Type_vector((int)length(s->cut->rows, part), (int)s->my_cols, (int)s->my_cols,
                    MPI_DOUBLE, &type);
    MPI_Type_commit(&type);
    return type;
}

/* Doubles that a step sends and receives. */
static void tell_meter(const sides *s, size_t sent, size_t received)
{
    cyt_meter_sent(&s->call, sent * sizeof(double));
    cyt_meter_received(&s->call, received * sizeof(double));
}

static void keep_own_block(const sides *s, const double *from, size_t from_stride,
                           double *to, size_t to_stride)
{
    for (size_t r = 0; r < s->my_rows; r++)
        memcpy(to + r * to_stride, from + r * from_stride, s->my_cols * sizeof *to);
}

/* Step `step` of the round: send to one rank, receive from another, so that each rank
 * sends and receives one block. Both ends know when a block is empty. */
static void forward_step(MPI_Comm comm, const sides *s, size_t step,
                         const double *strip, double *columns)
{
    const size_t to = (s->me + step) % s->size;
    const size_t from = (s->me + s->size - step) % s->size;
    MPI_Datatype out = block_in_strip(s, to), in = block_in_columns(s, from);
    const int sends = s->my_rows && length(s->cut->cols, to);
    const int receives = s->my_cols && length(s->cut->rows, from);
    MPI_Sendrecv(strip + s->cut->cols[to], 1, out, sends ? (int)to : MPI_PROC_NULL, 0,
                 columns + s->cut->rows[from] * s->my_cols, 1, in,
                 receives ? (int)from : MPI_PROC_NULL, 0, comm, MPI_STATUS_IGNORE);
    tell_meter(s, s->my_rows * length(s->cut->cols, to),
               s->my_cols * length(s->cut->rows, from));
    MPI_Type_free(&out);
    MPI_Type_free(&in);
}

static void back_step(MPI_Comm comm, const sides *s, size_t step, const double *columns,
                      double *strip)
{
    const size_t to = (s->me + step) % s->size;
    const size_t from = (s->me + s->size - step) % s->size;
    MPI_Datatype out = block_in_columns(s, to), in = block_in_strip(s, from);
    const int sends = s->my_cols && length(s->cut->rows, to);
    const int receives = s->my_rows && length(s->cut->cols, from);
    MPI_Sendrecv(columns + s->cut->rows[to] * s->my_cols, 1, out,
                 sends ? (int)to : MPI_PROC_NULL, 0, strip + s->cut->cols[from], 1, in,
                 receives ? (int)from : MPI_PROC_NULL, 0, comm, MPI_STATUS_IGNORE);
    tell_meter(s, s->my_cols * length(s->cut->rows, to),
               s->my_rows * length(s->cut->cols, from));
    MPI_Type_free(&out);
    MPI_Type_free(&in);
}

cyt_code cyt_transpose_to_columns(MPI_Comm comm, const cyt_cut *cut,
                                  const double *strip, double *columns, cyt_error *err)
{
    cyt_code code = CYT_OK;
    sides s = sides_of(comm, cut);
    CYT_TRY(check_counts(&s, err)); /* the same numbers on every rank */
    s.call = cyt_meter_begin(comm, CYT_EXCHANGE_TRANSPOSE);
    keep_own_block(&s, strip + cut->cols[s.me], s.n_cols,
                   columns + cut->rows[s.me] * s.my_cols, s.my_cols);
    for (size_t step = 1; step < s.size; step++)
        forward_step(comm, &s, step, strip, columns);
    cyt_meter_end(&s.call);
done:
    return code;
}

cyt_code cyt_transpose_to_rows(MPI_Comm comm, const cyt_cut *cut, const double *columns,
                               double *strip, cyt_error *err)
{
    cyt_code code = CYT_OK;
    sides s = sides_of(comm, cut);
    CYT_TRY(check_counts(&s, err));
    s.call = cyt_meter_begin(comm, CYT_EXCHANGE_TRANSPOSE);
    keep_own_block(&s, columns + cut->rows[s.me] * s.my_cols, s.my_cols,
                   strip + cut->cols[s.me], s.n_cols);
    for (size_t step = 1; step < s.size; step++)
        back_step(comm, &s, step, columns, strip);
    cyt_meter_end(&s.call);
done:
    return code;
}
