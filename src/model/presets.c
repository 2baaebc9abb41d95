// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/presets.h"

#include "cytotaxis/strbuf.h"

#include <string.h>

/* "MAPLE" below: the public calibration log of that whole-body agent model, which gives
 * its posterior medians with their coefficients of variation (CV) and their sources. */
const cyt_preset cyt_presets[] = {
    {.name = "CXCL12-CXCR4",
     .ligand = {"CXCL12"},
     .receptor = {"CXCR4"},
     .diffusion_um2_per_s = 20.3,
     .slow_per_s = 2.31e-5,
     .fast_per_s = 2.31e-5 + 1.4e-3,
     .n_ranges = 3,
     .lambda_um = {120, 250, 940},
     .direction = "attracts at low dose (T regulatory cells, index 0.13 in the spQSP "
                  "models); T cells move away at 10 ug/mL (Nat Commun 2014;5:4787, "
                  "PMC4155519)",
     .source =
         "D and k of the spQSP pancreas model; the file leaves the unit of k = 2.0 "
         "open: 1/day gives 936 um, 1/h 191 um. Loss to DPP4 in vitro gives 258 "
         "um (PMC4636157), and 250 um is the distance cells talk over (Francis "
         "and Palsson, PNAS 1997;94:12258). The low end adds an uptake by "
         "receptors of 1.4e-3/s, MAPLE's posterior for CCL2 (1.37e-3)"},
    {.name = "CCL2-CCR2",
     .ligand = {"CCL2"},
     .receptor = {"CCR2"},
     .diffusion_um2_per_s = 1.31,
     .slow_per_s = 1.67e-5,
     .fast_per_s = 1.67e-5 + 1e-3,
     .n_ranges = 2,
     .lambda_um = {36, 280},
     .source = "D and k of the spQSP liver model (high end, decay alone); the low end "
               "adds an uptake by receptors of 1e-3/s, the order of MAPLE's posterior "
               "(1.37e-3)"},
    {.name = "CCL21-CCR7",
     .ligand = {"CCL21"},
     .receptor = {"CCR7"},
     .diffusion_um2_per_s = 20.9,
     .slow_per_s = 1.01e-5,
     .fast_per_s = 1.01e-5,
     .n_ranges = 1,
     .lambda_um = {1440},
     .direction =
         "attracts (mature dendritic cells, chemotaxis index 0.23 in the spQSP "
         "models)",
     .source = "MAPLE: D posterior median; k after Weber 2013, gradient in skin, CV "
               "0.80"},
    {.name = "CXCL13-CXCR5",
     .ligand = {"CXCL13"},
     .receptor = {"CXCR5"},
     .diffusion_um2_per_s = 22.8,
     .slow_per_s = 9.61e-5,
     .fast_per_s = 9.61e-5,
     .n_ranges = 1,
     .lambda_um = {487},
     .source = "MAPLE: D posterior median; k after Cosgrove 2020, tonsil, CV 0.69"},
    {.name = "CCL5-CCR5",
     .ligand = {"CCL5"},
     .receptor = {"CCR5"},
     .diffusion_um2_per_s = 29.8,
     .direction = "attracts (effector T cells, chemotaxis index 0.17 in the spQSP "
                  "models)",
     .source = "MAPLE: D posterior median; no rate of decay was found"},
    {.name = "CCL19-CCR7",
     .ligand = {"CCL19"},
     .receptor = {"CCR7"},
     .direction =
         "attracts (T cells towards beads: Wang and Irvine 2013, PMID 23392181)",
     .source = "the pair: Wang and Irvine 2013; neither D nor k was found"},
    {.name = NULL},
};

const cyt_preset *cyt_preset_get(const char *name)
{
    for (const cyt_preset *p = cyt_presets; p->name; p++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

cyt_code cyt_preset_names(cyt_names *names, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (const cyt_preset *p = cyt_presets; p->name && code == CYT_OK; p++)
        code = cyt_names_add(names, p->name, strlen(p->name), err);
    return code;
}

/* --- for people ------------------------------------------------------------------- */

enum { TEXT_WIDTH = 88, TEXT_INDENT = 15 };

static void tell(cyt_strbuf *b, cyt_error *err, const char *label, const char *text)
{
    cyt_strbuf_add(b, err, "    %-*s", TEXT_INDENT - 4, label);
    cyt_strbuf_lines(b, text, TEXT_INDENT, TEXT_WIDTH, err);
}

static void tell_genes(cyt_strbuf *b, cyt_error *err, const char *label,
                       const char *const *genes)
{
    cyt_strbuf_add(b, err, "    %-*s", TEXT_INDENT - 4, label);
    for (size_t i = 0; genes[i]; i++)
        cyt_strbuf_add(b, err, "%s%s", i ? ", " : "", genes[i]);
    cyt_strbuf_add(b, err, "\n");
}

static void tell_ranges(cyt_strbuf *b, cyt_error *err, const cyt_preset *p)
{
    cyt_strbuf_add(b, err, "    %-*s", TEXT_INDENT - 4, "lambda_um");
    for (size_t i = 0; i < p->n_ranges; i++)
        cyt_strbuf_add(b, err, "%s%g", i ? ", " : "", p->lambda_um[i]);
    cyt_strbuf_add(b, err, "%s\n", p->n_ranges ? "" : "none: give your own");
}

char *cyt_presets_text(cyt_error *err)
{
    cyt_strbuf b = {0};
    cyt_strbuf_add(&b, err,
                   "Signals that `preset: NAME` fills in, in a signal of the config "
                   "file. Keys you write\nyourself win. Several ranges make a sweep, "
                   "one signal each.\n");
    for (const cyt_preset *p = cyt_presets; p->name; p++) {
        cyt_strbuf_add(&b, err, "\n%s\n", p->name);
        tell_genes(&b, err, "ligand", p->ligand);
        tell_genes(&b, err, "receptor", p->receptor);
        tell_ranges(&b, err, p);
        tell(&b, err, "direction", p->direction ? p->direction : "not sourced");
        tell(&b, err, "source", p->source);
    }
    return cyt_strbuf_take(&b, err);
}
