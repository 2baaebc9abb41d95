// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/origin.h"
#include "cytotaxis/png_file.h"
#include "cytotaxis/whole_file.h"
#include "test.h"
#include "text_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 256 };

/* A folder of this test alone. */
static void make_place(char place[PATH])
{
    snprintf(place, PATH, "folder-XXXXXX");
    assert_non_null(mkdtemp(place));
}

static cyt_code write_text(const char *place, const char *name, const char *text,
                           cyt_error *err)
{
    char path[2 * PATH];
    snprintf(path, sizeof path, "%s/%s", place, name);
    return cyt_whole_write(path, CYT_WHOLE_MINE, text, strlen(text), err);
}

static void check_holds(const char *place, const char *name, const char *text)
{
    char path[2 * PATH], got[64] = "";
    snprintf(path, sizeof path, "%s/%s", place, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    got[fread(got, 1, sizeof got - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(got, text);
    assert_int_equal(unlink(path), 0);
}

static void a_file_has_all_of_its_text_and_replaces_an_old_one(void **state)
{
    (void)state;
    char place[PATH];
    cyt_error err = {0};
    make_place(place);
    assert_int_equal(write_text(place, "a", "long and old\n", &err), CYT_OK);
    assert_int_equal(write_text(place, "a", "new\n", &err), CYT_OK);
    check_holds(place, "a", "new\n");
    assert_int_equal(rmdir(place), 0); /* and nothing else was there */
}

/* The name is that of a folder: it cannot be had, and no part stays behind. */
static void nothing_stays_of_a_file_that_cannot_be_written(void **state)
{
    (void)state;
    char place[PATH], taken[2 * PATH];
    cyt_error err = {0};
    make_place(place);
    snprintf(taken, sizeof taken, "%s/a", place);
    assert_int_equal(mkdir(taken, 0777), 0);
    assert_int_equal(write_text(place, "a", "text", &err), CYT_ERR_CREATE);
    assert_non_null(strstr(err.text, taken));
    err = (cyt_error){0};
    assert_int_equal(cyt_png_write(taken, 1, 1, (const uint8_t *)"rgb", &err),
                     CYT_ERR_CREATE);
    assert_int_equal(rmdir(taken), 0);
    assert_int_equal(rmdir(place), 0);
    err = (cyt_error){0};
    assert_int_equal(write_text(place, "a", "text", &err), CYT_ERR_CREATE);
}

/* Another process may write the same: its part is none of ours. */
static void a_shared_file_grows_under_a_name_of_its_process(void **state)
{
    (void)state;
    char place[PATH], path[2 * PATH], part[2 * PATH + 32];
    cyt_error err = {0};
    cyt_whole_file file;
    make_place(place);
    snprintf(path, sizeof path, "%s/a", place);
    snprintf(part, sizeof part, "%s.%ld.part", path, (long)getpid());
    assert_int_equal(write_text(place, "a.part", "another's", &err), CYT_OK);
    assert_int_equal(cyt_whole_begin(path, CYT_WHOLE_SHARED, &file, &err), CYT_OK);
    assert_int_equal(access(part, F_OK), 0);
    cyt_whole_put(&file, "text", 4);
    assert_int_equal(cyt_whole_end(&file, CYT_OK, &err), CYT_OK);
    check_holds(place, "a", "text");
    check_holds(place, "a.part", "another's");
    assert_int_equal(rmdir(place), 0);
}

static void a_writer_that_fails_leaves_the_old_file(void **state)
{
    (void)state;
    char place[PATH], path[2 * PATH];
    cyt_error err = {0};
    cyt_whole_file file;
    make_place(place);
    snprintf(path, sizeof path, "%s/a", place);
    assert_int_equal(write_text(place, "a", "old", &err), CYT_OK);
    assert_int_equal(cyt_whole_begin(path, CYT_WHOLE_MINE, &file, &err), CYT_OK);
    cyt_whole_put(&file, "half", 4);
    assert_int_equal(cyt_whole_end(&file, CYT_ERR_DATA, &err), CYT_ERR_DATA);
    check_holds(place, "a", "old");
    assert_int_equal(rmdir(place), 0);
}

/* Of a link only the name is taken; what it led to keeps its bytes. */
static void a_link_is_not_followed(void **state)
{
    (void)state;
    char place[PATH], path[2 * PATH];
    cyt_error err = {0};
    make_place(place);
    assert_int_equal(write_text(place, "other", "precious", &err), CYT_OK);
    snprintf(path, sizeof path, "%s/a.part", place);
    assert_int_equal(symlink("other", path), 0);
    assert_int_equal(write_text(place, "a", "text", &err), CYT_OK);
    check_holds(place, "a", "text");
    check_holds(place, "other", "precious");
    assert_int_equal(rmdir(place), 0);
}

/* Memory that libpng cannot have is told as such, and so is that of the writer. */
static void a_picture_without_memory_says_so(void **state)
{
    (void)state;
    enum { SIDE = 40 };
    static uint8_t rgb[SIDE * SIDE * 3];
    char place[PATH], path[2 * PATH];
    size_t n = 0;
    make_place(place);
    snprintf(path, sizeof path, "%s/a.png", place);
    for (int failed = 1; failed; n++) {
        cyt_error err = {0};
        fail_allocation(n);
        const cyt_code code = cyt_png_write(path, SIDE, SIDE, rgb, &err);
        failed = allocation_failed();
        assert_int_equal(code, failed ? CYT_ERR_MEMORY : CYT_OK);
        assert_int_equal(access(path, F_OK) == 0, !failed);
    }
    assert_true(n > 5);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(place), 0);
}

/* Names of files are bytes: a line of them that is no UTF-8 stays a line of its own. */
static void a_line_that_json_cannot_hold_is_changed_not_lost(void **state)
{
    (void)state;
    static char input[] = "a.csv 1\nb\xff.csv 2\nc\xc3\xa9.csv 3\n",
                config[] = "x: 1\n", program[] = "p\n", record[] = "{}";
    char place[PATH], path[2 * PATH];
    cyt_error err = {0};
    cyt_origin origin = {input, config, program};
    cyt_origin_result result = {.n_cells = 1, .record = record, .bytes = {-1, -1}};
    make_place(place);
    snprintf(path, sizeof path, "%s/a.origin.json", place);
    assert_int_equal(cyt_origin_write(path, &origin, &result, &err), CYT_OK);
    assert_int_equal(cyt_origin_read(path, &origin, &result, &err), CYT_OK);
    assert_string_equal(origin.input, "a.csv 1\nb?.csv 2\nc\xc3\xa9.csv 3\n");
    assert_string_equal(origin.config, config);
    cyt_origin_free(&origin);
    cyt_origin_result_free(&result);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(place), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_has_all_of_its_text_and_replaces_an_old_one),
        cmocka_unit_test(nothing_stays_of_a_file_that_cannot_be_written),
        cmocka_unit_test(a_shared_file_grows_under_a_name_of_its_process),
        cmocka_unit_test(a_writer_that_fails_leaves_the_old_file),
        cmocka_unit_test(a_link_is_not_followed),
        cmocka_unit_test(a_picture_without_memory_says_so),
        cmocka_unit_test(a_line_that_json_cannot_hold_is_changed_not_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
