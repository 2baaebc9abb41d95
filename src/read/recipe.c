// SPDX-License-Identifier: BSD-3-Clause
#include "read/recipe.h"

#include "read/column_spec.h"
#include "read/folder_files.h"

#include <stdio.h>
#include <string.h>

/* Of experiment.xenium a run takes the number of cells and no more. Versions are not
 * asked: they are free text ("R&D"), and what differs between them is seen in the files
 * themselves. Ids are text throughout, whether they are numbers (before 1.3) or words.
 * Positions are in um in every version; pixel_size is that of the images. */
const cyt_recipe cyt_recipes[] = {
    {.format = "xenium",
     .help = "10x Xenium output folder",
     .cells = "cells.csv",
     .id = "cell_id",
     .x = "x_centroid",
     .y = "y_centroid",
     .types = "analysis/clustering/%s/clusters.csv",
     .types_which = "gene_expression_graphclust",
     .types_id = "Barcode",
     .types_column = "Cluster",
     .values = "cell_feature_matrix.h5",
     .um_per_unit = 1,
     .count_file = "experiment.xenium",
     .count_key = "num_cells"},
    {.format = "visium_hd",
     .help = "10x Visium HD cells (segmented_outputs of Space Ranger)",
     .within = "segmented_outputs",
     .reader = "polygons",
     .cells = "cell_segmentations.geojson",
     .id = "cell_id",
     .types = "analysis/clustering/%s/clusters.csv",
     .types_which = "gene_expression_graphclust",
     .types_id = "Barcode",
     .types_column = "Cluster",
     .values = "filtered_feature_cell_matrix.h5",
     .unit_file = "spatial/scalefactors_json.json",
     .unit_key = "microns_per_pixel"},
    {.format = "cosmx",
     .help = "NanoString CosMx flat files",
     .cells = "*metadata_file.csv",
     .id = "fov+cell_ID|FOV+cell_ID|fov+cellID|cell",
     .x = "CenterX_global_px|x_global_px",
     .y = "CenterY_global_px|y_global_px",
     .x_mm = "CenterX_global_mm|x_global_mm|x_slide_mm|x_mm|X_mm",
     .y_mm = "CenterY_global_mm|y_global_mm|y_slide_mm|y_mm|Y_mm",
     .x_local = "CenterX_local_px|x_local_px|x_FOV_px",
     .y_local = "CenterY_local_px|y_local_px|y_FOV_px",
     .fields = "*fov_positions_file.csv",
     .fields_id = "fov|FOV|fov_id",
     .fields_x = "x_global_px|X_global_px|x_px|X_px",
     .fields_y = "y_global_px|Y_global_px|y_px|Y_px",
     .fields_x_mm = "x_global_mm|X_global_mm|x_mm|X_mm",
     .fields_y_mm = "y_global_mm|Y_global_mm|y_mm|Y_mm",
     .values = "*exprMat_file.csv",
     .values_id = "fov+cell_ID|FOV+cell_ID|fov+cellID|cell"},
    {.format = "merscope",
     .help = "Vizgen MERSCOPE region folder",
     .cells = "*cell_metadata.csv",
     .id = "EntityID|cell|X|",
     .x = "center_x",
     .y = "center_y",
     .values = "*cell_by_gene.csv",
     .values_id = "cell|EntityID|X|",
     .um_per_unit = 1},
    {.format = "steinbock",
     .help = "steinbock regionprops/IMAGE.csv, its intensities beside it",
     .id = "Object",
     .x = "centroid-1",
     .y = "centroid-0",
     .values = "../intensities/%s",
     .values_id = "Object"},
    {.format = "mcmicro",
     .help = "MCMICRO quantification table",
     .id = "CellID",
     .x = "X_centroid",
     .y = "Y_centroid",
     .type = "phenotype|cell_type"},
    {.format = "codex",
     .help = "CODEX processor table",
     .id = "cell_id:cell_id|cell_id",
     .x = "x:x",
     .y = "y:y"},
    {.format = "cellprofiler",
     .help = "CellProfiler or histoCAT cell table",
     .id = "ImageNumber+ObjectNumber|ImageId+CellId|ObjectNumber",
     .x = "Location_Center_X|AreaShape_Center_X|Pos_X|X_position",
     .y = "Location_Center_Y|AreaShape_Center_Y|Pos_Y|Y_position"},
    {.format = "inform",
     .help = "Akoya inForm cell_seg_data table",
     .id = "Sample Name+Cell ID|Cell ID",
     .x = "Cell X Position",
     .y = "Cell Y Position",
     .type = "Phenotype",
     .decimal_comma = 1},
    {.format = "qupath",
     .help = "QuPath detection measurements",
     .id = "Object ID",
     .x = "Centroid X \xC2\xB5m|Centroid X um|Centroid X px",
     .y = "Centroid Y \xC2\xB5m|Centroid Y um|Centroid Y px",
     .type = "Classification|Class"},
    {.format = "halo",
     .help = "HALO object data",
     .id = "Object Id",
     .x = "XMin..XMax",
     .y = "YMin..YMax",
     .type = "Classifier Label|Phenotype"},
    {0},
};

const cyt_recipe *cyt_recipe_named(const char *format)
{
    for (const cyt_recipe *r = cyt_recipes; r->format; r++)
        if (strcmp(r->format, format) == 0)
            return r;
    return NULL;
}

static int has_within(const cyt_recipe *r, const char *path)
{
    char inner[4096];
    if (!r->within)
        return 0;
    const int n = snprintf(inner, sizeof inner, "%s/%s", path, r->within);
    return n > 0 && (size_t)n < sizeof inner && cyt_folder_has(inner, r->cells);
}

const cyt_recipe *cyt_recipe_of_folder(const char *path)
{
    for (const cyt_recipe *r = cyt_recipes; r->format; r++)
        if (r->cells && (cyt_folder_has(path, r->cells) || has_within(r, path)))
            return r;
    return NULL;
}

int cyt_recipe_has(const cyt_names *columns, const char *spec)
{
    cyt_place place;
    return cyt_column_find(columns, spec, CYT_JOINT_ID | CYT_JOINT_MIDDLE, &place);
}

const cyt_recipe *cyt_recipe_of_header(const cyt_names *columns)
{
    for (const cyt_recipe *r = cyt_recipes; r->format; r++)
        if (!r->cells && cyt_recipe_has(columns, r->id) &&
            cyt_recipe_has(columns, r->x) && cyt_recipe_has(columns, r->y))
            return r;
    return NULL;
}
