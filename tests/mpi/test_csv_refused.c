// SPDX-License-Identifier: BSD-3-Clause
//
// Files that are wrong: each with its one line of text, the same on every rank and for
// every number of ranks.
#include "csv_files.h"
#include "cytotaxis/csv_record.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/text.h"
#include "read/csv/csv.h"
#include "read/readers.h"
#include "read/text/record_feed.h"

#include <zstd_errors.h>

/* --- what is refused -------------------------------------------------------------- */

/* Read, and expect this error on every rank. */
static void expect_in_blocks(const cyt_source *source, size_t block_bytes,
                             cyt_code want, const char *text)
{
    cyt_rows rows;
    cyt_error err = {0};
    const cyt_code code =
        cyt_csv_read_blocks(MPI_COMM_WORLD, source, block_bytes, &rows, &err);
    cyt_rows_free(&rows);
    if (rank == 0 && (code != want || strcmp(err.text, text) != 0))
        fprintf(stderr, "got  %d %s\nwant %d %s\n", (int)code, err.text, (int)want,
                text);
    assert_all(code == want && strcmp(err.text, text) == 0);
    assert_all(strcmp(err.subject, "S07") == 0);
}

static void expect(const cyt_source *source, cyt_code want, const char *text)
{
    expect_in_blocks(source, 20, want, text);
}

enum { ROOM = 10000 };

#define HEAD "cell_id,x,y,cell_type,v\n"
#define ROWS "a,1,2,T,1\nb,2,3,T,2\nc,3,4,B,3\nd,4,5,B,4\n"

static void bad_rows_are_told_with_line_and_value(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"e,n/a,1,T,1\n", "cells.csv line 6: x is not a number (\"n/a\")"},
        {"e,1,,T,1\n", "cells.csv line 6: y is missing, and a cell needs a position "
                       "(\"\")"},
        {"e,1,-inf,T,1\n",
         "cells.csv line 6: y is infinite, and a cell needs a position "
         "(\"-inf\")"},
        {"e,1,2,T\n", "cells.csv line 6: 4 fields, but the header has 5"},
        {"\n\ne,1,2,T,1,\n", "cells.csv line 8: 6 fields, but the header has 5"},
        {"e,1,2,T,low\n", "cells.csv line 6: v is not a number (\"low\")"},
        {"e,1,2,T,inf\n", "cells.csv line 6: v is infinite (\"inf\")"},
        {",1,2,T,1\n", "cells.csv line 6: cell_id is empty, and a cell needs an id "
                       "(\"\")"},
        {"e,1,2,\xB5,1\n",
         "cells.csv line 6: cell_type is not UTF-8 text; save the file "
         "as UTF-8 (\"?\")"},
        {"e\xFF,1,2,T,1\n",
         "cells.csv line 6: cell_id is not UTF-8 text; save the file "
         "as UTF-8 (\"e?\")"},
        {"\"e\n\n\",1,2,T,1\nf,?,1,T,1\n",
         "cells.csv line 9: x is not a number (\"?\")"},
        {"e,1,2,\"T\"x,1\nf,\"?\",1,T,1\n",
         "cells.csv line 6 byte 10: text after a closing quote; inside quotes, write a "
         "quote twice"},
        {"e,1,2,5\" T,1\nf,?,1,T,1\ng,1,2,5\" T,1\n",
         "cells.csv line 6 byte 8: a quote inside a field that does not start with "
         "one; "
         "put the field in quotes and write the quote twice"},
        {"e,1,2,\"T,1\nf,1,2,T,1\ng,1,2,T,1\n",
         "cells.csv line 6 byte 7: a quote opens here and never closes"},
        {"b,1,2,T,1\n",
         "cells.csv line 6: cell id \"b\" is already that of line 3; ids "
         "must be unique within a slide"},
        {"e,1,2,T,1\nd,1,2,T,1\na,1,2,T,1\nd,1,2,T,1\n",
         "cells.csv line 7: cell id \"d\" is already that of line 5; ids must be "
         "unique "
         "within a slide"},
    };
    static const char *const values[] = {"v"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (enum packing p = 0; p < N_PACKINGS; p++) {
            char text[512], want[256];
            snprintf(text, sizeof text, "%s%s%s", HEAD, ROWS, cases[i][0]);
            put_packed(p, text, strlen(text));
            snprintf(want, sizeof want, "%s%s", names[p], cases[i][1] + 9);
            cyt_source source = source_of(names[p]);
            source.n_values = 1;
            source.value_names = values;
            expect(&source, CYT_ERR_DATA, want);
        }
}

/* The first error moves through the blocks of all ranks. */
static void of_many_errors_the_earliest_is_told(void **state)
{
    (void)state;
    for (int good = 0; good < 24; good++) {
        char text[4000] = "x,y,cell_type\n";
        for (int i = 0; i < 100; i++)
            strcat(text, i < good || i % 3 ? "1,2,T\n" : "bad,2,T\n");
        for (enum packing p = 0; p < N_PACKINGS; p++) {
            char want[100];
            put_packed(p, text, strlen(text));
            snprintf(want, sizeof want, "%s line %d: x is not a number (\"bad\")",
                     names[p], 2 + (good + 2) / 3 * 3);
            const cyt_source source = source_of(names[p]);
            expect(&source, CYT_ERR_DATA, want);
        }
    }
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "cells.csv is empty"},
        {"\n\r\n", "cells.csv is empty"},
        {"x,y,cell_type\n", "cells.csv has a header but no cells"},
        {"x,y,cell_type", "cells.csv has a header but no cells"},
        {"x,y,cell_type\n\n\n", "cells.csv has a header but no cells"},
        {"x,y,cell_type\r1,2,T\r", "cells.csv line 1: a carriage return inside the "
                                   "header; end lines with LF or CR LF"},
        {"x,y,x,cell_type\n1,2,3,T\n",
         "cells.csv line 1: column \"x\" occurs 2 times; rename all but one"},
        {"X,Y,celltype\n1,2,T\n", "cells.csv line 1: no column \"x\" for x (did you "
                                  "mean \"X\"?); name one of: X, "
                                  "Y, celltype"},
        {"\nx,y,celltype\n1,2,T\n",
         "cells.csv line 2: no column \"cell_type\" for type (did you mean "
         "\"celltype\"?); name one of: x, y, celltype"},
        {"x,y,\"cell_type\n1,2,T\n",
         "cells.csv line 1 byte 5: a quote opens here and never closes"},
    };
    const cyt_source source = source_of("cells.csv");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put("cells.csv", cases[i][0], strlen(cases[i][0]));
        expect(&source, CYT_ERR_DATA, cases[i][1]);
    }
    put("cells.csv", "x\0,\0y\0\n\0", 8);
    expect(&source, CYT_ERR_DATA,
           "cells.csv is not text: line 1 has a NUL byte; save it as UTF-8 text");
}

static void what_was_asked_for_must_be_there(void **state)
{
    (void)state;
    put("cells.csv", HEAD ROWS, strlen(HEAD ROWS));
    cyt_source source = source_of("cells.csv");
    source.id = "cellid";
    expect(&source, CYT_ERR_DATA,
           "cells.csv line 1: no column \"cellid\" for id (did you mean \"cell_id\"?); "
           "name one of: cell_id, x, y, cell_type, v");
    source.id = NULL;
    source.filter_column = "sample";
    source.filter_value = "S1";
    expect(&source, CYT_ERR_DATA,
           "cells.csv line 1: no column \"sample\" for filter; name one of: cell_id, "
           "x, y, "
           "cell_type, v");
    source.filter_column = "cell_type";
    expect(&source, CYT_ERR_DATA,
           "cells.csv: the filter cell_type=S1 keeps none of its 4 rows");
    source.path = "/nowhere/cells.csv";
    expect(&source, CYT_ERR_NO_INPUT,
           "cells.csv: cannot open: No such file or directory");
    source.path = folder;
    expect(&source, CYT_ERR_NO_INPUT,
           "cells.csv: not a file but a folder, pipe or device");
}

/* In order but for one pair of neighbours, which are equal, or the second of which
 * comes too early and is a repeat of the first of all; the pair lies at every border of
 * two ranks. Ids of lengths that are compared in different ways. */
static void repeats_among_ids_in_order_are_found(void **state)
{
    (void)state;
    static const char *const front[] = {
        "", "cell_00", "a_long_prefix_of_a_cell_",
        "a_prefix_too_long_to_be_sent_to_the_next_rank_"};
    for (int k = 0; k < 4; k++)
        for (int at = 1; at < 12; at++)
            for (int far = 0; far < 2; far++) {
                char text[2000] = "cell_id,x,y,cell_type\n", want[300];
                const int twin = far ? 0 : at - 1;
                for (int i = 0; i < 12; i++) {
                    const size_t n = strlen(text);
                    snprintf(text + n, sizeof text - n, "%s%c,1,2,T\n", front[k],
                             'a' + (i == at ? twin : i));
                }
                char id[100], shown[CYT_SHOWN_SIZE];
                snprintf(id, sizeof id, "%s%c", front[k], 'a' + twin);
                const enum packing p = (enum packing)(at % N_PACKINGS);
                put_packed(p, text, strlen(text));
                snprintf(want, sizeof want,
                         "%s line %d: cell id \"%s\" is already that of line "
                         "%d; ids must be unique within a slide",
                         names[p], at + 2, cyt_text_shown(id, strlen(id), shown),
                         twin + 2);
                const cyt_source source = source_of(names[p]);
                expect(&source, CYT_ERR_DATA, want);
            }
}

static void damaged_compressed_files_are_refused(void **state)
{
    (void)state;
    char text[8000] = HEAD;
    size_t length = strlen(text);
    for (int i = 0; i < 200; i++)
        length +=
            (size_t)sprintf(text + length, "c%d,%d,%d,T,%d\n", i, i * i, -i, i % 7);
    for (enum packing p = GZIP; p < N_PACKINGS; p++) {
        char *packed = malloc(ROOM), want[200];
        const cyt_source source = source_of(names[p]);
        const size_t n = pack(p, text, length, packed, ROOM);
        for (size_t cut = n - 1; cut > 20; cut = cut * 2 / 3) {
            put(names[p], packed, cut);
            snprintf(
                want, sizeof want,
                "%s: the compressed file is truncated at byte %zu; copy or download "
                "it again",
                names[p], cut);
            expect(&source, CYT_ERR_DATA, want);
        }
        memcpy(packed + n, "garbage", 7);
        put(names[p], packed, n + 7);
        snprintf(want, sizeof want,
                 "%s: the compressed file is damaged: %s; copy or download it again",
                 names[p],
                 p == GZIP ? "incorrect header check"
                           : ZSTD_getErrorString(ZSTD_error_prefix_unknown));
        expect(&source, CYT_ERR_DATA, want);
        if (p == GZIP) { /* the checksum is the first of the last eight bytes */
            packed[n - 8] ^= 1;
            put(names[p], packed, n);
            expect(
                &source, CYT_ERR_DATA,
                "cells.csv.gz: the compressed file is damaged: incorrect data check; "
                "copy or download it again");
        }
        free(packed);
    }
}

/* Blocks of other sizes ask the stream for other portions. */
static void text_before_the_damage_is_read_first(void **state)
{
    (void)state;
    char text[8000] = HEAD, packed[ROOM];
    size_t length = strlen(text);
    for (int i = 2; i < 200; i++)
        length += (size_t)sprintf(text + length, "c%d,%s,%d,T,%d\n", i,
                                  i == 100 ? "none" : "1", -i, i % 7);
    const size_t n = pack(GZIP, text, length, packed, ROOM);
    put(names[GZIP], packed, n - 9);
    const cyt_source source = source_of(names[GZIP]);
    for (size_t block = 16; block < 100000; block *= 5)
        expect_in_blocks(&source, block, CYT_ERR_DATA,
                         "cells.csv.gz line 100: x is not a number (\"none\")");
}

static void a_quote_that_swallows_the_file_is_refused(void **state)
{
    (void)state;
    static const char start[] = "x,y,cell_type\n1,2,\"T";
    const size_t n = CYT_RECORD_MAX + (CYT_RECORD_MAX >> 1);
    char *text = malloc(n), *packed = malloc(ZSTD_compressBound(n));
    memset(text, 'a', n);
    memcpy(text, start, sizeof start - 1);
    if (rank == 0)
        put(names[ZST], packed, pack(ZST, text, n, packed, ZSTD_compressBound(n)));
    else
        MPI_Barrier(MPI_COMM_WORLD);
    free(text);
    free(packed);
    const cyt_source source = source_of(names[ZST]);
    expect(&source, CYT_ERR_DATA,
           "cells.csv.zst line 2: a record of more than 67108864 bytes; is a quote not "
           "closed?");
}

static void too_many_labels_are_refused(void **state)
{
    (void)state;
    enum { N = 65535 };
    char *text = malloc(N * 20);
    size_t used = (size_t)sprintf(text, "x,y,cell_type\n");
    for (int i = 0; i < N; i++)
        used += (size_t)sprintf(text + used, "1,%d,t%d\n", i, i);
    put("cells.csv", text, used);
    const cyt_source source = source_of("cells.csv");
    cyt_rows rows;
    cyt_error err = {0};
    const cyt_code code = cyt_csv_read(MPI_COMM_SELF, &source, &rows, &err);
    assert_all(code == CYT_ERR_DATA &&
               strcmp(err.text, "cells.csv: column \"cell_type\" has more than 65534 "
                                "different labels; is it the type of a cell?") == 0);
    cyt_rows_free(&rows);
    free(text);
    MPI_Barrier(MPI_COMM_WORLD);
}

static void a_check_lists_all_problems_of_the_header(void **state)
{
    (void)state;
    put("cells.csv", "X,y,y\n", 6);
    cyt_source source = source_of("cells.csv");
    cyt_problems problems = {0};
    cyt_error err = {0};
    assert_all(cyt_csv_check(&source, &problems, &err) == CYT_OK && problems.n == 3);
    assert_string_equal(problems.item[0].text,
                        "S07: cells.csv line 1: no column \"x\" for x (did you mean "
                        "\"X\"?); name one of: X, y, y");
    assert_string_equal(
        problems.item[1].text,
        "S07: cells.csv line 1: column \"y\" occurs 2 times; rename all but one");
    cyt_problems_free(&problems);
    source.path = "/nowhere/cells.csv";
    assert_all(cyt_csv_check(&source, &problems, &err) == CYT_OK && problems.n == 1);
    assert_all(problems.item[0].code == CYT_ERR_NO_INPUT);
    cyt_problems_free(&problems);
    MPI_Barrier(MPI_COMM_WORLD);
}

#ifdef CYT_FAULTS
/* Ids that do not ascend; and newlines inside quotes wherever a block may begin, so
 * that no guess is right and blocks are counted. */
#define BROKEN                                                                         \
    "q,1,2,\"\nb,1,2,T,1\nc,1,2,T,1\nd,1,2,T,1\ne,1,2,T,1\nf,1,2,T,1\n\",1\n" ROWS

/* One rank alone counts nothing and sends nothing; nobody counts a compressed file. */
static int is_passed(const char *point, enum packing packing)
{
    if (strcmp(point, "csv.count") == 0)
        return size > 1 && packing == PLAIN;
    return size > 1 || strcmp(point, "route.init") != 0;
}

static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const struct {
        const char *point;
        cyt_code code;
    } points[] = {{"csv.open", CYT_ERR_MEMORY},   {"csv.count", CYT_ERR_IO},
                  {"csv.read", CYT_ERR_MEMORY},   {"csv.number", CYT_ERR_MEMORY},
                  {"ids.unique", CYT_ERR_MEMORY}, {"text.read", CYT_ERR_IO},
                  {"route.init", CYT_ERR_MEMORY}, {"mem.alloc", CYT_ERR_MEMORY}};
    for (enum packing p = 0; p < N_PACKINGS; p++) {
        put_packed(p, HEAD BROKEN, strlen(HEAD BROKEN));
        const cyt_source source = source_of(names[p]);
        for (size_t k = 0; k < sizeof points / sizeof *points; k++)
            for (int bad = 0; bad < size; bad++) {
                if (!is_passed(points[k].point, p))
                    continue;
                cyt_rows rows;
                cyt_error err = {0};
                cyt_fault_arm(rank == bad ? points[k].point : NULL);
                const cyt_code code =
                    cyt_csv_read_blocks(MPI_COMM_WORLD, &source, 20, &rows, &err);
                cyt_fault_arm(NULL);
                cyt_rows_free(&rows);
                assert_all(code == points[k].code && err.rank == bad);
            }
    }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_rows_are_told_with_line_and_value),
        cmocka_unit_test(of_many_errors_the_earliest_is_told),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(what_was_asked_for_must_be_there),
        cmocka_unit_test(repeats_among_ids_in_order_are_found),
        cmocka_unit_test(damaged_compressed_files_are_refused),
        cmocka_unit_test(text_before_the_damage_is_read_first),
        cmocka_unit_test(a_quote_that_swallows_the_file_is_refused),
        cmocka_unit_test(too_many_labels_are_refused),
        cmocka_unit_test(a_check_lists_all_problems_of_the_header),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, make_folder, remove_folder);
    MPI_Finalize();
    return failed;
}
