// SPDX-License-Identifier: BSD-3-Clause
/* A 10x folder: matrix, barcodes and features, one behind the other, with a line "=="
 * between them. */
#include "fuzz_file.h"
#include "fuzz_rows.h"

#include "read/readers.h"

static const char *const names[] = {"matrix.mtx", "barcodes.tsv", "features.tsv"};
static char folder[] = "/dev/shm/cytotaxis-fuzz.XXXXXX";
static fuzz_file files[3];

static void link_path(size_t i, char *path, size_t room)
{
    snprintf(path, room, "%s/%s", folder, names[i]);
}

static void remove_folder(void)
{
    char path[64];
    for (size_t i = 0; i < 3; i++) {
        link_path(i, path, sizeof path);
        unlink(path);
    }
    rmdir(folder);
}

static void make_folder(void)
{
    char path[64];
    MUST(mkdtemp(folder));
    for (size_t i = 0; i < 3; i++) {
        fuzz_file_make(&files[i]);
        link_path(i, path, sizeof path);
        MUST(symlink(files[i].path, path) == 0);
    }
    atexit(remove_folder);
}

/* Bytes in front of the next "==" line, which is passed over. */
static size_t part_of(const uint8_t *text, size_t n, size_t *skip)
{
    for (size_t i = 0; i + 4 <= n; i++)
        if (memcmp(text + i, "\n==\n", 4) == 0) {
            *skip = i + 4;
            return i + 1;
        }
    return *skip = n;
}

static void check_folder(const cyt_source *s)
{
    cyt_problems problems = {0};
    cyt_error err = {0};
    MUST(cyt_mtx_check(s, &problems, &err) == CYT_OK);
    check_problems(&problems);
    cyt_problems_free(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const values[] = {"CXCL12", "g1", "none"};
    cyt_source s = {.sample = "S", .shown_path = "m", .wanted = CYT_WANT_VALUES};
    cyt_rows rows;
    cyt_error err = {0};
    s.n_values = 3;
    s.value_names = values;
    enter_mpi();
    if (files[0].fd == 0)
        make_folder();
    for (size_t i = 0, skip; i < 3; i++, data += skip, size -= skip)
        fuzz_file_hold(&files[i], data, part_of(data, size, &skip));
    s.path = folder;
    check_folder(&s);
    const cyt_code code = cyt_mtx_read(MPI_COMM_SELF, &s, &rows, &err);
    if (code != CYT_OK)
        check_failure(code, &err);
    else
        check_rows(&rows, 0);
    cyt_rows_free(&rows);
    return 0;
}
