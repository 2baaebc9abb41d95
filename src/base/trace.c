// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/trace.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct cyt_trace {
    double began;
    int rank;
    char *path;
    FILE *file;       /* rank 0 */
    cyt_strbuf lines; /* events, each with ",\n" before it */
    cyt_error failed; /* of notes: memory */
};

/* --- begin ------------------------------------------------------------------------ */

static cyt_code make_file(const char *path, cyt_trace *t, cyt_error *err)
{
    if (CYT_FAULT("trace.open"))
        return CYT_FAIL(err, CYT_ERR_CREATE, NULL, "fault injected");
    t->path = cyt_strdup(path, err);
    if (t->rank != 0 || err->code != CYT_OK)
        return err->code;
    t->file = fopen(path, "w");
    if (t->file)
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_CREATE, NULL, "cannot create the trace %s: %s", path,
                    strerror(errno));
}

/* Name of the rank, and its place in the list. */
static void introduce(cyt_trace *t)
{
    char host[MPI_MAX_PROCESSOR_NAME];
    int length;
    MPI_Get_processor_name(host, &length);
    cyt_strbuf_add(&t->lines, &t->failed,
                   ",\n{\"ph\": \"M\", \"name\": \"process_name\", \"pid\": %d, "
                   "\"tid\": 0, \"args\": {\"name\": \"rank %d on %s\"}}"
                   ",\n{\"ph\": \"M\", \"name\": \"process_sort_index\", \"pid\": %d, "
                   "\"tid\": 0, \"args\": {\"sort_index\": %d}}",
                   t->rank, t->rank, host, t->rank, t->rank);
}

static void destroy(cyt_trace *t)
{
    if (t->file)
        fclose(t->file);
    cyt_strbuf_free(&t->lines);
    free(t->path);
    free(t);
}

/* Part of a trace is none; but what was named may be a device or a pipe. */
static void remove_file(const char *path)
{
    struct stat what;
    if (stat(path, &what) == 0 && S_ISREG(what.st_mode))
        remove(path);
}

static void give_up(cyt_trace *t)
{
    if (t->file)
        remove_file(t->path);
    destroy(t);
}

cyt_code cyt_trace_open(MPI_Comm world, const char *path, cyt_trace **trace,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    *trace = NULL;
    if (!path)
        return CYT_OK;
    cyt_trace *t = cyt_calloc(1, sizeof *t, "a trace", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    t->rank = cyt_comm_rank(world);
    CYT_TRY(cyt_agree(world, make_file(path, t, err), err));
    MPI_Barrier(world);
    t->began = MPI_Wtime();
    introduce(t);
    *trace = t;
done:
    if (code != CYT_OK && t)
        give_up(t);
    return code;
}

/* --- notes ------------------------------------------------------------------------ */

static void add_quoted(cyt_trace *t, const char *text)
{
    cyt_strbuf_add(&t->lines, &t->failed, "\"");
    for (const char *c = text; *c; c++)
        if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ')
            cyt_strbuf_add(&t->lines, &t->failed, "\\u%04x", (unsigned)*c);
        else
            cyt_strbuf_bytes(&t->lines, c, 1, &t->failed);
    cyt_strbuf_add(&t->lines, &t->failed, "\"");
}

/* In whole ns, so that what ends where the next begins does so in the file too. */
static double us_since(const cyt_trace *t, double at)
{
    return (double)(int64_t)((at - t->began) * 1e9 + 0.5) / 1e3;
}

void cyt_trace_span(cyt_trace *t, const char *kind, const char *name, double began,
                    double ended, const char *args)
{
    if (!t)
        return;
    const double from = us_since(t, began), to = us_since(t, ended);
    cyt_strbuf_add(&t->lines, &t->failed, ",\n{\"ph\": \"X\", \"name\": ");
    add_quoted(t, name);
    cyt_strbuf_add(&t->lines, &t->failed,
                   ", \"cat\": \"%s\", \"pid\": %d, \"tid\": 0, \"ts\": %.3f, "
                   "\"dur\": %.3f, \"args\": %s}",
                   kind, t->rank, from, to - from, args ? args : "{}");
}

void cyt_trace_count(cyt_trace *t, const char *name, double at, uint64_t value)
{
    if (!t)
        return;
    cyt_strbuf_add(&t->lines, &t->failed, ",\n{\"ph\": \"C\", \"name\": ");
    add_quoted(t, name);
    cyt_strbuf_add(&t->lines, &t->failed,
                   ", \"pid\": %d, \"tid\": 0, \"ts\": %.3f, \"args\": {\"value\": "
                   "%llu}}",
                   t->rank, us_since(t, at), (unsigned long long)value);
}

/* --- end -------------------------------------------------------------------------- */

/* Lines of all ranks, one rank after the other, so that the first holds those of one.
 * The first goes on receiving when it can no longer write: the others wait for it. */
static void write_lines(MPI_Comm world, cyt_trace *t, const int *lengths, char *room)
{
    const int size = cyt_comm_size(world);
    fprintf(t->file, "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n%s",
            t->lines.text + strlen(",\n"));
    for (int r = 1; r < size; r++) {
        MPI_Recv(room, lengths[r], MPI_CHAR, r, 0, world, MPI_STATUS_IGNORE);
        fwrite(room, 1, (size_t)lengths[r], t->file);
    }
    fputs("\n]}\n", t->file);
}

static cyt_code finish_file(cyt_trace *t, cyt_error *err)
{
    int failed = ferror(t->file);
    failed |= fclose(t->file) != 0;
    t->file = NULL;
    if (CYT_FAULT("trace.write"))
        failed = 1;
    if (!failed)
        return CYT_OK;
    const int why = errno;
    remove_file(t->path);
    return CYT_FAIL(err, CYT_ERR_IO, NULL, "cannot write the trace %s: %s", t->path,
                    strerror(why));
}

static cyt_code write_all(MPI_Comm world, cyt_trace *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *room = NULL;
    int most = 0;
    const int rank = t->rank, size = cyt_comm_size(world);
    const int length = cyt_mpi_count(t->lines.n, &t->failed);
    int *lengths = cyt_calloc((size_t)size, sizeof *lengths, "a trace", &t->failed);
    CYT_TRY(cyt_agree(world, t->failed.code, &t->failed));
    MPI_Gather(&length, 1, MPI_INT, lengths, 1, MPI_INT, 0, world);
    for (int r = 0; r < size; r++)
        most = lengths[r] > most ? lengths[r] : most;
    room = cyt_alloc((size_t)most, 1, "a trace", &t->failed);
    CYT_TRY(cyt_agree(world, t->failed.code, &t->failed));
    if (rank > 0)
        MPI_Send(t->lines.text, length, MPI_CHAR, 0, 0, world);
    else
        write_lines(world, t, lengths, room);
    CYT_TRY(
        cyt_agree(world, rank == 0 ? finish_file(t, &t->failed) : CYT_OK, &t->failed));
done:
    if (code != CYT_OK && err->code == CYT_OK)
        *err = t->failed;
    free(room);
    free(lengths);
    return code;
}

cyt_code cyt_trace_close(MPI_Comm world, cyt_trace **trace, cyt_error *err)
{
    cyt_trace *t = *trace;
    *trace = NULL;
    if (!t)
        return CYT_OK;
    const cyt_code code = write_all(world, t, err);
    give_up(t); /* if it was not written */
    return code;
}
