/**
 * @file nearest_lists.h
 * @brief Which targets may be nearest to a box of queries: lists that shrink on the way
 * down the tree of queries.
 *
 * The list of a box is made from its parent's. Nodes larger than the box are replaced
 * by their children; then the node whose farthest point is nearest bounds the distance
 * of every query, and what lies beyond is dropped.
 */
#ifndef CYT_NEAREST_LISTS_H
#define CYT_NEAREST_LISTS_H

#include "nearest_trees.h"

/* The lists above the top box of queries: the root of each type. */
void cyt_nearest_start(const nearest_work *w);

/* Lists of box k of one level of the query tree, from those of its parent. */
void cyt_nearest_narrow(const nearest_work *w, int level, size_t k);

/* Leaves of one type that may hold a point nearer than the root of `bound` to the block
 * q, from its parent's list; returns how many. */
size_t cyt_nearest_leaves(const nearest_work *w, const box *q, size_t type,
                          double bound, uint32_t *leaf);

#endif
