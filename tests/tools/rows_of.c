// SPDX-License-Identifier: BSD-3-Clause
/* rows_of [-f FORMAT] [-v] [-x X -y Y] [-i ID] [-t TYPE] PATH [VALUE...]
 *
 * What the reader of a file gives, as text for the tests in Python: a line per cell, in
 * input order: id, x, y, type, values, with TAB between them. -v: values only. Ends
 * with the status of the program, and its sentence on standard error. */
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/reader.h"
#include "cytotaxis/store.h"
#include "cytotaxis/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_row(const cyt_rows *rows, size_t i, cyt_strbuf *text, cyt_error *err)
{
    const size_t start = rows->id_start[i];
    const char *type =
        rows->type[i] == CYT_NO_TYPE ? "" : rows->labels.name[rows->type[i]];
    cyt_strbuf_add(text, err, "%020llu\t%.*s\t%.17g\t%.17g\t%s",
                   (unsigned long long)rows->index[i],
                   (int)(rows->id_start[i + 1] - start), rows->id_text + start,
                   rows->x[i], rows->y[i], type);
    for (size_t v = 0; v < rows->n_values; v++)
        cyt_strbuf_add(text, err, "\t%.17g", rows->values[v * rows->n + i]);
    cyt_strbuf_add(text, err, "\n");
}

static cyt_code print_rows(MPI_Comm comm, const cyt_source *source, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_rows rows = {0};
    cyt_strbuf text = {0};
    char *all = NULL;
    size_t total = 0;
    const cyt_reader *reader = cyt_reader_for(source);
    if (!reader)
        return CYT_FAIL(err, CYT_ERR_CONFIG, NULL, "%s is of no known format",
                        source->path);
    CYT_TRY(reader->read(comm, source, &rows, err));
    for (size_t i = 0; i < rows.n; i++)
        print_row(&rows, i, &text, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_allgather_text(comm, text.text, text.text ? strlen(text.text) : 0, &all,
                               &total, err));
    if (cyt_comm_rank(comm) == 0)
        fwrite(all, 1, total, stdout);
done:
    free(all);
    cyt_strbuf_free(&text);
    cyt_rows_free(&rows);
    return code;
}

static void parse(int argc, char **argv, cyt_source *source)
{
    *source = (cyt_source){.sample = "slide"};
    for (int letter; (letter = getopt(argc, argv, "f:vx:y:i:t:l:")) != -1;) {
        switch (letter) {
        case 'f':
            source->format = optarg;
            break;
        case 'v':
            source->wanted = CYT_WANT_VALUES;
            break;
        case 'x':
            source->x = optarg;
            break;
        case 'y':
            source->y = optarg;
            break;
        case 'i':
            source->id = optarg;
            break;
        case 't':
            source->type = optarg;
            break;
        case 'l':
            source->layer = optarg;
            break;
        default:
            break;
        }
    }
    source->path = source->shown_path = optind < argc ? argv[optind] : "";
    source->n_values = optind + 1 < argc ? (size_t)(argc - optind - 1) : 0;
    source->value_names = (const char *const *)(argv + optind + 1);
}

int main(int argc, char **argv)
{
    cyt_error err = {0};
    cyt_source source;
    parse(argc, argv, &source);
    cyt_store_environment();
    MPI_Init(&argc, &argv);
    cyt_fault_from_environment(cyt_comm_rank(MPI_COMM_WORLD));
    const cyt_code code = print_rows(MPI_COMM_WORLD, &source, &err);
    if (code != CYT_OK && cyt_comm_rank(MPI_COMM_WORLD) == 0)
        fprintf(stderr, "rows_of: %s\n", err.text);
    MPI_Finalize();
    return cyt_exit_status(code);
}
