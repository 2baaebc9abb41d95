// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/outcome.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static cyt_code alloc_outcomes(size_t n, cyt_outcomes *o, cyt_error *err)
{
    if (CYT_FAULT("outcome.init"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    o->n = n;
    o->status = cyt_calloc(n, sizeof *o->status, "outcomes of slides", err);
    o->n_cells = cyt_calloc(n, sizeof *o->n_cells, "outcomes of slides", err);
    o->record = cyt_calloc(n, sizeof *o->record, "outcomes of slides", err);
    return err->code;
}

cyt_code cyt_outcomes_init(MPI_Comm world, size_t n, cyt_outcomes *outcomes,
                           cyt_error *err)
{
    *outcomes = (cyt_outcomes){0};
    return cyt_agree(world, alloc_outcomes(n, outcomes, err), err);
}

/* A list of texts as JSON. */
static json_t *text_list(const cyt_names *names)
{
    json_t *list = json_array();
    for (size_t i = 0; i < names->n; i++)
        json_array_append_new(list, json_string(names->name[i]));
    return list;
}

static json_t *phases(const cyt_slide_report *report)
{
    json_t *object = json_object();
    for (size_t p = 0; p < CYT_PHASES; p++)
        json_object_set_new(object, cyt_phase_names[p],
                            json_real(report->own.phase[p].wall_s));
    return object;
}

/* What is the same in every run; takes the text. */
static void add_record(json_t *to, char *text)
{
    json_t *record = text ? json_loads(text, 0, NULL) : NULL;
    if (record)
        json_object_update(to, record);
    json_decref(record);
    free(text);
}

cyt_code cyt_outcome_keep(cyt_outcomes *o, size_t s, const cyt_origin_result *result,
                          cyt_error *err)
{
    json_t *r = json_object();
    json_object_set_new(r, "kept", json_true());
    add_record(r, cyt_strdup(result->record, err));
    o->n_cells[s] = result->n_cells;
    o->record[s] = json_dumps(r, JSON_COMPACT);
    json_decref(r);
    if (!o->record[s])
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "no memory for a slide's record");
    return err->code;
}

void cyt_outcome_set(cyt_outcomes *o, size_t s, cyt_code code, const cyt_error *why,
                     const cyt_slide_report *report, int n_ranks, double wall_s)
{
    o->status[s].code = code;
    o->n_cells[s] = code == CYT_OK ? report->n_cells : 0;
    if (code != CYT_OK) {
        snprintf(o->status[s].message, sizeof o->status[s].message, "%.511s",
                 why->text);
        cyt_text_tame(o->status[s].message); /* a letter may have been cut */
    }
    json_t *r = json_object();
    json_object_set_new(r, "wall_s", json_real(wall_s));
    json_object_set_new(r, "phases_s", phases(report));
    json_object_set_new(r, "ranks", json_integer(n_ranks));
    if (report->n_steps_taken + report->n_steps_made > 0)
        json_object_set_new(r, "long_steps",
                            json_pack("{s:I, s:I}", "made",
                                      (json_int_t)report->n_steps_made, "kept",
                                      (json_int_t)report->n_steps_taken));
    if (code == CYT_OK) {
        add_record(r, cyt_slide_record(report));
        add_record(r, cyt_slide_costs(report));
    } else {
        json_object_set_new(r, "failed_rank", json_integer(why->rank));
        json_object_set_new(r, "failed_in", json_string(why->where));
    }
    json_object_set_new(r, "warnings", text_list(&report->warnings));
    o->record[s] = json_dumps(r, JSON_COMPACT);
    json_decref(r);
}

/* This rank's records, each as "slide number, tab, JSON, NUL". */
static cyt_code pack_records(const cyt_outcomes *o, char **text, size_t *length,
                             cyt_error *err)
{
    *length = 0;
    for (size_t s = 0; s < o->n; s++)
        *length += o->record[s] ? strlen(o->record[s]) + 24 : 0;
    *text = cyt_calloc(*length + 1, 1, "records of slides", err);
    size_t at = 0;
    for (size_t s = 0; *text && s < o->n; s++)
        if (o->record[s])
            at += (size_t)snprintf(*text + at, *length + 1 - at, "%zu\t%s", s,
                                   o->record[s]) +
                  1;
    *length = at;
    return err->code;
}

static cyt_code unpack_records(const char *text, size_t length, cyt_outcomes *o,
                               cyt_error *err)
{
    for (size_t at = 0; at < length; at += strlen(text + at) + 1) {
        char *json;
        const size_t s = strtoull(text + at, &json, 10);
        free(o->record[s]);
        o->record[s] = cyt_strdup(json + 1, err);
    }
    return err->code;
}

static cyt_code gather_records(MPI_Comm world, cyt_outcomes *o, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *mine = NULL, *all = NULL;
    size_t length = 0, total = 0;
    CYT_TRY(cyt_agree(world, pack_records(o, &mine, &length, err), err));
    CYT_TRY(cyt_allgather_text(world, mine, length, &all, &total, err));
    if (cyt_comm_rank(world) == 0)
        code = unpack_records(all, total, o, err);
    CYT_TRY(cyt_agree(world, code, err));
done:
    free(mine);
    free(all);
    return code;
}

cyt_code cyt_outcomes_share(MPI_Comm world, cyt_outcomes *o, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *tried = cyt_calloc(o->n, 1, "outcomes of slides", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    for (size_t s = 0; s < o->n; s++)
        tried[s] = o->record[s] != NULL;
    MPI_Allreduce(MPI_IN_PLACE, tried, (int)o->n, MPI_CHAR, MPI_MAX, world);
    /* One rank holds each entry; on the others it is zero bytes. */
    MPI_Allreduce(MPI_IN_PLACE, o->status, (int)(o->n * sizeof *o->status), MPI_BYTE,
                  MPI_BOR, world);
    MPI_Allreduce(MPI_IN_PLACE, o->n_cells, (int)o->n, MPI_UINT64_T, MPI_MAX, world);
    for (size_t s = 0; s < o->n; s++) {
        if (!tried[s])
            o->status[s] = (cyt_slide_status){
                CYT_ERR_PARTIAL, "not tried: stopped after another failure"};
        o->n_failed += o->status[s].code != CYT_OK;
        o->n_untried += !tried[s];
    }
    o->n_steps = cyt_sum_u64(world, o->n_steps);
    CYT_TRY(gather_records(world, o, err));
done:
    free(tried);
    return code;
}

void cyt_outcomes_free(cyt_outcomes *o)
{
    for (size_t s = 0; o->record && s < o->n; s++)
        free(o->record[s]);
    free(o->record);
    free(o->status);
    free(o->n_cells);
    *o = (cyt_outcomes){0};
}
