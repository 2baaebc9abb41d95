// SPDX-License-Identifier: BSD-3-Clause
#include "read/h5/h5_util.h"

#include "read/h5/h5_filter.h"
#include "read/h5/h5_header.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

cyt_code cyt_h5_fail(const cyt_h5_file *file, cyt_error *err, const char *where,
                     const char *fmt, ...)
{
    char text[sizeof err->text];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return cyt_fail(err, CYT_ERR_DATA, where, file->sample, "%s%s", file->shown, text);
}

cyt_code cyt_h5_elsewhere(const cyt_h5_file *file, const char *path, cyt_error *err)
{
    return CYT_H5_FAIL(file, err,
                       " %s lies in another file, which is not looked into; write the "
                       "file anew with all in it",
                       path);
}

static herr_t keep_first(unsigned n, const H5E_error2_t *entry, void *text)
{
    if (n == 0 && entry->desc)
        snprintf(text, 160, "%s", entry->desc);
    return 0;
}

void cyt_h5_reason(char *text, size_t size)
{
    char reason[160] = "HDF5 gives no reason";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, reason);
    snprintf(text, size, "%s", reason);
}

/* --- the file --------------------------------------------------------------------- */

/* The signature stands at byte 0, 512, 1024, 2048, … (a user block may come before it).
 */
static int find_signature(cyt_h5_file *file)
{
    static const char signature[8] = "\x89HDF\r\n\x1a\n";
    for (uint64_t at = 0; at + 8 <= file->bytes; at = at ? 2 * at : 512) {
        char found[8];
        if (pread(file->fd, found, 8, (off_t)at) != 8)
            return 0;
        if (memcmp(found, signature, 8) == 0) {
            file->base = at;
            return 1;
        }
    }
    return 0;
}

static cyt_code open_plain(const char *path, cyt_h5_file *file, cyt_error *err)
{
    struct stat info;
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* waits for no pipe */
    if (file->fd < 0 || fstat(file->fd, &info) != 0)
        return CYT_FAIL(err, CYT_ERR_NO_INPUT, file->sample, "%s cannot be opened: %s",
                        file->shown, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return CYT_FAIL(err, CYT_ERR_NO_INPUT, file->sample,
                        "%s: not a file but a folder, pipe or device", file->shown);
    file->bytes = (uint64_t)info.st_size;
    if (!find_signature(file))
        return CYT_H5_FAIL(file, err, " is not an HDF5 file: its signature is missing");
    return CYT_OK;
}

static hid_t open_hdf5(const char *path, char *reason, size_t size)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t id = -1;
    if (access >= 0 && H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0 &&
        H5Pset_file_locking(access, 0, 1) >= 0)
        id = H5Fopen(path, H5F_ACC_RDONLY, access);
    if (id < 0)
        cyt_h5_reason(reason, size); /* before the next call clears it */
    if (access >= 0)
        H5Pclose(access);
    return id;
}

static int read_sizes(cyt_h5_file *file)
{
    const hid_t plist = H5Fget_create_plist(file->id);
    const int ok =
        plist >= 0 && H5Pget_sizes(plist, &file->n_address, &file->n_length) >= 0 &&
        (file->n_address == 8 || file->n_address == 4 || file->n_address == 2) &&
        (file->n_length == 8 || file->n_length == 4 || file->n_length == 2);
    if (plist >= 0)
        H5Pclose(plist);
    return ok;
}

/* HDF5 follows no link to another file any more; there is no switch for one file. */
static int forget_external_links(void)
{
    return H5Lis_registered(H5L_TYPE_EXTERNAL) <= 0 ||
           H5Lunregister(H5L_TYPE_EXTERNAL) >= 0;
}

cyt_code cyt_h5_open(const char *path, const char *shown, const char *sample,
                     cyt_h5_file *file, cyt_error *err)
{
    *file = (cyt_h5_file){.fd = -1, .shown = shown ? shown : path, .sample = sample};
    cyt_code code = open_plain(path, file, err);
    if (code == CYT_OK)
        code = cyt_h5_filter_register(err);
    if (code != CYT_OK)
        return code;
    H5Eget_auto2(H5E_DEFAULT, &file->old_print, &file->old_print_data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    char reason[160] = "its addresses have an unknown width";
    const hid_t id =
        forget_external_links() ? open_hdf5(path, reason, sizeof reason) : -1;
    if (id >= 0) {
        file->id = id;
        if (read_sizes(file))
            return CYT_OK;
    }
    code = CYT_H5_FAIL(file, err,
                       ": truncated or damaged HDF5 file (%s); copy it again", reason);
    if (id < 0)
        H5Eset_auto2(H5E_DEFAULT, file->old_print, file->old_print_data);
    return code;
}

void cyt_h5_close(cyt_h5_file *file)
{
    if (file->id > 0) {
        H5Fclose(file->id);
        H5Eset_auto2(H5E_DEFAULT, file->old_print, file->old_print_data);
    }
    if (file->shown && file->fd >= 0)
        close(file->fd);
    *file = (cyt_h5_file){0};
}

/* --- what is there ---------------------------------------------------------------- */

void cyt_h5_join(char path[CYT_H5_PATH], const char *group, const char *name)
{
    const int n = snprintf(path, CYT_H5_PATH, "%s/%s", group, name);
    if (name[0] == '\0' || name[0] == '/' || n < 0 || n >= CYT_H5_PATH)
        path[0] = '\0';
}

static int is_null(hid_t dataset)
{
    const hid_t space = H5Dget_space(dataset);
    const int null = space >= 0 && H5Sget_simple_extent_type(space) == H5S_NULL;
    if (space >= 0)
        H5Sclose(space);
    return null;
}

/* Are the values of a dataset in other files, by external storage or as a view of other
 * datasets? To be asked before its extents, for which HDF5 may open those of a view. */
static int is_elsewhere(hid_t dataset)
{
    const hid_t plist = H5Dget_create_plist(dataset);
    const int elsewhere = plist >= 0 && (H5Pget_layout(plist) == H5D_VIRTUAL ||
                                         H5Pget_external_count(plist) > 0);
    if (plist >= 0)
        H5Pclose(plist);
    return elsewhere;
}

/* Of a link that could not be followed. */
static cyt_h5_what look_at_link(const cyt_h5_file *file, const char *path)
{
    H5L_info_t info;
    return H5Lget_info(file->id, path, &info, H5P_DEFAULT) >= 0 &&
                   info.type == H5L_TYPE_EXTERNAL
               ? CYT_H5_ELSEWHERE
               : CYT_H5_BROKEN;
}

/* HDF5 could not say whether it is there: because a part of the path is not, or because
 * it failed. */
static cyt_h5_what look_above(const cyt_h5_file *file, const char *path)
{
    char parent[CYT_H5_PATH];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path || slash - path >= CYT_H5_PATH)
        return CYT_H5_BROKEN;
    memcpy(parent, path, (size_t)(slash - path));
    parent[slash - path] = '\0';
    const cyt_h5_what what = cyt_h5_look(file, parent);
    if (what == CYT_H5_GROUP)
        return CYT_H5_BROKEN;
    return what == CYT_H5_BROKEN || what == CYT_H5_ELSEWHERE || what == CYT_H5_DAMAGED
               ? what
               : CYT_H5_ABSENT;
}

cyt_h5_what cyt_h5_look(const cyt_h5_file *file, const char *path)
{
    if (path[0] == '\0')
        return CYT_H5_ABSENT;
    const htri_t there = H5Lexists(file->id, path, H5P_DEFAULT);
    if (there <= 0)
        return there == 0 ? CYT_H5_ABSENT : look_above(file, path);
    if (!cyt_h5_header_ok(file, path))
        return CYT_H5_DAMAGED;
    const hid_t object = H5Oopen(file->id, path, H5P_DEFAULT);
    if (object < 0)
        return look_at_link(file, path);
    const H5I_type_t type = H5Iget_type(object);
    const cyt_h5_what what = type == H5I_GROUP      ? CYT_H5_GROUP
                             : type != H5I_DATASET  ? CYT_H5_OTHER
                             : is_elsewhere(object) ? CYT_H5_ELSEWHERE
                             : is_null(object)      ? CYT_H5_ABSENT
                                                    : CYT_H5_DATASET;
    H5Oclose(object);
    return what;
}

cyt_h5_what cyt_h5_look_along(const cyt_h5_file *file, const char *path)
{
    cyt_h5_what what = CYT_H5_GROUP;
    for (const char *at = path; *at;) {
        char part[CYT_H5_PATH];
        at += strspn(at, "/");
        at += strcspn(at, "/");
        const size_t n = (size_t)(at - path);
        if (n >= sizeof part)
            return CYT_H5_ABSENT;
        memcpy(part, path, n);
        part[n] = '\0';
        what = cyt_h5_look(file, part);
        if (*at && what != CYT_H5_GROUP)
            return CYT_H5_ABSENT;
    }
    return what;
}

typedef struct member_list {
    cyt_names *names;
    cyt_error *err;
} member_list;

static herr_t add_member(hid_t group, const char *name, const H5L_info_t *info,
                         void *data)
{
    member_list *list = data;
    const size_t n = strlen(name);
    (void)group;
    (void)info;
    if (n >= CYT_H5_PATH)
        return 0;
    return cyt_names_add(list->names, name, n, list->err) == CYT_OK ? 0 : -1;
}

/* By iteration: asking for the name of each index would sort the group each time. */
static cyt_code group_members(const cyt_h5_file *file, const char *path,
                              cyt_names *names, cyt_error *err)
{
    member_list list = {names, err};
    if (H5Literate_by_name(file->id, path, H5_INDEX_NAME, H5_ITER_INC, NULL, add_member,
                           &list, H5P_DEFAULT) < 0 &&
        err->code == CYT_OK)
        return CYT_H5_FAIL(file, err, " %s, its members cannot be listed%s", path,
                           CYT_H5_UNREAD);
    return err->code;
}

/* The type of the compound dataset at @p path; negative when it is none. */
static hid_t compound_type(const cyt_h5_file *file, const char *path)
{
    if (cyt_h5_look(file, path) != CYT_H5_DATASET)
        return -1;
    const hid_t data = H5Dopen2(file->id, path, H5P_DEFAULT);
    hid_t type = data >= 0 ? H5Dget_type(data) : -1;
    if (data >= 0)
        H5Dclose(data);
    if (type >= 0 && H5Tget_class(type) != H5T_COMPOUND) {
        H5Tclose(type);
        type = -1;
    }
    return type;
}

int cyt_h5_has_member(const cyt_h5_file *file, const char *path, const char *name)
{
    const hid_t type = compound_type(file, path);
    const int has = type >= 0 && H5Tget_member_index(type, name) >= 0;
    if (type >= 0)
        H5Tclose(type);
    return has;
}

static cyt_code compound_members(const cyt_h5_file *file, const char *path,
                                 cyt_names *names, cyt_error *err)
{
    const hid_t type = compound_type(file, path);
    const int n = type >= 0 ? H5Tget_nmembers(type) : 0;
    cyt_code code = CYT_OK;
    for (int i = 0; i < n && code == CYT_OK; i++) {
        char *name = H5Tget_member_name(type, (unsigned)i);
        if (name && strlen(name) < CYT_H5_PATH)
            code = cyt_names_add(names, name, strlen(name), err);
        H5free_memory(name);
    }
    if (type >= 0)
        H5Tclose(type);
    return code;
}

cyt_code cyt_h5_members(const cyt_h5_file *file, const char *path, cyt_names *names,
                        cyt_error *err)
{
    return cyt_h5_look(file, path) == CYT_H5_GROUP
               ? group_members(file, path, names, err)
               : compound_members(file, path, names, err);
}

/* --- types ------------------------------------------------------------------------ */

static cyt_h5_class class_of_integer(hid_t type)
{
    const size_t size = H5Tget_size(type);
    const int whole = (size == 1 || size == 2 || size == 4 || size == 8) &&
                      H5Tget_precision(type) == 8 * size && H5Tget_offset(type) == 0 &&
                      H5Tget_order(type) <= H5T_ORDER_BE;
    if (!whole)
        return CYT_H5_OTHER_CLASS;
    return H5Tget_sign(type) == H5T_SGN_NONE ? CYT_H5_UNSIGNED : CYT_H5_INTEGER;
}

/* IEEE 754 binary16, 32 and 64 and nothing else: HDF5 can describe stranger ones. */
static cyt_h5_class class_of_real(hid_t type)
{
    static const struct {
        size_t size, sign, exponent, n_exponent, n_mantissa, bias;
    } ieee[] = {
        {2, 15, 10, 5, 10, 15}, {4, 31, 23, 8, 23, 127}, {8, 63, 52, 11, 52, 1023}};
    size_t sign, exponent, n_exponent, mantissa, n_mantissa;
    if (H5Tget_fields(type, &sign, &exponent, &n_exponent, &mantissa, &n_mantissa) < 0)
        return CYT_H5_OTHER_CLASS;
    for (size_t k = 0; k < sizeof ieee / sizeof *ieee; k++)
        if (H5Tget_size(type) == ieee[k].size && sign == ieee[k].sign &&
            exponent == ieee[k].exponent && n_exponent == ieee[k].n_exponent &&
            mantissa == 0 && n_mantissa == ieee[k].n_mantissa &&
            H5Tget_ebias(type) == ieee[k].bias &&
            H5Tget_precision(type) == 8 * ieee[k].size && H5Tget_offset(type) == 0 &&
            H5Tget_norm(type) == H5T_NORM_IMPLIED && H5Tget_order(type) <= H5T_ORDER_BE)
            return CYT_H5_REAL;
    return CYT_H5_OTHER_CLASS;
}

/* Logicals of R may be missing, which is a third value. */
int cyt_h5_missing_value(hid_t type, char *value)
{
    const int n = H5Tget_class(type) == H5T_ENUM ? H5Tget_nmembers(type) : 0;
    for (int i = 0; n == 3 && H5Tget_size(type) == 1 && i < n; i++) {
        char *name = H5Tget_member_name(type, (unsigned)i);
        const int is_na = name && strcmp(name, "NA") == 0;
        H5free_memory(name);
        if (is_na)
            return H5Tget_member_value(type, (unsigned)i, value) >= 0;
    }
    return 0;
}

static cyt_h5_class class_of_enum(hid_t type)
{
    char missing;
    const hid_t base = H5Tget_super(type);
    const int boolean =
        base >= 0 && H5Tget_size(type) == 1 &&
        (H5Tget_nmembers(type) == 2 || cyt_h5_missing_value(type, &missing)) &&
        class_of_integer(base) != CYT_H5_OTHER_CLASS;
    if (base >= 0)
        H5Tclose(base);
    return boolean ? CYT_H5_BOOLEAN : CYT_H5_OTHER_CLASS;
}

cyt_h5_class cyt_h5_class_of(hid_t type)
{
    switch (H5Tget_class(type)) {
    case H5T_INTEGER:
        return class_of_integer(type);
    case H5T_FLOAT:
        return class_of_real(type);
    case H5T_ENUM:
        return class_of_enum(type);
    case H5T_STRING:
        return H5Tis_variable_str(type) > 0 ? CYT_H5_VTEXT : CYT_H5_TEXT;
    default:
        return CYT_H5_OTHER_CLASS;
    }
}

static int attr_numbers(const cyt_h5_file *file, const char *path, const char *name,
                        size_t n, hid_t memory_type, void *out)
{
    const hid_t attr =
        cyt_h5_header_ok(file, path)
            ? H5Aopen_by_name(file->id, path, name, H5P_DEFAULT, H5P_DEFAULT)
            : -1;
    if (attr < 0)
        return 0;
    const hid_t type = H5Aget_type(attr), space = H5Aget_space(attr);
    const cyt_h5_class kind = type >= 0 ? cyt_h5_class_of(type) : CYT_H5_OTHER_CLASS;
    const int fits =
        (kind == CYT_H5_INTEGER || kind == CYT_H5_UNSIGNED || kind == CYT_H5_REAL) &&
        space >= 0 && H5Sget_simple_extent_npoints(space) == (hssize_t)n &&
        H5Aread(attr, memory_type, out) >= 0;
    if (type >= 0)
        H5Tclose(type);
    if (space >= 0)
        H5Sclose(space);
    H5Aclose(attr);
    return fits;
}

int cyt_h5_attr_i64(const cyt_h5_file *file, const char *path, const char *name,
                    size_t n, int64_t *out)
{
    return attr_numbers(file, path, name, n, H5T_NATIVE_INT64, out);
}

int cyt_h5_attr_f64(const cyt_h5_file *file, const char *path, const char *name,
                    double *out)
{
    return attr_numbers(file, path, name, 1, H5T_NATIVE_DOUBLE, out);
}
