// SPDX-License-Identifier: BSD-3-Clause
#include "options_table.h"

#include <stddef.h>

const char program_purpose[] =
    "which signals hold which cells where, for cohorts of slides";
const char program_about[] =
    "Each verb has its own --help. Under mpiexec or srun all run on many ranks.";

const status_row status_rows[] = {
    {"0", "done"},
    {"1", "some slides failed, or results differ"},
    {"64", "usage"},
    {"65", "bad data"},
    {"66", "input missing"},
    {"69", "environment unusable"},
    {"70", "internal"},
    {"71", "out of memory"},
    {"73", "cannot create output"},
    {"74", "input or output failed"},
    {"75", "stopped at --time-limit, run again with --resume"},
    {"76", "stopped again with no slide finished in between, nor a long step of one"},
    {"78", "samplesheet or config wrong"},
    {"138, 143", "stopped by signal USR1, TERM, run again with --resume"},
    {NULL, NULL},
};

const option_row option_rows[N_ROWS] = {
    {'o', "out", "DIR", RUN | SYNTH,
     "folder for what is written; must be new or empty"},
    {'c', "config", "FILE", RUN | CHECK | PLAN, "YAML or JSON; see --help-config"},
    {KEY_SET, "set", "SECTION.KEY=VALUE", RUN | CHECK | PLAN,
     "override one config value"},
    {KEY_ONLY, "only", "SLIDE,...", RUN | CHECK,
     "only these samples of the sheet; without the cohort, which cytotaxis cohort "
     "makes "
     "when all are done"},
    {KEY_GROUPS, "groups", "N", RUN,
     "cut the ranks into N groups, each taking a slide at a time (default: groups of "
     "different sizes, as cytotaxis plan finds them)"},
    {KEY_ON_ERROR, "on-error", "skip|stop", RUN,
     "after a failed slide go on with the others (default), or stop"},
    {KEY_OVERWRITE, "overwrite", NULL, RUN, "write into a folder that is not empty"},
    {KEY_NO_REPORT, "no-report", NULL, RUN | COHORT,
     "write no report, tables and pictures; cytotaxis report DIR makes them later"},
    {KEY_TRACE, "trace", "FILE", RUN,
     "write when each rank did what, for the timeline of Perfetto or chrome://tracing; "
     "an old file is replaced"},
    {KEY_VERIFY, "verify", NULL, RUN,
     "read every result file back before it gets its name, and compare"},
    {KEY_IO_HINT, "io-hint", "KEY=VALUE", RUN,
     "a hint for MPI-IO, as striping_factor=8 or cb_nodes=4; may be given several "
     "times, and what the library does not know it passes over"},
    {KEY_RESUME, "resume", NULL, RUN,
     "keep the slides that DIR has already, made from the same input, config and "
     "program; do the others, but for long steps that an earlier run had done"},
    {KEY_TIME_LIMIT, "time-limit", "TIME", RUN,
     "stop at the next safe point after so long: 90m, 3h, 1.5d, or 5400 for seconds; "
     "likewise on the signals USR1 and TERM"},
    {KEY_SLIDES, "slides", "N", SYNTH, "slides to make (default 16)"},
    {KEY_PATIENTS, "patients", "N", SYNTH, "patients they belong to (default 8)"},
    {KEY_CELLS, "cells", "N", SYNTH, "cells per slide (default 5000)"},
    {KEY_SEED, "seed", "S", SYNTH, "seed of everything drawn (default 1)"},
    {KEY_FORMAT, "format", "csv|h5ad|both", SYNTH, "files to write (default both)"},
    {KEY_RANKS, "ranks", "N", PLAN, "ranks to plan for"},
    {KEY_MEASURED, "measured", "RUN.JSON,...", RUN | PLAN,
     "of a run of some of the slides, from which costs are fitted; of several runs "
     "when "
     "these were on different numbers of ranks (run without it: costs are as the bytes "
     "of the files)"},
    {KEY_MEMORY, "memory-per-rank", "BYTES", RUN | PLAN,
     "give each slide so many ranks that none needs more, in bytes or as 4G; takes "
     "--measured"},
    {KEY_SLIDE, "slide", "S", RENDER, "sample to draw"},
    {KEY_FIELD, "field", "F", RENDER,
     "raster to draw, as --list names it: signal/CXCL12/concentration; or cells: all "
     "cells as dots, a colour for each type"},
    {KEY_LIST, "list", NULL, RENDER, "list the rasters of the slide and draw nothing"},
    {KEY_PNG, "png", "FILE", RENDER,
     "picture to write; an old one is replaced (default "
     "OUT/pictures/S.F.png, with _ for the / of F)"},
    {KEY_WIDTH, "width", "N", RENDER,
     "pixels that the longer side of the map may have, 64 to 16384 (default 1200)"},
    {KEY_RANGE, "range", "LO HI", RENDER,
     "ends of the scale, two numbers (default: the 0.5% and 99.5% quantiles of the "
     "pixels drawn; of signed fields so that 0 is in the middle)"},
    {KEY_LOG, "log", NULL, RENDER,
     "logarithmic scale, by default of at most 4 decades below its upper end"},
    {KEY_DOTS, "cells", "TYPE,...", RENDER, "draw the cells of these types as dots"},
    {KEY_ARROWS, "arrows", NULL, RENDER,
     "draw arrows up the gradient of the same signal, their length as the square root "
     "of its size"},
    {KEY_TOLERANCE, "tolerance", "X", DIFF,
     "numbers count as the same when they differ by at most X times the largest number "
     "of their dataset (default 0)"},
    {'v', "verbose", NULL, RUN, "a line for each phase of a slide, no live line"},
    {'q', "quiet", NULL, RUN | CHECK | SYNTH | RENDER | REPORT | DIFF | COHORT,
     "say nothing but errors: no progress, no warnings, no findings"},
    {'h', "help", NULL,
     RUN | CHECK | SYNTH | INSPECT | RENDER | REPORT | DIFF | COHORT | PRESETS |
         DOCTOR | PLAN | ANY,
     "this text"},
    {KEY_HELP_CONFIG, "help-config", NULL, ANY, "all keys of the config file"},
    {KEY_SCHEMA, "schema", NULL, ANY, "the config file's JSON Schema"},
    {KEY_VERSION, "version", NULL, ANY, "version and libraries, in one line"},
    {KEY_MAN, "man", NULL, ANY, "the manual page, for man -l -"},
};

const verb_row verb_rows[N_VERBS] = {
    {VERB_RUN, RUN, "run", "SAMPLESHEET --out DIR [options]",
     "Read every slide of the samplesheet, compute, and write DIR/cohort.h5ad,\n"
     "DIR/slides/*.h5ad, DIR/slides/*.fields.h5, DIR/run.json and DIR/report.html with "
     "tables\n"
     "and pictures. Runs alone or under\n"
     "mpiexec or srun, with the same bytes in every .h5ad and .h5."},
    {VERB_CHECK, CHECK, "check", "SAMPLESHEET [options]",
     "Read the samplesheet, the config and the head of every file, and list "
     "everything\n"
     "that is wrong. Computes and writes nothing."},
    {VERB_COHORT, COHORT, "cohort", "OUT [options]",
     "Make OUT/cohort.h5ad again from the slides in OUT/slides, with the samplesheet "
     "and\nthe config that the run left in OUT/inputs; also after slides ran as "
     "separate jobs\n(run --only) into the same folder. The bytes are those of one "
     "run."},
    {VERB_SYNTH, SYNTH, "synth", "--out DIR [options]",
     "Make a cohort with known truth in real file formats: samplesheet.csv, "
     "config.yaml,\nslides/*, and truth.csv with what was planted."},
    {VERB_PLAN, PLAN, "plan", "SAMPLESHEET --ranks N --measured RUN.JSON [options]",
     "Tell how long the cohort would take on N ranks, how well it uses them, the "
     "memory\n"
     "of a rank, the size of the results, and how to submit it. Costs are fitted to "
     "slides\nthat were run before with the same config: cytotaxis run SAMPLESHEET "
     "--only S01,S02\n--out DIR, then --measured DIR/run.S01.json. With the same "
     "--measured, cytotaxis run\ndoes what is told here."},
    {VERB_INSPECT, INSPECT, "inspect", "FILE|DIR ...",
     "Say what a file or folder is: format and version, cells, features, columns,\n"
     "types with their counts, unit, traps; and the samplesheet row that would read\n"
     "it, with ? where only you know. One rank does it all, and holds the ids,\n"
     "positions and types of the whole slide (about 170 bytes a cell); no matrix is\n"
     "loaded."},
    {VERB_RENDER, RENDER, "render", "OUT --slide S --field F [options]",
     "Draw a raster of OUT/slides/S.fields.h5 as a PNG, with scale, colour bar, scale "
     "bar,\nand the edges of tissue and compartments where the file has them. Large "
     "rasters are\nreduced by block means (labels by majority), small ones enlarged. "
     "x runs to the right\nand y down: row 0 of the raster is at the top. Grey is "
     "where there is no value. One\nrank does it all, and holds some rows at a time."},
    {VERB_REPORT, REPORT, "report", "DIR",
     "Make DIR/report.html, DIR/tables and DIR/pictures/report again from the results\n"
     "in DIR. The page needs nothing from elsewhere; it is the same for any number of\n"
     "ranks, to which the slides are dealt for their maps."},
    {VERB_DIFF, DIFF, "diff", "DIR_A DIR_B [options]",
     "Are the results in two folders, or two files of results, the same? Compares "
     "what\n"
     "run.json says of them, then every .h5ad and .h5, dataset by dataset; names the\n"
     "first difference and the largest. Times, hosts, pages and pictures do not "
     "count.\n"
     "One rank does it all. Exit status 0: the same; 1: not."},
    {VERB_PRESETS, PRESETS, "presets", "",
     "List the ligand-receptor pairs that `preset: NAME` in a signal of the config "
     "file\nfills in, with their ranges and sources."},
    {VERB_DOCTOR, DOCTOR, "doctor", "[FOLDER]",
     "Try what a run needs: launcher, MPI, cores, FOLDER (default: the one you are "
     "in),\n"
     "file locks, HDF5 filters, a file written by all ranks, MPI-IO, the filter "
     "plugin.\n"
     "Each finding is fine, a doubt or BROKEN, and has its cure. Start it as you "
     "would\n"
     "start a run: mpiexec -n 8 cytotaxis doctor FOLDER. Status 0, or 69 when "
     "something\n"
     "is broken."},
};
