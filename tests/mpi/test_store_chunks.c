// SPDX-License-Identifier: BSD-3-Clause
/* Where chunks come to lie does not depend on the number of ranks: of very many, and
 * where earlier datasets left gaps in the file. */
#include "cytotaxis/anndata.h"
#include "store_groups.h"

/* --- many chunks ------------------------------------------------------------------ */

/* HDF5 1.10.8 breaks here when metadata are not written collectively: with 110,000 of
 * these chunks, not yet with 51,000; a sanitizer is too slow for more. */
#ifdef __SANITIZE_ADDRESS__
enum { MANY = 51000 };
#else
enum { MANY = 110000 };
#endif
enum { CHUNK_ROWS = 4, COLS = 8 }; /* a chunk is a column of 4 */
static const cyt_store_layout many_chunks = {.type = CYT_STORE_F32,
                                             .n_rows =
                                                 (uint64_t)MANY / COLS * CHUNK_ROWS - 1,
                                             .n_cols = COLS,
                                             .filter = CYT_COMPRESS_ZSTD,
                                             .chunk_rows = CHUNK_ROWS,
                                             .chunk_cols = 1};

static void write_many(cyt_store *store, int r, int n)
{
    (void)!write_floats(store, "/many", &many_chunks, r, n);
}

static void more_than_50000_chunks_are_the_same_for_every_number_of_ranks(void **state)
{
    (void)state;
    same_for_all_groups("many", size > 2 ? size - 1 : 1, write_many);
    assert_all(rank != 0 ||
               floats_read_back("many.1", "/many", many_chunks.n_rows, COLS));
}

/* --- gaps ------------------------------------------------------------------------- */

/* What each dataset leaves free another fills in part: lengths, widths and attributes
 * differ, and some datasets are small and whole. */
static void write_among_gaps(cyt_store *store, int r, int n)
{
    for (unsigned k = 0; k < 60; k++) {
        char path[32];
        cyt_error err = {0};
        const cyt_store_layout layout = {.type = CYT_STORE_F32,
                                         .n_rows = 500 * (3 + k * 5 % 11) + k,
                                         .n_cols = 30 + k % 4,
                                         .filter = k % 9 ? CYT_COMPRESS_DEFLATE
                                                         : CYT_COMPRESS_NONE,
                                         .chunk_rows = 500};
        snprintf(path, sizeof path, "/d%u", k);
        (void)!write_floats(store, path, &layout, r, n);
        (void)!cyt_store_attr_text(store, path, "encoding-type", "array", &err);
    }
}

static void gaps_are_filled_alike_by_every_number_of_ranks(void **state)
{
    (void)state;
    same_for_all_groups("gaps", 1, write_among_gaps);
    assert_all(rank != 0 || floats_read_back("gaps.1", "/d59", 500 * 12 + 59, 33));
}

int main(int argc, char **argv)
{
    cyt_store_environment();
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_50000_chunks_are_the_same_for_every_number_of_ranks),
        cmocka_unit_test(gaps_are_filled_alike_by_every_number_of_ranks),
    };
    const int failed = cmocka_run_group_tests(tests, make_root, remove_root);
    MPI_Finalize();
    return failed;
}
