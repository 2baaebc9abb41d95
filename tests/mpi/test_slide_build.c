// SPDX-License-Identifier: BSD-3-Clause
/* Rows as a reader gives them → scatter → strips → home, and summaries on the way. */
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/home.h"
#include "cytotaxis/scatter.h"
#include "cytotaxis/summary.h"
#include "test_mpi.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int rank, size;

enum { N = 400, N_LABELS = 5 };
static const char *const labels[N_LABELS] = {"Tumor", "CD8 T", "never seen", "B",
                                             "µglia"};
static const char *const sorted_types[] = {"B", "CD8 T", "Tumor", "µglia"};

/* The slide, as a function of the cell number: no rank knows it in another way. */
static double x_of(size_t i)
{
    return (double)((i * 7919) % 331) / 4 - 20;
}
static double y_of(size_t i)
{
    return (double)((i * 104729) % 997) / 8 - 50;
}
static int label_of(size_t i) /* -1: missing */
{
    static const int of[] = {0, 1, 3, 4, -1, 0, 0};
    return of[i * 13 % 7];
}

/* Each rank "read" the cells i with i * 5 / 3 % size == rank, labels in its own order.
 */
static void read_rows(cyt_rows *rows)
{
    cyt_error err = {0};
    *rows = (cyt_rows){.n_values = 1};
    rows->x = malloc(N * sizeof(double));
    rows->y = malloc(N * sizeof(double));
    rows->type = malloc(N * sizeof(uint16_t));
    rows->index = malloc(N * sizeof(uint64_t));
    rows->place = malloc(N * sizeof(uint64_t));
    rows->values = malloc(N * sizeof(double));
    rows->id_start = malloc((N + 1) * sizeof(size_t));
    rows->id_text = malloc(N * 16);
    rows->value_found = malloc(1);
    rows->value_found[0] = 1;
    for (int k = 0; k < N_LABELS; k++) {
        const char *name = labels[(k + rank) % N_LABELS];
        assert_int_equal(cyt_names_add(&rows->labels, name, strlen(name), &err),
                         CYT_OK);
    }
    size_t used = 0;
    rows->id_start[0] = 0;
    for (size_t i = 0; i < N; i++) {
        if ((int)(i * 5 / 3 % (size_t)size) != rank)
            continue;
        const int label = label_of(i);
        const size_t k = rows->n++;
        rows->x[k] = x_of(i);
        rows->y[k] = y_of(i);
        rows->type[k] =
            label < 0 ? CYT_NO_TYPE
                      : (uint16_t)((label - rank % N_LABELS + N_LABELS) % N_LABELS);
        rows->index[k] = rows->place[k] = i;
        rows->values[k] = (double)i;
        used += (size_t)sprintf(rows->id_text + used, "c%zu", i * i);
        rows->id_start[k + 1] = used;
    }
}

static const cyt_slide_params params = {
    .name = "S1", .um_per_unit = 0.5, .spacing_um = 5.0, .padding_um = 0.0};

static void build(cyt_slide *slide, cyt_rows *rows)
{
    cyt_error err = {0};
    read_rows(rows);
    assert_all(cyt_slide_scatter(MPI_COMM_WORLD, rows, &params, slide, &err) == CYT_OK);
}

static void every_cell_arrives_once_in_its_strip_in_order(void **state)
{
    (void)state;
    cyt_slide s;
    cyt_rows rows;
    build(&s, &rows);
    assert_all(s.n_cells == N && s.types.n == 4);
    int wrong = 0;
    for (size_t t = 0; t < 4; t++)
        wrong += strcmp(s.types.name[t], sorted_types[t]) != 0;
    size_t last_row = 0;
    for (size_t k = 0; k < s.cells.n; k++) {
        const size_t i = s.cells.index[k], row = cyt_grid_row(&s.grid, y_of(i) * 0.5);
        wrong += s.cells.x[k] != x_of(i) || s.cells.y[k] != y_of(i);
        wrong += s.cells.values[k] != (double)i;
        wrong += row < s.strips[rank] || row >= s.strips[rank + 1] || row < last_row;
        if (k > 0 && row == last_row)
            wrong += s.cells.x[k - 1] > s.cells.x[k] ||
                     (s.cells.x[k - 1] == s.cells.x[k] && s.cells.index[k - 1] > i);
        const int label = label_of(i);
        wrong += label < 0 ? s.cells.type[k] != CYT_NO_TYPE
                           : strcmp(s.types.name[s.cells.type[k]], labels[label]) != 0;
        last_row = row;
    }
    assert_all(wrong == 0);
    assert_all(cyt_sum_u64(MPI_COMM_WORLD, s.cells.n) == N);
    cyt_rows_free(&rows);
    cyt_slide_free(&s);
}

static void results_and_ids_come_home_in_input_order(void **state)
{
    (void)state;
    cyt_slide s;
    cyt_rows rows;
    build(&s, &rows);
    cyt_home home;
    cyt_error err = {0};
    assert_all(cyt_home_init(MPI_COMM_WORLD, &s, &home, &err) == CYT_OK);
    double *pair = calloc(2 * home.n + 1, sizeof *pair);
    assert_all(cyt_home_column(MPI_COMM_WORLD, &home, sizeof *pair, s.cells.x, pair, 2,
                               0, &err) == CYT_OK);
    assert_all(cyt_home_column(MPI_COMM_WORLD, &home, sizeof *pair, s.cells.y, pair, 2,
                               1, &err) == CYT_OK);
    size_t width = 0;
    char *ids = NULL;
    assert_all(cyt_home_ids(MPI_COMM_WORLD, &home, &rows, &width, &ids, &err) ==
               CYT_OK);
    assert_all(width == strlen("c159201"));
    int wrong = 0;
    for (size_t k = 0; k < home.n; k++) {
        const size_t i = home.first + k;
        char want[16] = {0};
        snprintf(want, sizeof want, "c%zu", i * i);
        wrong += pair[2 * k] != x_of(i) || pair[2 * k + 1] != y_of(i);
        wrong += memcmp(ids + k * width, want, width) != 0;
    }
    assert_all(wrong == 0);
    free(pair);
    free(ids);
    cyt_home_free(&home);
    cyt_rows_free(&rows);
    cyt_slide_free(&s);
}

/* The same numbers computed on one list in the slide's global order. */
static void summaries_have_the_bits_of_one_ordered_list(void **state)
{
    (void)state;
    cyt_slide s;
    cyt_rows rows;
    build(&s, &rows);
    enum { COLUMNS = 3 };
    double *v = calloc(COLUMNS * s.cells.n + 1, sizeof *v);
    for (size_t c = 0; c < COLUMNS; c++)
        for (size_t k = 0; k < s.cells.n; k++) {
            const double i = (double)s.cells.index[k];
            v[c * s.cells.n + k] = c == 1 ? NAN : sin(i * (double)(c + 1)) * 1e3;
        }
    cyt_summary got[COLUMNS * 4], one[COLUMNS * 4];
    cyt_error err = {0};
    assert_all(cyt_summarise(MPI_COMM_WORLD, &s, COLUMNS, v, got, &err) == CYT_OK);
    int wrong = 0;
    if (rank == 0) {
        cyt_slide alone;
        cyt_rows all = {0};
        const int true_rank = rank, true_size = size;
        rank = 0;
        size = 1;
        read_rows(&all);
        rank = true_rank;
        size = true_size;
        wrong +=
            cyt_slide_scatter(MPI_COMM_SELF, &all, &params, &alone, &err) != CYT_OK;
        double *w = calloc(COLUMNS * N, sizeof *w);
        for (size_t c = 0; c < COLUMNS; c++)
            for (size_t k = 0; k < N; k++) {
                const double i = (double)alone.cells.index[k];
                w[c * N + k] = c == 1 ? NAN : sin(i * (double)(c + 1)) * 1e3;
            }
        wrong += cyt_summarise(MPI_COMM_SELF, &alone, COLUMNS, w, one, &err) != CYT_OK;
        wrong += memcmp(got, one, sizeof got) != 0;
        wrong += got[0].n != (double)s.type_counts[0] || got[4].n != 0;
        wrong += !isnan(got[4].mean) || !(got[0].q05 < got[0].median);
        free(w);
        cyt_rows_free(&all);
        cyt_slide_free(&alone);
    }
    assert_all(wrong == 0);
    free(v);
    cyt_rows_free(&rows);
    cyt_slide_free(&s);
}

static void a_slide_without_cells_is_refused(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_slide s;
    cyt_rows rows;
    read_rows(&rows);
    rows.n = 0;
    assert_all(cyt_slide_scatter(MPI_COMM_WORLD, &rows, &params, &s, &err) ==
               CYT_ERR_DATA);
    assert_all(strstr(err.text, "no cells") != NULL);
    cyt_rows_free(&rows);
}

/* Rank 0 holds all rows, of as many types. */
static void expect_types_refused(size_t n, size_t length, const char *sentence)
{
    cyt_slide s;
    cyt_error err = {0};
    cyt_rows rows = {.n = rank == 0 ? n : 0};
    rows.type = calloc(n, sizeof *rows.type);
    char *name = malloc(length + 24);
    memset(name, 'x', length);
    for (size_t i = 0; i < rows.n; i++) {
        snprintf(name + length, 24, "%zu", i);
        rows.type[i] = (uint16_t)i;
        assert_int_equal(cyt_names_add(&rows.labels, name, strlen(name), &err), CYT_OK);
    }
    assert_all(cyt_slide_scatter(MPI_COMM_WORLD, &rows, &params, &s, &err) ==
               CYT_ERR_DATA);
    assert_all(strstr(err.text, sentence) && strstr(err.text, "type column right?"));
    free(name);
    cyt_rows_free(&rows);
}

static void columns_that_are_no_types_are_refused(void **state)
{
    (void)state;
    expect_types_refused(CYT_MOST_TYPES + 1, 1, "4097 cell types, at most 4096");
    expect_types_refused(2, CYT_MOST_NAME, "a cell type has 256 bytes, at most 255");
}

static void an_absurd_extent_is_refused_before_memory_is(void **state)
{
    (void)state;
    cyt_slide s;
    cyt_rows rows;
    cyt_error err = {0};
    read_rows(&rows);
    const cyt_slide_params in_metres = {
        .name = "S1", .um_per_unit = 1e6, .spacing_um = 5.0, .padding_um = 0.0};
    assert_all(cyt_slide_scatter(MPI_COMM_WORLD, &rows, &in_metres, &s, &err) ==
               CYT_ERR_DATA);
    assert_all(strstr(err.text, "check um_per_px") != NULL);
    cyt_rows_free(&rows);
}

#ifdef CYT_FAULTS
static cyt_code whole_way(cyt_error *err)
{
    cyt_slide s;
    cyt_rows rows;
    cyt_home home = {0};
    read_rows(&rows);
    cyt_code code = cyt_slide_scatter(MPI_COMM_WORLD, &rows, &params, &s, err);
    if (code == CYT_OK)
        code = cyt_home_init(MPI_COMM_WORLD, &s, &home, err);
    if (code == CYT_OK) {
        double *v = calloc(s.cells.n + 1, sizeof *v);
        cyt_summary out[4];
        code = cyt_summarise(MPI_COMM_WORLD, &s, 1, v, out, err);
        free(v);
    }
    cyt_home_free(&home);
    cyt_rows_free(&rows);
    cyt_slide_free(&s);
    return code;
}

static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"scatter.types", "scatter.sort", "home.init",
                                         "summary.group", "route.init"};
    for (size_t p = 0; p < sizeof points / sizeof *points; p++)
        for (int bad = 0; bad < size; bad++) {
            cyt_error err = {0};
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code = whole_way(&err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
        }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_arrives_once_in_its_strip_in_order),
        cmocka_unit_test(results_and_ids_come_home_in_input_order),
        cmocka_unit_test(summaries_have_the_bits_of_one_ordered_list),
        cmocka_unit_test(a_slide_without_cells_is_refused),
        cmocka_unit_test(columns_that_are_no_types_are_refused),
        cmocka_unit_test(an_absurd_extent_is_refused_before_memory_is),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
