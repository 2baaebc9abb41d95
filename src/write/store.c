// SPDX-License-Identifier: BSD-3-Clause
/*
 * Life of a store: create, groups and links, close.
 *
 * Open MPI's collective write algorithms lose the error of a failed write on their way
 * through the aggregating rank (measured: 5 MB into a full 1 MB file system, no error
 * on 3 ranks). Since every rank writes whole chunks of its own, nothing needs
 * aggregating, and the component "individual" reports errors and writes no stray bytes.
 *
 * Between hosts Open MPI keeps a shared file pointer, which HDF5 does not use, in files
 * beside each file, and a job that is killed leaves them behind. The component "sm"
 * keeps it in memory; where ranks are on several hosts there is then none. It guards
 * it with a semaphore that all programs of a host see and whose name is the file's,
 * without its folder: one that a killed program left locked would stop every later run
 * that has a slide of this name, one of another user would refuse it. So a file that
 * grows has a name of its own.
 *
 * HDF5 ends itself in MPI_Finalize() and at exit. A file whose close failed it keeps in
 * its tables, half freed, and then crashes (CVE-2020-10812), although all was said and
 * done. Every file is closed here, so it need not end itself: begun before MPI_Init()
 * it does not hang on MPI_Finalize(), and exit it is asked to leave alone.
 */
#include "store_impl.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/folder.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/zstd_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void cyt_store_environment(void)
{
    setenv("OMPI_MCA_fbtl_posix_write_datasieving", "0", 0);
    setenv("OMPI_MCA_fcoll", "individual", 0);
    setenv("OMPI_MCA_sharedfp", "sm", 0);
    (void)H5dont_atexit();
    (void)H5open(); /* what fails here fails again with the first file */
}

static const char full_disk[] = "; look for a full disk or a quota";

cyt_code cyt_store_state(const cyt_store *store, cyt_error *err)
{
    if (store->failed.code != CYT_OK && err->code == CYT_OK)
        *err = store->failed;
    return store->failed.code;
}

cyt_code cyt_store_meet(cyt_store *store, cyt_code local, cyt_error *err)
{
    if (local == CYT_OK && store->is_spoilt)
        local = CYT_FAIL(err, CYT_ERR_IO, store->path, "a write failed%s", full_disk);
    const cyt_code code = cyt_agree(store->comm, local, err);
    if (code != CYT_OK && store->failed.code == CYT_OK)
        store->failed = *err;
    return code;
}

typedef struct hdf5_words {
    char text[256];
} hdf5_words;

/* The walk starts at the innermost failure; its description says most. */
static herr_t first_words(unsigned n, const H5E_error2_t *error, void *data)
{
    hdf5_words *words = data;
    if (n == 0 && error->desc)
        snprintf(words->text, sizeof words->text, "%s", error->desc);
    return 0;
}

const char *cyt_store_advice(int why)
{
    return why == ENOSPC || why == EDQUOT || why == EIO
               ? full_disk
               : "; check the folder and its permissions";
}

/* Room is what a write may lack, and what HDF5 may say itself. */
static const char *advice(const char *doing, const char *words)
{
    static const char *const writes[] = {"write", "flush", "close"};
    static const int reasons[] = {ENOSPC, EDQUOT, EIO};
    int is_room = 0;
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++)
        is_room |= strncmp(doing, writes[i], strlen(writes[i])) == 0;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        is_room |= strstr(words, strerror(reasons[i])) != NULL;
    return is_room ? full_disk : "";
}

cyt_code cyt_store_hdf5_failed(const cyt_store *store, cyt_error *err,
                               const char *where, const char *doing, const char *object)
{
    hdf5_words words = {"no reason given by HDF5"};
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, first_words, &words);
    for (char *c = words.text; *c; c++)
        if (*c == '\n')
            *c = ' ';
    return cyt_fail(err, CYT_ERR_IO, where, store->path, "cannot %s %s: %s%s", doing,
                    object, words.text, advice(doing, words.text));
}

/* --- create --------------------------------------------------------------------- */

/* Collective over comm. */
static uint32_t draw_number(MPI_Comm comm)
{
    uint32_t number = 0;
    if (cyt_comm_rank(comm) == 0 && getentropy(&number, sizeof number) != 0)
        number = (uint32_t)getpid();
    cyt_bcast(&number, 1, MPI_UINT32_T, 0, comm);
    return number;
}

static cyt_code name_files(cyt_store *store, const char *path, uint32_t number,
                           cyt_error *err)
{
    const size_t n = strlen(path) + sizeof "..part" + CYT_PART_DIGITS;
    store->path = cyt_strdup(path, err);
    store->part = cyt_alloc(n, 1, "a file name", err);
    if (store->part)
        snprintf(store->part, n, "%s.%0*" PRIx32 ".part", path, CYT_PART_DIGITS,
                 number);
    return err->code;
}

/* Rank 0 makes the file first, with plain calls whose errors can be told in words. */
static cyt_code make_file(cyt_store *store, cyt_error *err)
{
    if (CYT_FAULT("store.create"))
        return CYT_FAIL(err, CYT_ERR_CREATE, store->path, "fault injected");
    if (store->rank != 0)
        return CYT_OK;
    store->guard = open(store->part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (store->guard >= 0)
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_CREATE, store->path,
                    "cannot create %s: %s; check the folder and its permissions",
                    store->part, strerror(errno));
}

/* MPI_Info of the file; the hints are for ROMIO, should the user have chosen it, and
 * then what the user asks for. */
static MPI_Info make_hints(const cyt_store_settings *settings)
{
    MPI_Info info;
    MPI_Info_create(&info);
    MPI_Info_set(info, "romio_ds_write", "disable");
    MPI_Info_set(info, "romio_cb_write", "disable");
    cyt_store_set_hints(settings, info);
    return info;
}

static hid_t access_list(MPI_Comm comm, const cyt_store_settings *settings)
{
    MPI_Info info = make_hints(settings);
    const hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    const int good = list >= 0 && H5Pset_fapl_mpio(list, comm, info) >= 0 &&
                     H5Pset_all_coll_metadata_ops(list, 1) >= 0 &&
                     H5Pset_coll_metadata_write(list, 1) >= 0 &&
                     H5Pset_libver_bounds(list, H5F_LIBVER_V110, H5F_LIBVER_V110) >= 0;
    MPI_Info_free(&info);
    return good ? list : cyt_store_release(list);
}

/* Creation list of a file or a group, without times. */
static hid_t timeless_list(hid_t class)
{
    const hid_t list = H5Pcreate(class);
    return list >= 0 && H5Pset_obj_track_times(list, 0) >= 0 ? list
                                                             : cyt_store_release(list);
}

/* What can fail on one rank alone comes first: the calls after it are for all. */
static cyt_code prepare_library(cyt_store *store, cyt_error *err)
{
    if (H5Eset_auto2(H5E_DEFAULT, NULL, NULL) < 0)
        return cyt_store_hdf5_failed(store, err, __func__, "quieten", "HDF5");
    if (cyt_zstd_filter_register(err) != CYT_OK)
        return err->code;
    store->access = access_list(store->comm, &store->settings);
    store->creation = timeless_list(H5P_FILE_CREATE);
    store->group_creation = timeless_list(H5P_GROUP_CREATE);
    if (store->access < 0 || store->creation < 0 || store->group_creation < 0)
        cyt_store_hdf5_failed(store, err, __func__, "prepare", store->part);
    return err->code;
}

/* Truncates the file and so lets go of what was reserved. */
static cyt_code open_file(cyt_store *store, cyt_error *err)
{
    store->file = H5Fcreate(store->part, H5F_ACC_TRUNC, store->creation, store->access);
    store->reserved_bytes = 0;
    if (store->file < 0)
        return cyt_store_hdf5_failed(store, err, __func__, "create", store->part);
    cyt_store_watch(store);
    return CYT_OK;
}

static cyt_code begin(cyt_store *store, const char *path, cyt_error *err)
{
    static const char what[] = "the start of the file";
    cyt_code code = CYT_OK;
    const uint32_t number = draw_number(store->comm);
    CYT_TRY(cyt_store_meet(store, name_files(store, path, number, err), err));
    CYT_TRY(cyt_store_meet(store, make_file(store, err), err));
    CYT_TRY(cyt_store_meet(store, prepare_library(store, err), err));
    CYT_TRY(cyt_store_reserve(store, 0, what, err));
    CYT_TRY(cyt_store_meet(store, open_file(store, err), err));
    CYT_TRY(cyt_store_reserve(store, 0, what, err));
done:
    return code;
}

cyt_code cyt_store_create(MPI_Comm comm, const char *path, cyt_store **out,
                          cyt_error *err)
{
    cyt_store *store = cyt_calloc(1, sizeof *store, "an output file", err);
    cyt_code code = cyt_agree(comm, err->code, err);
    *out = NULL;
    if (code != CYT_OK) {
        free(store);
        return code;
    }
    store->comm = comm;
    store->settings = cyt_store_settings_of(comm);
    store->rank = cyt_comm_rank(comm);
    store->file = H5I_INVALID_HID;
    store->access = store->creation = store->group_creation = H5I_INVALID_HID;
    store->guard = -1;
    code = begin(store, path, err);
    if (code != CYT_OK)
        return cyt_store_close(&store, 0, err);
    *out = store;
    return CYT_OK;
}

/* --- groups and links ------------------------------------------------------------ */

static cyt_code make_group(cyt_store *store, const char *path, cyt_error *err)
{
    const hid_t group =
        H5Gcreate2(store->file, path, H5P_DEFAULT, store->group_creation, H5P_DEFAULT);
    if (group < 0 || H5Gclose(group) < 0)
        cyt_store_hdf5_failed(store, err, __func__, "make group", path);
    return err->code;
}

cyt_code cyt_store_group(cyt_store *store, const char *path, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_state(store, err));
    CYT_TRY(cyt_store_reserve(store, 0, path, err));
    CYT_TRY(cyt_store_meet(store, make_group(store, path, err), err));
done:
    return code;
}

static cyt_code make_link(cyt_store *store, const char *target, const char *path,
                          cyt_error *err)
{
    if (H5Lcreate_hard(store->file, target, store->file, path, H5P_DEFAULT,
                       H5P_DEFAULT) < 0)
        cyt_store_hdf5_failed(store, err, __func__, "make link", path);
    return err->code;
}

cyt_code cyt_store_link(cyt_store *store, const char *target, const char *path,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_state(store, err));
    CYT_TRY(cyt_store_reserve(store, 0, path, err));
    CYT_TRY(cyt_store_meet(store, make_link(store, target, path, err), err));
done:
    return code;
}

/* --- close ----------------------------------------------------------------------- */

/* A rank that fails here has taken part all the same: the others wait in the flush. */
static cyt_code flush(cyt_store *store, cyt_error *err)
{
    if (H5Fflush(store->file, H5F_SCOPE_GLOBAL) < 0)
        cyt_store_hdf5_failed(store, err, __func__, "flush", store->part);
    else if (CYT_FAULT("store.close"))
        CYT_FAIL(err, CYT_ERR_IO, store->path, "fault injected");
    return err->code;
}

static cyt_code close_file(cyt_store *store, cyt_error *err)
{
    if (store->file >= 0 && H5Fclose(store->file) < 0)
        cyt_store_hdf5_failed(store, err, __func__, "close", store->part);
    cyt_store_unwatch(store);
    store->file = H5I_INVALID_HID;
    return err->code;
}

/* Rank 0: nothing carries the final name before its bytes are on disk. */
static cyt_code publish(cyt_store *store, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (store->rank != 0)
        return CYT_OK;
    CYT_TRY(cyt_store_trim(store, err));
    const int failed = fsync(store->guard) < 0 || rename(store->part, store->path) < 0;
    const int why = errno;
    if (failed)
        code = CYT_FAIL(err, CYT_ERR_IO, store->path, "cannot complete the file: %s%s",
                        strerror(errno), cyt_store_advice(why));
done:
    return code;
}

static cyt_code finish(cyt_store *store, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_meet(store, flush(store, err), err));
    CYT_TRY(cyt_store_meet(store, close_file(store, err), err));
    CYT_TRY(cyt_store_look_back(store, err));
    CYT_TRY(cyt_store_meet(store, publish(store, err), err));
done:
    return code;
}

/* A file that is given up must still be closed, and closing writes; the room for that
 * is held. What goes wrong here changes nothing: the file is removed anyway. */
static void give_up(cyt_store *store)
{
    cyt_error ignored = {0};
    if (cyt_any(store->comm, store->file >= 0)) {
        close_file(store, &ignored);
        cyt_barrier(store->comm);
    }
    if (store->guard >= 0)
        unlink(store->part);
}

static void destroy(cyt_store *store)
{
    if (store->guard >= 0)
        close(store->guard);
    for (size_t i = 0; i < store->n_digests; i++)
        free(store->digests[i].path);
    free(store->digests);
    cyt_store_expected_free(store);
    cyt_store_release(store->access);
    cyt_store_release(store->creation);
    cyt_store_release(store->group_creation);
    free(store->path);
    free(store->part);
    free(store);
}

cyt_code cyt_store_close(cyt_store **store, int keep, cyt_error *err)
{
    cyt_store *s = *store;
    *store = NULL;
    if (!s)
        return CYT_OK;
    cyt_code code = cyt_store_state(s, err);
    if (code == CYT_OK && keep)
        code = finish(s, err);
    if (code != CYT_OK || !keep)
        give_up(s);
    destroy(s);
    return code;
}
