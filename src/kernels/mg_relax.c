// SPDX-License-Identifier: BSD-3-Clause
/* One row of a level: its edges, a half sweep, the residual.
 *
 * Half a half sweep is thrown away: all columns are computed and every second one is
 * kept, since whole vectors cost less than gathered halves. */
#include "cytotaxis/mg.h"

#include "cytotaxis/clones.h"

#include <string.h>

size_t cyt_mg_stride(size_t n_cols)
{
    return (n_cols + 2 * CYT_MG_MARGIN - 1) / CYT_MG_MARGIN * CYT_MG_MARGIN;
}

size_t cyt_mg_room(const cyt_mg_rows *rows)
{
    const int64_t n = rows->end - rows->first + 2 * rows->halo;
    return (size_t)n * rows->stride + 2 * CYT_MG_MARGIN;
}

/* A row, its edges and the rows around it. */
typedef struct neighbourhood {
    const float *right, *below, *above; /* edges; above are those below row j - 1 */
    const float *below_right, *below_left, *above_left, *above_right;
    const float *decay, *inverse, *f;
    const float *next, *last; /* u of rows j + 1 and j - 1 */
    float *u;
} neighbourhood;

static neighbourhood around(const cyt_mg_level *level, int64_t j)
{
    const cyt_mg_rows *r = &level->rows;
    const size_t at = (size_t)(cyt_mg_row(r, level->u, j) - level->u);
    const size_t k = level->decay_stride ? at : CYT_MG_MARGIN;
    neighbourhood o = {.right = level->right + at,
                       .below = level->below + at,
                       .above = level->below + at - r->stride,
                       .decay = level->decay + k,
                       .inverse = level->inverse_diagonal + at,
                       .f = level->f + at,
                       .u = level->u + at};
    o.next = o.u + r->stride;
    o.last = o.u - r->stride;
    if (!level->is_finest) {
        o.below_right = level->below_right + at;
        o.below_left = level->below_left + at;
        o.above_left = o.below_right - r->stride;
        o.above_right = o.below_left - r->stride;
    }
    return o;
}

/* --- edges ------------------------------------------------------------------------ */

static double harmonic(double a, double b)
{
    return a > 0 && b > 0 ? 2 * a * (b / (a + b)) : 0;
}

void cyt_mg_edges_row(size_t n_cols, const double *here, const double *next,
                      double scale, float *right, float *below)
{
    for (size_t i = 0; i + 1 < n_cols; i++)
        right[i] = (float)(scale * harmonic(here[i], here[i + 1]));
    right[n_cols - 1] = 0;
    for (size_t i = 0; i < n_cols; i++)
        below[i] = next ? (float)(scale * harmonic(here[i], next[i])) : 0;
}

CYT_CLONES
static void diagonal_row(size_t n, const neighbourhood *o, int is_finest,
                         float *restrict out)
{
    const float *right = o->right, *below = o->below, *above = o->above;
    const float *decay = o->decay;
    for (size_t i = 0; i < n; i++)
        out[i] = right[i] + right[(ptrdiff_t)i - 1] + below[i] + above[i];
    for (size_t i = 0; !is_finest && i < n; i++)
        out[i] += o->below_right[i] + o->above_left[(ptrdiff_t)i - 1] +
                  o->below_left[i] + o->above_right[i + 1];
    for (size_t i = 0; i < n; i++)
        out[i] = out[i] + decay[i] > 0 ? 1 / (out[i] + decay[i]) : 0;
}

void cyt_mg_diagonal(const cyt_mg_level *level, int64_t from, int64_t to)
{
    const cyt_mg_rows *r = &level->rows;
    for (int64_t j = from; j < to; j++) {
        const neighbourhood o = around(level, j);
        diagonal_row(r->n_cols, &o, level->is_finest,
                     cyt_mg_row(r, level->inverse_diagonal, j));
    }
}

/* --- half sweeps ------------------------------------------------------------------ */

/* Columns worked on at a time: all of them are computed into a block, then those of the
 * colour are kept. A choice inside the first loop would keep it from being vectorised.
 */
enum { BLOCK = 256 };

CYT_IN_CLONES void keep_colour(size_t n, size_t colour, const float *now, float *u)
{
    for (size_t i = colour; i < n; i += 2)
        u[i] = now[i];
}

CYT_CLONES
static void relax_five(size_t n, const neighbourhood *o, size_t colour)
{
    float now[BLOCK];
    for (size_t first = 0; first < n; first += BLOCK) {
        const size_t m = n - first < BLOCK ? n - first : BLOCK;
        const float *right = o->right + first, *below = o->below + first;
        const float *above = o->above + first, *next = o->next + first;
        const float *last = o->last + first, *f = o->f + first;
        const float *inverse = o->inverse + first;
        float *u = o->u + first;
        for (size_t i = 0; i < m; i++) {
            const ptrdiff_t w = (ptrdiff_t)i - 1;
            const float sum = f[i] + right[i] * u[i + 1] + right[w] * u[w] +
                              below[i] * next[i] + above[i] * last[i];
            now[i] = sum * inverse[i];
        }
        keep_colour(m, colour, now, u);
    }
}

CYT_CLONES
static void relax_nine(size_t n, const neighbourhood *o, size_t colour)
{
    float now[BLOCK];
    for (size_t first = 0; first < n; first += BLOCK) {
        const size_t m = n - first < BLOCK ? n - first : BLOCK;
        const float *right = o->right + first, *below = o->below + first;
        const float *above = o->above + first, *next = o->next + first;
        const float *last = o->last + first, *f = o->f + first;
        const float *below_right = o->below_right + first;
        const float *below_left = o->below_left + first;
        const float *above_left = o->above_left + first;
        const float *above_right = o->above_right + first;
        const float *inverse = o->inverse + first;
        float *u = o->u + first;
        for (size_t i = 0; i < m; i++) {
            const ptrdiff_t w = (ptrdiff_t)i - 1;
            const float cross = f[i] + right[i] * u[i + 1] + right[w] * u[w] +
                                below[i] * next[i] + above[i] * last[i];
            const float sum = cross + below_right[i] * next[i + 1] +
                              above_left[w] * last[w] + below_left[i] * next[w] +
                              above_right[i + 1] * last[i + 1];
            now[i] = sum * inverse[i];
        }
        keep_colour(m, colour, now, u);
    }
}

void cyt_mg_relax_row(const cyt_mg_level *level, int64_t j, int half_sweep, int reverse)
{
    const neighbourhood o = around(level, j);
    const size_t n = level->rows.n_cols, first = reverse ? 1 : 0;
    const size_t colour = (size_t)((j + half_sweep + (int64_t)first) & 1);
    if (level->is_finest) {
        relax_five(n, &o, colour);
    } else if (colour == 0) {
        relax_nine(n, &o, first);
        relax_nine(n, &o, 1 - first);
    }
}

/* --- residual --------------------------------------------------------------------- */

CYT_CLONES
static void residual_five(size_t n, const neighbourhood *o, float *restrict out)
{
    const float *right = o->right, *below = o->below, *above = o->above;
    const float *next = o->next, *last = o->last, *u = o->u, *decay = o->decay;
    for (size_t i = 0; i < n; i++) {
        const ptrdiff_t w = (ptrdiff_t)i - 1;
        out[i] = o->f[i] - decay[i] * u[i] + right[i] * (u[i + 1] - u[i]) +
                 right[w] * (u[w] - u[i]) + below[i] * (next[i] - u[i]) +
                 above[i] * (last[i] - u[i]);
    }
}

CYT_CLONES
static void residual_at_angles(size_t n, const neighbourhood *o, float *restrict out)
{
    const float *below_right = o->below_right, *below_left = o->below_left;
    const float *above_left = o->above_left, *above_right = o->above_right;
    const float *next = o->next, *last = o->last, *u = o->u;
    for (size_t i = 0; i < n; i++) {
        const ptrdiff_t w = (ptrdiff_t)i - 1;
        out[i] += below_right[i] * (next[i + 1] - u[i]) +
                  above_left[w] * (last[w] - u[i]) + below_left[i] * (next[w] - u[i]) +
                  above_right[i + 1] * (last[i + 1] - u[i]);
    }
}

void cyt_mg_residual_row(const cyt_mg_level *level, int64_t j, float *out)
{
    const size_t n = level->rows.n_cols;
    if (j < 0 || j >= level->rows.n_rows) {
        memset(out, 0, n * sizeof *out);
        return;
    }
    const neighbourhood o = around(level, j);
    residual_five(n, &o, out);
    if (!level->is_finest)
        residual_at_angles(n, &o, out);
}

/* --- on the finest level ---------------------------------------------------------- */

CYT_CLONES
double cyt_mg_dot(size_t n, const float *a, const float *b)
{
    double lane[CYT_MG_LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + CYT_MG_LANES <= n; i += CYT_MG_LANES)
        for (size_t l = 0; l < CYT_MG_LANES; l++)
            lane[l] += (double)a[i + l] * (double)b[i + l];
    for (size_t l = 0; i + l < n; l++)
        lane[l] += (double)a[i + l] * (double)b[i + l];
    for (size_t l = 0; l < CYT_MG_LANES; l++)
        sum += lane[l];
    return sum;
}

CYT_CLONES
static void apply_five(size_t n, const neighbourhood *o, const float *p,
                       const float *next, const float *last, float *restrict out)
{
    const float *right = o->right, *below = o->below, *above = o->above;
    const float *decay = o->decay;
    for (size_t i = 0; i < n; i++) {
        const ptrdiff_t w = (ptrdiff_t)i - 1;
        out[i] = decay[i] * p[i] + right[i] * (p[i] - p[i + 1]) +
                 right[w] * (p[i] - p[w]) + below[i] * (p[i] - next[i]) +
                 above[i] * (p[i] - last[i]);
    }
}

double cyt_mg_apply_row(const cyt_mg_level *finest, float *p, int64_t j, float *out)
{
    const neighbourhood o = around(finest, j);
    const cyt_mg_rows *r = &finest->rows;
    const float *here = cyt_mg_row(r, p, j);
    apply_five(r->n_cols, &o, here, here + r->stride, here - r->stride, out);
    return cyt_mg_dot(r->n_cols, here, out);
}

CYT_CLONES
void cyt_mg_direction_row(size_t n, float beta, const float *z, float *restrict p)
{
    for (size_t i = 0; i < n; i++)
        p[i] = z[i] + beta * p[i];
}

CYT_CLONES
static void move(size_t n, const cyt_mg_step_row *row, double in_x, float in_r,
                 double *restrict x, float *restrict r)
{
    const float *p = row->p, *ap = row->ap;
    for (size_t i = 0; i < n; i++)
        x[i] += in_x * (double)p[i];
    for (size_t i = 0; i < n; i++)
        r[i] -= in_r * ap[i];
}

double cyt_mg_step(size_t n, const cyt_mg_step_row *row, double in_x, float in_r,
                   double *x, float *r)
{
    move(n, row, in_x, in_r, x, r);
    return cyt_mg_dot(n, r, r);
}
