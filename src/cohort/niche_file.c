// SPDX-License-Identifier: BSD-3-Clause
/* niches.h5ad: obs are the cells of all slides, named `<sample>:<id>`, in the order of
 * the samplesheet and of each slide's input, so that those of a slide stand in one
 * piece and as in slides/<sample>.h5ad. */
#include "cohort/niche_rows.h"

#include "cytotaxis/anndata.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/results.h"
#include "cytotaxis/store.h"
#include "cytotaxis/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char what[] = "niches of cells";
static const char file_name[] = "niches.h5ad";

/* --- names of cells --------------------------------------------------------------- */

/* Ids of this rank's part of one slide. */
typedef struct ids {
    size_t *start;
    char *text;
} ids;

static void free_ids(ids *list, size_t n)
{
    for (size_t s = 0; list && s < n; s++) {
        free(list[s].start);
        free(list[s].text);
    }
    free(list);
}

static cyt_code read_ids(const cyt_run *run, const cyt_cohort_rows *r, ids **out,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    *out = cyt_calloc(r->n_slides, sizeof **out, what, err);
    for (size_t s = 0; err->code == CYT_OK && s < r->n_slides; s++) {
        char path[4096];
        const cyt_cohort_part part = cyt_cohort_part_of(r, s);
        if (part.n == 0)
            continue;
        snprintf(path, sizeof path, "%s/slides/%s.h5ad", run->out,
                 run->sheet->samples[s].name);
        code = cyt_results_ids(path, part.first, part.n, &(*out)[s].start,
                               &(*out)[s].text, err);
        if (code != CYT_OK)
            return code;
    }
    return err->code;
}

static size_t widest(const cyt_run *run, const cyt_cohort_rows *r, const ids *list)
{
    size_t most = 1;
    for (size_t s = 0; s < r->n_slides; s++) {
        const size_t n = cyt_cohort_part_of(r, s).n;
        const size_t prefix = strlen(run->sheet->samples[s].name) + 1;
        for (size_t i = 0; i < n; i++) {
            const size_t width = prefix + list[s].start[i + 1] - list[s].start[i];
            most = width > most ? width : most;
        }
    }
    return most;
}

static void fill_names(const cyt_run *run, const cyt_cohort_rows *r, const ids *list,
                       size_t width, char *names)
{
    for (size_t s = 0; s < r->n_slides; s++) {
        const cyt_cohort_part part = cyt_cohort_part_of(r, s);
        const char *sample = run->sheet->samples[s].name;
        const size_t length = strlen(sample);
        for (size_t i = 0; i < part.n; i++) {
            char *to = names + (part.at + i) * width;
            const size_t from = list[s].start[i];
            memcpy(to, sample, length);
            to[length] = ':';
            memcpy(to + length + 1, list[s].text + from, list[s].start[i + 1] - from);
        }
    }
}

/* [n * width], NUL-padded. Collective. */
static cyt_code name_cells(MPI_Comm world, const cyt_run *run, const cyt_cohort_rows *r,
                           size_t *width, char **names, cyt_error *err)
{
    cyt_code code = CYT_OK;
    ids *list = NULL;
    CYT_TRY(cyt_agree(world, read_ids(run, r, &list, err), err));
    *width = (size_t)cyt_max_u64(world, widest(run, r, list));
    *names = cyt_calloc(r->n, *width, what, err);
    CYT_TRY(cyt_agree(world, err->code, err));
    fill_names(run, r, list, *width, *names);
done:
    free_ids(list, r->n_slides);
    return code;
}

/* --- the file --------------------------------------------------------------------- */

static cyt_code list_samples(const cyt_run *run, cyt_names *samples, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t s = 0; s < run->sheet->n && code == CYT_OK; s++)
        code = cyt_names_add(samples, run->sheet->samples[s].name,
                             strlen(run->sheet->samples[s].name), err);
    return code;
}

static cyt_code write_obs(MPI_Comm world, const cyt_run *run, const cyt_cohort_rows *r,
                          const cyt_names *niches, cyt_store *store, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_frame frame = {0};
    cyt_names samples = {0};
    char *names = NULL;
    size_t width = 1;
    int32_t *codes = cyt_alloc(r->n, sizeof *codes, what, err);
    code = codes ? list_samples(run, &samples, err) : err->code;
    CYT_TRY(cyt_agree(world, code, err));
    CYT_TRY(name_cells(world, run, r, &width, &names, err));
    CYT_TRY(cyt_frame_begin(store, "/obs", r->slide[r->n_slides], r->first, r->n,
                            &frame, err));
    CYT_TRY(cyt_frame_index(&frame, width, names, err));
    for (size_t s = 0; s < r->n_slides; s++) {
        const cyt_cohort_part part = cyt_cohort_part_of(r, s);
        for (size_t i = 0; i < part.n; i++)
            codes[part.at + i] = (int32_t)s;
    }
    CYT_TRY(cyt_frame_categories(&frame, "sample", &samples, 0, codes, err));
    for (size_t i = 0; i < r->n; i++)
        codes[i] = r->niche[i] == CYT_NO_NICHE ? -1 : (int32_t)r->niche[i];
    CYT_TRY(cyt_frame_categories(&frame, "niche", niches, 0, codes, err));
done:
    code = cyt_frame_leave(&frame, code, err);
    cyt_names_free(&samples);
    free(names);
    free(codes);
    return code;
}

/* On rank 0, where the digests are. */
static cyt_code prefix_digests(const cyt_names *own, cyt_names *digests, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < own->n && code == CYT_OK; k++) {
        cyt_strbuf line = {0};
        cyt_strbuf_add(&line, err, "%s%s", file_name, own->name[k]);
        code = err->code;
        if (code == CYT_OK)
            code = cyt_names_add(digests, line.text, strlen(line.text), err);
        cyt_strbuf_free(&line);
    }
    return code;
}

cyt_code cyt_cohort_rows_write(MPI_Comm world, const cyt_run *run,
                               const cyt_cohort_rows *rows, const cyt_names *names,
                               cyt_names *digests, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_store *store = NULL;
    cyt_names own = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", run->out, file_name);
    CYT_TRY(cyt_store_create(world, path, &store, err));
    CYT_TRY(cyt_anndata_begin(store, err));
    CYT_TRY(write_obs(world, run, rows, names, store, err));
    CYT_TRY(cyt_store_take_digests(store, &own, err));
    CYT_TRY(cyt_agree(world, prefix_digests(&own, digests, err), err));
done:
    if (store) {
        const cyt_code closed = cyt_store_close(&store, code == CYT_OK, err);
        code = code == CYT_OK ? closed : code;
    }
    cyt_names_free(&own);
    return code;
}
