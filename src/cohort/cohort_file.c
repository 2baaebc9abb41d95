// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/cohort_file.h"

#include "cohort/cohort_curves.h"
#include "cohort/cohort_tests.h"
#include "cohort/contest.h"
#include "cohort/pooled_signals.h"
#include "cohort/profile.h"

#include "cytotaxis/anndata.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/number.h"
#include "cytotaxis/result_file.h"
#include "cytotaxis/slide_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- slides ----------------------------------------------------------------------- */

typedef enum sheet_column {
    SAMPLE,
    PATIENT,
    CONDITION,
    BATCH,
    STATUS,
    MESSAGE
} sheet_column;

static const char *sheet_text(const cyt_run *run, const cyt_outcomes *o,
                              sheet_column which, size_t s)
{
    const cyt_sample *sample = &run->sheet->samples[s];
    switch (which) {
    case SAMPLE:
        return sample->name;
    case PATIENT:
        return sample->patient;
    case CONDITION:
        return sample->condition;
    case BATCH:
        return sample->batch;
    case STATUS:
        return o->status[s].code == CYT_OK ? "ok" : "failed";
    case MESSAGE:
        break;
    }
    return o->status[s].message;
}

static cyt_code gather_texts(const cyt_run *run, const cyt_outcomes *o,
                             sheet_column which, cyt_names *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t s = 0; s < run->sheet->n; s++) {
        const char *text = sheet_text(run, o, which, s);
        text = text ? text : "";
        CYT_TRY(cyt_names_add(out, text, strlen(text), err));
    }
done:
    return code;
}

static cyt_code write_text_column(MPI_Comm world, const cyt_run *run,
                                  const cyt_outcomes *o, sheet_column which,
                                  const char *name, cyt_frame *frame, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names texts = {0};
    CYT_TRY(cyt_agree(world, gather_texts(run, o, which, &texts, err), err));
    code = which == SAMPLE ? cyt_frame_index_names(frame, &texts, err)
                           : cyt_frame_names(frame, name, &texts, err);
done:
    cyt_names_free(&texts);
    return code;
}

/* A covariate is a column of numbers when each of its values is one, or is missing. */
static cyt_code write_covariate(MPI_Comm world, const cyt_run *run, size_t k,
                                cyt_frame *frame, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_samplesheet *sheet = run->sheet;
    const char *name = sheet->covariates.name[k];
    cyt_names texts = {0};
    int numeric = 1;
    double *v = cyt_alloc(sheet->n, sizeof *v, "a covariate", err);
    for (size_t s = 0; err->code == CYT_OK && s < sheet->n; s++) {
        const char *text = sheet->samples[s].covariates[k];
        const int kind = cyt_parse_f64(text, strlen(text), &v[s]);
        numeric = numeric && (kind == 1 || kind == 2);
        v[s] = kind == 1 ? v[s] : NAN;
        code = cyt_names_add(&texts, text, strlen(text), err);
    }
    CYT_TRY(cyt_agree(world, err->code, err));
    code = numeric ? cyt_frame_numbers(frame, name, CYT_STORE_F64, v, err)
                   : cyt_frame_names(frame, name, &texts, err);
done:
    free(v);
    cyt_names_free(&texts);
    return code;
}

static cyt_code write_sizes(MPI_Comm world, const cyt_run *run,
                            const cyt_cohort_table *t, cyt_frame *frame, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = run->sheet->n;
    int64_t *cells = cyt_alloc(n, sizeof *cells, "cohort table", err);
    double *area = cyt_alloc(n, sizeof *area, "cohort table", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    CYT_TRY(cyt_cohort_table_gather(world, t, t->n_cells, 1, MPI_INT64_T, cells, err));
    CYT_TRY(cyt_cohort_table_gather(world, t, t->area_um2, 1, MPI_DOUBLE, area, err));
    CYT_TRY(cyt_frame_numbers(frame, "n_cells", CYT_STORE_I64, cells, err));
    CYT_TRY(cyt_frame_numbers(frame, "area_um2", CYT_STORE_F64, area, err));
done:
    free(cells);
    free(area);
    return code;
}

static cyt_code write_survival(MPI_Comm world, const cyt_run *run, cyt_frame *frame,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_samplesheet *sheet = run->sheet;
    double *v = cyt_alloc(2 * sheet->n, sizeof *v, "cohort table", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    for (size_t s = 0; s < sheet->n; s++) {
        v[s] = sheet->samples[s].time;
        v[sheet->n + s] = sheet->samples[s].event;
    }
    if (sheet->has_time)
        CYT_TRY(cyt_frame_numbers(frame, "time", CYT_STORE_F64, v, err));
    if (sheet->has_event)
        CYT_TRY(cyt_frame_numbers(frame, "event", CYT_STORE_F64, v + sheet->n, err));
done:
    free(v);
    return code;
}

static cyt_code write_obs(MPI_Comm world, const cyt_run *run, const cyt_outcomes *o,
                          const cyt_cohort_table *t, cyt_store *store, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_frame f = {0};
    CYT_TRY(cyt_frame_begin_whole(store, "/obs", run->sheet->n, &f, err));
    CYT_TRY(write_text_column(world, run, o, SAMPLE, "sample", &f, err));
    CYT_TRY(write_text_column(world, run, o, PATIENT, "patient", &f, err));
    CYT_TRY(write_text_column(world, run, o, CONDITION, "condition", &f, err));
    if (run->sheet->has_batch)
        CYT_TRY(write_text_column(world, run, o, BATCH, "batch", &f, err));
    CYT_TRY(write_sizes(world, run, t, &f, err));
    CYT_TRY(write_text_column(world, run, o, STATUS, "status", &f, err));
    CYT_TRY(write_text_column(world, run, o, MESSAGE, "message", &f, err));
    CYT_TRY(write_survival(world, run, &f, err));
    for (size_t k = 0; k < run->sheet->covariates.n; k++)
        CYT_TRY(write_covariate(world, run, k, &f, err));
done:
    code = cyt_frame_leave(&f, code, err);
    return code;
}

/* --- the file --------------------------------------------------------------------- */

cyt_code cyt_cohort_file_write(MPI_Comm world, const cyt_run *run,
                               const cyt_outcomes *outcomes,
                               const cyt_cohort_table *table,
                               const cyt_cohort_findings *made, cyt_names *digests,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_store *store = NULL;
    char path[4096];
    snprintf(path, sizeof path, "%s/cohort.h5ad", run->out);
    const cyt_store_layout x = {.type = CYT_STORE_F64,
                                .n_rows = run->sheet->n,
                                .n_cols = table->columns.n,
                                .filter = CYT_COMPRESS_DEFLATE};
    CYT_TRY(cyt_store_create(world, path, &store, err));
    CYT_TRY(cyt_anndata_begin(store, err));
    CYT_TRY(write_obs(world, run, outcomes, table, store, err));
    CYT_TRY(cyt_metric_frame(world, store, "/var", &table->columns, 0, err));
    if (table->columns.n > 0)
        CYT_TRY(cyt_anndata_rows(store, "/X", &x, table->first, table->n, table->values,
                                 err));
    for (size_t k = 0; k < table->results.n; k++)
        CYT_TRY(cyt_result_table_write(world, table->results.item[k], store, err));
    CYT_TRY(cyt_cohort_curves_write(world, store, run->sheet->n, table, err));
    CYT_TRY(cyt_cohort_tests_write(world, store, run->config, table, made, err));
    CYT_TRY(cyt_cohort_survival_write(world, store, table, &made->survival, err));
    CYT_TRY(cyt_pooled_signals_write(world, run, table, store, err));
    CYT_TRY(cyt_contest_write(world, run, table, store, err));
    CYT_TRY(cyt_profile_write(world, run, table, store, err));
    CYT_TRY(cyt_anndata_text(store, "/uns/config", run->config->text, err));
    CYT_TRY(cyt_store_take_digests(store, digests, err));
done:
    if (store) {
        const cyt_code closed = cyt_store_close(&store, code == CYT_OK, err);
        code = code == CYT_OK ? closed : code;
    }
    return code;
}
