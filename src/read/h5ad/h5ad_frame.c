// SPDX-License-Identifier: BSD-3-Clause
#include "read/h5ad/h5ad_frame.h"

#include "cytotaxis/strbuf.h"
#include "cytotaxis/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- names ------------------------------------------------------------------------ */

int cyt_h5ad_is_table(const cyt_h5_file *file, const char *frame)
{
    return cyt_h5_look(file, frame) == CYT_H5_DATASET;
}

int cyt_h5ad_has_column(const cyt_h5_file *file, const char *frame, const char *name)
{
    char path[CYT_H5_PATH];
    if (cyt_h5ad_is_table(file, frame))
        return cyt_h5_has_member(file, frame, name);
    cyt_h5_join(path, frame, name);
    return cyt_h5_look(file, path) != CYT_H5_ABSENT;
}

/* Drop what is no column of its own, and the index; "": that is not known. */
static void drop_internal(cyt_names *names, const char *index)
{
    size_t kept = 0;
    for (size_t i = 0; i < names->n; i++) {
        if (strcmp(names->name[i], "__categories") == 0 ||
            strcmp(names->name[i], index) == 0)
            free(names->name[i]);
        else
            names->name[kept++] = names->name[i];
    }
    names->n = kept;
}

cyt_code cyt_h5ad_absent(const cyt_h5_file *file, const char *group, const char *what,
                         const char *name, cyt_error *err)
{
    enum { SHOWN = 20 }; /* names that fit a line */
    cyt_names names = {0};
    cyt_strbuf list = {0};
    cyt_code code;
    CYT_TRY(cyt_h5_members(file, group, &names, err));
    drop_internal(&names, "");
    for (size_t i = 0; i < names.n && i < SHOWN; i++)
        cyt_strbuf_add(&list, err, "%s%s", i ? ", " : "", names.name[i]);
    if (names.n > SHOWN)
        cyt_strbuf_add(&list, err, ", and %zu more", names.n - SHOWN);
    if ((code = err->code) != CYT_OK)
        goto done;
    const char *near = cyt_nearest_name(name, &names);
    code = CYT_H5_FAIL(file, err, " has no %s \"%s\"%s%s%s it has: %s", what, name,
                       near ? "; did you mean \"" : ";", near ? near : "",
                       near ? "\"?" : "", list.text ? list.text : "none");
done:
    cyt_strbuf_free(&list);
    cyt_names_free(&names);
    return code;
}

cyt_code cyt_h5ad_column_names(const cyt_h5_file *file, const char *frame,
                               cyt_names *names, cyt_error *err)
{
    cyt_h5_text order = {0};
    cyt_code code = CYT_OK;
    char index[CYT_H5_PATH] = "";
    const cyt_h5_what kind = cyt_h5_look(file, frame);
    if (kind == CYT_H5_BROKEN) /* else its index would be taken for a column */
        CYT_TRY(CYT_H5_FAIL(file, err, " %s cannot be read%s", frame, CYT_H5_UNREAD));
    if (kind == CYT_H5_GROUP) {
        CYT_TRY(cyt_h5_attr_text(file, frame, "column-order", &order, err));
        CYT_TRY(cyt_h5_attr_word(file, frame, "_index", index, err));
    }
    for (size_t i = 0; i < order.n; i++) {
        size_t length;
        const char *bytes = cyt_h5_text_get(&order, i, &length);
        CYT_TRY(cyt_names_add(names, bytes, length, err));
    }
    if (order.n == 0) {
        CYT_TRY(cyt_h5_members(file, frame, names, err));
        drop_internal(names, index);
    }
done:
    cyt_h5_text_free(&order);
    return code;
}

/* --- index ------------------------------------------------------------------------ */

static cyt_code first_member(const cyt_h5_file *file, const char *frame,
                             char name[CYT_H5_PATH], cyt_error *err)
{
    cyt_names names = {0};
    cyt_code code;
    CYT_TRY(cyt_h5_members(file, frame, &names, err));
    if (names.n == 0)
        CYT_TRY(CYT_H5_FAIL(
            file, err, " is not an AnnData file: dataset %s is not compound", frame));
    snprintf(name, CYT_H5_PATH, "%s", names.name[0]);
done:
    cyt_names_free(&names);
    return code;
}

/* Of a group that does not name its index. */
static cyt_code usual_index(const cyt_h5_file *file, const char *frame,
                            char name[CYT_H5_PATH], cyt_error *err)
{
    static const char *const usual[] = {"_index",    "index", "CellID",
                                        "obs_names", "Gene",  "var_names"};
    char encoding[CYT_H5_PATH];
    const cyt_code code = cyt_h5_attr_word(file, frame, "encoding-type", encoding, err);
    if (code == CYT_OK && strcmp(encoding, "dataframe") == 0)
        return CYT_H5_FAIL(file, err,
                           " is not an AnnData file: group %s has no attribute _index, "
                           "the name of its index column",
                           frame);
    for (size_t k = sizeof usual / sizeof *usual; k-- > 0;)
        if (cyt_h5ad_has_column(file, frame, usual[k]))
            snprintf(name, CYT_H5_PATH, "%s", usual[k]);
    return code;
}

cyt_code cyt_h5ad_index_name(const cyt_h5_file *file, const char *frame,
                             char name[CYT_H5_PATH], cyt_error *err)
{
    const cyt_h5_what what = cyt_h5_look(file, frame);
    name[0] = '\0';
    if (what == CYT_H5_DATASET)
        return first_member(file, frame, name, err);
    if (what == CYT_H5_DAMAGED)
        return CYT_H5_FAIL(file, err, " %s has a damaged header", frame);
    if (what == CYT_H5_ELSEWHERE)
        return cyt_h5_elsewhere(file, frame, err);
    if (what != CYT_H5_GROUP)
        return CYT_H5_FAIL(file, err, " is not an AnnData file: it has no group %s",
                           frame);
    const cyt_code code = cyt_h5_attr_word(file, frame, "_index", name, err);
    return code == CYT_OK && !*name ? usual_index(file, frame, name, err) : code;
}

/* --- labels ----------------------------------------------------------------------- */

/* The object that attribute `categories` points to; 0 when it points to none. */
static haddr_t categories_address(const cyt_h5_file *file, const char *column,
                                  hobj_ref_t *reference)
{
    const hid_t attr =
        H5Aopen_by_name(file->id, column, "categories", H5P_DEFAULT, H5P_DEFAULT);
    const hid_t type = attr >= 0 ? H5Aget_type(attr) : -1,
                space = attr >= 0 ? H5Aget_space(attr) : -1;
    const int ok = type >= 0 && space >= 0 && H5Tequal(type, H5T_STD_REF_OBJ) > 0 &&
                   H5Sget_simple_extent_npoints(space) == 1 &&
                   H5Aread(attr, H5T_STD_REF_OBJ, reference) >= 0;
    if (type >= 0)
        H5Tclose(type);
    if (space >= 0)
        H5Sclose(space);
    if (attr >= 0)
        H5Aclose(attr);
    return ok ? (haddr_t)*reference : 0;
}

static int is_object(const cyt_h5_file *file, const char *path, haddr_t address)
{
    H5O_info_t info;
    return cyt_h5_look(file, path) == CYT_H5_DATASET &&
           H5Oget_info_by_name2(file->id, path, &info, H5O_INFO_BASIC, H5P_DEFAULT) >=
               0 &&
           info.addr == address;
}

/* Where anndata puts them, or wherever the reference points. */
static cyt_code follow_reference(const cyt_h5_file *file, const char *frame,
                                 const char *column, const char *name,
                                 char path[CYT_H5_PATH], cyt_error *err)
{
    hobj_ref_t reference = 0;
    char usual[CYT_H5_PATH], group[CYT_H5_PATH];
    cyt_h5_join(group, frame, "__categories");
    cyt_h5_join(usual, group, name);
    const haddr_t address = categories_address(file, column, &reference);
    ssize_t length = 0;
    if (address && is_object(file, usual, address))
        length = snprintf(path, CYT_H5_PATH, "%s", usual);
    else if (address)
        length =
            H5Rget_name(file->id, H5R_OBJECT, &reference, path, (size_t)CYT_H5_PATH);
    if (length > 0 && length < CYT_H5_PATH)
        return CYT_OK;
    return CYT_H5_FAIL(file, err,
                       " %s: its attribute categories does not point to the labels",
                       column);
}

cyt_code cyt_h5ad_labels_path(const cyt_h5_file *file, const char *frame,
                              const char *name, char path[CYT_H5_PATH], cyt_error *err)
{
    char column[CYT_H5_PATH], in_uns[CYT_H5_PATH];
    path[0] = '\0';
    if (cyt_h5ad_is_table(file, frame)) {
        const int n = snprintf(in_uns, sizeof in_uns, "%s_categories", name);
        if (n < CYT_H5_PATH)
            cyt_h5_join(path, "uns", in_uns);
        if (cyt_h5_look(file, path) == CYT_H5_ABSENT)
            path[0] = '\0';
        return CYT_OK;
    }
    cyt_h5_join(column, frame, name);
    return H5Aexists_by_name(file->id, column, "categories", H5P_DEFAULT) > 0
               ? follow_reference(file, frame, column, name, path, err)
               : CYT_OK;
}
