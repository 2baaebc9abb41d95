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
#define OF_PULL                                                                        \
    "the cosine of the angle between the signal's gradient and the direction into "    \
    "the "                                                                             \
    "tumour"

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
    [CYT_ENRICHMENT_COUNT] = {"enrichment", "count", "pairs",
                              "ordered neighbours of which the first is of type a and "
                              "the second of type b",
                              0},
    [CYT_ENRICHMENT_Z] = {"enrichment", "z", "1",
                          "neighbours of type b of cells of type a, less their mean "
                          "over all ways to deal the labels, "
                          "over its standard deviation",
                          NAN},
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
};

const cyt_statistic_info *cyt_statistic_get(cyt_statistic statistic)
{
    return &table[statistic];
}

cyt_code cyt_metrics_add(cyt_metrics *list, cyt_statistic statistic, const char *type_a,
                         const char *type_b, const char *signal, double value,
                         cyt_error *err)
{
    cyt_code code = cyt_grow(&list->item, &list->capacity, list->n + 1,
                             sizeof *list->item, "metrics", err);
    if (code != CYT_OK)
        return code;
    cyt_metric *m = &list->item[list->n++];
    *m = (cyt_metric){.statistic = statistic, .value = value};
    m->type_a = cyt_strdup(type_a ? type_a : "", err);
    m->type_b = cyt_strdup(type_b ? type_b : "", err);
    m->signal = cyt_strdup(signal ? signal : "", err);
    return err->code;
}

char *cyt_metric_name(const cyt_metric *m, cyt_error *err)
{
    const cyt_statistic_info *s = &table[m->statistic];
    const char *parts[3] = {m->signal, m->type_a, m->type_b};
    const size_t room = strlen(s->analysis) + strlen(s->statistic) + strlen(m->signal) +
                        strlen(m->type_a) + strlen(m->type_b) + 8;
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
    return name;
}

int cyt_metric_compare(const void *pa, const void *pb)
{
    const cyt_metric *a = pa, *b = pb;
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
