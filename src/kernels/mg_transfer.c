// SPDX-License-Identifier: BSD-3-Clause
/* Between two levels: what a pixel takes from the coarse unknowns around it, and back.
 *
 * A pixel that no coarse unknown reaches would be left to the smoother alone, and a
 * one-pixel channel of such pixels is a chain. So it is lent a coarse unknown that
 * stands for a pixel outside the tissue and is of use to nobody, or shares the one left
 * of or above it, unless its own decay is most of its diagonal: then the smoother
 * solves it.
 */
#include "cytotaxis/mg.h"

#include "cytotaxis/clones.h"

/* A share of decay in the diagonal above which a pixel needs no coarse help. */
static const float mostly_decay = 0.5f;

/* --- weights ---------------------------------------------------------------------- */

/* Rows of the fine level the weights of coarse row J come from, at fine column 0. */
typedef struct stencil_rows {
    const float *right, *below, *above; /* edges of row 2J; those below row 2J - 1 */
    const float *below_right, *below_left, *above_right, *above_left;
    const float *inverse, *inverse_above, *inverse_below, *decay;
} stencil_rows;

static stencil_rows rows_at(const cyt_mg_level *l, int64_t j)
{
    const cyt_mg_rows *r = &l->rows;
    const size_t at = (size_t)(cyt_mg_row(r, l->u, j) - l->u), s = r->stride;
    stencil_rows o = {.right = l->right + at,
                      .below = l->below + at,
                      .above = l->below + at - s,
                      .inverse = l->inverse_diagonal + at,
                      .inverse_above = l->inverse_diagonal + at - s,
                      .inverse_below = l->inverse_diagonal + at + s,
                      .decay = l->decay + (l->decay_stride ? at : CYT_MG_MARGIN)};
    if (!l->is_finest) {
        o.below_right = l->below_right + at;
        o.below_left = l->below_left + at;
        o.above_left = o.below_right - s;
        o.above_right = o.below_left - s;
    }
    return o;
}

static float positive(float w)
{
    return w > 0 ? w : 0;
}

static void across_row(const cyt_mg_level *l, const stencil_rows *o, size_t n,
                       float *left, float *right)
{
    for (size_t c = 0; c < n; c++) {
        const size_t i = 2 * c + 1;
        left[c] = right[c] = 0;
        if (!(i < l->rows.n_cols && o->inverse[i] > 0))
            continue;
        float a = o->right[i - 1], b = o->right[i];
        if (!l->is_finest) {
            a += o->above_left[i - 1] + o->below_left[i];
            b += o->below_right[i] + o->above_right[i + 1];
        }
        a = o->inverse[i - 1] > 0 ? positive(a) : 0;
        b = o->inverse[i + 1] > 0 ? positive(b) : 0;
        if (a + b > 0) {
            left[c] = a / (a + b);
            right[c] = b / (a + b);
        } else if (!(o->inverse[i - 1] > 0) ||
                   o->decay[i] * o->inverse[i] < mostly_decay) {
            left[c] = 1;
        }
    }
}

/* A row's across[0] of 1 where its left unknown is lent already. */
typedef struct loans {
    const float *here, *below;
    int has_below; /* is there a coarse row below? */
} loans;

static void down_row(const cyt_mg_level *l, const stencil_rows *o, const loans *lent,
                     size_t n, float *above, float *below)
{
    for (size_t c = 0; c < n; c++) {
        const size_t i = 2 * c;
        above[c] = below[c] = 0;
        if (!(o->inverse[i] > 0))
            continue;
        float a = o->above[i], b = o->below[i];
        if (!l->is_finest) {
            a += o->above_left[(ptrdiff_t)i - 1] + o->above_right[i + 1];
            b += o->below_right[i] + o->below_left[i];
        }
        const int is_above = o->inverse_above[i] > 0,
                  is_below = o->inverse_below[i] > 0;
        a = is_above ? positive(a) : 0;
        b = is_below ? positive(b) : 0;
        if (a + b > 0) {
            above[c] = a / (a + b);
            below[c] = b / (a + b);
        } else if (!is_above && lent->here[c] != 1) {
            above[c] = 1;
        } else if (lent->has_below && !is_below && lent->below[c] != 1) {
            below[c] = 1;
        } else if (o->decay[i] * o->inverse[i] < mostly_decay) {
            above[c] = 1;
        }
    }
}

/* Coarse row J and the one below, as the centres between them see them. */
typedef struct frame {
    const float *top[2];    /* across of row J */
    const float *bottom[2]; /* across of row J + 1 */
    const float *side[2];   /* down of row J: of column I, and one further I + 1 */
} frame;

static void centre_row(const cyt_mg_level *l, const stencil_rows *o, const frame *w,
                       size_t n, float *const out[4])
{
    for (size_t c = 0; c < n; c++) {
        const size_t i = 2 * c + 1;
        out[0][c] = out[1][c] = out[2][c] = out[3][c] = 0;
        if (!(i < l->rows.n_cols && o->inverse[i] > 0))
            continue;
        const float a = positive(o->above[i]), b = positive(o->below[i]);
        const float left = positive(o->right[i - 1]), right = positive(o->right[i]);
        float p[4] = {a * w->top[0][c] + left * w->side[0][c],
                      a * w->top[1][c] + right * w->side[0][c + 1],
                      b * w->bottom[0][c] + left * w->side[1][c],
                      b * w->bottom[1][c] + right * w->side[1][c + 1]};
        if (!l->is_finest) {
            p[0] += positive(o->above_left[i - 1]);
            p[1] += positive(o->above_right[i + 1]);
            p[2] += positive(o->below_left[i]);
            p[3] += positive(o->below_right[i]);
        }
        const float sum = p[0] + p[1] + p[2] + p[3];
        for (int q = 0; sum > 0 && q < 4; q++)
            out[q][c] = p[q] / sum;
    }
}

static int64_t clip(int64_t j, int64_t n)
{
    return j < 0 ? 0 : j > n ? n : j;
}

/* The rows of weights there are: within CYT_MG_REACH above, one less below, where
 * `across` has one more. */
void cyt_mg_weights(const cyt_mg_level *fine, const cyt_mg_transfer *t)
{
    const cyt_mg_rows *r = &t->rows;
    const int64_t from = clip(r->first - CYT_MG_REACH, r->n_rows);
    const int64_t to = clip(r->end + CYT_MG_REACH - 1, r->n_rows);
    const size_t n = r->n_cols;
    for (int64_t j = from; j < clip(to + 1, r->n_rows); j++) {
        const stencil_rows o = rows_at(fine, 2 * j);
        across_row(fine, &o, n, cyt_mg_row(r, t->across[0], j),
                   cyt_mg_row(r, t->across[1], j));
    }
    for (int64_t j = from; j < to; j++) {
        if (2 * j + 1 >= fine->rows.n_rows)
            continue;
        const stencil_rows o = rows_at(fine, 2 * j + 1);
        float *a[2], *b[2], *d[2], *out[4];
        for (int q = 0; q < 2; q++) {
            a[q] = cyt_mg_row(r, t->across[q], j);
            b[q] = a[q] + r->stride;
            d[q] = cyt_mg_row(r, t->down[q], j);
        }
        for (int q = 0; q < 4; q++)
            out[q] = cyt_mg_row(r, t->centre[q], j);
        const loans lent = {a[0], b[0], j + 1 < r->n_rows};
        const frame w = {{a[0], a[1]}, {b[0], b[1]}, {d[0], d[1]}};
        down_row(fine, &o, &lent, n, d[0], d[1]);
        centre_row(fine, &o, &w, n, out);
    }
}

/* --- to the coarser level --------------------------------------------------------- */

/* Weights of three coarse rows around one, and residuals of the three fine rows. */
typedef struct gather_rows {
    const float *across[2], *down_above, *down_below;
    const float *centre[4]; /* 0, 1 of the row, 2, 3 of the row above */
    const float *above, *here, *below;
} gather_rows;

CYT_CLONES
static void gather(size_t n, const gather_rows *g, const float *inverse,
                   float *restrict f)
{
    const float *above = g->above, *here = g->here, *below = g->below;
    const float *left = g->across[0], *right = g->across[1];
    const float *c0 = g->centre[0], *c1 = g->centre[1];
    const float *c2 = g->centre[2], *c3 = g->centre[3];
    const float *down_above = g->down_above, *down_below = g->down_below;
    for (size_t c = 0; c < n; c++) {
        const ptrdiff_t w = (ptrdiff_t)c - 1, i = 2 * (ptrdiff_t)c;
        const float row = here[i] + left[c] * here[i + 1] + right[w] * here[i - 1];
        const float under =
            down_below[c] * below[i] + c0[c] * below[i + 1] + c1[w] * below[i - 1];
        const float over =
            down_above[c] * above[i] + c2[c] * above[i + 1] + c3[w] * above[i - 1];
        f[c] = inverse[c] > 0 ? row + under + over : 0;
    }
}

void cyt_mg_restrict_row(const cyt_mg_transfer *t, const cyt_mg_level *coarse,
                         int64_t j, const float *above, const float *here,
                         const float *below)
{
    const cyt_mg_rows *r = &t->rows;
    const gather_rows g = {
        .across = {cyt_mg_row(r, t->across[0], j), cyt_mg_row(r, t->across[1], j)},
        .down_below = cyt_mg_row(r, t->down[0], j),
        .down_above = cyt_mg_row(r, t->down[1], j - 1),
        .centre = {cyt_mg_row(r, t->centre[0], j), cyt_mg_row(r, t->centre[1], j),
                   cyt_mg_row(r, t->centre[2], j - 1),
                   cyt_mg_row(r, t->centre[3], j - 1)},
        .above = above,
        .here = here,
        .below = below};
    gather(r->n_cols, &g, cyt_mg_row(&coarse->rows, coarse->inverse_diagonal, j),
           cyt_mg_row(&coarse->rows, coarse->f, j));
}

/* --- from the coarser level ------------------------------------------------------- */

CYT_CLONES
static void spread_even(size_t n, const float *left, const float *right, const float *c,
                        const float *inverse, float *restrict u)
{
    for (size_t i = 0; i < n; i++) {
        u[2 * i] += inverse[2 * i] > 0 ? c[i] : 0;
        u[2 * i + 1] += left[i] * c[i] + right[i] * c[i + 1];
    }
}

CYT_CLONES
static void spread_odd(size_t n, const float *const down[2], const float *const w[4],
                       const float *c, const float *next, float *restrict u)
{
    const float *above = down[0], *below = down[1];
    const float *w0 = w[0], *w1 = w[1], *w2 = w[2], *w3 = w[3];
    for (size_t i = 0; i < n; i++) {
        u[2 * i] += above[i] * c[i] + below[i] * next[i];
        u[2 * i + 1] +=
            w0[i] * c[i] + w1[i] * c[i + 1] + w2[i] * next[i] + w3[i] * next[i + 1];
    }
}

void cyt_mg_prolong_row(const cyt_mg_level *fine, const cyt_mg_transfer *t,
                        const cyt_mg_level *coarse, int64_t j)
{
    const cyt_mg_rows *r = &t->rows;
    const int64_t J = j / 2;
    const float *c = cyt_mg_row(&coarse->rows, coarse->u, J);
    float *u = cyt_mg_row(&fine->rows, fine->u, j);
    if (j % 2 == 0) {
        spread_even(r->n_cols, cyt_mg_row(r, t->across[0], J),
                    cyt_mg_row(r, t->across[1], J), c,
                    cyt_mg_row(&fine->rows, fine->inverse_diagonal, j), u);
        return;
    }
    const float *down[2], *w[4];
    for (int q = 0; q < 2; q++)
        down[q] = cyt_mg_row(r, t->down[q], J);
    for (int q = 0; q < 4; q++)
        w[q] = cyt_mg_row(r, t->centre[q], J);
    spread_odd(r->n_cols, down, w, c, c + coarse->rows.stride, u);
}
