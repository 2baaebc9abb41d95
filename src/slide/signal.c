// SPDX-License-Identifier: BSD-3-Clause
/* Signals: the terms of the config in numbers of this slide, the field of each, what
 * the cells see of it. Signals of one medium are solved one after the other, so that
 * they share its set-up. */
#include "slide/signal.h"
#include "slide/basins.h"
#include "slide/block.h"
#include "slide/screen.h"
#include "slide/trap.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/cost_model.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Molecules in a cubic micrometre at 1 nM: N_A 1e-9 mol/l 1e-15 l/um³ (SI 2019). */
static const double PER_UM3_OF_NM = 0.602214076;

static void free_terms(cyt_signal_terms *t)
{
    free(t->is_sender);
    free(t->rate);
    free(t->is_responder);
    free(t->ligand);
    *t = (cyt_signal_terms){0};
}

static cyt_code find_terms(const cyt_slide_work *w, const cyt_signal_config *signal,
                           cyt_signal_terms *t, cyt_error *err)
{
    const cyt_names *types = &w->slide.types;
    t->is_sender = cyt_calloc(types->n, 1, "senders", err);
    t->rate = cyt_calloc(types->n, sizeof *t->rate, "rates", err);
    t->is_responder = cyt_calloc(types->n, 1, "responders", err);
    t->ligand = cyt_alloc(signal->ligand.n, sizeof *t->ligand, "ligands", err);
    for (size_t i = 0; err->code == CYT_OK && i < types->n; i++) {
        const char *name = types->name[i];
        const size_t r = cyt_names_find(&signal->rate_types, name);
        t->is_sender[i] = cyt_names_find(&signal->senders, name) != CYT_NO_NAME;
        t->is_responder[i] = signal->responders.n == 0 ||
                             cyt_names_find(&signal->responders, name) != CYT_NO_NAME;
        t->rate[i] = r == CYT_NO_NAME ? 0 : signal->rates[r];
    }
    for (size_t k = 0; err->code == CYT_OK && k < signal->ligand.n; k++)
        t->ligand[k] = cyt_names_search(w->job->ligands, signal->ligand.name[k]);
    return err->code;
}

static cyt_code warn_of_absent(cyt_slide_work *w, const cyt_signal_config *signal,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < signal->senders.n; k++)
        if (cyt_names_search(&w->slide.types, signal->senders.name[k]) == CYT_NO_NAME)
            CYT_TRY(cyt_slide_warn(&w->report->warnings, err,
                                   "signal %s: no cell of sender type %s here",
                                   signal->name, signal->senders.name[k]));
    for (size_t k = 0; k < signal->ligand.n; k++)
        if (!w->slide.value_found[cyt_names_search(w->job->ligands,
                                                   signal->ligand.name[k])])
            CYT_TRY(cyt_slide_warn(
                &w->report->warnings, err,
                "signal %s: the file has no column or gene %s; left out as NaN",
                signal->name, signal->ligand.name[k]));
done:
    return code;
}

static cyt_code warn_of_unknown(cyt_slide_work *w, const cyt_signal_config *signal,
                                cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_names *places = &signal->diffusion.names;
    for (size_t k = 0; k < places->n; k++)
        if (cyt_names_find(&w->compartments.names, places->name[k]) == CYT_NO_NAME)
            CYT_TRY(cyt_slide_warn(&w->report->warnings, err,
                                   "signal %s: no compartment %s here, whose diffusion "
                                   "is given",
                                   signal->name, places->name[k]));
done:
    return code;
}

static cyt_code warn_of_lost(cyt_slide_work *w, const cyt_signal_config *signal,
                             uint64_t n_lost, cyt_error *err)
{
    if (n_lost == 0)
        return CYT_OK;
    return cyt_slide_warn(&w->report->warnings, err,
                          "signal %s: %llu senders lie outside the tissue and secrete "
                          "nothing",
                          signal->name, (unsigned long long)n_lost);
}

/* --- one signal ------------------------------------------------------------------- */

/* From k = 1 and rate 1 to nM: amount per area is rate / k times the relative one. */
static double nM_per_relative(const cyt_absolute_units *a)
{
    return a->rate_per_s / a->decay_per_s / a->thickness_um / PER_UM3_OF_NM;
}

void cyt_signal_make_absolute(const cyt_slide_work *w, const cyt_signal_config *signal,
                              cyt_signal *solved)
{
    const size_t n_with_halo = (cyt_slide_n_rows(&w->slide) + 2) * w->slide.grid.n_cols;
    const size_t n_cells = w->slide.cells.n;
    if (!signal->absolute.are_given)
        return;
    const double scale = nM_per_relative(&signal->absolute);
    for (size_t i = 0; i < n_with_halo; i++)
        solved->raster[i] *= scale;
    for (size_t i = 0; i < 2 * n_with_halo; i++)
        solved->slopes[i] *= scale;
    for (size_t i = 0; i < 3 * n_cells; i++)
        solved->cell[i] *= scale;
    solved->solution.smallest *= scale;
    solved->solution.largest *= scale;
    solved->solution.error *= scale;
    solved->solution.gradient_error *= scale;
}

static cyt_code make_receptors(const cyt_signal_config *signal, cyt_receptor **out,
                               size_t *n, cyt_error *err)
{
    const int scan = signal->n_per_kd > 0;
    *n = scan ? signal->n_per_kd : 1;
    *out = cyt_alloc(*n, sizeof **out, "receptor laws", err);
    for (size_t k = 0; *out && k < *n; k++)
        (*out)[k] = (cyt_receptor){.per_kd = signal->absolute.are_given
                                                 ? 1 / signal->absolute.kd_nM
                                             : scan ? signal->per_kd[k]
                                                    : 0,
                                   .cell_diameter_um = signal->cell_diameter_um};
    return err->code;
}

/* Else the next one takes its place: what is asked of the cells was asked by then. */
static int signal_is_kept(const cyt_slide_work *w)
{
    return w->job->config->write_cell_signals;
}

static cyt_code keep_at_cells(cyt_slide_work *w, size_t s, const cyt_signal *solved,
                              cyt_error *err)
{
    const cyt_signal_config *signal = &w->job->config->signals[s];
    const cyt_solution *q = &solved->solution;
    const size_t n = w->slide.cells.n;
    double *c = w->cell_signals + (signal_is_kept(w) ? 3 * s * n : 0);
    cyt_signal_columns *columns = &w->signals[s];
    memcpy(c, solved->cell, 3 * n * sizeof *c);
    *columns = (cyt_signal_columns){
        .name = signal->name,
        .felt = {.concentration = c,
                 .grad = {c + n, c + 2 * n},
                 .least_gradient = q->gradient_error},
        .view_edge_um = w->view_edge_um,
        .near_um = signal->lambda_um,
        .facts = {[CYT_SIGNAL_LAMBDA_UM] = signal->lambda_um,
                  [CYT_SIGNAL_TOTAL] = solved->total,
                  [CYT_SIGNAL_BALANCE] = solved->balance,
                  [CYT_SIGNAL_SMALLEST] = q->smallest,
                  [CYT_SIGNAL_LARGEST] = q->largest,
                  [CYT_SIGNAL_C_ERROR] = q->error,
                  [CYT_SIGNAL_GRAD_ERROR] = q->gradient_error,
                  [CYT_SIGNAL_RESIDUAL] = q->residual,
                  [CYT_SIGNAL_ITERATIONS] = q->iterations,
                  [CYT_SIGNAL_LOST] = (double)solved->n_lost},
        .is_absolute = signal->absolute.are_given,
    };
    if (w->cell_away)
        columns->felt.away = (cyt_vectors){w->cell_away, w->cell_away + n};
    return make_receptors(signal, &w->receptors[s], &columns->felt.n_receptors, err);
}

static cyt_code tell_of(MPI_Comm group, const cyt_signal_stage *stage, size_t s,
                        const cyt_signal_terms *terms, cyt_signal *solved,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_work *w = stage->work;
    const cyt_signal_config *signal = &w->job->config->signals[s];
    cyt_signal_make_absolute(w, signal, solved);
    code = keep_at_cells(w, s, solved, err);
    w->signals[s].felt.receptor = w->receptors[s];
    if (code == CYT_OK)
        code = warn_of_lost(w, signal, solved->n_lost, err);
    CYT_TRY(cyt_agree(group, code, err));
    CYT_TRY(cyt_signal_metrics(group, w, terms, &w->signals[s], err));
    if (w->job->config->write_fields)
        CYT_TRY(cyt_signal_maps(group, stage, &w->signals[s], solved, err));
done:
    return code;
}

static cyt_code run_signal(MPI_Comm group, cyt_signal_stage *stage, size_t s,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_work *w = stage->work;
    const cyt_config *config = w->job->config;
    const cyt_signal_config *signal = &config->signals[s];
    cyt_signal_terms terms = {0};
    cyt_signal solved = {0};
    CYT_TRY(cyt_slide_safe_point(group, w, err));
    code = find_terms(w, signal, &terms, err);
    if (code == CYT_OK)
        code = warn_of_absent(w, signal, err);
    if (code == CYT_OK)
        code = warn_of_unknown(w, signal, err);
    CYT_TRY(cyt_agree(group, code, err));
    const cyt_signal_params params = {
        .name = signal->name,
        .is_sender = terms.is_sender,
        .n_ligands = signal->ligand.n,
        .ligand = terms.ligand,
        .ligand_name = (const char *const *)signal->ligand.name,
        .type_rate = terms.rate,
        .values_are_log1p = signal->expression == CYT_EXPRESSION_LOG1P,
        .goal = {config->solver_tolerance, (int)config->solver_max_iterations,
                 &w->job->stop},
    };
    CYT_TRY(cyt_stage_medium(group, stage, signal, err));
    CYT_TRY(cyt_signal_solve(group, &w->slide, &stage->medium, &params, &solved, err));
    CYT_TRY(tell_of(group, stage, s, &terms, &solved, err));
    CYT_TRY(cyt_slide_trap(group, stage, s, &terms, &params, &solved, err));
    CYT_TRY(cyt_slide_basins(group, stage, s, &terms, &solved, err));
done:
    free_terms(&terms);
    cyt_signal_free(&solved);
    return code;
}

/* --- all signals ------------------------------------------------------------------ */

static cyt_code make_room(cyt_slide_work *w, cyt_error *err)
{
    const size_t n = w->job->config->n_signals;
    w->signals = cyt_calloc(n, sizeof *w->signals, "signals", err);
    w->receptors = cyt_calloc(n, sizeof *w->receptors, "receptor laws", err);
    w->cell_signals =
        cyt_alloc(3 * cyt_cost_signals_held(w->job->config) * w->slide.cells.n,
                  sizeof(double), "signals at cells", err);
    return err->code;
}

/* Those that need others first come late: block.h. */
static cyt_code run_signals(MPI_Comm group, cyt_signal_stage *stage, int late,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_config *config = stage->work->job->config;
    const size_t n = config->n_signals;
    for (size_t first = 0; first < n; first++) {
        if (stage->work->signals[first].name ||
            cyt_block_is_late(config, first) != late)
            continue; /* done with an earlier one of its medium */
        for (size_t s = first; s < n; s++)
            if (cyt_same_medium(&config->signals[first], &config->signals[s]) &&
                cyt_block_is_late(config, s) == late)
                CYT_TRY(run_signal(group, stage, s, err));
    }
done:
    return code;
}

cyt_code cyt_slide_signal(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = w->job->config->n_signals;
    cyt_signal_stage stage = {0};
    CYT_TRY(cyt_agree(group, make_room(w, err), err));
    if (n > 0) {
        CYT_TRY(cyt_stage_begin(group, w, &stage, err));
        CYT_TRY(run_signals(group, &stage, 0, err));
        CYT_TRY(run_signals(group, &stage, 1, err));
    }
    CYT_TRY(cyt_agree(group, cyt_slide_trap_tell(w, err), err));
    CYT_TRY(cyt_slide_screen_end(group, w, err));
    cyt_slide_end_phase(w, CYT_PHASE_SIGNALS);
done:
    cyt_stage_end(&stage);
    return code;
}
