/**
 * @file fuzz_rows.h
 * @brief What every reader of cells must keep to, whatever the bytes.
 *
 * Either one sentence, or rows whose arrays agree, with unique ids of valid text.
 */
#ifndef CYT_FUZZ_ROWS_H
#define CYT_FUZZ_ROWS_H

#include "fuzz.h"

#include "cytotaxis/reader.h"
#include "cytotaxis/text.h"

#include <math.h>

#include <mpi.h>

static void leave_mpi(void)
{
    MPI_Finalize();
}

static void enter_mpi(void)
{
    int entered;
    MPI_Initialized(&entered);
    if (!entered) {
        MUST(MPI_Init(NULL, NULL) == MPI_SUCCESS);
        atexit(leave_mpi);
    }
}

static void check_failure(cyt_code code, const cyt_error *err)
{
    MUST(code == err->code && code == CYT_ERR_DATA); /* no small file lacks memory */
    check_sentence(err->text);
}

static void check_id(const cyt_rows *r, size_t i)
{
    const size_t n = r->id_start[i + 1] - r->id_start[i];
    const char *id = r->id_text + r->id_start[i];
    MUST(r->id_start[i] < r->id_start[i + 1]);
    MUST(cyt_text_valid(id, n) && !memchr(id, '\0', n));
    if (i > 0) /* neighbours stand for all pairs */
        MUST(n != r->id_start[i] - r->id_start[i - 1] || memcmp(id, id - n, n) != 0);
}

static void check_rows(const cyt_rows *r, int placed)
{
    for (size_t i = 0; i < r->n; i++) {
        MUST(placed ? isfinite(r->x[i]) && isfinite(r->y[i]) : isnan(r->x[i]));
        MUST(r->type[i] == CYT_NO_TYPE || r->type[i] < r->labels.n);
        MUST(r->index[i] == i);
        MUST(r->place[i] > (i ? r->place[i - 1] : 0));
        check_id(r, i);
        for (size_t v = 0; v < r->n_values; v++)
            MUST(!isinf(r->values[v * r->n + i]));
    }
    for (size_t k = 0; k < r->labels.n; k++)
        MUST(cyt_text_valid(r->labels.name[k], strlen(r->labels.name[k])));
}

#endif
