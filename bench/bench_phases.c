// SPDX-License-Identifier: BSD-3-Clause
/* Time one phase of a slide, alone.
 *
 *     mpiexec -n RANKS bench_phases PHASE FILE REPEATS [WORD...]
 *
 * What a phase needs is made ready before, and dropped after, the clock runs (see
 * bench_steps.h).
 *
 * Each repeat prints one line, `phase size ranks seconds check peak`: size counts the
 * cells, or the pixels, that were worked on; seconds are those of the slowest rank;
 * check is a number that another program that does the same work must find too, nan if
 * there is none; peak is the most memory that the program held so far, in bytes, added
 * over ranks, shared libraries with each.
 *
 * With 0 repeats the program prints `ready`, its grid and waits for a line on standard
 * input before each repeat, until input ends. So another program can be measured in
 * turn (run.py does that); who waits sleeps, and leaves the cores to the other. */
#include "bench_steps.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

/* Not getrusage(), whose peak includes what the launcher held before it became this
 * program. */
static uint64_t peak_bytes(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    unsigned long long kib = 0;
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %llu", &kib) == 1)
            break;
    if (status)
        fclose(status);
    return kib * 1024;
}

static cyt_code repeat(MPI_Comm comm, const phase *p, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (p->renew)
        CYT_TRY(cyt_agree(comm, p->renew(comm, b, err), err));
    MPI_Barrier(comm);
    const double begin = MPI_Wtime();
    CYT_TRY(p->once(comm, b, err));
    const double wall_s = cyt_max_f64(comm, MPI_Wtime() - begin);
    const double check = p->check ? p->check(comm, b) : NAN;
    if (p->drop)
        p->drop(comm, b);
    const uint64_t peak = cyt_sum_u64(comm, peak_bytes());
    if (cyt_comm_rank(comm) == 0)
        printf("%s %.0f %d %.9f %.17g %llu\n", p->name, b->size, cyt_comm_size(comm),
               wall_s, check, (unsigned long long)peak);
    fflush(stdout);
done:
    return code;
}

/* Another line on standard input? Rank 0 reads; the others look for the answer every
 * now and then, asleep in between. */
static int is_called(MPI_Comm comm)
{
    const struct timespec nap = {.tv_nsec = 2000000};
    char line[64];
    int called = cyt_comm_rank(comm) == 0 && fgets(line, sizeof line, stdin) != NULL;
    int done = 0;
    MPI_Request request;
    MPI_Ibcast(&called, 1, MPI_INT, 0, comm, &request);
    for (MPI_Test(&request, &done, MPI_STATUS_IGNORE); !done;
         MPI_Test(&request, &done, MPI_STATUS_IGNORE))
        nanosleep(&nap, NULL);
    return called;
}

static void tell_ready(MPI_Comm comm, const bench *b)
{
    const cyt_grid g = b->slide.grid;
    if (cyt_comm_rank(comm) == 0)
        printf("ready %.17g %.17g %.17g %zu %zu\n", g.spacing_um, g.origin_x_um,
               g.origin_y_um, g.n_cols, g.n_rows);
    fflush(stdout);
}

static cyt_code measure(MPI_Comm comm, const phase *p, bench *b, long repeats,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_agree(comm, p->prepare(comm, b, err), err));
    for (long i = 0; i < repeats; i++)
        CYT_TRY(repeat(comm, p, b, err));
    if (repeats > 0)
        return CYT_OK;
    tell_ready(comm, b);
    while (is_called(comm))
        CYT_TRY(repeat(comm, p, b, err));
done:
    return code;
}

static const phase *find_phase(int argc, char **argv)
{
    for (const phase *p = bench_phases; argc >= 4 && p->name; p++)
        if (strcmp(p->name, argv[1]) == 0)
            return p;
    return NULL;
}

static int usage(MPI_Comm comm)
{
    for (const phase *p = bench_phases; cyt_comm_rank(comm) == 0 && p->name; p++)
        fprintf(stderr, "bench_phases %s %s\n", p->name, p->usage);
    return EX_USAGE;
}

int main(int argc, char **argv)
{
    cyt_error err = {0};
    cyt_store_environment();
    MPI_Init(&argc, &argv);
    const phase *p = find_phase(argc, argv);
    int status = EX_OK;
    if (p) {
        bench b = {.path = argv[2],
                   .n_words = (size_t)argc - 4,
                   .words = (const char *const *)(argv + 4)};
        status = cyt_exit_status(
            measure(MPI_COMM_WORLD, p, &b, strtol(argv[3], NULL, 10), &err));
        bench_free(&b);
    } else {
        status = usage(MPI_COMM_WORLD);
    }
    if (err.code != CYT_OK && cyt_comm_rank(MPI_COMM_WORLD) == 0)
        fprintf(stderr, "bench_phases: %s: %s\n", err.where, err.text);
    MPI_Finalize();
    return status;
}
