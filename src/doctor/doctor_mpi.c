// SPDX-License-Identifier: BSD-3-Clause
/* The doctor looks at ranks: launcher, messages, cores, processors. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "doctor_impl.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/versions.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int count_hosts(MPI_Comm comm)
{
    MPI_Comm host;
    MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
    const uint64_t n = cyt_sum_u64(comm, cyt_comm_rank(host) == 0);
    MPI_Comm_free(&host);
    return (int)n;
}

/* --- launcher --------------------------------------------------------------------- */

static const char *launcher(void)
{
    if (getenv("OMPI_COMM_WORLD_SIZE"))
        return "by mpiexec";
    return getenv("SLURM_STEP_ID") && getenv("PMIX_RANK") ? "by srun"
                                                          : "without a launcher";
}

void look_launcher(MPI_Comm comm, const cyt_doctor_params *params, finding *f)
{
    const int size = cyt_comm_size(comm), n_hosts = count_hosts(comm);
    find_fine(f, "%d rank%s on %d host%s, started %s", size, size == 1 ? "" : "s",
              n_hosts, n_hosts == 1 ? "" : "s", launcher());
    if (params->n_tasks > 1 && size == 1)
        find_ill(f, BROKEN,
                 "srun --mpi=pmix (srun --mpi=list says whether it is there), or the "
                 "mpiexec of the Open MPI this program is linked with",
                 "%ld tasks were started, and each sees only itself: MPI was not "
                 "connected",
                 params->n_tasks);
}

/* --- MPI -------------------------------------------------------------------------- */

/* Does each rank have the text that rank 0 has? */
static int same_as_first(MPI_Comm comm, const char *mine, char *first, int size)
{
    snprintf(first, (size_t)size, "%s", mine);
    MPI_Bcast(first, size, MPI_CHAR, 0, comm);
    return strncmp(first, mine, (size_t)size - 1) == 0;
}

/* Each rank sends a block of its own bytes to the next one. */
static int ring_is_whole(MPI_Comm comm, unsigned char *out, unsigned char *in,
                         int n_bytes)
{
    const int rank = cyt_comm_rank(comm), size = cyt_comm_size(comm);
    const int before = (rank + size - 1) % size;
    for (int i = 0; i < n_bytes; i++)
        out[i] = (unsigned char)(i + rank);
    memset(in, 0, (size_t)n_bytes);
    MPI_Sendrecv(out, n_bytes, MPI_UNSIGNED_CHAR, (rank + 1) % size, 0, in, n_bytes,
                 MPI_UNSIGNED_CHAR, before, 0, comm, MPI_STATUS_IGNORE);
    for (int i = 0; i < n_bytes; i++)
        if (in[i] != (unsigned char)(i + before))
            return 0;
    return 1;
}

void look_mpi(MPI_Comm comm, const cyt_doctor_params *params, finding *f)
{
    enum { BLOCK = 256 * 1024 }; /* more than transports send eagerly */
    unsigned char out[BLOCK], in[BLOCK];
    char mine[CYT_VERSION_LENGTH], first[CYT_VERSION_LENGTH];
    (void)params;
    cyt_mpi_version(mine);
    const int same = same_as_first(comm, mine, first, CYT_VERSION_LENGTH);
    find_fine(f, "%s; blocks of %d KiB went round all ranks and arrived whole", mine,
              BLOCK / 1024);
    if (!same)
        find_ill(f, BROKEN, "the same modules, or container, on all hosts",
                 "its MPI is %s, that of rank 0 is %s", mine, first);
    if (!ring_is_whole(comm, out, in, BLOCK))
        find_ill(f, BROKEN,
                 "OMPI_MCA_btl_vader_single_copy_mechanism=none (in containers), or "
                 "OMPI_MCA_btl=tcp,self to leave out fast transports",
                 "a message arrived with other bytes than were sent");
}

/* --- cores ------------------------------------------------------------------------ */

/* CPUs that the ranks of one host may use, together; 0 when one cannot be told its own.
 * Linux refuses a set with room for fewer CPUs than it was built for, so there is room
 * for more than there are. */
static int cpus_of(MPI_Comm host)
{
    enum { MOST_CPUS = 1 << 16 };
    cpu_set_t mine[MOST_CPUS / CPU_SETSIZE];
    CPU_ZERO_S(sizeof mine, mine);
    if (cyt_any(host, sched_getaffinity(0, sizeof mine, mine) != 0))
        return 0;
    MPI_Allreduce(MPI_IN_PLACE, mine, (int)sizeof mine, MPI_BYTE, MPI_BOR, host);
    return CPU_COUNT_S(sizeof mine, mine);
}

void look_cores(MPI_Comm comm, const cyt_doctor_params *params, finding *f)
{
    MPI_Comm host;
    char yields[VALUE_LENGTH];
    (void)params;
    MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
    const int n_ranks = cyt_comm_size(host), n_cpus = cpus_of(host);
    MPI_Comm_free(&host);
    if (n_cpus == 0)
        find_ill(f, DOUBT, "at most as many ranks as CPUs, which nproc counts",
                 "%d rank%s on a host that does not say which CPUs they may use",
                 n_ranks, n_ranks == 1 ? "" : "s");
    find_fine(f, "%d rank%s, %d CPU%s on the first host", n_ranks,
              n_ranks == 1 ? "" : "s", n_cpus, n_cpus == 1 ? "" : "s");
    if (n_cpus == 0 || n_ranks <= n_cpus)
        return;
    ask_mpi("mpi_yield_when_idle", yields);
    if (strcmp(yields, "1") == 0)
        find_ill(f, DOUBT, "at most as many ranks as CPUs",
                 "%d ranks share %d CPU%s; waiting ranks yield, so it is only slow",
                 n_ranks, n_cpus, n_cpus == 1 ? "" : "s");
    else
        find_ill(f, DOUBT,
                 "at most as many ranks as CPUs, or mpiexec --bind-to none, or "
                 "OMPI_MCA_mpi_yield_when_idle=1",
                 "%d ranks share %d CPU%s, and those that wait may keep the others "
                 "from working",
                 n_ranks, n_cpus, n_cpus == 1 ? "" : "s");
}

/* --- processors ------------------------------------------------------------------- */

/* As Linux names it; "unknown" elsewhere. */
static void read_model(char *model, int size)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(model, (size_t)size, "unknown");
    while (file && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (!colon || strncmp(line, "model name", strlen("model name")) != 0)
            continue;
        snprintf(model, (size_t)size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    if (file)
        fclose(file);
}

void look_processors(MPI_Comm comm, const cyt_doctor_params *params, finding *f)
{
    enum { MODEL_LENGTH = 128 };
    char mine[MODEL_LENGTH], first[MODEL_LENGTH];
    (void)params;
    read_model(mine, MODEL_LENGTH);
    find_fine(f, "%s", mine);
    if (!same_as_first(comm, mine, first, MODEL_LENGTH))
        find_ill(f, DOUBT,
                 "ask for one kind of host (sbatch --constraint); results of different "
                 "kinds may differ in their last digits",
                 "runs on %s, rank 0 on %s", mine, first);
}
