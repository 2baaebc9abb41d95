// SPDX-License-Identifier: BSD-3-Clause
/* A journal of long steps: what was put down whole is there, and nothing else is,
 * whatever a kill, a full disk or a bad one made of the file. */
#include "cytotaxis/fault.h"
#include "cytotaxis/journal.h"
#include "text_file.h"

#include <sys/stat.h>

static const char path[] = "a.csv"; /* a name that leave_folder() removes */
enum { HEAD = 32, LENGTHS = 16, SEAL = 16, MOST = 1024 };

/* --- by hand ---------------------------------------------------------------------- */

static cyt_journal *open_as(const char *made_from)
{
    cyt_error err = {0};
    cyt_journal *j = NULL;
    assert_int_equal(cyt_journal_open(path, made_from, &j, &err), CYT_OK);
    return j;
}

static void put(cyt_journal *j, const char *key, const char *contents)
{
    cyt_error err = {0};
    const size_t n = strlen(contents), half = n / 2;
    assert_int_equal(cyt_journal_begin(j, key, n, &err), CYT_OK);
    assert_int_equal(cyt_journal_write(j, contents, half, &err), CYT_OK);
    assert_int_equal(cyt_journal_write(j, contents + half, n - half, &err), CYT_OK);
    assert_int_equal(cyt_journal_end(j, &err), CYT_OK);
}

static int holds(cyt_journal *j, const char *key, const char *contents)
{
    char got[MOST] = "";
    const size_t n = strlen(contents);
    return cyt_journal_find(j, key, n) && cyt_journal_read(j, got, n) &&
           memcmp(got, contents, n) == 0;
}

static size_t file_bytes(void)
{
    struct stat st;
    return stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}

static size_t read_all(char bytes[MOST])
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t n = fread(bytes, 1, MOST, file);
    assert_int_equal(fclose(file), 0);
    return n;
}

/* Three records, and where each ends. */
static size_t write_three(size_t end[4])
{
    cyt_journal *j = open_as("input A");
    end[0] = HEAD;
    put(j, "screen 0 1", "scores");
    end[1] = file_bytes();
    put(j, "course", "a distribution");
    end[2] = file_bytes();
    put(j, "screen 0 2", "");
    end[3] = file_bytes();
    cyt_journal_close(&j, 1);
    return end[3];
}

static size_t whole_before(const size_t end[4], size_t at)
{
    size_t n = 0;
    while (n < 3 && end[n + 1] <= at)
        n++;
    return n;
}

/* --- what is put down is there ---------------------------------------------------- */

static void what_was_put_down_is_found_again(void **state)
{
    (void)state;
    size_t end[4];
    write_three(end);
    assert_int_equal(end[1], HEAD + LENGTHS + strlen("screen 0 1scores") + SEAL);
    cyt_journal *j = open_as("input A");
    assert_int_equal(cyt_journal_n(j), 3);
    assert_false(cyt_journal_was_other(j));
    assert_true(holds(j, "course", "a distribution"));
    assert_true(holds(j, "screen 0 1", "scores"));
    assert_true(holds(j, "screen 0 2", ""));
    assert_false(cyt_journal_find(j, "screen 0 1", 5)); /* has other contents */
    assert_false(cyt_journal_find(j, "screen 0", 6));
    cyt_journal_close(&j, 0);
    assert_null(j);
    assert_int_equal(access(path, F_OK), -1);
}

static void there_is_no_file_before_the_first_record(void **state)
{
    (void)state;
    cyt_journal *j = open_as("input A");
    assert_int_equal(cyt_journal_n(j), 0);
    assert_false(cyt_journal_was_other(j));
    assert_false(cyt_journal_find(j, "course", 0));
    cyt_journal_close(&j, 1);
    assert_int_equal(access(path, F_OK), -1);
    cyt_journal_close(&j, 0); /* none */
}

static void of_two_records_of_a_key_the_last_counts(void **state)
{
    (void)state;
    cyt_journal *j = open_as("input A");
    put(j, "course", "at noon");
    put(j, "course", "at two");
    cyt_journal_close(&j, 1);
    j = open_as("input A");
    assert_true(holds(j, "course", "at two"));
    assert_false(holds(j, "course", "at noon"));
    put(j, "course", "at ten"); /* not there when it was opened */
    assert_true(holds(j, "course", "at two"));
    cyt_journal_close(&j, 1);
    j = open_as("input A");
    assert_int_equal(cyt_journal_n(j), 3);
    assert_true(holds(j, "course", "at ten"));
    cyt_journal_close(&j, 0);
}

static void a_journal_of_something_else_is_none(void **state)
{
    (void)state;
    size_t end[4];
    write_three(end);
    cyt_journal *j = open_as("input B");
    assert_int_equal(cyt_journal_n(j), 0);
    assert_true(cyt_journal_was_other(j));
    assert_false(holds(j, "course", "a distribution"));
    cyt_journal_close(&j, 1);
    assert_int_equal(file_bytes(), end[3]); /* nothing was put down: left alone */
    j = open_as("input B");
    put(j, "course", "another");
    cyt_journal_close(&j, 1);
    j = open_as("input A");
    assert_int_equal(cyt_journal_n(j), 0);
    cyt_journal_close(&j, 0);
    assert_int_equal(access(path, F_OK), -1); /* nor does it stay behind a result */
}

/* --- what is not whole is not there ----------------------------------------------- */

/* Cut anywhere: whole records before it stand, and one more can be put down. */
static void a_torn_record_ends_the_journal(void **state)
{
    (void)state;
    char bytes[MOST];
    size_t end[4];
    const size_t n = write_three(end);
    assert_int_equal(read_all(bytes), n);
    for (size_t at = 0; at < n; at++) {
        const size_t n_whole = whole_before(end, at);
        write_file(path, bytes, at);
        cyt_journal *j = open_as("input A");
        assert_int_equal(cyt_journal_n(j), n_whole);
        assert_int_equal(holds(j, "course", "a distribution"), n_whole >= 2);
        put(j, "later", "news");
        cyt_journal_close(&j, 1);
        j = open_as("input A");
        assert_int_equal(cyt_journal_n(j), n_whole + 1);
        assert_true(holds(j, "later", "news"));
        assert_int_equal(holds(j, "screen 0 1", "scores"), n_whole >= 1);
        cyt_journal_close(&j, 0);
    }
}

/* Change any byte: its record and those behind it are not there. */
static void a_changed_byte_ends_the_journal(void **state)
{
    (void)state;
    char bytes[MOST];
    size_t end[4];
    const size_t n = write_three(end);
    assert_int_equal(read_all(bytes), n);
    for (size_t at = 0; at < n; at++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[at] ^= (char)(1 << bit);
            write_file(path, bytes, n);
            bytes[at] ^= (char)(1 << bit);
            cyt_journal *j = open_as("input A");
            assert_int_equal(cyt_journal_n(j), at < HEAD ? 0 : whole_before(end, at));
            assert_int_equal(cyt_journal_was_other(j), at < HEAD);
            cyt_journal_close(&j, 0);
        }
}

static void a_folder_of_that_name_is_no_journal(void **state)
{
    (void)state;
    cyt_error err = {0};
    assert_int_equal(mkdir(path, 0700), 0);
    cyt_journal *j = open_as("input A");
    assert_int_equal(cyt_journal_n(j), 0);
    assert_true(cyt_journal_was_other(j));
    assert_int_equal(cyt_journal_begin(j, "course", 1, &err), CYT_ERR_CREATE);
    assert_non_null(strstr(err.text, path));
    cyt_journal_close(&j, 1);
    assert_int_equal(rmdir(path), 0);
}

#ifdef CYT_FAULTS
/* As on a full disk: the record is not there, those before it and after it are. */
static void a_record_that_cannot_be_written_is_cut(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_journal *j = open_as("input A");
    put(j, "screen 0 1", "scores");
    const size_t n = file_bytes();
    assert_int_equal(cyt_journal_begin(j, "course", 4, &err), CYT_OK);
    assert_int_equal(cyt_journal_write(j, "ab", 2, &err), CYT_OK);
    cyt_fault_arm("journal.write");
    assert_int_equal(cyt_journal_write(j, "cd", 2, &err), CYT_ERR_IO);
    cyt_fault_arm(NULL);
    assert_non_null(strstr(err.text, "a.csv: No space left on device"));
    assert_int_equal(file_bytes(), n);
    put(j, "screen 0 2", "more");
    cyt_journal_close(&j, 1);
    j = open_as("input A");
    assert_int_equal(cyt_journal_n(j), 2);
    assert_true(holds(j, "screen 0 2", "more"));
    cyt_fault_arm("journal.read");
    assert_false(holds(j, "screen 0 2", "more"));
    cyt_fault_arm(NULL);
    cyt_journal_close(&j, 0);
    err = (cyt_error){0};
    cyt_fault_arm("journal.open");
    assert_int_equal(cyt_journal_open(path, "input A", &j, &err), CYT_ERR_MEMORY);
    cyt_fault_arm(NULL);
    assert_null(j);
}
#endif

static void every_allocation_that_fails_is_told(void **state)
{
    (void)state;
    size_t end[4], k = 0;
    cyt_code code;
    write_three(end);
    do {
        cyt_error err = {0};
        cyt_journal *j = NULL;
        fail_allocation(k++);
        code = cyt_journal_open(path, "input A", &j, &err);
        (void)allocation_failed();
        assert_true(code == CYT_OK || code == CYT_ERR_MEMORY);
        assert_int_equal(code == CYT_OK, j != NULL);
        cyt_journal_close(&j, 1);
    } while (code != CYT_OK);
    assert_true(k > 4);
    assert_int_equal(file_bytes(), end[3]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_down_is_found_again),
        cmocka_unit_test(there_is_no_file_before_the_first_record),
        cmocka_unit_test(of_two_records_of_a_key_the_last_counts),
        cmocka_unit_test(a_journal_of_something_else_is_none),
        cmocka_unit_test(a_torn_record_ends_the_journal),
        cmocka_unit_test(a_changed_byte_ends_the_journal),
        cmocka_unit_test(a_folder_of_that_name_is_no_journal),
#ifdef CYT_FAULTS
        cmocka_unit_test(a_record_that_cannot_be_written_is_cut),
#endif
        cmocka_unit_test(every_allocation_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
