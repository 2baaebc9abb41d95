// SPDX-License-Identifier: BSD-3-Clause
#include "nearest_trees.h"

#include "cytotaxis/hilbert.h"

#include <math.h>
#include <string.h>

static size_t share_up(size_t n, size_t by)
{
    return n / by + (n % by != 0);
}

/* The next `n` objects of the memory at base; NULL while only counting. */
static void *take(char *base, size_t *used, size_t n, size_t size)
{
    const size_t at = *used;
    *used += share_up(n * size, 64) * 64;
    return base ? base + at : NULL;
}

static void lay_out_boxes(size_t n, char *base, size_t *used, boxes *b)
{
    b->x_min = take(base, used, n, sizeof *b->x_min);
    b->x_max = take(base, used, n, sizeof *b->x_max);
    b->y_min = take(base, used, n, sizeof *b->y_min);
    b->y_max = take(base, used, n, sizeof *b->y_max);
}

static void lay_out_targets(size_t n, size_t n_types, char *base, size_t *used,
                            target_trees *t)
{
    const size_t leaves = n / LEAF + n_types; /* each type rounds up */
    const size_t nodes = leaves + leaves / (FANOUT - 1) + LEVELS * n_types + FANOUT;
    t->x = take(base, used, LEAF * leaves, sizeof *t->x);
    t->y = take(base, used, LEAF * leaves, sizeof *t->y);
    lay_out_boxes(nodes, base, used, &t->box);
    t->size = take(base, used, nodes, sizeof *t->size);
    t->child = take(base, used, nodes, sizeof *t->child);
    t->n_children = take(base, used, nodes, sizeof *t->n_children);
    t->first_leaf = take(base, used, n_types + 1, sizeof *t->first_leaf);
    t->root = take(base, used, n_types, sizeof *t->root);
    t->cursor = take(base, used, n_types, sizeof *t->cursor);
    t->skip = take(base, used, n_types, sizeof *t->skip);
    t->seed = take(base, used, n_types, sizeof *t->seed);
}

static void lay_out_queries(size_t n, char *base, size_t *used, query_tree *q)
{
    q->n = n;
    q->n_blocks = share_up(n, BLOCK);
    const size_t room = BLOCK * q->n_blocks;
    q->x = take(base, used, room, sizeof *q->x);
    q->y = take(base, used, room, sizeof *q->y);
    q->slot = take(base, used, room, sizeof *q->slot);
    q->type = take(base, used, room, sizeof *q->type);
    q->place = take(base, used, room, sizeof *q->place);
    q->n_levels = 0;
    for (size_t n_boxes = q->n_blocks;; n_boxes = share_up(n_boxes, QFANOUT)) {
        q->boxes[q->n_levels++] = take(base, used, n_boxes, sizeof(box));
        if (n_boxes <= 1)
            return;
    }
}

size_t cyt_nearest_lay_out(size_t n_targets, size_t n_queries, size_t n_types,
                           char *base, nearest_work *w)
{
    /* No list is longer than the leaves, and each type may be rounded up. */
    const size_t room = n_targets / LEAF + n_types + (n_types + 1) * LANES + FANOUT;
    const size_t n_most = n_targets > n_queries ? n_targets : n_queries;
    size_t used = 0;
    w->n_types = n_types;
    w->order = take(base, &used, n_most, sizeof *w->order);
    w->sort = take(base, &used, cyt_hilbert_scratch(n_most), sizeof *w->sort);
    lay_out_targets(n_targets, n_types, base, &used, &w->targets);
    lay_out_queries(n_queries, base, &used, &w->queries);
    for (int level = 0; level <= w->queries.n_levels; level++) {
        node_list *list = &w->list[level];
        list->starts = take(base, &used, n_types, sizeof *list->starts);
        list->n = take(base, &used, n_types, sizeof *list->n);
        list->id = take(base, &used, room, sizeof *list->id);
        lay_out_boxes(room, base, &used, &list->box);
    }
    for (int turn = 0; turn < 2; turn++) {
        w->opened[turn] = take(base, &used, room, sizeof **w->opened);
        lay_out_boxes(room, base, &used, &w->opened_box[turn]);
    }
    w->far2 = take(base, &used, room, sizeof *w->far2);
    w->kept = take(base, &used, room, sizeof *w->kept);
    w->first = take(base, &used, n_types, sizeof *w->first);
    w->best = take(base, &used, BLOCK * n_types, sizeof *w->best);
    w->worst = take(base, &used, n_types, sizeof *w->worst);
    w->rest = take(base, &used, room, sizeof *w->rest);
    w->rest_type = take(base, &used, room, sizeof *w->rest_type);
    return used;
}

static box box_of_points(size_t n, const double *x, const double *y)
{
    box b = {x[0], x[0], y[0], y[0]};
    for (size_t i = 1; i < n; i++) {
        b.x_min = x[i] < b.x_min ? x[i] : b.x_min;
        b.x_max = x[i] > b.x_max ? x[i] : b.x_max;
        b.y_min = y[i] < b.y_min ? y[i] : b.y_min;
        b.y_max = y[i] > b.y_max ? y[i] : b.y_max;
    }
    return b;
}

static box both(box a, box b)
{
    return (box){
        b.x_min < a.x_min ? b.x_min : a.x_min, b.x_max > a.x_max ? b.x_max : a.x_max,
        b.y_min < a.y_min ? b.y_min : a.y_min, b.y_max > a.y_max ? b.y_max : a.y_max};
}

static void set_node(target_trees *t, uint32_t i, box b, uint32_t child, uint32_t n)
{
    const double width = b.x_max - b.x_min, height = b.y_max - b.y_min;
    t->box.x_min[i] = b.x_min;
    t->box.x_max[i] = b.x_max;
    t->box.y_min[i] = b.y_min;
    t->box.y_max[i] = b.y_max;
    t->size[i] = n == 0 ? -1.0 : width > height ? width : height;
    t->child[i] = child;
    t->n_children[i] = n;
}

static box node_box(const target_trees *t, uint32_t i)
{
    return (box){t->box.x_min[i], t->box.x_max[i], t->box.y_min[i], t->box.y_max[i]};
}

/* Where the points of each type go. When one point would be left for the last leaf, the
 * last place of the leaf before it stays empty, and that leaf gets two. */
static void plan_leaves(const cyt_nearest_cells *c, size_t n_types, target_trees *t)
{
    memset(t->cursor, 0, n_types * sizeof *t->cursor);
    for (size_t i = 0; i < c->n; i++)
        if (c->type[i] < n_types)
            t->cursor[c->type[i]]++;
    t->first_leaf[0] = 0;
    for (size_t b = 0; b < n_types; b++) {
        const uint32_t n = t->cursor[b], first = LEAF * t->first_leaf[b];
        t->first_leaf[b + 1] = t->first_leaf[b] + (uint32_t)share_up(n, LEAF);
        t->cursor[b] = first;
        t->skip[b] = n > 1 && n % LEAF == 1 ? first + n - 2 : UINT32_MAX;
    }
    t->n_leaves = t->n_nodes = t->first_leaf[n_types];
    for (size_t i = 0; i < (size_t)LEAF * t->n_leaves; i++)
        t->x[i] = t->y[i] = INFINITY;
}

/* Points of each type, in Hilbert order, into leaves; slot[k] tells where point k of
 * that order went. */
static void fill_leaves(const cyt_nearest_cells *c, const uint32_t *order,
                        size_t n_types, target_trees *t, double *slot)
{
    for (size_t k = 0; k < c->n; k++) {
        const uint32_t i = order[k], b = c->type[i];
        if (slot)
            slot[k] = -1.0;
        if (b >= n_types)
            continue;
        t->cursor[b] += t->cursor[b] == t->skip[b];
        const uint32_t to = t->cursor[b]++;
        t->x[to] = c->x[i];
        t->y[to] = c->y[i];
        if (slot)
            slot[k] = to;
    }
}

static void box_leaves(uint32_t from, uint32_t to, target_trees *t)
{
    for (uint32_t leaf = from; leaf < to; leaf++) {
        const uint32_t first = LEAF * leaf;
        uint32_t n = LEAF;
        while (t->x[first + n - 1] == (double)INFINITY)
            n--;
        set_node(t, leaf, box_of_points(n, t->x + first, t->y + first), 0, 0);
    }
}

/* Boxes above the nodes [from, to), up to the root. */
static uint32_t grow_tree(uint32_t from, uint32_t to, target_trees *t)
{
    while (to - from > 1) {
        const uint32_t level = t->n_nodes;
        for (uint32_t child = from; child < to; child += FANOUT) {
            const uint32_t n = to - child < FANOUT ? to - child : FANOUT;
            box b = node_box(t, child);
            for (uint32_t c = 1; c < n; c++)
                b = both(b, node_box(t, child + c));
            set_node(t, t->n_nodes++, b, child, n);
        }
        from = level;
        to = t->n_nodes;
    }
    return from;
}

static void fill_blocks(const cyt_nearest_cells *c, const uint32_t *order,
                        query_tree *q)
{
    for (size_t k = 0; k < BLOCK * q->n_blocks; k++) {
        const size_t from = k < c->n ? k : c->n - 1;
        const uint32_t i = order[from];
        q->x[k] = c->x[i];
        q->y[k] = c->y[i];
        q->type[k] = c->type[i];
        q->slot[k] = q->slot[from];
        q->place[k] = i;
    }
}

static void box_blocks(query_tree *q)
{
    size_t n = q->n_blocks;
    for (size_t k = 0; k < n; k++)
        q->boxes[0][k] = box_of_points(BLOCK, q->x + BLOCK * k, q->y + BLOCK * k);
    for (int level = 1; level < q->n_levels; level++) {
        const box *below = q->boxes[level - 1];
        for (size_t k = 0; k < n; k++) {
            box *b = &q->boxes[level][k / QFANOUT];
            *b = k % QFANOUT == 0 ? below[k] : both(*b, below[k]);
        }
        n = share_up(n, QFANOUT);
    }
}

void cyt_nearest_plant(const cyt_nearest_cells *targets,
                       const cyt_nearest_cells *queries, nearest_work *w)
{
    target_trees *t = &w->targets;
    query_tree *q = &w->queries;
    cyt_hilbert_order(targets->n, targets->x, targets->y, w->sort, w->order);
    plan_leaves(targets, w->n_types, t);
    fill_leaves(targets, w->order, w->n_types, t, queries ? NULL : q->slot);
    for (size_t b = 0; b < w->n_types; b++) {
        box_leaves(t->first_leaf[b], t->first_leaf[b + 1], t);
        t->root[b] = grow_tree(t->first_leaf[b], t->first_leaf[b + 1], t);
        t->seed[b] = t->first_leaf[b];
    }
    if (queries) {
        cyt_hilbert_order(queries->n, queries->x, queries->y, w->sort, w->order);
        for (size_t k = 0; k < queries->n; k++)
            q->slot[k] = -1.0;
    }
    fill_blocks(queries ? queries : targets, w->order, q);
    box_blocks(q);
}
