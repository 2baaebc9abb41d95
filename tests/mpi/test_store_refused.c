// SPDX-License-Identifier: BSD-3-Clause
/* What the store does not do: leave files behind, hang, hold much more of the disk than
 * it needs, or let damaged chunks pass. */
#include "cytotaxis/fault.h"
#include "cytotaxis/folder.h"
#include "cytotaxis/store.h"
#include "cytotaxis/zstd_filter.h"
#include "result_folder.h"

#include <hdf5.h>
#include <zstd.h>

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/resource.h>

static int rank, size;

static const cyt_store_layout floats = {.type = CYT_STORE_F32,
                                        .n_rows = 512,
                                        .n_cols = 16,
                                        .filter = CYT_COMPRESS_ZSTD,
                                        .chunk_rows = 64};
enum { N_FLOATS = 512 * 16 };

static float value_at(size_t i)
{
    return (float)(i % 97);
}

static cyt_code write_floats(cyt_store *store, cyt_error *err)
{
    static float all[N_FLOATS];
    for (size_t i = 0; i < N_FLOATS; i++)
        all[i] = value_at(i);
    return cyt_store_array(store, "/floats", &floats, all, err);
}

static cyt_store *begin(const char *name)
{
    char path[256];
    cyt_store *store;
    cyt_error err = {0};
    assert_all(cyt_store_create(MPI_COMM_WORLD, in_root(name, path), &store, &err) ==
               CYT_OK);
    return store;
}

/* Nothing in the folder; asked when all ranks are through. */
static int folder_is_empty(void)
{
    MPI_Barrier(MPI_COMM_WORLD);
    const int n = n_in_root();
    MPI_Barrier(MPI_COMM_WORLD);
    return n == 0;
}

static int exists(const char *name)
{
    char path[256];
    return access(in_root(name, path), F_OK) == 0;
}

static void remove_file(const char *name)
{
    char path[256];
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0)
        remove(in_root(name, path));
    MPI_Barrier(MPI_COMM_WORLD);
}

/* --- names while it grows, and after ---------------------------------------------- */

/* What the file is called while it grows; "" when it does not. */
static const char *part_of(const char *name, char path[256])
{
    char folder[256];
    DIR *dir = opendir(in_root("", folder));
    path[0] = '\0';
    for (const struct dirent *e; dir && (e = readdir(dir)) != NULL;)
        if (strncmp(e->d_name, name, strlen(name)) == 0 && strstr(e->d_name, ".part"))
            snprintf(path, 256, "%s/%.100s", root, e->d_name);
    if (dir)
        closedir(dir);
    return path;
}

static int has_part(const char *name)
{
    char path[256];
    MPI_Barrier(MPI_COMM_WORLD);
    const int found = *part_of(name, path) != '\0';
    MPI_Barrier(MPI_COMM_WORLD);
    return found;
}

static void a_file_has_its_name_when_it_is_whole_and_not_before(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_store *store = begin("a.h5");
    assert_all(write_floats(store, &err) == CYT_OK);
    assert_all(has_part("a.h5") && !exists("a.h5"));
    assert_all(cyt_store_close(&store, 1, &err) == CYT_OK && !store);
    assert_all(!has_part("a.h5") && exists("a.h5"));
    remove_file("a.h5");
}

/* Open MPI names a lock after the file, for all programs of the host. */
static void
no_program_before_stops_one_that_writes_a_file_of_the_same_name(void **state)
{
    (void)state;
    static const char lock_name[] = "/OMPIO_l.h5.part";
    char first[256], second[256];
    cyt_error err = {0};
    sem_t *lock = rank == 0 ? sem_open(lock_name, O_CREAT, 0600, 0) : NULL;
    assert_all(rank != 0 || lock != SEM_FAILED);
    cyt_store *store = begin("l.h5");
    part_of("l.h5", first);
    assert_all(cyt_store_close(&store, 0, &err) == CYT_OK);
    store = begin("l.h5");
    part_of("l.h5", second);
    assert_all(*first && *second && strcmp(first, second) != 0);
    assert_all(cyt_store_close(&store, 0, &err) == CYT_OK);
    if (rank == 0) {
        sem_close(lock);
        sem_unlink(lock_name);
    }
}

static void what_a_killed_program_left_of_a_file_goes_and_no_more(void **state)
{
    (void)state;
    static const char *const left[] = {"k.h5.part", "k.h5.0123abcd.part"},
                             *const others[] = {"k.h5", "k.h5.0123abc.part",
                                                "k.h5.x.h5.0123abcd.part"};
    char path[256];
    for (size_t i = 0; rank == 0 && i < 2; i++)
        fclose(cyt_file_new(in_root(left[i], path)));
    for (size_t i = 0; rank == 0 && i < 3; i++)
        fclose(cyt_file_new(in_root(others[i], path)));
    if (rank == 0)
        cyt_file_remove_parts(in_root("k.h5", path));
    MPI_Barrier(MPI_COMM_WORLD);
    assert_all(!exists(left[0]) && !exists(left[1]));
    for (size_t i = 0; i < 3; i++) {
        assert_all(exists(others[i]));
        remove_file(others[i]);
    }
}

static void a_file_given_up_leaves_nothing_and_harms_nothing(void **state)
{
    (void)state;
    size_t n_before = 0, n_after = 0;
    char path[256];
    cyt_error err = {0};
    cyt_store *store = begin("b.h5");
    assert_all(cyt_store_close(&store, 0, &err) == CYT_OK);
    assert_all(folder_is_empty());

    store = begin("b.h5");
    assert_all(cyt_store_close(&store, 1, &err) == CYT_OK);
    char *before = contents(in_root("b.h5", path), &n_before);
    store = begin("b.h5");
    assert_all(write_floats(store, &err) == CYT_OK);
    assert_all(cyt_store_close(&store, 0, &err) == CYT_OK);
    char *after = contents(path, &n_after);
    assert_all(n_before > 0 && n_after == n_before &&
               memcmp(before, after, n_after) == 0);
    free(before);
    free(after);
    remove_file("b.h5");
    assert_all(folder_is_empty());
}

/* Files of this rank may be so long from now on; returns what they could be. */
static rlim_t limit_files(rlim_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
    return before;
}

/* HDF5 would wait for ever, in a barrier of H5Dcreate(), for the rank that failed. */
static void a_write_that_fails_on_one_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    enum { LITTLE = 1024 };
    signal(SIGXFSZ, SIG_IGN);
    for (int failing = 0; failing < size; failing++) {
        cyt_error err = {0};
        cyt_store *store = begin("w.h5");
        const rlim_t before = rank == failing ? limit_files(LITTLE) : 0;
        assert_all(write_floats(store, &err) == CYT_ERR_IO);
        assert_all(cyt_store_close(&store, 1, &err) == CYT_ERR_IO);
        if (rank == failing)
            limit_files(before);
        assert_all(folder_is_empty());
    }
}

static void a_folder_that_is_not_there_is_one_sentence_for_all(void **state)
{
    (void)state;
    char path[256];
    cyt_store *store;
    cyt_error err = {0};
    assert_all(cyt_store_create(MPI_COMM_WORLD, in_root("no/a.h5", path), &store,
                                &err) == CYT_ERR_CREATE &&
               !store && strstr(err.text, "No such file") && err.rank == 0);
}

/* --- mistakes of callers ---------------------------------------------------------- */

/* The first failure stays: what follows does nothing, and the file goes. */
/* The disk has room, so nobody is sent to look for it. */
static void a_folder_in_place_of_the_file_is_no_full_disk(void **state)
{
    (void)state;
    char path[256];
    cyt_error err = {0};
    if (rank == 0)
        mkdir(in_root("d.h5", path), 0777);
    cyt_store *store = begin("d.h5");
    assert_all(cyt_store_close(&store, 1, &err) == CYT_ERR_IO);
    assert_all(strstr(err.text, strerror(EISDIR)) && !strstr(err.text, "full disk"));
    remove_file("d.h5");
    assert_all(folder_is_empty());
    store = begin("d.h5");
    err = (cyt_error){0};
    assert_all(cyt_store_group(store, "/none/below", &err) == CYT_ERR_IO);
    assert_all(!strstr(err.text, "full disk"));
    assert_all(cyt_store_close(&store, 0, &err) == CYT_ERR_IO);
    assert_all(folder_is_empty());
}

static void check_refused(cyt_store *store, cyt_code code, cyt_code want)
{
    cyt_error later = {0};
    assert_all(code == want);
    assert_all(cyt_store_group(store, "/g", &later) == want);
    later = (cyt_error){0};
    assert_all(cyt_store_close(&store, 1, &later) == want);
    assert_all(folder_is_empty());
}

static void parts_that_do_not_join_are_refused(void **state)
{
    (void)state;
    static const float data[N_FLOATS];
    cyt_error err = {0};
    cyt_store *store = begin("c.h5");
    const uint64_t mine = rank == size - 1 ? floats.n_rows - 1 : 0;
    const cyt_code code = cyt_store_rows(store, "/a", &floats, 0, mine, data, &err);
    check_refused(store, code, CYT_ERR_USAGE);
}

static void a_path_taken_or_without_parent_is_refused(void **state)
{
    (void)state;
    static const char *const paths[] = {"/floats", "/no/floats"};
    for (size_t k = 0; k < 2; k++) {
        const float one = 1;
        cyt_error err = {0};
        cyt_store *store = begin("d.h5");
        assert_all(write_floats(store, &err) == CYT_OK);
        const cyt_code code =
            cyt_store_scalar(store, paths[k], CYT_STORE_F32, 0, &one, &err);
        check_refused(store, code, CYT_ERR_IO);
    }
}

/* --- room on the disk ------------------------------------------------------------- */

/* 1000 small attributes; what is held for them is bounded by what they may take. */
static void little_more_is_held_than_is_written(void **state)
{
    (void)state;
    enum { N = 1000, MOST_BYTES = 2 << 20 };
    cyt_error err = {0};
    struct stat now = {0};
    char path[256];
    cyt_store *store = begin("e.h5");
    for (int i = 0; i < N; i++) {
        char name[32];
        snprintf(name, sizeof name, "attribute %d", i);
        assert_all(cyt_store_attr_int(store, "/", name, i, &err) == CYT_OK);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    assert_all(stat(part_of("e.h5", path), &now) == 0 &&
               now.st_blocks * 512 < MOST_BYTES);
    assert_all(cyt_store_close(&store, 1, &err) == CYT_OK);
    assert_all(stat(in_root("e.h5", path), &now) == 0 &&
               now.st_blocks * 512 < now.st_size + 64 * 1024);
    remove_file("e.h5");
}

/* --- damaged chunks --------------------------------------------------------------- */

typedef size_t filter_fn(unsigned flags, size_t n_parameters,
                         const unsigned *parameters, size_t n_bytes,
                         size_t *buffer_bytes, void **buffer);

enum { RAW = 5000 };

static char raw_at(size_t i)
{
    return (char)((i * i) % 251 % 17);
}

/* Undo the filter on a copy: 0 for a refusal, 1 for the values that went in, -1 for any
 * others. The copy has no byte to spare, so that a sanitizer sees reads beyond it. */
static int undo(const char *chunk, size_t n)
{
    const H5Z_class2_t *zstd = cyt_zstd_filter_class();
    size_t capacity = n;
    void *buffer = malloc(n ? n : 1);
    memcpy(buffer, chunk, n);
    const size_t got = zstd->filter(H5Z_FLAG_REVERSE, 0, NULL, n, &capacity, &buffer);
    int same = got == RAW;
    for (size_t i = 0; same && i < RAW; i++)
        same = ((const char *)buffer)[i] == raw_at(i);
    free(buffer);
    return got == 0 ? 0 : same ? 1 : -1;
}

static size_t make_chunk(char **chunk)
{
    const H5Z_class2_t *zstd = cyt_zstd_filter_class();
    size_t capacity = RAW;
    void *buffer = malloc(RAW);
    for (size_t i = 0; i < RAW; i++)
        ((char *)buffer)[i] = raw_at(i);
    const size_t n = zstd->filter(0, 0, NULL, RAW, &capacity, &buffer);
    *chunk = buffer;
    return n;
}

static void the_filter_refuses_damaged_chunks(void **state)
{
    (void)state;
    char *chunk;
    const size_t n = make_chunk(&chunk);
    size_t unharmed = 0;
    assert_true(n > 0 && n < RAW);
    assert_int_equal(undo(chunk, n), 1);
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(undo(chunk, cut), 0);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        chunk[bit / 8] ^= (char)(1 << bit % 8);
        const int got = undo(chunk, n);
        assert_true(got >= 0);
        unharmed += got == 1;
        chunk[bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_true(unharmed < n / 4); /* a few bits of a frame mean nothing */
    memset(chunk, 0, n);
    assert_int_equal(undo(chunk, n), 0);
    free(chunk);
}

/* A frame that says it holds 2^60 bytes. */
static void the_filter_refuses_a_frame_that_promises_too_much(void **state)
{
    (void)state;
    const unsigned char frame[] = {0x28, 0xB5, 0x2F, 0xFD, 0xE0, 0, 0, 0,
                                   0,    0,    0,    0,    0x10, 1, 0, 0};
    assert_true(ZSTD_getFrameContentSize(frame, sizeof frame) == 1ULL << 60);
    assert_int_equal(undo((const char *)frame, sizeof frame), 0);
}

/* Write the file, spoil the middle of the chunk of rows [64, 128), read. */
static void reading_a_damaged_dataset_is_an_error(void **state)
{
    (void)state;
    static float data[N_FLOATS];
    char path[256];
    cyt_error err = {0};
    cyt_store *store = begin("f.h5");
    int good = 1;
    assert_all(write_floats(store, &err) == CYT_OK);
    assert_all(cyt_store_close(&store, 1, &err) == CYT_OK);
    if (rank == 0) {
        const hsize_t at[2] = {64, 0};
        char junk[64 * 16 * sizeof(float)];
        uint32_t mask = 0;
        hsize_t n = 0;
        hid_t file = H5Fopen(in_root("f.h5", path), H5F_ACC_RDWR, H5P_DEFAULT);
        hid_t set = H5Dopen2(file, "/floats", H5P_DEFAULT);
        good = H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
        for (size_t i = 0; good && i < N_FLOATS; i++)
            good = data[i] == value_at(i);
        good = good && H5Dget_chunk_storage_size(set, at, &n) >= 0 && n < sizeof junk &&
               H5Dread_chunk(set, H5P_DEFAULT, at, &mask, junk) >= 0;
        memset(junk + n / 4, 0xA5, (size_t)n / 2);
        good = good && H5Dwrite_chunk(set, H5P_DEFAULT, 0, at, (size_t)n, junk) >= 0;
        H5Dclose(set);
        H5Fclose(file);
        file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
        set = H5Dopen2(file, "/floats", H5P_DEFAULT);
        good = good &&
               H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0;
        H5Dclose(set);
        H5Fclose(file);
    }
    assert_all(good);
    remove_file("f.h5");
}

/* --- faults ----------------------------------------------------------------------- */

#ifdef CYT_FAULTS
static cyt_code write_a_file(cyt_error *err)
{
    cyt_code code = CYT_OK;
    char path[256];
    cyt_store *store = NULL;
    CYT_TRY(cyt_store_create(MPI_COMM_WORLD, in_root("g.h5", path), &store, err));
    CYT_TRY(cyt_store_group(store, "/g", err));
    CYT_TRY(cyt_store_attr_text(store, "/g", "name", "text", err));
    CYT_TRY(write_floats(store, err));
done:
    if (store) {
        const cyt_code closed = cyt_store_close(&store, code == CYT_OK, err);
        code = code == CYT_OK ? closed : code;
    }
    return code;
}

static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    static const struct {
        const char *name;
        cyt_code code;
    } points[] = {
        {"store.create", CYT_ERR_CREATE},    {"store.reserve", CYT_ERR_IO},
        {"store.attribute", CYT_ERR_MEMORY}, {"store.write", CYT_ERR_MEMORY},
        {"store.close", CYT_ERR_IO},         {"mem.alloc", CYT_ERR_MEMORY},
    };
    (void)state;
    for (size_t k = 0; k < sizeof points / sizeof *points; k++)
        for (int bad = 0; bad < size; bad++) {
            cyt_error err = {0};
            cyt_fault_arm(rank == bad ? points[k].name : NULL);
            const cyt_code code = write_a_file(&err);
            cyt_fault_arm(NULL);
            assert_all(code == points[k].code && err.rank == bad);
            assert_all(folder_is_empty());
        }
}
#endif

int main(int argc, char **argv)
{
    cyt_store_environment();
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_has_its_name_when_it_is_whole_and_not_before),
        cmocka_unit_test(
            no_program_before_stops_one_that_writes_a_file_of_the_same_name),
        cmocka_unit_test(what_a_killed_program_left_of_a_file_goes_and_no_more),
        cmocka_unit_test(a_file_given_up_leaves_nothing_and_harms_nothing),
        cmocka_unit_test(a_write_that_fails_on_one_rank_stops_all_and_none_hangs),
        cmocka_unit_test(a_folder_that_is_not_there_is_one_sentence_for_all),
        cmocka_unit_test(a_folder_in_place_of_the_file_is_no_full_disk),
        cmocka_unit_test(parts_that_do_not_join_are_refused),
        cmocka_unit_test(a_path_taken_or_without_parent_is_refused),
        cmocka_unit_test(little_more_is_held_than_is_written),
        cmocka_unit_test(the_filter_refuses_damaged_chunks),
        cmocka_unit_test(the_filter_refuses_a_frame_that_promises_too_much),
        cmocka_unit_test(reading_a_damaged_dataset_is_an_error),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, make_root, remove_root);
    MPI_Finalize();
    return failed;
}
