/**
 * @file slide_file.h
 * @brief The two files of a slide: a table of cells, and rasters.
 *
 *     slides/<sample>.h5ad        AnnData: obs = cells in input order
 *       obs/cell_type  obsm/spatial  obsm/nearest_um  obsm/<signal>  uns/metrics
 *       uns/n_cells  uns/area_um2
 *       uns/signals                   when there are signals
 *       obs/region  uns/regions       when the slide has regions
 *       obs/compartment  uns/compartments  when the tissue is divided
 *       obs/margin_um                 when a part of it is tumour
 *       obsm/neighbourhood  obs/n_within_<r>um   when neighbourhoods are asked for
 *       uns/margin_zones  uns/margin_profile  uns/pairs  uns/nearest_curves
 *       uns/enrichment                when asked for
 *       uns/<table>                   of what else was analysed: trap, block, graph …
 *     slides/<sample>.fields.h5   /distance_um/<type>  /density/<type>
 *                                 /signal/<name>/{concentration, grad_x, grad_y,
 *                                   occupancy, pull}
 *                                 /region  /tissue  /compartment  /margin_um
 *
 * The .h5ad is compressed by deflate, so that every reader opens it; the rasters by
 * zstd (filter 32015) unless told otherwise. Both are written collectively; nothing
 * volatile goes in, so the bytes do not depend on ranks, time or host.
 */
#ifndef CYT_SLIDE_FILE_H
#define CYT_SLIDE_FILE_H

#include "cytotaxis/cell_signal.h"
#include "cytotaxis/cells.h"
#include "cytotaxis/config.h"
#include "cytotaxis/home.h"
#include "cytotaxis/metrics.h"
#include "cytotaxis/nxdata.h"
#include "cytotaxis/result_table.h"
#include "cytotaxis/status.h"
#include "cytotaxis/store.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** What is told of a signal's field as a whole, in uns/signals (signal.h, medium.h). */
enum {
    CYT_SIGNAL_LAMBDA_UM,
    CYT_SIGNAL_TOTAL,      /**< sum of all sources */
    CYT_SIGNAL_BALANCE,    /**< relative error of the mass balance */
    CYT_SIGNAL_SMALLEST,   /**< least concentration before values below 0 were cut */
    CYT_SIGNAL_LARGEST,    /**< largest concentration */
    CYT_SIGNAL_C_ERROR,    /**< bound on the error of a concentration */
    CYT_SIGNAL_GRAD_ERROR, /**< and of a component of the gradient */
    CYT_SIGNAL_RESIDUAL,   /**< true relative residual; 0 where a transform solves */
    CYT_SIGNAL_ITERATIONS, /**< 0 where a transform solves */
    CYT_SIGNAL_LOST,       /**< senders outside the tissue */
    CYT_SIGNAL_FACTS
};

/** A signal at the cells of the strip; columns borrowed, strip order. */
typedef struct cyt_signal_columns {
    const char *name;
    cyt_cell_signal felt;
    const double *view_edge_um; /**< [cells.n] distance to the field of view's edge */
    double near_um;             /**< cells nearer than this are flagged */
    double facts[CYT_SIGNAL_FACTS]; /**< the same on every rank; NaN: ligand missing */
    int is_absolute;                /**< concentrations are in nM, not relative */
} cyt_signal_columns;

/** The regions of a slide, known to all ranks; borrowed. */
typedef struct cyt_region_table {
    const cyt_names *labels;
    const int32_t *label;    /**< [cells.n] of each cell, -1 for none; strip order */
    const double *area_um2;  /**< [labels.n] */
    const uint64_t *n_cells; /**< [labels.n] over all ranks */
} cyt_region_table;

/** The compartments of a slide; borrowed. */
typedef struct cyt_compartment_table {
    const cyt_names *names;
    const uint8_t *cell; /**< [cells.n] 1 + index into names, 0 = none; strip order */
    const uint64_t *n_pixels; /**< [names.n] over all ranks, like the next */
    const uint64_t *n_cells;
    const double *margin_um; /**< [cells.n] distance to the tumour's border, or NULL */
} cyt_compartment_table;

/** Bands of the distance to the border, and what lies in them; the same on every rank,
 *  borrowed. */
typedef struct cyt_band_table {
    size_t n;
    const char *const *names; /**< [n] of zones; NULL: bands are named by their edges */
    const double *edge_um;    /**< [n + 1] */
    const uint64_t *n_pixels; /**< [n] */
    const uint64_t *n_cells;  /**< [n * types.n] band by band */
} cyt_band_table;

/** Numbers of each ordered pair of types, the same on every rank; borrowed. Row
 *  (a * types.n + b) * n + k, where n is n_radii, or 1 without radii. */
typedef struct cyt_type_pair_table {
    size_t n_radii;
    const double *radius_um; /**< [n_radii] NULL: a row is a pair of types */
    const uint64_t *count;   /**< [rows] NULL: the slide has no such table */
    size_t n_columns;
    const char *const *names; /**< [n_columns] */
    const double *values;     /**< [n_columns * rows] */
} cyt_type_pair_table;

/** What surrounds each cell of the strip; borrowed. */
typedef struct cyt_neighbourhood_table {
    const uint32_t
        *window;      /**< [types.n * cells.n] cells of each type around each cell,
                           type-major, strip order; NULL: there is no such table */
    double radius_um; /**< of the window; NaN where it is the nearest cells */
} cyt_neighbourhood_table;

/** All that goes into the table of cells; everything is borrowed. */
typedef struct cyt_cell_table {
    const cyt_slide *slide;
    const cyt_home *home;
    const char *ids; /**< [home.n * id_width] NUL-padded */
    size_t id_width;
    const double *nearest_um; /**< [types.n * cells.n] type-major, strip order */
    size_t n_signals;
    const cyt_signal_columns *signals; /**< [n_signals] */
    int without_cell_signals;          /**< only the signals' facts are written */
    const cyt_metrics *metrics;        /**< the same on every rank, in order */
    double area_um2;
    const cyt_region_table *regions; /**< NULL: the slide has none; like the next */
    const cyt_compartment_table *compartments;
    cyt_band_table zones, profile; /**< n = 0: there are none */
    cyt_type_pair_table pairs, nearest_curves, enrichment;
    cyt_neighbourhood_table neighbourhood;
    const cyt_result_tables *results; /**< NULL: there are none; each becomes a data
                                           frame of uns, the same on every rank */
} cyt_cell_table;

/** Write the table of cells. Collective. @p digests as of cyt_store_take_digests(). */
CYT_NODISCARD cyt_code cyt_slide_file_write(MPI_Comm comm, const char *path,
                                            const cyt_cell_table *table,
                                            cyt_names *digests, cyt_error *err);

/** A data frame of metrics, held whole by every rank, with or without their values. */
CYT_NODISCARD cyt_code cyt_metric_frame(MPI_Comm comm, cyt_store *store,
                                        const char *path, const cyt_metrics *metrics,
                                        int with_values, cyt_error *err);

enum { CYT_FIELD_SETS = 3 };

/** Names in a set of rasters, and the links under which they are stored. */
typedef struct cyt_field_set {
    cyt_names names, links;
} cyt_field_set;

/** The file of rasters, while it is being written; one raster after the other. */
typedef struct cyt_fields {
    cyt_store *store;
    const cyt_slide *slide;
    cyt_nxdata nx;
    cyt_field_set sets[CYT_FIELD_SETS];
} cyt_fields;

/** Begin the file. Collective, like the next three.
 *  @param slide   kept until cyt_fields_close()
 *  @param fields  [out] to be closed: after a failure of this or of a write, with
 *                 keep = 0
 *  @return CYT_OK; as of cyt_store_create(); CYT_ERR_IO, CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_fields_create(MPI_Comm comm, const char *path,
                                         const cyt_slide *slide,
                                         cyt_compression compression,
                                         cyt_fields *fields, cyt_error *err);

/** What a raster is. The first name within the set (part, else name) gets a link as of
 *  cyt_store_link_name(). */
typedef struct cyt_field_info {
    const char *set;  /**< "distance_um", "density" or "signal" */
    const char *part; /**< name of a group within the set, or NULL */
    const char *name; /**< within set or part; within a part it must be a link */
    const char *units;
    const char *long_name;
} cyt_field_info;

/** Write one raster of float32. @p rows [strip rows * n_cols]. */
CYT_NODISCARD cyt_code cyt_fields_write(MPI_Comm comm, cyt_fields *fields,
                                        const cyt_field_info *info, const float *rows,
                                        cyt_error *err);

/** Write a raster that belongs to no set.
 *  @param path   "/region"
 *  @param labels of a raster of bytes, 0 for none, k + 1 for labels->name[k]: goes into
 *                the attribute `labels`; or NULL
 *  @param rows   [strip rows * n_cols] of the type */
CYT_NODISCARD cyt_code cyt_fields_write_plain(cyt_fields *fields, const char *path,
                                              const cyt_raster_info *info,
                                              const cyt_names *labels, const void *rows,
                                              cyt_error *err);

/** Close; with @p keep the file gets its final name, else nothing of it stays. Fields
 *  that could not be created are closed as well.
 *  @param digests  as of cyt_store_take_digests(); filled with @p keep alone; or NULL
 *  @return CYT_OK; the first failure of the file, also of a write before; CYT_ERR_IO:
 *          what was written is not all on disk, and nothing of it stays */
CYT_NODISCARD cyt_code cyt_fields_close(MPI_Comm comm, cyt_fields *fields, int keep,
                                        cyt_names *digests, cyt_error *err);

#endif
