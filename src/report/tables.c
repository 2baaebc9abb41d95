// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file tables.c
 * @brief out/tables: what cohort.h5ad holds, and small tables of the slides, as text.
 *
 *     slides.csv          obs: a row a slide
 *     metrics.csv         var: a row a metric, with unit and meaning
 *     values.csv          X: a row a slide, a column a metric
 *     tests.csv           uns/tests: all contrasts, one below the other
 *     curve_tests.csv     and curve_bands.csv, likewise
 *     curves.csv          uns/curves: a row a curve, slide and place
 *     <name>.csv          any other dataframe of uns
 *     slides_<name>.csv   dataframes of the slides' uns, one below the other
 *
 * Of values and curves only a line is in memory; tables that stand one below the other
 * are held whole until they are written, those of one name of all slides at a time.
 */
#include "report/csv_text.h"
#include "report/report_parts.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/whole_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- files ------------------------------------------------------------------------ */

static cyt_code begin_table(const cyt_report_data *d, const char *name,
                            cyt_whole_file *file, cyt_error *err)
{
    char path[CYT_REPORT_PATH + 600];
    snprintf(path, sizeof path, "%s/tables/%s.csv", d->out, name);
    if (CYT_FAULT("report.file"))
        return CYT_FAIL(err, CYT_ERR_CREATE, NULL, "fault injected");
    return cyt_whole_begin(path, CYT_WHOLE_MINE, file, err);
}

/* Write the line and empty it. */
static void put_line(cyt_whole_file *file, cyt_strbuf *line, cyt_error *err)
{
    cyt_strbuf_add(line, err, "\n");
    if (err->code == CYT_OK)
        cyt_whole_put(file, line->text, line->n);
    line->n = 0;
}

/* --- dataframes ------------------------------------------------------------------- */

static void put_names(const cyt_view_frame *frame, const char *index, cyt_strbuf *line,
                      cyt_error *err)
{
    cyt_strbuf_add(line, err, "%s", index);
    for (size_t c = 0; c < frame->n_columns; c++) {
        cyt_strbuf_add(line, err, ",");
        cyt_csv_text(line, frame->column[c].name, err);
    }
}

static void put_value(const cyt_view_column *column, size_t row, cyt_strbuf *line,
                      cyt_error *err)
{
    if (!column)
        return;
    if (column->number)
        cyt_csv_number(line, column->number[row], err);
    else
        cyt_csv_text(line, column->text.name[row], err);
}

static void put_rows(const cyt_view_frame *frame, cyt_whole_file *file,
                     cyt_strbuf *line, cyt_error *err)
{
    for (size_t row = 0; row < frame->n_rows && err->code == CYT_OK; row++) {
        cyt_csv_text(line, frame->index.name[row], err);
        for (size_t c = 0; c < frame->n_columns; c++) {
            cyt_strbuf_add(line, err, ",");
            put_value(&frame->column[c], row, line, err);
        }
        put_line(file, line, err);
    }
}

static cyt_code write_frame(const cyt_report_data *d, const char *name,
                            const char *index, const cyt_view_frame *frame,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_whole_file file = {0};
    cyt_strbuf line = {0};
    CYT_TRY(begin_table(d, name, &file, err));
    put_names(frame, index, &line, err);
    put_line(&file, &line, err);
    put_rows(frame, &file, &line, err);
    code = err->code;
done:
    cyt_strbuf_free(&line);
    return cyt_whole_end(&file, code, err);
}

/* --- values ----------------------------------------------------------------------- */

static cyt_code write_values(const cyt_report_data *d, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_whole_file file = {0};
    cyt_strbuf line = {0};
    double *value = cyt_alloc(d->n_metrics, sizeof *value, "metrics of a slide", err);
    CYT_TRY(err->code);
    CYT_TRY(begin_table(d, "values", &file, err));
    cyt_strbuf_add(&line, err, "sample,patient,condition");
    for (size_t m = 0; m < d->n_metrics; m++) {
        cyt_strbuf_add(&line, err, ",");
        cyt_csv_text(&line, d->var.index.name[m], err);
    }
    put_line(&file, &line, err);
    for (size_t s = 0; s < d->n_slides; s++) {
        const char *const word[3] = {d->obs.index.name[s], d->patient[s],
                                     d->condition[s]};
        if (d->n_metrics > 0)
            CYT_TRY(cyt_view_row(d->cohort, "X", s, d->n_metrics, value, err));
        for (size_t k = 0; k < 3; k++) {
            cyt_strbuf_add(&line, err, "%s", k ? "," : "");
            cyt_csv_text(&line, word[k], err);
        }
        for (size_t m = 0; m < d->n_metrics; m++) {
            cyt_strbuf_add(&line, err, ",");
            cyt_csv_number(&line, value[m], err);
        }
        put_line(&file, &line, err);
    }
    code = err->code;
done:
    free(value);
    cyt_strbuf_free(&line);
    return cyt_whole_end(&file, code, err);
}

/* --- curves ----------------------------------------------------------------------- */

static cyt_code put_curve(const cyt_report_data *d, const char *link,
                          cyt_whole_file *file, cyt_strbuf *line, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char path[CYT_REPORT_PATH], part[CYT_REPORT_PATH + 16];
    double *x = NULL, *value = NULL;
    char *name = NULL, *axis = NULL, *unit = NULL;
    size_t n = 0;
    snprintf(path, sizeof path, "uns/curves/%s", link);
    name = cyt_view_name(d->cohort, path, err);
    axis = cyt_view_attr(d->cohort, path, "axis", err);
    unit = cyt_view_attr(d->cohort, path, "unit", err);
    CYT_TRY(err->code);
    snprintf(part, sizeof part, "%s/x", path);
    CYT_TRY(cyt_view_vector(d->cohort, part, &x, &n, err));
    value = cyt_alloc(n, sizeof *value, "a curve", err);
    CYT_TRY(err->code);
    snprintf(part, sizeof part, "%s/values", path);
    for (size_t s = 0; s < d->n_slides; s++) {
        CYT_TRY(cyt_view_row(d->cohort, part, s, n, value, err));
        for (size_t k = 0; k < n; k++) {
            const char *const word[4] = {name, d->obs.index.name[s], axis, unit};
            for (size_t w = 0; w < 4; w++) {
                cyt_csv_text(line, word[w], err);
                cyt_strbuf_add(line, err, ",");
            }
            cyt_csv_number(line, x[k], err);
            cyt_strbuf_add(line, err, ",");
            cyt_csv_number(line, value[k], err);
            put_line(file, line, err);
        }
    }
    code = err->code;
done:
    free(x);
    free(value);
    free(name);
    free(axis);
    free(unit);
    return code;
}

static cyt_code write_curves(const cyt_report_data *d, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names links = {0};
    cyt_whole_file file = {0};
    cyt_strbuf line = {0};
    CYT_TRY(cyt_view_members(d->cohort, "uns/curves", &links, err));
    if (links.n == 0)
        goto done;
    CYT_TRY(begin_table(d, "curves", &file, err));
    cyt_strbuf_add(&line, err, "curve,sample,axis,unit,x,value");
    put_line(&file, &line, err);
    for (size_t k = 0; k < links.n; k++)
        CYT_TRY(put_curve(d, links.name[k], &file, &line, err));
done:
    cyt_names_free(&links);
    cyt_strbuf_free(&line);
    return cyt_whole_end(&file, code, err);
}

/* --- frames one below the other --------------------------------------------------- */

/* Frames that need not have the same columns: a table has those of all. */
typedef struct stack {
    size_t n, capacity;
    struct piece {
        char *name; /* what the rows begin with */
        cyt_view_frame frame;
    } * piece;
    cyt_names columns;
} stack;

static void free_stack(stack *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->piece[i].name);
        cyt_view_frame_free(&s->piece[i].frame);
    }
    free(s->piece);
    cyt_names_free(&s->columns);
    *s = (stack){0};
}

static cyt_code push(stack *s, const cyt_view *view, const char *path, char *name,
                     cyt_error *err)
{
    cyt_code code = err->code;
    CYT_TRY(code);
    CYT_TRY(
        cyt_grow(&s->piece, &s->capacity, s->n + 1, sizeof *s->piece, "tables", err));
    struct piece *p = &s->piece[s->n++];
    *p = (struct piece){.name = name};
    name = NULL;
    CYT_TRY(cyt_view_frame_read(view, path, &p->frame, err));
    for (size_t c = 0; c < p->frame.n_columns; c++) {
        const char *column = p->frame.column[c].name;
        if (cyt_names_find(&s->columns, column) == CYT_NO_NAME)
            CYT_TRY(cyt_names_add(&s->columns, column, strlen(column), err));
    }
done:
    free(name);
    return code;
}

static const cyt_view_column *column_of(const cyt_view_frame *frame, const char *name)
{
    for (size_t c = 0; c < frame->n_columns; c++)
        if (strcmp(frame->column[c].name, name) == 0)
            return &frame->column[c];
    return NULL;
}

static void put_piece(const stack *s, const struct piece *p, cyt_whole_file *file,
                      cyt_strbuf *line, cyt_error *err)
{
    for (size_t row = 0; row < p->frame.n_rows && err->code == CYT_OK; row++) {
        cyt_csv_text(line, p->name, err);
        cyt_strbuf_add(line, err, ",");
        cyt_csv_text(line, p->frame.index.name[row], err);
        for (size_t c = 0; c < s->columns.n; c++) {
            cyt_strbuf_add(line, err, ",");
            put_value(column_of(&p->frame, s->columns.name[c]), row, line, err);
        }
        put_line(file, line, err);
    }
}

static cyt_code write_stack(const cyt_report_data *d, const char *table,
                            const char *first, const stack *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_whole_file file = {0};
    cyt_strbuf line = {0};
    if (s->n == 0)
        return CYT_OK;
    CYT_TRY(begin_table(d, table, &file, err));
    cyt_strbuf_add(&line, err, "%s,index", first);
    for (size_t c = 0; c < s->columns.n; c++) {
        cyt_strbuf_add(&line, err, ",");
        cyt_csv_text(&line, s->columns.name[c], err);
    }
    put_line(&file, &line, err);
    for (size_t i = 0; i < s->n; i++)
        put_piece(s, &s->piece[i], &file, &line, err);
    code = err->code;
done:
    cyt_strbuf_free(&line);
    return cyt_whole_end(&file, code, err);
}

/* A group of dataframes, one for each contrast. */
static cyt_code write_contrasts(const cyt_report_data *d, const char *group,
                                cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names links = {0};
    stack s = {0};
    char within[CYT_REPORT_PATH];
    snprintf(within, sizeof within, "uns/%s", group);
    CYT_TRY(cyt_view_frames(d->cohort, within, &links, err));
    for (size_t k = 0; k < links.n; k++) {
        char path[CYT_REPORT_PATH + 1024];
        snprintf(path, sizeof path, "%s/%s", within, links.name[k]);
        CYT_TRY(push(&s, d->cohort, path, cyt_view_name(d->cohort, path, err), err));
    }
    CYT_TRY(write_stack(d, group, "contrast", &s, err));
done:
    cyt_names_free(&links);
    free_stack(&s);
    return code;
}

/* --- other dataframes ------------------------------------------------------------- */

/* As part of the name of a file. */
static void name_file(const char *before, const char *link, char *name, size_t size)
{
    snprintf(name, size, "%s%.200s", before, link);
    for (char *c = name; *c; c++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.",
                    *c))
            *c = '_';
}

/* Those of the cohort's uns. */
static cyt_code write_others(const cyt_report_data *d, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names links = {0};
    CYT_TRY(cyt_view_frames(d->cohort, "uns", &links, err));
    for (size_t k = 0; k < links.n; k++) {
        char path[CYT_REPORT_PATH], name[256];
        cyt_view_frame frame;
        snprintf(path, sizeof path, "uns/%s", links.name[k]);
        name_file("", links.name[k], name, sizeof name);
        code = cyt_view_frame_read(d->cohort, path, &frame, err);
        if (code == CYT_OK)
            code = write_frame(d, name, "index", &frame, err);
        cyt_view_frame_free(&frame);
        CYT_TRY(code);
    }
done:
    cyt_names_free(&links);
    return code;
}

/* Tables of slides that the cohort has, or that are as long as pairs of types: these
 * stay in the slides. */
static int stays(const char *link)
{
    static const char *const staying[] = {
        "metrics",      "pairs", "nearest_curves", "enrichment", "margin_profile",
        "margin_zones", NULL};
    size_t i = 0;
    while (staying[i] && strcmp(staying[i], link) != 0)
        i++;
    return staying[i] != NULL;
}

/* The tables of a slide that are to be put together. */
static cyt_code list_of_slide(const cyt_view *view, cyt_names *all, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names links = {0};
    CYT_TRY(cyt_view_frames(view, "uns", &links, err));
    for (size_t k = 0; k < links.n; k++)
        if (!stays(links.name[k]) && cyt_names_find(all, links.name[k]) == CYT_NO_NAME)
            CYT_TRY(cyt_names_add(all, links.name[k], strlen(links.name[k]), err));
done:
    cyt_names_free(&links);
    return code;
}

/* Do with each slide that has a result. */
static cyt_code each_slide(const cyt_report_data *d, const char *frame, cyt_names *all,
                           stack *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < d->n_slides && code == CYT_OK; i++) {
        const char *slide = d->obs.index.name[i];
        char path[CYT_REPORT_PATH], inside[CYT_REPORT_PATH];
        cyt_view *view = NULL;
        snprintf(path, sizeof path, "%s/slides/%s.h5ad", d->out, slide);
        if (!cyt_report_is_ok(d, i) || !cyt_file_is_there(path))
            continue;
        code = cyt_view_open(path, slide, &view, err);
        snprintf(inside, sizeof inside, "uns/%s", frame ? frame : "");
        if (code == CYT_OK && !frame)
            code = list_of_slide(view, all, err);
        else if (code == CYT_OK && cyt_view_has(view, inside))
            code = push(s, view, inside, cyt_strdup(slide, err), err);
        cyt_view_close(&view);
    }
    return code;
}

static cyt_code write_of_slides(const cyt_report_data *d, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names all = {0};
    CYT_TRY(each_slide(d, NULL, &all, NULL, err));
    for (size_t k = 0; k < all.n; k++) {
        char name[256];
        stack s = {0};
        name_file("slides_", all.name[k], name, sizeof name);
        code = each_slide(d, all.name[k], NULL, &s, err);
        if (code == CYT_OK)
            code = write_stack(d, name, "sample", &s, err);
        free_stack(&s);
        CYT_TRY(code);
    }
done:
    cyt_names_free(&all);
    return code;
}

cyt_code cyt_tables_write(const cyt_report_data *d, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(write_frame(d, "slides", "sample", &d->obs, err));
    CYT_TRY(write_frame(d, "metrics", "metric", &d->var, err));
    CYT_TRY(write_values(d, err));
    CYT_TRY(write_contrasts(d, "tests", err));
    CYT_TRY(write_contrasts(d, "curve_tests", err));
    CYT_TRY(write_contrasts(d, "curve_bands", err));
    CYT_TRY(write_curves(d, err));
    CYT_TRY(write_others(d, err));
    CYT_TRY(write_of_slides(d, err));
done:
    return code;
}
