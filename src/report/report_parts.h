/**
 * @file report_parts.h
 * @brief What the sections of a report share: the results, read once.
 */
#ifndef CYT_REPORT_PARTS_H
#define CYT_REPORT_PARTS_H

#include "report/html.h"
#include "report/plot.h"

#include "cytotaxis/names.h"
#include "cytotaxis/view.h"

#include <jansson.h>

enum { CYT_REPORT_PATH = 4096 };

/** Cell types that get a colour of their own; the others share a grey. As many as can
 *  be told apart. */
enum { CYT_REPORT_COLOURS = 11 };
extern const cyt_rgb cyt_report_other; /**< that grey */

typedef struct cyt_report_data {
    const char *out; /**< borrowed */
    cyt_view *cohort;
    cyt_view_frame obs, var;
    size_t n_slides, n_metrics;
    char *const *patient, *const *condition; /**< [n_slides], of obs */
    char *const *status, *const *message;
    const double *n_cells, *area_um2;
    cyt_names conditions; /**< those of the slides, sorted; one of no name if none */
    cyt_names patients;   /**< sorted */
    size_t *condition_of; /**< [n_slides] */
    size_t *patient_of;   /**< [n_slides] */
    cyt_names types;      /**< commonest first: that is their order of colours */
    size_t *by_name;      /**< [n_metrics] rows of var in the order of names */
    double *least_p;      /**< [n_metrics] over all tests of the metric; NaN: none */
    double *fraction;     /**< [n_slides * types.n] NaN where a slide failed */
    char *config;         /**< in effect; "" if unknown */
    json_t *run;          /**< run.json; NULL: there is none */
} cyt_report_data;

/** Serial. @param data  [out] released with cyt_report_data_free(), also after a
 *  failure. Errors as of cyt_report(). */
CYT_NODISCARD cyt_code cyt_report_data_read(const char *out, cyt_report_data *data,
                                            cyt_error *err);
void cyt_report_data_free(cyt_report_data *data);

/** Did the slide give a result? */
int cyt_report_is_ok(const cyt_report_data *data, size_t slide);
/** Have the slides conditions? */
int cyt_report_has_conditions(const cyt_report_data *data);
/** How a condition is called on the page, also where it has no name. */
const char *cyt_report_condition(const cyt_report_data *data, size_t condition);

/** Means over a patient's slides of one condition.
 *  @param value  [n_slides * stride], the value of slide s at value[s * stride]
 *  @param mean   [patients.n] [out] NaN for a patient without a value in it */
void cyt_report_patient_means(const cyt_report_data *data, const double *value,
                              size_t stride, size_t condition, double *mean);

/** First metric, in the order of names, whose name begins with @p prefix, and how many
 *  do. @p metric  [out] [] of them, borrowed: rows of var */
size_t cyt_report_metrics_of(const cyt_report_data *data, const char *prefix,
                             const size_t **metric);

/** A value of the config in effect, "" when it has none such; its own canonical text
 *  is what is searched. @param value  [size] [out] */
void cyt_report_config_value(const cyt_report_data *data, const char *section,
                             const char *key, char *value, size_t size);

/* --- sections: each a whole <section>, or nothing --------------------------------- */

CYT_NODISCARD cyt_code cyt_section_glance(const cyt_report_data *d, cyt_strbuf *html,
                                          cyt_error *err);
CYT_NODISCARD cyt_code cyt_section_composition(const cyt_report_data *d,
                                               cyt_strbuf *html, cyt_error *err);
CYT_NODISCARD cyt_code cyt_section_margin(const cyt_report_data *d, cyt_strbuf *html,
                                          cyt_error *err);
CYT_NODISCARD cyt_code cyt_section_patterns(const cyt_report_data *d, cyt_strbuf *html,
                                            cyt_error *err);
CYT_NODISCARD cyt_code cyt_section_block(const cyt_report_data *d, cyt_strbuf *html,
                                         cyt_error *err);
CYT_NODISCARD cyt_code cyt_section_trap(const cyt_report_data *d, cyt_strbuf *html,
                                        cyt_error *err);
CYT_NODISCARD cyt_code cyt_section_tests(const cyt_report_data *d, cyt_strbuf *html,
                                         cyt_error *err);
CYT_NODISCARD cyt_code cyt_section_methods(const cyt_report_data *d, cyt_strbuf *html,
                                           cyt_error *err);
CYT_NODISCARD cyt_code cyt_section_warnings(const cyt_report_data *d, cyt_strbuf *html,
                                            cyt_error *err);
/** What differs between two runs of the same input. */
CYT_NODISCARD cyt_code cyt_section_run(const cyt_report_data *d, cyt_strbuf *html,
                                       cyt_error *err);

/** The small maps of one slide as an element of the gallery; larger ones are written,
 *  into a folder that is there. Maps that cannot be read become a sentence. Serial. */
CYT_NODISCARD cyt_code cyt_gallery_slide(const cyt_report_data *d, size_t slide,
                                         cyt_strbuf *html, cyt_error *err);
/** What stands around the slides. */
void cyt_gallery_begin(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err);
void cyt_gallery_end(cyt_strbuf *html, cyt_error *err);

/* --- page.c ----------------------------------------------------------------------- */

void cyt_page_begin(cyt_strbuf *html, cyt_error *err);
void cyt_page_end(cyt_strbuf *html, cyt_error *err);
void cyt_section_begin(cyt_strbuf *html, const char *id, const char *title,
                       cyt_error *err);
void cyt_section_end(cyt_strbuf *html, cyt_error *err);
/** A section that says only what is missing and how to get it. */
void cyt_section_missing(cyt_strbuf *html, const char *id, const char *title,
                         const char *how, cyt_error *err);

/* --- table_html.c ----------------------------------------------------------------- */

/** A dataframe as a table that can be sorted: its first hundred rows, and where all
 * are.
 *  @param id    of the element
 *  @param by_p  those with the smallest p first, where there is a column of p; else as
 *               they are
 *  @param file  tables/<file>.csv has all */
void cyt_html_frame(cyt_strbuf *html, const cyt_report_data *d, const char *id,
                    const cyt_view_frame *frame, int by_p, const char *file,
                    cyt_error *err);
/** The sentence of what is cut. @param by  "", or " by p" */
void cyt_html_rest(cyt_strbuf *html, size_t shown, size_t n, const char *by,
                   const char *file, cyt_error *err);

/** Rows by a column of numbers, ascending, NaN last, equal ones as they are; NULL:
 *  as they are. free(). */
size_t *cyt_order_rows(size_t n, const double *key, cyt_error *err);

/* --- tables.c, multiqc.c: files beside the page ----------------------------------- */

CYT_NODISCARD cyt_code cyt_tables_write(const cyt_report_data *d, cyt_error *err);
CYT_NODISCARD cyt_code cyt_multiqc_write(const cyt_report_data *d, cyt_error *err);

int cyt_file_is_there(const char *path);

#endif
