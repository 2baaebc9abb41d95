// SPDX-License-Identifier: BSD-3-Clause
#include "read/column_spec.h"
#include "test.h"

static char *header[] = {"fov", "cell_ID", "a|b", "x..y", "", "XMin", "XMax", "cell"};
static const cyt_names columns = {.n = 8, .name = header};

static void check(const char *spec, unsigned joints, size_t first, size_t rest)
{
    cyt_place place = {77, 77};
    assert_int_equal(cyt_column_find(&columns, spec, joints, &place),
                     first != CYT_NO_NAME);
    assert_int_equal(place.first, first);
    assert_int_equal(place.rest, rest);
}

static void the_first_alternative_that_is_there_counts(void **state)
{
    (void)state;
    check("cell", CYT_JOINT_NONE, 7, CYT_NO_NAME);
    check("none|cell|fov", CYT_JOINT_NONE, 7, CYT_NO_NAME);
    check("fov|cell", CYT_JOINT_NONE, 0, CYT_NO_NAME);
    check("none|neither", CYT_JOINT_NONE, CYT_NO_NAME, CYT_NO_NAME);
    check("none|", CYT_JOINT_NONE, 4, CYT_NO_NAME); /* a column without name */
    check("FOV", CYT_JOINT_NONE, CYT_NO_NAME, CYT_NO_NAME);
}

static void two_columns_need_both_and_their_joint(void **state)
{
    (void)state;
    check("fov+cell_ID", CYT_JOINT_ID, 0, 1);
    check("fov+cellID|fov+cell_ID|cell", CYT_JOINT_ID, 0, 1);
    check("XMin..XMax", CYT_JOINT_MIDDLE, 5, 6);
    check("XMin..XMax", CYT_JOINT_ID | CYT_JOINT_MIDDLE, 5, 6);
    check("fov+cell_ID", CYT_JOINT_MIDDLE, CYT_NO_NAME, CYT_NO_NAME);
    check("fov+cell_ID", CYT_JOINT_NONE, CYT_NO_NAME, CYT_NO_NAME);
    check("fov+none", CYT_JOINT_ID, CYT_NO_NAME, CYT_NO_NAME);
    check("fov+", CYT_JOINT_ID, CYT_NO_NAME, CYT_NO_NAME);
    check("fov|none+cell", CYT_JOINT_ID, 0, CYT_NO_NAME);
}

static void a_column_of_the_whole_name_comes_first(void **state)
{
    (void)state;
    check("a|b", CYT_JOINT_NONE, 2, CYT_NO_NAME);
    check("x..y", CYT_JOINT_MIDDLE, 3, CYT_NO_NAME);
}

static void a_spec_names_its_words_and_nothing_else(void **state)
{
    (void)state;
    const char *spec = "fov+cell_ID|XMin..XMax|cell|";
    const char *const named[] = {"fov", "cell_ID", "XMin", "XMax", "cell", ""};
    const char *const others[] = {"fov+", "cell_I", "fov+cell_IDs", "|", "FOV", "ID"};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        assert_true(cyt_column_is_named(spec, named[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(cyt_column_is_named(spec, others[i]));
    assert_true(cyt_column_is_named("a|b", "a|b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_alternative_that_is_there_counts),
        cmocka_unit_test(two_columns_need_both_and_their_joint),
        cmocka_unit_test(a_column_of_the_whole_name_comes_first),
        cmocka_unit_test(a_spec_names_its_words_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
