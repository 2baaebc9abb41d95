/**
 * @file curve_list.h
 * @brief Which curves a cohort has along an axis, in the order the report tells them.
 */
#ifndef CYT_REPORT_CURVE_LIST_H
#define CYT_REPORT_CURVE_LIST_H

#include "report/curve_bands.h"

typedef struct cyt_curve {
    char *link, *name, *unit;
    size_t group_length; /**< bytes of name that are "analysis/statistic" */
    double p;            /**< of the curve as a whole, or the least of its points */
} cyt_curve;

typedef struct cyt_curve_list {
    size_t n, capacity;
    cyt_curve *item;
    cyt_curve_bands bands; /**< of all curves of the cohort */
} cyt_curve_list;

/** Those along an axis, by statistic, then by p.
 *  @param list  zero-initialised; released with cyt_curve_list_free(), after a failure
 * too
 *  @return CYT_OK; CYT_ERR_MEMORY; what reading the cohort gives */
CYT_NODISCARD cyt_code cyt_curve_list_read(const cyt_report_data *d, const char *axis,
                                           cyt_curve_list *list, cyt_error *err);
void cyt_curve_list_free(cyt_curve_list *list);

/** The metrics of a curve, which are called as it is, and "@" the place.
 *  @param metric [out] borrowed from @p d
 *  @return how many there are */
size_t cyt_curve_metrics(const cyt_report_data *d, const cyt_curve *curve,
                         const size_t **metric, cyt_error *err);

#endif
