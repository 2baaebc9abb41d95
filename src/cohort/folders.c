// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/folders.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/folder.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/text.h"
#include "cytotaxis/whole_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <unistd.h>

enum { PATH = CYT_INPUT_PATH + 512 };

void cyt_folders_sheet(const char *out, char path[CYT_INPUT_PATH])
{
    snprintf(path, CYT_INPUT_PATH, "%s/inputs/samplesheet.csv", out);
}

void cyt_folders_config(const char *out, char path[CYT_INPUT_PATH])
{
    snprintf(path, CYT_INPUT_PATH, "%s/inputs/config.yaml", out);
}

static void failed_path(const char *out, const char *sample, char path[PATH])
{
    snprintf(path, PATH, "%s/failed/%s.txt", out, sample);
}

/* --- whole files ------------------------------------------------------------------ */

/* NULL without an error: there is no such file. */
static char *read_whole(const char *path, size_t *n, cyt_error *err)
{
    size_t capacity = 0, got;
    char *text = NULL;
    FILE *file = fopen(path, "rb");
    *n = 0;
    if (!file && errno != ENOENT)
        CYT_FAIL(err, CYT_ERR_IO, NULL, "cannot read %s: %s", path, strerror(errno));
    if (!file)
        return NULL;
    do {
        enum { STEP = 65536 };
        if (cyt_grow(&text, &capacity, *n + STEP, 1, "a text", err) != CYT_OK)
            break;
        got = fread(text + *n, 1, STEP, file);
        *n += got;
    } while (got > 0);
    if (ferror(file))
        CYT_FAIL(err, CYT_ERR_IO, NULL, "cannot read %s: %s", path, strerror(errno));
    fclose(file);
    return text;
}

/* --- inputs ----------------------------------------------------------------------- */

/* -1: not there; else whether it holds just this text. */
static int holds(const char *path, const char *text, size_t n, cyt_error *err)
{
    size_t m;
    char *there = read_whole(path, &m, err);
    const int same = there ? m == n && memcmp(there, text, n) == 0 : -1;
    free(there);
    return same;
}

static cyt_code keep_input(const cyt_run *run, const char *path, const char *text,
                           size_t n, cyt_error *err)
{
    const int same = holds(path, text, n, err);
    if (err->code != CYT_OK || same == 1)
        return err->code;
    if (same == 0 && run->is_part)
        return CYT_FAIL(err, CYT_ERR_CREATE, NULL,
                        "folder %s holds slides of another samplesheet or config (%s); "
                        "name a new one",
                        run->out, path);
    return cyt_whole_write(path, CYT_WHOLE_SHARED, text, n, err);
}

static cyt_code keep_inputs(const cyt_run *run, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char path[CYT_INPUT_PATH];
    size_t n;
    char *sheet = read_whole(run->sheet->path, &n, err);
    CYT_TRY(err->code);
    if (!sheet)
        CYT_TRY(CYT_FAIL(err, CYT_ERR_NO_INPUT, NULL, "%s is no longer there",
                         run->sheet->path));
    cyt_folders_sheet(run->out, path);
    CYT_TRY(keep_input(run, path, sheet, n, err));
    cyt_folders_config(run->out, path);
    CYT_TRY(keep_input(run, path, run->config->text, strlen(run->config->text), err));
done:
    free(sheet);
    return code;
}

/* --- old results ------------------------------------------------------------------ */

static void remove_result(const char *folder, const char *name, const char *ending)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, ending);
    remove(path);
}

/* Of a run that was killed. */
static void remove_parts(const char *folder, const char *name, const char *ending)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, ending);
    cyt_file_remove_parts(path);
}

/* Long steps of a slide, which only one that goes on without a result has use for. */
static void remove_journal(const cyt_run *run, const char *slides, size_t s)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s.journal", slides, run->sheet->samples[s].name);
    remove(path);
}

static void remove_slide(const cyt_run *run, const char *slides, size_t s)
{
    char why[PATH];
    const char *name = run->sheet->samples[s].name;
    static const char *const ending[] = {
        ".origin.json", /* without it nothing is whole */
        ".h5ad", ".fields.h5"};
    for (size_t k = 0; k < sizeof ending / sizeof *ending; k++) {
        remove_result(slides, name, ending[k]);
        if (run->is_part)
            remove_parts(slides, name, ending[k]);
    }
    failed_path(run->out, name, why);
    remove(why);
}

/* Removes the files of a folder below OUT whose names end so. */
static void remove_ending(const char *out, const char *name, const char *ending)
{
    char path[PATH], file[2 * PATH];
    snprintf(path, sizeof path, "%s/%s", out, name);
    DIR *folder = opendir(path);
    const size_t tail = strlen(ending);
    for (const struct dirent *e; folder && (e = readdir(folder)) != NULL;) {
        const size_t n = strlen(e->d_name);
        snprintf(file, sizeof file, "%s/%s", path, e->d_name);
        if (n > tail && strcmp(e->d_name + n - tail, ending) == 0)
            remove(file);
    }
    if (folder)
        closedir(folder);
}

/* Tables and pictures of the page may be of slides that are no more. */
static void remove_old_report(const char *out)
{
    remove_ending(out, "tables", ".csv");
    remove_ending(out, "tables", "_mqc.json");
    remove_ending(out, "pictures/report", ".png");
}

/* What an earlier run left under the names of this one must not pass for its result.
 * Jobs for parts of a sheet leave alone what others may be writing. */
static void remove_old_results(const cyt_run *run, const char *slides,
                               const unsigned char *kept)
{
    char failed[PATH];
    const char *const of_all[] = {"cohort.h5ad", "niches.h5ad", "report.html",
                                  run->record};
    for (size_t k = 0; k < sizeof of_all / sizeof *of_all; k++) {
        remove_result(run->out, of_all[k], "");
        remove_parts(run->out, of_all[k], "");
    }
    for (size_t s = 0; s < run->sheet->n; s++) {
        if (!kept[s])
            remove_slide(run, slides, s);
        if (kept[s] || !run->resume)
            remove_journal(run, slides, s);
    }
    if (!run->is_part) {
        remove_old_report(run->out);
        static const char *const written[] = {"slides", "inputs", "failed", "tables",
                                              "pictures/report"};
        for (size_t k = 0; k < sizeof written / sizeof *written; k++)
            remove_ending(run->out, written[k], ".part"); /* of a run that was killed */
    }
    snprintf(failed, sizeof failed, "%s/failed", run->out);
    rmdir(failed); /* if nothing is left in it */
}

/* May a run of some slides go into this folder, where other slides are? It may where a
 * run left its inputs and none of these slides is there yet. */
static int can_join(const cyt_run *run)
{
    char path[PATH];
    cyt_folders_sheet(run->out, path);
    if (!run->is_part || access(path, F_OK) != 0)
        return 0;
    for (size_t s = 0; s < run->sheet->n; s++) {
        snprintf(path, sizeof path, "%s/slides/%s.h5ad", run->out,
                 run->sheet->samples[s].name);
        if (access(path, F_OK) == 0)
            return 0;
    }
    return 1;
}

/* A run has begun here; it may have come to an end before it had left its inputs. */
static int is_of_a_run(const char *out)
{
    char path[PATH];
    int others = 0;
    cyt_folders_sheet(out, path);
    if (access(path, F_OK) == 0)
        return 1;
    DIR *folder = opendir(out);
    for (const struct dirent *e; folder && (e = readdir(folder)) != NULL;)
        others |= e->d_name[0] != '.' && strcmp(e->d_name, "inputs") != 0 &&
                  strncmp(e->d_name, "unfinished.", 11) != 0;
    if (folder)
        closedir(folder);
    return !others;
}

cyt_code cyt_folders_prepare(const cyt_run *run, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (CYT_FAULT("run.folders"))
        return CYT_FAIL(err, CYT_ERR_CREATE, NULL, "fault injected");
    CYT_TRY(cyt_folder_make(run->out, err));
    if (run->overwrite || cyt_folder_is_empty(run->out))
        goto done;
    if (run->resume && !is_of_a_run(run->out))
        return CYT_FAIL(err, CYT_ERR_CREATE, NULL,
                        "folder %s is not empty and has no results of a run to resume; "
                        "name another",
                        run->out);
    if (!run->resume && !can_join(run))
        return CYT_FAIL(err, CYT_ERR_CREATE, NULL,
                        "folder %s is not empty; name a new one, or say --resume or "
                        "--overwrite",
                        run->out);
done:
    return code;
}

cyt_code cyt_folders_begin(const cyt_run *run, const unsigned char *kept,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    char path[CYT_INPUT_PATH];
    snprintf(path, sizeof path, "%s/inputs", run->out);
    CYT_TRY(cyt_folder_make(path, err));
    CYT_TRY(keep_inputs(run, err));
    snprintf(path, sizeof path, "%s/slides", run->out);
    CYT_TRY(cyt_folder_make(path, err));
    remove_old_results(run, path, kept);
done:
    return code;
}

/* --- what became of slides -------------------------------------------------------- */

cyt_code cyt_folders_tell_failed(const cyt_run *run, const cyt_outcomes *outcomes,
                                 cyt_error *err)
{
    cyt_code code = CYT_OK;
    char path[PATH];
    if (outcomes->n_failed == 0)
        return CYT_OK;
    snprintf(path, sizeof path, "%s/failed", run->out);
    CYT_TRY(cyt_folder_make(path, err));
    for (size_t s = 0; s < outcomes->n; s++) {
        const char *why = outcomes->status[s].message;
        failed_path(run->out, run->sheet->samples[s].name, path);
        if (outcomes->status[s].code != CYT_OK)
            CYT_TRY(cyt_whole_write(path, CYT_WHOLE_SHARED, why, strlen(why), err));
    }
done:
    return code;
}

void cyt_folders_status(const char *out, const char *sample, cyt_slide_status *status)
{
    char path[PATH];
    *status = (cyt_slide_status){.code = CYT_OK};
    snprintf(path, sizeof path, "%s/slides/%s.h5ad", out, sample);
    if (access(path, F_OK) == 0)
        return;
    status->code = CYT_ERR_PARTIAL;
    snprintf(status->message, sizeof status->message,
             "no result: it was not run, or not to its end");
    failed_path(out, sample, path);
    FILE *file = fopen(path, "rb");
    if (!file)
        return;
    const size_t n = fread(status->message, 1, sizeof status->message - 1, file);
    status->message[n] = '\0';
    cyt_text_tame(status->message);
    fclose(file);
}
