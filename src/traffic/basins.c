// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/basins.h"

#include "traffic/basins_parts.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static cyt_code make_relief(size_t n_rows, const double *value, cyt_relief *r,
                            cyt_error *err)
{
    const size_t n = (n_rows + 2) * r->n_cols;
    if (CYT_FAULT("basins.find"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    if (n >= UINT32_MAX)
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL,
                        "a strip of %zu x %zu pixels is too large for its basins; use "
                        "more ranks",
                        r->n_cols, n_rows);
    r->n_rows = n_rows;
    r->value = cyt_alloc(n, sizeof *r->value, "basins of a raster", err);
    r->label = cyt_calloc(n, sizeof *r->label, "basins of a raster", err);
    if (err->code != CYT_OK)
        return err->code;
    for (size_t k = 0; k < r->n_cols; k++)
        r->value[k] = r->value[n - 1 - k] = NAN; /* beyond the slide there is none */
    if (n_rows > 0)
        memcpy(r->value + r->n_cols, value, n_rows * r->n_cols * sizeof *value);
    return CYT_OK;
}

/* --- the table -------------------------------------------------------------------- */

/* What is counted for each summit, then for each basin. */
typedef struct tally {
    double *lowest;     /* [n] of the piece whose highest summit it is */
    uint64_t *pixels;   /* [n] */
    uint32_t *number;   /* [n] 1 + place in the table, 0 = its basin went elsewhere */
    cyt_outlet *outlet; /* [n] */
} tally;

static cyt_code alloc_tally(size_t n, tally *t, cyt_error *err)
{
    t->lowest = cyt_alloc(n, sizeof *t->lowest, "basins", err);
    t->pixels = cyt_calloc(n, sizeof *t->pixels, "basins", err);
    t->number = cyt_calloc(n, sizeof *t->number, "basins", err);
    t->outlet = cyt_alloc(n, sizeof *t->outlet, "basins", err);
    cyt_mpi_count(n, err);
    return err->code;
}

static void free_tally(tally *t)
{
    free(t->lowest);
    free(t->pixels);
    free(t->number);
    free(t->outlet);
}

static void count_pixels(MPI_Comm comm, const cyt_relief *r, size_t n, tally *t)
{
    for (size_t i = 0; i < n; i++)
        t->lowest[i] = INFINITY;
    for (size_t i = r->n_cols; i < (r->n_rows + 1) * r->n_cols; i++) {
        if (r->label[i] == 0)
            continue;
        const cyt_outlet *o = &t->outlet[r->label[i] - 1];
        t->pixels[o->goes]++;
        t->lowest[o->piece] = fmin(t->lowest[o->piece], r->value[i]);
    }
    cyt_allreduce(MPI_IN_PLACE, t->pixels, (int)n, MPI_UINT64_T, MPI_SUM, comm);
    cyt_allreduce(MPI_IN_PLACE, t->lowest, (int)n, MPI_DOUBLE, MPI_MIN, comm);
}

static int by_height(const void *pa, const void *pb)
{
    const cyt_basin *a = pa, *b = pb;
    if (a->height != b->height)
        return a->height > b->height ? -1 : 1;
    return (a->summit > b->summit) - (a->summit < b->summit);
}

/* Number of the summit at @p pixel. */
static int by_pixel(const void *key, const void *item)
{
    const uint64_t pixel = *(const uint64_t *)key;
    const cyt_summit *s = item;
    return pixel < s->pixel ? -1 : pixel > s->pixel;
}

static cyt_code fill_table(const cyt_summits *s, const tally *t, cyt_basins *out,
                           cyt_error *err)
{
    out->item = cyt_alloc(s->n, sizeof *out->item, "basins", err);
    for (size_t i = 0; err->code == CYT_OK && i < s->n; i++) {
        const int top = isnan(t->outlet[i].pass);
        if (t->outlet[i].goes == i)
            out->item[out->n++] = (cyt_basin){
                .summit = s->item[i].pixel,
                .height = s->item[i].height,
                .pass = top ? t->lowest[i] : t->outlet[i].pass,
                .is_highest = top,
                .n_pixels = t->pixels[i],
            };
    }
    if (out->n > 0)
        qsort(out->item, out->n, sizeof *out->item, by_height);
    for (size_t k = 0; k < out->n; k++) {
        const cyt_summit *at =
            bsearch(&out->item[k].summit, s->item, s->n, sizeof *s->item, by_pixel);
        t->number[at - s->item] = (uint32_t)k + 1;
    }
    return err->code;
}

static cyt_code take_labels(const cyt_relief *r, const tally *t, cyt_basins *out,
                            cyt_error *err)
{
    const size_t n = r->n_rows * r->n_cols;
    out->label = cyt_alloc(n, sizeof *out->label, "labels of basins", err);
    for (size_t i = 0; out->label && i < n; i++) {
        const uint32_t l = r->label[r->n_cols + i];
        out->label[i] = l ? t->number[t->outlet[l - 1].goes] : 0;
    }
    return err->code;
}

cyt_code cyt_basins_find(MPI_Comm comm, const uint64_t *starts, size_t n_cols,
                         const double *value, double least, cyt_basins *out,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t me = (size_t)cyt_comm_rank(comm);
    cyt_relief r = {.starts = starts, .n_cols = n_cols, .base = starts[me] * n_cols};
    cyt_summits summits = {0};
    tally t = {0};
    *out = (cyt_basins){0};
    code = make_relief((size_t)(starts[me + 1] - starts[me]), value, &r, err);
    CYT_TRY(cyt_agree(comm, code, err));
    CYT_TRY(cyt_basins_climb(comm, &r, &summits, err));
    CYT_TRY(cyt_agree(comm, alloc_tally(summits.n, &t, err), err));
    CYT_TRY(cyt_basins_pass(comm, &r, &summits, least, t.outlet, err));
    count_pixels(comm, &r, summits.n, &t);
    code = fill_table(&summits, &t, out, err);
    if (code == CYT_OK)
        code = take_labels(&r, &t, out, err);
    CYT_TRY(cyt_agree(comm, code, err));
done:
    free(r.value);
    free(r.label);
    free(summits.item);
    free_tally(&t);
    if (code != CYT_OK)
        cyt_basins_free(out);
    return code;
}

void cyt_basins_free(cyt_basins *basins)
{
    free(basins->item);
    free(basins->label);
    *basins = (cyt_basins){0};
}
