// SPDX-License-Identifier: BSD-3-Clause
/* The last file of a slide: what it was made from, and what run.json tells of it. */
#include "slide/work.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

/* A list of "key<TAB>value" as JSON. */
static json_t *pairs(const cyt_names *names)
{
    json_t *object = json_object();
    for (size_t i = 0; i < names->n; i++) {
        const char *tab = strchr(names->name[i], '\t');
        if (tab)
            json_object_setn_new_nocheck(object, names->name[i],
                                         (size_t)(tab - names->name[i]),
                                         json_string(tab + 1));
    }
    return object;
}

char *cyt_slide_record(const cyt_slide_report *report)
{
    json_t *r = json_object();
    json_object_set_new(r, "types", json_integer((json_int_t)report->n_types));
    json_object_set_new(r, "rows", json_integer((json_int_t)report->n_rows));
    json_object_set_new(r, "columns", json_integer((json_int_t)report->n_cols));
    json_object_set_new(r, "digests_xxh3_128", pairs(&report->digests));
    char *text = json_dumps(r, JSON_COMPACT);
    json_decref(r);
    return text;
}

static cyt_code write_origin(const cyt_slide_work *w, cyt_error *err)
{
    char stem[4096], path[4096 + 16];
    cyt_origin_result result = {.n_cells = w->report->n_cells,
                                .record = cyt_slide_record(w->report)};
    if (!result.record)
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "no memory for a slide's record");
    snprintf(stem, sizeof stem, "%s", w->cells_path);
    stem[strlen(stem) - strlen(".h5ad")] = '\0';
    snprintf(path, sizeof path, "%s.origin.json", stem);
    cyt_origin_sizes(stem, result.bytes);
    const cyt_code code = cyt_origin_write(path, w->job->origin, &result, err);
    if (code != CYT_OK)
        remove(w->cells_path); /* without its origin it is not whole */
    cyt_origin_result_free(&result);
    return code;
}

cyt_code cyt_slide_origin(MPI_Comm group, const cyt_slide_work *w, cyt_error *err)
{
    const int first = cyt_comm_rank(group) == 0;
    return cyt_agree(group, first ? write_origin(w, err) : CYT_OK, err);
}
