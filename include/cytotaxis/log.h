/**
 * @file log.h
 * @brief Where lines for the user go: the library tells them, the program prints them.
 */
#ifndef CYT_LOG_H
#define CYT_LOG_H

#include "cytotaxis/status.h"

typedef enum cyt_log_level {
    CYT_LOG_WARNING,  /**< always told, unless quiet */
    CYT_LOG_PROGRESS, /**< one live line on a terminal, lines in a job log */
    CYT_LOG_PHASE,    /**< a line per slide */
    CYT_LOG_DETAIL,   /**< with -v */
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
