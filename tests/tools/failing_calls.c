// SPDX-License-Identifier: BSD-3-Clause
/* Put before a program with LD_PRELOAD: counts its allocations, or its writes into one
 * folder, and makes the n-th of them fail, once. The program is the one that users run;
 * nothing is compiled into it.
 *
 *     CYT_FAIL_KIND    alloc | write
 *     CYT_FAIL_AT      n, from 1; 0: only count
 *     CYT_FAIL_RANK    the rank that it happens to (default 0)
 *     CYT_FAIL_UNDER   write: the folder
 *     CYT_FAIL_LIST    file to which each call is told: a hash of the functions of the
 *                      program that led to it, and who asked
 *
 * An allocation counts when the program itself asks for it, or one of the libraries
 * below. Those that end the process when they have no memory (MPI, FFTW) are not ours
 * to mend, and are left out. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

enum { MOST_RANGES = 64, MOST_FRAMES = 48, PATH_SIZE = 4096 };

typedef struct range {
    uintptr_t from, to;
    char name[24];
} range;

static const char *const counted[] = {"libhdf5", "libgsl", "libjansson", "libfyaml",
                                      "libpng",  "libz.",  "libzstd"};

static range ranges[MOST_RANGES]; /* the program is the first */
static int n_ranges;
static range libc_range;
static uintptr_t base;
static int counts_alloc, counts_write, list_fd = -1, is_ready;
static long fail_at, n_calls;
static const char *under;
static __thread int busy; /* asking for frames allocates too */
static pid_t main_thread;

static void add_range(const struct dl_phdr_info *info, const char *name)
{
    uintptr_t from = UINTPTR_MAX, to = 0;
    for (int k = 0; k < info->dlpi_phnum; k++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[k];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
            continue;
        const uintptr_t begin = info->dlpi_addr + part->p_vaddr;
        from = begin < from ? begin : from;
        to = begin + part->p_memsz > to ? begin + part->p_memsz : to;
    }
    range *out = strcmp(name, "libc") == 0 ? &libc_range : &ranges[n_ranges++];
    out->from = from;
    out->to = to;
    snprintf(out->name, sizeof out->name, "%s", name);
}

static int see_object(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size, (void)data;
    const char *slash = strrchr(info->dlpi_name, '/');
    const char *name = slash ? slash + 1 : info->dlpi_name;
    if (n_ranges == 0) {
        base = info->dlpi_addr;
        add_range(info, "program");
    }
    if (strncmp(name, "libc.so", 7) == 0)
        add_range(info, "libc");
    for (size_t k = 0; k < sizeof counted / sizeof *counted; k++)
        if (n_ranges < MOST_RANGES &&
            strncmp(name, counted[k], strlen(counted[k])) == 0)
            add_range(info, counted[k]);
    return 0;
}

static const range *range_of(const void *address)
{
    const uintptr_t at = (uintptr_t)address;
    for (int k = 0; k < n_ranges; k++)
        if (at >= ranges[k].from && at < ranges[k].to)
            return &ranges[k];
    return NULL;
}

static int in_libc(const void *address)
{
    return (uintptr_t)address >= libc_range.from && (uintptr_t)address < libc_range.to;
}

/* Who called, behind functions of libc like fopen(). */
static const range *asker(const void *caller)
{
    if (!in_libc(caller))
        return range_of(caller);
    void *frames[12];
    const int n = backtrace(frames, 12);
    for (int k = 3; k < n; k++)
        if (!in_libc(frames[k]))
            return range_of(frames[k]);
    return NULL;
}

static void tell(const char *what)
{
    void *frames[MOST_FRAMES];
    const int n = backtrace(frames, MOST_FRAMES);
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (int k = 0; k < n; k++)
        if (range_of(frames[k]) == &ranges[0])
            hash = (hash ^ ((uintptr_t)frames[k] - base)) * 1099511628211u;
    dprintf(list_fd, "%016llx %s\n", (unsigned long long)hash, what);
}

/* Is this the call that fails? */
static int strikes(const char *what)
{
    n_calls++;
    if (list_fd >= 0)
        tell(what);
    return n_calls == fail_at;
}

static int alloc_strikes(const void *caller)
{
    if (!is_ready || !counts_alloc || busy || gettid() != main_thread)
        return 0;
    busy = 1;
    const range *who = asker(caller);
    const int now = who && strikes(who->name);
    busy = 0;
    if (now)
        errno = ENOMEM;
    return now;
}

void *malloc(size_t n)
{
    return alloc_strikes(__builtin_return_address(0)) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return alloc_strikes(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return alloc_strikes(__builtin_return_address(0)) ? NULL : __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    return alloc_strikes(__builtin_return_address(0)) ? NULL
                                                      : __libc_memalign(align, n);
}

static int is_under(const char *path)
{
    return under && strncmp(path, under, strlen(under)) == 0;
}

static int write_strikes(int fd, const char *what)
{
    if (!is_ready || !counts_write || busy || fd < 0)
        return 0;
    char link[64], path[PATH_SIZE];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0)
        return 0;
    path[n] = '\0';
    if (!is_under(path))
        return 0;
    busy = 1;
    const int now = strikes(what);
    busy = 0;
    if (now)
        errno = EIO;
    return now;
}

#define REAL(name)                                                                     \
    static __typeof__(&name) real;                                                     \
    if (!real) {                                                                       \
        void *found = dlsym(RTLD_NEXT, #name);                                         \
        memcpy(&real, &found, sizeof real);                                            \
    }

ssize_t write(int fd, const void *data, size_t n)
{
    REAL(write)
    return write_strikes(fd, "write") ? -1 : real(fd, data, n);
}

ssize_t writev(int fd, const struct iovec *parts, int n)
{
    REAL(writev)
    return write_strikes(fd, "writev") ? -1 : real(fd, parts, n);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    REAL(pwrite)
    return write_strikes(fd, "pwrite") ? -1 : real(fd, data, n, at);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
    REAL(pwrite64)
    return write_strikes(fd, "pwrite") ? -1 : real(fd, data, n, at);
}

ssize_t pwritev(int fd, const struct iovec *parts, int n, off_t at)
{
    REAL(pwritev)
    return write_strikes(fd, "pwritev") ? -1 : real(fd, parts, n, at);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int n, off64_t at)
{
    REAL(pwritev64)
    return write_strikes(fd, "pwritev") ? -1 : real(fd, parts, n, at);
}

int ftruncate(int fd, off_t n)
{
    REAL(ftruncate)
    return write_strikes(fd, "ftruncate") ? -1 : real(fd, n);
}

int ftruncate64(int fd, off64_t n)
{
    REAL(ftruncate64)
    return write_strikes(fd, "ftruncate") ? -1 : real(fd, n);
}

int fallocate(int fd, int mode, off_t at, off_t n)
{
    REAL(fallocate)
    return write_strikes(fd, "fallocate") ? -1 : real(fd, mode, at, n);
}

int fallocate64(int fd, int mode, off64_t at, off64_t n)
{
    REAL(fallocate64)
    return write_strikes(fd, "fallocate") ? -1 : real(fd, mode, at, n);
}

int fsync(int fd)
{
    REAL(fsync)
    return write_strikes(fd, "fsync") ? -1 : real(fd);
}

/* Small texts reach the disk here, and libc writes them without asking write(). */
int fclose(FILE *file)
{
    REAL(fclose)
    const int fails =
        file && __fwritable(file) && write_strikes(fileno(file), "fclose");
    const int code = real(file);
    if (fails)
        errno = EIO;
    return fails ? EOF : code;
}

int fflush(FILE *file)
{
    REAL(fflush)
    if (file && __fwritable(file) && write_strikes(fileno(file), "fflush"))
        return EOF;
    return real(file);
}

int rename(const char *from, const char *to)
{
    REAL(rename)
    if (is_ready && counts_write && is_under(to) && strikes("rename")) {
        errno = EIO;
        return -1;
    }
    return real(from, to);
}

static int this_rank(void)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    return rank ? atoi(rank) : 0;
}

__attribute__((constructor)) static void prepare(void)
{
    const char *kind = getenv("CYT_FAIL_KIND"), *at = getenv("CYT_FAIL_AT");
    const char *rank = getenv("CYT_FAIL_RANK"), *list = getenv("CYT_FAIL_LIST");
    unsetenv("LD_PRELOAD"); /* not for what the program starts */
    if (!kind || this_rank() != (rank ? atoi(rank) : 0))
        return;
    counts_alloc = strcmp(kind, "alloc") == 0;
    counts_write = strcmp(kind, "write") == 0;
    under = getenv("CYT_FAIL_UNDER");
    fail_at = at ? atol(at) : 0;
    if (list)
        list_fd = open(list, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    void *frames[4];
    (void)backtrace(frames, 4); /* the first time it loads its library */
    (void)dl_iterate_phdr(see_object, NULL);
    main_thread = gettid();
    is_ready = 1;
}
