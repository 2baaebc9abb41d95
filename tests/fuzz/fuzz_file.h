/**
 * @file fuzz_file.h
 * @brief Bytes as a file that readers can open: in memory, without a name to leave
 * behind.
 */
#ifndef CYT_FUZZ_FILE_H
#define CYT_FUZZ_FILE_H

#include "fuzz.h"

#include <unistd.h>

typedef struct fuzz_file {
    int fd;        /**< 0: not made yet */
    char path[64]; /**< to open, as often as wanted */
} fuzz_file;

static inline void fuzz_file_make(fuzz_file *file)
{
    char memory[] = "/dev/shm/cytotaxis-fuzz.XXXXXX", disk[] = "/tmp/fuzz.XXXXXX";
    char *name = memory;
    file->fd = mkstemp(name);
    if (file->fd < 0)
        file->fd = mkstemp(name = disk);
    MUST(file->fd > 0 && unlink(name) == 0);
    snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", file->fd);
}

/** Let the file hold these bytes and no others. */
static inline const char *fuzz_file_hold(fuzz_file *file, const void *bytes, size_t n)
{
    if (file->fd == 0)
        fuzz_file_make(file);
    MUST(ftruncate(file->fd, 0) == 0);
    MUST(pwrite(file->fd, bytes, n, 0) == (ssize_t)n);
    return file->path;
}

#endif
