// SPDX-License-Identifier: BSD-3-Clause
/* What a stranger does first with the library: cells of two types on a lattice, like
 * the fields of a chess board, to strips; from each cell the nearest of each type; and
 * the steady field of a source. Both have closed forms:
 *
 *     nearest of the other type      STEP           of its own type      sqrt(2) STEP
 *     source  s = cos(pi m (row + 1/2) / n_rows)    field     s / (1 + lambda² mu)
 *                                                   mu = 4/h² sin²(pi m / 2 n_rows)
 */
#include <cytotaxis/comm.h>
#include <cytotaxis/cosine.h>
#include <cytotaxis/mem.h>
#include <cytotaxis/nearest_types.h>
#include <cytotaxis/scatter.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 60, MODE = 3 };
static const double pi = 3.14159265358979323846, step_um = 10, lambda_um = 120;

/* Any rank may bring any cells; each cell knows its place in input order. */
static cyt_code bring_cells(MPI_Comm comm, cyt_rows *rows, cyt_error *err)
{
    const size_t rank = (size_t)cyt_comm_rank(comm), size = (size_t)cyt_comm_size(comm);
    cyt_code code = CYT_OK;
    rows->x = cyt_alloc(SIDE * SIDE, sizeof *rows->x, "x", err);
    rows->y = cyt_alloc(SIDE * SIDE, sizeof *rows->y, "y", err);
    rows->type = cyt_alloc(SIDE * SIDE, sizeof *rows->type, "types", err);
    rows->index = cyt_alloc(SIDE * SIDE, sizeof *rows->index, "input order", err);
    CYT_TRY(err->code);
    CYT_TRY(cyt_names_add(&rows->labels, "black", 5, err));
    CYT_TRY(cyt_names_add(&rows->labels, "white", 5, err));
    for (size_t i = rank; i < SIDE * SIDE; i += size, rows->n++) {
        rows->x[rows->n] = step_um * (double)(i % SIDE);
        rows->y[rows->n] = step_um * (double)(i / SIDE);
        rows->type[rows->n] = (uint16_t)((i / SIDE + i) % 2);
        rows->index[rows->n] = i;
    }
done:
    return code;
}

static cyt_code find_nearest(MPI_Comm comm, const cyt_slide *slide, double *error,
                             cyt_error *err)
{
    const size_t n = slide->cells.n;
    double *distance =
        cyt_alloc(slide->types.n * n, sizeof *distance, "distances", err);
    cyt_code code = cyt_agree(comm, err->code, err);
    CYT_TRY(code);
    CYT_TRY(cyt_nearest_of_types(comm, slide, distance, err));
    for (size_t t = 0; t < slide->types.n; t++)
        for (size_t i = 0; i < n; i++) {
            const double want = step_um * (slide->cells.type[i] == t ? sqrt(2) : 1);
            *error = fmax(*error, fabs(distance[t * n + i] / want - 1));
        }
done:
    free(distance);
    return code;
}

static cyt_code solve_field(MPI_Comm comm, const cyt_slide *slide, double *error,
                            cyt_error *err)
{
    const cyt_grid *grid = &slide->grid;
    const size_t first = cyt_slide_first_row(slide), n_cols = grid->n_cols;
    const size_t n = cyt_slide_n_rows(slide) * n_cols;
    const double turn = pi * MODE / (double)grid->n_rows;
    const double mu = 4 * pow(sin(turn / 2) / grid->spacing_um, 2);
    const cyt_gain gain = cyt_gain_relative(lambda_um);
    cyt_cosine plan = {0};
    double *field = cyt_alloc(n, sizeof *field, "a field", err);
    cyt_code code = cyt_agree(comm, err->code, err);
    CYT_TRY(code);
    CYT_TRY(cyt_cosine_init(comm, grid, slide->strips, &plan, err));
    for (size_t i = 0; i < n; i++)
        field[i] = cos(turn * ((double)(first + i / n_cols) + 0.5));
    CYT_TRY(cyt_cosine_solve(comm, &plan, &gain, field, err));
    for (size_t i = 0; i < n; i++) {
        const double source = cos(turn * ((double)(first + i / n_cols) + 0.5));
        const double want = source / (1 + lambda_um * lambda_um * mu);
        *error = fmax(*error, fabs(field[i] - want));
    }
done:
    cyt_cosine_free(&plan);
    free(field);
    return code;
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const MPI_Comm comm = MPI_COMM_WORLD;
    const cyt_slide_params params = {"lattice", 1, 5, 0};
    cyt_rows rows = {0};
    cyt_slide slide = {0};
    cyt_error err = {0};
    double error[2] = {0};
    cyt_code code;
    CYT_TRY(cyt_agree(comm, bring_cells(comm, &rows, &err), &err));
    CYT_TRY(cyt_slide_scatter(comm, &rows, &params, &slide, &err));
    CYT_TRY(find_nearest(comm, &slide, &error[0], &err));
    CYT_TRY(solve_field(comm, &slide, &error[1], &err));
    MPI_Allreduce(MPI_IN_PLACE, error, 2, MPI_DOUBLE, MPI_MAX, comm);
    if (!(error[0] < 1e-15 && error[1] < 1e-12))
        code = CYT_FAIL(&err, CYT_ERR_INTERNAL, slide.name,
                        "off by %g (nearest) and %g (field)", error[0], error[1]);
done:
    if (cyt_comm_rank(comm) == 0)
        printf("%llu cells on %d ranks: %s\n", (unsigned long long)slide.n_cells,
               cyt_comm_size(comm), code == CYT_OK ? "as it should be" : err.text);
    cyt_slide_free(&slide);
    cyt_rows_free(&rows);
    MPI_Finalize();
    return cyt_exit_status(code);
}
