// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/labels.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

/* This rank's labels that some row carries, each ended by NUL. */
static cyt_code pack_used_labels(const cyt_rows *rows, char **text, size_t *length,
                                 cyt_error *err)
{
    *length = 0;
    char *used = cyt_calloc(rows->labels.n, 1, "labels in use", err);
    if (!used)
        return err->code;
    for (size_t i = 0; i < rows->n; i++)
        if (rows->type[i] != CYT_NO_TYPE)
            used[rows->type[i]] = 1;
    for (size_t k = 0; k < rows->labels.n; k++)
        *length += used[k] ? strlen(rows->labels.name[k]) + 1 : 0;
    *text = cyt_alloc(*length, 1, "labels in use", err);
    char *at = *text;
    for (size_t k = 0; *text && k < rows->labels.n; k++)
        if (used[k])
            at = stpcpy(at, rows->labels.name[k]) + 1;
    free(used);
    return err->code;
}

static cyt_code unpack_labels(const char *text, size_t length, cyt_names *types,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t at = 0; at < length; at += strlen(text + at) + 1)
        CYT_TRY(cyt_names_add(types, text + at, strlen(text + at), err));
    cyt_names_sort(types);
    if (types->n >= CYT_NO_TYPE)
        code = CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "%zu cell types, at most %d are possible; is the type column "
                        "right?",
                        types->n, CYT_NO_TYPE - 1);
done:
    return code;
}

cyt_code cyt_labels_agree(MPI_Comm comm, const cyt_rows *rows, cyt_names *all,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *mine = NULL, *texts = NULL;
    size_t length = 0, total = 0;
    CYT_TRY(cyt_agree(comm, pack_used_labels(rows, &mine, &length, err), err));
    CYT_TRY(cyt_allgather_text(comm, mine, length, &texts, &total, err));
    CYT_TRY(cyt_agree(comm, unpack_labels(texts, total, all, err), err));
done:
    free(mine);
    free(texts);
    return code;
}

cyt_code cyt_labels_translate(const cyt_rows *rows, const cyt_names *all,
                              uint16_t *type, cyt_error *err)
{
    if (CYT_FAULT("scatter.types"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    uint16_t *to = cyt_alloc(rows->labels.n, sizeof *to, "type numbers", err);
    if (!to)
        return err->code;
    for (size_t k = 0; k < rows->labels.n; k++)
        to[k] = (uint16_t)cyt_names_search(all, rows->labels.name[k]);
    for (size_t i = 0; i < rows->n; i++)
        type[i] = rows->type[i] == CYT_NO_TYPE ? CYT_NO_TYPE : to[rows->type[i]];
    free(to);
    return CYT_OK;
}
