/**
 * @file region_reader.h
 * @brief The door through which regions enter: one file per slide, of several formats.
 *
 * What a file is, its first bytes tell: GeoJSON of QuPath, annotations of HALO, a
 * selection of Xenium Explorer; plain, gzip or zstd. The first two count in pixels of
 * the full image, whatever the calibration, so that µm per pixel must be given.
 *
 * Rank 0 reads and the others are sent the result: polygons that are kept are small
 * beside the file (which may hold every cell's outline), so a broadcast costs less than
 * parsing the same text on every rank, the file system is asked once, and there is one
 * place that can fail. Memory: regions.h, on every rank; while reading on rank 0 also
 * what is not yet known to be dropped: one feature, one layer.
 */
#ifndef CYT_REGION_READER_H
#define CYT_REGION_READER_H

#include "cytotaxis/problems.h"
#include "cytotaxis/regions.h"
#include "cytotaxis/status.h"

#include <mpi.h>

/** What to read; strings are borrowed. */
typedef struct cyt_region_source {
    const char *sample;     /**< for messages */
    const char *path;       /**< to open */
    const char *shown_path; /**< as written in the samplesheet */
    double um_per_px;       /**< NaN when not given */
    const double *affine;   /**< [6] a b c d e f, applied before scaling */
} cyt_region_source;

/** Read the whole file and list what is wrong. Serial.
 *  @param place  "sheet.csv:2", where the sample stands */
CYT_NODISCARD cyt_code cyt_regions_check(const cyt_region_source *source,
                                         const char *place, cyt_problems *problems,
                                         cyt_error *err);

/**
 * Read on rank 0, send to all, and index. Collective; @p source agrees.
 *
 * @param regions  [out] the same on every rank, but for `skips`, which rank 0 knows; to
 *                 be released with cyt_regions_free(), also after a failure
 * @return CYT_OK; CYT_ERR_NO_INPUT, CYT_ERR_DATA (also for a file without any polygon),
 *         CYT_ERR_CONFIG when µm per pixel is wanting, CYT_ERR_IO, CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_regions_read(MPI_Comm comm, const cyt_region_source *source,
                                        cyt_regions *regions, cyt_error *err);

#endif
