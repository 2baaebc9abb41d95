/**
 * @file nearest_trees.h
 * @brief The two trees of nearest.h: blocks of queries, and targets of each type.
 *
 * Both are packed: leaves are runs of points in Hilbert order, and each box above
 * covers a few boxes below. Nothing is ever split at a coordinate, so no
 * distribution of points makes them deeper than the logarithm of their number.
 */
#ifndef CYT_NEAREST_TREES_H
#define CYT_NEAREST_TREES_H

#include "cytotaxis/nearest.h"

enum {
    BLOCK = 16,   /* queries that are answered together */
    LEAF = 8,     /* targets that are tried together */
    FANOUT = 8,   /* boxes under one box of targets */
    QFANOUT = 16, /* boxes under one box of queries */
    LEVELS = 16,  /* QFANOUT^15 blocks are more than CYT_NEAREST_MAX needs */
    LANES = 8,    /* boxes that are tested together; arrays are rounded up to it */
};

typedef struct box {
    double x_min, x_max, y_min, y_max;
} box;

/* Boxes as arrays, so that many are tested at once. */
typedef struct boxes {
    double *x_min, *x_max, *y_min, *y_max;
} boxes;

/* Targets: leaves of all types first, so node i < n_leaves is a leaf and holds the
 * points [LEAF * i, LEAF * (i + 1)), filled up with points infinitely far away. No leaf
 * holds a single point unless its type has no other. */
typedef struct target_trees {
    uint32_t n_leaves, n_nodes;
    double *x, *y;
    boxes box;
    double *size;         /* longer side of each box, -1 for a leaf: nothing to open */
    uint32_t *child;      /* first child of each node; children are consecutive */
    uint32_t *n_children; /* 0 for a leaf */
    uint32_t *first_leaf; /* [n_types + 1] */
    uint32_t *root;       /* [n_types], meaningless for a type without cells */
    uint32_t *cursor;     /* [n_types] where its next point goes */
    uint32_t *skip;       /* [n_types] a place that stays empty */
    uint32_t *seed;       /* [n_types] leaf that was closest to the last block */
} target_trees;

/* Queries in blocks, the last one filled up with its last query. */
typedef struct query_tree {
    size_t n, n_blocks;
    int n_levels;    /* level 0: blocks; the top level is one box */
    double *x, *y;   /* [BLOCK * n_blocks] */
    double *slot;    /* [BLOCK * n_blocks] its place among the targets, -1 for none */
    uint16_t *type;  /* [BLOCK * n_blocks] */
    uint32_t *place; /* [BLOCK * n_blocks] number of the query as given */
    box *boxes[LEVELS];
} query_tree;

/* Target nodes with their boxes at hand. Lists of the types follow each other, each
 * rounded up to LANES by empty boxes, which are infinitely far from everything. */
typedef struct node_list {
    uint32_t *starts; /* [n_types] */
    uint32_t *n;      /* [n_types] without those that round up */
    uint32_t *id;
    boxes box;
} node_list;

/* Leaves of one type that a block tries first. */
typedef struct leaf_run {
    uint32_t from, to;
    int has_queries; /* of the block: no query may find itself */
} leaf_run;

typedef struct nearest_work {
    size_t n_types;
    uint32_t *order, *sort; /* Hilbert order and its scratch */
    target_trees targets;
    query_tree queries;
    node_list list[LEVELS + 1]; /* what may hold the nearest, per level of the query
                                   tree; the level above the top: roots */
    uint32_t *opened[2];        /* nodes under test, in turn */
    boxes opened_box[2];        /* theirs */
    double *far2;               /* their largest squared distance */
    uint32_t *kept;             /* places of those that are kept */
    leaf_run *first;            /* [n_types] leaves that the block tries first */
    double *best, *worst; /* [n_types * BLOCK] squared distances of the block; their
                             largest by the first leaves [n_types] */
    uint32_t *rest;       /* leaves that the block has yet to try, type after type */
    uint16_t *rest_type;  /* theirs */
} nearest_work;

/* Lay the work out in `base`; returns its size in bytes. With base = NULL only that. */
size_t cyt_nearest_lay_out(size_t n_targets, size_t n_queries, size_t n_types,
                           char *base, nearest_work *work);

/* Fill both trees; queries may be NULL. */
void cyt_nearest_plant(const cyt_nearest_cells *targets,
                       const cyt_nearest_cells *queries, nearest_work *work);

#endif
