// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/cohort_file.h"

#include "cohort/cohort_curves.h"

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

/* Gather this rank's part of a column over slides to all. */
static void allgather_slides(MPI_Comm world, const cyt_cohort_table *t,
                             const void *mine, MPI_Datatype type, void *all,
                             int *counts)
{
    const int size = cyt_comm_size(world);
    for (int r = 0; r < size; r++) {
        counts[r] = (int)(t->starts[r + 1] - t->starts[r]);
        counts[size + r] = (int)t->starts[r];
    }
    MPI_Allgatherv(mine, (int)t->n, type, all, counts, counts + size, type, world);
}

static cyt_code write_sizes(MPI_Comm world, const cyt_run *run,
                            const cyt_cohort_table *t, cyt_frame *frame, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = run->sheet->n;
    int64_t *cells = cyt_alloc(n, sizeof *cells, "cohort table", err);
    double *area = cyt_alloc(n, sizeof *area, "cohort table", err);
    int *counts = cyt_alloc(2 * (size_t)cyt_comm_size(world), sizeof *counts,
                            "cohort table", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    allgather_slides(world, t, t->n_cells, MPI_INT64_T, cells, counts);
    allgather_slides(world, t, t->area_um2, MPI_DOUBLE, area, counts);
    CYT_TRY(cyt_frame_numbers(frame, "n_cells", CYT_STORE_I64, cells, err));
    CYT_TRY(cyt_frame_numbers(frame, "area_um2", CYT_STORE_F64, area, err));
done:
    free(cells);
    free(area);
    free(counts);
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

/* --- tests ------------------------------------------------------------------------ */

static const char *const column_names[CYT_CMP_COLUMNS] = {
    "n_a",      "n_b",    "mean_a",    "mean_b", "median_a",
    "median_b", "effect", "statistic", "p",      "q"};

/* Names of this rank's metrics, padded to the width of the longest of all. */
static char *padded_names(const cyt_cohort_table *t, const cyt_comparison *c,
                          size_t *width, cyt_error *err)
{
    *width = 1;
    for (size_t m = 0; err->code == CYT_OK && m < t->columns.n; m++) {
        char *name = cyt_metric_name(&t->columns.item[m], err);
        const size_t length = name ? strlen(name) : 0;
        *width = length > *width ? length : *width;
        free(name);
    }
    char *all = cyt_calloc(c->n, *width, "names of metrics", err);
    for (size_t m = 0; err->code == CYT_OK && m < c->n; m++) {
        char *name = cyt_metric_name(&t->columns.item[c->first + m], err);
        if (name)
            memcpy(all + m * *width, name, strlen(name));
        free(name);
    }
    return all;
}

static cyt_code write_contrast(MPI_Comm world, const cyt_cohort_table *t,
                               const cyt_tested *tested, const char *path,
                               cyt_store *store, cyt_error *err)
{
    enum { WIDTH = sizeof "mann_whitney_normal" - 1 };
    cyt_code code = CYT_OK;
    const cyt_comparison *c = &tested->results;
    cyt_frame f = {0};
    size_t width;
    char *names = padded_names(t, c, &width, err);
    char *kinds = cyt_calloc(c->n, WIDTH, "names of tests", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    for (size_t m = 0; m < c->n; m++) {
        const char *kind = c->exact[m] ? "mann_whitney_exact" : "mann_whitney_normal";
        memcpy(kinds + m * WIDTH, kind, strlen(kind));
    }
    CYT_TRY(cyt_frame_begin(store, path, t->columns.n, c->first, c->n, &f, err));
    CYT_TRY(cyt_frame_index(&f, width, names, err));
    CYT_TRY(cyt_frame_texts(&f, "metric", width, names, err));
    CYT_TRY(cyt_frame_texts(&f, "test", WIDTH, kinds, err));
    for (size_t k = 0; k < CYT_CMP_COLUMNS; k++)
        CYT_TRY(cyt_frame_numbers(&f, column_names[k], CYT_STORE_F64,
                                  c->values + k * c->n, err));
done:
    code = cyt_frame_leave(&f, code, err);
    free(names);
    free(kinds);
    return code;
}

static cyt_code write_tests(MPI_Comm world, const cyt_cohort_table *t, size_t n,
                            const cyt_tested *tested, cyt_store *store, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names names = {0}, links = {0};
    for (size_t k = 0; code == CYT_OK && k < n; k++) {
        char name[1024];
        snprintf(name, sizeof name, "%s vs %s", tested[k].a, tested[k].b);
        code = cyt_names_add(&names, name, strlen(name), err);
    }
    if (code == CYT_OK)
        code = cyt_store_link_names(&names, &links, err);
    CYT_TRY(cyt_agree(world, code, err));
    CYT_TRY(cyt_anndata_dict(store, "/uns/tests", err));
    for (size_t k = 0; k < n; k++) {
        char path[1100];
        snprintf(path, sizeof path, "/uns/tests/%s", links.name[k]);
        CYT_TRY(write_contrast(world, t, &tested[k], path, store, err));
    }
    CYT_TRY(cyt_anndata_text(store, "/uns/tests_family",
                             "q: Benjamini-Hochberg over all metrics of one contrast; "
                             "unit: patients, each the mean of its slides",
                             err));
done:
    cyt_names_free(&names);
    cyt_names_free(&links);
    return code;
}

/* --- the file --------------------------------------------------------------------- */

cyt_code cyt_cohort_file_write(MPI_Comm world, const cyt_run *run,
                               const cyt_outcomes *outcomes,
                               const cyt_cohort_table *table, size_t n_contrasts,
                               const cyt_tested *tested, cyt_names *digests,
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
    CYT_TRY(write_tests(world, table, n_contrasts, tested, store, err));
    CYT_TRY(cyt_anndata_text(store, "/uns/config", run->config->text, err));
    CYT_TRY(cyt_store_take_digests(store, digests, err));
done:
    if (store) {
        const cyt_code closed = cyt_store_close(&store, code == CYT_OK, err);
        code = code == CYT_OK ? closed : code;
    }
    return code;
}
