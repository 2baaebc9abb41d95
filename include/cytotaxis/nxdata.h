/**
 * @file nxdata.h
 * @brief Rasters in a store, so that viewers show them as heat maps at once.
 *
 * Groups follow the NXdata class of NeXus (group attributes NX_class, signal, axes),
 * and each raster carries the coordinates of its pixel centres as dimension scales, as
 * the HDF5 Dimension Scales specification asks.
 *
 *     /x /y                    pixel centres, µm; hard-linked into every group
 *     /tissue                  raster [n_rows × n_cols]
 *     /density  x y  <raster>  a group has a default raster: its `signal`
 *
 * The scales' attributes are written here and not by the high-level library, which
 * rewrites the list of users of a scale at every attachment, and stores the padding of
 * its structs: stray memory, another file at every run.
 *
 * Rasters are cut into square tiles of CYT_RASTER_TILE pixels. NeXus: M. Könnecke et
 * al., doi:10.1107/S1600576714027575.
 */
#ifndef CYT_NXDATA_H
#define CYT_NXDATA_H

#include "cytotaxis/grid.h"
#include "cytotaxis/names.h"
#include "cytotaxis/status.h"
#include "cytotaxis/store.h"

#include <stddef.h>
#include <stdint.h>

enum { CYT_RASTER_TILE = 256 }; /**< side of a chunk, pixels: 256 KiB of float */

/** The rasters of one grid in one file. */
typedef struct cyt_nxdata {
    cyt_store *store; /**< borrowed */
    cyt_grid grid;
    cyt_compression filter;
    cyt_names rasters; /**< paths, in the order written */
} cyt_nxdata;

/** What a raster holds. */
typedef struct cyt_raster_info {
    cyt_store_type type; /**< CYT_STORE_F32, CYT_STORE_U8, … */
    const char *units;   /**< "um", "1/mm2"; "1" for none */
    const char *long_name;
    const char *name; /**< name it stands for, when the path cannot hold it; or NULL */
} cyt_raster_info;

/** Write the axes and make the root a group of rasters. Collective, like the others.
 *  @param signal  link of the raster to show first */
CYT_NODISCARD cyt_code cyt_nxdata_begin(cyt_store *store, const cyt_grid *grid,
                                        cyt_compression filter, const char *signal,
                                        cyt_nxdata *nx, cyt_error *err);

/** Make a group of rasters. @p signal NULL: the group holds only groups. */
CYT_NODISCARD cyt_code cyt_nxdata_group(cyt_nxdata *nx, const char *path,
                                        const char *signal, cyt_error *err);

/** Write one raster.
 *  @param path   "/density/T cell"; the name may not hold further '/' (store.h has link
 *                names)
 *  @param first  first raster row of this rank, @p count how many, as in
 * cyt_store_rows()
 *  @param data   [count * grid.n_cols] of the type */
CYT_NODISCARD cyt_code cyt_nxdata_raster(cyt_nxdata *nx, const char *path,
                                         const cyt_raster_info *info, uint64_t first,
                                         uint64_t count, const void *data,
                                         cyt_error *err);

/** Finish the axes and release @p nx. The store stays open. May be called after a
 *  failure. */
CYT_NODISCARD cyt_code cyt_nxdata_end(cyt_nxdata *nx, cyt_error *err);

#endif
