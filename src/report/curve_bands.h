/**
 * @file curve_bands.h
 * @brief What the contrasts of the cohort say of curves: means with intervals, and p of
 * two curves compared as wholes.
 *
 *     uns/curve_tests/<contrast>  a row a curve: p, q
 *     uns/curve_bands/<contrast>  a row a curve and place: x, mean_a, mean_a_lo, …
 *     uns/contrasts               a row a contrast: conditions, which are a and b
 */
#ifndef CYT_REPORT_CURVE_BANDS_H
#define CYT_REPORT_CURVE_BANDS_H

#include "report/report_parts.h"

typedef struct cyt_curve_bands {
    size_t n, capacity;
    struct cyt_curve_contrast {
        size_t condition[2]; /**< of a and b; CYT_NO_NAME when they are not two */
        cyt_view_frame tests, bands;
    } * item;
} cyt_curve_bands;

CYT_NODISCARD cyt_code cyt_curve_bands_read(const cyt_report_data *d,
                                            cyt_curve_bands *bands, cyt_error *err);
void cyt_curve_bands_free(cyt_curve_bands *bands);

/** The smallest p of a curve over the contrasts; NaN: none. */
double cyt_curve_bands_p(const cyt_curve_bands *bands, const char *curve);

/** Mean and interval of a curve in a condition, at its @p n places.
 *  @return 0 when no contrast has them */
int cyt_curve_bands_of(const cyt_curve_bands *bands, const char *curve,
                       size_t condition, size_t n, double *mean, double *low,
                       double *high);

#endif
