// SPDX-License-Identifier: BSD-3-Clause
/* The tables of a cohort: what to read, what to ask, and what was planted. */
#include "synth_parts.h"

#include <limits.h>
#include <stdio.h>

static cyt_code write_samplesheet(const cyt_synth_params *p, const char *name,
                                  const char *ending, const char *more_names,
                                  const char *more, cyt_error *err)
{
    cyt_strbuf sheet = {0};
    cyt_strbuf_add(&sheet, err, "sample,data_path,patient,condition,um_per_px,type%s\n",
                   more_names);
    for (size_t i = 0; i < p->n_slides; i++) {
        char sample[32], patient[32];
        synth_sample_name(p, i, sample);
        synth_patient_name(p, i, patient);
        cyt_strbuf_add(&sheet, err, "%s,slides/%s%s,%s,%s,1,cell_type%s\n", sample,
                       sample, ending, patient, synth_condition(p, i), more);
    }
    return synth_save_text(p, name, &sheet, err);
}

static void add_truth(const cyt_synth_params *p, size_t i, const synth_fact *fact,
                      cyt_strbuf *text, cyt_error *err)
{
    char sample[32], patient[32], number[CYT_NUMBER_SIZE];
    synth_sample_name(p, i, sample);
    synth_patient_name(p, i, patient);
    cyt_strbuf_add(text, err, "%s,%s,%s", sample, patient, synth_condition(p, i));
    const double values[] = {fact->beta,        fact->beta_patient,   p->lambda_um,
                             fact->theta_scale, CYT_SYNTH_SPACING_UM, fact->side_um};
    for (size_t k = 0; k < sizeof values / sizeof *values; k++)
        cyt_strbuf_add(text, err, ",%s", cyt_number_text(values[k], number));
    cyt_strbuf_add(text, err, ",%llu,%llu,%llu", (unsigned long long)p->seed,
                   (unsigned long long)fact->n_senders,
                   (unsigned long long)fact->ligand_sum);
    for (size_t t = 0; t < SYNTH_N_TYPES; t++)
        cyt_strbuf_add(text, err, ",%llu", (unsigned long long)fact->n_cells[t]);
    cyt_strbuf_add(text, err, "\n");
}

static cyt_code write_truth(const cyt_synth_params *p, const synth_fact *facts,
                            cyt_error *err)
{
    cyt_strbuf text = {0};
    cyt_strbuf_add(&text, err,
                   "sample,patient,condition,beta,beta_patient,lambda_um,theta_scale,"
                   "r_min_um,side_um,seed,n_senders,ligand_sum");
    for (size_t t = 0; t < SYNTH_N_TYPES; t++)
        cyt_strbuf_add(&text, err, ",n %s", synth_type_names[t]);
    cyt_strbuf_add(&text, err, "\n");
    for (size_t i = 0; i < p->n_slides; i++)
        add_truth(p, i, &facts[i], &text, err);
    return synth_save_text(p, "truth.csv", &text, err);
}

/* Spacing, bandwidths, tissue and compartments are the analysis's own choice; the rest
 * is what was planted. */
static cyt_code write_config(const cyt_synth_params *p, cyt_error *err)
{
    cyt_strbuf text = {0};
    char lambda[CYT_NUMBER_SIZE];
    cyt_strbuf_add(
        &text, err,
        "# Asks for the signal that was planted; truth.csv has its numbers.\n"
        "grid: {spacing_um: 5}\n"
        "density: {bandwidth_um: 50}\n"
        "tissue: {from: reach, reach_um: 30, close_um: 30, fill_holes_um2: 5000}\n"
        "compartments:\n"
        "  from: fraction\n"
        "  tumour: [tumour]\n"
        "  among: [tumour, stroma]\n"
        "  bandwidth_um: 30\n"
        "  threshold: 0.5\n"
        "  min_area_um2: 2000\n"
        "  margin_um: 50\n"
        "  profile_um: 200\n"
        "types:\n"
        "  tumour: [Tumor]\n"
        "  stroma: [Myofibroblast, Fibroblast, Endothelial]\n"
        "  immune: [CD8 T, CD4 T, B, Macrophage]\n"
        "signals:\n"
        "  - name: CXCL12-CXCR4\n"
        "    ligand: [CXCL12]\n"
        "    expression: {transform: counts}\n"
        "    senders: [Myofibroblast]\n"
        "    receptor: [CXCR4]\n"
        "    responders: [CD8 T]\n"
        "    lambda_um: %s\n",
        cyt_number_text(p->lambda_um, lambda));
    if (p->n_patients > 1)
        cyt_strbuf_add(&text, err,
                       "cohort:\n"
                       "  contrasts:\n"
                       "    - {a: \"%s\", b: \"%s\"}\n",
                       p->condition[0], p->condition[1]);
    return synth_save_text(p, "config.yaml", &text, err);
}

/* A folder with a samplesheet is whole (synth.h). */
static void remove_sheets(const cyt_synth_params *p)
{
    static const char *const names[] = {"samplesheet.csv", "samplesheet_h5ad.csv"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (snprintf(path, sizeof path, "%s/%s", p->out, names[i]) < PATH_MAX)
            remove(path);
}

cyt_code synth_write_sheets(const cyt_synth_params *params, const synth_fact *facts,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(write_config(params, err));
    CYT_TRY(write_truth(params, facts, err));
    if (params->write_h5ad)
        CYT_TRY(
            write_samplesheet(params, "samplesheet_h5ad.csv", ".h5ad", "", "", err));
    if (params->write_csv)
        CYT_TRY(write_samplesheet(params, "samplesheet.csv", ".csv", ",x,y,id",
                                  ",x,y,cell_id", err));
done:
    if (code != CYT_OK)
        remove_sheets(params);
    return code;
}
