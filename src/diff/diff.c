// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/diff.h"

#include "cytotaxis/file_diff.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/names.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/text.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

enum { PATH_LENGTH = 4096 };

/* All that was found. */
typedef struct findings {
    size_t n_files, n_compared, n_different, n_other_bytes;
    cyt_difference first, largest;
    char first_file[512], largest_file[512];
} findings;

/* --- which files ------------------------------------------------------------------ */

static int is_result(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (strcmp(dot, ".h5ad") == 0 || strcmp(dot, ".h5") == 0);
}

/* Append the result files of out/<folder>, as paths below out; it may be missing. */
static cyt_code list_folder(const char *out, const char *folder, cyt_names *files,
                            cyt_error *err)
{
    char path[PATH_LENGTH];
    snprintf(path, sizeof path, "%s/%s", out, folder);
    DIR *dir = opendir(path);
    if (!dir && errno != ENOENT)
        return CYT_FAIL(err, CYT_ERR_NO_INPUT, NULL, "cannot read %s: %s", path,
                        strerror(errno));
    for (const struct dirent *e; dir && err->code == CYT_OK && (e = readdir(dir));) {
        cyt_strbuf name = {0};
        if (!is_result(e->d_name))
            continue;
        cyt_strbuf_add(&name, err, "%s%s%s", folder, *folder ? "/" : "", e->d_name);
        if (name.text)
            (void)!cyt_names_add(files, name.text, name.n, err);
        cyt_strbuf_free(&name);
    }
    if (dir)
        closedir(dir);
    return err->code;
}

static cyt_code list_results(const char *out, cyt_names *files, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(list_folder(out, "", files, err));
    CYT_TRY(list_folder(out, "slides", files, err));
    cyt_names_sort(files);
    if (files->n == 0)
        code = CYT_FAIL(err, CYT_ERR_NO_INPUT, NULL,
                        "%s has no results; name the folder that cytotaxis run --out "
                        "wrote",
                        out);
done:
    return code;
}

/* --- digests ---------------------------------------------------------------------- */

/* How the digests of one object compare: those of equal name, and those that only one
 * has. */
typedef struct digest_tally {
    size_t n, different;
    char first[512];
} digest_tally;

static void count_digest(int same, const char *file, const char *key, digest_tally *t)
{
    t->n++;
    if (!same && t->different++ == 0)
        snprintf(t->first, sizeof t->first, "%.150s:%.300s", file, key);
}

static void compare_digests(const json_t *a, const json_t *b, const char *file,
                            digest_tally *t)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)a, key, value)
        count_digest(json_equal(value, json_object_get(b, key)), file, key, t);
    json_object_foreach((json_t *)b, key, value)
    {
        if (!json_object_get(a, key))
            count_digest(0, file, key, t);
    }
}

static const json_t *slide_of(const json_t *slides, const char *name)
{
    size_t i;
    json_t *slide;
    json_array_foreach((json_t *)slides, i, slide)
    {
        const char *own = json_string_value(json_object_get(slide, "sample"));
        if (own && strcmp(own, name) == 0)
            return slide;
    }
    return NULL;
}

/* Of each slide of @p from: of those that @p to has as well, or of the others. */
static void compare_slides(const json_t *from, const json_t *to, int in_both,
                           digest_tally *t)
{
    static const char of_slide[] = "digests_xxh3_128";
    size_t i;
    json_t *slide;
    json_array_foreach(json_object_get(from, "slides"), i, slide)
    {
        const char *name = json_string_value(json_object_get(slide, "sample"));
        const json_t *other =
            name ? slide_of(json_object_get(to, "slides"), name) : NULL;
        if ((other != NULL) == in_both)
            compare_digests(json_object_get(slide, of_slide),
                            json_object_get(other, of_slide), name ? name : "", t);
    }
}

static void compare_records(const json_t *a, const json_t *b, digest_tally *t)
{
    static const char of_cohort[] = "cohort_digests_xxh3_128";
    compare_digests(json_object_get(a, of_cohort), json_object_get(b, of_cohort),
                    "cohort", t);
    compare_slides(a, b, 1, t);
    compare_slides(a, b, 0, t);
    compare_slides(b, a, 0, t);
}

/* NULL: not there, or damaged, which is told. */
static json_t *load_record(const char *out, cyt_strbuf *text, cyt_error *err)
{
    char path[PATH_LENGTH];
    json_error_t why;
    snprintf(path, sizeof path, "%s/run.json", out);
    json_t *record = json_load_file(path, 0, &why);
    if (!record && access(path, F_OK) != 0 && errno == ENOENT) {
        cyt_strbuf_add(text, err, "digests: %s has no run.json\n", out);
    } else if (!record) {
        cyt_text_tame(why.text); /* it may quote the file */
        cyt_strbuf_add(text, err, "digests: %s cannot be read: %s\n", path, why.text);
    }
    return record;
}

static void tell_digests(const char *a, const char *b, cyt_strbuf *text, cyt_error *err)
{
    json_t *first = load_record(a, text, err), *second = load_record(b, text, err);
    digest_tally t = {0};
    if (first && second) {
        compare_records(first, second, &t);
        if (t.n == 0)
            cyt_strbuf_add(text, err, "digests: neither run.json has any\n");
        else if (t.different == 0)
            cyt_strbuf_add(text, err, "digests: all %zu of run.json are the same\n",
                           t.n);
        else
            cyt_strbuf_add(text, err,
                           "digests: %zu of %zu in run.json differ, the first of %s\n",
                           t.different, t.n, t.first);
    }
    json_decref(first);
    json_decref(second);
}

/* --- files ------------------------------------------------------------------------ */

static int same_bytes(const char *a, const char *b)
{
    enum { ROOM = 1 << 16 };
    static const char mode[] = "rbe";
    char x[ROOM], y[ROOM];
    FILE *first = fopen(a, mode), *second = fopen(b, mode);
    int same = first && second;
    for (size_t n = ROOM; same && n == ROOM;) {
        n = fread(x, 1, ROOM, first);
        same = fread(y, 1, ROOM, second) == n && memcmp(x, y, n) == 0;
    }
    same = same && !ferror(first) && !ferror(second);
    if (first)
        fclose(first);
    if (second)
        fclose(second);
    return same;
}

/* The first of all files stays the first, the largest is the largest of all. */
static void add(findings *f, const char *file, const cyt_file_diff *d)
{
    if (d->n_different > 0 && f->n_different == 0) {
        f->first = d->first;
        snprintf(f->first_file, sizeof f->first_file, "%s", file);
    }
    if (d->n_different > 0 &&
        (f->n_different == 0 || d->largest.size > f->largest.size)) {
        f->largest = d->largest;
        snprintf(f->largest_file, sizeof f->largest_file, "%s", file);
    }
    f->n_compared += d->n_compared;
    f->n_different += d->n_different;
}

static cyt_code compare_files(const char *a, const char *b, const char *shown,
                              double tolerance, findings *f, cyt_error *err)
{
    cyt_file_diff d;
    f->n_files++;
    if (same_bytes(a, b))
        return CYT_OK;
    f->n_other_bytes++;
    const cyt_code code = cyt_file_diff_find(a, b, tolerance, &d, err);
    if (code == CYT_OK)
        add(f, shown, &d);
    return code;
}

static cyt_code compare_listed(const char *out_a, const char *out_b, const cyt_names *a,
                               const cyt_names *b, double tolerance, findings *f,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0, j = 0; i < a->n || j < b->n;) {
        const int order = i == a->n   ? 1
                          : j == b->n ? -1
                                      : strcmp(a->name[i], b->name[j]);
        const char *name = order <= 0 ? a->name[i] : b->name[j];
        char path_a[PATH_LENGTH], path_b[PATH_LENGTH];
        snprintf(path_a, sizeof path_a, "%s/%s", out_a, name);
        snprintf(path_b, sizeof path_b, "%s/%s", out_b, name);
        cyt_file_diff only = {.n_different = 1, .first = {.size = INFINITY}};
        snprintf(only.first.what, sizeof only.first.what, "only in %.200s",
                 order < 0 ? out_a : out_b);
        only.largest = only.first;
        if (order == 0)
            CYT_TRY(compare_files(path_a, path_b, name, tolerance, f, err));
        else
            add(f, name, &only);
        i += order <= 0;
        j += order >= 0;
    }
done:
    return code;
}

/* --- the verdict ------------------------------------------------------------------ */

static void tell_difference(const char *which, const char *file,
                            const cyt_difference *d, cyt_strbuf *text, cyt_error *err)
{
    cyt_strbuf_add(text, err, "%s %s%s%s: %s\n", which, file, *d->place ? ":" : "",
                   d->place, d->what);
}

static cyt_code tell(const char *a, const char *b, const findings *f, cyt_strbuf *text,
                     cyt_error *err)
{
    cyt_strbuf_add(text, err,
                   "files: %zu on both sides, %zu of them with the same bytes\n",
                   f->n_files, f->n_files - f->n_other_bytes);
    if (f->n_different == 0) {
        cyt_strbuf_add(text, err, "the same%s\n",
                       f->n_other_bytes ? ": the bytes differ, but no value does" : "");
        return err->code;
    }
    tell_difference("first:  ", f->first_file, &f->first, text, err);
    tell_difference("largest:", f->largest_file, &f->largest, text, err);
    return CYT_FAIL(err, CYT_ERR_DIFFERENT, NULL, "%s and %s differ in %zu place%s", a,
                    b, f->n_different, f->n_different == 1 ? "" : "s");
}

static cyt_code kind_of(const char *path, int *is_folder, cyt_error *err)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return CYT_FAIL(err, CYT_ERR_NO_INPUT, NULL, "%s: %s", path, strerror(errno));
    *is_folder = S_ISDIR(info.st_mode);
    return CYT_OK;
}

static cyt_code compare_folders(const char *a, const char *b, double tolerance,
                                findings *f, cyt_strbuf *text, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names files_a = {0}, files_b = {0};
    CYT_TRY(list_results(a, &files_a, err));
    CYT_TRY(list_results(b, &files_b, err));
    tell_digests(a, b, text, err);
    CYT_TRY(compare_listed(a, b, &files_a, &files_b, tolerance, f, err));
done:
    cyt_names_free(&files_a);
    cyt_names_free(&files_b);
    return code;
}

cyt_code cyt_diff(const char *a, const char *b, double tolerance, char **text,
                  cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_strbuf lines = {0};
    findings f = {0};
    cyt_error why = {0};
    int folders[2] = {0};
    *text = NULL;
    CYT_TRY(kind_of(a, &folders[0], err));
    CYT_TRY(kind_of(b, &folders[1], err));
    if (folders[0] != folders[1])
        CYT_TRY(CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                         "%s is a folder and %s a file; name two of a kind",
                         folders[0] ? a : b, folders[0] ? b : a));
    CYT_TRY(folders[0] ? compare_folders(a, b, tolerance, &f, &lines, err)
                       : compare_files(a, b, "", tolerance, &f, err));
    code = tell(a, b, &f, &lines, err);
    if (code == CYT_OK || code == CYT_ERR_DIFFERENT)
        *text = cyt_strbuf_take(&lines, &why);
done:
    cyt_strbuf_free(&lines);
    return code;
}
