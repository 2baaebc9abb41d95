// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/file_diff.h"

#include "read/h5/h5_text.h"
#include "read/results/file_diff_parts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Groups within groups; more than this program writes. */
enum { DEEPEST = 16 };

void cyt_file_differs(const cyt_file_pair *pair, const char *place, double size,
                      const char *fmt, ...)
{
    cyt_difference found = {.size = size};
    va_list args;
    va_start(args, fmt);
    vsnprintf(found.what, sizeof found.what, fmt, args);
    va_end(args);
    snprintf(found.place, sizeof found.place, "%s", place);
    cyt_file_diff *diff = pair->diff;
    if (diff->n_different == 0)
        diff->first = found;
    if (diff->n_different == 0 || found.size > diff->largest.size)
        diff->largest = found;
    diff->n_different++;
}

/* --- attributes ------------------------------------------------------------------- */

static herr_t add_name(hid_t object, const char *name, const H5A_info_t *info, void *to)
{
    struct {
        cyt_names *names;
        cyt_error *err;
    } *out = to;
    (void)object;
    (void)info;
    return cyt_names_add(out->names, name, strlen(name), out->err) == CYT_OK ? 0 : -1;
}

static cyt_code list_attributes(const cyt_h5_file *file, const char *path,
                                cyt_names *names, cyt_error *err)
{
    struct {
        cyt_names *names;
        cyt_error *err;
    } out = {names, err};
    hsize_t at = 0;
    if (H5Aiterate_by_name(file->id, path, H5_INDEX_NAME, H5_ITER_INC, &at, add_name,
                           &out, H5P_DEFAULT) < 0 &&
        err->code == CYT_OK)
        return CYT_H5_FAIL(file, err, " %s: its attributes cannot be listed", path);
    cyt_names_sort(names);
    return err->code;
}

/* Two sorted lists of names, walked side by side. */
typedef struct both_names {
    cyt_names a, b;
    size_t i, j;
} both_names;

/* The next name, NULL after the last; *order: negative when only the first list has it,
 * positive when only the second. */
static const char *next_name(both_names *n, int *order)
{
    if (n->i == n->a.n && n->j == n->b.n)
        return NULL;
    *order = n->i == n->a.n   ? 1
             : n->j == n->b.n ? -1
                              : strcmp(n->a.name[n->i], n->b.name[n->j]);
    const char *name = *order <= 0 ? n->a.name[n->i] : n->b.name[n->j];
    n->i += *order <= 0;
    n->j += *order >= 0;
    return name;
}

static void free_both(both_names *n)
{
    cyt_names_free(&n->a);
    cyt_names_free(&n->b);
}

static cyt_code compare_attributes(const cyt_file_pair *pair, const char *path,
                                   cyt_error *err)
{
    cyt_code code = CYT_OK;
    both_names n = {0};
    const char *name;
    int order;
    CYT_TRY(list_attributes(pair->a, path, &n.a, err));
    CYT_TRY(list_attributes(pair->b, path, &n.b, err));
    while ((name = next_name(&n, &order))) {
        char place[CYT_H5_PATH + 256];
        snprintf(place, sizeof place, "%s: attribute %.200s", path, name);
        if (order != 0)
            cyt_file_differs(pair, place, INFINITY, "only in the %s",
                             order < 0 ? "first" : "second");
        else
            CYT_TRY(cyt_file_diff_attribute(pair, path, name, err));
    }
done:
    free_both(&n);
    return code;
}

/* --- groups ----------------------------------------------------------------------- */

static const char *kind_of(cyt_h5_what what)
{
    return what == CYT_H5_GROUP     ? "a group"
           : what == CYT_H5_DATASET ? "a dataset"
           : what == CYT_H5_ABSENT  ? "nothing"
                                    : "damaged";
}

static cyt_code compare_group(const cyt_file_pair *pair, const char *path, int depth,
                              cyt_error *err);

static cyt_code compare_object(const cyt_file_pair *pair, const char *path, int depth,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_h5_what a = cyt_h5_look(pair->a, path), b = cyt_h5_look(pair->b, path);
    if (a != b || (a != CYT_H5_GROUP && a != CYT_H5_DATASET && a != CYT_H5_ABSENT)) {
        cyt_file_differs(pair, path, INFINITY, "%s against %s", kind_of(a), kind_of(b));
        return CYT_OK;
    }
    if (a == CYT_H5_ABSENT)
        return CYT_OK; /* of no elements, on both sides */
    if (a == CYT_H5_DATASET)
        CYT_TRY(cyt_file_diff_dataset(pair, path, err));
    CYT_TRY(compare_attributes(pair, path, err));
    if (a == CYT_H5_GROUP && depth < DEEPEST)
        code = compare_group(pair, path, depth + 1, err);
done:
    return code;
}

static cyt_code compare_group(const cyt_file_pair *pair, const char *path, int depth,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    both_names n = {0};
    const char *name;
    int order;
    CYT_TRY(cyt_h5_members(pair->a, path, &n.a, err));
    CYT_TRY(cyt_h5_members(pair->b, path, &n.b, err));
    cyt_names_sort(&n.a);
    cyt_names_sort(&n.b);
    while ((name = next_name(&n, &order))) {
        char member[CYT_H5_PATH];
        cyt_h5_join(member, strcmp(path, "/") == 0 ? "" : path, name);
        if (order != 0)
            cyt_file_differs(pair, member, INFINITY, "only in the %s",
                             order < 0 ? "first" : "second");
        else
            CYT_TRY(compare_object(pair, member, depth, err));
    }
done:
    free_both(&n);
    return code;
}

cyt_code cyt_file_diff_find(const char *a, const char *b, double tolerance,
                            cyt_file_diff *diff, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_h5_file first = {0}, second = {0};
    const cyt_file_pair pair = {&first, &second, tolerance, diff};
    *diff = (cyt_file_diff){0};
    CYT_TRY(cyt_h5_open(a, a, "", &first, err));
    CYT_TRY(cyt_h5_open(b, b, "", &second, err));
    CYT_TRY(compare_object(&pair, "/", 0, err));
done:
    cyt_h5_close(&second);
    cyt_h5_close(&first);
    return code;
}
