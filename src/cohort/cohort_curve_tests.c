// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/cohort_tests.h"

#include "cohort/text_column.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const fact_names[CYT_CURVE_FACTS] = {"n_a", "n_b", "places", "p",
                                                        "q"};

static const char *const band_names[CYT_BAND_COLUMNS] = {
    "x",         "mean_a",    "mean_a_lo",  "mean_a_hi",   "mean_b",
    "mean_b_lo", "mean_b_hi", "difference", "envelope_lo", "envelope_hi"};

/* Names of this rank's curves; the width is that of all. */
static cyt_code name_curves(const cyt_cohort_table *t, const cyt_curve_findings *c,
                            cyt_text_column *out, cyt_error *err)
{
    size_t most = 1;
    for (size_t m = 0; err->code == CYT_OK && m < t->columns.n; m++) {
        char *name = cyt_curve_name(&t->columns.item[m], err);
        most = name && strlen(name) > most ? strlen(name) : most;
        free(name);
    }
    cyt_text_column_begin(out, c->n, most, err);
    for (size_t k = 0; err->code == CYT_OK && k < c->n; k++) {
        char *name = cyt_curve_name(&t->columns.item[c->metric[k]], err);
        if (name)
            cyt_text_column_set(out, k, name);
        free(name);
    }
    return err->code;
}

static cyt_code write_tests(MPI_Comm world, cyt_store *store, const char *path,
                            const cyt_curve_findings *c, const cyt_text_column *names,
                            cyt_error *err)
{
    static const char *const kinds[] = {"extreme_rank_length_sampled",
                                        "extreme_rank_length_exact"};
    cyt_code code = CYT_OK;
    cyt_frame f = {0};
    cyt_text_column test, reason;
    double *one = cyt_alloc(c->n, sizeof *one, "curves", err);
    cyt_text_column_begin(&test, c->n, cyt_longest(kinds, 2), err);
    cyt_text_column_begin(&reason, c->n, cyt_longest(cyt_row_reason_texts, CYT_REASONS),
                          err);
    for (size_t k = 0; k < c->n; k++) {
        cyt_text_column_set(&test, k, kinds[c->exact[k]]);
        cyt_text_column_set(&reason, k, cyt_row_reason_texts[c->reason[k]]);
    }
    CYT_TRY(cyt_agree(world, err->code, err));
    CYT_TRY(cyt_frame_begin(store, path, c->n_all, c->first, c->n, &f, err));
    CYT_TRY(cyt_frame_index(&f, names->width, names->text, err));
    CYT_TRY(cyt_text_column_write(&f, "test", &test, err));
    for (size_t v = 0; v < CYT_CURVE_FACTS; v++) {
        for (size_t k = 0; k < c->n; k++)
            one[k] = c->facts[k * CYT_CURVE_FACTS + v];
        CYT_TRY(cyt_frame_numbers(&f, fact_names[v], CYT_STORE_F64, one, err));
    }
    CYT_TRY(cyt_text_column_write(&f, "reason", &reason, err));
done:
    code = cyt_frame_leave(&f, code, err);
    free(one);
    free(test.text);
    free(reason.text);
    return code;
}

/* The index of a place is its number, from 0. */
static cyt_code write_bands(MPI_Comm world, cyt_store *store, const char *path,
                            const cyt_curve_findings *c, const cyt_text_column *names,
                            cyt_error *err)
{
    enum { DIGITS = 20 };
    cyt_code code = CYT_OK;
    cyt_frame f = {0};
    cyt_text_column index, curve;
    cyt_text_column_begin(&index, c->n_points, DIGITS, err);
    cyt_text_column_begin(&curve, c->n_points, names->width, err);
    for (size_t k = 0, at = 0; err->code == CYT_OK && k < c->n; k++)
        for (size_t i = 0; i < c->length[k]; i++, at++) {
            char number[DIGITS + 1];
            snprintf(number, sizeof number, "%llu",
                     (unsigned long long)(c->first_point + at));
            cyt_text_column_set(&index, at, number);
            memcpy(curve.text + at * curve.width, names->text + k * names->width,
                   names->width);
        }
    CYT_TRY(cyt_agree(world, err->code, err));
    CYT_TRY(cyt_frame_begin(store, path, c->n_all_points, c->first_point, c->n_points,
                            &f, err));
    CYT_TRY(cyt_frame_index(&f, index.width, index.text, err));
    CYT_TRY(cyt_text_column_write(&f, "curve", &curve, err));
    for (size_t v = 0; v < CYT_BAND_COLUMNS; v++)
        CYT_TRY(cyt_frame_numbers(&f, band_names[v], CYT_STORE_F64,
                                  c->bands + v * c->n_points, err));
done:
    code = cyt_frame_leave(&f, code, err);
    free(index.text);
    free(curve.text);
    return code;
}

static cyt_code write_contrast(MPI_Comm world, cyt_store *store,
                               const cyt_cohort_table *t, const cyt_curve_findings *c,
                               const char *link, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char path[1100];
    cyt_text_column names = {0};
    CYT_TRY(cyt_agree(world, name_curves(t, c, &names, err), err));
    snprintf(path, sizeof path, "/uns/curve_tests/%.1000s", link);
    CYT_TRY(write_tests(world, store, path, c, &names, err));
    snprintf(path, sizeof path, "/uns/curve_bands/%.1000s", link);
    CYT_TRY(write_bands(world, store, path, c, &names, err));
done:
    free(names.text);
    return code;
}

cyt_code cyt_cohort_curve_tests_write(MPI_Comm world, cyt_store *store,
                                      const cyt_cohort_table *t,
                                      const cyt_cohort_findings *found,
                                      const cyt_names *links, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint64_t any = 0;
    for (size_t k = 0; k < found->n; k++)
        any += found->tested[k].curves.n_all;
    if (any == 0)
        return CYT_OK;
    CYT_TRY(cyt_anndata_dict(store, "/uns/curve_tests", err));
    CYT_TRY(cyt_anndata_dict(store, "/uns/curve_bands", err));
    for (size_t k = 0; k < found->n; k++)
        if (found->tested[k].curves.n_all > 0)
            CYT_TRY(write_contrast(world, store, t, &found->tested[k].curves,
                                   links->name[k], err));
done:
    return code;
}
