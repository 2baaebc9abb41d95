/**
 * @file home.h
 * @brief Results go home: from strips back to input order, the order of every table.
 *
 * The cells of a slide, in input order, are cut into one contiguous part per rank:
 * their home. Whatever is computed in the strips is sent home column by column and
 * written from there, so that the row order of a result is that of the input and does
 * not depend on strips.
 */
#ifndef CYT_HOME_H
#define CYT_HOME_H

#include "cytotaxis/cells.h"
#include "cytotaxis/route.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

typedef struct cyt_home {
    uint64_t *starts; /**< [size + 1] first cell of each rank's part */
    uint64_t first;   /**< this rank's part */
    size_t n;
    cyt_route route; /**< strips → home */
    size_t *place;   /**< [route.n_recv] position in the part of each arriving cell */
} cyt_home;

/** Collective over the group of @p slide. */
CYT_NODISCARD cyt_code cyt_home_init(MPI_Comm comm, const cyt_slide *slide,
                                     cyt_home *home, cyt_error *err);

/** Send one column home. Collective.
 *  @param in   [slide.cells.n] items of @p item_bytes, in strip order
 *  @param out  [home.n * stride] [out] item i of the part goes to out[i * stride +
 * offset] (in items), so that columns can be interleaved into a matrix */
CYT_NODISCARD cyt_code cyt_home_column(MPI_Comm comm, const cyt_home *home,
                                       size_t item_bytes, const void *in, void *out,
                                       size_t stride, size_t offset, cyt_error *err);

/** Send the ids home as NUL-padded texts of equal width. Collective.
 *  @param rows   what this rank read
 *  @param width  [out] bytes of the longest id over all ranks, at least 1
 *  @param ids    [out] [home.n * width], to be released with free() */
CYT_NODISCARD cyt_code cyt_home_ids(MPI_Comm comm, const cyt_home *home,
                                    const cyt_rows *rows, size_t *width, char **ids,
                                    cyt_error *err);

void cyt_home_free(cyt_home *home);

#endif
