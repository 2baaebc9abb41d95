// SPDX-License-Identifier: BSD-3-Clause
#include "synth_parts.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *const synth_type_names[SYNTH_N_TYPES] = {
    "Tumor", "Myofibroblast", "Fibroblast", "Endothelial",
    "CD8 T", "CD4 T",         "B",          "Macrophage",
};

/* Properties of the picture. Cells of a hundred; what rounding leaves over is Tumor. */
static const uint64_t PERCENT[SYNTH_N_TYPES] = {42, 14, 10, 6, 10, 8, 4, 6};
static const double SENDERS_HOT = 0.8; /* share of myofibroblasts near a hot nest */
static const double SENDERS_COLD = 0.1;
static const double LIGAND_MEDIAN = 8; /* counts are log-normal, rounded, at least 1 */
static const double RECEPTOR_MEDIAN = 4;
static const double LOG_SD = 0.5;

/* --- names ------------------------------------------------------------------------ */

static int digits(size_t n)
{
    int d = 1;
    while (n >= 10) {
        n /= 10;
        d++;
    }
    return d < 2 ? 2 : d < 20 ? d : 20;
}

void synth_sample_name(const cyt_synth_params *params, size_t number, char text[32])
{
    snprintf(text, 32, "S%0*zu", digits(params->n_slides), number + 1);
}

void synth_patient_name(const cyt_synth_params *params, size_t number, char text[32])
{
    snprintf(text, 32, "P%0*zu", digits(params->n_patients),
             number % params->n_patients + 1);
}

const char *synth_condition(const cyt_synth_params *params, size_t number)
{
    return params->condition[number % params->n_patients % 2];
}

/* --- truth ------------------------------------------------------------------------ */

double synth_side_um(const cyt_synth_params *p)
{
    const double um2_per_mm2 = 1e6;
    if (p->side_um > 0)
        return p->side_um;
    return sqrt((double)p->cells_per_slide / p->cells_per_mm2 * um2_per_mm2);
}

static void plant_truth(synth_slide *s)
{
    const cyt_synth_params *p = s->params;
    const size_t patient = s->number % p->n_patients;
    const cyt_random_key key = cyt_random_key_of(p->seed, UINT64_MAX); /* no slide's */
    s->side = (int64_t)floor(synth_side_um(p) * SYNTH_STEPS_PER_UM);
    s->fact.side_um = (double)s->side / SYNTH_STEPS_PER_UM;
    s->fact.beta_patient =
        p->patient_sd * cyt_normal(key, SYNTH_FOR_PATIENT, patient, 0);
    s->fact.beta = p->beta[patient % 2] + s->fact.beta_patient;
}

/* --- cells ------------------------------------------------------------------------ */

static cyt_code cells_init(synth_cells *cells, size_t n, cyt_error *err)
{
    cells->n = n;
    cells->x = cyt_alloc(n, sizeof *cells->x, "places of cells", err);
    cells->y = cyt_alloc(n, sizeof *cells->y, "places of cells", err);
    cells->type = cyt_alloc(n, sizeof *cells->type, "types of cells", err);
    cells->ligand = cyt_calloc(n, sizeof *cells->ligand, "ligand counts", err);
    cells->receptor = cyt_calloc(n, sizeof *cells->receptor, "receptor counts", err);
    return err->code;
}

/* The asked number of each type, in an order that says nothing about place. */
static void deal_types(synth_slide *s)
{
    synth_cells *c = &s->cells;
    size_t i = 0;
    for (int t = SYNTH_N_TYPES - 1; t > SYNTH_TUMOR; t--) {
        s->fact.n_cells[t] = c->n * PERCENT[t] / 100;
        for (size_t k = 0; k < s->fact.n_cells[t]; k++)
            c->type[i++] = (uint8_t)t;
    }
    s->fact.n_cells[SYNTH_TUMOR] = c->n - i;
    while (i < c->n)
        c->type[i++] = SYNTH_TUMOR;
    for (i = c->n; i > 1; i--) { /* Fisher and Yates */
        const size_t k = cyt_random_below(s->key, SYNTH_FOR_SHUFFLE, i, 0, i);
        const uint8_t swapped = c->type[k];
        c->type[k] = c->type[i - 1];
        c->type[i - 1] = swapped;
    }
}

uint32_t synth_count(cyt_random_key key, uint32_t purpose, size_t i, double median)
{
    const double value = round(median * exp(LOG_SD * cyt_normal(key, purpose, i, 0)));
    return value < 1 ? 1 : (uint32_t)value;
}

static cyt_code place_all_of(synth_slide *s, int (*chosen)(int type), cyt_error *err)
{
    for (size_t i = 0; i < s->cells.n; i++)
        if (chosen(s->cells.type[i]) && synth_place(s, i, err) != CYT_OK)
            return err->code;
    return CYT_OK;
}

static int is_myofibroblast(int type)
{
    return type == SYNTH_MYOFIBROBLAST;
}

static int is_other(int type)
{
    return type != SYNTH_MYOFIBROBLAST;
}

/* Which myofibroblasts secrete, and how much; the first always does. */
static void choose_senders(synth_slide *s)
{
    synth_cells *c = &s->cells;
    for (size_t i = 0; i < c->n; i++) {
        if (c->type[i] != SYNTH_MYOFIBROBLAST)
            continue;
        int hot = 0;
        synth_tissue_gap(&s->tissue, (double)c->x[i] / SYNTH_STEPS_PER_UM,
                         (double)c->y[i] / SYNTH_STEPS_PER_UM, &hot);
        const double u = cyt_uniform(s->key, SYNTH_FOR_SENDER, i, 0);
        if (s->fact.n_senders > 0 && u >= (hot ? SENDERS_HOT : SENDERS_COLD))
            continue;
        c->ligand[i] = synth_count(s->key, SYNTH_FOR_LIGAND, i, LIGAND_MEDIAN);
        s->fact.n_senders++;
        s->fact.ligand_sum += c->ligand[i];
    }
}

static cyt_code make_field(synth_slide *s, cyt_error *err)
{
    const synth_cells *c = &s->cells;
    const size_t n = s->fact.n_senders;
    double *at = cyt_alloc(3 * n, sizeof *at, "senders", err);
    if (!at)
        return err->code;
    size_t k = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->ligand[i] == 0)
            continue;
        at[k] = (double)c->x[i] / SYNTH_STEPS_PER_UM;
        at[n + k] = (double)c->y[i] / SYNTH_STEPS_PER_UM;
        at[2 * n + k++] = c->ligand[i];
    }
    s->field = synth_field_create(n, at, at + n, at + 2 * n, s->fact.side_um,
                                  s->params->lambda_um, err);
    free(at);
    if (s->field)
        s->fact.theta_scale = synth_theta_scale(s->field);
    return err->code;
}

static void give_receptors(synth_slide *s)
{
    for (size_t i = 0; i < s->cells.n; i++)
        if (s->cells.type[i] == SYNTH_CD8_T)
            s->cells.receptor[i] =
                synth_count(s->key, SYNTH_FOR_RECEPTOR, i, RECEPTOR_MEDIAN);
}

/* --- slide ------------------------------------------------------------------------ */

cyt_code synth_slide_make(const cyt_synth_params *params, size_t number,
                          synth_slide *slide, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *slide = (synth_slide){.params = params, .number = number};
    slide->key = cyt_random_key_of(params->seed, number);
    synth_sample_name(params, number, slide->sample);
    plant_truth(slide);
    if (CYT_FAULT("synth.slide"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, slide->sample, "injected fault");

    CYT_TRY(cells_init(&slide->cells, params->cells_per_slide, err));
    CYT_TRY(synth_crowd_init(&slide->crowd, slide->side, slide->cells.n, err));
    CYT_TRY(synth_tissue_init(&slide->tissue, slide->fact.side_um, slide->key, err));
    deal_types(slide);
    CYT_TRY(place_all_of(slide, is_myofibroblast, err));
    choose_senders(slide);
    CYT_TRY(make_field(slide, err));
    CYT_TRY(place_all_of(slide, is_other, err));
    give_receptors(slide);
done:
    return code;
}

void synth_slide_free(synth_slide *slide)
{
    free(slide->cells.x);
    free(slide->cells.y);
    free(slide->cells.type);
    free(slide->cells.ligand);
    free(slide->cells.receptor);
    synth_tissue_free(&slide->tissue);
    synth_field_destroy(slide->field);
    synth_crowd_free(&slide->crowd);
    *slide = (synth_slide){0};
}
