// SPDX-License-Identifier: BSD-3-Clause
/* A 10x folder of three texts, each plain or packed:
 *
 *     barcodes.tsv                    a cell a line
 *     features.tsv or genes.tsv       id, name[, type] a line
 *     matrix.mtx                      "feature cell count" a line, both counted from 1
 *
 * The matrix may be in any order, so every rank runs through all three and keeps the
 * cells of its own share and the features asked for. Price: the folder is parsed once a
 * rank; the format has no way into its middle. Gives ids and values, no positions.
 *
 * Reference: R. F. Boisvert, R. Pozo, K. Remington, The Matrix Market Exchange Formats:
 * Initial Design, NISTIR 5935 (1996). */
#include "read/folder_files.h"
#include "read/readers.h"
#include "read/rows/matrix_share.h"
#include "read/rows/row_store.h"
#include "read/text/record_feed.h"

#include "cytotaxis/csv_record.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/number.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 18 };

#define NO_FEATURE SIZE_MAX

/* One text of the folder, under way. */
typedef struct text {
    const cyt_source *source;
    char *path, *shown;
    cyt_text_stream *stream;
    cyt_feed feed;
    char separator;
    int has_comments;  /* the matrix has; barcodes and features begin as they like */
    cyt_record record; /* the line at hand */
    uint64_t line;     /* its number; 0 at the end */
} text;

/* What the header of the matrix says, and which part of it this rank wants. */
typedef struct part {
    uint64_t n_features, n_cells, n_entries;
    uint64_t first, end; /* cells */
    size_t *value_of;    /* [n_features] which value a feature is, or NO_FEATURE */
    size_t capacity; /* of it; grows as features are read: a header may say anything */
} part;

/* --- texts ------------------------------------------------------------------------ */

/* The first of the names, plain or packed, that is there. */
static int find_file(const char *folder, const char *const *names, char *file,
                     size_t room)
{
    for (; *names; names++)
        if (cyt_folder_find(folder, *names, file, room) > 0)
            return 1;
    return 0;
}

static const char *const matrix_names[] = {"matrix.mtx", NULL};
static const char *const barcode_names[] = {"barcodes.tsv", NULL};
static const char *const feature_names[] = {"features.tsv", "genes.tsv", NULL};

static cyt_code open_text(const cyt_source *source, const char *const *names,
                          char separator, text *t, cyt_error *err)
{
    char file[512];
    cyt_strbuf path = {0}, shown = {0};
    cyt_code code = CYT_OK;
    *t = (text){.source = source,
                .separator = separator,
                .has_comments = names == matrix_names};
    if (CYT_FAULT("mtx.open"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, source->sample, "fault injected");
    if (!find_file(source->path, names, file, sizeof file))
        return CYT_FAIL(err, CYT_ERR_DATA, source->sample,
                        "%s has no %s (nor .gz or .zst); a 10x folder holds "
                        "matrix.mtx, barcodes.tsv and features.tsv",
                        source->shown_path, names[0]);
    cyt_strbuf_add(&path, err, "%s/%s", source->path, file);
    cyt_strbuf_add(&shown, err, "%s/%s", source->shown_path, file);
    t->path = cyt_strbuf_take(&path, err);
    t->shown = cyt_strbuf_take(&shown, err);
    CYT_TRY(err->code);
    CYT_TRY(cyt_text_open(t->path, t->shown, source->sample, &t->stream, err));
    CYT_TRY(
        cyt_feed_init(&t->feed, t->stream, t->shown, source->sample, BLOCK_BYTES, err));
    t->feed.no_quotes = 1;
done:
    return code;
}

static void close_text(text *t)
{
    cyt_csv_record_free(&t->record);
    cyt_feed_free(&t->feed);
    cyt_text_close(t->stream);
    free(t->path);
    free(t->shown);
}

#define AT_LINE(t) (t)->shown, (unsigned long long)(t)->line

/* Blank lines, and the comments of a matrix but its first line, are passed over. */
static int says_nothing(const text *t, const cyt_span *span)
{
    return cyt_csv_blank(span->text, span->length) ||
           (t->has_comments && span->text[0] == '%' &&
            !(span->length > 1 && span->text[1] == '%'));
}

/* The next line, split; t->line = 0 at the end. */
static cyt_code next_line(text *t, cyt_error *err)
{
    cyt_span span = {0};
    cyt_code code;
    do {
        code = cyt_feed_next(&t->feed, &span, err);
        t->line = span.length > 0 ? span.line : 0;
    } while (code == CYT_OK && t->line && says_nothing(t, &span));
    if (code == CYT_OK && t->line)
        code =
            cyt_csv_split_bare(span.text, span.length, t->separator, &t->record, err);
    return code;
}

/* --- features --------------------------------------------------------------------- */

static int is_name(const cyt_field *f, const char *name)
{
    return strlen(name) == f->length && memcmp(name, f->text, f->length) == 0;
}

/* Note which value the feature at hand is, if any; its id or its name may be asked. */
static cyt_code note_feature(const text *t, uint64_t number, part *p, char *found,
                             cyt_error *err)
{
    const cyt_source *s = t->source;
    const cyt_code code =
        cyt_grow(&p->value_of, &p->capacity, number + 1, sizeof *p->value_of,
                 "the features of a matrix", err);
    if (code != CYT_OK)
        return code;
    p->value_of[number] = NO_FEATURE;
    for (size_t v = 0; v < s->n_values; v++) {
        const size_t named = t->record.n > 1 ? 1 : 0;
        if (!is_name(&t->record.field[0], s->value_names[v]) &&
            !is_name(&t->record.field[named], s->value_names[v]))
            continue;
        if (found[v])
            return CYT_FAIL(
                err, CYT_ERR_DATA, s->sample,
                "%s line %llu: a second feature \"%s\"; ask for it by its id",
                AT_LINE(t), s->value_names[v]);
        found[v] = 1;
        p->value_of[number] = v;
    }
    return CYT_OK;
}

static cyt_code read_features(const cyt_source *source, part *p, char *found,
                              cyt_error *err)
{
    text t = {0};
    cyt_code code;
    uint64_t n = 0;
    CYT_TRY(open_text(source, feature_names, '\t', &t, err));
    for (;; n++) {
        CYT_TRY(next_line(&t, err));
        if (!t.line)
            break;
        if (n < p->n_features)
            CYT_TRY(note_feature(&t, n, p, found, err));
    }
    if (n != p->n_features)
        code = CYT_FAIL(err, CYT_ERR_DATA, source->sample,
                        "%s has %" PRIu64 " features, its matrix %" PRIu64
                        "; are the files of one folder?",
                        t.shown, n, p->n_features);
done:
    close_text(&t);
    return code;
}

/* --- barcodes --------------------------------------------------------------------- */

static cyt_code add_barcode(const text *t, uint64_t number, cyt_row_store *store,
                            cyt_error *err)
{
    const cyt_field *f = &t->record.field[0];
    cyt_rows *rows = store->rows;
    cyt_code code;
    if (f->length == 0 || !cyt_text_valid(f->text, f->length))
        return CYT_FAIL(err, CYT_ERR_DATA, t->source->sample,
                        "%s line %llu: the barcode is empty or not UTF-8 text",
                        AT_LINE(t));
    CYT_TRY(cyt_store_room(store, err));
    CYT_TRY(cyt_store_id(store, f->text, f->length, err));
    for (size_t v = 0; v < rows->n_values; v++)
        *cyt_store_value(store, v) = rows->value_found[v] ? 0 : NAN;
    rows->x[rows->n] = rows->y[rows->n] = NAN;
    rows->type[rows->n] = CYT_NO_TYPE;
    rows->place[rows->n++] = number;
done:
    return code;
}

static cyt_code read_barcodes(const cyt_source *source, const part *p,
                              cyt_row_store *store, cyt_error *err)
{
    text t = {0};
    cyt_code code;
    uint64_t n = 0;
    CYT_TRY(open_text(source, barcode_names, '\t', &t, err));
    for (;; n++) {
        CYT_TRY(next_line(&t, err));
        if (!t.line)
            break;
        if (n >= p->first && n < p->end)
            CYT_TRY(add_barcode(&t, n + 1, store, err));
    }
    if (n != p->n_cells)
        code = CYT_FAIL(err, CYT_ERR_DATA, source->sample,
                        "%s has %" PRIu64 " barcodes, its matrix %" PRIu64
                        " cells; are the files of one folder?",
                        t.shown, n, p->n_cells);
done:
    close_text(&t);
    return code;
}

/* --- matrix ----------------------------------------------------------------------- */

static int whole(const cyt_field *f, uint64_t *n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < f->length; i++) {
        if (f->text[i] < '0' || f->text[i] > '9' || value > UINT64_MAX / 10 - 1)
            return 0;
        value = 10 * value + (uint64_t)(f->text[i] - '0');
    }
    *n = value;
    return f->length > 0;
}

static cyt_code bad_line(const text *t, const char *what, cyt_error *err)
{
    return CYT_FAIL(err, CYT_ERR_DATA, t->source->sample, "%s line %llu: %s",
                    AT_LINE(t), what);
}

/* "%%MatrixMarket matrix coordinate integer|real general", comments, the three sizes.
 */
static cyt_code read_sizes(text *t, part *p, cyt_error *err)
{
    cyt_code code;
    CYT_TRY(next_line(t, err));
    if (!t->line || t->record.n != 5 ||
        !is_name(&t->record.field[0], "%%MatrixMarket") ||
        !is_name(&t->record.field[2], "coordinate") ||
        !is_name(&t->record.field[4], "general") ||
        is_name(&t->record.field[3], "complex") ||
        is_name(&t->record.field[3], "pattern"))
        return CYT_FAIL(err, CYT_ERR_DATA, t->source->sample,
                        "%s is no Matrix Market file of 10x: its first line must be "
                        "\"%%%%MatrixMarket matrix coordinate integer general\" (or "
                        "real)",
                        t->shown);
    CYT_TRY(next_line(t, err));
    if (!t->line)
        return CYT_FAIL(err, CYT_ERR_DATA, t->source->sample,
                        "%s ends before the numbers of features, cells and entries",
                        t->shown);
    if (t->record.n != 3 || !whole(&t->record.field[0], &p->n_features) ||
        !whole(&t->record.field[1], &p->n_cells) ||
        !whole(&t->record.field[2], &p->n_entries))
        return bad_line(t, "not the numbers of features, cells and entries", err);
done:
    return code;
}

static cyt_code add_entry(const text *t, const part *p, cyt_rows *rows, cyt_error *err)
{
    const cyt_field *f = t->record.field;
    uint64_t feature, cell;
    double value;
    if (t->record.n != 3 || !whole(&f[0], &feature) || !whole(&f[1], &cell))
        return bad_line(t, "not \"feature cell count\"", err);
    if (feature - 1 >= p->n_features || cell - 1 >= p->n_cells) /* 0 wraps */
        return bad_line(t, "beyond the numbers of features and cells", err);
    if (cell - 1 < p->first || cell - 1 >= p->end)
        return CYT_OK;
    const size_t v = p->value_of[feature - 1];
    if (v == NO_FEATURE)
        return CYT_OK;
    if (cyt_parse_f64(f[2].text, f[2].length, &value) != CYT_NUMBER_FINITE)
        return bad_line(t, "the count is not a finite number", err);
    double *sum = &rows->values[v * rows->n + (size_t)(cell - 1 - p->first)];
    *sum += value;
    return isfinite(*sum) ? CYT_OK : bad_line(t, "the counts of a cell overflow", err);
}

static cyt_code read_entries(text *t, const part *p, cyt_rows *rows, cyt_error *err)
{
    cyt_code code;
    uint64_t n = 0;
    for (;; n++) {
        CYT_TRY(next_line(t, err));
        if (!t->line)
            break;
        CYT_TRY(add_entry(t, p, rows, err));
    }
    if (n != p->n_entries)
        code = CYT_FAIL(err, CYT_ERR_DATA, t->source->sample,
                        "%s has %" PRIu64 " entries, its header says %" PRIu64
                        "; copy or download it again",
                        t->shown, n, p->n_entries);
done:
    return code;
}

/* --- the reader ------------------------------------------------------------------- */

int cyt_mtx_accepts(const char *path)
{
    char file[512];
    return find_file(path, matrix_names, file, sizeof file) &&
           find_file(path, barcode_names, file, sizeof file);
}

cyt_code cyt_mtx_check(const cyt_source *source, cyt_problems *problems, cyt_error *err)
{
    part p = {0};
    text t = {0};
    cyt_error why = {0};
    char *found = cyt_calloc(source->n_values, 1, "values found", &why);
    cyt_code code = why.code;
    CYT_TRY(code);
    CYT_TRY(open_text(source, matrix_names, ' ', &t, &why));
    CYT_TRY(read_sizes(&t, &p, &why));
    CYT_TRY(read_features(source, &p, found, &why));
done:
    close_text(&t);
    free(p.value_of);
    free(found);
    return cyt_problems_take(problems, source->sample, &why, err);
}

static cyt_code read_share(const cyt_source *source, uint64_t rank, uint64_t size,
                           cyt_rows *rows, uint64_t *first, cyt_error *err)
{
    part p = {0};
    text t = {0};
    cyt_row_store store = {0};
    cyt_code code;
    CYT_TRY(cyt_store_init(&store, rows, source->n_values, err));
    CYT_TRY(open_text(source, matrix_names, ' ', &t, err));
    CYT_TRY(read_sizes(&t, &p, err));
    p.first = p.n_cells / size * rank + p.n_cells % size * rank / size;
    p.end = p.n_cells / size * (rank + 1) + p.n_cells % size * (rank + 1) / size;
    *first = p.first;
    CYT_TRY(read_features(source, &p, rows->value_found, err));
    CYT_TRY(read_barcodes(source, &p, &store, err));
    cyt_store_end(&store);
    CYT_TRY(read_entries(&t, &p, rows, err));
done:
    close_text(&t);
    cyt_store_free(&store);
    free(p.value_of);
    return code;
}

cyt_code cyt_mtx_read(MPI_Comm comm, const cyt_source *source, cyt_rows *rows,
                      cyt_error *err)
{
    return cyt_matrix_read(comm, source, read_share, "barcode", rows, err);
}
