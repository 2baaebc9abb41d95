// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/metrics.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OF_DISTANCE                                                                    \
    "the distance from a cell of type a to the nearest other cell of type b"
#define OVER_CELLS                                                                     \
    "mean over cells of type a (in the compartment, where one is named) of "
#define OVER_INNER_CELLS                                                               \
    "mean over cells of type a farther than lambda from the field of view's edge of "
#define OF_CONCENTRATION                                                               \
    "the steady concentration of the signal, in units of secretion rate over decay "   \
    "rate per area"
#define OF_ABSOLUTE   "the steady concentration of the signal"
#define OF_GRADIENT   "the length of the signal's concentration gradient"
#define OF_OCCUPANCY  "the receptor's occupancy"
#define OF_DIFFERENCE "the difference of the receptor's occupancy across a cell"
#define OF_K                                                                           \
    "area times the share of pairs of cells of types a and b that are within "         \
    "radius_um, "
#define OF_G     "share of cells of type a with another cell of type b within radius_um, "
#define BY_DEALS " among random deals of the values to the cells"
#define IF_DEALT ", its mean and variance those of values dealt anew to the cells"
#define OF_DEALS "over all ways to deal the labels to the cells: "
#define OF_PULL                                                                        \
    "the cosine of the angle between the signal's gradient and the direction into "    \
    "the "                                                                             \
    "tumour"

#define UNDER_MODEL "predicted under the stated model: "

const char *const cyt_axis_names[CYT_AXES] = {NULL, "radius_um", "dose", "margin_um",
                                              "c_over_kd"};

static const cyt_statistic_info table[CYT_STATISTICS] = {
    [CYT_COMPOSITION_COUNT] = {"composition", "count", "cells",
                               "cells of type a on the slide", 0},
    [CYT_COMPOSITION_FRACTION] = {"composition", "fraction", "1",
                                  "cells of type a over all cells of the slide", 0},
    [CYT_COMPOSITION_DENSITY] =
        {"composition", "density_per_mm2", "mm-2",
         "cells of type a on tissue over the area of the tissue", 0},
    [CYT_NEAREST_MEAN] = {"nearest", "mean", "um", "mean of " OF_DISTANCE, NAN},
    [CYT_NEAREST_MEDIAN] = {"nearest", "median", "um", "median of " OF_DISTANCE, NAN},
    [CYT_NEAREST_SD] = {"nearest", "sd", "um",
                        "standard deviation (n - 1) of " OF_DISTANCE, NAN},
    [CYT_NEAREST_Q05] = {"nearest", "q05", "um",
                         "5 % quantile (type 7) of " OF_DISTANCE, NAN},
    [CYT_NEAREST_Q25] = {"nearest", "q25", "um",
                         "25 % quantile (type 7) of " OF_DISTANCE, NAN},
    [CYT_NEAREST_Q75] = {"nearest", "q75", "um",
                         "75 % quantile (type 7) of " OF_DISTANCE, NAN},
    [CYT_NEAREST_Q95] = {"nearest", "q95", "um",
                         "95 % quantile (type 7) of " OF_DISTANCE, NAN},
    [CYT_NEAREST_N] = {"nearest", "n", "cells",
                       "cells of type a for which there is another cell of type b", 0},
    [CYT_MARGIN_AREA] = {"margin", "area_um2", "um2",
                         "area of the tissue in a zone of the margin", NAN},
    [CYT_MARGIN_DENSITY] = {"margin", "density_per_mm2", "mm-2",
                            "cells of type a in a zone of the margin over "
                            "the zone's area",
                            NAN},
    [CYT_MARGIN_PROFILE] = {"margin", "profile_per_mm2", "mm-2",
                            "cells of type a in a band of the distance to the tumour's "
                            "border, around margin_um, over the band's area",
                            NAN, CYT_AXIS_MARGIN},
    [CYT_PAIRS_COUNT] = {"pairs", "count", "pairs",
                         "ordered pairs of a cell of type a and another of type b "
                         "within radius_um",
                         0, CYT_AXIS_RADIUS},
    [CYT_CROSS_K_NONE] = {"cross_k", "none", "um2", OF_K "without correction", NAN,
                          CYT_AXIS_RADIUS},
    [CYT_CROSS_K_BORDER] = {"cross_k", "border", "um2", OF_K "by the border method",
                            NAN, CYT_AXIS_RADIUS},
    [CYT_CROSS_K_RIGID] = {"cross_k", "rigid", "um2",
                           OF_K "with the rigid-motion correction", NAN,
                           CYT_AXIS_RADIUS},
    [CYT_CROSS_L_RIGID] = {"cross_l", "rigid", "um",
                           "the square root of cross_k/rigid over pi: radius_um under "
                           "complete spatial randomness",
                           NAN, CYT_AXIS_RADIUS},
    [CYT_PCF_RIGID] = {"pcf", "rigid", "1",
                       "the pair correlation between the radius before and radius_um, "
                       "of cross_k/rigid: 1 under complete spatial randomness",
                       NAN, CYT_AXIS_RADIUS},
    [CYT_CO_OCCURRENCE_RATIO] = {"co_occurrence", "ratio", "1",
                                 "how much likelier than anywhere a cell is of type b "
                                 "at a distance between the "
                                 "radius before and radius_um from one of type a",
                                 NAN, CYT_AXIS_RADIUS},
    [CYT_MIXING_SCORE] = {"mixing", "score", "1",
                          "pairs of a cell of type a and one of type b within "
                          "radius_um over pairs of two cells of type a",
                          NAN, CYT_AXIS_RADIUS},
    [CYT_MIXING_NORMALISED] = {"mixing", "normalised", "1",
                               "mixing/score over its value for cells mixed at random",
                               NAN, CYT_AXIS_RADIUS},
    [CYT_MIXING_INFILTRATION] = {"mixing", "infiltration", "1",
                                 "pairs of a cell of type a and one of type b within "
                                 "radius_um over pairs of two cells of type b",
                                 NAN, CYT_AXIS_RADIUS},
    [CYT_G_RAW] = {"g_function", "raw", "1", OF_G "without correction", NAN,
                   CYT_AXIS_RADIUS},
    [CYT_G_REDUCED] = {"g_function", "reduced_sample", "1",
                       OF_G "of cells at least as far from the edge", NAN,
                       CYT_AXIS_RADIUS},
    [CYT_G_KM] = {"g_function", "kaplan_meier", "1",
                  OF_G "by the Kaplan-Meier estimate", NAN, CYT_AXIS_RADIUS},
    [CYT_G_HANISCH] = {"g_function", "hanisch", "1", OF_G "by Hanisch's estimate", NAN,
                       CYT_AXIS_RADIUS},
    [CYT_F_KM] = {"f_function", "kaplan_meier", "1",
                  "share of places of the window with a cell of type a within "
                  "radius_um, by the Kaplan-Meier estimate",
                  NAN, CYT_AXIS_RADIUS},
    [CYT_J_KM] = {"j_function", "kaplan_meier", "1",
                  "(1 - g) / (1 - f) of type b seen from type a, both by the "
                  "Kaplan-Meier estimate: 1 for independent types",
                  NAN, CYT_AXIS_RADIUS},
    [CYT_CLARK_EVANS_INDEX] = {"clark_evans", "index", "1",
                               "mean distance from a cell of type a to the nearest "
                               "other one over that of complete spatial randomness",
                               NAN},
    [CYT_CLARK_EVANS_Z] = {"clark_evans", "z", "1",
                           "the same distance less the expected one, over the standard "
                           "error under randomness",
                           NAN},
    [CYT_CLARK_EVANS_DONNELLY] = {"clark_evans", "donnelly", "1",
                                  "clark_evans/index with Donnelly's correction for "
                                  "the edge of a rectangle",
                                  NAN},
    [CYT_ENRICHMENT_COUNT] = {"enrichment", "count", "pairs",
                              "ordered neighbours of which the first is of type a and "
                              "the second of type b",
                              0},
    [CYT_ENRICHMENT_EXPECTED] = {"enrichment", "expected", "pairs",
                                 OF_DEALS "mean of enrichment/count", 0},
    [CYT_ENRICHMENT_SD] = {"enrichment", "sd", "pairs",
                           OF_DEALS "standard deviation of enrichment/count", 0},
    [CYT_ENRICHMENT_Z] = {"enrichment", "z", "1",
                          "enrichment/count less enrichment/expected over "
                          "enrichment/sd",
                          NAN},
    [CYT_ENRICHMENT_P] = {"enrichment", "p", "1",
                          "two-sided, of enrichment/z as normal", NAN, .is_p = 1},
    [CYT_ENRICHMENT_Z_PERMUTED] = {"enrichment", "z_permuted", "1",
                                   "enrichment/count less its mean over random deals "
                                   "of the labels, over its standard deviation",
                                   NAN},
    [CYT_ENRICHMENT_P_PERMUTED] =
        {"enrichment", "p_permuted", "1",
         "two-sided, of random deals of the labels: twice the smaller of (b + 1) / (n "
         "+ 1), b of n deals with at least, or at most, as many neighbours",
         NAN, .is_p = 1},
    [CYT_NEIGHBOURHOOD_SHARE] = {"neighbourhood", "share", "1",
                                 "mean over cells of type a of the share of type b in "
                                 "their neighbourhoods, those without any left out",
                                 NAN},
    [CYT_NEIGHBOURHOOD_ENTROPY] = {"neighbourhood", "entropy", "bit",
                                   "mean over cells of type a of the entropy of the "
                                   "types in their neighbourhoods",
                                   NAN},
    [CYT_NICHE_FRACTION] = {"niche", "fraction", "1",
                            "cells of the slide in a niche of the cohort, over its "
                            "cells that have neighbours",
                            NAN},
    [CYT_MORAN_VALUE] = {"moran", "value", "1",
                         "Moran's I of a gene on the graph: above its mean where "
                         "neighbours are alike",
                         NAN},
    [CYT_MORAN_Z] = {"moran", "z", "1", "of moran/value" IF_DEALT, NAN},
    [CYT_MORAN_P] = {"moran", "p", "1", "two-sided, of moran/z as normal", NAN,
                     .is_p = 1},
    [CYT_GEARY_VALUE] = {"geary", "value", "1",
                         "Geary's C of a gene on the graph: below 1 where neighbours "
                         "are alike",
                         NAN},
    [CYT_GEARY_Z] = {"geary", "z", "1", "of geary/value" IF_DEALT, NAN},
    [CYT_GEARY_P] = {"geary", "p", "1", "two-sided, of geary/z as normal", NAN,
                     .is_p = 1},
    [CYT_BIVARIATE_VALUE] =
        {"bivariate_moran", "value", "1",
         "of a pair of genes on the graph: above 0 where the first "
         "is high in cells whose neighbours have much of the second",
         NAN},
    [CYT_BIVARIATE_Z] = {"bivariate_moran", "z", "1",
                         "of bivariate_moran/value" IF_DEALT, NAN},
    [CYT_BIVARIATE_P] = {"bivariate_moran", "p", "1",
                         "two-sided, of bivariate_moran/z as normal", NAN, .is_p = 1},
    [CYT_MORAN_P_PERMUTED] = {"moran", "p_permuted", "1",
                              "two-sided, of moran/value" BY_DEALS, NAN, .is_p = 1},
    [CYT_GEARY_P_PERMUTED] = {"geary", "p_permuted", "1",
                              "two-sided, of geary/value" BY_DEALS, NAN, .is_p = 1},
    [CYT_BIVARIATE_P_PERMUTED] = {"bivariate_moran", "p_permuted", "1",
                                  "two-sided, of bivariate_moran/value" BY_DEALS, NAN,
                                  .is_p = 1},
    [CYT_SIGNAL_MEAN_CONCENTRATION] = {"signal", "mean_concentration", "relative um-2",
                                       OVER_CELLS OF_CONCENTRATION, NAN},
    [CYT_SIGNAL_INNER_CONCENTRATION] = {"signal", "inner_concentration",
                                        "relative um-2",
                                        OVER_INNER_CELLS OF_CONCENTRATION, NAN},
    [CYT_SIGNAL_MEAN_GRADIENT] = {"signal", "mean_gradient", "relative um-3",
                                  OVER_CELLS OF_GRADIENT, NAN},
    [CYT_SIGNAL_INNER_GRADIENT] = {"signal", "inner_gradient", "relative um-3",
                                   OVER_INNER_CELLS OF_GRADIENT, NAN},
    [CYT_SIGNAL_MEAN_OCCUPANCY] = {"signal", "mean_occupancy", "1",
                                   OVER_CELLS OF_OCCUPANCY, NAN},
    [CYT_SIGNAL_INNER_OCCUPANCY] = {"signal", "inner_occupancy", "1",
                                    OVER_INNER_CELLS OF_OCCUPANCY, NAN},
    [CYT_SIGNAL_MEAN_DIFFERENCE] = {"signal", "mean_occupancy_difference", "1",
                                    OVER_CELLS OF_DIFFERENCE, NAN},
    [CYT_SIGNAL_INNER_DIFFERENCE] = {"signal", "inner_occupancy_difference", "1",
                                     OVER_INNER_CELLS OF_DIFFERENCE, NAN},
    [CYT_SIGNAL_MEAN_PULL] = {"signal", "mean_pull", "1", OVER_CELLS OF_PULL, NAN},
    [CYT_SIGNAL_INNER_PULL] = {"signal", "inner_pull", "1", OVER_INNER_CELLS OF_PULL,
                               NAN},
    [CYT_SIGNAL_MEAN_CONCENTRATION_NM] = {"signal", "mean_concentration_nM", "nM",
                                          OVER_CELLS OF_ABSOLUTE, NAN},
    [CYT_SIGNAL_INNER_CONCENTRATION_NM] = {"signal", "inner_concentration_nM", "nM",
                                           OVER_INNER_CELLS OF_ABSOLUTE, NAN},
    [CYT_SIGNAL_MEAN_GRADIENT_NM] = {"signal", "mean_gradient_nM_per_um", "nM um-1",
                                     OVER_CELLS OF_GRADIENT, NAN},
    [CYT_SIGNAL_INNER_GRADIENT_NM] = {"signal", "inner_gradient_nM_per_um", "nM um-1",
                                      OVER_INNER_CELLS OF_GRADIENT, NAN},
    [CYT_TRAP_SLOPE] = {"trap", "slope", "theta-1",
                        "estimated change of the log density of type a for a change of "
                        "occupancy by 1, under the model of no net flux",
                        NAN},
    [CYT_TRAP_SE] = {"trap", "se", "theta-1",
                     "standard error of trap/slope from blocks (CR2)", NAN},
    [CYT_TRAP_DF] = {"trap", "df", "1",
                     "Satterthwaite degrees of freedom of trap/slope over trap/se",
                     NAN},
    [CYT_TRAP_P] = {"trap", "p", "1", "two-sided p of trap/slope = 0", NAN, .is_p = 1},
    [CYT_TRAP_CONTRAST] = {"trap", "contrast", "1",
                           "trap/slope times trap.contrast: estimated change of the "
                           "log density of type a over that difference of occupancy",
                           NAN},
    [CYT_TRAP_RELATIVE_SLOPE] = {"trap", "relative_slope", "theta-1",
                                 "estimated change of the log odds of type a against "
                                 "the background for a change of occupancy by 1",
                                 NAN},
    [CYT_TRAP_RELATIVE_SE] = {"trap", "relative_se", "theta-1",
                              "standard error of trap/relative_slope from blocks (CR2)",
                              NAN},
    [CYT_TRAP_RELATIVE_DF] = {"trap", "relative_df", "1",
                              "Satterthwaite degrees of freedom of "
                              "trap/relative_slope over trap/relative_se",
                              NAN},
    [CYT_TRAP_RELATIVE_P] = {"trap", "relative_p", "1",
                             "two-sided p of trap/relative_slope = 0", NAN, .is_p = 1},
    [CYT_TRAP_THETA_Q10] = {"trap", "theta_q10", "theta",
                            "occupancy that a tenth of the tissue does not exceed",
                            NAN},
    [CYT_TRAP_THETA_Q90] = {"trap", "theta_q90", "theta",
                            "occupancy that nine tenths of the tissue do not exceed",
                            NAN},
    [CYT_TRAP_RESPONDERS] = {"trap", "n_responders", "cells",
                             "cells of type a on tissue", 0},
    [CYT_TRAP_BLOCKS] = {"trap", "n_blocks_effective", "1",
                         "equal blocks that would tell as much of trap/slope as these",
                         NAN},
    [CYT_TRAP_FIELD_P] = {"trap", "field_p", "1",
                          "two-sided p of trap/slope = 0 against fields of the same "
                          "spectrum",
                          NAN, .is_p = 1},
    [CYT_TRAP_CONDITIONAL_SLOPE] = {"trap", "conditional_slope", "theta-1",
                                    "trap/slope in the joint fit with the signal's "
                                    "decoys",
                                    NAN},
    [CYT_TRAP_CONDITIONAL_SE] = {"trap", "conditional_se", "theta-1",
                                 "standard error of trap/conditional_slope from blocks "
                                 "(CR2)",
                                 NAN},
    [CYT_TRAP_DECOY_SLOPE] = {"trap", "decoy_slope", "theta-1",
                              "slope of a decoy, the second of the two named, in the "
                              "joint fit with the signal, the first of them",
                              NAN},
    [CYT_TRAP_DECOY_SE] = {"trap", "decoy_se", "theta-1",
                           "standard error of trap/decoy_slope from blocks (CR2)", NAN},
    [CYT_TRAP_DECOY_STEP] = {"trap", "decoy_step", "theta",
                             "occupancy by the decoy that nine tenths of the tissue do "
                             "not exceed, less that of one tenth",
                             NAN},
    [CYT_TRAP_RECEPTOR_SLOPE] = {"trap", "receptor_slope", "theta-1",
                                 "estimated change of the log odds of being rich "
                                 "against poor in receptor, among cells of type a, for "
                                 "a change of occupancy by 1",
                                 NAN},
    [CYT_TRAP_RECEPTOR_SE] = {"trap", "receptor_se", "theta-1",
                              "standard error of trap/receptor_slope from blocks (CR2)",
                              NAN},
    [CYT_BLOCK_TUMOUR_SHARE] = {"block", "tumour_share", "1",
                                UNDER_MODEL
                                "share of cells of type a that lie in the "
                                "tumour under a blocker of the signal's receptor, dose "
                                "in units of its Ki or IC50; observed at dose 0",
                                NAN, CYT_AXIS_DOSE},
    [CYT_BLOCK_NO_TRAP_SHARE] = {"block", "no_trap_share", "1",
                                 UNDER_MODEL "block/tumour_share at a dose without end",
                                 NAN},
    [CYT_BLOCK_HALF_EFFECT_DOSE] =
        {"block", "half_effect_dose", "Ki",
         UNDER_MODEL "the dose, in units of the blocker's Ki or IC50, at which "
                     "block/tumour_share has gone half of its way",
         NAN},
    [CYT_BLOCK_CONTACT_SHARE] = {"block", "contact_share", "1",
                                 UNDER_MODEL
                                 "expected share of the cells of "
                                 "block.contact_types with a cell of type a within "
                                 "block.contact_um, by dose",
                                 NAN, CYT_AXIS_DOSE},
    [CYT_BLOCK_CONTACTS] = {"block", "contacts", "cells",
                            UNDER_MODEL
                            "mean number of cells of type a within "
                            "block.contact_um of a cell of block.contact_types, by "
                            "dose",
                            NAN, CYT_AXIS_DOSE},
    [CYT_CONTEST_GAIN] =
        {"contest", "gain", "1",
         "Poisson log score of held-out blocks that a mechanism, named "
         "where a signal would stand, gains over the covariates alone, "
         "for cells of type a",
         NAN},
    [CYT_PROFILE_GAIN] = {"profile", "gain", "1",
                          "Poisson log likelihood that the signal, with the slope that "
                          "fits best, gains over the covariates alone, for cells of "
                          "type a, by c/Kd where c is 1 (0: the low-dose limit)",
                          NAN, CYT_AXIS_LAW, .is_p = 1},
};

const cyt_statistic_info *cyt_statistic_get(cyt_statistic statistic)
{
    return &table[statistic];
}

cyt_code cyt_metrics_add(cyt_metrics *list, cyt_statistic statistic, const char *type_a,
                         const char *type_b, const char *signal, double value,
                         cyt_error *err)
{
    return cyt_metrics_add_at(list, statistic, type_a, type_b, signal, NAN, value, err);
}

cyt_code cyt_metrics_add_at(cyt_metrics *list, cyt_statistic statistic,
                            const char *type_a, const char *type_b, const char *signal,
                            double at, double value, cyt_error *err)
{
    cyt_code code = cyt_grow(&list->item, &list->capacity, list->n + 1,
                             sizeof *list->item, "metrics", err);
    if (code != CYT_OK)
        return code;
    cyt_metric *m = &list->item[list->n++];
    *m = (cyt_metric){.statistic = statistic, .at = at, .value = value};
    m->type_a = cyt_strdup(type_a ? type_a : "", err);
    m->type_b = cyt_strdup(type_b ? type_b : "", err);
    m->signal = cyt_strdup(signal ? signal : "", err);
    return err->code;
}

char *cyt_curve_name(const cyt_metric *m, cyt_error *err)
{
    cyt_metric curve = *m;
    curve.at = NAN;
    return cyt_metric_name(&curve, err);
}

char *cyt_metric_name(const cyt_metric *m, cyt_error *err)
{
    enum { PLACE = 32 }; /* room for "@" and ten digits with an exponent */
    const cyt_statistic_info *s = &table[m->statistic];
    const char *parts[3] = {m->signal, m->type_a, m->type_b};
    const size_t room = strlen(s->analysis) + strlen(s->statistic) + strlen(m->signal) +
                        strlen(m->type_a) + strlen(m->type_b) + 8 + PLACE;
    char *name = cyt_alloc(room, 1, "the name of a metric", err);
    if (!name)
        return NULL;
    char *at = name + snprintf(name, room, "%s/%s", s->analysis, s->statistic);
    char joint = '/';
    for (size_t k = 0; k < 3; k++) {
        if (!parts[k][0])
            continue;
        *at++ = joint;
        at = stpcpy(at, parts[k]);
        joint = '|';
    }
    if (!isnan(m->at))
        snprintf(at, PLACE, "@%.10g", m->at);
    return name;
}

/* By what they are about and statistic, not by place. */
static int compare_curves(const cyt_metric *a, const cyt_metric *b)
{
    int order = strcmp(table[a->statistic].analysis, table[b->statistic].analysis);
    if (order == 0)
        order = strcmp(a->signal, b->signal);
    if (order == 0)
        order = strcmp(a->type_a, b->type_a);
    if (order == 0)
        order = strcmp(a->type_b, b->type_b);
    if (order == 0)
        order = (int)a->statistic - (int)b->statistic;
    return order;
}

int cyt_metric_same_curve(const cyt_metric *a, const cyt_metric *b)
{
    return table[a->statistic].axis != CYT_AXIS_NONE && compare_curves(a, b) == 0;
}

int cyt_metric_compare(const void *pa, const void *pb)
{
    const cyt_metric *a = pa, *b = pb;
    const int order = compare_curves(a, b);
    return order ? order : (a->at > b->at) - (a->at < b->at);
}

void cyt_metrics_free(cyt_metrics *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->item[i].type_a);
        free(list->item[i].type_b);
        free(list->item[i].signal);
    }
    free(list->item);
    *list = (cyt_metrics){0};
}
