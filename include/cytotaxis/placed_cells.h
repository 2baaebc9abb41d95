/**
 * @file placed_cells.h
 * @brief Where the cells of slides/<sample>.h5ad are and of which type, read back a
 * block at a time.
 *
 * For pictures, which need nothing else of a cell. Serial.
 */
#ifndef CYT_PLACED_CELLS_H
#define CYT_PLACED_CELLS_H

#include "cytotaxis/names.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct cyt_placed_cells {
    uint64_t n;
    cyt_names types;
    struct cyt_placed_cells_impl *impl;
} cyt_placed_cells;

/** @param sample  borrowed until close, for messages
 *  @param cells   [out] released with cyt_placed_cells_close(), also after a failure
 *  @return CYT_OK; CYT_ERR_NO_INPUT: no such file; CYT_ERR_DATA: not a slide of this
 *          program; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_placed_cells_open(const char *path, const char *sample,
                                             cyt_placed_cells *cells, cyt_error *err);
void cyt_placed_cells_close(cyt_placed_cells *cells);

/** Cells [first, first + n), which must exist, in input order.
 *  @param xy_um  [n * 2] [out]
 *  @param type   [n] [out] position in `types`, negative for none */
CYT_NODISCARD cyt_code cyt_placed_cells_read(const cyt_placed_cells *cells,
                                             uint64_t first, size_t n, double *xy_um,
                                             int64_t *type, cyt_error *err);

#endif
