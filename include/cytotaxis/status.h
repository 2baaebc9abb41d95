/**
 * @file status.h
 * @brief What went wrong, where, and on which rank: a value small enough to send.
 *
 * Every fallible function returns a cyt_code and fills the cyt_error its caller passed
 * as last argument. Nothing in the library prints, exits or aborts; the program's main
 * prints the sentence and turns the code into an exit status.
 */
#ifndef CYT_STATUS_H
#define CYT_STATUS_H

#include <stddef.h>

#define CYT_NODISCARD          __attribute__((warn_unused_result))
#define CYT_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

typedef enum cyt_code {
    CYT_OK = 0,
    CYT_ERR_PARTIAL,     /**< finished, but some slides failed */
    CYT_ERR_DIFFERENT,   /**< what was compared is not the same */
    CYT_ERR_USAGE,       /**< the command line, or a caller's argument, is wrong */
    CYT_ERR_DATA,        /**< a file was read, and its content is wrong */
    CYT_ERR_NO_INPUT,    /**< a file that was named does not exist or cannot be read */
    CYT_ERR_ENVIRONMENT, /**< launcher, library or filter unusable */
    CYT_ERR_INTERNAL,    /**< a bug of ours, or a solver that did not converge */
    CYT_ERR_MEMORY,      /**< an allocation failed */
    CYT_ERR_CREATE,      /**< an output could not be created */
    CYT_ERR_IO,     /**< reading or writing failed half-way: disk full, truncated */
    CYT_ERR_CONFIG, /**< samplesheet or config is wrong */
    CYT_STOP_TIME,  /**< stopped in time; run again with --resume (stop.h) */
    CYT_STOP_USR1,  /**< stopped by SIGUSR1, likewise */
    CYT_STOP_TERM,  /**< stopped by SIGTERM, likewise */
    CYT_ERR_STUCK,  /**< stopped twice, with no slide or long step done between */
} cyt_code;

/** Plain data of fixed size, so that it can be broadcast as bytes. */
typedef struct cyt_error {
    cyt_code code;
    int rank;          /**< world rank that failed, -1 until cyt_agree() fills it */
    char where[64];    /**< function that failed */
    char subject[128]; /**< slide or file, empty if none */
    char text[640];    /**< one sentence, no trailing newline */
} cyt_error;

/** Fill @p err and return @p code. Keeps the first failure: a second call on a filled
 *  error changes nothing and returns the code already there. */
cyt_code cyt_fail(cyt_error *err, cyt_code code, const char *where, const char *subject,
                  const char *fmt, ...) CYT_PRINTF(5, 6);

#define CYT_FAIL(err, code, subject, ...)                                              \
    cyt_fail((err), (code), __func__, (subject), __VA_ARGS__)

/** The one control-flow macro of the code base. Needs a local `cyt_code code` and a
 *  label `done:` under which the function releases what it acquired. */
#define CYT_TRY(expr)                                                                  \
    do {                                                                               \
        if ((code = (expr)) != CYT_OK)                                                 \
            goto done;                                                                 \
    } while (0)

/** Exit status of the program for @p code, after sysexits.h. */
int cyt_exit_status(cyt_code code);

#endif
