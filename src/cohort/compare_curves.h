/**
 * @file compare_curves.h
 * @brief Curves of a contrast: those metrics that lie along an axis, as wholes.
 *
 * A patient's curve is the mean of its slides' at each place. Patients without any
 * value are left out, then places where one of the others has none; of what is left,
 * all count. The bands need two patients, the test as many as that of ranks. Curves of
 * a p or a fit of each slide are not compared.
 */
#ifndef CYT_COMPARE_CURVES_H
#define CYT_COMPARE_CURVES_H

#include "cohort/compare_metric.h"

/** Compare the curves of this rank. No MPI. */
CYT_NODISCARD cyt_code cyt_curves_compare(const cyt_compare_input *input,
                                          cyt_contrast_work *work,
                                          cyt_curve_findings *out, cyt_error *err);

/** q over the curves of all ranks. Collective. */
CYT_NODISCARD cyt_code cyt_curves_adjust(MPI_Comm world, cyt_curve_findings *curves,
                                         cyt_error *err);

void cyt_curve_findings_free(cyt_curve_findings *curves);

#endif
