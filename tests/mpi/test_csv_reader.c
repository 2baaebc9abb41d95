// SPDX-License-Identifier: BSD-3-Clause
//
// Files are made row by row next to what a reader must find in them, so the oracle
// shares no code with the reader. Small blocks and many file sizes put borders
// everywhere: into quotes, between CR and LF, on newlines inside quotes.
#include "csv_files.h"
#include "cytotaxis/comm.h"
#include "read/csv/csv.h"
#include "read/readers.h"

#include <math.h>

/* --- made-up files ---------------------------------------------------------------- */

enum { MAX_ROWS = 400, MAX_TEXT = 100000 };

struct cell {
    double x, y, value;
    char id[40];
    const char *type;
    uint64_t line;
};

struct made {
    char text[MAX_TEXT];
    size_t length;
    struct cell cell[MAX_ROWS];
    size_t n;
};

static unsigned draw(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

static void add(struct made *m, const char *text)
{
    const size_t n = strlen(text);
    assert_true(m->length + n < MAX_TEXT);
    memcpy(m->text + m->length, text, n + 1);
    m->length += n;
}

static const char *const types[][2] = {
    {"T", "T"},
    {"\"B, naive\"", "B, naive"},
    {"\"say \"\"T\"\"\"", "say \"T\""},
    {"", NULL},
    {"NA", NULL},
    {"µ", "µ"},
};

/* One row, of slide A or B. */
static void add_row(struct made *m, size_t i, unsigned *seed, uint64_t *line,
                    const char *newline)
{
    struct cell c = {.line = *line};
    char row[256], id[60], value[20] = "";
    const unsigned kind = draw(seed) % 6, breaks = draw(seed) % 5;
    const int is_b = draw(seed) % 4 == 0;
    c.x = (double)draw(seed) / 8.0;
    c.y = -(double)draw(seed) / 64.0;
    c.value = draw(seed) % 3 ? (double)i : NAN;
    c.type = types[kind][1];
    snprintf(c.id, sizeof c.id, breaks == 0 ? "c\n%zu\r\n,\"" : "c%zu", i);
    snprintf(id, sizeof id, breaks == 0 ? "\"c\n%zu\r\n,\"\"\"" : "c%zu", i);
    if (!isnan(c.value))
        snprintf(value, sizeof value, "%zu", i);
    snprintf(row, sizeof row, "%s,%.17g,%s,%.17g,%s,%s%s", id, c.x, is_b ? "B" : "A",
             c.y, types[kind][0], value, newline);
    add(m, row);
    *line += breaks == 0 ? 3 : 1;
    if (draw(seed) % 7 == 0) {
        add(m, newline);
        *line += 1;
    }
    if (!is_b)
        m->cell[m->n++] = c;
}

static void make_file(struct made *m, size_t n_rows, unsigned seed)
{
    const char *newline = seed % 2 ? "\r\n" : "\n";
    uint64_t line = 2;
    m->length = m->n = 0;
    if (seed % 3 == 0)
        add(m, "\xEF\xBB\xBF");
    add(m, "cell_id,x,slide,y,cell_type,CXCL9");
    add(m, newline);
    for (size_t i = 0; i < n_rows; i++)
        add_row(m, i, &seed, &line, newline);
    if (seed % 5 == 0) /* no newline at the end */
        while (m->length && strchr("\r\n", m->text[m->length - 1]))
            m->length--;
}

/* --- rows against the oracle ------------------------------------------------------ */

static int is_text(const char *want, const char *text, size_t n)
{
    return strlen(want) == n && memcmp(want, text, n) == 0;
}

static int row_is(const cyt_rows *r, size_t i, const struct cell *c)
{
    const char *label = r->type[i] == CYT_NO_TYPE ? NULL : r->labels.name[r->type[i]];
    const double value = r->values[i], absent = r->values[r->n + i];
    return r->x[i] == c->x && r->y[i] == c->y && r->place[i] == c->line &&
           (label && c->type ? strcmp(label, c->type) == 0 : !label && !c->type) &&
           (isnan(c->value) ? isnan(value) != 0 : value == c->value) && isnan(absent) &&
           is_text(c->id, r->id_text + r->id_start[i],
                   r->id_start[i + 1] - r->id_start[i]);
}

static int count_wrong(const cyt_rows *r, const struct made *m)
{
    static int seen[MAX_ROWS];
    int wrong = r->value_found[0] != 1 || r->value_found[1] != 0;
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < r->n; i++) {
        if (r->index[i] >= m->n || (i > 0 && r->index[i - 1] >= r->index[i])) {
            wrong++;
            continue;
        }
        seen[r->index[i]]++;
        wrong += !row_is(r, i, &m->cell[r->index[i]]);
    }
    MPI_Allreduce(MPI_IN_PLACE, seen, MAX_ROWS, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    for (size_t i = 0; i < MAX_ROWS; i++)
        wrong += seen[i] != (i < m->n);
    return wrong;
}

static const char *const ligands[] = {"CXCL9", "NOT_THERE"};

static void read_and_compare(const struct made *m, enum packing packing, size_t block)
{
    cyt_source source = source_of(names[packing]);
    source.filter_column = "slide";
    source.filter_value = "A";
    source.n_values = 2;
    source.value_names = ligands;
    cyt_rows rows;
    cyt_error err = {0};
    const cyt_code code =
        cyt_csv_read_blocks(MPI_COMM_WORLD, &source, block, &rows, &err);
    if (m->n == 0) {
        assert_all(code == CYT_ERR_DATA);
    } else {
        if (code != CYT_OK)
            fprintf(stderr, "%s\n", err.text);
        assert_all(code == CYT_OK);
        assert_all(count_wrong(&rows, m) == 0);
    }
    cyt_rows_free(&rows);
}

static void rows_do_not_depend_on_ranks_packing_or_blocks(void **state)
{
    (void)state;
    static struct made m;
    static const size_t blocks[] = {16, 57, 1000};
    for (unsigned n = 0; n < 40; n++) {
        make_file(&m, n, n);
        for (enum packing p = 0; p < N_PACKINGS; p++) {
            put_packed(p, m.text, m.length);
            for (size_t b = 0; b < 3; b++)
                read_and_compare(&m, p, blocks[b] + n % 3);
        }
    }
}

static void borders_of_a_plain_file_may_fall_anywhere(void **state)
{
    (void)state;
    static struct made m;
    for (unsigned seed = 40; seed < 400; seed++) {
        make_file(&m, 1 + seed % 23, seed);
        put_packed(PLAIN, m.text, m.length);
        read_and_compare(&m, PLAIN, 64);
    }
}

static void longer_files_grow_all_arrays(void **state)
{
    (void)state;
    static struct made m;
    make_file(&m, MAX_ROWS, 77);
    for (enum packing p = 0; p < N_PACKINGS; p++) {
        put_packed(p, m.text, m.length);
        read_and_compare(&m, p, 1 << 18);
    }
    const size_t n = 5000;
    char *text = malloc(n * 40 + 100);
    size_t used = (size_t)sprintf(text, "x\ty\tcell_type\tA\tB\n");
    for (size_t i = 0; i < n; i++)
        used += (size_t)sprintf(text + used, "%zu.5\t1\tt%zu\t%zu\t-%zu\n", i, i % 700,
                                i, i);
    put("cells.tsv", text, used);
    free(text);
    static const char *const columns[] = {"B", "A"};
    cyt_source source = source_of("cells.tsv");
    source.n_values = 2;
    source.value_names = columns;
    cyt_rows r;
    cyt_error err = {0};
    assert_all(cyt_csv_read(MPI_COMM_WORLD, &source, &r, &err) == CYT_OK);
    int wrong = 0;
    for (size_t i = 0; i < r.n; i++) {
        char id[24], label[24];
        const double k = (double)r.index[i];
        snprintf(id, sizeof id, "%.0f", k + 1);
        snprintf(label, sizeof label, "t%.0f", fmod(k, 700));
        wrong +=
            r.x[i] != k + 0.5 || r.values[i] != -k || r.values[r.n + i] != k ||
            strcmp(r.labels.name[r.type[i]], label) != 0 ||
            !is_text(id, r.id_text + r.id_start[i], r.id_start[i + 1] - r.id_start[i]);
    }
    assert_all(wrong == 0);
    assert_all(cyt_sum_u64(MPI_COMM_WORLD, r.n) == n);
    cyt_rows_free(&r);
}

static void zero_bytes_behind_a_gzip_file_are_harmless(void **state)
{
    (void)state;
    static struct made m;
    static char packed[MAX_TEXT];
    make_file(&m, 200, 4);
    const size_t n = pack(GZIP, m.text, m.length, packed, MAX_TEXT - 32);
    memset(packed + n, 0, 32);
    put(names[GZIP], packed, n + 32);
    read_and_compare(&m, GZIP, 100);
}

static void files_are_known_by_their_ending(void **state)
{
    (void)state;
    static const char *const yes[] = {"a.csv", "b/a.tsv", "a.txt.gz", "a.b.csv.zst"};
    static const char *const no[] = {"a.h5ad", "csv", ".csv", "a.gz", "a.csv.bz2", ""};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_true(cyt_csv_accepts(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(cyt_csv_accepts(no[i]));
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_do_not_depend_on_ranks_packing_or_blocks),
        cmocka_unit_test(borders_of_a_plain_file_may_fall_anywhere),
        cmocka_unit_test(longer_files_grow_all_arrays),
        cmocka_unit_test(zero_bytes_behind_a_gzip_file_are_harmless),
        cmocka_unit_test(files_are_known_by_their_ending),
    };
    const int failed = cmocka_run_group_tests(tests, make_folder, remove_folder);
    MPI_Finalize();
    return failed;
}
