/**
 * @file components.h
 * @brief Connected components of a raster in strips: a nest that crosses strips is one.
 *
 * Each rank labels its strip alone (connect.h). What touches the first or last row of a
 * strip may go on beyond it: each rank learns which of those numbers the row above its
 * strip has (a halo of one row over a raster of first and last rows only), and tells
 * all ranks the sizes of its border pieces and the pairs that touch. Then each joins
 * the same pairs in the same order. All is integers, so no answer depends on the
 * strips.
 *
 * Price: every rank sees the border pieces of all strips, at most one for two columns
 * of each border; in tissue a few hundred.
 */
#ifndef CYT_COMPONENTS_H
#define CYT_COMPONENTS_H

#include "cytotaxis/connect.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** Bits of a mask: a component is marked when one of its pixels is. */
enum { CYT_MEMBER = 1, CYT_MARKED = 2 };

/** The components that this rank's strip has a part of. */
typedef struct cyt_components {
    size_t n; /**< of them */
    uint32_t
        *label;     /**< [own rows * n_cols] 0 = no member, else 1 .. n, of this rank */
    uint64_t *size; /**< [n + 1] pixels of component k over all strips; size[0] = 0 */
    uint8_t *marked; /**< [n + 1] 1 when a pixel of it in any strip is marked */
    uint64_t *first; /**< [n + 1] its first pixel, by the number over all strips: what
                          tells it from others on every rank; first[0] = 0 */
} cyt_components;

/**
 * Find the components. Collective over @p comm.
 *
 * @param starts [size + 1] first row of each strip (strip.h)
 * @param mask   [own rows * n_cols] 0, CYT_MEMBER, or CYT_MEMBER | CYT_MARKED
 * @param out    [out] released with cyt_components_free()
 * @return CYT_OK; CYT_ERR_MEMORY, also for a strip of 2^32 - 1 pixels or more
 */
CYT_NODISCARD cyt_code cyt_components_find(MPI_Comm comm, const uint64_t *starts,
                                           size_t n_cols, const uint8_t *mask,
                                           cyt_connectivity connectivity,
                                           cyt_components *out, cyt_error *err);

/** Accepts zero and leaves it. */
void cyt_components_free(cyt_components *components);

/** Set the pixels of components of fewer than @p least pixels to 0, unless they are
 *  marked. Collective; arguments as above.
 *  @param mask [in,out] */
CYT_NODISCARD cyt_code cyt_components_drop(MPI_Comm comm, const uint64_t *starts,
                                           size_t n_cols, cyt_connectivity connectivity,
                                           uint64_t least, uint8_t *mask,
                                           cyt_error *err);

#endif
