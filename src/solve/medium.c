// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/medium.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/ordered.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int is_positive(double x)
{
    return isfinite(x) && x > 0;
}

/* --- set-up ----------------------------------------------------------------------- */

static int is_uniform(const cyt_medium_params *p)
{
    return !p->inside && !p->compartment && !p->uptake &&
           p->edges.view == CYT_EDGE_CLOSED;
}

static cyt_code refuse(const char *what, double value, cyt_error *err)
{
    return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                    "a medium needs diffusion and decay that are finite and positive, "
                    "and uptake that is finite and not negative; here %s is %g: look "
                    "at diffusion, decay and uptake of the signal",
                    what, value);
}

static cyt_code check(const cyt_medium_params *p, size_t n, cyt_error *err)
{
    if (CYT_FAULT("medium.init"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    if (!is_positive(p->decay))
        return refuse("decay", p->decay, err);
    for (size_t i = 0; i < (p->compartment ? n : 1); i++) {
        const double d = p->diffusion[p->compartment ? p->compartment[i] : 0];
        const int used = !p->compartment || !p->inside || p->inside[i];
        if (used && !is_positive(d))
            return refuse("diffusion", d, err);
    }
    for (size_t i = 0; p->uptake && i < n; i++)
        if (!isfinite(p->uptake[i]) || p->uptake[i] < 0)
            return refuse("uptake", p->uptake[i], err);
    return CYT_OK;
}

static cyt_code make_room(const cyt_medium_params *p, cyt_medium *m, cyt_error *err)
{
    const size_t n = cyt_domain_n_pixels(&m->domain);
    if (check(p, n, err) != CYT_OK || m->plan)
        return err->code;
    m->diffusion = cyt_alloc(n, sizeof *m->diffusion, "diffusion", err);
    m->decay = cyt_alloc(n, sizeof *m->decay, "decay", err);
    return err->code;
}

/* What the edge behind one face adds to the decay of its pixel. */
static double edge_loss(cyt_edge edge, double diffusion, double decay, double h)
{
    if (edge == CYT_EDGE_ABSORBING)
        return 2 * diffusion / (h * h);
    if (edge == CYT_EDGE_OPEN) {
        const double a = h * h * decay / diffusion;
        /* 1 - q of q + 1/q = 2 + a, 0 < q < 1, without cancellation */
        return diffusion / (h * h) * (sqrt(a * (4 + a)) - a) / 2;
    }
    return 0;
}

/* Losses of the pixel at (r, c) of the strip through those of its faces behind which
 * there is no tissue. */
static double losses(const cyt_domain *dom, size_t r, size_t c, double diffusion,
                     double decay)
{
    static const int step[4][2] = {{0, -1}, {0, 1}, {-1, 0}, {1, 0}};
    const ptrdiff_t n_cols = (ptrdiff_t)dom->pixels.n_cols;
    double sum = 0;
    for (int k = 0; k < 4; k++) {
        const ptrdiff_t row = (ptrdiff_t)r + step[k][0];
        const ptrdiff_t col = (ptrdiff_t)c + step[k][1];
        const ptrdiff_t at = row + (ptrdiff_t)dom->rows.first;
        const int in_box =
            col >= 0 && col < n_cols && at >= 0 && at < (ptrdiff_t)dom->pixels.n_rows;
        if (in_box && (!dom->inside || dom->inside[row * n_cols + col]))
            continue;
        sum += edge_loss(cyt_edge_at(&dom->edges, at, col), diffusion, decay,
                         dom->pixels.spacing_um);
    }
    return sum;
}

static void fill_medium(const cyt_medium_params *p, cyt_medium *m)
{
    const size_t n_cols = m->domain.pixels.n_cols;
    for (size_t i = 0; i < cyt_domain_n_pixels(&m->domain); i++) {
        m->diffusion[i] = m->decay[i] = 0;
        if (p->inside && !p->inside[i])
            continue;
        const double d = p->diffusion[p->compartment ? p->compartment[i] : 0];
        const double k = p->decay + (p->uptake ? p->uptake[i] : 0);
        m->diffusion[i] = d;
        m->decay[i] = k + losses(&m->domain, i / n_cols, i % n_cols, d, k);
    }
}

cyt_code cyt_medium_init(MPI_Comm comm, const cyt_medium_params *p, cyt_medium *m,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    *m = (cyt_medium){.plan = is_uniform(p) ? p->plan : NULL,
                      .gain = cyt_gain_steady(p->diffusion[0], p->decay),
                      .uniform_decay = p->decay};
    CYT_TRY(cyt_domain_init(comm, p->grid, p->row_starts, p->inside, p->edges,
                            &m->domain, err));
    CYT_TRY(cyt_agree(comm, make_room(p, m, err), err));
    if (m->plan)
        return CYT_OK;
    fill_medium(p, m);
    const cyt_elliptic_params elliptic = {
        .n_rows = p->grid->n_rows,
        .n_cols = p->grid->n_cols,
        .spacing_um = p->grid->spacing_um,
        .row_starts = p->row_starts,
        .diffusion = m->diffusion,
        .decay = m->decay,
    };
    CYT_TRY(cyt_elliptic_create(comm, &elliptic, &m->elliptic, err));
done:
    return code;
}

void cyt_medium_free(cyt_medium *m)
{
    cyt_elliptic_destroy(m->elliptic);
    free(m->diffusion);
    free(m->decay);
    cyt_domain_free(&m->domain);
    *m = (cyt_medium){0};
}

/* --- solving ---------------------------------------------------------------------- */

static cyt_code solve_box(MPI_Comm comm, const cyt_medium *m, double *field,
                          cyt_solution *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_extremes range;
    CYT_TRY(cyt_cosine_solve(comm, m->plan, &m->gain, field, err));
    CYT_TRY(cyt_clip_negative(comm, cyt_domain_n_pixels(&m->domain), field, 0, &range,
                              err));
    *s = (cyt_solution){.smallest = range.smallest,
                        .largest = range.largest,
                        .error = cyt_cosine_error(m->plan, range.largest)};
done:
    return code;
}

static cyt_code solve_tissue(MPI_Comm comm, const cyt_medium *m,
                             const cyt_elliptic_goal *goal, double *field,
                             cyt_solution *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_elliptic_result result;
    cyt_extremes range;
    const size_t bytes = cyt_domain_n_pixels(&m->domain) * sizeof *field;
    double *source =
        cyt_alloc(cyt_domain_n_pixels(&m->domain), sizeof *source, "a source", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    memcpy(source, field, bytes);
    memset(field, 0, bytes);
    CYT_TRY(cyt_elliptic_solve(comm, m->elliptic, goal, source, field, &result, err));
    CYT_TRY(cyt_clip_negative(comm, cyt_domain_n_pixels(&m->domain), field,
                              result.error_bound, &range, err));
    *s = (cyt_solution){.smallest = range.smallest,
                        .largest = range.largest,
                        .residual = result.residual,
                        .error = result.error_bound,
                        .iterations = result.iterations};
done:
    free(source);
    return code;
}

static cyt_code add_decayed(MPI_Comm comm, const cyt_medium *m, const double *field,
                            double *decayed, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const double h = m->domain.pixels.spacing_um;
    const size_t n_rows = m->domain.rows.n, n_cols = m->domain.pixels.n_cols;
    double *sums = cyt_calloc(n_rows, sizeof *sums, "row sums", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t r = 0; r < n_rows; r++)
        for (size_t i = r * n_cols; i < (r + 1) * n_cols; i++)
            sums[r] += (m->decay ? m->decay[i] : m->uniform_decay) * field[i];
    CYT_TRY(cyt_ordered_sum(comm, m->domain.row_starts, sums, decayed, err));
    *decayed *= h * h;
done:
    free(sums);
    return code;
}

cyt_code cyt_medium_solve(MPI_Comm comm, const cyt_medium *m,
                          const cyt_elliptic_goal *goal, double *field, cyt_solution *s,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (m->plan)
        CYT_TRY(solve_box(comm, m, field, s, err));
    else
        CYT_TRY(solve_tissue(comm, m, goal, field, s, err));
    s->gradient_error = s->error / m->domain.pixels.spacing_um;
    CYT_TRY(add_decayed(comm, m, field, &s->decayed, err));
done:
    return code;
}
