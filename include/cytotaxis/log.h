/**
 * @file log.h
 * @brief Where lines for the user go: the library tells them, the program prints them.
 */
#ifndef CYT_LOG_H
#define CYT_LOG_H

#include "cytotaxis/status.h"

typedef enum cyt_log_level {
    CYT_LOG_ERROR,    /**< always told */
    CYT_LOG_WARNING,  /**< told, unless quiet */
    CYT_LOG_NOTE,     /**< told, unless quiet */
    CYT_LOG_PROGRESS, /**< the live line of a terminal; "" takes it away */
    CYT_LOG_SLIDE,    /**< a line per slide, where there is no live line */
    CYT_LOG_PHASE,    /**< a line per phase of a slide, with -v */
} cyt_log_level;

/** `{0}` is a log that hears nothing. */
typedef struct cyt_log {
    void (*hear)(void *context, cyt_log_level level, const char *line);
    void *context;
} cyt_log;

/** Tell one line, without newline, cut at 1 KiB. */
void cyt_log_tell(const cyt_log *log, cyt_log_level level, const char *fmt, ...)
    CYT_PRINTF(3, 4);

#endif
