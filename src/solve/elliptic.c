// SPDX-License-Identifier: BSD-3-Clause
/* A medium is checked, measured and set up. */
#include "cytotaxis/elliptic.h"

#include "elliptic_parts.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static cyt_code check_numbers(const cyt_elliptic_params *p, size_t size, cyt_error *err)
{
    if (p->n_rows == 0 || p->n_cols == 0 || p->row_starts[0] != 0 ||
        p->row_starts[size] != p->n_rows)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "a medium of %zu x %zu pixels needs strips of all its rows",
                        p->n_rows, p->n_cols);
    if (!(isfinite(p->spacing_um) && p->spacing_um > 0))
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "pixels of %g um; their side must be finite and positive",
                        p->spacing_um);
    if (!p->decay && !(isfinite(p->uniform_decay) && p->uniform_decay > 0))
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "a decay of %g; it must be finite and positive",
                        p->uniform_decay);
    return CYT_OK;
}

static cyt_code refuse_pixel(const cyt_elliptic *e, size_t i, double d, double k,
                             cyt_error *err)
{
    const size_t n = e->medium.n_cols;
    return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                    "pixel at row %" PRIu64 ", column %zu has diffusion %g and decay "
                    "%g; the first must be finite and not negative, the second finite "
                    "and positive in the tissue",
                    e->medium.row_starts[e->rank] + i / n, i % n, d, k);
}

/* What this strip's pixels say of the scale of the operator. */
typedef struct extremes {
    double most; /* largest k + 4 D / h², a bound on the diagonal */
    double least_decay;
    uint64_t n_pixels;
} extremes;

static cyt_code measure(const cyt_elliptic *e, extremes *x, cyt_error *err)
{
    const cyt_elliptic_params *p = &e->medium;
    const double per_area = 4 / (p->spacing_um * p->spacing_um);
    *x = (extremes){0, INFINITY, 0};
    for (size_t i = 0; i < e->n_own * p->n_cols; i++) {
        const double d = p->diffusion[i];
        if (d == 0)
            continue;
        const double k = p->decay ? p->decay[i] : p->uniform_decay;
        if (!(d > 0 && isfinite(d * per_area) && k > 0 && isfinite(k)))
            return refuse_pixel(e, i, d, k, err);
        x->most = fmax(x->most, k + d * per_area);
        x->least_decay = fmin(x->least_decay, k);
        x->n_pixels++;
    }
    return CYT_OK;
}

static cyt_code take_medium(cyt_elliptic *e, const cyt_elliptic_params *params,
                            extremes *x, cyt_error *err)
{
    uint64_t *starts =
        cyt_alloc(e->size + 1, sizeof *starts, "strips of a medium", err);
    e->medium = *params;
    e->medium.row_starts = starts;
    e->edge_rows =
        cyt_calloc(4 * params->n_cols, sizeof *e->edge_rows, "edge rows", err);
    if (err->code != CYT_OK)
        return err->code;
    memcpy(starts, params->row_starts, (e->size + 1) * sizeof *starts);
    e->n_own = (size_t)(starts[e->rank + 1] - starts[e->rank]);
    return measure(e, x, err);
}

static cyt_code set_up(MPI_Comm comm, cyt_elliptic *e,
                       const cyt_elliptic_params *params, cyt_error *err)
{
    cyt_code code = CYT_OK;
    extremes x = {0};
    e->size = (size_t)cyt_comm_size(comm);
    e->rank = (size_t)cyt_comm_rank(comm);
    CYT_TRY(cyt_agree(comm, check_numbers(params, e->size, err), err));
    CYT_TRY(cyt_agree(comm, take_medium(e, params, &x, err), err));
    x.most = cyt_max_f64(comm, x.most);
    e->least_decay = cyt_min_f64(comm, x.least_decay);
    e->n_pixels = cyt_sum_u64(comm, x.n_pixels);
    e->scale = x.most > 0 ? ldexp(1, -ilogb(x.most)) : 1;
    e->per_area = 1 / (params->spacing_um * params->spacing_um);
    const size_t last = e->n_own > 0 ? (e->n_own - 1) * params->n_cols : 0;
    CYT_TRY(elliptic_edge_rows(comm, e, params->diffusion, params->diffusion + last,
                               e->edge_rows, err));
    CYT_TRY(elliptic_islands_init(comm, e, err));
    CYT_TRY(elliptic_levels_init(comm, e, err));
done:
    return code;
}

cyt_code cyt_elliptic_create(MPI_Comm comm, const cyt_elliptic_params *params,
                             cyt_elliptic **out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *out = cyt_calloc(1, sizeof **out, "a medium", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(set_up(comm, *out, params, err));
done:
    if (code != CYT_OK) {
        cyt_elliptic_destroy(*out);
        *out = NULL;
    }
    return code;
}

void cyt_elliptic_destroy(cyt_elliptic *e)
{
    if (!e)
        return;
    elliptic_levels_free(e);
    elliptic_islands_free(&e->islands);
    free((void *)e->medium.row_starts);
    free(e->edge_rows);
    free(e);
}
