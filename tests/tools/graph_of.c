// SPDX-License-Identifier: BSD-3-Clause
/* graph_of radius R | knn K | union K | delaunay LONGEST
 *
 * What is computed on the graph of cells that standard input of rank 0 lists, as text
 * for the tests in Python. Input: the numbers of cells, types and values, then of each
 * cell x, y, type (-1: none) and values. Output:
 *
 *     pairs A B COUNT MEAN VARIANCE             exact, of a deal of labels
 *     degree MIN MAX LINKS LONELY
 *     moran|geary binary|row VALUE NUMBER EXPECTED VARIANCE_NORMAL VARIANCE_RANDOM
 */
#include "cytotaxis/autocorrelation.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/enrichment.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/scatter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cyt_code bad_input(cyt_error *err)
{
    return CYT_FAIL(err, CYT_ERR_DATA, NULL, "the list of cells ends at once");
}

static cyt_code read_cell(cyt_rows *rows, size_t i, cyt_error *err)
{
    int type;
    if (scanf("%lf %lf %d", rows->x + i, rows->y + i, &type) != 3)
        return bad_input(err);
    rows->type[i] = type < 0 ? CYT_NO_TYPE : (uint16_t)type;
    rows->index[i] = rows->place[i] = i;
    for (size_t v = 0; v < rows->n_values; v++)
        if (scanf("%lf", rows->values + v * rows->n + i) != 1)
            return bad_input(err);
    return CYT_OK;
}

static cyt_code make_rows(cyt_rows *rows, size_t n_types, cyt_error *err)
{
    cyt_code code = CYT_OK;
    rows->x = cyt_alloc(rows->n, sizeof *rows->x, "x", err);
    rows->y = cyt_alloc(rows->n, sizeof *rows->y, "y", err);
    rows->type = cyt_alloc(rows->n, sizeof *rows->type, "types", err);
    rows->index = cyt_alloc(rows->n, sizeof *rows->index, "order", err);
    rows->place = cyt_alloc(rows->n, sizeof *rows->place, "places", err);
    rows->id_start = cyt_calloc(rows->n + 1, sizeof *rows->id_start, "ids", err);
    rows->id_text = cyt_calloc(1, 1, "ids", err);
    rows->values =
        cyt_alloc(rows->n * rows->n_values, sizeof *rows->values, "values", err);
    rows->value_found = cyt_alloc(rows->n_values, 1, "values", err);
    CYT_TRY(err->code);
    memset(rows->value_found, 1, rows->n_values);
    for (size_t t = 0; t < n_types; t++) {
        char name[16];
        const int length = snprintf(name, sizeof name, "%05zu", t);
        CYT_TRY(cyt_names_add(&rows->labels, name, (size_t)length, err));
    }
    for (size_t i = 0; i < rows->n; i++)
        CYT_TRY(read_cell(rows, i, err));
done:
    return code;
}

static cyt_code read_slide(MPI_Comm comm, cyt_slide *slide, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_rows rows = {0};
    unsigned long long head[3] = {0};
    if (cyt_comm_rank(comm) == 0 &&
        scanf("%llu %llu %llu", head, head + 1, head + 2) != 3)
        code = bad_input(err);
    CYT_TRY(cyt_agree(comm, code, err));
    MPI_Bcast(head, 3, MPI_UNSIGNED_LONG_LONG, 0, comm);
    rows.n = cyt_comm_rank(comm) == 0 ? (size_t)head[0] : 0;
    rows.n_values = (size_t)head[2];
    CYT_TRY(cyt_agree(comm, make_rows(&rows, (size_t)head[1], err), err));
    const cyt_slide_params params = {
        .name = "cells", .um_per_unit = 1, .spacing_um = 10, .padding_um = 0};
    CYT_TRY(cyt_slide_scatter(comm, &rows, &params, slide, err));
done:
    cyt_rows_free(&rows);
    return code;
}

static cyt_code build(MPI_Comm comm, const cyt_slide *slide, char **argv,
                      cyt_graph *graph, cyt_error *err)
{
    const double number = strtod(argv[2], NULL);
    if (strcmp(argv[1], "radius") == 0)
        return cyt_graph_radius(comm, slide, number, graph, err);
    if (strcmp(argv[1], "delaunay") == 0)
        return cyt_graph_delaunay(comm, slide, number, graph, err);
    return cyt_graph_knn(comm, slide, (size_t)number, strcmp(argv[1], "union") == 0,
                         graph, err);
}

static void print_alike(const char *name, int weights, size_t value, const cyt_alike *a)
{
    printf("%s %s %zu %.17g %.17g %.17g %.17g\n", name,
           weights == CYT_WEIGHTS_ROW ? "row" : "binary", value, a->value, a->expected,
           a->normal.variance, a->random.variance);
}

static void print_counts(const cyt_label_counts *c)
{
    for (size_t k = 0; k < c->n_types * c->n_types; k++) {
        const size_t a = k / c->n_types, b = k % c->n_types;
        const cyt_enrichment e = cyt_enrichment_exact(c, a, b);
        printf("pairs %zu %zu %llu %.17g %.17g\n", a, b,
               (unsigned long long)c->pairs[k], e.mean, e.variance);
    }
    printf("degree %llu %llu %llu %llu\n", (unsigned long long)c->degree_min,
           (unsigned long long)c->degree_max, (unsigned long long)c->n_links,
           (unsigned long long)c->n_lonely);
}

static cyt_code compute(MPI_Comm comm, const cyt_slide *slide, const cyt_graph *graph,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int speaks = cyt_comm_rank(comm) == 0;
    const size_t n_values = slide->cells.n_values;
    cyt_label_counts counts = {0};
    cyt_autocorrelation *a = cyt_alloc(n_values, sizeof *a, "results", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_label_count(comm, slide, graph, &counts, err));
    if (speaks)
        print_counts(&counts);
    for (int w = CYT_WEIGHTS_BINARY; w <= CYT_WEIGHTS_ROW; w++) {
        CYT_TRY(cyt_autocorrelate(comm, slide, graph, (cyt_weights)w, n_values,
                                  slide->cells.values, a, err));
        for (size_t v = 0; speaks && v < n_values; v++) {
            print_alike("moran", w, v, &a[v].moran);
            print_alike("geary", w, v, &a[v].geary);
        }
    }
done:
    cyt_label_counts_free(&counts);
    free(a);
    return code;
}

int main(int argc, char **argv)
{
    cyt_code code = CYT_ERR_USAGE;
    cyt_error err = {0};
    cyt_slide slide = {0};
    cyt_graph graph = {0};
    MPI_Init(&argc, &argv);
    if (argc != 3)
        goto done;
    CYT_TRY(read_slide(MPI_COMM_WORLD, &slide, &err));
    CYT_TRY(build(MPI_COMM_WORLD, &slide, argv, &graph, &err));
    CYT_TRY(compute(MPI_COMM_WORLD, &slide, &graph, &err));
done:
    if (err.code != CYT_OK && cyt_comm_rank(MPI_COMM_WORLD) == 0)
        fprintf(stderr, "graph_of: %s: %s\n", err.where, err.text);
    cyt_graph_free(&graph);
    cyt_slide_free(&slide);
    MPI_Finalize();
    return cyt_exit_status(code);
}
