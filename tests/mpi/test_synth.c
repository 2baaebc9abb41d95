// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/comm.h"
#include "cytotaxis/config.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/reader.h"
#include "cytotaxis/samplesheet.h"
#include "cytotaxis/store.h"
#include "cytotaxis/synth.h"
#include "result_folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int rank, size;

/* --- folders and files ------------------------------------------------------------ */

/* Files below `a` that are also below `b` with the same bytes; -1 when one is not. */
static int n_same_files(const char *a, const char *b)
{
    DIR *folder = opendir(a);
    const struct dirent *entry;
    int n = folder ? 0 : -1;
    while (n >= 0 && (entry = readdir(folder))) {
        char in_a[512], in_b[512];
        struct stat info;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(in_a, sizeof in_a, "%s/%s", a, entry->d_name);
        snprintf(in_b, sizeof in_b, "%s/%s", b, entry->d_name);
        stat(in_a, &info);
        const int more = S_ISDIR(info.st_mode) ? n_same_files(in_a, in_b)
                                               : same_bytes(in_a, in_b) - 1;
        n = more < 0 ? -1 : n + (S_ISDIR(info.st_mode) ? more : 1);
    }
    if (folder)
        closedir(folder);
    return n;
}

/* --- cohorts ---------------------------------------------------------------------- */

/* A small cohort of as many slides as the tests have ranks at most, or more. */
static cyt_synth_params small(const char *out)
{
    cyt_synth_params p;
    cyt_synth_init(&p);
    p.out = out;
    p.n_slides = 5;
    p.n_patients = 3;
    p.cells_per_slide = 400;
    return p;
}

static void every_rank_count_gives_the_same_bytes(void **state)
{
    (void)state;
    char many[256], one[256];
    cyt_error err = {0};
    cyt_synth_params p = small(in_root("many", many));
    assert_all(cyt_synth(MPI_COMM_WORLD, &p, &err) == CYT_OK);
    int n = 0, back = 0;
    if (rank == 0) {
        p.out = in_root("one", one);
        if (cyt_synth(MPI_COMM_SELF, &p, &err) == CYT_OK) {
            n = n_same_files(many, one);
            back = n_same_files(one, many);
        }
    }
    /* a .csv and a .h5ad of each slide; config, truth and two samplesheets */
    assert_all(rank != 0 || (n == 2 * 5 + 4 && back == n));
}

static void an_empty_folder_is_taken_and_one_format_is_enough(void **state)
{
    (void)state;
    char path[256], sheet[512];
    in_root("empty", path);
    if (rank == 0)
        mkdir(path, 0777);
    MPI_Barrier(MPI_COMM_WORLD);
    cyt_synth_params p = small(path);
    p.write_h5ad = 0;
    p.n_slides = p.n_patients = 1; /* some ranks have no slide */
    cyt_error err = {0};
    assert_all(cyt_synth(MPI_COMM_WORLD, &p, &err) == CYT_OK);
    snprintf(sheet, sizeof sheet, "%s/samplesheet.csv", path);
    assert_all(access(sheet, R_OK) == 0);
    snprintf(sheet, sizeof sheet, "%s/samplesheet_h5ad.csv", path);
    assert_all(access(sheet, R_OK) != 0);
}

/* --- what was written is what the program reads ----------------------------------- */

static void read_sheets(const char *out, const char *name, cyt_samplesheet *sheet,
                        cyt_config *config, cyt_problems *problems)
{
    char path[512];
    cyt_error err = {0};
    snprintf(path, sizeof path, "%s/%s", out, name);
    assert_all(cyt_samplesheet_read(path, NULL, sheet, problems, &err) == CYT_OK);
    snprintf(path, sizeof path, "%s/config.yaml", out);
    assert_all(cyt_config_read(path, 0, NULL, config, problems, &err) == CYT_OK);
    assert_all(cyt_config_check_against(config, sheet, problems, &err) == CYT_OK);
    for (size_t i = 0; i < problems->n; i++)
        print_message("%s\n", problems->item[i].text);
}

static void the_program_reads_its_sheets_without_complaint(void **state)
{
    (void)state;
    static const char *const names[] = {"samplesheet.csv", "samplesheet_h5ad.csv"};
    char path[256];
    in_root("many", path);
    for (size_t k = 0; k < 2; k++) {
        cyt_samplesheet sheet = {0};
        cyt_config config = {0};
        cyt_problems problems = {0};
        read_sheets(path, names[k], &sheet, &config, &problems);
        assert_all(problems.n == 0 && sheet.n == 5 && config.n_signals == 1 &&
                   config.n_contrasts == 1);
        assert_all(strcmp(sheet.samples[4].name, "S05") == 0 &&
                   strcmp(sheet.samples[4].patient, "P02") == 0 &&
                   strcmp(sheet.samples[4].condition, "non-responder") == 0);
        assert_all(config.signals[0].lambda_um == 250 &&
                   config.signals[0].expression == CYT_EXPRESSION_COUNTS);
        cyt_config_free(&config);
        cyt_samplesheet_free(&sheet);
        cyt_problems_free(&problems);
    }
}

/* Sums over all rows of one slide, over all ranks. */
typedef struct totals {
    uint64_t n, t_cells, ligand, x, y;
} totals;

static totals totals_of(const char *sheet_name)
{
    char path[256];
    static const char *const genes[] = {"CXCL12", "CXCR4"};
    cyt_samplesheet sheet = {0};
    cyt_config config = {0};
    cyt_problems problems = {0};
    read_sheets(in_root("many", path), sheet_name, &sheet, &config, &problems);
    const cyt_sample *s = &sheet.samples[2];
    const cyt_source source = {.sample = s->name,
                               .path = s->data.path,
                               .shown_path = s->data.shown,
                               .format = s->format,
                               .x = s->x,
                               .y = s->y,
                               .id = s->id,
                               .type = s->type,
                               .n_values = 2,
                               .value_names = genes};
    const cyt_reader *reader = cyt_reader_for(&source);
    assert_all(reader != NULL);
    cyt_rows rows = {0};
    cyt_error err = {0};
    assert_all(reader->read(MPI_COMM_WORLD, &source, &rows, &err) == CYT_OK);
    totals t = {.n = rows.n};
    for (size_t i = 0; i < rows.n; i++) {
        t.t_cells += strcmp(rows.labels.name[rows.type[i]], "CD8 T") == 0;
        t.ligand += (uint64_t)rows.values[i];
        t.x += (uint64_t)(64 * rows.x[i]) * (rows.index[i] + 1); /* place and order */
        t.y += (uint64_t)(64 * rows.y[i]) * (rows.index[i] + 1);
    }
    MPI_Allreduce(MPI_IN_PLACE, &t, 5, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    cyt_rows_free(&rows);
    cyt_config_free(&config);
    cyt_samplesheet_free(&sheet);
    cyt_problems_free(&problems);
    return t;
}

/* truth.csv, line of S03: n_senders,ligand_sum, then counts by type, CD8 T the fifth.
 */
static uint64_t truth_of(size_t column)
{
    char path[256];
    size_t n;
    char *text = contents(in_root("many/truth.csv", path), &n);
    assert_all(text != NULL);
    const char *at = strstr(text, "\nS03,");
    for (size_t c = 0; at && c < column; c++)
        at = strchr(at + 1, ',');
    const uint64_t value = at ? strtoull(at + 1, NULL, 10) : 0;
    free(text);
    return value;
}

static void both_formats_hold_the_cells_that_truth_tells_of(void **state)
{
    (void)state;
    const totals csv = totals_of("samplesheet.csv");
    const totals h5ad = totals_of("samplesheet_h5ad.csv");
    assert_all(csv.n == 400 && csv.t_cells == 40);
    assert_all(csv.t_cells == truth_of(16) && csv.ligand == truth_of(11) &&
               csv.ligand > 0);
    assert_all(memcmp(&csv, &h5ad, sizeof csv) == 0);
}

/* --- refusals --------------------------------------------------------------------- */

static cyt_code outcome(const cyt_synth_params *p, cyt_error *err)
{
    *err = (cyt_error){0};
    return cyt_synth(MPI_COMM_WORLD, p, err);
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    char path[256];
    cyt_error err;
    cyt_synth_params p[13];
    for (size_t i = 0; i < 13; i++)
        p[i] = small(in_root("never", path));
    p[0].out = NULL;
    p[1].n_slides = 0;
    p[2].n_patients = 6;
    p[3].cells_per_slide = 99;
    p[4].lambda_um = 0;
    p[5].lambda_um = -1;
    p[6].beta[1] = 1.0 / 0.0;
    p[7].patient_sd = -1;
    p[8].condition[1] = "responder";
    p[9].condition[0] = "a,b";
    p[10].write_csv = p[10].write_h5ad = 0;
    p[11].cells_per_mm2 = 0;
    p[12].side_um = 1e12;
    for (size_t i = 0; i < 13; i++)
        assert_all(outcome(&p[i], &err) == CYT_ERR_USAGE && err.text[0]);
    assert_all(access(path, F_OK) != 0);
}

static void a_folder_that_cannot_be_made_is_refused(void **state)
{
    (void)state;
    char path[256];
    cyt_error err;
    cyt_synth_params p = small(in_root("many/truth.csv/below", path)); /* a file */
    assert_all(outcome(&p, &err) == CYT_ERR_CREATE && strstr(err.text, "truth.csv"));
    p.out = in_root("many/truth.csv", path);
    assert_all(outcome(&p, &err) == CYT_ERR_CREATE && strstr(err.text, path));
    p.out = in_root("many", path);
    assert_all(outcome(&p, &err) == CYT_ERR_CREATE && strstr(err.text, "not empty"));
}

static void missing_parents_are_made(void **state)
{
    (void)state;
    char path[256];
    cyt_error err;
    const cyt_synth_params p = small(in_root("missing/parents/made", path));
    assert_all(outcome(&p, &err) == CYT_OK);
    assert_all(access(in_root("missing/parents/made/samplesheet.csv", path), F_OK) ==
               0);
}

static void a_slide_without_room_stops_all_ranks(void **state)
{
    (void)state;
    char path[256];
    cyt_error err;
    cyt_synth_params p = small(in_root("narrow", path));
    p.side_um = 50;
    assert_all(outcome(&p, &err) == CYT_ERR_USAGE && err.rank == 0);
    assert_all(strcmp(err.subject, "S01") == 0);
    p.out = in_root("dot", path);
    p.side_um = 1.0 / 64; /* one place, outside of the nest */
    assert_all(outcome(&p, &err) == CYT_ERR_USAGE);
    assert_all(strstr(err.text, "larger side") && !strstr(err.text, "beta"));
}

#ifdef CYT_FAULTS
static int has_a_sheet(const char *folder)
{
    static const char *const names[] = {"samplesheet.csv", "samplesheet_h5ad.csv"};
    char path[512];
    int n = 0;
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        n += access(path, F_OK) == 0;
    }
    return n > 0;
}

/* After a failure the folder has no samplesheet, so nobody takes it for whole. */
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const struct {
        const char *point;
        cyt_code code;
    } faults[] = {{"synth.slide", CYT_ERR_MEMORY},
                  {"synth.write", CYT_ERR_IO},
                  {"mem.alloc", CYT_ERR_MEMORY}};
    for (size_t f = 0; f < 3; f++)
        for (int bad = 0; bad < size; bad++) {
            char name[64], path[256];
            cyt_error err;
            snprintf(name, sizeof name, "fault-%zu-%d", f, bad);
            const cyt_synth_params p = small(in_root(name, path));
            cyt_fault_arm(rank == bad ? faults[f].point : NULL);
            const cyt_code code = outcome(&p, &err);
            cyt_fault_arm(NULL);
            assert_all(code == faults[f].code && err.rank == bad);
            assert_all(!has_a_sheet(path));
        }
}

/* Each text file in turn: a slide's, config, truth, and the sheets. */
static void whatever_file_fails_there_is_no_samplesheet(void **state)
{
    (void)state;
    int passes = 0;
    cyt_code code = CYT_ERR_IO;
    for (; code != CYT_OK; passes++) {
        char name[64], path[256];
        cyt_error err;
        snprintf(name, sizeof name, "synth.write+%d:0", passes);
        setenv("CYTOTAXIS_FAULT", name, 1);
        snprintf(name, sizeof name, "file-%d", passes);
        cyt_synth_params p = small(in_root(name, path));
        p.n_slides = p.n_patients = 1;
        cyt_fault_from_environment(rank);
        code = outcome(&p, &err);
        cyt_fault_arm(NULL);
        assert_all(code == CYT_OK || (code == CYT_ERR_IO && !has_a_sheet(path)));
    }
    unsetenv("CYTOTAXIS_FAULT");
    assert_all(passes == 6); /* and one more, in which none fails */
}
#endif

int main(int argc, char **argv)
{
    cyt_store_environment();
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rank_count_gives_the_same_bytes),
        cmocka_unit_test(an_empty_folder_is_taken_and_one_format_is_enough),
        cmocka_unit_test(the_program_reads_its_sheets_without_complaint),
        cmocka_unit_test(both_formats_hold_the_cells_that_truth_tells_of),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_refused),
        cmocka_unit_test(missing_parents_are_made),
        cmocka_unit_test(a_slide_without_room_stops_all_ranks),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
        cmocka_unit_test(whatever_file_fails_there_is_no_samplesheet),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, make_root, remove_root);
    MPI_Finalize();
    return failed;
}
