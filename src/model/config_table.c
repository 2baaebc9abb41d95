// SPDX-License-Identifier: BSD-3-Clause
#include "config_table.h"

#include "cytotaxis/number.h"
#include "cytotaxis/strbuf.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const cyt_option cyt_options[] = {
    {.section = "grid",
     .key = "spacing_um",
     .kind = CYT_OPTION_NUMBER,
     .field = FIELD(grid_spacing_um),
     .start = "5",
     .unit = "um",
     .range = {0, 1, 1000},
     .help = "Side of a raster pixel."},
    {.section = "grid",
     .key = "padding_um",
     .kind = CYT_OPTION_NUMBER,
     .field = FIELD(grid_padding_um),
     .start = "0",
     .unit = "um",
     .range = {0, 0, INFINITY},
     .help = "Width of the empty border around the bounding box of the cells."},
    {.section = "units",
     .key = "gate",
     .kind = CYT_OPTION_FLAG,
     .field = FIELD(unit_gate),
     .start = "on",
     .choices = {"off", "on"},
     .help = "Refuse slides whose cells lie implausibly near or far from each other."},
    {.section = "units",
     .key = "field_gate",
     .kind = CYT_OPTION_FLAG,
     .field = FIELD(field_gate),
     .start = "on",
     .choices = {"off", "on"},
     .help =
         "Refuse slides whose fields of view (column fov) lie on top of each other."},
    {.section = "tissue",
     .key = "from",
     .kind = CYT_OPTION_CHOICE,
     .field = FIELD(tissue.from),
     .start = "bbox",
     .choices = {"bbox", "reach", "regions"},
     .help = "What is tissue: the bounding box of the cells, what lies within reach of "
             "a cell, or regions."},
    {.section = "tissue",
     .key = "reach_um",
     .kind = CYT_OPTION_NUMBER,
     .field = FIELD(tissue.reach_um),
     .unit = "um",
     .range = POSITIVE,
     .help = "Pixels as near as this to a pixel that holds a cell are tissue."},
    {.section = "tissue",
     .key = "close_um",
     .kind = CYT_OPTION_NUMBER,
     .field = FIELD(tissue.close_um),
     .start = "0",
     .unit = "um",
     .range = {0, 0, INFINITY},
     .help = "Radius of the disc that closes gaps of the tissue."},
    {.section = "tissue",
     .key = "fill_holes_um2",
     .kind = CYT_OPTION_NUMBER,
     .field = FIELD(tissue.fill_holes_um2),
     .start = "0",
     .unit = "um2",
     .range = {0, 0, INFINITY},
     .help = "Holes of the tissue smaller than this are filled."},
    {.section = "tissue",
     .key = "labels",
     .kind = CYT_OPTION_NAMES,
     .field = FIELD(tissue.labels),
     .start = "[]",
     .help = "Labels of the regions that are tissue; all of them when left out."},
    {.section = "compartments",
     .key = "from",
     .kind = CYT_OPTION_CHOICE,
     .field = FIELD(compartments.from),
     .start = "none",
     .choices = {"none", "labels", "regions", "fraction"},
     .help = "What divides the tissue: labels of its cells, regions, or the smoothed "
             "fraction of tumour cells."},
    {.section = "compartments",
     .key = "tumour",
     .kind = CYT_OPTION_NAMES,
     .field = FIELD(compartments.tumour),
     .start = "[]",
     .help = "What is tumour: cell types, or sets of them, for fraction; labels "
             "otherwise."},
    {.section = "compartments",
     .key = "among",
     .kind = CYT_OPTION_NAMES,
     .field = FIELD(compartments.among),
     .start = "[]",
     .help =
         "Cell types, or sets of them, that the fraction of tumour cells is of; all "
         "cells when left out. Without responders their crowds do not move the "
         "border."},
    {.section = "compartments",
     .key = "bandwidth_um",
     .kind = CYT_OPTION_NUMBER,
     .field = FIELD(compartments.bandwidth_um),
     .unit = "um",
     .range = POSITIVE,
     .help = "Bandwidth of the smoothing of the fraction of tumour cells."},
    {.section = "compartments",
     .key = "threshold",
     .kind = CYT_OPTION_NUMBER,
     .field = FIELD(compartments.threshold),
     .range = {0, 1, 1},
     .help = "Fraction of tumour cells from which on the tissue is tumour."},
    {.section = "compartments",
     .key = "min_area_um2",
     .kind = CYT_OPTION_NUMBER,
     .field = FIELD(compartments.min_area_um2),
     .start = "0",
     .unit = "um2",
     .range = {0, 0, INFINITY},
     .help = "Pieces of tumour smaller than this become stroma, and islands of stroma "
             "in tumour become tumour."},
    {.section = "compartments",
     .key = "margin_um",
     .kind = CYT_OPTION_NUMBER,
     .field = FIELD(compartments.margin_um),
     .unit = "um",
     .range = POSITIVE,
     .help = "Width of the margin on each side of the tumour's border; zones are left "
             "out without it."},
    {.section = "compartments",
     .key = "band_um",
     .kind = CYT_OPTION_NUMBER,
     .field = FIELD(compartments.band_um),
     .start = "20",
     .unit = "um",
     .range = POSITIVE,
     .help = "Width of a band of the margin profile."},
    {.section = "compartments",
     .key = "profile_um",
     .kind = CYT_OPTION_NUMBER,
     .field = FIELD(compartments.profile_um),
     .unit = "um",
     .range = POSITIVE,
     .help = "How far the margin profile reaches on each side of the tumour's border; "
             "left out without it."},
    {.section = "density",
     .key = "bandwidth_um",
     .kind = CYT_OPTION_NUMBER,
     .field = FIELD(density_bandwidth_um),
     .unit = "um",
     .range = POSITIVE,
     .help = "Bandwidth of the density maps of the cell types, left out without it."},
    {.section = "types",
     .kind = CYT_OPTION_TYPES,
     .start = "{}",
     .help = "Named sets of cell types, usable wherever a cell type is asked for."},
    {.section = "signals",
     .kind = CYT_OPTION_SIGNALS,
     .start = "[]",
     .help = "Signals to model, each a mapping of the keys below."},
    {.next = cyt_options_patterns},
};

const cyt_option cyt_options_last[] = {
    {.section = "solver",
     .key = "tolerance",
     .kind = CYT_OPTION_NUMBER,
     .field = FIELD(solver_tolerance),
     .start = "1e-8",
     .unit = "",
     .range = {1e-14, 0, 1e-2},
     .help = "Relative residual at which a signal's field is solved."},
    {.section = "solver",
     .key = "max_iterations",
     .kind = CYT_OPTION_NUMBER,
     .whole = 1,
     .field = FIELD(solver_max_iterations),
     .start = "1000",
     .unit = "",
     .range = {1, 0, 1e6},
     .help = "Iterations after which a field that is not solved fails its slide."},
    {.section = "cohort",
     .key = "contrasts",
     .kind = CYT_OPTION_CONTRASTS,
     .start = "[]",
     .help = "Values of the samplesheet's column `condition` to compare; every two of "
             "them when left out."},
    {.section = "cohort",
     .key = "weights",
     .kind = CYT_OPTION_CHOICE,
     .field = FIELD(cohort.weights),
     .start = "equal",
     .choices = {"equal", "cells"},
     .help = "What slides of a patient weigh in its mean: as much as each other, or as "
             "many as their cells."},
    {.section = "cohort",
     .key = "confidence",
     .kind = CYT_OPTION_NUMBER,
     .field = FIELD(cohort.confidence),
     .start = "0.95",
     .range = {0, 1, 0.9999},
     .help = "Level of intervals and bands; 1 less it is the level of tests."},
    {.section = "cohort",
     .key = "bootstrap",
     .kind = CYT_OPTION_NUMBER,
     .whole = 1,
     .field = FIELD(cohort.bootstrap),
     .start = "2000",
     .range = {0, 0, 1e6},
     .help = "Draws of patients for intervals of effects; 0 for none."},
    {.section = "cohort",
     .key = "permutations",
     .kind = CYT_OPTION_NUMBER,
     .whole = 1,
     .field = FIELD(cohort.permutations),
     .start = "9999",
     .range = {99, 0, 1e6},
     .help = "Permutations of patients where there are more than 100000, which are all "
             "looked at."},
    {.section = "cohort",
     .key = "seed",
     .kind = CYT_OPTION_NUMBER,
     .whole = 1,
     .field = FIELD(cohort.seed),
     .start = "1",
     .range = {0, 0, 9007199254740992},
     .help = "Seed of draws and permutations."},
    {.section = "cohort",
     .key = "survival",
     .kind = CYT_OPTION_FLAG,
     .field = FIELD(cohort.survival),
     .start = "on",
     .choices = {"off", "on"},
     .help = "Cox regression and log-rank test where the samplesheet has time and "
             "event."},
    {.section = "output",
     .key = "compression",
     .kind = CYT_OPTION_CHOICE,
     .field = FIELD(compression),
     .start = "zstd",
     .choices = {"zstd", "deflate", "none"},
     .help = "Compression of the rasters."},
    {.section = "output",
     .key = "fields",
     .kind = CYT_OPTION_CHOICE,
     .field = FIELD(write_fields),
     .start = "all",
     .choices = {"none", "all"},
     .help = "Which rasters are written."},
    {.section = "output",
     .key = "cell_signals",
     .kind = CYT_OPTION_CHOICE,
     .field = FIELD(write_cell_signals),
     .start = "all",
     .choices = {"none", "all"},
     .help = "Whether a slide's table of cells has the concentration and gradient of "
             "each signal at each cell; of many signals they are most of the file and "
             "of the memory."},
    {0},
};

const cyt_option cyt_signal_keys[] = {
    {.key = "name",
     .kind = CYT_OPTION_NAME,
     .required = 1,
     .help =
         "Name of the signal in the results; several ranges append \"@<range>um\"."},
    {.key = "preset",
     .kind = CYT_OPTION_NAME,
     .help = "A pair of the literature that gives ligand, receptor and lambda_um where "
             "they are left out; cytotaxis presets lists them."},
    {.key = "ligand",
     .kind = CYT_OPTION_LIGAND,
     .required = CYT_UNLESS_PRESET,
     .range = {0, 0, INFINITY},
     .help = "Genes or columns whose sum is secreted, or a mapping of sender types to "
             "constant relative rates."},
    {.key = "expression",
     .kind = CYT_OPTION_EXPRESSION,
     .help = "How the ligand's values are stored; required when it names genes."},
    {.key = "senders",
     .kind = CYT_OPTION_NAMES,
     .required = 1,
     .help = "Cell types, or sets of them, that secrete the ligand."},
    {.key = "receptor",
     .kind = CYT_OPTION_NAMES,
     .help = "Genes or columns of the receptor."},
    {.key = "responders",
     .kind = CYT_OPTION_NAMES,
     .help = "Cell types, or sets of them, that feel the signal."},
    {.key = "decoys",
     .kind = CYT_OPTION_NAMES,
     .help = "Other signals of the same responders, of the same senders but without "
             "effect, that the signal's slope is to be told apart from."},
    {.key = "lambda_um",
     .kind = CYT_OPTION_NUMBERS,
     .required = CYT_UNLESS_PRESET,
     .unit = "um",
     .range = POSITIVE,
     .help = "Range of the signal; a list gives one signal for each value."},
    {.key = "diffusion",
     .kind = CYT_OPTION_AMOUNTS,
     .unit = "",
     .range = POSITIVE,
     .help = "Mapping of compartments to their diffusion relative to that of all "
             "others, in which lambda_um holds."},
    {.key = "uptake",
     .kind = CYT_OPTION_AMOUNTS,
     .unit = "um2",
     .range = {0, 0, INFINITY},
     .help =
         "Mapping of cell types, or sets, to what one cell takes up relative to the "
         "decay: the area of tissue that decays as much."},
    {.key = "tissue_edge",
     .kind = CYT_OPTION_CHOICE,
     .start = "closed",
     .choices = {"closed", "absorbing"},
     .help = "Whether the signal is held or lost at the edge of the tissue."},
    {.key = "view_edge",
     .kind = CYT_OPTION_CHOICES,
     .start = "closed",
     .choices = {"closed", "open"},
     .help =
         "Whether the field of view ends the tissue, or tissue goes on behind it; a "
         "list gives one signal for each."},
    {.key = "c_over_kd",
     .kind = CYT_OPTION_NUMBERS,
     .unit = "",
     .range = POSITIVE,
     .help = "c/Kd where the relative concentration is 1, a list is a scan; without it "
             "occupancy is that of the low-dose limit, proportional to c."},
    {.key = "cell_diameter_um",
     .kind = CYT_OPTION_NUMBER,
     .start = "10",
     .unit = "um",
     .range = POSITIVE,
     .help = "Length over which a cell feels a difference of occupancy."},
    {.key = "absolute",
     .kind = CYT_OPTION_ABSOLUTE,
     .help = "What makes concentrations absolute, in nM; all of it, or nothing."},
    {0},
};

const cyt_option cyt_absolute_keys[] = {
    {.key = "rate_per_s",
     .kind = CYT_OPTION_NUMBER,
     .required = 1,
     .unit = "1/s",
     .range = POSITIVE,
     .help = "Molecules that one unit of the ligand's values secretes in a second."},
    {.key = "decay_per_s",
     .kind = CYT_OPTION_NUMBER,
     .required = 1,
     .unit = "1/s",
     .range = POSITIVE,
     .help = "Decay rate of the ligand."},
    {.key = "thickness_um",
     .kind = CYT_OPTION_NUMBER,
     .required = 1,
     .unit = "um",
     .range = POSITIVE,
     .help = "Thickness of tissue that the cells of the section secrete into."},
    {.key = "kd_nM",
     .kind = CYT_OPTION_NUMBER,
     .required = 1,
     .unit = "nM",
     .range = POSITIVE,
     .help = "Dissociation constant of ligand and receptor."},
    {0},
};

const cyt_option cyt_expression_keys[] = {
    {.key = "layer",
     .kind = CYT_OPTION_NAME,
     .start = "X",
     .help = "Layer of the file that holds the values, raw for its raw matrix; X when "
             "left out."},
    {.key = "transform",
     .kind = CYT_OPTION_CHOICE,
     .required = 1,
     .choices = {"counts", "per_total", "log1p"},
     .help = "What the stored values are; declared, never guessed."},
    {0},
};

const cyt_option cyt_crosstalk_keys[] = {
    {.key = "blocked",
     .kind = CYT_OPTION_NAME,
     .required = 1,
     .help = "Signal whose receptor is blocked."},
    {.key = "released",
     .kind = CYT_OPTION_NAME,
     .required = 1,
     .help = "Signal whose receptor it holds back."},
    {.key = "fraction",
     .kind = CYT_OPTION_NUMBER,
     .required = 1,
     .range = {0, 1, 1},
     .help =
         "Part of the released signal's drift, its slope times its occupancy, that is "
         "added when the other is blocked in full."},
    {.key = "citation",
     .kind = CYT_OPTION_NAME,
     .required = 1,
     .help = "Where that is known from; goes into the results."},
    {0},
};

const char *cyt_range_text(const cyt_option *row, char text[CYT_RANGE_SIZE])
{
    const cyt_range range = row->range;
    char low[CYT_NUMBER_SIZE], high[CYT_NUMBER_SIZE];
    const int bounded = range.high < INFINITY, has_unit = row->unit && *row->unit;
    snprintf(text, CYT_RANGE_SIZE, "%s %s%s%s%s%s",
             range.above ? "greater than" : "at least", cyt_number_text(range.low, low),
             bounded ? " and at most " : "",
             bounded ? cyt_number_text(range.high, high) : "", has_unit ? " " : "",
             has_unit ? row->unit : "");
    return text;
}

const char *cyt_choices_text(const cyt_option *row, char text[CYT_RANGE_SIZE])
{
    size_t n = 0, at = 0;
    while (row->choices[n])
        n++;
    text[0] = '\0';
    for (size_t i = 0; i < n && at < CYT_RANGE_SIZE; i++)
        at += (size_t)snprintf(text + at, CYT_RANGE_SIZE - at, "%s%s",
                               i == 0      ? ""
                               : i + 1 < n ? ", "
                                           : " or ",
                               row->choices[i]);
    return text;
}

const cyt_option *cyt_option_next(const cyt_option *row)
{
    row++;
    return !row->section && !row->key && row->next ? row->next : row;
}

const cyt_option *cyt_option_of(const char *section, const char *key)
{
    const cyt_option *row = cyt_options;
    while (row->section && (!row->key || strcmp(row->section, section) != 0 ||
                            strcmp(row->key, key) != 0))
        row = cyt_option_next(row);
    return row;
}
