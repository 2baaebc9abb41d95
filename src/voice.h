/**
 * @file voice.h
 * @brief What the program says: lines for people, one live line, errors, the last word.
 *
 *     standard output   what was asked for: help, version, findings
 *     standard error    everything else, each line after "cytotaxis: "
 *
 * On a terminal one live line shows how far the run is; in a job log it would be
 * garbage, so there a line per slide is written instead.
 */
#ifndef CYT_VOICE_H
#define CYT_VOICE_H

#include "cytotaxis/log.h"
#include "cytotaxis/problems.h"
#include "cytotaxis/status.h"

typedef struct voice {
    int verbosity; /**< -1 quiet, 0, 1 verbose */
    int live;      /**< standard error ends on a terminal: one live line */
} voice;

/** Make descriptors 0 to 2 mean something, so that no result file gets one of them when
 *  the caller closed it; writing to one that was closed still fails. */
void voice_guard_streams(void);

/** Does standard error end on a terminal, perhaps through mpiexec? */
int voice_on_terminal(void);

/** The hear() of a cyt_log; @p context is a voice. */
void voice_hear(void *context, cyt_log_level level, const char *line);

/** One line for an error; one for each problem. */
void voice_complain(const cyt_error *err);
void voice_list(const cyt_problems *problems);

/** Print a text on standard output, tame (text.h): it may hold names from anywhere. */
void voice_say(const char *text);

/** The same, and release it. NULL: return what @p err says. */
cyt_code voice_print(char *text, const cyt_error *err);

/** Write out what standard output still holds. @return CYT_OK or CYT_ERR_IO */
CYT_NODISCARD cyt_code voice_flush(cyt_error *err);

#endif
