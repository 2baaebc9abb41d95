// SPDX-License-Identifier: BSD-3-Clause
/* What was found, in lines of two columns. Every list is cut, so that the whole stays
 * on a screen. */
#include "inspect/inspect_slide.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/text.h"
#include "cytotaxis/unit_gate.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 14, WIDTH = 88, MOST_LINES = 4, MOST_TYPES = 12, MOST_CANDIDATES = 6 };

/* "  label       text", to be followed by the rest of the line. */
static void start(cyt_strbuf *text, const char *label, cyt_error *err)
{
    cyt_strbuf_add(text, err, "  %-*s", INDENT - 2, label);
}

/* --- words in lines --------------------------------------------------------------- */

typedef struct line {
    cyt_strbuf *text;
    cyt_error *err;
    size_t column, n_lines;
} line;

static line line_begin(cyt_strbuf *text, const char *label, cyt_error *err)
{
    start(text, label, err);
    return (line){text, err, INDENT, 1};
}

/* Characters of UTF-8. */
static size_t width(const char *word)
{
    size_t n = 0;
    for (; *word; word++)
        n += ((unsigned char)*word & 0xC0) != 0x80;
    return n;
}

/* The word, on a new line if this one is full. */
static void put(line *l, const char *word, const char *behind)
{
    const size_t n = width(word) + strlen(behind);
    if (l->column > INDENT && l->column + 1 + n > WIDTH) {
        cyt_strbuf_add(l->text, l->err, "\n%*s", INDENT, "");
        l->column = INDENT;
        l->n_lines++;
    }
    const int first = l->column == INDENT;
    cyt_strbuf_add(l->text, l->err, "%s%s%s", first ? "" : " ", word, behind);
    l->column += n + !first;
}

static void line_end(line *l)
{
    cyt_strbuf_add(l->text, l->err, "\n");
}

static void put_list(line *l, const cyt_names *names, size_t most_lines)
{
    char shown[CYT_SHOWN_SIZE], rest[48];
    for (size_t i = 0; i < names->n; i++) {
        const int last = i + 1 == names->n;
        if (!last && l->n_lines >= most_lines && l->column > WIDTH - 36) {
            snprintf(rest, sizeof rest, "and %zu more", names->n - i);
            put(l, rest, "");
            return;
        }
        cyt_text_shown(names->name[i], strlen(names->name[i]), shown);
        put(l, *shown ? shown : "\"\"", last ? "" : ",");
    }
}

static void tell_list(cyt_strbuf *text, const char *label, const cyt_names *names,
                      cyt_error *err)
{
    if (names->n == 0)
        return;
    line l = line_begin(text, label, err);
    put_list(&l, names, MOST_LINES);
    line_end(&l);
}

/* A sentence, broken at its spaces. */
static void tell_sentence(cyt_strbuf *text, const char *label, const char *sentence,
                          cyt_error *err)
{
    line l = line_begin(text, label, err);
    while (*sentence) {
        char word[256];
        const size_t n = strcspn(sentence, " ");
        snprintf(word, sizeof word, "%.*s", (int)n, sentence);
        put(&l, word, "");
        sentence += n + (sentence[n] == ' ');
    }
    line_end(&l);
}

/* --- what it is ------------------------------------------------------------------- */

static const char *title_of(const cyt_inspect_slide *s)
{
    static const char *const titles[][2] = {
        {"csv", "table of cells, delimited text"},
        {"h5ad", "AnnData"},
        {"loom", "loom"},
        {"polygons", "outlines of cells, GeoJSON"},
        {"mtx", "10x folder of Matrix Market text: values only"},
        {"10x", "10x feature-barcode matrix in HDF5: values only"},
    };
    for (size_t i = 0; !s->recipe && i < sizeof titles / sizeof *titles; i++)
        if (strcmp(titles[i][0], s->reader->name) == 0)
            return titles[i][1];
    return s->recipe ? s->recipe->help : "";
}

static void tell_format(const cyt_inspect_slide *s, cyt_strbuf *text, cyt_error *err)
{
    char version[128];
    cyt_inspect_version(s, version, sizeof version);
    cyt_strbuf_add(text, err, "%s: %s\n", s->path, title_of(s));
    start(text, "format", err);
    cyt_strbuf_add(text, err, "%s%s%s%s%s\n",
                   s->recipe ? s->recipe->format : s->reader->name,
                   *version ? ", " : "", version, *s->outline.version ? ", " : "",
                   s->outline.version);
}

static void tell_cells(const cyt_inspect_slide *s, cyt_strbuf *text, cyt_error *err)
{
    start(text, "cells", err);
    if (s->is_read)
        cyt_strbuf_add(text, err, "%zu\n", s->rows.n);
    else
        cyt_strbuf_add(text, err, "%s%" PRIu64 "\n",
                       s->outline.n_rows < CYT_OUTLINE_ROWS ? "" : "at least ",
                       s->outline.n_rows);
}

static void tell_features(const cyt_inspect_slide *s, cyt_strbuf *text, cyt_error *err)
{
    const cyt_outline *o = s->values_shown ? &s->values : &s->outline;
    start(text, "features", err);
    if (o->n_features == CYT_OUTLINE_UNKNOWN)
        cyt_strbuf_add(text, err,
                       "no matrix; any column of numbers may be named as a ligand\n");
    else if (s->values_shown)
        cyt_strbuf_add(text, err, "%" PRIu64 ", in %s\n", o->n_features,
                       s->values_shown);
    else
        cyt_strbuf_add(text, err, "%" PRIu64 "\n", o->n_features);
    tell_list(text, "kinds", &o->features, err);
    tell_list(text, "matrices", &s->outline.matrices, err);
}

/* --- types ------------------------------------------------------------------------ */

typedef struct type_count {
    const char *label;
    size_t n;
} type_count;

static int more_first(const void *a, const void *b)
{
    const type_count *s = a, *t = b;
    return s->n != t->n ? (s->n < t->n ? 1 : -1) : strcmp(s->label, t->label);
}

static void tell_counts(const type_count *count, size_t n, size_t n_untyped,
                        cyt_strbuf *text, cyt_error *err)
{
    char shown[CYT_SHOWN_SIZE];
    for (size_t t = 0; t < n && t < MOST_TYPES; t++) {
        cyt_text_shown(count[t].label, strlen(count[t].label), shown);
        cyt_strbuf_add(text, err, "%*s%10zu  %s\n", INDENT, "", count[t].n, shown);
    }
    if (n > MOST_TYPES)
        cyt_strbuf_add(text, err, "%*s%10s  and %zu more\n", INDENT, "", "",
                       n - (size_t)MOST_TYPES);
    if (n_untyped > 0)
        cyt_strbuf_add(text, err, "%*s%10zu  without a type\n", INDENT, "", n_untyped);
}

static void count_types(const cyt_rows *rows, cyt_strbuf *text, cyt_error *err)
{
    type_count *count =
        cyt_calloc(rows->labels.n, sizeof *count, "numbers of types", err);
    size_t n_untyped = 0;
    if (!count)
        return;
    for (size_t t = 0; t < rows->labels.n; t++)
        count[t].label = rows->labels.name[t];
    for (size_t i = 0; i < rows->n; i++)
        if (rows->type[i] == CYT_NO_TYPE)
            n_untyped++;
        else
            count[rows->type[i]].n++;
    qsort(count, rows->labels.n, sizeof *count, more_first);
    tell_counts(count, rows->labels.n, n_untyped, text, err);
    free(count);
}

/* "column (7): a, b, c, ..." for other columns that might be the types. */
static void tell_candidates(const cyt_inspect_slide *s, cyt_strbuf *text,
                            cyt_error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < s->outline.n_few; i++) {
        const cyt_few *few = &s->outline.few[i];
        char head[CYT_SHOWN_SIZE + 32], shown[CYT_SHOWN_SIZE];
        if ((s->type && strcmp(few->column, s->type) == 0) ||
            !cyt_inspect_is_candidate(few))
            continue;
        if (n++ >= MOST_CANDIDATES)
            continue;
        snprintf(head, sizeof head,
                 "%s (%s%zu):", cyt_text_shown(few->column, strlen(few->column), shown),
                 few->in_part ? "at least " : "", few->labels.n);
        line l = line_begin(text, n == 1 ? "few labels" : "", err);
        put(&l, head, "");
        put_list(&l, &few->labels, 1);
        line_end(&l);
    }
    if (n > MOST_CANDIDATES)
        cyt_strbuf_add(text, err, "%*sand %zu more columns\n", INDENT, "",
                       n - (size_t)MOST_CANDIDATES);
}

/* Of a table whose cells were not read, by the labels of the outline, if it has them.
 */
static void tell_number(const cyt_inspect_slide *s, cyt_strbuf *text, cyt_error *err)
{
    const cyt_few *few =
        s->type && !s->is_read ? cyt_outline_few(&s->outline, s->type) : NULL;
    if (s->is_read)
        cyt_strbuf_add(text, err, "%zu", s->rows.labels.n);
    else if (few)
        cyt_strbuf_add(text, err, "%s%zu", few->in_part ? "at least " : "",
                       few->labels.n);
    else
        cyt_strbuf_add(text, err, "not counted");
}

static void tell_types(const cyt_inspect_slide *s, cyt_strbuf *text, cyt_error *err)
{
    char shown[CYT_SHOWN_SIZE];
    if (s->reader->matrix_only)
        return;
    start(text, "types", err);
    if (s->has_types) {
        tell_number(s, text, err);
        cyt_strbuf_add(text, err, "%s%s%s\n",
                       s->type ? ", in " : ", in a file of the folder",
                       s->type ? cyt_text_shown(s->type, strlen(s->type), shown) : "",
                       s->type_is_likely ? " (likely, by its name)" : "");
    } else if (s->row.type_file)
        cyt_strbuf_add(text, err, "none here: a type_file is needed (cell id, type)\n");
    else
        cyt_strbuf_add(text, err,
                       "not known: name one of those below, or a type_file\n");
    if (s->has_types && s->is_read)
        count_types(&s->rows, text, err);
    tell_list(text, "groupings", &s->groupings, err);
    tell_candidates(s, text, err);
}

/* --- unit ------------------------------------------------------------------------- */

/* Of a median spacing the range of um_per_px follows; no value is proposed. */
static void tell_spacing(const cyt_inspect_slide *s, cyt_strbuf *text, cyt_error *err)
{
    char sentence[320];
    const double um = s->parts.um_per_unit;
    if (isnan(s->spacing))
        return;
    if (!isnan(um))
        snprintf(sentence, sizeof sentence,
                 "median distance to the nearest cell: %.4g um", s->spacing * um);
    else if (s->spacing > 0)
        snprintf(sentence, sizeof sentence,
                 "median distance to the nearest cell: %.4g units of the file; "
                 "um_per_px from %.3g to %.3g would make it %g to %g um. A hint, no "
                 "more: the true value is in the records of the microscope",
                 s->spacing, CYT_GATE_LEAST_UM / s->spacing,
                 CYT_GATE_MOST_UM / s->spacing, CYT_GATE_LEAST_UM, CYT_GATE_MOST_UM);
    else
        snprintf(sentence, sizeof sentence,
                 "half of the cells lie on top of another: are these several slides, "
                 "or positions within fields of view?");
    tell_sentence(text, isnan(um) ? "hint" : "spacing", sentence, err);
}

static void tell_unit(const cyt_inspect_slide *s, cyt_strbuf *text, cyt_error *err)
{
    if (s->reader->matrix_only)
        return;
    start(text, "positions", err);
    if (s->has_positions)
        cyt_strbuf_add(text, err, "yes%s\n",
                       s->row.x ? ", likely (by the names of the columns)" : "");
    else
        cyt_strbuf_add(text, err, "not known: name the columns x and y\n");
    start(text, "unit", err);
    if (s->row.um)
        cyt_strbuf_add(text, err, "missing: um_per_px must be given (1: already um)\n");
    else
        cyt_strbuf_add(text, err, "um_per_px %g, defined by the format\n",
                       s->parts.um_per_unit);
    tell_spacing(s, text, err);
}

/* --- warnings --------------------------------------------------------------------- */

static void tell_slides(const cyt_inspect_slide *s, cyt_strbuf *text, cyt_error *err)
{
    char sentence[320], column[CYT_SHOWN_SIZE], label[CYT_SHOWN_SIZE];
    if (!s->slides)
        return;
    const cyt_few *few = cyt_outline_few(&s->outline, s->slides);
    const cyt_names *labels = &few->labels;
    cyt_text_shown(s->slides, strlen(s->slides), column);
    cyt_text_shown(labels->name[0], strlen(labels->name[0]), label);
    snprintf(
        sentence, sizeof sentence,
        "%s has %s%zu labels%s: if they are slides, give each a row with the filter "
        "%s=%s and so on%s",
        column, few->in_part ? "at least " : "", labels->n,
        s->row.filter ? ", and ids repeat between them" : "", column, label,
        isnan(s->spacing) ? "" : " (the distance above is that of this one)");
    tell_sentence(text, "warning", sentence, err);
}

static void tell_warnings(const cyt_inspect_slide *s, cyt_strbuf *text, cyt_error *err)
{
    enum { MOST = 4 };
    tell_slides(s, text, err);
    for (size_t i = 0; i < s->warnings.n; i++)
        tell_sentence(text, "warning", s->warnings.name[i], err);
    for (size_t i = 0; i < s->outline.warnings.n && i < MOST; i++)
        tell_sentence(text, "warning", s->outline.warnings.name[i], err);
    if (s->outline.warnings.n > MOST)
        cyt_strbuf_add(text, err, "%*sand %zu more warnings\n", INDENT, "",
                       s->outline.warnings.n - (size_t)MOST);
}

void cyt_inspect_tell(const cyt_inspect_slide *s, cyt_strbuf *text, cyt_error *err)
{
    tell_format(s, text, err);
    tell_cells(s, text, err);
    tell_features(s, text, err);
    tell_list(text, "columns", &s->outline.columns, err);
    tell_list(text, "obsm", &s->outline.obsm, err);
    tell_types(s, text, err);
    tell_unit(s, text, err);
    tell_warnings(s, text, err);
}
