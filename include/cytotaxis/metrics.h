/**
 * @file metrics.h
 * @brief The numbers a slide gives to its cohort: each with a name, a unit, a sentence.
 *
 * A metric is named `<analysis>/<statistic>[/<what>]`, where what is a type, a pair of
 * types `a|b`, a signal and a type `signal|type`, or these and a compartment
 * `signal|type|compartment`, which then stands where a second type would; a gene, or a
 * pair of genes, stands where a signal would. A statistic
 * that is taken at several radii, doses or distances has an axis; its metrics are named
 * `...@50` after the place on it, and together they are a curve. The table of
 * statistics (metrics.c) holds unit and sentence of each; nothing is published that is
 * not in it. Metrics have one order everywhere: by analysis, then what they are about,
 * then statistic, then place on the axis: a curve stands in one piece.
 */
#ifndef CYT_METRICS_H
#define CYT_METRICS_H

#include "cytotaxis/status.h"

#include <stddef.h>

typedef enum cyt_statistic {
    CYT_COMPOSITION_COUNT,
    CYT_COMPOSITION_FRACTION,
    CYT_COMPOSITION_DENSITY,
    CYT_NEAREST_MEAN,
    CYT_NEAREST_MEDIAN,
    CYT_NEAREST_SD,
    CYT_NEAREST_Q05,
    CYT_NEAREST_Q25,
    CYT_NEAREST_Q75,
    CYT_NEAREST_Q95,
    CYT_NEAREST_N,
    CYT_MARGIN_AREA,
    CYT_MARGIN_DENSITY,
    CYT_MARGIN_PROFILE,
    CYT_PAIRS_COUNT,
    CYT_CROSS_K_NONE,
    CYT_CROSS_K_BORDER,
    CYT_CROSS_K_RIGID,
    CYT_CROSS_L_RIGID,
    CYT_PCF_RIGID,
    CYT_CO_OCCURRENCE_RATIO,
    CYT_MIXING_SCORE,
    CYT_MIXING_NORMALISED,
    CYT_MIXING_INFILTRATION,
    CYT_G_RAW,
    CYT_G_REDUCED,
    CYT_G_KM,
    CYT_G_HANISCH,
    CYT_F_KM,
    CYT_J_KM,
    CYT_CLARK_EVANS_INDEX,
    CYT_CLARK_EVANS_Z,
    CYT_CLARK_EVANS_DONNELLY,
    CYT_ENRICHMENT_COUNT,
    CYT_ENRICHMENT_EXPECTED,
    CYT_ENRICHMENT_SD,
    CYT_ENRICHMENT_Z,
    CYT_ENRICHMENT_P,
    CYT_ENRICHMENT_Z_PERMUTED,
    CYT_ENRICHMENT_P_PERMUTED,
    CYT_NEIGHBOURHOOD_SHARE,
    CYT_NEIGHBOURHOOD_ENTROPY,
    CYT_NICHE_FRACTION,
    CYT_MORAN_VALUE, /* each of the three with its z and p behind it */
    CYT_MORAN_Z,
    CYT_MORAN_P,
    CYT_GEARY_VALUE,
    CYT_GEARY_Z,
    CYT_GEARY_P,
    CYT_BIVARIATE_VALUE,
    CYT_BIVARIATE_Z,
    CYT_BIVARIATE_P,
    CYT_MORAN_P_PERMUTED,
    CYT_GEARY_P_PERMUTED,
    CYT_BIVARIATE_P_PERMUTED,
    CYT_SIGNAL_MEAN_CONCENTRATION, /* each of the five followed by itself without the
                                      cells near an edge of the field of view */
    CYT_SIGNAL_INNER_CONCENTRATION,
    CYT_SIGNAL_MEAN_GRADIENT,
    CYT_SIGNAL_INNER_GRADIENT,
    CYT_SIGNAL_MEAN_OCCUPANCY,
    CYT_SIGNAL_INNER_OCCUPANCY,
    CYT_SIGNAL_MEAN_DIFFERENCE,
    CYT_SIGNAL_INNER_DIFFERENCE,
    CYT_SIGNAL_MEAN_PULL,
    CYT_SIGNAL_INNER_PULL,
    CYT_SIGNAL_MEAN_CONCENTRATION_NM, /* in place of the first four, in absolute units
                                       */
    CYT_SIGNAL_INNER_CONCENTRATION_NM,
    CYT_SIGNAL_MEAN_GRADIENT_NM,
    CYT_SIGNAL_INNER_GRADIENT_NM,
    CYT_TRAP_SLOPE,
    CYT_TRAP_SE,
    CYT_TRAP_DF,
    CYT_TRAP_P,
    CYT_TRAP_CONTRAST,
    CYT_TRAP_RELATIVE_SLOPE,
    CYT_TRAP_RELATIVE_SE,
    CYT_TRAP_RELATIVE_DF,
    CYT_TRAP_RELATIVE_P,
    CYT_TRAP_THETA_Q10,
    CYT_TRAP_THETA_Q90,
    CYT_TRAP_RESPONDERS,
    CYT_TRAP_BLOCKS,
    CYT_TRAP_FIELD_P,
    CYT_TRAP_CONDITIONAL_SLOPE,
    CYT_TRAP_CONDITIONAL_SE,
    CYT_TRAP_DECOY_SLOPE,
    CYT_TRAP_DECOY_SE,
    CYT_TRAP_DECOY_STEP,
    CYT_TRAP_RECEPTOR_SLOPE,
    CYT_TRAP_RECEPTOR_SE,
    CYT_BLOCK_TUMOUR_SHARE,
    CYT_BLOCK_NO_TRAP_SHARE,
    CYT_BLOCK_HALF_EFFECT_DOSE,
    CYT_BLOCK_CONTACT_SHARE,
    CYT_BLOCK_CONTACTS,
    CYT_CONTEST_GAIN,
    CYT_PROFILE_GAIN,
    CYT_STATISTICS
} cyt_statistic;

/** What a statistic is taken at: a column of the table of metrics. */
typedef enum cyt_axis {
    CYT_AXIS_NONE,
    CYT_AXIS_RADIUS, /**< radius_um */
    CYT_AXIS_DOSE,   /**< dose: A/Ki, or A/IC50 */
    CYT_AXIS_MARGIN, /**< margin_um: distance to the tumour's border */
    CYT_AXIS_LAW,    /**< c_over_kd; 0: the low-dose limit */
    CYT_AXES
} cyt_axis;

/** Names of the columns; that of CYT_AXIS_NONE is NULL. */
extern const char *const cyt_axis_names[CYT_AXES];

/** One row of the table of statistics. */
typedef struct cyt_statistic_info {
    const char *analysis;
    const char *statistic;
    const char *unit;
    const char *description;
    double when_absent; /**< its value on a slide that has no cell of the types: 0 for
                             counts and shares, NaN for what is not defined then */
    cyt_axis axis;
    int is_p; /**< of a test or a fit within the slide: told, not compared between
                   patients */
} cyt_statistic_info;

/** What a statistic is called, its unit and its meaning; lives as long as the program.
 */
const cyt_statistic_info *cyt_statistic_get(cyt_statistic statistic);

typedef struct cyt_metric {
    cyt_statistic statistic;
    char *type_a; /**< "" where a metric has none; owned, like the next two */
    char *type_b; /**< of the margin's: a zone; of a niche's: the niche */
    char *signal;
    double at;    /**< place on the statistic's axis; NaN without one */
    double value; /**< NaN: not defined on this slide */
} cyt_metric;

typedef struct cyt_metrics {
    size_t n;
    size_t capacity;
    cyt_metric *item;
} cyt_metrics;

/** Append one of a statistic without an axis; NULL strings count as "". */
CYT_NODISCARD cyt_code cyt_metrics_add(cyt_metrics *list, cyt_statistic statistic,
                                       const char *type_a, const char *type_b,
                                       const char *signal, double value,
                                       cyt_error *err);

/** Append one at a place on the axis of its statistic. */
CYT_NODISCARD cyt_code cyt_metrics_add_at(cyt_metrics *list, cyt_statistic statistic,
                                          const char *type_a, const char *type_b,
                                          const char *signal, double at, double value,
                                          cyt_error *err);

/** Full name, to be released with free(). NULL: no memory. */
char *cyt_metric_name(const cyt_metric *metric, cyt_error *err);

/** The one order: negative, 0 or positive, as for qsort. */
int cyt_metric_compare(const void *a, const void *b);

/** Are two metrics points of one curve: equal but for their place on an axis? */
int cyt_metric_same_curve(const cyt_metric *a, const cyt_metric *b);

/** Name of the curve, that of its metrics without the place; released with free(). */
char *cyt_curve_name(const cyt_metric *metric, cyt_error *err);

void cyt_metrics_free(cyt_metrics *list);

#endif
