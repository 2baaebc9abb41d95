// SPDX-License-Identifier: BSD-3-Clause
/* pairs_of PATH X Y ID TYPE FILTER_COLUMN UM_PER_UNIT SPACING_UM RADII < SLIDES
 *
 * The counts of pairs of each slide of a file, as text for the tests in Python. RADII:
 * in µm, commas between them. SLIDES: values of the filter column, one a line. A line
 * per slide and two types: slide, type, type, cells, cells, pairs within each radius,
 * with TAB between them. Ends with the status of the program, and its sentence on
 * standard error. */
#include "cytotaxis/comm.h"
#include "cytotaxis/pairs.h"
#include "cytotaxis/reader.h"
#include "cytotaxis/scatter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_WORDS = 10, MOST_NAME = 256 };

static void print_counts(const cyt_slide *s, const cyt_pair_counts *c)
{
    for (size_t a = 0; a < c->n_types; a++)
        for (size_t b = 0; b < c->n_types; b++) {
            printf("%s\t%s\t%s\t%llu\t%llu", s->name, s->types.name[a],
                   s->types.name[b], (unsigned long long)s->type_counts[a],
                   (unsigned long long)s->type_counts[b]);
            for (size_t k = 0; k < c->n_radii; k++)
                printf("\t%llu", (unsigned long long)
                                     c->within[(a * c->n_types + b) * c->n_radii + k]);
            printf("\n");
        }
}

static cyt_code count_slide(MPI_Comm comm, const cyt_source *source,
                            const cyt_slide_params *slide_params,
                            const cyt_pair_params *pair_params, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_rows rows = {0};
    cyt_slide slide = {0};
    cyt_pair_counts counts = {0};
    CYT_TRY(cyt_reader_for(source)->read(comm, source, &rows, err));
    CYT_TRY(cyt_slide_scatter(comm, &rows, slide_params, &slide, err));
    CYT_TRY(cyt_pairs_count(comm, &slide, pair_params, &counts, err));
    if (cyt_comm_rank(comm) == 0)
        print_counts(&slide, &counts);
done:
    cyt_pair_counts_free(&counts);
    cyt_slide_free(&slide);
    cyt_rows_free(&rows);
    return code;
}

/* The next line of standard input, on every rank. */
static int next_slide(MPI_Comm comm, char *name)
{
    int found = 0;
    if (cyt_comm_rank(comm) == 0)
        found = fgets(name, MOST_NAME, stdin) != NULL;
    MPI_Bcast(&found, 1, MPI_INT, 0, comm);
    MPI_Bcast(name, MOST_NAME, MPI_CHAR, 0, comm);
    name[strcspn(name, "\n")] = '\0';
    return found;
}

static cyt_code count_all(MPI_Comm comm, char **words, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char name[MOST_NAME] = "";
    double radius[CYT_PAIR_RADII];
    const double um_per_unit = strtod(words[7], NULL);
    cyt_source source = {.path = words[1],
                         .shown_path = words[1],
                         .format = "csv",
                         .x = words[2],
                         .y = words[3],
                         .id = words[4],
                         .type = words[5],
                         .filter_column = words[6],
                         .filter_value = name};
    const cyt_slide_params slide_params = {
        .name = name, .um_per_unit = um_per_unit, .spacing_um = strtod(words[8], NULL)};
    cyt_pair_params pair_params = {.radius = radius};
    for (char *at = words[9]; *at && pair_params.n_radii < CYT_PAIR_RADII; at++) {
        radius[pair_params.n_radii++] = strtod(at, &at) / um_per_unit;
        if (!*at)
            break;
    }
    while (next_slide(comm, name)) {
        source.sample = name;
        CYT_TRY(count_slide(comm, &source, &slide_params, &pair_params, err));
    }
done:
    return code;
}

int main(int argc, char **argv)
{
    cyt_error err = {0};
    MPI_Init(&argc, &argv);
    const cyt_code code =
        argc == N_WORDS ? count_all(MPI_COMM_WORLD, argv, &err)
                        : CYT_FAIL(&err, CYT_ERR_USAGE, NULL, "nine words are needed");
    if (code != CYT_OK && cyt_comm_rank(MPI_COMM_WORLD) == 0)
        fprintf(stderr, "pairs_of: %s\n", err.text);
    MPI_Finalize();
    return cyt_exit_status(code);
}
