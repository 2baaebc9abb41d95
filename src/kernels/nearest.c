// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/nearest.h"

#include "cytotaxis/clones.h"
#include "nearest_trees.h"

#include <float.h>
#include <math.h>
#include <string.h>

size_t cyt_nearest_scratch(size_t n_targets, size_t n_queries, size_t n_types)
{
    nearest_work w;
    return cyt_nearest_lay_out(n_targets, n_queries, n_types, NULL, &w);
}

CYT_IN_CLONES double larger(double a, double b)
{
    return a > b ? a : b;
}

/* Least and largest squared distance between the query box and each of m boxes. Every
 * operation is monotone under rounding, so both also bound the distances as computed.
 */
CYT_IN_CLONES void measure_near(const box *q, size_t m, boxes b, double *restrict near2)
{
    for (size_t i = 0; i < m; i++) {
        const double x = larger(b.x_min[i] - q->x_max, q->x_min - b.x_max[i]);
        const double y = larger(b.y_min[i] - q->y_max, q->y_min - b.y_max[i]);
        const double dx = larger(x, 0), dy = larger(y, 0);
        near2[i] = dx * dx + dy * dy;
    }
}

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

/* Places of the nodes nearer than `bound`, and of node `best`. */
CYT_IN_CLONES size_t keep(const nearest_work *w, size_t m, double bound, size_t best)
{
    size_t n = 0;
    for (size_t i = 0; i < m; i++) {
        w->kept[n] = (uint32_t)i;
        n += (w->near2[i] < bound) | (i == best);
    }
    return n;
}

/* Keep the node that promises the nearest point, and those that may hold a nearer one.
 * Strictly nearer: of many points in one place one node is enough. */
CYT_IN_CLONES size_t keep_promising(const nearest_work *w, const box *q, double bound,
                                    tested t)
{
    const size_t m = rounded_up(t.n);
    measure_near(q, m, t.box, w->near2);
    measure_far(q, m, t.box, w->far2);
    const double least = least_of(m, w->far2);
    const size_t best = least < bound ? where_is(least, m, w->far2) : m;
    return keep(w, t.n, least < bound ? least : bound, best);
}

/* Keep the nodes that may hold a point nearer than `bound`, which is known to exist. */
CYT_IN_CLONES size_t keep_nearer(const nearest_work *w, const box *q, double bound,
                                 tested t)
{
    measure_near(q, rounded_up(t.n), t.box, w->near2);
    return keep(w, t.n, bound, t.n);
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
 * larger than `size` unless it is a leaf. */
CYT_IN_CLONES size_t narrow(const nearest_work *w, const box *q, uint32_t seed,
                            tested *t)
{
    if (t->n == 1 && t->id[0] < w->targets.n_leaves) { /* one point promises nothing */
        w->kept[0] = 0;
        return 1;
    }
    const double size = larger(q->x_max - q->x_min, q->y_max - q->y_min);
    const double bound = bound_of_seed(&w->targets, q, seed);
    size_t n = keep_promising(w, q, bound, *t);
    for (int turn = 0; any_larger(w, size, n, *t); turn = !turn) {
        *t = open_larger(w, size, n, *t, turn);
        n = keep_promising(w, q, bound, *t);
    }
    return n;
}

/* Lists of one query box above the blocks, for all types. */
CYT_CLONES
static void narrow_level(const nearest_work *w, int level, size_t k)
{
    const node_list *to = &w->list[level];
    size_t at = 0;
    for (size_t b = 0; b < w->n_types; b++) {
        tested t = list_of(&w->list[level + 1], b);
        const size_t n =
            t.n == 0 ? 0
                     : narrow(w, &w->queries.boxes[level][k], w->targets.seed[b], &t);
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

/* One block of queries, and its squared distances. */
typedef struct lanes {
    _Alignas(64) double best[BLOCK];
    const double *x, *y, *slot;
    int with_self; /* is a query of the type that is searched? */
} lanes;

/* Lower best[] by the points of a leaf. */
CYT_IN_CLONES void try_all(lanes *q, const double *x, const double *y)
{
    for (int l = 0; l < BLOCK; l++) {
        double least = q->best[l];
#pragma GCC unroll 8
        for (int j = 0; j < LEAF; j++) {
            const double dx = q->x[l] - x[j], dy = q->y[l] - y[j];
            const double d2 = dx * dx + dy * dy;
            least = d2 < least ? d2 : least;
        }
        q->best[l] = least;
    }
}

CYT_IN_CLONES void try_all_but_self(lanes *q, const double *x, const double *y,
                                    double slot)
{
    for (int l = 0; l < BLOCK; l++) {
        double least = q->best[l];
        const double self = q->slot[l] - slot;
#pragma GCC unroll 8
        for (int j = 0; j < LEAF; j++) {
            const double dx = q->x[l] - x[j], dy = q->y[l] - y[j];
            const double d2 = dx * dx + dy * dy;
            const double other = self == j ? INFINITY : d2;
            least = other < least ? other : least;
        }
        q->best[l] = least;
    }
}

CYT_IN_CLONES int any_inside(const lanes *q, double slot)
{
    int any = 0;
    for (int l = 0; l < BLOCK; l++)
        any |= (q->slot[l] >= slot) & (q->slot[l] < slot + LEAF);
    return any;
}

CYT_IN_CLONES void try_leaf(const target_trees *t, size_t leaf, lanes *q)
{
    const size_t at = LEAF * leaf;
    if (q->with_self && any_inside(q, (double)at))
        try_all_but_self(q, t->x + at, t->y + at, (double)at);
    else
        try_all(q, t->x + at, t->y + at);
}

CYT_IN_CLONES double largest_of(const double *v)
{
    int64_t largest = 0;
    for (int l = 0; l < BLOCK; l++) {
        int64_t bits;
        memcpy(&bits, v + l, sizeof bits);
        largest = bits > largest ? bits : largest;
    }
    double value;
    memcpy(&value, &largest, sizeof value);
    return value;
}

/* Leaves that may improve on `worst`, without the two tried already; into w->kept. */
CYT_IN_CLONES size_t leaves_left(const nearest_work *w, tested t, size_t n,
                                 double worst, uint32_t first, uint32_t second)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t k = w->kept[i], leaf = t.id[k];
        w->kept[m] = leaf;
        m += (w->near2[k] < worst) & (leaf != first) & (leaf != second);
    }
    return m;
}

CYT_IN_CLONES uint32_t closest_but(const nearest_work *w, tested t, size_t n,
                                   uint32_t first)
{
    uint32_t closest = first;
    double near2 = INFINITY;
    for (size_t i = 0; i < n; i++) {
        const uint32_t k = w->kept[i];
        const int closer = (w->near2[k] < near2) & (t.id[k] != first);
        near2 = closer ? w->near2[k] : near2;
        closest = closer ? t.id[k] : closest;
    }
    return closest;
}

/* The leaves of the type's list that may improve on `worst`; their places in w->kept.
 */
CYT_IN_CLONES size_t open_leaves(const nearest_work *w, const box *q, double worst,
                                 tested *list)
{
    size_t n = keep_nearer(w, q, worst, *list);
    for (int turn = 0; any_larger(w, -1.0, n, *list); turn = !turn) {
        *list = open_larger(w, -1.0, n, *list, turn);
        n = keep_nearer(w, q, worst, *list);
    }
    return n;
}

/* Squared distances of one block to one type, as far as they are below `bound`. First
 * comes the leaf that served the last query of the block before: it makes the bound
 * real; then the closest, which makes it tight; then all that are left, without looking
 * back. */
CYT_CLONES
static void settle(const nearest_work *w, const box *q, size_t type, double bound,
                   lanes *block)
{
    const target_trees *t = &w->targets;
    tested list = list_of(&w->list[1], type);
    for (int l = 0; l < BLOCK; l++)
        block->best[l] = INFINITY;
    if (list.n == 0)
        return;
    const uint32_t first = t->seed[type];
    try_leaf(t, first, block);
    double worst = largest_of(block->best);
    worst = worst < bound ? worst : bound;
    size_t n = open_leaves(w, q, worst, &list);

    const uint32_t second = closest_but(w, list, n, first);
    if (second == first)
        return;
    double last = block->best[BLOCK - 1];
    try_leaf(t, second, block);
    t->seed[type] = block->best[BLOCK - 1] < last ? second : first;
    const double now = largest_of(block->best);
    n = leaves_left(w, list, n, now < worst ? now : worst, first, second);
    for (size_t i = 0; i < n; i++) {
        last = block->best[BLOCK - 1];
        try_leaf(t, w->kept[i], block);
        if (block->best[BLOCK - 1] < last)
            t->seed[type] = w->kept[i];
    }
}

CYT_IN_CLONES int any_of_type(const uint16_t *type, uint16_t wanted)
{
    int any = 0;
    for (int l = 0; l < BLOCK; l++)
        any |= type[l] == wanted;
    return any;
}

/* Squared distance that a block's bounds surely do not exceed; squaring a rounded root
 * may lose two units in the last place, or everything when it underflows. */
static double bound_of_block(const uint32_t *place, const double *distance)
{
    double most = 0;
    for (int l = 0; l < BLOCK; l++)
        most = larger(most, distance[place[l]]);
    return most * most * (1 + 4 * DBL_EPSILON) + DBL_MIN;
}

CYT_CLONES
static void store(const query_tree *q, size_t block, const double *best, int bounded,
                  double *distance)
{
    const uint32_t *place = q->place + BLOCK * block;
    const size_t left = q->n - BLOCK * block, n = left < BLOCK ? left : BLOCK;
    double d[BLOCK];
    for (int l = 0; l < BLOCK; l++)
        d[l] = sqrt(best[l]);
    for (size_t l = 0; l < n; l++)
        if (!bounded || d[l] < distance[place[l]])
            distance[place[l]] = d[l];
}

/* Distances of one block, for all types. */
static void answer_block(const nearest_work *w, size_t k, int bounded, double *distance)
{
    const query_tree *q = &w->queries;
    const size_t at = BLOCK * k;
    lanes block = {.x = q->x + at, .y = q->y + at, .slot = q->slot + at};
    for (size_t b = 0; b < w->n_types; b++) {
        double *column = distance + b * q->n;
        const double bound = bounded ? bound_of_block(q->place + at, column) : INFINITY;
        block.with_self = any_of_type(q->type + at, (uint16_t)b);
        settle(w, &q->boxes[0][k], b, bound, &block);
        store(q, k, block.best, bounded, column);
    }
}

static void start_at_roots(const nearest_work *w, int top)
{
    const target_trees *t = &w->targets;
    const node_list *list = &w->list[top];
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

/* How many levels above the blocks have another box than for block k - 1. */
static int levels_changed(size_t k, int n_levels)
{
    int n = 0;
    if (k == 0)
        return n_levels - 1;
    for (; k % QFANOUT == 0; k /= QFANOUT)
        n++;
    return n < n_levels - 1 ? n : n_levels - 1;
}

void cyt_nearest(const cyt_nearest_cells *targets, const cyt_nearest_cells *queries,
                 size_t n_types, int bounded, void *scratch, double *distance)
{
    const size_t n_queries = queries ? queries->n : targets->n;
    if (n_queries == 0)
        return;
    nearest_work w;
    cyt_nearest_lay_out(targets->n, n_queries, n_types, scratch, &w);
    cyt_nearest_plant(targets, queries, &w);
    const int n_levels = w.queries.n_levels;
    start_at_roots(&w, n_levels);
    for (size_t k = 0; k < w.queries.n_blocks; k++) {
        for (int level = levels_changed(k, n_levels); level > 0; level--) {
            size_t i = k;
            for (int up = 0; up < level; up++)
                i /= QFANOUT;
            narrow_level(&w, level, i);
        }
        answer_block(&w, k, bounded, distance);
    }
}

void cyt_nearest_plain(const cyt_nearest_cells *targets,
                       const cyt_nearest_cells *queries, size_t n_types, int bounded,
                       double *distance)
{
    const cyt_nearest_cells *q = queries ? queries : targets;
    for (size_t i = 0; !bounded && i < n_types * q->n; i++)
        distance[i] = INFINITY;
    for (size_t i = 0; i < q->n; i++)
        for (size_t j = 0; j < targets->n; j++) {
            if (targets->type[j] >= n_types || (!queries && i == j))
                continue;
            double *best = distance + targets->type[j] * q->n + i;
            const double dx = q->x[i] - targets->x[j], dy = q->y[i] - targets->y[j];
            const double d = sqrt(dx * dx + dy * dy);
            *best = d < *best ? d : *best;
        }
}
