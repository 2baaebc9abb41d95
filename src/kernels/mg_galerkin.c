// SPDX-License-Identifier: BSD-3-Clause
/* The coarse operator, square by square.
 *
 *     u0 ── across ── u1        corners 0 to 3: coarse unknowns
 *      │      │       │         the pixel between two of them follows `across` or
 *    down ─ centre ─ down       `down`, the centre follows all four
 *      │      │       │
 *     u2 ── across ── u3
 *
 * A square is charged with its upper and left side, its centre, and all edges inside;
 * the other sides belong to the squares below and to the right.
 */
#include "cytotaxis/mg.h"

#include "cytotaxis/clones.h"

#include <string.h>

/* Lines of scratch: what squares give to unknowns; those marked are for the row below,
 * and are kept until it is done. */
enum {
    TOP,
    LEFT,
    RIGHT,
    FALLING,
    RISING,
    DECAY_0,
    DECAY_1,
    BOTTOM, /* for the row below */
    DECAY_2,
    DECAY_3,
    N_LINES,
    N_KEPT = N_LINES - BOTTOM
};

static size_t line_room(size_t coarse_cols)
{
    return cyt_mg_stride(coarse_cols);
}

size_t cyt_mg_galerkin_scratch(size_t coarse_cols)
{
    return (N_LINES + N_KEPT + 1) * line_room(coarse_cols);
}

/* What a row of squares reads. */
typedef struct squares {
    int is_finest;
    const float *right[3], *below[2]; /* edges of fine rows 2J, 2J + 1, … */
    const float *below_right[2], *below_left[2];
    const float *inverse[3], *decay[2];
    const float *top[2], *bottom[2], *down[2], *centre[4];
} squares;

/* Edge weights of one square, and its decay. */
typedef struct square {
    float top, left, right, bottom, falling, rising;
    float decay[4];
} square;

/* A pixel between the corners: weights, and 1 if it has any. */
typedef struct pixel {
    float p[4], reached;
} pixel;

CYT_IN_CLONES pixel pixel_of(float p0, float p1, float p2, float p3)
{
    return (pixel){{p0, p1, p2, p3}, p0 + p1 + p2 + p3 > 0 ? 1.0f : 0.0f};
}

CYT_IN_CLONES void add_edge(square *s, float weight, pixel a, pixel b)
{
    const float w = weight * a.reached * b.reached;
    const float q0 = a.p[0] - b.p[0], q1 = a.p[1] - b.p[1];
    const float q2 = a.p[2] - b.p[2], q3 = a.p[3] - b.p[3];
    s->top -= w * q0 * q1;
    s->left -= w * q0 * q2;
    s->right -= w * q1 * q3;
    s->bottom -= w * q2 * q3;
    s->falling -= w * q0 * q3;
    s->rising -= w * q1 * q2;
}

CYT_IN_CLONES void add_decay(square *s, float k, pixel a)
{
    s->top -= k * a.p[0] * a.p[1];
    s->left -= k * a.p[0] * a.p[2];
    s->right -= k * a.p[1] * a.p[3];
    s->bottom -= k * a.p[2] * a.p[3];
    s->falling -= k * a.p[0] * a.p[3];
    s->rising -= k * a.p[1] * a.p[2];
    for (int q = 0; q < 4; q++)
        s->decay[q] += k * a.p[q];
}

CYT_IN_CLONES square sum_square(const squares *o, size_t c, int is_finest)
{
    const size_t i = 2 * c;
    const float r0 = o->inverse[0][i] > 0 ? 1.0f : 0.0f;
    const float r1 = o->inverse[0][i + 2] > 0 ? 1.0f : 0.0f;
    const float r2 = o->inverse[2][i] > 0 ? 1.0f : 0.0f;
    const float r3 = o->inverse[2][i + 2] > 0 ? 1.0f : 0.0f;
    const pixel corner[4] = {pixel_of(r0, 0, 0, 0), pixel_of(0, r1, 0, 0),
                             pixel_of(0, 0, r2, 0), pixel_of(0, 0, 0, r3)};
    const pixel top = pixel_of(o->top[0][c], o->top[1][c], 0, 0);
    const pixel bottom = pixel_of(0, 0, o->bottom[0][c], o->bottom[1][c]);
    const pixel left = pixel_of(o->down[0][c], 0, o->down[1][c], 0);
    const pixel right = pixel_of(0, o->down[0][c + 1], 0, o->down[1][c + 1]);
    const pixel centre =
        pixel_of(o->centre[0][c], o->centre[1][c], o->centre[2][c], o->centre[3][c]);
    square s = {0};
    add_edge(&s, o->right[0][i], corner[0], top);
    add_edge(&s, o->right[0][i + 1], top, corner[1]);
    add_edge(&s, o->below[0][i], corner[0], left);
    add_edge(&s, o->below[1][i], left, corner[2]);
    add_edge(&s, o->below[0][i + 1], top, centre);
    add_edge(&s, o->below[1][i + 1], centre, bottom);
    add_edge(&s, o->right[1][i], left, centre);
    add_edge(&s, o->right[1][i + 1], centre, right);
    if (!is_finest) {
        add_edge(&s, o->below_right[0][i], corner[0], centre);
        add_edge(&s, o->below_left[0][i + 1], top, left);
        add_edge(&s, o->below_right[0][i + 1], top, right);
        add_edge(&s, o->below_left[0][i + 2], corner[1], centre);
        add_edge(&s, o->below_right[1][i], left, bottom);
        add_edge(&s, o->below_left[1][i + 1], centre, corner[2]);
        add_edge(&s, o->below_right[1][i + 1], centre, corner[3]);
        add_edge(&s, o->below_left[1][i + 2], right, bottom);
    }
    add_decay(&s, o->decay[0][i], corner[0]);
    add_decay(&s, o->decay[0][i + 1], top);
    add_decay(&s, o->decay[1][i], left);
    add_decay(&s, o->decay[1][i + 1], centre);
    return s;
}

CYT_IN_CLONES void sum_squares(size_t n, size_t room, const squares *squares_of_row,
                               float *restrict lines, int is_finest)
{
    const squares o = *squares_of_row;
    float *restrict top = lines + TOP * room, *restrict left = lines + LEFT * room;
    float *restrict right = lines + RIGHT * room;
    float *restrict falling = lines + FALLING * room;
    float *restrict rising = lines + RISING * room;
    float *restrict bottom = lines + BOTTOM * room;
    float *restrict d0 = lines + DECAY_0 * room, *restrict d1 = lines + DECAY_1 * room;
    float *restrict d2 = lines + DECAY_2 * room, *restrict d3 = lines + DECAY_3 * room;
    for (size_t c = 0; c < n; c++) {
        const square s = sum_square(&o, c, is_finest);
        top[c] = s.top;
        left[c] = s.left;
        right[c] = s.right;
        falling[c] = s.falling;
        rising[c] = s.rising;
        bottom[c] = s.bottom;
        d0[c] = s.decay[0];
        d1[c] = s.decay[1];
        d2[c] = s.decay[2];
        d3[c] = s.decay[3];
    }
}

CYT_CLONES
static void sum_row(size_t n, size_t room, const squares *o, float *lines)
{
    if (o->is_finest)
        sum_squares(n, room, o, lines, 1);
    else
        sum_squares(n, room, o, lines, 0);
}

/* Squares between coarse rows J and J + 1. */
static squares squares_at(const cyt_mg_level *fine, const cyt_mg_transfer *t, int64_t J)
{
    const cyt_mg_rows *r = &fine->rows, *w = &t->rows;
    squares o = {.is_finest = fine->is_finest};
    for (int y = 0; y < 3; y++) {
        o.right[y] = cyt_mg_row(r, fine->right, 2 * J + y);
        o.inverse[y] = cyt_mg_row(r, fine->inverse_diagonal, 2 * J + y);
    }
    for (int y = 0; y < 2; y++) {
        o.below[y] = cyt_mg_row(r, fine->below, 2 * J + y);
        o.decay[y] = fine->decay_stride ? cyt_mg_row(r, fine->decay, 2 * J + y)
                                        : fine->decay + CYT_MG_MARGIN;
        o.top[y] = cyt_mg_row(w, t->across[y], J);
        o.bottom[y] = o.top[y] + w->stride;
        o.down[y] = cyt_mg_row(w, t->down[y], J);
        if (!fine->is_finest) {
            o.below_right[y] = cyt_mg_row(r, fine->below_right, 2 * J + y);
            o.below_left[y] = cyt_mg_row(r, fine->below_left, 2 * J + y);
        }
    }
    for (int q = 0; q < 4; q++)
        o.centre[q] = cyt_mg_row(w, t->centre[q], J);
    return o;
}

/* Lines have one zero before their first number. */
static void put_together(size_t n, size_t room, const float *lines, const float *kept,
                         const cyt_mg_level *coarse, int64_t J)
{
    const cyt_mg_rows *r = &coarse->rows;
    float *right = cyt_mg_row(r, coarse->right, J);
    float *below = cyt_mg_row(r, coarse->below, J);
    float *below_right = cyt_mg_row(r, coarse->below_right, J);
    float *below_left = cyt_mg_row(r, coarse->below_left, J);
    float *decay = cyt_mg_row(r, coarse->decay, J);
    for (size_t c = 0; c < n; c++) {
        const size_t w = c - 1; /* wraps into the zero before the line */
        const float *at = lines + c, *before = lines + w;
        right[c] = at[TOP * room] + kept[c];
        below[c] = at[LEFT * room] + before[RIGHT * room];
        below_right[c] = at[FALLING * room];
        below_left[c] = before[RISING * room];
        decay[c] = at[DECAY_0 * room] + before[DECAY_1 * room] + kept[room + c] +
                   kept[2 * room + w];
    }
}

void cyt_mg_galerkin(const cyt_mg_level *fine, const cyt_mg_transfer *transfer,
                     const cyt_mg_level *coarse, int64_t from, int64_t to,
                     float *scratch)
{
    const size_t n = coarse->rows.n_cols, room = line_room(n);
    float *kept = scratch + CYT_MG_MARGIN, *lines = kept + N_KEPT * room;
    memset(scratch, 0, cyt_mg_galerkin_scratch(n) * sizeof *scratch);
    for (int64_t J = from > 0 ? from - 1 : from; J < to; J++) {
        const squares o = squares_at(fine, transfer, J);
        sum_row(n, room, &o, lines);
        if (J >= from)
            put_together(n, room, lines, kept, coarse, J);
        memcpy(kept, lines + BOTTOM * room, N_KEPT * room * sizeof *kept);
    }
}
