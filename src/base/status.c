// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/status.h"

#include "cytotaxis/text.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Of a subject that is too long the end is kept: of a path that is the file. */
static void keep_end(char *to, size_t size, const char *subject)
{
    const size_t length = strlen(subject);
    if (length < size)
        memcpy(to, subject, length + 1);
    else
        snprintf(to, size, "...%s", subject + length - (size - sizeof "..."));
}

cyt_code cyt_fail(cyt_error *err, cyt_code code, const char *where, const char *subject,
                  const char *fmt, ...)
{
    if (err->code != CYT_OK)
        return err->code;

    err->code = code;
    err->rank = -1;
    snprintf(err->where, sizeof err->where, "%s", where);
    keep_end(err->subject, sizeof err->subject, subject ? subject : "");

    va_list args;
    va_start(args, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    cyt_text_tame(err->subject);
    cyt_text_tame(err->text);
    return code;
}

int cyt_exit_status(cyt_code code)
{
    switch (code) {
    case CYT_OK:
        return 0;
    case CYT_ERR_PARTIAL:
    case CYT_ERR_DIFFERENT:
        return 1;
    case CYT_ERR_USAGE:
        return 64;
    case CYT_ERR_DATA:
        return 65;
    case CYT_ERR_NO_INPUT:
        return 66;
    case CYT_ERR_ENVIRONMENT:
        return 69;
    case CYT_ERR_INTERNAL:
        return 70;
    case CYT_ERR_MEMORY:
        return 71;
    case CYT_ERR_CREATE:
        return 73;
    case CYT_ERR_IO:
        return 74;
    case CYT_ERR_CONFIG:
        return 78;
    case CYT_STOP_TIME:
        return 75;
    case CYT_STOP_USR1:
        return 128 + SIGUSR1;
    case CYT_STOP_TERM:
        return 128 + SIGTERM;
    case CYT_ERR_STUCK:
        return 76;
    }
    return 70;
}
