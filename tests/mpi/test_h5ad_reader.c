// SPDX-License-Identifier: BSD-3-Clause
/* Reads the files of tests/python/make_h5ad.py, whose folder is the first argument or
 * CYT_H5AD_FILES, and compares with what that script says they hold. */
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "read/h5/h5_util.h"
#include "read/readers.h"
#include "test_mpi.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int rank, size;
static const char *folder;

enum { MAX_VALUES = 8, FIELDS = 6 + MAX_VALUES };

/* One NAME.expected.tsv, cut into lines and fields in place. */
typedef struct expectation {
    char *text;
    char path[512], shown[128];
    cyt_source source;
    const char *names[MAX_VALUES];
    char found[MAX_VALUES];
    size_t n_rows, capacity;
    char *(*row)[FIELDS];
    cyt_code code;
    const char *message;
    size_t n_problems;
} expectation;

static char *read_whole(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *n = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*n + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, *n, file), *n);
    fclose(file);
    text[*n] = '\0';
    return text;
}

/* Next piece of *at up to @p end, which becomes a NUL. */
static char *cut(char **at, char end)
{
    char *piece = *at, *stop = piece ? strchr(piece, end) : NULL;
    *at = stop ? stop + 1 : NULL;
    if (stop)
        *stop = '\0';
    return piece;
}

static void set_source(cyt_source *source, const char *key, const char *value)
{
    const struct {
        const char *key;
        const char **field;
    } known[] = {{"x", &source->x},
                 {"y", &source->y},
                 {"id", &source->id},
                 {"type", &source->type},
                 {"layer", &source->layer},
                 {"filter_column", &source->filter_column},
                 {"filter_value", &source->filter_value}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (strcmp(key, known[k].key) == 0)
            *known[k].field = value;
}

static cyt_code code_named(const char *name)
{
    return strcmp(name, "DATA") == 0       ? CYT_ERR_DATA
           : strcmp(name, "NO_INPUT") == 0 ? CYT_ERR_NO_INPUT
                                           : CYT_ERR_CONFIG;
}

static void take_line(expectation *e, char **field)
{
    if (strcmp(field[0], "source") == 0) {
        set_source(&e->source, field[1], field[2]);
    } else if (strcmp(field[0], "value") == 0) {
        e->found[e->source.n_values] = field[2][0] == '1';
        e->names[e->source.n_values++] = field[1];
    } else if (strcmp(field[0], "row") == 0) {
        if (e->n_rows == e->capacity) {
            e->capacity = 2 * e->capacity + 64;
            e->row = realloc(e->row, e->capacity * sizeof *e->row);
        }
        memcpy(e->row[e->n_rows++], field, sizeof *e->row);
    } else if (strcmp(field[0], "bad") == 0) {
        e->code = code_named(field[1]);
        e->message = field[2];
    } else if (strcmp(field[0], "check") == 0) {
        e->n_problems = strtoul(field[1], NULL, 10);
    }
}

static void expect_file(expectation *e, const char *name)
{
    size_t n;
    char path[512];
    memset(e, 0, sizeof *e);
    snprintf(path, sizeof path, "%s/%s.expected.tsv", folder, name);
    snprintf(e->path, sizeof e->path, "%s/%s.h5ad", folder, name);
    snprintf(e->shown, sizeof e->shown, "%s.h5ad", name);
    e->source = (cyt_source){.sample = "S1", .path = e->path, .shown_path = e->shown};
    e->source.value_names = e->names;
    e->text = read_whole(path, &n);
    for (char *at = e->text; at && *at;) {
        char *line = cut(&at, '\n'), *field[FIELDS] = {0};
        for (size_t k = 0; k < FIELDS && line; k++)
            field[k] = cut(&line, '\t');
        take_line(e, field);
    }
}

static void forget(expectation *e)
{
    free(e->text);
    free(e->row);
}

static int same_number(double have, const char *want)
{
    const double value = strtod(want, NULL);
    return isnan(value) ? isnan(have) : have == value;
}

/* Is row @p i of this rank what the file should have there? */
static int same_row(const cyt_rows *r, size_t i, const expectation *e)
{
    if (r->index[i] >= e->n_rows)
        return 0;
    char *const *want = e->row[r->index[i]];
    const size_t length = r->id_start[i + 1] - r->id_start[i];
    const char *label = r->type[i] == CYT_NO_TYPE ? "" : r->labels.name[r->type[i]];
    int same = r->place[i] == strtoull(want[1], NULL, 10) &&
               length == strlen(want[2]) &&
               memcmp(r->id_text + r->id_start[i], want[2], length) == 0 &&
               same_number(r->x[i], want[3]) && same_number(r->y[i], want[4]) &&
               strcmp(label, want[5]) == 0;
    for (size_t v = 0; v < r->n_values; v++)
        same = same && same_number(r->values[v * r->n + i], want[6 + v]);
    return same;
}

static void compare_good(const expectation *e)
{
    cyt_rows rows;
    cyt_error err = {0};
    const cyt_code code = cyt_h5ad_read(MPI_COMM_WORLD, &e->source, &rows, &err);
    if (code != CYT_OK && rank == 0)
        print_error("%s: %s\n", e->shown, err.text);
    assert_all(code == CYT_OK);
    const uint64_t before = cyt_exscan_u64(MPI_COMM_WORLD, rows.n);
    size_t wrong = rows.n_values != e->source.n_values;
    for (size_t v = 0; v < rows.n_values; v++)
        wrong += rows.value_found[v] != e->found[v];
    for (size_t i = 0; i < rows.n; i++)
        wrong += rows.index[i] != before + i || !same_row(&rows, i, e);
    if (wrong)
        print_error("%s: %zu of %zu rows differ\n", e->shown, wrong, rows.n);
    assert_all(wrong == 0);
    assert_all(cyt_sum_u64(MPI_COMM_WORLD, rows.n) == e->n_rows);
    cyt_rows_free(&rows);
}

/* @p want may end in "*". */
static int same_text(const char *have, const char *want)
{
    const size_t n = strlen(want);
    return n && want[n - 1] == '*' ? strncmp(have, want, n - 1) == 0
                                   : strcmp(have, want) == 0;
}

static void compare_bad(const expectation *e)
{
    cyt_rows rows;
    cyt_error err = {0};
    const cyt_code code = cyt_h5ad_read(MPI_COMM_WORLD, &e->source, &rows, &err);
    cyt_rows_free(&rows);
    const int same = code == e->code && same_text(err.text, e->message) &&
                     strcmp(err.subject, "S1") == 0;
    if (!same && rank == 0)
        print_error("%s: code %d, \"%s\"\n", e->shown, code, err.text);
    assert_all(same);
}

/* The same sentence as a run fails with, behind the name of the slide. */
static void compare_check(const expectation *e)
{
    static const char slide[] = "S1: ";
    const size_t n = sizeof slide - 1;
    cyt_problems problems = {0};
    cyt_error err = {0};
    const cyt_code code = cyt_h5ad_check(&e->source, &problems, &err);
    const int same =
        code == CYT_OK && problems.n == e->n_problems &&
        (problems.n == 0 || (problems.item[0].code == e->code &&
                             strncmp(problems.item[0].text, slide, n) == 0 &&
                             same_text(problems.item[0].text + n, e->message)));
    for (size_t i = 0; i < problems.n && !same; i++)
        print_error("%s: %s\n", e->shown, problems.item[i].text);
    cyt_problems_free(&problems);
    assert_all(same);
}

/* Identifiers HDF5 has given out and not got back. */
static hsize_t n_ids(void)
{
    static const H5I_type_t types[] = {H5I_FILE,       H5I_GROUP,   H5I_DATATYPE,
                                       H5I_DATASPACE,  H5I_DATASET, H5I_ATTR,
                                       H5I_GENPROP_LST};
    hsize_t n, total = 0;
    for (size_t k = 0; k < sizeof types / sizeof *types; k++)
        total += H5Inmembers(types[k], &n) >= 0 ? n : 0;
    return total;
}

/* Calls @p look for each file that is bad, or for each that is good. */
static void for_files(int bad, void (*look)(const expectation *))
{
    size_t n, n_seen = 0;
    char path[512];
    snprintf(path, sizeof path, "%s/index.txt", folder);
    char *names = read_whole(path, &n);
    for (char *at = names; at && *at;) {
        expectation e;
        expect_file(&e, cut(&at, '\n'));
        if ((e.message != NULL) == bad) {
            const hsize_t before = n_ids();
            look(&e);
            if (n_seen++ > 0) /* the first call makes HDF5's own */
                assert_all(n_ids() == before);
        }
        forget(&e);
    }
    free(names);
    assert_true(n_seen > 10);
}

static void good_files_hold_what_they_should(void **state)
{
    (void)state;
    for_files(0, compare_good);
}

static void bad_files_are_refused_with_place_and_reason(void **state)
{
    (void)state;
    for_files(1, compare_bad);
}

static void the_check_finds_what_can_be_seen_before_a_run(void **state)
{
    (void)state;
    for_files(0, compare_check);
    for_files(1, compare_check);
}

/* --- damaged files ---------------------------------------------------------------- */

/* Numbers of a fixed sequence (splitmix64), the same on all ranks. */
static uint64_t next(uint64_t *seed)
{
    uint64_t z = *seed += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* Up to eight changed bytes, or an end too early. */
static size_t mutate(const char *good, size_t n, char *bad, uint64_t *seed)
{
    memcpy(bad, good, n);
    if (next(seed) % 8 == 0)
        return (size_t)(next(seed) % n);
    for (uint64_t k = 1 + next(seed) % 8; k > 0; k--)
        bad[next(seed) % n] = (char)next(seed);
    return n;
}

static void write_mutant(const char *path, const char *bytes, size_t n)
{
    if (rank == 0) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, n, file), n);
        assert_int_equal(fclose(file), 0);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

static int whole_rows(const cyt_rows *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (!isfinite(r->x[i]) || !isfinite(r->y[i]) ||
            (r->type[i] != CYT_NO_TYPE && r->type[i] >= r->labels.n))
            return 0;
    return 1;
}

static void read_mutants(const char *name, size_t n_mutants)
{
    expectation e;
    size_t n;
    uint64_t seed = 20240607;
    expect_file(&e, name);
    char *good = read_whole(e.path, &n), *bad = malloc(n), path[600];
    snprintf(path, sizeof path, "%s/mutant.%d.h5ad", folder, size);
    e.source.path = path;
    for (size_t k = 0; k < n_mutants; k++) {
        const size_t length = mutate(good, n, bad, &seed);
        write_mutant(path, bad, length);
        cyt_rows rows;
        cyt_error err = {0};
        const cyt_code code = cyt_h5ad_read(MPI_COMM_WORLD, &e.source, &rows, &err);
        const int right = code == CYT_OK ? whole_rows(&rows) : err.text[0] != '\0';
        cyt_rows_free(&rows);
        assert_all(right);
    }
    if (rank == 0)
        unlink(path);
    free(good);
    free(bad);
    forget(&e);
}

static void damaged_files_end_in_rows_or_an_error(void **state)
{
    (void)state;
    read_mutants("csr", 150);
    read_mutants("chunked", 150);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const struct {
        const char *point;
        cyt_code code;
    } faults[] = {{"h5ad.open", CYT_ERR_IO},
                  {"h5ad.read", CYT_ERR_IO},
                  {"mem.alloc", CYT_ERR_MEMORY}};
    expectation e;
    expect_file(&e, "csr");
    for (size_t k = 0; k < sizeof faults / sizeof *faults; k++)
        for (int bad = 0; bad < size; bad++) {
            cyt_rows rows;
            cyt_error err = {0};
            cyt_fault_arm(rank == bad ? faults[k].point : NULL);
            const cyt_code code = cyt_h5ad_read(MPI_COMM_WORLD, &e.source, &rows, &err);
            cyt_fault_arm(NULL);
            cyt_rows_free(&rows);
            assert_all(code == faults[k].code && err.rank == bad);
        }
    forget(&e);
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    folder = argc > 1 ? argv[1] : getenv("CYT_H5AD_FILES");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files_hold_what_they_should),
        cmocka_unit_test(bad_files_are_refused_with_place_and_reason),
        cmocka_unit_test(the_check_finds_what_can_be_seen_before_a_run),
        cmocka_unit_test(damaged_files_end_in_rows_or_an_error),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    int failed = 1;
    if (folder)
        failed = cmocka_run_group_tests(tests, NULL, NULL);
    else
        fprintf(stderr, "usage: test_h5ad_reader FOLDER\n");
    MPI_Finalize();
    return failed;
}
