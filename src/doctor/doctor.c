// SPDX-License-Identifier: BSD-3-Clause
/*
 * The doctor's round: one check after the other, what each rank found, the worst of it.
 *
 * No check leaves early: a rank that found something ill still takes part in all that
 * follows, so the round ends on every rank however many are ill. Price: a network that
 * loses messages for good stops the round as it would stop a run.
 */
#include "doctor_impl.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct check {
    const char *name;
    look *look;
    int in_folder; /* makes files there: cannot be tried in a folder that is broken */
} check;

static const check checks[] = {
    {"launcher", look_launcher, 0},
    {"MPI", look_mpi, 0},
    {"cores", look_cores, 0},
    {"processors", look_processors, 0},
    {"folder", look_folder, 0},
    {"file locks", look_locks, 1},
    {"HDF5 filters", look_filters, 0},
    {"written by all", look_write, 1},
    {"MPI-IO", look_io, 0},
    {"plugin", look_plugin, 0},
};

enum { N_CHECKS = sizeof checks / sizeof *checks, INDENT = 24, WIDTH = 88 };

void find_fine(finding *f, const char *fmt, ...)
{
    va_list args;
    if (f->verdict != FINE)
        return;
    va_start(args, fmt);
    vsnprintf(f->text, sizeof f->text, fmt, args);
    va_end(args);
}

void find_ill(finding *f, verdict how, const char *cure, const char *fmt, ...)
{
    va_list args;
    if (f->verdict >= (int)how)
        return;
    f->verdict = (int)how;
    snprintf(f->cure, sizeof f->cure, "%s", cure);
    va_start(args, fmt);
    vsnprintf(f->text, sizeof f->text, fmt, args);
    va_end(args);
}

/* The worst finding, of the lowest rank that has it, on every rank. Who that is
 * matters only if not all have it. */
static void tell_worst(MPI_Comm comm, finding *f)
{
    struct {
        int verdict, rank;
    } worst = {f->verdict, cyt_comm_rank(comm)};
    char host[MPI_MAX_PROCESSOR_NAME] = "", words[FINDING_LENGTH];
    int length = 0;
    MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPI_2INT, MPI_MAXLOC, comm);
    if (cyt_any(comm, f->verdict != worst.verdict)) {
        MPI_Get_processor_name(host, &length);
        memcpy(words, f->text, sizeof words);
        snprintf(f->text, sizeof f->text, "rank %d on %.40s: %.440s", worst.rank, host,
                 words);
    }
    MPI_Bcast(f, (int)sizeof *f, MPI_BYTE, worst.rank, comm);
}

static void add_finding(cyt_strbuf *text, const char *name, const finding *f,
                        cyt_error *err)
{
    static const char *const words[] = {"fine", "doubt", "BROKEN"};
    cyt_strbuf_add(text, err, "%-6s  %-*s", words[f->verdict], INDENT - 8, name);
    cyt_strbuf_lines(text, f->text, INDENT, WIDTH, err);
    if (*f->cure) {
        cyt_strbuf_add(text, err, "%*s", INDENT, "cure: ");
        cyt_strbuf_lines(text, f->cure, INDENT, WIDTH, err);
    }
}

cyt_code cyt_doctor(MPI_Comm comm, const cyt_doctor_params *params, char **out,
                    cyt_error *err)
{
    cyt_strbuf text = {0};
    size_t n_broken = 0;
    int has_folder = 1;
    for (size_t i = 0; i < N_CHECKS; i++) {
        finding f = {0};
        if (checks[i].in_folder && !has_folder)
            find_ill(&f, DOUBT, "a folder that is fine", "not tried without a folder");
        else
            checks[i].look(comm, params, &f);
        tell_worst(comm, &f);
        if (checks[i].look == look_folder)
            has_folder = f.verdict != BROKEN;
        add_finding(&text, checks[i].name, &f, err);
        n_broken += f.verdict == BROKEN;
    }
    *out = cyt_strbuf_take(&text, err);
    cyt_code code = cyt_agree(comm, err->code, err);
    if (code == CYT_OK && n_broken > 0)
        code = CYT_FAIL(err, CYT_ERR_ENVIRONMENT, NULL,
                        "%zu of %d checks found something broken", n_broken, N_CHECKS);
    return code;
}
