// SPDX-License-Identifier: BSD-3-Clause
/* The first rank of the group has the file. Rasters go through it strip by strip, in
 * the order of rows, so that it never holds more than the largest strip of one. */
#include "slide/steps.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/journal.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/strbuf.h"

#include <stdio.h>
#include <stdlib.h>

/* --- open and close --------------------------------------------------------------- */

static cyt_code open_journal(cyt_slide_work *w, cyt_error *err)
{
    cyt_strbuf b = {0};
    const cyt_origin *o = w->job->origin;
    snprintf(w->journal_path, sizeof w->journal_path, "%s/slides/%s.journal",
             w->job->out, w->job->sample->name);
    cyt_strbuf_add(&b, err, "%s\n%s\n%s\n%s", w->job->sample->name, o->input, o->config,
                   o->program);
    char *made_from = cyt_strbuf_take(&b, err);
    if (made_from)
        (void)!cyt_journal_open(w->journal_path, made_from, &w->journal, err);
    free(made_from);
    return err->code;
}

cyt_code cyt_steps_open(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int first = cyt_comm_rank(group) == 0;
    uint64_t n = 0;
    CYT_TRY(cyt_agree(group, first ? open_journal(w, err) : CYT_OK, err));
    if (first) {
        n = cyt_journal_n(w->journal);
        if (cyt_journal_was_other(w->journal))
            cyt_log_tell(w->job->log, CYT_LOG_NOTE,
                         "%s: %s is of another input, config or program: it is not "
                         "used",
                         w->job->sample->name, w->journal_path);
    }
    cyt_bcast(&n, 1, MPI_UINT64_T, 0, group);
    w->n_steps_there = n;
done:
    return code;
}

void cyt_steps_close(cyt_slide_work *w, int is_whole)
{
    cyt_journal_close(&w->journal, !is_whole);
}

/* --- rasters ---------------------------------------------------------------------- */

/* Bytes of the strip of rank @p r. */
static size_t strip_bytes(const cyt_slide_work *w, int r)
{
    return (size_t)(w->slide.strips[r + 1] - w->slide.strips[r]) *
           w->slide.grid.n_cols * sizeof(double);
}

/* Room at the first rank for a strip of another. */
static double *make_room(MPI_Comm group, const cyt_slide_work *w, const cyt_step *step,
                         cyt_error *err)
{
    size_t most = 1;
    for (int r = 1; step->n_rasters > 0 && r < cyt_comm_size(group); r++)
        if (strip_bytes(w, r) > most)
            most = strip_bytes(w, r);
    return cyt_alloc(most, 1, "a strip", err);
}

static uint64_t bytes_of(const cyt_slide_work *w, const cyt_step *step)
{
    const uint64_t pixels =
        step->n_rasters > 0 ? (uint64_t)w->slide.grid.n_rows * w->slide.grid.n_cols : 0;
    return step->n_bytes + step->n_rasters * pixels * sizeof(double);
}

/* A strip between its rank and the first one; rows are one item of MPI each, as pixels
 * may be more than an int counts. */
static void move_strip(MPI_Comm group, const cyt_slide_work *w, int from, int to,
                       double *rows)
{
    MPI_Datatype row;
    const int rank = cyt_comm_rank(group), strip = from > to ? from : to;
    const int n_rows = (int)(w->slide.strips[strip + 1] - w->slide.strips[strip]);
    const size_t bytes = strip_bytes(w, strip);
    const cyt_metered call = cyt_meter_begin(group, CYT_EXCHANGE_GATHER);
    MPI_Type_contiguous((int)w->slide.grid.n_cols, MPI_DOUBLE, &row);
    MPI_Type_commit(&row);
    if (rank == from) {
        MPI_Send(rows, n_rows, row, to, 0, group);
        cyt_meter_sent(&call, bytes);
    } else if (rank == to) {
        MPI_Recv(rows, n_rows, row, from, 0, group, MPI_STATUS_IGNORE);
        cyt_meter_received(&call, bytes);
    }
    MPI_Type_free(&row);
    cyt_meter_end(&call);
}

/* --- take ------------------------------------------------------------------------- */

/* Every strip is sent, also when it could not be read. */
static int read_raster(MPI_Comm group, const cyt_slide_work *w, double *room,
                       double *own)
{
    const int rank = cyt_comm_rank(group);
    int well = rank > 0 || cyt_journal_read(w->journal, own, strip_bytes(w, 0));
    for (int r = 1; r < cyt_comm_size(group); r++) {
        if (rank == 0)
            well = well && cyt_journal_read(w->journal, room, strip_bytes(w, r));
        if (rank == 0 || rank == r)
            move_strip(group, w, 0, r, rank == 0 ? room : own);
    }
    return well;
}

int cyt_steps_take(MPI_Comm group, cyt_slide_work *w, const cyt_step *step)
{
    if (w->n_steps_there == 0)
        return 0;
    const int first = cyt_comm_rank(group) == 0;
    cyt_error ignored = {0};
    double *room = NULL;
    int well = 0;
    if (first && w->journal &&
        cyt_journal_find(w->journal, step->key, bytes_of(w, step)))
        well = (room = make_room(group, w, step, &ignored)) != NULL &&
               cyt_journal_read(w->journal, step->bytes, step->n_bytes);
    cyt_bcast(&well, 1, MPI_INT, 0, group);
    for (size_t k = 0; well && k < step->n_rasters; k++) {
        well = read_raster(group, w, room, step->raster[k]);
        cyt_bcast(&well, 1, MPI_INT, 0, group);
    }
    if (well)
        cyt_bcast(step->bytes, (int)step->n_bytes, MPI_BYTE, 0, group);
    w->report->n_steps_taken += well && !step->is_part;
    free(room);
    return well;
}

/* --- put -------------------------------------------------------------------------- */

/* Every strip is received, also when it cannot be written. */
static cyt_code write_raster(MPI_Comm group, const cyt_slide_work *w, double *room,
                             double *own, cyt_error *err)
{
    const int rank = cyt_comm_rank(group);
    cyt_code code = CYT_OK;
    if (rank == 0)
        code = cyt_journal_write(w->journal, own, strip_bytes(w, 0), err);
    for (int r = 1; r < cyt_comm_size(group); r++) {
        if (rank == 0 || rank == r)
            move_strip(group, w, r, 0, rank == 0 ? room : own);
        if (rank == 0 && code == CYT_OK)
            code = cyt_journal_write(w->journal, room, strip_bytes(w, r), err);
    }
    return code;
}

static cyt_code begin_record(const cyt_slide_work *w, const cyt_step *step,
                             cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_journal_begin(w->journal, step->key, bytes_of(w, step), err));
    CYT_TRY(cyt_journal_write(w->journal, step->bytes, step->n_bytes, err));
done:
    return code;
}

/* What it takes of a full disk is better given back to the results. */
static void give_up(cyt_slide_work *w, const cyt_error *why)
{
    cyt_log_tell(w->job->log, CYT_LOG_WARNING,
                 "%s: %s; its long steps are not kept, and a run that is stopped does "
                 "them again",
                 w->job->sample->name, why->text);
    cyt_journal_close(&w->journal, 0);
    w->report->n_steps_put = 0;
}

void cyt_steps_put(MPI_Comm group, cyt_slide_work *w, const cyt_step *step)
{
    cyt_error err = {0};
    const int first = cyt_comm_rank(group) == 0;
    double *room = first ? make_room(group, w, step, &err) : NULL;
    int is_begun = first && w->journal && room && begin_record(w, step, &err) == CYT_OK;
    w->report->n_steps_made += !step->is_part;
    cyt_bcast(&is_begun, 1, MPI_INT, 0, group);
    for (size_t k = 0; is_begun && k < step->n_rasters; k++) {
        const cyt_code code = write_raster(group, w, room, step->raster[k], &err);
        is_begun = code == CYT_OK;
        cyt_bcast(&is_begun, 1, MPI_INT, 0, group);
    }
    if (first && is_begun && cyt_journal_end(w->journal, &err) == CYT_OK)
        w->report->n_steps_put++;
    else if (first && w->journal && err.code != CYT_OK)
        give_up(w, &err);
    free(room);
}
