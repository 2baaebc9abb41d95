// SPDX-License-Identifier: BSD-3-Clause
/* The internal control: responders of one type that are rich in receptor against those
 * that are poor in it, on the same slide. Whatever else draws the type somewhere draws
 * both; the signal alone can tell them apart. With counts, a cell with more of
 * everything seems rich in receptor too, so total counts are a covariate. */
#include "slide/screen.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/raster_quantile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fewest cells for each coefficient (P. Peduzzi et al., J. Clin. Epidemiol. 49 (1996)
 * 1373, doi:10.1016/S0895-4356(96)00236-3). */
enum { LEAST_CELLS = 10 };

/* Cells of one type as two types. */
typedef struct split {
    size_t rich, poor;       /* their numbers, beyond those of the slide */
    double cut;              /* rich: above it */
    double *value;           /* [cells.n] of the receptor */
    uint8_t *is_one;         /* [cells.n] of the type, with a value */
    uint16_t *type;          /* [cells.n] */
    char *is_rich, *is_poor; /* [types.n + 2] */
    uint64_t n_rich, n_poor; /* that the fit uses, over all ranks */
} split;

static void free_split(split *s)
{
    free(s->value);
    free(s->is_one);
    free(s->type);
    free(s->is_rich);
    free(s->is_poor);
}

static cyt_code alloc_split(const cyt_slide_work *w, split *s, cyt_error *err)
{
    const size_t n = w->slide.cells.n, n_types = w->slide.types.n;
    *s = (split){.rich = n_types, .poor = n_types + 1};
    s->value = cyt_alloc(n, sizeof *s->value, "receptors", err);
    s->is_one = cyt_alloc(n, 1, "receptors", err);
    s->type = cyt_alloc(n, sizeof *s->type, "receptors", err);
    s->is_rich = cyt_calloc(n_types + 2, 1, "receptors", err);
    s->is_poor = cyt_calloc(n_types + 2, 1, "receptors", err);
    if (err->code == CYT_OK)
        s->is_rich[s->rich] = s->is_poor[s->poor] = 1;
    return err->code;
}

/* The receptor of each cell: the sum of its genes. 0 when the slide lacks one. */
static int add_values(const cyt_slide_work *w, const cyt_names *receptor, split *s)
{
    const cyt_cells *cells = &w->slide.cells;
    memset(s->value, 0, cells->n * sizeof *s->value);
    for (size_t k = 0; k < receptor->n; k++) {
        const size_t column = cyt_names_search(w->job->ligands, receptor->name[k]);
        if (!w->slide.value_found[column])
            return 0;
        for (size_t i = 0; i < cells->n; i++)
            s->value[i] += cells->values[column * cells->n + i];
    }
    return 1;
}

static void deal_types(const cyt_slide_work *w, split *s)
{
    const cyt_cells *cells = &w->slide.cells;
    for (size_t i = 0; i < cells->n; i++)
        s->type[i] = !s->is_one[i]          ? CYT_NO_TYPE
                     : s->value[i] > s->cut ? (uint16_t)s->rich
                                            : (uint16_t)s->poor;
}

/* Compartments that hold both kinds tell something, each but the first with a column.
 */
static void choose_parts(MPI_Comm group, const cyt_slide_work *w, split *s,
                         cyt_trap_model *m)
{
    uint64_t count[2][CYT_TRAP_PARTS] = {{0}};
    size_t n_used = 0;
    for (size_t i = 0; i < w->slide.cells.n; i++) {
        const size_t pixel = cyt_slide_pixel_of(&w->slide, i);
        const size_t part = m->part ? m->part[pixel] : w->tissue.inside[pixel];
        if (part > 0 && s->type[i] != CYT_NO_TYPE)
            count[s->type[i] == s->rich][part]++;
    }
    cyt_allreduce(MPI_IN_PLACE, count, 2 * CYT_TRAP_PARTS, MPI_UINT64_T, MPI_SUM,
                  group);
    for (size_t part = 0; part < CYT_TRAP_PARTS; part++) {
        const int used = count[0][part] > 0 && count[1][part] > 0;
        m->part_column[part] = used ? (int)n_used++ : CYT_TRAP_LEFT_OUT;
        s->n_poor += used ? count[0][part] : 0;
        s->n_rich += used ? count[1][part] : 0;
    }
    m->n_part_columns = m->part && n_used > 1 ? n_used - 1 : 0;
}

static cyt_code fit(MPI_Comm group, const cyt_slide_work *w, const cyt_trap_seen *seen,
                    split *s, cyt_trap_slope *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_glm_fit base;
    cyt_slide other = w->slide; /* the same cells under other types */
    cyt_trap_model m = seen->cells;
    other.cells.type = s->type;
    m.slide = &other;
    m.is_responder = s->is_rich;
    m.is_background = s->is_poor;
    choose_parts(group, w, s, &m);
    const uint64_t fewer = s->n_rich < s->n_poor ? s->n_rich : s->n_poor;
    const size_t n_coefs = cyt_trap_n_coefs(&m);
    *out = cyt_trap_no_slope(n_coefs > CYT_GLM_MOST ? CYT_TRAP_MANY_COLUMNS
                                                    : CYT_TRAP_FEW_CELLS);
    if (n_coefs > CYT_GLM_MOST || fewer < LEAST_CELLS * n_coefs)
        return CYT_OK;
    CYT_TRY(cyt_trap_base(group, &m, &base, err));
    CYT_TRY(cyt_trap_fit_slope(group, &m, &base, out, err));
done:
    return code;
}

static cyt_code put_row(cyt_slide_work *w, const cyt_trap_seen *seen, const split *s,
                        const cyt_trap_slope *slope, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const char *signal = w->job->config->signals[seen->result->signal].name;
    const char *type = w->slide.types.name[seen->result->responder];
    char index[2 * CYT_NAME_SIZE];
    cyt_result_table *t = cyt_slide_table(w, "receptor_split", err);
    CYT_TRY(err->code);
    snprintf(index, sizeof index, "%s|%s", signal, type);
    CYT_TRY(cyt_result_row(t, index, err));
    CYT_TRY(cyt_result_text(t, "signal", signal, err));
    CYT_TRY(cyt_result_text(t, "responder", type, err));
    CYT_TRY(cyt_result_number(t, "receptor_cut", s->cut, err));
    CYT_TRY(cyt_result_number(t, "n_rich", (double)s->n_rich, err));
    CYT_TRY(cyt_result_number(t, "n_poor", (double)s->n_poor, err));
    CYT_TRY(cyt_put_slope(t, slope, err));
    CYT_TRY(cyt_metrics_add(&w->metrics, CYT_TRAP_RECEPTOR_SLOPE, type, NULL, signal,
                            slope->beta, err));
    CYT_TRY(cyt_metrics_add(&w->metrics, CYT_TRAP_RECEPTOR_SE, type, NULL, signal,
                            sqrt(slope->variance), err));
done:
    return code;
}

cyt_code cyt_slide_receptor(MPI_Comm group, cyt_slide_work *w,
                            const cyt_trap_seen *seen, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_config *config = w->job->config;
    const cyt_names *receptor = &config->signals[seen->result->signal].receptor;
    split s = {0};
    cyt_trap_slope slope;
    if (isnan(config->screen.receptor_split) || receptor->n == 0)
        return CYT_OK;
    CYT_TRY(cyt_agree(group, alloc_split(w, &s, err), err));
    if (!add_values(w, receptor, &s)) {
        code = cyt_slide_warn(&w->report->warnings, err,
                              "signal %s: the file lacks a gene or column of the "
                              "receptor; responders are not split by it",
                              config->signals[seen->result->signal].name);
        code = cyt_agree(group, code, err);
        goto done;
    }
    for (size_t i = 0; i < w->slide.cells.n; i++)
        s.is_one[i] =
            w->slide.cells.type[i] == seen->result->responder && isfinite(s.value[i]);
    CYT_TRY(cyt_raster_quantile(group, w->slide.cells.n, s.value, s.is_one,
                                config->screen.receptor_split, &s.cut, err));
    deal_types(w, &s);
    CYT_TRY(fit(group, w, seen, &s, &slope, err));
    CYT_TRY(cyt_agree(group, put_row(w, seen, &s, &slope, err), err));
done:
    free_split(&s);
    return code;
}
