/**
 * @file region_formats.h
 * @brief What each format of regions gives to the table in region_formats.c.
 *
 * A format reads the whole text at the cursor and adds its polygons in file order; the
 * table tells formats apart by the first bytes of the text, not by the file's name.
 */
#ifndef CYT_REGION_FORMATS_H
#define CYT_REGION_FORMATS_H

#include "read/text/cursor.h"

#include "cytotaxis/regions.h"
#include "cytotaxis/status.h"

#include <stddef.h>

/** Coordinates of larger size, in the file's unit, are no positions on a slide. */
#define CYT_REGION_FAR 1e12

typedef struct cyt_region_format {
    const char *name, *help;
    int in_pixels; /**< regions_um_per_px must be given */
    int (*accepts)(const char *head, size_t n);
    cyt_code (*read)(cyt_cursor *in, cyt_regions *regions, cyt_error *err);
} cyt_region_format;

/** Ended by a row without name. */
extern const cyt_region_format cyt_region_formats[];

/** Of each format: is the text one of its own, by the first @p n bytes behind white
 *  space; and read it, see cyt_region_format. */
int cyt_geojson_accepts(const char *head, size_t n);
CYT_NODISCARD cyt_code cyt_geojson_read(cyt_cursor *in, cyt_regions *regions,
                                        cyt_error *err);

int cyt_halo_accepts(const char *head, size_t n);
CYT_NODISCARD cyt_code cyt_halo_read(cyt_cursor *in, cyt_regions *regions,
                                     cyt_error *err);

int cyt_selection_accepts(const char *head, size_t n);
CYT_NODISCARD cyt_code cyt_selection_read(cyt_cursor *in, cyt_regions *regions,
                                          cyt_error *err);

#endif
