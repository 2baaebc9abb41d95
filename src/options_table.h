/**
 * @file options_table.h
 * @brief The rows that drive parsing and --help: one for each option, one for each
 * verb.
 */
#ifndef CYT_OPTIONS_TABLE_H
#define CYT_OPTIONS_TABLE_H

#include "options.h"

enum {
    RUN = 1,
    CHECK = 2,
    SYNTH = 4,
    ANY = 8,
    INSPECT = 16,
    RENDER = 32,
    PRESETS = 64,
    REPORT = 128,
    DIFF = 256,
    COHORT = 512,
    DOCTOR = 1024,
    PLAN = 2048
}; /* verbs an option belongs to */

typedef struct option_row {
    int key; /* what getopt returns; a letter where there is a short form */
    const char *name;
    const char *argument; /* NULL: none */
    int verbs;
    const char *help;
} option_row;

enum {
    KEY_CONFIG = 256,
    KEY_SET,
    KEY_ONLY,
    KEY_GROUPS,
    KEY_OVERWRITE,
    KEY_RESUME,
    KEY_TIME_LIMIT,
    KEY_ON_ERROR,
    KEY_NO_REPORT,
    KEY_TRACE,
    KEY_VERIFY,
    KEY_IO_HINT,
    KEY_SLIDES,
    KEY_PATIENTS,
    KEY_CELLS,
    KEY_SEED,
    KEY_FORMAT,
    KEY_PLAN_FIRST,
    KEY_RANKS = KEY_PLAN_FIRST,
    KEY_MEASURED,
    KEY_MEMORY,
    KEY_PLAN_LAST = KEY_MEMORY,
    KEY_RENDER_FIRST,
    KEY_SLIDE = KEY_RENDER_FIRST,
    KEY_FIELD,
    KEY_LIST,
    KEY_PNG,
    KEY_WIDTH,
    KEY_RANGE,
    KEY_LOG,
    KEY_DOTS,
    KEY_ARROWS,
    KEY_RENDER_LAST = KEY_ARROWS,
    KEY_TOLERANCE,
    KEY_HELP_CONFIG,
    KEY_SCHEMA,
    KEY_VERSION,
};

typedef struct verb_row {
    verb verb;
    int bit;
    const char *name, *usage, *help;
} verb_row;

enum { N_ROWS = 37, N_VERBS = 11 };

extern const option_row option_rows[N_ROWS];
extern const verb_row verb_rows[N_VERBS];

#endif
