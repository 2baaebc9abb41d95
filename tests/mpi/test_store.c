// SPDX-License-Identifier: BSD-3-Clause
/* What the store writes: values that read back, bytes that do not depend on ranks,
 * digests, names. */
#include "cytotaxis/anndata.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/slide_file.h"
#include "cytotaxis/store.h"
#include "store_groups.h"

#include <errno.h>
#include <hdf5.h>
#include <sys/stat.h>
#include <xxhash.h>

/* --- all kinds of datasets -------------------------------------------------------- */

static const cyt_compression filters[] = {CYT_COMPRESS_NONE, CYT_COMPRESS_ZSTD,
                                          CYT_COMPRESS_DEFLATE};

/* Rows in chunks of all columns and in tiles; fewer rows than ranks; no rows. */
static void write_shapes(cyt_store *store, int r, int n)
{
    static const uint64_t n_rows[] = {1003, 1, 3, 0};
    for (size_t f = 0; f < 3; f++)
        for (size_t k = 0; k < 4; k++)
            for (size_t tiled = 0; tiled < 2; tiled++) {
                char path[32];
                const cyt_store_layout layout = {.type = CYT_STORE_F32,
                                                 .n_rows = n_rows[k],
                                                 .n_cols = 37,
                                                 .filter = filters[f],
                                                 .chunk_rows = tiled ? 16 : 0,
                                                 .chunk_cols = tiled ? 16 : 0};
                snprintf(path, sizeof path, "/d%zu%zu%zu", f, k, tiled);
                (void)!write_floats(store, path, &layout, r, n);
            }
}

static void rows_of_any_partition_read_back_with_every_filter(void **state)
{
    (void)state;
    same_for_all_groups("shapes", 1, write_shapes);
    for (size_t f = 0; f < 3; f++)
        for (size_t tiled = 0; tiled < 2; tiled++) {
            char path[32];
            snprintf(path, sizeof path, "/d%zu0%zu", f, tiled);
            assert_all(rank != 0 || floats_read_back("shapes.1", path, 1003, 37));
        }
}

/* --- a file system that cannot hold blocks ---------------------------------------- */

static int cannot_hold;

int __real_fallocate(int file, int mode, off_t at, off_t n);
int __wrap_fallocate(int file, int mode, off_t at, off_t n);

int __wrap_fallocate(int file, int mode, off_t at, off_t n)
{
    if (!cannot_hold)
        return __real_fallocate(file, mode, at, n);
    errno = EOPNOTSUPP;
    return -1;
}

static void a_file_system_that_cannot_hold_blocks_gets_the_same_bytes(void **state)
{
    (void)state;
    char file[64], one[256], other[256];
    write_with(1, "held", write_shapes);
    cannot_hold = 1;
    snprintf(file, sizeof file, "zeros.%d", size);
    write_with(size, "zeros", write_shapes);
    cannot_hold = 0;
    assert_all(rank != 0 || same_bytes(in_root("held.1", one), in_root(file, other)));
}

/* --- attributes and texts --------------------------------------------------------- */

enum { N_LONG = 5000 }; /* texts beyond 64 KiB: HDF5 stores them in another way */
static char unicode[] = "Zürich µm² 細胞", empty[] = "", plain[] = "plain";

static cyt_names long_list(void)
{
    cyt_names list = {0};
    cyt_error err = {0};
    for (int i = 0; i < N_LONG; i++) {
        char text[32];
        const int n = snprintf(text, sizeof text, "column number %d", i);
        (void)!cyt_names_add(&list, text, (size_t)n, &err);
    }
    return list;
}

static void write_words(cyt_store *store, int r, int n)
{
    (void)r, (void)n;
    char *words[] = {unicode, empty, plain};
    const cyt_names three = {.n = 3, .name = words}, none = {0};
    cyt_names many = long_list();
    const int64_t ints[2] = {-1, INT64_MAX};
    const double doubles[2] = {0.5, -2};
    const int8_t flags[3] = {1, 0, 1};
    const cyt_store_layout bools = {.type = CYT_STORE_BOOL, .n_rows = 3};
    cyt_error err = {0};
    (void)!cyt_store_group(store, "/g", &err);
    (void)!cyt_store_attr_text(store, "/", "unicode", unicode, &err);
    (void)!cyt_store_attr_text(store, "/g", "empty", empty, &err);
    (void)!cyt_store_attr_texts(store, "/g", "three", &three, &err);
    (void)!cyt_store_attr_texts(store, "/g", "none", &none, &err);
    (void)!cyt_store_attr_texts(store, "/g", "many", &many, &err);
    (void)!cyt_store_attr_bool(store, "/g", "bool", 1, &err);
    (void)!cyt_store_attr_int(store, "/g", "int", -5, &err);
    (void)!cyt_store_attr_ints(store, "/g", "ints", 2, ints, &err);
    (void)!cyt_store_attr_double(store, "/g", "double", 0.25, &err);
    (void)!cyt_store_attr_doubles(store, "/g", "doubles", 2, doubles, &err);
    (void)!cyt_store_names(store, "/g/words", &three, CYT_COMPRESS_DEFLATE, &err);
    (void)!cyt_store_names(store, "/g/many", &many, CYT_COMPRESS_ZSTD, &err);
    (void)!cyt_store_array(store, "/g/flags", &bools, flags, &err);
    (void)!cyt_store_scalar(store, "/g/one", CYT_STORE_F64, 0, doubles, &err);
    (void)!cyt_store_link(store, "/g/one", "/again", &err);
    cyt_names_free(&many);
}

/* The texts of an attribute; variable length, each to be freed. */
static int read_texts(hid_t file, const char *object, const char *name, char **texts)
{
    const hid_t attr = H5Aopen_by_name(file, object, name, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t type = H5Aget_type(attr);
    const int good = H5Tis_variable_str(type) > 0 &&
                     H5Tget_cset(type) == H5T_CSET_UTF8 &&
                     H5Aread(attr, type, texts) >= 0;
    H5Tclose(type);
    H5Aclose(attr);
    return good;
}

static int number_is(hid_t file, const char *name, double want)
{
    double got[2] = {0};
    const hid_t attr = H5Aopen_by_name(file, "/g", name, H5P_DEFAULT, H5P_DEFAULT);
    const int good = H5Aread(attr, H5T_NATIVE_DOUBLE, got) >= 0 && got[0] == want;
    H5Aclose(attr);
    return good;
}

static int texts_are_right(hid_t file)
{
    char *got[N_LONG] = {0};
    int good = read_texts(file, "/", "unicode", got) && strcmp(got[0], unicode) == 0;
    free(got[0]);
    good = good && read_texts(file, "/g", "three", got) &&
           strcmp(got[0], unicode) == 0 && strcmp(got[1], "") == 0 &&
           strcmp(got[2], plain) == 0;
    for (size_t i = 0; i < 3; i++)
        free(got[i]);
    memset(got, 0, sizeof got);
    good = good && read_texts(file, "/g", "many", got) &&
           strcmp(got[N_LONG - 1], "column number 4999") == 0;
    for (size_t i = 0; i < N_LONG; i++)
        free(got[i]);
    return good;
}

/* Fixed length, padded with NUL, as wide as the widest. */
static int words_are_right(hid_t file)
{
    enum { WIDTH = sizeof unicode - 1 };
    char got[3][WIDTH];
    const hid_t set = H5Dopen2(file, "/g/words", H5P_DEFAULT);
    const hid_t type = H5Dget_type(set);
    const int good = H5Tget_size(type) == WIDTH && H5Tget_cset(type) == H5T_CSET_UTF8 &&
                     H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, got) >= 0 &&
                     memcmp(got[0], unicode, WIDTH) == 0 && got[1][0] == '\0' &&
                     strcmp(got[2], plain) == 0;
    H5Tclose(type);
    H5Dclose(set);
    return good;
}

static void attributes_and_texts_read_back(void **state)
{
    (void)state;
    same_for_all_groups("words", 1, write_words);
    int good = 1;
    if (rank == 0) {
        char path[256];
        const hid_t file =
            H5Fopen(in_root("words.1", path), H5F_ACC_RDONLY, H5P_DEFAULT);
        good = texts_are_right(file) && words_are_right(file) &&
               number_is(file, "int", -5) && number_is(file, "double", 0.25) &&
               number_is(file, "doubles", 0.5) && number_is(file, "ints", -1) &&
               H5Lexists(file, "/again", H5P_DEFAULT) > 0;
        H5Fclose(file);
    }
    assert_all(good);
}

/* --- digests ---------------------------------------------------------------------- */

/* XXH3-128 over the XXH3-128 of the chunk rows, in file order, as hexadecimal. */
static void digest_of(const char *data, size_t n, size_t block, char hex[33])
{
    XXH128_canonical_t hash[64], all;
    size_t k = 0;
    for (size_t at = 0; at < n; at += block, k++)
        XXH128_canonicalFromHash(
            &hash[k], XXH3_128bits(data + at, n - at < block ? n - at : block));
    XXH128_canonicalFromHash(&all, XXH3_128bits(hash, k * sizeof *hash));
    for (size_t i = 0; i < sizeof all; i++)
        snprintf(hex + 2 * i, 3, "%02x", all.digest[i]);
}

static void write_and_check_digests(cyt_store *store, int r, int n)
{
    enum { ROWS = 101, COLS = 5, BLOCK = 8 };
    float all[ROWS * COLS];
    char want[33];
    const double one = 3.5;
    const cyt_store_layout layout = {.type = CYT_STORE_F32,
                                     .n_rows = ROWS,
                                     .n_cols = COLS,
                                     .filter = CYT_COMPRESS_ZSTD,
                                     .chunk_rows = BLOCK};
    cyt_error err = {0};
    const cyt_store_digest *got;
    for (size_t i = 0; i < ROWS * COLS; i++)
        all[i] = value_at(i / COLS, i % COLS);
    (void)!write_floats(store, "/a", &layout, r, n);
    (void)!cyt_store_scalar(store, "/one", CYT_STORE_F64, 0, &one, &err);
    const size_t n_got = cyt_store_digests(store, &got);
    assert_int_equal(n_got, r == 0 ? 2 : 0);
    if (r != 0)
        return;
    digest_of((const char *)all, sizeof all, BLOCK * COLS * sizeof *all, want);
    assert_string_equal(got[0].path, "/a");
    assert_string_equal(got[0].hex, want);
    digest_of((const char *)&one, sizeof one, sizeof one, want);
    assert_string_equal(got[1].hex, want);
}

static void digests_are_those_of_the_contents(void **state)
{
    (void)state;
    for (int n = 1; n <= size; n++)
        write_with(n, "digests", write_and_check_digests);
}

/* --- names ------------------------------------------------------------------------ */

static void expect_links(cyt_names *got, size_t n, const char *const *want)
{
    assert_int_equal(got->n, n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(got->name[i], want[i]);
    cyt_names_free(got);
}

static void names_that_cannot_be_links_are_replaced_and_numbered(void **state)
{
    static char slash[] = "a/b", bar[] = "a_b", bar2[] = "a_b_2", dot[] = ".",
                path[] = "/x/", two[] = "..";
    char *names[] = {slash, bar, bar2, slash, empty, dot, unicode, path, two};
    const char *const keep[] = {"a_b_3", "a_b",   "a_b_2", "a_b_4", "_",
                                "__2",   unicode, "_x_",   ".."};
    const char *const in_turn[] = {"a_b", "a_b_2", "a_b_2_2", "a_b_3", "_",
                                   "__2", unicode, "_x_",     ".."};
    const cyt_names list = {.n = 9, .name = names};
    cyt_names links = {0};
    cyt_error err = {0};
    (void)state;
    assert_int_equal(cyt_store_link_names(&list, &links, &err), CYT_OK);
    expect_links(&links, 9, keep);
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(cyt_store_link_name(names[i], &links, &err), CYT_OK);
    expect_links(&links, 9, in_turn);
}

static void write_columns(cyt_store *store, int r, int n)
{
    const double all[4] = {1, 2, 3, 4};
    const uint64_t first = uneven(4, r, n), count = uneven(4, r + 1, n) - first;
    cyt_frame f = {0};
    cyt_error err = {0};
    (void)!cyt_frame_begin(store, "/obs", 4, first, count, &f, &err);
    (void)!cyt_frame_index(&f, 1, &"abcd"[first], &err);
    (void)!cyt_frame_numbers(&f, "a/b", CYT_STORE_F64, all + first, &err);
    (void)!cyt_frame_numbers(&f, "a_b", CYT_STORE_F64, all + first, &err);
    (void)!cyt_frame_numbers(&f, "_index", CYT_STORE_F64, all + first, &err);
    (void)!cyt_frame_end(&f, &err);
}

static int stands_for(const char *name, const char *object, const char *original)
{
    char path[256], *got = NULL;
    const hid_t file = H5Fopen(in_root(name, path), H5F_ACC_RDONLY, H5P_DEFAULT);
    const int good = H5Lexists(file, object, H5P_DEFAULT) > 0 &&
                     read_texts(file, object, "name", &got) &&
                     strcmp(got, original) == 0;
    free(got);
    H5Fclose(file);
    return good;
}

static void a_column_under_another_name_tells_its_own(void **state)
{
    (void)state;
    same_for_all_groups("columns", 1, write_columns);
    assert_all(rank != 0 || (stands_for("columns.1", "/obs/a_b", "a/b") &&
                             stands_for("columns.1", "/obs/a_b_2", "a_b") &&
                             stands_for("columns.1", "/obs/_index_2", "_index")));
}

/* "x" and "y" are the axes; a set holds each type once. */
static void rasters_of_any_names_stand_beside_each_other(void **state)
{
    static const char *const names[] = {"x", "a/b", "a_b"};
    enum { ROWS = 9, COLS = 4 };
    uint64_t strips[17];
    float rows[ROWS * COLS] = {0};
    cyt_slide slide = {.grid = {1, 0, 0, COLS, ROWS}, .strips = strips};
    cyt_fields fields;
    cyt_error err = {0};
    char path[256];
    (void)state;
    slide.n_strips = (size_t)size;
    slide.strip = (size_t)rank;
    for (int r = 0; r <= size; r++)
        strips[r] = uneven(ROWS, r, size);
    assert_all(cyt_fields_create(MPI_COMM_WORLD, in_root("fields", path), &slide,
                                 CYT_COMPRESS_ZSTD, &fields, &err) == CYT_OK);
    for (size_t i = 0; i < 6; i++) {
        const cyt_field_info type = {i < 3 ? "distance_um" : "density", NULL,
                                     names[i % 3], "um", "long"};
        const cyt_field_info part = {"signal", names[i / 2], i % 2 ? "grad_x" : "c",
                                     "1", "long"};
        assert_all(cyt_fields_write(MPI_COMM_WORLD, &fields, &type, rows, &err) ==
                   CYT_OK);
        assert_all(cyt_fields_write(MPI_COMM_WORLD, &fields, &part, rows, &err) ==
                   CYT_OK);
    }
    assert_all(cyt_fields_close(MPI_COMM_WORLD, &fields, 1, NULL, &err) == CYT_OK);
    assert_all(rank != 0 || (stands_for("fields", "/distance_um/x_2", "x") &&
                             stands_for("fields", "/density/a_b_2", "a_b") &&
                             stands_for("fields", "/signal/a_b_2/grad_x", "grad_x")));
}

int main(int argc, char **argv)
{
    cyt_store_environment();
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_any_partition_read_back_with_every_filter),
        cmocka_unit_test(a_file_system_that_cannot_hold_blocks_gets_the_same_bytes),
        cmocka_unit_test(attributes_and_texts_read_back),
        cmocka_unit_test(digests_are_those_of_the_contents),
        cmocka_unit_test(names_that_cannot_be_links_are_replaced_and_numbered),
        cmocka_unit_test(a_column_under_another_name_tells_its_own),
        cmocka_unit_test(rasters_of_any_names_stand_beside_each_other),
    };
    const int failed = cmocka_run_group_tests(tests, make_root, remove_root);
    MPI_Finalize();
    return failed;
}
