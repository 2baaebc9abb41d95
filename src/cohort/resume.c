// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/resume.h"

#include "cohort/folders.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/input_digest.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/versions.h"
#include "cytotaxis/whole_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <jansson.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 + 512 };

static const char origin_ending[] = ".origin.json";
/* Longest first; what follows the sample in the names of its files. */
static const char *const endings[] = {origin_ending, ".fields.h5", ".journal", ".h5ad"};

/* --- the folder ------------------------------------------------------------------- */

/* The bytes of the sample in a name of slides/, 0 where it is no name of a result. */
static size_t sample_in(const char *name)
{
    const size_t n = strlen(name);
    for (size_t k = 0; k < sizeof endings / sizeof *endings; k++) {
        const size_t e = strlen(endings[k]);
        if (n > e && strcmp(name + n - e, endings[k]) == 0)
            return n - e;
    }
    return 0;
}

static int is_sample(const cyt_samplesheet *sheet, size_t n, const char *name,
                     size_t length)
{
    for (size_t s = 0; s < n; s++)
        if (strlen(sheet->samples[s].name) == length &&
            memcmp(sheet->samples[s].name, name, length) == 0)
            return 1;
    return 0;
}

/* Results of slides that the samplesheet does not have belong to another run. */
static cyt_code refuse_strangers(const cyt_run *run, cyt_error *err)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/slides", run->out);
    DIR *folder = opendir(path);
    const size_t n = run->n_known > run->sheet->n ? run->n_known : run->sheet->n;
    cyt_code code = CYT_OK;
    for (const struct dirent *e; folder && (e = readdir(folder)) != NULL;) {
        const size_t length = sample_in(e->d_name);
        if (code == CYT_OK && length > 0 &&
            !is_sample(run->sheet, n, e->d_name, length))
            code = CYT_FAIL(err, CYT_ERR_CREATE, NULL,
                            "%s/%s is of no sample in %s; remove it, or name another "
                            "folder",
                            path, e->d_name, run->sheet->path);
    }
    if (folder)
        closedir(folder);
    return code;
}

/* --- what things are made from ---------------------------------------------------- */

/* The canonical text without its section `cohort`, which no slide depends on. */
static char *slide_config(const char *text, cyt_error *err)
{
    cyt_strbuf out = {0};
    int skip = 0;
    while (*text) {
        const size_t n = strcspn(text, "\n") + 1;
        if (*text != ' ')
            skip = strncmp(text, "cohort:", 7) == 0;
        if (!skip)
            cyt_strbuf_add(&out, err, "%.*s", (int)n, text);
        text += text[n - 1] ? n : n - 1;
    }
    return cyt_strbuf_take(&out, err);
}

/* The executable itself, and the libraries that have a part in the bytes. */
static char *describe_program(cyt_error *err)
{
    cyt_strbuf b = {0};
    cyt_error why = {0};
    char hdf5[CYT_VERSION_LENGTH], fftw[CYT_VERSION_LENGTH], zstd[CYT_VERSION_LENGTH];
    char hex[33] = "unreadable";
    cyt_hdf5_version(hdf5);
    cyt_fftw_version(fftw);
    cyt_zstd_version(zstd);
    if (cyt_file_digest("/proc/self/exe", hex, &why) == CYT_ERR_MEMORY)
        *err = why;
    cyt_strbuf_add(&b, err,
                   "cytotaxis %s (%s, %s)\n%s\n%s\n%s\nexecutable xxh3_128 %s\n",
                   cyt_program_version(), cyt_program_commit(), cyt_compiler(), hdf5,
                   fftw, zstd, hex);
    return cyt_strbuf_take(&b, err);
}

cyt_origin cyt_resume_origin(const cyt_resume *resume, size_t s)
{
    return (cyt_origin){resume->input.name[s], resume->config, resume->program};
}

/* --- which slides stay ------------------------------------------------------------ */

/* The first line in which two texts differ, after the section it stands in. */
typedef struct difference {
    char then[200], now[200];
} difference;

static void copy_line(const char *section, const char *line, char out[200])
{
    const int n = (int)strcspn(line, "\n");
    while (*line == ' ')
        line++;
    if (n == 0)
        snprintf(out, 200, "nothing");
    else
        snprintf(out, 200, "%.*s%s%.*s", (int)strcspn(section, "\n"), section,
                 *section ? " " : "", (int)strcspn(line, "\n"), line);
}

static int differ(const char *then, const char *now, difference *d)
{
    const char *section = "";
    while (*then && *now) {
        const size_t a = strcspn(then, "\n"), b = strcspn(now, "\n");
        if (a != b || memcmp(then, now, a) != 0)
            break;
        if (*now != ' ' && a > 0 && now[a - 1] == ':')
            section = now;
        then += a + (then[a] == '\n');
        now += b + (now[b] == '\n');
    }
    if (!*then && !*now)
        return 0;
    copy_line(*then == ' ' ? section : "", then, d->then);
    copy_line(*now == ' ' ? section : "", now, d->now);
    return 1;
}

static cyt_code compare(const cyt_run *run, size_t s, const cyt_origin *then,
                        const cyt_origin *now, cyt_error *err)
{
    const struct {
        const char *what, *then, *now;
    } all[] = {{"program", then->program, now->program},
               {"config", then->config, now->config},
               {"input", then->input, now->input}};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        difference d;
        if (differ(all[k].then, all[k].now, &d))
            return CYT_FAIL(err, CYT_ERR_CREATE, run->sheet->samples[s].name,
                            "%s has a result of another %s: \"%s\" then, \"%s\" now; "
                            "name another folder, or say --overwrite to begin anew",
                            run->out, all[k].what, d.then, d.now);
    }
    return CYT_OK;
}

/* Does the slide stay? Its record goes to the outcomes. */
static cyt_code judge_slide(const cyt_run *run, size_t s, cyt_resume *r,
                            cyt_outcomes *outcomes, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char stem[PATH_SIZE], path[PATH_SIZE + 16];
    int64_t bytes[2];
    cyt_origin then = {0};
    cyt_origin_result result = {0};
    const cyt_origin now = cyt_resume_origin(r, s);
    snprintf(stem, sizeof stem, "%s/slides/%s", run->out, run->sheet->samples[s].name);
    snprintf(path, sizeof path, "%s%s", stem, origin_ending);
    if (access(path, F_OK) != 0)
        return CYT_OK;
    CYT_TRY(cyt_origin_read(path, &then, &result, err));
    CYT_TRY(compare(run, s, &then, &now, err));
    cyt_origin_sizes(stem, bytes);
    r->kept[s] = bytes[0] == result.bytes[0] && bytes[1] == result.bytes[1];
    if (r->kept[s])
        CYT_TRY(cyt_outcome_keep(outcomes, s, &result, err));
    else
        cyt_log_tell(&run->log, CYT_LOG_WARNING,
                     "%s: its files are not as they were written; it is done again",
                     run->sheet->samples[s].name);
done:
    cyt_origin_free(&then);
    cyt_origin_result_free(&result);
    return code;
}

static cyt_code judge(const cyt_run *run, cyt_resume *r, cyt_outcomes *outcomes,
                      cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (CYT_FAULT("resume.judge"))
        return CYT_FAIL(err, CYT_ERR_IO, NULL, "fault injected");
    CYT_TRY(refuse_strangers(run, err));
    for (size_t s = 0; s < run->sheet->n; s++)
        CYT_TRY(judge_slide(run, s, r, outcomes, err));
done:
    return code;
}

/* --- unfinished.json -------------------------------------------------------------- */

/* Beside the record, with the same word for a part: run.S01.json, unfinished.S01.json.
 */
static void state_path(const cyt_run *run, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/unfinished%s", run->out, strchr(run->record, '.'));
}

static int was_stopped(const cyt_run *run)
{
    char path[PATH_SIZE];
    state_path(run, path);
    json_t *state = json_load_file(path, 0, NULL);
    const int stopped = json_is_string(json_object_get(state, "stopped"));
    json_decref(state);
    return stopped;
}

/* @p why NULL: under way */
static cyt_code write_state(const cyt_run *run, const char *why, size_t n_finished,
                            uint64_t n_steps, cyt_error *err)
{
    char path[PATH_SIZE];
    state_path(run, path);
    if (CYT_FAULT("resume.state"))
        return CYT_FAIL(err, CYT_ERR_IO, NULL, "fault injected");
    json_t *state =
        json_pack("{s:s?, s:I, s:I, s:I}", "stopped", why, "slides_finished",
                  (json_int_t)n_finished, "slides", (json_int_t)run->sheet->n,
                  "long_steps_kept", (json_int_t)n_steps);
    char *text = state ? json_dumps(state, JSON_INDENT(1)) : NULL;
    const cyt_code code =
        text ? cyt_whole_write(path, CYT_WHOLE_MINE, text, strlen(text), err)
             : CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "no memory for %s", path);
    free(text);
    json_decref(state);
    return code;
}

void cyt_resume_end(const cyt_run *run)
{
    char path[PATH_SIZE];
    state_path(run, path);
    remove(path);
}

/* --- begin and stop --------------------------------------------------------------- */

static cyt_code alloc_resume(const cyt_run *run, cyt_resume *r, cyt_error *err)
{
    r->kept = cyt_calloc(run->sheet->n, 1, "slides that stay", err);
    r->config = slide_config(run->config->text, err);
    r->program = describe_program(err);
    return err->code;
}

/* On rank 0: whatever is refused is refused before anything changes. */
static cyt_code begin(const cyt_run *run, cyt_resume *r, cyt_outcomes *outcomes,
                      cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (run->resume)
        CYT_TRY(judge(run, r, outcomes, err));
    CYT_TRY(cyt_folders_begin(run, r->kept, err));
    if (!r->was_stopped)
        CYT_TRY(write_state(run, NULL, 0, 0, err));
done:
    return code;
}

cyt_code cyt_resume_begin(MPI_Comm world, const cyt_run *run, const cyt_names *ligands,
                          const char *layer, cyt_resume *r, cyt_outcomes *outcomes,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int first = cyt_comm_rank(world) == 0;
    r->was_stopped = first && run->resume && was_stopped(run);
    CYT_TRY(cyt_agree(world, alloc_resume(run, r, err), err));
    CYT_TRY(cyt_input_digests(world, run->sheet, ligands, layer, &run->stop, &r->input,
                              err));
    CYT_TRY(cyt_agree(world, first ? begin(run, r, outcomes, err) : CYT_OK, err));
    MPI_Bcast(r->kept, (int)run->sheet->n, MPI_UNSIGNED_CHAR, 0, world);
    for (size_t s = 0; s < run->sheet->n; s++)
        r->n_kept += r->kept[s];
    if (first && r->n_kept > 0)
        cyt_log_tell(&run->log, CYT_LOG_NOTE, "%zu of %zu slides are finished already",
                     r->n_kept, run->sheet->n);
done:
    return code;
}

static cyt_code note_stop(const cyt_run *run, const cyt_resume *r, size_t n_done,
                          uint64_t n_steps, cyt_code code, cyt_error *err)
{
    char why[sizeof err->text], steps[64] = "";
    const size_t n_finished = r->n_kept + n_done;
    snprintf(why, sizeof why, "%s", err->text);
    *err = (cyt_error){0};
    if (write_state(run, why, n_finished, n_steps, err) != CYT_OK)
        return err->code;
    if (n_done == 0 && n_steps == 0 && r->was_stopped)
        return CYT_FAIL(err, CYT_ERR_STUCK, NULL,
                        "%s, like the run before, and no slide was finished in "
                        "between (%zu of %zu are), nor a long step of one: give it "
                        "more time or more ranks",
                        why, n_finished, run->sheet->n);
    if (n_steps > 0)
        snprintf(steps, sizeof steps, " and %llu long step%s of others",
                 (unsigned long long)n_steps, n_steps == 1 ? "" : "s");
    return CYT_FAIL(err, code, NULL,
                    "%s; %zu of %zu slides are finished%s: run again with --resume",
                    why, n_finished, run->sheet->n, steps);
}

cyt_code cyt_resume_stopped(MPI_Comm world, const cyt_run *run,
                            const cyt_resume *resume, size_t n_done, uint64_t n_steps,
                            cyt_code code, cyt_error *err)
{
    const int first = cyt_comm_rank(world) == 0;
    return cyt_agree(
        world, first ? note_stop(run, resume, n_done, n_steps, code, err) : CYT_OK,
        err);
}

void cyt_resume_free(cyt_resume *r)
{
    cyt_names_free(&r->input);
    free(r->config);
    free(r->program);
    free(r->kept);
    *r = (cyt_resume){0};
}
