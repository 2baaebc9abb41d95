/**
 * @file patients.h
 * @brief From slides to patients: who takes part in a contrast, and a metric's mean of
 *        each patient. No MPI.
 */
#ifndef CYT_PATIENTS_H
#define CYT_PATIENTS_H

#include "cytotaxis/config.h"
#include "cytotaxis/names.h"
#include "cytotaxis/samplesheet.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

/** A slide of one of the conditions. */
typedef struct cyt_contrast_slide {
    size_t slide;     /**< of the sheet */
    size_t patient;   /**< into patients */
    size_t condition; /**< of the contrast */
    double weight;
} cyt_contrast_slide;

typedef struct cyt_patients {
    cyt_names patients; /**< of the whole sheet, sorted */
    size_t n_conditions, n_slides;
    cyt_contrast_slide *slides; /**< [n_slides] in the sheet's order */
    double *sum, *weight;       /**< [n_conditions * patients.n] scratch */
    double *means;              /**< [n_conditions * patients.n] of the last metric */
} cyt_patients;

/** Patients of the whole sheet, each once, sorted.
 *  @param patients  [in,out] empty; cyt_names_free(), also after a failure
 *  @return CYT_OK; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_patients_list(const cyt_samplesheet *sheet,
                                         cyt_names *patients, cyt_error *err);

/** @param n_cells [sheet->n] */
CYT_NODISCARD cyt_code cyt_patients_init(const cyt_samplesheet *sheet,
                                         const cyt_contrast *contrast,
                                         const int64_t *n_cells,
                                         cyt_slide_weights weights, cyt_patients *out,
                                         cyt_error *err);

/** Fill `means`: NaN where a patient has no value in a condition.
 *  @param metric of slide s: metric[s * stride] */
void cyt_patients_average(cyt_patients *p, const double *metric, size_t stride);

/** Has the patient a slide of the condition, with a value or not? */
int cyt_patient_has(const cyt_patients *p, size_t condition, size_t patient);

void cyt_patients_free(cyt_patients *p);

#endif
