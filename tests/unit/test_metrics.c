// SPDX-License-Identifier: BSD-3-Clause
/* Metrics and tables of results: how they are named, ordered and filled. */
#include "cytotaxis/metrics.h"
#include "cytotaxis/result_table.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>

static void add(cyt_metrics *list, cyt_statistic statistic, const char *b, double at)
{
    cyt_error err = {0};
    assert_int_equal(cyt_metrics_add_at(list, statistic, "A", b, NULL, at, 1, &err),
                     CYT_OK);
}

static void check_name(char *name, const char *wanted)
{
    assert_string_equal(name, wanted);
    free(name);
}

static void a_metric_is_named_after_its_place(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_metrics list = {0};
    add(&list, CYT_NEAREST_MEAN, "B/c", NAN);
    add(&list, CYT_PAIRS_COUNT, "B", 50);
    add(&list, CYT_PAIRS_COUNT, "B", 12.5);
    check_name(cyt_metric_name(&list.item[0], &err), "nearest/mean/A|B/c");
    check_name(cyt_metric_name(&list.item[1], &err), "pairs/count/A|B@50");
    check_name(cyt_metric_name(&list.item[2], &err), "pairs/count/A|B@12.5");
    check_name(cyt_curve_name(&list.item[2], &err), "pairs/count/A|B");
    cyt_metrics_free(&list);
}

static void curves_stand_in_one_piece_by_place(void **state)
{
    (void)state;
    cyt_metrics list = {0};
    const struct {
        cyt_statistic statistic;
        const char *b;
        double at;
    } wanted[] = {{CYT_NEAREST_MEAN, "B", NAN}, {CYT_NEAREST_SD, "B", NAN},
                  {CYT_PAIRS_COUNT, "B", 9},    {CYT_PAIRS_COUNT, "B", 10},
                  {CYT_PAIRS_COUNT, "B", 100},  {CYT_PAIRS_COUNT, "C", 9}};
    enum { N = sizeof wanted / sizeof *wanted };
    for (size_t k = 0; k < N; k++) {
        const size_t i = (k * 5 + 2) % N; /* 5 and 6 have no common divisor */
        add(&list, wanted[i].statistic, wanted[i].b, wanted[i].at);
    }
    qsort(list.item, list.n, sizeof *list.item, cyt_metric_compare);
    for (size_t k = 0; k < N; k++) {
        assert_int_equal(list.item[k].statistic, wanted[k].statistic);
        assert_string_equal(list.item[k].type_b, wanted[k].b);
        assert_true(isnan(wanted[k].at) || list.item[k].at == wanted[k].at);
    }
    assert_true(cyt_metric_same_curve(&list.item[2], &list.item[4]));
    assert_false(cyt_metric_same_curve(&list.item[4], &list.item[5]));
    assert_false(cyt_metric_same_curve(&list.item[0], &list.item[0]));
    cyt_metrics_free(&list);
}

static void values_that_were_not_set_are_missing(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_result_tables tables = {0};
    cyt_result_table *t = cyt_result_table_add(&tables, "trap", &err);
    assert_non_null(t);
    assert_int_equal(cyt_result_row(t, "one", &err), CYT_OK);
    assert_int_equal(cyt_result_number(t, "slope", 2, &err), CYT_OK);
    assert_int_equal(cyt_result_row(t, "two", &err), CYT_OK);
    assert_int_equal(cyt_result_text(t, "reason", "too few cells", &err), CYT_OK);
    assert_int_equal(cyt_result_row(t, "three", &err), CYT_OK);
    assert_int_equal(t->index.n, 3);
    assert_int_equal(t->n_columns, 2);
    const cyt_result_column *slope = &t->column[0], *reason = &t->column[1];
    assert_true(slope->number[0] == 2 && isnan(slope->number[1]) &&
                isnan(slope->number[2]));
    assert_int_equal(reason->text.n, 3);
    assert_string_equal(reason->text.name[0], "");
    assert_string_equal(reason->text.name[1], "too few cells");
    assert_string_equal(reason->text.name[2], "");
    cyt_result_tables_free(&tables);
}

static void a_column_holds_one_kind_and_needs_a_row(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_result_tables tables = {0};
    cyt_result_table *t = cyt_result_table_add(&tables, "trap", &err);
    assert_non_null(t);
    assert_int_equal(cyt_result_number(t, "p", 1, &err), CYT_ERR_INTERNAL);
    err = (cyt_error){0};
    assert_int_equal(cyt_result_row(t, "one", &err), CYT_OK);
    assert_int_equal(cyt_result_number(t, "p", 1, &err), CYT_OK);
    assert_int_equal(cyt_result_text(t, "p", "small", &err), CYT_ERR_INTERNAL);
    cyt_result_tables_free(&tables);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_metric_is_named_after_its_place),
        cmocka_unit_test(curves_stand_in_one_piece_by_place),
        cmocka_unit_test(values_that_were_not_set_are_missing),
        cmocka_unit_test(a_column_holds_one_kind_and_needs_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
