// SPDX-License-Identifier: BSD-3-Clause
/* The doctor looks at the folder for results, and at HDF5. */
#include "doctor_impl.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/probe.h"
#include "cytotaxis/versions.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/file.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

/* A file in the folder, called after a process of rank 0, so that two doctors in one
 * folder do not meet. */
static void name_trial(MPI_Comm comm, const char *folder, const char *ending,
                       char path[PATH_MAX])
{
    long process = (long)getpid();
    MPI_Bcast(&process, 1, MPI_LONG, 0, comm);
    snprintf(path, PATH_MAX, "%.3000s/.cytotaxis-doctor-%ld.%s", folder, process,
             ending);
}

/* --- folder ----------------------------------------------------------------------- */

static const struct {
    unsigned long magic; /* f_type of statfs(2) */
    const char *name;
} file_systems[] = {
    {0x6969, "NFS"},         {0x0BD00BD0, "Lustre"}, {0x47504653, "GPFS"},
    {0x19830326, "BeeGFS"},  {0x00C36400, "Ceph"},   {0x5346414F, "AFS"},
    {0x65735546, "FUSE"},    {0xFF534D42, "CIFS"},   {0xEF53, "ext"},
    {0x58465342, "XFS"},     {0x9123683E, "Btrfs"},  {0x01021994, "tmpfs"},
    {0x794C7630, "overlay"}, {0x2FC12FC1, "ZFS"},
};

static const char *file_system_of(const char *folder)
{
    struct statfs info;
    if (statfs(folder, &info) != 0)
        return "unknown";
    for (size_t i = 0; i < sizeof file_systems / sizeof *file_systems; i++)
        if ((unsigned long)info.f_type == file_systems[i].magic)
            return file_systems[i].name;
    return "another kind";
}

static double free_gb(const char *folder)
{
    struct statvfs info;
    if (statvfs(folder, &info) != 0)
        return 0;
    return (double)info.f_bavail * (double)info.f_frsize * 1e-9;
}

/* 0, or the errno of what failed. */
static int make_trial(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd < 0 || close(fd) != 0 ? errno : 0;
}

/* A network file system may show a new file to other hosts some seconds late: the
 * attributes of a folder are kept for up to 60 s (nfs(5), acdirmax). */
static int appears(const char *path)
{
    enum { WAIT_S = 60, LOOKS_PER_S = 10 };
    const struct timespec pause = {.tv_nsec = 1000000000L / LOOKS_PER_S};
    for (int i = 0; i < WAIT_S * LOOKS_PER_S; i++) {
        if (access(path, F_OK) == 0)
            return 1;
        nanosleep(&pause, NULL);
    }
    return 0;
}

static void look_for_trial(MPI_Comm comm, const char *folder, finding *f)
{
    char path[PATH_MAX];
    name_trial(comm, folder, "trial", path);
    const int first = cyt_comm_rank(comm) == 0;
    int trouble = first ? make_trial(path) : 0;
    MPI_Bcast(&trouble, 1, MPI_INT, 0, comm);
    if (trouble)
        find_ill(f, BROKEN, "name a folder you may write to: cytotaxis doctor FOLDER",
                 "no file can be made in %.300s: %s", folder, strerror(trouble));
    else if (!appears(path))
        find_ill(f, BROKEN,
                 "a folder of a file system that all hosts share, not /tmp or another "
                 "disk of each host's own",
                 "a file that rank 0 made in %.300s is not there for this rank",
                 folder);
    MPI_Barrier(comm);
    if (first && !trouble)
        unlink(path);
}

void look_folder(MPI_Comm comm, const cyt_doctor_params *params, finding *f)
{
    const char *kind = file_system_of(params->folder);
    const int n_hosts = count_hosts(comm);
    find_fine(f, "%.300s: %s, %.1f GB free, the same for all ranks", params->folder,
              kind, free_gb(params->folder));
    look_for_trial(comm, params->folder, f);
    if (n_hosts > 1 && strcmp(kind, "NFS") == 0)
        find_ill(f, DOUBT,
                 "a parallel file system (Lustre, GPFS, BeeGFS); or slides that stay "
                 "within a host (--groups)",
                 "%.300s is NFS, on which several hosts that write one file may lose "
                 "each other's bytes",
                 params->folder);
}

/* --- locks ------------------------------------------------------------------------ */

/* 0, or the errno of the lock that is refused: HDF5 1.10 and later use flock(2). */
static int try_lock(const char *path)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const int trouble = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return trouble;
}

static int locking_is_off(void)
{
    const char *setting = getenv("HDF5_USE_FILE_LOCKING");
    return setting && (strcmp(setting, "FALSE") == 0 || strcmp(setting, "0") == 0 ||
                       strcmp(setting, "BEST_EFFORT") == 0);
}

void look_locks(MPI_Comm comm, const cyt_doctor_params *params, finding *f)
{
    char path[PATH_MAX];
    name_trial(comm, params->folder, "lock", path);
    if (cyt_comm_rank(comm) != 0)
        return;
    const int trouble = try_lock(path);
    unlink(path);
    find_fine(f,
              trouble ? "not to be had (%s), and HDF5 is told not to ask" : "granted",
              strerror(trouble));
    if (trouble && !locking_is_off())
        find_ill(f, DOUBT,
                 "export HDF5_USE_FILE_LOCKING=FALSE; on Lustre, mount with -o flock",
                 "refused (%s): h5py and other programs will not open the results",
                 strerror(trouble));
}

/* --- HDF5 ------------------------------------------------------------------------- */

void look_filters(MPI_Comm comm, const cyt_doctor_params *params, finding *f)
{
    char version[CYT_VERSION_LENGTH];
    cyt_error err = {0};
    (void)comm;
    (void)params;
    cyt_hdf5_version(version);
    find_fine(f, "%s packs with zstd, deflate, shuffle", version);
    if (cyt_probe_filters(&err) != CYT_OK)
        find_ill(f, BROKEN,
                 "an HDF5 1.10 or newer that was built with zlib and --enable-parallel",
                 "%.400s", err.text);
}

void look_write(MPI_Comm comm, const cyt_doctor_params *params, finding *f)
{
    char path[PATH_MAX];
    cyt_error err = {0};
    name_trial(comm, params->folder, "h5", path);
    find_fine(f, "packed rows of every rank, read again and compared");
    if (cyt_probe_store(comm, path, &err) != CYT_OK)
        find_ill(
            f, BROKEN,
            "another folder (cytotaxis doctor FOLDER), with room and a file system "
            "for parallel writing",
            "rank %d: %.400s", err.rank, err.text);
}

/* --- plugin ----------------------------------------------------------------------- */

#define PLUGIN "libh5cytotaxis_zstd.so"

/* Is the plugin in one of the folders of a list with colons? */
static int is_in_path(const char *list)
{
    char file[PATH_MAX];
    for (const char *at = list; *at; at += *at == ':') {
        const size_t n = strcspn(at, ":");
        snprintf(file, sizeof file, "%.*s/" PLUGIN, n < 3000 ? (int)n : 3000, at);
        if (access(file, R_OK) == 0)
            return 1;
        at += n;
    }
    return 0;
}

/* Where it was built or installed, relative to the program; empty if at neither. */
static void find_plugin(char folder[PATH_MAX])
{
    static const char *const places[] = {"../" CYT_LIBDIR "/cytotaxis/plugins",
                                         "../plugins"};
    char program[PATH_MAX] = "", file[PATH_MAX + 64], place[2 * PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash = n > 0 ? strrchr(program, '/') : NULL;
    folder[0] = '\0';
    if (!slash)
        return;
    *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(place, sizeof place, "%s/%s", program, places[i]);
        if (!realpath(place, folder))
            continue;
        snprintf(file, sizeof file, "%s/" PLUGIN, folder);
        if (access(file, R_OK) == 0)
            return;
    }
    folder[0] = '\0';
}

void look_plugin(MPI_Comm comm, const cyt_doctor_params *params, finding *f)
{
    const char *list = getenv("HDF5_PLUGIN_PATH");
    char folder[PATH_MAX], cure[FINDING_LENGTH];
    (void)comm;
    (void)params;
    find_fine(f, "HDF5_PLUGIN_PATH leads to the zstd filter for h5py, h5dump and R");
    if (list && is_in_path(list))
        return;
    find_plugin(folder);
    const char *others = list && *list ? ":$HDF5_PLUGIN_PATH" : "";
    if (*folder)
        snprintf(cure, sizeof cure, "export HDF5_PLUGIN_PATH=%.400s%s", folder, others);
    else
        snprintf(cure, sizeof cure,
                 "cmake --install, then export HDF5_PLUGIN_PATH=PREFIX/" CYT_LIBDIR
                 "/cytotaxis/plugins%s",
                 others);
    find_ill(f, DOUBT, cure,
             "HDF5_PLUGIN_PATH does not lead to " PLUGIN
             ": this program needs none, but h5py, h5dump and R cannot read its maps "
             "without");
}
