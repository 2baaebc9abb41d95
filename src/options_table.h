/**
 * @file options_table.h
 * @brief The rows that drive parsing, --help and the manual page: one for each option,
 * one for each verb, one for each exit status.
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
    KEY_SET = 256,
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
    KEY_MAN,
};

typedef struct verb_row {
    verb verb;
    int bit;
    const char *name, *usage, *help;
} verb_row;

enum { N_ROWS = 38, N_VERBS = 11 };

typedef struct status_row {
    const char *status, *help; /* NULL ends the rows */
} status_row;

/* What --help and the manual page say of the whole. */
extern const char program_purpose[], program_about[];

extern const status_row status_rows[];
extern const option_row option_rows[N_ROWS];
extern const verb_row verb_rows[N_VERBS];

#endif
