// SPDX-License-Identifier: BSD-3-Clause
#include "bench_steps.h"

#include "bench_curves.h"
#include "bench_field.h"
#include "bench_graphs.h"
#include "bench_points.h"
#include "bench_shifts.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/distance_map.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/nearest_types.h"
#include "cytotaxis/pairs.h"
#include "cytotaxis/reader.h"
#include "cytotaxis/scatter.h"
#include "cytotaxis/slide_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double slide_spacing_um = 5; /* the program's default */
static const double lambda_um = 120;

/* --- ingest ----------------------------------------------------------------------- */

static cyt_code read_points(MPI_Comm comm, bench *b, cyt_error *err)
{
    const cyt_code code = bench_points_read(comm, b->path, &b->rows, err);
    b->size = (double)cyt_sum_u64(comm, b->rows.n);
    return code;
}

static cyt_code prepare_ingest(MPI_Comm comm, bench *b, cyt_error *err)
{
    (void)comm;
    const cyt_source source = {.path = b->path};
    if (cyt_reader_for(&source))
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "no reader for %s", b->path);
}

static cyt_code ingest(MPI_Comm comm, bench *b, cyt_error *err)
{
    const cyt_source source = {.sample = "bench",
                               .path = b->path,
                               .shown_path = b->path,
                               .id = strstr(b->path, ".csv") ? "cell_id" : NULL,
                               .type = "cell_type",
                               .n_values = b->n_words,
                               .value_names = b->words};
    return cyt_reader_for(&source)->read(comm, &source, &b->rows, err);
}

static double sum_over_ranks(MPI_Comm comm, double sum)
{
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, comm);
    return sum;
}

/* Sum of all x and of all values. */
static double check_ingest(MPI_Comm comm, const bench *b)
{
    double sum = 0;
    for (size_t i = 0; i < b->rows.n; i++)
        sum += b->rows.x[i];
    for (size_t i = 0; i < b->rows.n * b->rows.n_values; i++)
        sum += b->rows.values[i];
    return sum_over_ranks(comm, sum);
}

static void drop_rows(MPI_Comm comm, bench *b)
{
    b->size = (double)cyt_sum_u64(comm, b->rows.n);
    cyt_rows_free(&b->rows);
}

/* --- scatter ---------------------------------------------------------------------- */

static cyt_code scatter(MPI_Comm comm, bench *b, cyt_error *err)
{
    const cyt_slide_params params = {.name = "bench",
                                     .um_per_unit = 1,
                                     .spacing_um = slide_spacing_um,
                                     .padding_um = 0};
    return cyt_slide_scatter(comm, &b->rows, &params, &b->slide, err);
}

static void drop_slide(MPI_Comm comm, bench *b)
{
    (void)comm;
    cyt_slide_free(&b->slide);
}

/* Pixels along a side, if given: as many as cover the longer one. */
static double wanted_spacing_um(MPI_Comm comm, const bench *b)
{
    double low[4] = {HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL};
    const double pixels = b->n_words ? strtod(b->words[0], NULL) : 0;
    for (size_t i = 0; i < b->rows.n; i++) {
        low[0] = fmin(low[0], b->rows.x[i]);
        low[1] = fmin(low[1], -b->rows.x[i]);
        low[2] = fmin(low[2], b->rows.y[i]);
        low[3] = fmin(low[3], -b->rows.y[i]);
    }
    MPI_Allreduce(MPI_IN_PLACE, low, 4, MPI_DOUBLE, MPI_MIN, comm);
    const double side = fmax(-low[0] - low[1], -low[2] - low[3]);
    return pixels > 0 ? side / (pixels - 0.5) : slide_spacing_um;
}

cyt_code bench_prepare_slide(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(read_points(comm, b, err));
    const cyt_slide_params params = {.name = "bench",
                                     .um_per_unit = 1,
                                     .spacing_um = wanted_spacing_um(comm, b),
                                     .padding_um = 0};
    CYT_TRY(cyt_slide_scatter(comm, &b->rows, &params, &b->slide, err));
done:
    return code;
}

/* --- nearest ---------------------------------------------------------------------- */

static cyt_code prepare_nearest(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(bench_prepare_slide(comm, b, err));
    b->nearest = cyt_alloc(b->slide.types.n * b->slide.cells.n, sizeof *b->nearest,
                           "nearest distances", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
done:
    return code;
}

static cyt_code nearest(MPI_Comm comm, bench *b, cyt_error *err)
{
    return cyt_nearest_of_types(comm, &b->slide, b->nearest, err);
}

static cyt_code prepare_g(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(prepare_nearest(comm, b, err));
    CYT_TRY(nearest(comm, b, err));
done:
    return code;
}

static double check_nearest(MPI_Comm comm, const bench *b)
{
    double sum = 0;
    for (size_t i = 0; i < b->slide.types.n * b->slide.cells.n; i++)
        sum += b->nearest[i];
    return sum_over_ranks(comm, sum);
}

/* --- pairs ------------------------------------------------------------------------ */

static cyt_code count_pairs(MPI_Comm comm, bench *b, cyt_error *err)
{
    double radius[CYT_PAIR_RADII];
    const double largest = b->n_words > 0 ? strtod(b->words[0], NULL) : 50;
    const size_t n = b->n_words > 1 ? strtoul(b->words[1], NULL, 10) : 10;
    for (size_t k = 0; k < n && k < CYT_PAIR_RADII; k++)
        radius[k] = largest * (double)(k + 1) / (double)n;
    const cyt_pair_params params = {.n_radii = n, .radius = radius};
    return cyt_pairs_count(comm, &b->slide, &params, &b->pairs, err);
}

/* Ordered pairs, and each bin with a weight of its own. */
static double check_pairs(MPI_Comm comm, const bench *b)
{
    (void)comm;
    double sum = 0;
    const cyt_pair_counts *c = &b->pairs;
    for (size_t i = 0; i < c->n_types * c->n_types * c->n_radii; i++)
        sum += (double)c->within[i] * (double)(i % 1009 + 1);
    return sum;
}

static void drop_pairs(MPI_Comm comm, bench *b)
{
    (void)comm;
    const cyt_pair_counts *c = &b->pairs;
    b->size = 0;
    for (size_t ab = 1; ab <= c->n_types * c->n_types; ab++)
        b->size += (double)c->within[ab * c->n_radii - 1];
    cyt_pair_counts_free(&b->pairs);
}

/* --- distance maps ---------------------------------------------------------------- */

static size_t strip_pixels(const bench *b)
{
    return cyt_slide_n_rows(&b->slide) * b->slide.grid.n_cols;
}

static double slide_pixels(const bench *b)
{
    return (double)b->slide.grid.n_rows * (double)b->slide.grid.n_cols;
}

static cyt_code prepare_maps(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(bench_prepare_slide(comm, b, err));
    b->n_maps = b->n_words ? 1 : b->slide.types.n;
    b->size = slide_pixels(b) * (double)b->n_maps;
    b->maps = cyt_alloc(b->n_maps * strip_pixels(b), sizeof *b->maps, "maps", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
done:
    return code;
}

static cyt_code map_distances(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t t = 0; t < b->n_maps; t++)
        CYT_TRY(cyt_distance_map_of_type(comm, &b->slide, t,
                                         b->maps + t * strip_pixels(b), err));
done:
    return code;
}

static double check_maps(MPI_Comm comm, const bench *b)
{
    double sum = 0;
    for (size_t i = 0; i < b->n_maps * strip_pixels(b); i++)
        sum += (double)b->maps[i];
    return sum_over_ranks(comm, sum);
}

/* --- uniform signal --------------------------------------------------------------- */

static cyt_code prepare_signal(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(bench_prepare_slide(comm, b, err));
    b->size = slide_pixels(b);
    CYT_TRY(cyt_cosine_init(comm, &b->slide.grid, b->slide.strips, &b->plan, err));
    const double diffusion[] = {lambda_um * lambda_um};
    const cyt_medium_params params = {.grid = &b->slide.grid,
                                      .row_starts = b->slide.strips,
                                      .plan = &b->plan,
                                      .diffusion = diffusion,
                                      .decay = 1};
    CYT_TRY(cyt_medium_init(comm, &params, &b->medium, err));
done:
    return code;
}

/* The first type secretes. */
static cyt_code solve_signal(MPI_Comm comm, bench *b, cyt_error *err)
{
    const size_t n_types = b->slide.types.n;
    char *is_sender = cyt_calloc(n_types, 1, "senders", err);
    double *rate = cyt_calloc(n_types, sizeof *rate, "rates", err);
    cyt_code code = cyt_agree(comm, err->code, err);
    if (code == CYT_OK && n_types > 0) {
        is_sender[0] = 1;
        rate[0] = 1;
        const cyt_signal_params params = {
            .name = "bench", .is_sender = is_sender, .type_rate = rate};
        code = cyt_signal_solve(comm, &b->slide, &b->medium, &params, &b->signal, err);
    }
    free(is_sender);
    free(rate);
    return code;
}

static double check_signal(MPI_Comm comm, const bench *b)
{
    (void)comm;
    return b->signal.total;
}

static void drop_signal(MPI_Comm comm, bench *b)
{
    (void)comm;
    cyt_signal_free(&b->signal);
}

/* The same without cells: source to field, and nothing else. */
static cyt_code prepare_cosine(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(prepare_signal(comm, b, err));
    const size_t n = strip_pixels(b);
    const cyt_cells *cells = &b->slide.cells;
    b->source = cyt_calloc(n, sizeof *b->source, "source", err);
    b->field = cyt_alloc(n, sizeof *b->field, "field", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < cells->n; i++) {
        const size_t row = cyt_grid_row(&b->slide.grid, cells->y[i]);
        const size_t col = cyt_grid_col(&b->slide.grid, cells->x[i]);
        b->source[(row - cyt_slide_first_row(&b->slide)) * b->slide.grid.n_cols +
                  col] += 1;
    }
done:
    return code;
}

static cyt_code renew_source(MPI_Comm comm, bench *b, cyt_error *err)
{
    (void)comm, (void)err;
    memcpy(b->field, b->source, strip_pixels(b) * sizeof *b->field);
    return CYT_OK;
}

static cyt_code solve_cosine(MPI_Comm comm, bench *b, cyt_error *err)
{
    const cyt_gain gain = cyt_gain_relative(lambda_um);
    return cyt_cosine_solve(comm, &b->plan, &gain, b->field, err);
}

/* --- write ------------------------------------------------------------------------ */

static cyt_code prepare_write(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_words = b->n_words;
    b->n_words = 0; /* the word is a folder: maps of all types, on the slide's raster */
    CYT_TRY(prepare_maps(comm, b, err));
    b->n_words = n_words;
    b->size = (double)b->slide.n_cells;
    b->nearest = cyt_alloc(b->slide.types.n * b->slide.cells.n, sizeof *b->nearest,
                           "nearest distances", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(nearest(comm, b, err));
    CYT_TRY(map_distances(comm, b, err));
    CYT_TRY(cyt_home_init(comm, &b->slide, &b->home, err));
    CYT_TRY(cyt_home_ids(comm, &b->home, &b->rows, &b->id_width, &b->ids, err));
done:
    return code;
}

static void result_path(const bench *b, const char *ending, char path[4096])
{
    snprintf(path, 4096, "%s/bench%s", b->n_words ? b->words[0] : ".", ending);
}

static cyt_code write_maps(MPI_Comm comm, bench *b, cyt_names *digests, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char path[4096];
    cyt_fields fields = {0};
    result_path(b, ".fields.h5", path);
    CYT_TRY(cyt_fields_create(comm, path, &b->slide, CYT_COMPRESS_ZSTD, &fields, err));
    for (size_t t = 0; t < b->n_maps; t++) {
        const cyt_field_info info = {"distance_um", NULL, b->slide.types.name[t], "um",
                                     "distance"};
        CYT_TRY(
            cyt_fields_write(comm, &fields, &info, b->maps + t * strip_pixels(b), err));
    }
    CYT_TRY(cyt_fields_close(comm, &fields, 1, digests, err));
done:
    return code;
}

static cyt_code write_slide(MPI_Comm comm, bench *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names digests = {0};
    const cyt_metrics metrics = {0};
    char path[4096];
    const cyt_cell_table table = {.slide = &b->slide,
                                  .home = &b->home,
                                  .ids = b->ids,
                                  .id_width = b->id_width,
                                  .nearest_um = b->nearest,
                                  .metrics = &metrics};
    CYT_TRY(write_maps(comm, b, &digests, err));
    result_path(b, ".h5ad", path);
    CYT_TRY(cyt_slide_file_write(comm, path, &table, &digests, err));
done:
    cyt_names_free(&digests);
    return code;
}

static void drop_files(MPI_Comm comm, bench *b)
{
    char path[4096];
    if (cyt_comm_rank(comm) != 0)
        return;
    result_path(b, ".fields.h5", path);
    remove(path);
    result_path(b, ".h5ad", path);
    remove(path);
}

/* --- the list --------------------------------------------------------------------- */

const phase bench_phases[] = {
    {"ingest", "FILE.csv|.h5ad REPEATS [COLUMN or GENE...]", prepare_ingest, NULL,
     ingest, check_ingest, drop_rows},
    {"scatter", "FILE.bin REPEATS", read_points, NULL, scatter, NULL, drop_slide},
    {"nearest", "FILE.bin REPEATS", prepare_nearest, NULL, nearest, check_nearest,
     NULL},
    {"pairs", "FILE.bin REPEATS [RADIUS [BINS]]", bench_prepare_slide, NULL,
     count_pairs, check_pairs, drop_pairs},
    {"distance", "FILE.bin REPEATS [PIXELS: one type, PIXELS² raster]", prepare_maps,
     NULL, map_distances, check_maps, NULL},
    {"signal", "FILE.bin REPEATS [PIXELS]", prepare_signal, NULL, solve_signal,
     check_signal, drop_signal},
    {"cosine", "FILE.bin REPEATS [PIXELS]", prepare_cosine, renew_source, solve_cosine,
     NULL, NULL},
    {"covariance", "FILE.bin REPEATS [PIXELS]", bench_prepare_slide, NULL,
     bench_covariance, NULL, NULL},
    {"g_curves", "FILE.bin REPEATS", prepare_g, NULL, bench_g_curves, NULL, NULL},
    {"f_curves", "FILE.bin REPEATS [PIXELS]", bench_prepare_slide, NULL, bench_f_curves,
     NULL, NULL},
    {"within", "FILE.bin REPEATS", bench_prepare_slide, NULL, bench_within, NULL, NULL},
    {"knn", "FILE.bin REPEATS", bench_prepare_slide, NULL, bench_knn, NULL, NULL},
    {"niches", "FILE.bin REPEATS", bench_prepare_slide, NULL, bench_niches, NULL, NULL},
    {"write", "FILE.bin REPEATS [FOLDER]", prepare_write, NULL, write_slide, NULL,
     drop_files},
    {"field", "- REPEATS PIXELS CONTRAST whole|setup|solve", bench_field_prepare,
     bench_field_renew, bench_field_solve, bench_field_check, NULL},
    {"shifts", "- REPEATS PIXELS", bench_shifts_prepare, NULL, bench_shifts_score,
     bench_shifts_check, NULL},
    {"delaunay", "FILE.bin REPEATS", bench_prepare_slide, NULL, bench_delaunay,
     bench_delaunay_check, bench_delaunay_drop},
    {"exact", "FILE.bin REPEATS", bench_prepare_graph, NULL, bench_exact,
     bench_exact_check, bench_exact_drop},
    {"permute", "FILE.bin REPEATS [PERMUTATIONS]", bench_prepare_permute, NULL,
     bench_permute, NULL, NULL},
    {"moran", "FILE.bin REPEATS [COLUMNS]", bench_prepare_moran, NULL, bench_moran,
     NULL, NULL},
    {0},
};

void bench_free(bench *b)
{
    cyt_rows_free(&b->rows);
    cyt_slide_free(&b->slide);
    cyt_home_free(&b->home);
    free(b->ids);
    free(b->nearest);
    free(b->maps);
    cyt_medium_free(&b->medium);
    cyt_cosine_free(&b->plan);
    free(b->source);
    free(b->field);
    cyt_signal_free(&b->signal);
    bench_field_free(b);
    bench_shifts_free(b);
    bench_graphs_free(b);
}
