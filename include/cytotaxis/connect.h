/**
 * @file connect.h
 * @brief Connected components of a block of raster rows.
 *
 * Every member pixel first points to an earlier member of its component, the least of
 * those its earlier neighbours lead to: a forest that lives in the raster of labels
 * itself, its roots the first pixels of their trees (union-find, R. E. Tarjan 1975,
 * doi:10.1145/321879.321884; two passes after A. Rosenfeld & J. L. Pfaltz 1966,
 * doi:10.1145/321356.321357). A second pass in the same order numbers roots as it meets
 * them and copies to every other pixel the number of the earlier one it points to.
 *
 * Advantage: no memory but the labels; numbers follow the raster, not the trees. Price:
 * paths are halved, not flattened, so that a pass is nearly linear, not linear.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_CONNECT_H
#define CYT_CONNECT_H

#include <stddef.h>
#include <stdint.h>

/** Which pixels touch: those that share a side, or those that share a corner too. */
typedef enum cyt_connectivity { CYT_CONNECT_4 = 4, CYT_CONNECT_8 = 8 } cyt_connectivity;

/**
 * Label the components of @p mask.
 *
 * @param mask  [n_rows * n_cols] row-major, nonzero = member; below 2^32 - 1 pixels
 * @param label [n_rows * n_cols] [out] 0 = no member, else 1, 2, … in the order in
 * which the components' first pixels come
 * @return how many components there are
 */
uint32_t cyt_connect_label(size_t n_rows, size_t n_cols, const uint8_t *mask,
                           cyt_connectivity connectivity, uint32_t *restrict label);

/** The root of @p i in a forest in which parent[i] <= i, and = i for roots. Halves the
 *  path. */
uint32_t cyt_connect_root(uint32_t *parent, uint32_t i);

/** Make one tree of those of @p a and @p b; the lesser root stays. */
void cyt_connect_join(uint32_t *parent, uint32_t a, uint32_t b);

#endif
