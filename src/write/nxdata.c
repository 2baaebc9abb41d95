// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/nxdata.h"

#include "store_impl.h"

#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

/* --- axes ------------------------------------------------------------------------- */

static cyt_code write_axis(cyt_store *store, const char *path, double origin_um,
                           double spacing_um, size_t n, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_store_layout layout = {
        .type = CYT_STORE_F64, .n_rows = n, .filter = CYT_COMPRESS_NONE};
    double *centre = cyt_alloc(n, sizeof *centre, path, err);
    CYT_TRY(cyt_store_meet(store, centre ? CYT_OK : err->code, err));
    for (size_t i = 0; i < n; i++)
        centre[i] = origin_um + ((double)i + 0.5) * spacing_um;
    CYT_TRY(cyt_store_array(store, path, &layout, centre, err));
    CYT_TRY(cyt_store_attr_text(store, path, "units", "um", err));
    CYT_TRY(cyt_store_attr_text(store, path, "long_name", path + 1, err));
done:
    free(centre);
    return code;
}

static cyt_code describe_group(cyt_nxdata *nx, const char *path, const char *signal,
                               cyt_error *err)
{
    static char *axes[] = {"y", "x"};
    const cyt_names names = {.n = 2, .name = axes};
    const double origin_um[2] = {nx->grid.origin_x_um, nx->grid.origin_y_um};
    cyt_store *s = nx->store;
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_attr_text(s, path, "NX_class", "NXdata", err));
    CYT_TRY(cyt_store_attr_text(s, path, "signal", signal, err));
    CYT_TRY(cyt_store_attr_texts(s, path, "axes", &names, err));
    CYT_TRY(cyt_store_attr_double(s, path, "spacing_um", nx->grid.spacing_um, err));
    CYT_TRY(cyt_store_attr_doubles(s, path, "origin_um", 2, origin_um, err));
done:
    return code;
}

cyt_code cyt_nxdata_begin(cyt_store *store, const cyt_grid *grid,
                          cyt_compression filter, const char *signal, cyt_nxdata *nx,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    *nx = (cyt_nxdata){.store = store, .grid = *grid, .filter = filter};
    CYT_TRY(cyt_store_state(store, err));
    CYT_TRY(write_axis(store, "/x", grid->origin_x_um, grid->spacing_um, grid->n_cols,
                       err));
    CYT_TRY(write_axis(store, "/y", grid->origin_y_um, grid->spacing_um, grid->n_rows,
                       err));
    CYT_TRY(describe_group(nx, "/", signal, err));
done:
    return code;
}

static cyt_code link_axis(cyt_nxdata *nx, const char *group, const char *axis,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *path = cyt_store_join(group, axis + 1, err);
    CYT_TRY(cyt_store_meet(nx->store, path ? CYT_OK : err->code, err));
    CYT_TRY(cyt_store_link(nx->store, axis, path, err));
done:
    free(path);
    return code;
}

cyt_code cyt_nxdata_group(cyt_nxdata *nx, const char *path, const char *signal,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_group(nx->store, path, err));
    if (!signal)
        return CYT_OK;
    CYT_TRY(describe_group(nx, path, signal, err));
    CYT_TRY(link_axis(nx, path, "/x", err));
    CYT_TRY(link_axis(nx, path, "/y", err));
done:
    return code;
}

/* --- dimension scales ------------------------------------------------------------- */

static cyt_code refer_to(cyt_store *store, const char *path, hobj_ref_t *reference,
                         cyt_error *err)
{
    if (H5Rcreate(reference, store->file, path, H5R_OBJECT, -1) < 0)
        cyt_store_hdf5_failed(store, err, __func__, "refer to", path);
    return err->code;
}

/* DIMENSION_LIST: for each dimension of the raster a list of its scales. */
static cyt_code point_to_axes(cyt_store *store, const char *path, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const hsize_t two = 2;
    hobj_ref_t y, x;
    CYT_TRY(cyt_store_meet(store, refer_to(store, "/y", &y, err), err));
    CYT_TRY(cyt_store_meet(store, refer_to(store, "/x", &x, err), err));
    const hvl_t lists[2] = {{1, &y}, {1, &x}};
    const cyt_store_value value = {.type = H5Tvlen_create(H5T_STD_REF_OBJ),
                                   .space = H5Screate_simple(1, &two, NULL),
                                   .data = lists,
                                   .extra_bytes = 4 * sizeof y};
    CYT_TRY(cyt_store_attribute(store, path, "DIMENSION_LIST", &value, err));
done:
    return code;
}

cyt_code cyt_nxdata_raster(cyt_nxdata *nx, const char *path,
                           const cyt_raster_info *info, uint64_t first, uint64_t count,
                           const void *data, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_store *s = nx->store;
    const cyt_store_layout layout = {.type = info->type,
                                     .n_rows = nx->grid.n_rows,
                                     .n_cols = nx->grid.n_cols,
                                     .filter = nx->filter,
                                     .chunk_rows = CYT_RASTER_TILE,
                                     .chunk_cols = CYT_RASTER_TILE};
    CYT_TRY(cyt_store_rows(s, path, &layout, first, count, data, err));
    CYT_TRY(cyt_store_attr_text(s, path, "units", info->units, err));
    CYT_TRY(cyt_store_attr_text(s, path, "long_name", info->long_name, err));
    if (info->name)
        CYT_TRY(cyt_store_attr_text(s, path, "name", info->name, err));
    CYT_TRY(point_to_axes(s, path, err));
    CYT_TRY(
        cyt_store_meet(s, cyt_names_add(&nx->rasters, path, strlen(path), err), err));
done:
    return code;
}

/* An entry of REFERENCE_LIST, without padding. */
enum { ENTRY_REFERENCE = 0, ENTRY_DIMENSION = 8, ENTRY_BYTES = 12 };

static hid_t entry_type(void)
{
    const hid_t type = H5Tcreate(H5T_COMPOUND, ENTRY_BYTES);
    return type >= 0 &&
                   H5Tinsert(type, "dataset", ENTRY_REFERENCE, H5T_STD_REF_OBJ) >= 0 &&
                   H5Tinsert(type, "dimension", ENTRY_DIMENSION, H5T_STD_I32LE) >= 0
               ? type
               : cyt_store_release(type);
}

static cyt_code list_rasters(cyt_nxdata *nx, int32_t dimension, char **entries,
                             cyt_error *err)
{
    *entries = cyt_alloc(nx->rasters.n, ENTRY_BYTES, "a list of rasters", err);
    for (size_t i = 0; *entries && i < nx->rasters.n; i++) {
        hobj_ref_t raster;
        if (refer_to(nx->store, nx->rasters.name[i], &raster, err) != CYT_OK)
            break;
        memcpy(*entries + i * ENTRY_BYTES + ENTRY_REFERENCE, &raster, sizeof raster);
        memcpy(*entries + i * ENTRY_BYTES + ENTRY_DIMENSION, &dimension,
               sizeof dimension);
    }
    return err->code;
}

static hid_t ascii_type(size_t bytes)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    return type >= 0 && H5Tset_size(type, bytes) >= 0 ? type : cyt_store_release(type);
}

/* The specification wants fixed-length ASCII here. */
static cyt_code scale_text(cyt_store *store, const char *path, const char *name,
                           const char *text, cyt_error *err)
{
    const cyt_store_value value = {.type = ascii_type(strlen(text) + 1),
                                   .space = H5Screate(H5S_SCALAR),
                                   .data = text};
    return cyt_store_attribute(store, path, name, &value, err);
}

/* REFERENCE_LIST of an axis: who uses it, as which dimension. */
static cyt_code list_users(cyt_nxdata *nx, const char *path, int32_t dimension,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *entries = NULL;
    const hsize_t n = nx->rasters.n;
    CYT_TRY(cyt_store_meet(nx->store, list_rasters(nx, dimension, &entries, err), err));
    const cyt_store_value value = {
        .type = entry_type(), .space = H5Screate_simple(1, &n, NULL), .data = entries};
    CYT_TRY(cyt_store_attribute(nx->store, path, "REFERENCE_LIST", &value, err));
done:
    free(entries);
    return code;
}

/* CLASS and NAME make a dataset a scale. */
static cyt_code finish_axis(cyt_nxdata *nx, const char *path, int32_t dimension,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(scale_text(nx->store, path, "CLASS", "DIMENSION_SCALE", err));
    CYT_TRY(scale_text(nx->store, path, "NAME", path + 1, err));
    if (nx->rasters.n > 0)
        CYT_TRY(list_users(nx, path, dimension, err));
done:
    return code;
}

cyt_code cyt_nxdata_end(cyt_nxdata *nx, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_error seen = {0};
    if (!nx->store || cyt_store_state(nx->store, &seen) != CYT_OK)
        goto done;
    CYT_TRY(finish_axis(nx, "/y", 0, err));
    CYT_TRY(finish_axis(nx, "/x", 1, err));
done:
    cyt_names_free(&nx->rasters);
    *nx = (cyt_nxdata){0};
    return code;
}
