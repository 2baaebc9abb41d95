// SPDX-License-Identifier: BSD-3-Clause
#include "nearest_lists.h"

#include "cytotaxis/clones.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum {
    WORD = 64,    /* boxes whose verdicts fill a word */
    OPEN_UP = 64, /* a list for blocks that is no longer is opened up to its leaves */
};

CYT_IN_CLONES double larger(double a, double b)
{
    return a > b ? a : b;
}

/* Which of m boxes, at most WORD, may hold a point nearer than `bound` to the query
 * box: bit i for box i. The operations are monotone under rounding, so the least
 * distance of two boxes as computed is none above that of points in them. */
CYT_IN_CLONES uint64_t nearer(const box *q, size_t m, boxes b, double bound)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < m; i++) {
        const double x = larger(b.x_min[i] - q->x_max, q->x_min - b.x_max[i]);
        const double y = larger(b.y_min[i] - q->y_max, q->y_min - b.y_max[i]);
        const double dx = larger(x, 0), dy = larger(y, 0);
        bits |= (uint64_t)(dx * dx + dy * dy < bound) << i;
    }
    return bits;
}

/* Largest squared distance between the query box and each of m boxes; monotone too. */
CYT_IN_CLONES void measure_far(const box *q, size_t m, boxes b, double *restrict far2)
{
    for (size_t i = 0; i < m; i++) {
        const double dx = larger(q->x_max - b.x_min[i], b.x_max[i] - q->x_min);
        const double dy = larger(q->y_max - b.y_min[i], b.y_max[i] - q->y_min);
        far2[i] = dx * dx + dy * dy;
    }
}

/* Non-negative doubles are ordered as their bits are, and integer minima vectorise. */
CYT_IN_CLONES double least_of(size_t m, const double *v)
{
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < m; i++) {
        int64_t bits;
        memcpy(&bits, v + i, sizeof bits);
        least = bits < least ? bits : least;
    }
    double value;
    memcpy(&value, &least, sizeof value);
    return value;
}

CYT_IN_CLONES size_t where_is(double value, size_t m, const double *v)
{
    int64_t at = INT64_MAX;
    for (size_t i = 0; i < m; i++) {
        const int64_t found = (int64_t)i | (-(int64_t)(v[i] != value) & INT64_MAX);
        at = found < at ? found : at;
    }
    return (size_t)at;
}

CYT_IN_CLONES size_t rounded_up(size_t n)
{
    return (n + LANES - 1) / LANES * LANES;
}

CYT_IN_CLONES void put(boxes from, size_t i, boxes to, size_t at)
{
    to.x_min[at] = from.x_min[i];
    to.x_max[at] = from.x_max[i];
    to.y_min[at] = from.y_min[i];
    to.y_max[at] = from.y_max[i];
}

CYT_IN_CLONES void put_children(boxes from, size_t i, boxes to, size_t at)
{
    memcpy(to.x_min + at, from.x_min + i, FANOUT * sizeof *to.x_min);
    memcpy(to.x_max + at, from.x_max + i, FANOUT * sizeof *to.x_max);
    memcpy(to.y_min + at, from.y_min + i, FANOUT * sizeof *to.y_min);
    memcpy(to.y_max + at, from.y_max + i, FANOUT * sizeof *to.y_max);
}

CYT_IN_CLONES void fill_up(size_t n, boxes to)
{
    for (size_t i = n; i < rounded_up(n); i++) {
        to.x_min[i] = to.y_min[i] = INFINITY;
        to.x_max[i] = to.y_max[i] = -INFINITY;
    }
}

CYT_IN_CLONES boxes boxes_from(boxes b, size_t first)
{
    return (boxes){b.x_min + first, b.x_max + first, b.y_min + first, b.y_max + first};
}

/* Nodes under test: a parent's list, or what was opened of it. */
typedef struct tested {
    size_t n;
    const uint32_t *id;
    boxes box;
} tested;

CYT_IN_CLONES tested list_of(const node_list *list, size_t type)
{
    const size_t first = list->starts[type];
    return (tested){list->n[type], list->id + first, boxes_from(list->box, first)};
}

/* Places of the nodes nearer than `bound`, and of node `best`; into w->kept. */
CYT_IN_CLONES size_t keep(const nearest_work *w, const box *q, double bound,
                          size_t best, tested t)
{
    size_t n = 0;
    for (size_t from = 0; from < t.n; from += WORD) {
        const size_t left = rounded_up(t.n - from), m = left < WORD ? left : WORD;
        uint64_t bits = nearer(q, m, boxes_from(t.box, from), bound);
        if (best - from < m)
            bits |= (uint64_t)1 << (best - from);
        for (; bits; bits &= bits - 1)
            w->kept[n++] = (uint32_t)from + (uint32_t)__builtin_ctzll(bits);
    }
    return n;
}

/* Keep the node that promises the nearest point, and those that may hold a nearer one.
 * Strictly nearer: of many points in one place one node is enough. */
CYT_IN_CLONES size_t keep_promising(const nearest_work *w, const box *q, double bound,
                                    tested t)
{
    const size_t m = rounded_up(t.n);
    measure_far(q, m, t.box, w->far2);
    const double least = least_of(m, w->far2);
    const size_t best = least < bound ? where_is(least, m, w->far2) : SIZE_MAX;
    return keep(w, q, least < bound ? least : bound, best, t);
}

/* Is a node to be replaced by its children? */
CYT_IN_CLONES int is_larger(const target_trees *t, uint32_t id, double size)
{
    return id >= t->n_leaves && t->size[id] > size;
}

CYT_IN_CLONES int any_larger(const nearest_work *w, double size, size_t n, tested t)
{
    for (size_t i = 0; i < n; i++)
        if (is_larger(&w->targets, t.id[w->kept[i]], size))
            return 1;
    return 0;
}

/* Put the kept nodes under test again, those larger than `size` as their children. */
CYT_IN_CLONES tested open_larger(const nearest_work *w, double size, size_t n,
                                 tested from, int turn)
{
    const target_trees *t = &w->targets;
    uint32_t *id = w->opened[turn];
    boxes to = w->opened_box[turn];
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t k = w->kept[i], parent = from.id[k];
        if (!is_larger(t, parent, size)) {
            id[m] = parent;
            put(from.box, k, to, m++);
            continue;
        }
        const uint32_t first = t->child[parent];
        for (uint32_t c = 0; c < FANOUT; c++)
            id[m + c] = first + c;
        put_children(t->box, first, to, m); /* too many are overwritten */
        m += t->n_children[parent];
    }
    fill_up(m, to);
    return (tested){m, id, to};
}

/* The largest squared distance from the query box to the leaf that served last. No
 * query is farther from its nearest; and a little more, because equal must still count.
 */
CYT_IN_CLONES double bound_of_seed(const target_trees *t, const box *q, uint32_t leaf)
{
    double far2;
    measure_far(q, 1, boxes_from(t->box, leaf), &far2);
    return far2 * (1 + DBL_EPSILON) + DBL_MIN;
}

/* Of the nodes that matter to a query box's parent, keep those that matter to it, none
 * larger than the box unless it is a leaf; for blocks (`last`) only leaves, if few. */
CYT_IN_CLONES size_t narrow(const nearest_work *w, const box *q, uint32_t seed,
                            int last, tested *t)
{
    if (t->n == 1 && t->id[0] < w->targets.n_leaves) { /* one point promises nothing */
        w->kept[0] = 0;
        return 1;
    }
    double size = larger(q->x_max - q->x_min, q->y_max - q->y_min);
    const double bound = bound_of_seed(&w->targets, q, seed);
    size_t n = keep_promising(w, q, bound, *t);
    for (int turn = 0;; turn = !turn) {
        size = last && n <= OPEN_UP ? -1.0 : size;
        if (!any_larger(w, size, n, *t))
            return n;
        *t = open_larger(w, size, n, *t, turn);
        n = keep_promising(w, q, bound, *t);
    }
}

CYT_CLONES
void cyt_nearest_narrow(const nearest_work *w, int level, size_t k)
{
    const box *q = &w->queries.boxes[level][k];
    const node_list *to = &w->list[level];
    size_t at = 0;
    for (size_t b = 0; b < w->n_types; b++) {
        tested t = list_of(&w->list[level + 1], b);
        const size_t n =
            t.n == 0 ? 0 : narrow(w, q, w->targets.seed[b], level == 1, &t);
        for (size_t i = 0; i < n; i++) {
            to->id[at + i] = t.id[w->kept[i]];
            put(t.box, w->kept[i], to->box, at + i);
        }
        fill_up(n, boxes_from(to->box, at));
        to->starts[b] = (uint32_t)at;
        to->n[b] = (uint32_t)n;
        at += rounded_up(n);
    }
}

CYT_CLONES
size_t cyt_nearest_leaves(const nearest_work *w, const box *q, size_t type,
                          double bound, uint32_t *leaf)
{
    tested t = list_of(&w->list[1], type);
    size_t n = keep(w, q, bound, SIZE_MAX, t);
    for (int turn = 0; any_larger(w, -1.0, n, t); turn = !turn) {
        t = open_larger(w, -1.0, n, t, turn);
        n = keep(w, q, bound, SIZE_MAX, t);
    }
    for (size_t i = 0; i < n; i++)
        leaf[i] = t.id[w->kept[i]];
    return n;
}

void cyt_nearest_start(const nearest_work *w)
{
    const target_trees *t = &w->targets;
    const node_list *list = &w->list[w->queries.n_levels];
    for (size_t b = 0; b < w->n_types; b++) {
        const size_t at = b * LANES;
        list->starts[b] = (uint32_t)at;
        list->n[b] = t->first_leaf[b + 1] > t->first_leaf[b];
        if (list->n[b] == 0)
            continue;
        list->id[at] = t->root[b];
        put(t->box, t->root[b], list->box, at);
        fill_up(1, boxes_from(list->box, at));
    }
}
