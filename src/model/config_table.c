// SPDX-License-Identifier: BSD-3-Clause
#include "config_table.h"

#include "cytotaxis/csv_record.h"
#include "cytotaxis/strbuf.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FIELD(name) offsetof(cyt_config, name)
#define POSITIVE                                                                       \
    {                                                                                  \
        0, 1, INFINITY                                                                 \
    }

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
    {.section = "cohort",
     .key = "contrasts",
     .kind = CYT_OPTION_CONTRASTS,
     .start = "[]",
     .help = "Pairs of values of the samplesheet's column `condition` to compare."},
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
    {0},
};

const cyt_option cyt_signal_keys[] = {
    {.key = "name",
     .kind = CYT_OPTION_NAME,
     .required = 1,
     .help =
         "Name of the signal in the results; several ranges append \"@<range>um\"."},
    {.key = "ligand",
     .kind = CYT_OPTION_LIGAND,
     .required = 1,
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
    {.key = "lambda_um",
     .kind = CYT_OPTION_NUMBERS,
     .required = 1,
     .unit = "um",
     .range = POSITIVE,
     .help = "Range of the signal; a list gives one signal for each value."},
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

const cyt_option cyt_contrast_keys[] = {
    {.key = "a",
     .kind = CYT_OPTION_NAME,
     .required = 1,
     .help = "First value of `condition`."},
    {.key = "b",
     .kind = CYT_OPTION_NAME,
     .required = 1,
     .help = "Second value of `condition`."},
    {0},
};

const char *cyt_number_text(double value, char text[CYT_NUMBER_SIZE])
{
    for (int digits = 6; digits <= 17; digits++) {
        double back;
        snprintf(text, CYT_NUMBER_SIZE, "%.*g", digits, value);
        char *comma = strchr(text, ','); /* of some locales */
        if (comma)
            *comma = '.';
        if (cyt_parse_f64(text, strlen(text), &back) == CYT_NUMBER_FINITE &&
            back == value)
            break;
    }
    return text;
}

const char *cyt_range_text(const cyt_option *row, char text[CYT_RANGE_SIZE])
{
    const cyt_range range = row->range;
    char low[CYT_NUMBER_SIZE], high[CYT_NUMBER_SIZE];
    const int bounded = range.high < INFINITY;
    snprintf(text, CYT_RANGE_SIZE, "%s %s%s%s%s%s",
             range.above ? "greater than" : "at least", cyt_number_text(range.low, low),
             bounded ? " and at most " : "",
             bounded ? cyt_number_text(range.high, high) : "", row->unit ? " " : "",
             row->unit ? row->unit : "");
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
