// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/domain.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/halo.h"
#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

size_t cyt_domain_n_pixels(const cyt_domain *d)
{
    return d->rows.n * d->pixels.n_cols;
}

cyt_code cyt_domain_init(MPI_Comm comm, const cyt_grid *g, const uint64_t *row_starts,
                         const unsigned char *inside, cyt_edges edges, cyt_domain *d,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    const uint64_t *own = row_starts + cyt_comm_rank(comm);
    *d = (cyt_domain){
        .row_starts = row_starts,
        .pixels = {g->spacing_um, g->origin_x_um, g->origin_y_um, g->n_cols, g->n_rows},
        .rows = {(size_t)own[0], (size_t)(own[1] - own[0])},
        .edges = edges,
    };
    if (!inside)
        return CYT_OK;
    /* halo rows that the box lacks stay 0: no tissue */
    d->mask = cyt_calloc((d->rows.n + 2) * g->n_cols, 1, "a tissue mask", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    d->inside = d->mask + g->n_cols;
    memcpy(d->inside, inside, cyt_domain_n_pixels(d));
    CYT_TRY(cyt_halo_rows(comm, row_starts, g->n_cols, 1, d->mask, err));
done:
    return code;
}

void cyt_domain_free(cyt_domain *d)
{
    free(d->mask);
    *d = (cyt_domain){0};
}

cyt_code cyt_domain_halo(MPI_Comm comm, const cyt_domain *d, double *field,
                         cyt_error *err)
{
    const size_t n_cols = d->pixels.n_cols, row_bytes = n_cols * sizeof *field;
    double *end = field + d->rows.n * n_cols;
    if (d->rows.n > 0 && d->rows.first == 0)
        memcpy(field - n_cols, field, row_bytes);
    if (d->rows.n > 0 && d->rows.first + d->rows.n == d->pixels.n_rows)
        memcpy(end, end - n_cols, row_bytes);
    return cyt_halo_rows(comm, d->row_starts, row_bytes, 1, field - n_cols, err);
}

static void differentiate_row(const cyt_domain *d, size_t r, const double *field,
                              double *grad_x, double *grad_y)
{
    const size_t n = d->pixels.n_cols, at = r * n;
    const double *here = field + at;
    if (d->inside) {
        const unsigned char *in = d->inside + at;
        const double *const value[3] = {here - n, here, here + n};
        const unsigned char *const inside[3] = {in - n, in, in + n};
        cyt_gradient_row_inside(&d->pixels, &d->edges, d->rows.first + r, value, inside,
                                grad_x + at, grad_y + at);
    } else {
        cyt_gradient_row(n, d->pixels.spacing_um, here - n, here, here + n, grad_x + at,
                         grad_y + at);
    }
}

cyt_code cyt_domain_gradient(MPI_Comm comm, const cyt_domain *d, double *field,
                             double *grad_x, double *grad_y, cyt_error *err)
{
    const cyt_code code = cyt_domain_halo(comm, d, field, err);
    for (size_t r = 0; code == CYT_OK && r < d->rows.n; r++)
        differentiate_row(d, r, field, grad_x, grad_y);
    return code;
}
