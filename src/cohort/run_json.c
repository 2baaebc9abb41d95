// SPDX-License-Identifier: BSD-3-Clause
/* run.json: everything about a run that may differ between two runs of the same input,
 * and the digests by which they can be compared. */
#include "cohort/stage.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/versions.h"
#include "cytotaxis/whole_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <jansson.h>

static json_t *versions(void)
{
    char mpi[CYT_VERSION_LENGTH], hdf5[CYT_VERSION_LENGTH], fftw[CYT_VERSION_LENGTH],
        zstd[CYT_VERSION_LENGTH];
    cyt_mpi_version(mpi);
    cyt_hdf5_version(hdf5);
    cyt_fftw_version(fftw);
    cyt_zstd_version(zstd);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "cytotaxis",
                     cyt_program_version(), "commit", cyt_program_commit(), "mpi", mpi,
                     "hdf5", hdf5, "fftw", fftw, "zstd", zstd, "compiler",
                     cyt_compiler());
}

static json_t *text_array(size_t n, char *const *texts)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_string(texts[i]));
    return list;
}

static json_t *slide_entry(const cyt_sample *sample, const cyt_outcomes *o, size_t s)
{
    json_t *entry = json_object();
    json_object_set_new(entry, "sample", json_string(sample->name));
    json_object_set_new(entry, "data_path", json_string(sample->data.shown));
    json_object_set_new(entry, "status",
                        json_string(o->status[s].code == CYT_OK ? "ok" : "failed"));
    json_object_set_new(entry, "message", json_string(o->status[s].message));
    json_object_set_new(entry, "n_cells", json_integer((json_int_t)o->n_cells[s]));
    json_t *record = o->record[s] ? json_loads(o->record[s], 0, NULL) : NULL;
    if (record)
        json_object_update(entry, record);
    json_decref(record);
    return entry;
}

static json_t *digest_object(const cyt_names *digests)
{
    json_t *object = json_object();
    for (size_t i = 0; i < digests->n; i++) {
        const char *tab = strchr(digests->name[i], '\t');
        if (tab)
            json_object_setn_new_nocheck(object, digests->name[i],
                                         (size_t)(tab - digests->name[i]),
                                         json_string(tab + 1));
    }
    return object;
}

static void now_utc(char *text, size_t size)
{
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static json_t *describe(const cyt_run *run, const cyt_outcomes *o,
                        const cyt_names *digests, json_t *ranks, double wall_s)
{
    char finished[32];
    now_utc(finished, sizeof finished);
    json_t *slides = json_array();
    for (size_t s = 0; s < o->n; s++)
        json_array_append_new(slides, slide_entry(&run->sheet->samples[s], o, s));
    json_t *root = json_object();
    json_object_set_new(root, "finished", json_string(finished));
    json_object_set_new(root, "wall_s", json_real(wall_s));
    json_object_set_new(root, "queue_wait_s", json_real(o->queue_wait_s));
    json_object_set_new(root, "versions", versions());
    json_object_set_new(root, "command", text_array((size_t)run->n_words, run->words));
    json_object_set_new(root, "samplesheet", json_string(run->sheet->path));
    json_object_set_new(root, "config", json_string(run->config->text));
    json_object_set_new(root, "ranks", ranks);
    json_object_set_new(root, "slides_failed", json_integer((json_int_t)o->n_failed));
    json_object_set_new(root, "cohort_digests_xxh3_128", digest_object(digests));
    json_object_set_new(root, "slides", slides);
    return root;
}

static cyt_code write_record(const cyt_run *run, const json_t *root, cyt_error *err)
{
    char path[4096];
    cyt_strbuf text = {0};
    snprintf(path, sizeof path, "%s/%s", run->out, run->record);
    if (CYT_FAULT("run.json"))
        return CYT_FAIL(err, CYT_ERR_IO, NULL, "fault injected");
    char *json = json_dumps(root, JSON_INDENT(1));
    if (!json)
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "no memory for %s", path);
    cyt_strbuf_add(&text, err, "%s\n", json);
    const cyt_code code =
        err->code ? err->code
                  : cyt_whole_write(path, CYT_WHOLE_MINE, text.text, text.n, err);
    cyt_strbuf_free(&text);
    free(json);
    return code;
}

/* Most memory this rank has held, bytes. */
static long long peak_bytes(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss * 1024LL : 0;
}

/* Host and peak memory of each rank, on rank 0. */
static json_t *gather_ranks(MPI_Comm world, cyt_code *code, cyt_error *err)
{
    char line[MPI_MAX_PROCESSOR_NAME + 32] = {0}, *all = NULL;
    int length;
    size_t total = 0;
    MPI_Get_processor_name(line, &length);
    snprintf(line + length, sizeof line - (size_t)length, "\t%lld", peak_bytes());
    *code = cyt_allgather_text(world, line, strlen(line) + 1, &all, &total, err);
    json_t *ranks = json_array();
    for (size_t at = 0; all && at < total; at += strlen(all + at) + 1) {
        const size_t host = strcspn(all + at, "\t");
        json_array_append_new(
            ranks, json_pack("{s:s#, s:I}", "host", all + at, (int)host, "peak_bytes",
                             (json_int_t)strtoll(all + at + host + 1, NULL, 10)));
    }
    free(all);
    return ranks;
}

cyt_code cyt_run_json(MPI_Comm world, const cyt_run *run, const cyt_outcomes *outcomes,
                      const cyt_names *digests, double wall_s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    json_t *ranks = gather_ranks(world, &code, err);
    if (code == CYT_OK && cyt_comm_rank(world) == 0) {
        json_t *root = describe(run, outcomes, digests, json_incref(ranks), wall_s);
        code = write_record(run, root, err);
        json_decref(root);
    }
    json_decref(ranks);
    return cyt_agree(world, code, err);
}
