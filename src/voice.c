// SPDX-License-Identifier: BSD-3-Clause
#include "voice.h"

#include "cytotaxis/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void voice_guard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            /* the lowest free descriptor is this one; against the direction of use */
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* mpiexec gives its ranks a pipe and passes on what comes through it, so its own
 * standard error counts. On another host a daemon stands between: no terminal then. */
static int parent_on_terminal(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)getppid(), STDERR_FILENO);
    const int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    const int terminal = fd >= 0 && isatty(fd);
    if (fd >= 0)
        close(fd);
    return terminal;
}

int voice_on_terminal(void)
{
    const char *term = getenv("TERM");
    if (!term || strcmp(term, "dumb") == 0)
        return 0;
    return isatty(STDERR_FILENO) ||
           (getenv("OMPI_COMM_WORLD_SIZE") && parent_on_terminal());
}

static int is_told(const voice *v, cyt_log_level level)
{
    switch (level) {
    case CYT_LOG_ERROR:
        return 1;
    case CYT_LOG_WARNING:
    case CYT_LOG_NOTE:
        return v->verbosity >= 0;
    case CYT_LOG_PROGRESS:
        return v->live;
    case CYT_LOG_SLIDE:
        return v->verbosity >= 0 && !v->live;
    case CYT_LOG_PHASE:
        return v->verbosity > 0;
    }
    return 0;
}

void voice_hear(void *context, cyt_log_level level, const char *line)
{
    const voice *v = context;
    const char *back = v->live ? "\r\033[K" : ""; /* to the start of an empty line */
    if (!is_told(v, level))
        return;
    if (level == CYT_LOG_PROGRESS)
        fprintf(stderr, "%s%s", back, line);
    else
        fprintf(stderr, "%scytotaxis: %s%s\n", back,
                level == CYT_LOG_WARNING ? "warning: " : "", line);
}

void voice_complain(const cyt_error *err)
{
    fprintf(stderr, "cytotaxis: %s%s%s\n", err->subject, err->subject[0] ? ": " : "",
            err->text);
}

void voice_list(const cyt_problems *problems)
{
    for (size_t i = 0; i < problems->n; i++)
        fprintf(stderr, "cytotaxis: %s\n", problems->item[i].text);
}

void voice_say(const char *text)
{
    char line[4096];
    while (*text) { /* as much as fits, not cut within a letter */
        size_t n = strnlen(text, sizeof line - 1);
        while (text[n] && ((unsigned char)text[n] & 0xC0) == 0x80 && n > 1)
            n--;
        memcpy(line, text, n);
        line[n] = '\0';
        cyt_text_tame_lines(line);
        fputs(line, stdout);
        text += n;
    }
}

cyt_code voice_print(char *text, const cyt_error *err)
{
    if (!text)
        return err->code;
    voice_say(text);
    free(text);
    return CYT_OK;
}

cyt_code voice_flush(cyt_error *err)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_IO, NULL, "standard output cannot be written: %s",
                    errno ? strerror(errno) : "an earlier write failed");
}
