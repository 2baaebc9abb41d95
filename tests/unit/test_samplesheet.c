// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/samplesheet.h"
#include "text_file.h"

#include <dirent.h>
#include <math.h>

static const char *const formats[] = {"csv", "h5ad", NULL};

/* The shortest header that is complete. */
#define HEAD "sample,data_path,um_per_px\n"

static const char sample[] =
    "sample,data_path,format,patient,condition,batch,um_per_px,x,y,id,type,compartment,"
    "filter,"
    "expression,regions,regions_um_per_px,regions_affine,time,event,stage,\"a, b\"\r\n"
    "S01,a.csv,csv,P1,high,b1,0.5,X,Y,cell,label,part,slide=A=1,,b.csv,0.25,0 1 2.5 "
    "-1  0 3,1605,1,IV,\"say "
    "\"\"x\"\"\""
    "\r\n"
    "\r\n"
    "S-2_.x,b.csv,,,,,1,,,,,,,,,,,NA,,,\r\n";

static cyt_samplesheet read_bytes(const char *text, size_t n, cyt_problems *problems)
{
    cyt_samplesheet sheet;
    cyt_error err = {0};
    write_file("sheet.csv", text, n);
    assert_int_equal(cyt_samplesheet_read("sheet.csv", formats, &sheet, problems, &err),
                     CYT_OK);
    assert_int_equal(cyt_samplesheet_find_files(&sheet, problems, &err), CYT_OK);
    assert_int_equal(err.code, CYT_OK);
    return sheet;
}

static int enter_folder_with_cells(void **state)
{
    const int failed = enter_folder(state);
    if (!failed) {
        write_file("a.csv", "x,y\n", 4);
        write_file("b.csv", "x,y\n", 4);
    }
    return failed;
}

static void check_first(const cyt_sample *s)
{
    assert_int_equal(s->line, 2);
    assert_string_equal(s->name, "S01");
    assert_string_equal(s->data.shown, "a.csv");
    assert_string_equal(s->data.path, "a.csv");
    assert_string_equal(s->format, "csv");
    assert_string_equal(s->patient, "P1");
    assert_string_equal(s->condition, "high");
    assert_string_equal(s->batch, "b1");
    assert_true(s->um_per_px == 0.5 && s->time == 1605.0 && s->event == 1.0);
    assert_string_equal(s->x, "X");
    assert_string_equal(s->y, "Y");
    assert_string_equal(s->id, "cell");
    assert_string_equal(s->type, "label");
    assert_string_equal(s->compartment, "part");
    assert_string_equal(s->filter_column, "slide");
    assert_string_equal(s->filter_value, "A=1");
    static const double affine[6] = {0, 1, 2.5, -1, 0, 3};
    assert_string_equal(s->regions.shown, "b.csv");
    assert_string_equal(s->regions.path, "b.csv");
    assert_true(s->regions_um_per_px == 0.25);
    assert_memory_equal(s->regions_affine, affine, sizeof affine);
    assert_string_equal(s->covariates[0], "IV");
    assert_string_equal(s->covariates[1], "say \"x\"");
}

static void check_second(const cyt_sample *s)
{
    assert_int_equal(s->line, 4);
    assert_string_equal(s->name, "S-2_.x");
    assert_string_equal(s->format, "auto");
    assert_string_equal(s->patient, "S-2_.x");
    assert_null(s->condition);
    assert_null(s->batch);
    assert_null(s->x);
    assert_null(s->filter_column);
    static const double same[6] = {1, 0, 0, 0, 1, 0};
    assert_null(s->regions.shown);
    assert_null(s->regions.path);
    assert_true(isnan(s->regions_um_per_px));
    assert_memory_equal(s->regions_affine, same, sizeof same);
    assert_true(s->um_per_px == 1.0 && isnan(s->time) && isnan(s->event));
    assert_string_equal(s->covariates[1], "");
}

static void all_columns_of_a_good_sheet_are_read(void **state)
{
    (void)state;
    cyt_problems problems = {0};
    cyt_samplesheet sheet = read_bytes(sample, strlen(sample), &problems);
    expect_lines(&problems, "");
    assert_int_equal(sheet.n, 2);
    check_first(&sheet.samples[0]);
    check_second(&sheet.samples[1]);
    assert_string_equal(sheet.path, "sheet.csv");
    assert_int_equal(sheet.covariates.n, 2);
    assert_string_equal(sheet.covariates.name[1], "a, b");
    assert_true(sheet.has_patient && sheet.has_condition && sheet.has_batch);
    assert_true(sheet.has_time && sheet.has_event);
    cyt_samplesheet_free(&sheet);
    cyt_samplesheet_free(&sheet);
}

static void tabs_semicolons_and_a_byte_order_mark_are_read_too(void **state)
{
    (void)state;
    static const char *const sheets[] = {
        "sample\tdata_path\tum_per_px\ns\ta.csv\t1\n",
        "sample;data_path;um_per_px\ns;a.csv;1", "\xEF\xBB\xBF" HEAD "s,a.csv,1\n",
        "\"sample\",\"data_path\",\"um_per_px\"\n\"s\",\"a.csv\",\"1\"\n\n\n"};
    for (size_t i = 0; i < sizeof sheets / sizeof *sheets; i++) {
        cyt_problems problems = {0};
        cyt_samplesheet sheet = read_bytes(sheets[i], strlen(sheets[i]), &problems);
        expect_lines(&problems, "");
        assert_int_equal(sheet.n, 1);
        assert_false(sheet.has_patient || sheet.has_condition || sheet.has_time);
        cyt_samplesheet_free(&sheet);
    }
}

/* Some formats define their unit, so its absence is not the sheet's fault. */
static void a_unit_may_be_left_to_the_format(void **state)
{
    (void)state;
    static const char *const texts[] = {"sample,data_path\ns,a.csv\n",
                                        HEAD "s,a.csv,\n"};
    for (size_t i = 0; i < 2; i++) {
        cyt_error err = {0};
        cyt_problems problems = {0};
        cyt_samplesheet sheet;
        write_file("sheet.csv", texts[i], strlen(texts[i]));
        assert_int_equal(
            cyt_samplesheet_read("sheet.csv", NULL, &sheet, &problems, &err), CYT_OK);
        assert_int_equal(problems.n, 0);
        assert_true(sheet.n == 1 && isnan(sheet.samples[0].um_per_px));
        cyt_samplesheet_free(&sheet);
        cyt_problems_free(&problems);
    }
}

static void paths_are_relative_to_the_sheet(void **state)
{
    (void)state;
    char here[512], path[600], text[1200];
    assert_non_null(getcwd(here, sizeof here));
    snprintf(path, sizeof path, "%s/sheet.csv", here);
    snprintf(text, sizeof text, HEAD "s,a.csv,1\nt,%s/b.csv,1\n", here);
    write_file("sheet.csv", text, strlen(text));
    assert_int_equal(chdir("/"), 0);
    cyt_samplesheet sheet;
    cyt_problems problems = {0};
    cyt_error err = {0};
    const cyt_code code = cyt_samplesheet_read(path, NULL, &sheet, &problems, &err);
    assert_int_equal(chdir(here), 0);
    assert_int_equal(code, CYT_OK);
    expect_lines(&problems, "");
    assert_string_equal(sheet.samples[0].data.shown, "a.csv");
    snprintf(text, sizeof text, "%s/a.csv", here);
    assert_string_equal(sheet.samples[0].data.path, text);
    snprintf(text, sizeof text, "%s/b.csv", here);
    assert_string_equal(sheet.samples[1].data.path, text);
    cyt_samplesheet_free(&sheet);
}

#define LONG_50  "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
#define LONG_201 LONG_50 LONG_50 LONG_50 LONG_50 "z"

static const struct {
    const char *text, *want;
} faults[] = {
    {"", "sheet.csv: empty; a samplesheet has a header and a row per slide"},
    {"\n\r\n", "sheet.csv: empty; a samplesheet has a header and a row per slide"},
    {HEAD, "sheet.csv: a header and no samples"},
    {"name,path\ns,a.csv\n",
     "sheet.csv:1: no column 'sample', which is required; there are: name, path\n"
     "sheet.csv:1: no column 'data_path', which is required; there are: name, path"},
    {"sample,data_path,um_per_px,conditon\ns,a.csv,1,x\n",
     "sheet.csv:1:28: column 'conditon': did you mean 'condition'? Rename it if it is "
     "a "
     "covariate"},
    {"sample,data_path,um_per_px,Batch\ns,a.csv,1,x\n",
     "sheet.csv:1:28: column 'Batch': did you mean 'batch'? Rename it if it is a "
     "covariate"},
    {"sample,data_path,um_per_px,bacth\ns,a.csv,1,x\n",
     "sheet.csv:1:28: column 'bacth': did you mean 'batch'? Rename it if it is a "
     "covariate"},
    {"sample,data_path,um_per_px,patients\ns,a.csv,1,x\n",
     "sheet.csv:1:28: column 'patients': did you mean 'patient'? Rename it if it is a "
     "covariate"},
    {"sample,data_path,um_per_px,sample\ns,a.csv,1,s\n",
     "sheet.csv:1:28: a second column 'sample'"},
    {"sample,data_path,um_per_px,age,age\ns,a.csv,1,2,3\n",
     "sheet.csv:1:32: a second column 'age'"},
    {",sample,data_path,um_per_px\n0,s,a.csv,1\n",
     "sheet.csv:1:1: column 1 has no name"},
    {"sample,data_path,um_per_px,\"a\nb\"\ns,a.csv,1,x\n",
     "sheet.csv:1:28: control character in the name of column 4"},
    {HEAD ",a.csv,1\n", "sheet.csv:2:1: sample is empty"},
    {HEAD "a b,a.csv,1\n", "sheet.csv:2:1: sample \"a b\" cannot be a file name; use "
                           "letters, digits, '.', '_' and '-'"},
    {HEAD "a/b,a.csv,1\n", "sheet.csv:2:1: sample \"a/b\" cannot be a file name; use "
                           "letters, digits, '.', '_' and '-'"},
    {HEAD "caf\xC3\xA9,a.csv,1\n",
     "sheet.csv:2:1: sample \"caf\xC3\xA9\" cannot be a file "
     "name; use letters, digits, '.', '_' and '-'"},
    {HEAD ".,a.csv,1\n",
     "sheet.csv:2:1: sample \".\" cannot be a file name; use letters, "
     "digits, '.', '_' and '-'"},
    {HEAD "..,a.csv,1\n", "sheet.csv:2:1: sample \"..\" cannot be a file name; use "
                          "letters, digits, '.', '_' and '-'"},
    {HEAD LONG_201 ",a.csv,1\n",
     "sheet.csv:2:1: sample \"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeee...\" has "
     "201 "
     "letters; at most 200, it becomes a file name"},
    {HEAD "s,a.csv,1\nt,a.csv,1\ns,b.csv,1\ns,b.csv,1\n",
     "sheet.csv:4: sample 's' a second time (first in line 2)\n"
     "sheet.csv:5: sample 's' a second time (first in line 2)"},
    {HEAD "s,,1\n", "sheet.csv:2:3: data_path is empty"},
    {HEAD "s,no.csv,1\n", "sheet.csv:2:3: data_path no.csv: No such file or directory "
                          "(paths are relative to the sheet)"},
    {"sample,data_path,um_per_px,format\ns,a.csv,1,cvs\n",
     "sheet.csv:2:11: unknown format \"cvs\"; formats: auto, csv, h5ad"},
    {HEAD "s,a.csv,NA\n",
     "sheet.csv:2:9: um_per_px is missing (\"NA\"); give um per unit "
     "of x and y, 1 where they are um"},
    {HEAD "s,a.csv,um\n",
     "sheet.csv:2:9: um_per_px is not a number (\"um\"); give um per "
     "unit of x and y, 1 where they are um"},
    {HEAD "s,a.csv,0\n", "sheet.csv:2:9: um_per_px is 0; it must be greater than 0"},
    {HEAD "s,a.csv,-0.5\n",
     "sheet.csv:2:9: um_per_px is -0.5; it must be greater than 0"},
    {HEAD "s,a.csv,inf\n",
     "sheet.csv:2:9: um_per_px is inf; it must be a number greater than 0"},
    {"sample,data_path,um_per_px,decimal\ns,a.csv,1,;\n",
     "sheet.csv:2:11: decimal is \";\"; it must be \",\" or \".\""},
    {"sample,data_path,um_per_px,filter\ns,a.csv,1,slide\nt,a.csv,1,=A\nu,a.csv,1,"
     "slide=\n",
     "sheet.csv:2:11: filter \"slide\" is not column=value\n"
     "sheet.csv:3:11: filter \"=A\" is not column=value\n"
     "sheet.csv:4:11: filter \"slide=\" is not column=value"},
    {"sample,data_path,um_per_px,time,event\ns,a.csv,1,soon,yes\nt,a.csv,1,-1,2\n",
     "sheet.csv:2:11: time is not a number (\"soon\")\n"
     "sheet.csv:2:16: event is not a number (\"yes\")\n"
     "sheet.csv:3:11: time is -1; it must be at least 0\n"
     "sheet.csv:3:14: event is 2; write 1 (happened) or 0 (censored)"},
    {"sample,data_path,um_per_px,regions,expression\ns,a.csv,1,r.geojson,e.csv\n",
     "sheet.csv:2:21: expression e.csv: No such file or directory (paths are relative "
     "to the sheet)\n"
     "sheet.csv:2:11: regions r.geojson: No such file or directory (paths are relative "
     "to the sheet)"},
    {"sample,data_path,um_per_px,regions,regions_um_per_px\ns,a.csv,1,b.csv,px\n"
     "t,a.csv,1,b.csv,0\nu,a.csv,1,b.csv,inf\n",
     "sheet.csv:2:17: regions_um_per_px is \"px\"; it must be a number greater than 0, "
     "um per pixel of the regions\n"
     "sheet.csv:3:17: regions_um_per_px is \"0\"; it must be a number greater than 0, "
     "um per pixel of the regions\n"
     "sheet.csv:4:17: regions_um_per_px is \"inf\"; it must be a number greater than "
     "0, "
     "um per pixel of the regions"},
    {"sample,data_path,um_per_px,regions,regions_affine\ns,a.csv,1,b.csv,1 0 0\n"
     "t,a.csv,1,b.csv,1 2 3 2 4 6\nu,a.csv,1,b.csv,1 0 0 0 1 x\n",
     "sheet.csv:2:17: regions_affine is \"1 0 0\"; it must be six numbers \"a b c d e "
     "f\", for x' = a x + b y + c, y' = d x + e y + f\n"
     "sheet.csv:3:17: regions_affine \"1 2 3 2 4 6\" maps the plane to a line (a e = b "
     "d)\n"
     "sheet.csv:4:17: regions_affine is \"1 0 0 0 1 x\"; it must be six numbers \"a b "
     "c d e f\", for x' = a x + b y + c, y' = d x + e y + f"},
    {HEAD "s,a.csv\nt,a.csv,1,2\n", "sheet.csv:2: 2 fields, where the header has 3\n"
                                    "sheet.csv:3: 4 fields, where the header has 3"},
    {"sample,data_path,um_per_px,condition\ns,a.csv,1, A\nt,a.csv,1,\"A\nB\"\n",
     "sheet.csv:2:11: space at the start or end of column 'condition'\n"
     "sheet.csv:3:11: line break or control character in column 'condition'"},
    {"sample,data_path,um_per_px,note\ns,a.csv,1,\"A\nB\"\nt,no,1,x\n",
     "sheet.csv:2:11: line break or control character in column 'note'\n"
     "sheet.csv:4:3: data_path no: No such file or directory (paths are relative to "
     "the "
     "sheet)"},
    {HEAD "s,a.csv,1\nt,\xFF,1\n",
     "sheet.csv:3: not UTF-8 text; save the file as UTF-8"},
    {HEAD "s,a\"b,1\n", "sheet.csv:2: byte 4: a quote inside a field that does not "
                        "start with one; put the field in quotes and write the quote "
                        "twice"},
    /* six faults in one pass, in the sheet's order; what is not there comes last */
    {"sample,data_path,um_per_px,conditon,filter\n"
     "s 1,a.csv,1,,\n"
     "s,no.csv,1,,\n"
     "t,a.csv,px,,x\n"
     "s,a.csv,1,,\n",
     "sheet.csv:1:28: column 'conditon': did you mean 'condition'? Rename it if it is "
     "a "
     "covariate\n"
     "sheet.csv:2:1: sample \"s 1\" cannot be a file name; use letters, digits, '.', "
     "'_' "
     "and '-'\n"
     "sheet.csv:4:9: um_per_px is not a number (\"px\"); give um per unit of x and y, "
     "1 "
     "where they are um\n"
     "sheet.csv:4:13: filter \"x\" is not column=value\n"
     "sheet.csv:5: sample 's' a second time (first in line 3)\n"
     "sheet.csv:3:3: data_path no.csv: No such file or directory (paths are relative "
     "to the sheet)"},
};

static void each_fault_is_told_with_its_place_and_cure(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        cyt_problems problems = {0};
        cyt_samplesheet sheet =
            read_bytes(faults[i].text, strlen(faults[i].text), &problems);
        expect_lines(&problems, faults[i].want);
        cyt_samplesheet_free(&sheet);
    }
}

static void covariates_that_only_resemble_a_column_pass(void **state)
{
    (void)state;
    static const char text[] =
        "sample,data_path,um_per_px,age,sex,z,tx,part,treatment,n_cells\n"
        "s,a.csv,1,,,,,,,\n";
    cyt_problems problems = {0};
    cyt_samplesheet sheet = read_bytes(text, strlen(text), &problems);
    expect_lines(&problems, "");
    assert_int_equal(sheet.covariates.n, 7);
    cyt_samplesheet_free(&sheet);
}

static void a_missing_file_is_missing_input(void **state)
{
    (void)state;
    cyt_samplesheet sheet;
    cyt_problems problems = {0};
    cyt_error err = {0};
    assert_int_equal(
        cyt_samplesheet_read("no/sheet.csv", formats, &sheet, &problems, &err), CYT_OK);
    assert_int_equal(cyt_problems_code(&problems), CYT_ERR_NO_INPUT);
    expect_lines(&problems,
                 "no/sheet.csv: cannot be opened (No such file or directory)");
    cyt_samplesheet_free(&sheet);

    sheet = read_bytes(HEAD "s,no.csv,1\n", strlen(HEAD) + 11, &problems);
    assert_int_equal(cyt_problems_code(&problems), CYT_ERR_NO_INPUT);
    cyt_problems_free(&problems);
    cyt_samplesheet_free(&sheet);
}

/* Read folder/name/sheet.csv; 1 when there is one. */
static int read_cohort(const char *folder, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/cohorts/%s/sheet.csv", folder, name);
    if (name[0] == '.' || access(path, R_OK) != 0)
        return 0;
    cyt_samplesheet sheet;
    cyt_problems problems = {0};
    cyt_error err = {0};
    assert_int_equal(cyt_samplesheet_read(path, formats, &sheet, &problems, &err),
                     CYT_OK);
    expect_lines(&problems, "");
    assert_true(sheet.n > 0);
    for (size_t i = 0; i < sheet.n; i++)
        assert_true(sheet.samples[i].um_per_px > 0 && sheet.samples[i].condition);
    cyt_samplesheet_free(&sheet);
    return 1;
}

static void sheets_of_published_cohorts_are_read(void **state)
{
    (void)state;
    const char *folder = getenv("CYTOTAXIS_DATA");
    char path[1024];
    snprintf(path, sizeof path, "%s/cohorts", folder ? folder : "");
    DIR *cohorts = folder ? opendir(path) : NULL;
    if (!cohorts) {
        print_message("skipped: CYTOTAXIS_DATA names no folder with cohorts/\n");
        skip();
    }
    int n = 0;
    for (struct dirent *entry; (entry = readdir(cohorts));)
        n += read_cohort(folder, entry->d_name);
    closedir(cohorts);
    assert_true(n > 0);
    print_message("%d sheets\n", n);
}

static void no_bytes_crash_the_reader(void **state)
{
    (void)state;
    cyt_problems problems = {0};
    char text[sizeof sample + 8];
    uint64_t seed = 20240608;
    for (int round = 0; round < 2000; round++) {
        const size_t n = mutate(sample, strlen(sample), text, sizeof text, &seed);
        cyt_samplesheet sheet = read_bytes(text, n, &problems);
        for (size_t i = 0; i < problems.n; i++)
            assert_null(strchr(problems.item[i].text, '\n'));
        cyt_problems_free(&problems);
        cyt_samplesheet_free(&sheet);
    }
}

static void without_memory_the_reader_says_so(void **state)
{
    (void)state;
    static const char *const texts[] = {
        sample, HEAD "s,a.csv,x\ns,no,1\n",
        "sample,data_path,conditon,format\ns,a.csv,x,cvs\n"};
    for (size_t k = 0; k < 3; k++) {
        int reached = 1;
        write_file("sheet.csv", texts[k], strlen(texts[k]));
        for (size_t n = 0; reached; n++) {
            cyt_samplesheet sheet;
            cyt_problems problems = {0};
            cyt_error err = {0};
            fail_allocation(n);
            const cyt_code code =
                cyt_samplesheet_read("sheet.csv", formats, &sheet, &problems, &err);
            reached = allocation_failed();
            assert_int_equal(code, reached ? CYT_ERR_MEMORY : CYT_OK);
            cyt_samplesheet_free(&sheet);
            cyt_problems_free(&problems);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_columns_of_a_good_sheet_are_read),
        cmocka_unit_test(tabs_semicolons_and_a_byte_order_mark_are_read_too),
        cmocka_unit_test(a_unit_may_be_left_to_the_format),
        cmocka_unit_test(paths_are_relative_to_the_sheet),
        cmocka_unit_test(each_fault_is_told_with_its_place_and_cure),
        cmocka_unit_test(covariates_that_only_resemble_a_column_pass),
        cmocka_unit_test(a_missing_file_is_missing_input),
        cmocka_unit_test(sheets_of_published_cohorts_are_read),
        cmocka_unit_test(no_bytes_crash_the_reader),
        cmocka_unit_test(without_memory_the_reader_says_so),
    };
    return cmocka_run_group_tests(tests, enter_folder_with_cells, leave_folder);
}
