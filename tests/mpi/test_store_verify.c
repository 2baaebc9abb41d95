// SPDX-License-Identifier: BSD-3-Clause
/* A file that is read back: by every rank, every kind of dataset, to the last byte. */
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/store.h"
#include "cytotaxis/store_settings.h"
#include "test_mpi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 240, COLS = 3 };

static int rank, size;
static char path[64];

/* Datasets of all shapes and filters; @p keep as cyt_store_close() has it. */
static cyt_code write_file(cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_store *store = NULL;
    const uint64_t first = (uint64_t)(ROWS * rank / size);
    const uint64_t count = (uint64_t)(ROWS * (rank + 1) / size) - first;
    double *rows = malloc((count * COLS + 1) * sizeof *rows);
    for (uint64_t i = 0; i < count * COLS; i++)
        rows[i] = (double)(first * COLS + i);
    const double pi = 3.25;
    const cyt_compression filters[] = {CYT_COMPRESS_ZSTD, CYT_COMPRESS_DEFLATE,
                                       CYT_COMPRESS_NONE};
    const char *const names[] = {"/zstd", "/deflate", "/none"};
    CYT_TRY(cyt_store_create(MPI_COMM_WORLD, path, &store, err));
    for (size_t k = 0; k < 3; k++) {
        const cyt_store_layout layout = {.type = CYT_STORE_F64,
                                         .n_rows = ROWS,
                                         .n_cols = COLS,
                                         .filter = filters[k],
                                         .chunk_rows = 7};
        CYT_TRY(cyt_store_rows(store, names[k], &layout, first, count, rows, err));
    }
    const cyt_store_layout nothing = {.type = CYT_STORE_I32,
                                      .filter = CYT_COMPRESS_ZSTD};
    CYT_TRY(cyt_store_array(store, "/nothing", &nothing, NULL, err));
    const cyt_store_layout text = {.type = CYT_STORE_TEXT, .width = 5, .n_rows = 2};
    CYT_TRY(cyt_store_array(store, "/text", &text, "alpha\0beta", err));
    CYT_TRY(cyt_store_scalar(store, "/one", CYT_STORE_F64, 0, &pi, err));
    CYT_TRY(cyt_store_close(&store, 1, err));
done:
    if (store) {
        cyt_error ignored = {0};
        (void)!cyt_store_close(&store, 0, &ignored);
    }
    free(rows);
    return code;
}

static int stands(void)
{
    int there = rank == 0 && access(path, F_OK) == 0;
    MPI_Bcast(&there, 1, MPI_INT, 0, MPI_COMM_WORLD);
    return there;
}

static void forget_file(void)
{
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0)
        unlink(path);
    MPI_Barrier(MPI_COMM_WORLD);
}

static const cyt_store_settings verifying = {.verify = 1};

static void what_was_written_is_found_again(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_store_settings_attach(MPI_COMM_WORLD, &verifying);
    assert_all(write_file(&err) == CYT_OK && stands());
    cyt_store_settings_attach(MPI_COMM_WORLD, NULL);
    forget_file();
}

#ifdef CYT_FAULTS
static void a_byte_that_differs_on_any_rank_stops_all(void **state)
{
    (void)state;
    cyt_store_settings_attach(MPI_COMM_WORLD, &verifying);
    for (int bad = 0; bad < size; bad++) {
        cyt_error err = {0};
        if (rank == bad)
            cyt_fault_arm("verify.read");
        const cyt_code code = write_file(&err);
        cyt_fault_arm(NULL);
        assert_all(code == CYT_ERR_IO && !stands());
        assert_all(strstr(err.text, "/zstd was read back with other values") != NULL);
    }
    cyt_store_settings_attach(MPI_COMM_WORLD, NULL);
}

static void nobody_looks_unasked(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_fault_arm("verify.read");
    const cyt_code code = write_file(&err);
    cyt_fault_arm(NULL);
    assert_all(code == CYT_OK && stands());
    forget_file();
}
#endif

static void hints_are_a_key_and_a_value(void **state)
{
    (void)state;
    cyt_error err = {0};
    assert_all(cyt_store_hint_check("striping_factor=8", &err) == CYT_OK);
    static const char *const wrong[] = {"striping_factor", "=8", "a=", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        err = (cyt_error){0};
        assert_all(cyt_store_hint_check(wrong[i], &err) == CYT_ERR_USAGE);
    }
}

int main(int argc, char **argv)
{
    cyt_store_environment();
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    snprintf(path, sizeof path, "test_store_verify.%d.h5", size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_found_again),
#ifdef CYT_FAULTS
        cmocka_unit_test(a_byte_that_differs_on_any_rank_stops_all),
        cmocka_unit_test(nobody_looks_unasked),
#endif
        cmocka_unit_test(hints_are_a_key_and_a_value),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
