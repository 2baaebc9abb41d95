// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/log.h"

#include "cytotaxis/text.h"

#include <stdarg.h>
#include <stdio.h>

void cyt_log_tell(const cyt_log *log, cyt_log_level level, const char *fmt, ...)
{
    if (!log->hear)
        return;
    char line[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    cyt_text_tame(line);
    log->hear(log->context, level, line);
}
