/**
 * @file options.h
 * @brief The command line: one table of options, and of the verbs they belong to,
 * drives parsing, --help and the manual page.
 */
#ifndef CYT_OPTIONS_H
#define CYT_OPTIONS_H

#include "cytotaxis/status.h"
#include "cytotaxis/store_settings.h"

#include <stddef.h>
#include <stdint.h>

typedef enum verb {
    VERB_NONE,
    VERB_RUN,
    VERB_CHECK,
    VERB_COHORT,
    VERB_SYNTH,
    VERB_INSPECT,
    VERB_RENDER,
    VERB_REPORT,
    VERB_DIFF,
    VERB_PRESETS,
    VERB_DOCTOR,
    VERB_PLAN,
} verb;

enum { MOST_SETS = 64 };

/** Strings point into argv. */
typedef struct options {
    verb verb;
    int help, help_config, schema, version, man;
    int verbosity; /**< -1 quiet, 0, 1 verbose */
    const char *samplesheet, *config, *out;
    size_t n_paths; /**< inspect, diff */
    char **paths;
    const char *only; /**< comma-separated samples */
    size_t n_sets;
    const char *sets[MOST_SETS]; /**< section.key=value */
    size_t groups;               /**< 0: as planned */
    int overwrite, resume, stop_on_error, no_report;
    double time_limit_s; /**< 0: none */
    const char *trace;   /**< file for a timeline, NULL */
    cyt_store_settings io;
    size_t slides, patients; /**< synth; 0: its default */
    uint64_t cells, seed;
    const char *format;                               /**< synth: csv, h5ad or both */
    const char *folder;                               /**< doctor */
    const char *results, *slide, *field, *png, *dots; /**< render; results: cohort
                                                         too; dots: cell types */
    size_t width;                                     /**< 0: its default */
    int has_range;
    double range[2];
    int list, log_scale, arrows;
    double tolerance;       /**< diff */
    size_t ranks;           /**< plan */
    const char *measured;   /**< run, plan: run.json, several with commas */
    double memory_per_rank; /**< run, plan: bytes; 0: any */
} options;

/** @return CYT_OK or CYT_ERR_USAGE with a sentence that names the remedy */
CYT_NODISCARD cyt_code options_parse(int argc, char **argv, options *opt,
                                     cyt_error *err);

/** Is the program itself asked about, which needs no MPI? */
int options_is_question(const options *opt);

/** Help of a verb (VERB_NONE: of the program); free(). NULL: CYT_ERR_MEMORY. */
char *options_help(verb which, cyt_error *err);

/** The manual page of the program for man(7), of all verbs; free(). NULL:
 *  CYT_ERR_MEMORY. */
char *options_man(cyt_error *err);

#endif
