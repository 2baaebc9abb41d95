// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/trap.h"

#include "cytotaxis/mem.h"

#include <stdlib.h>

const char *cyt_trap_reason_text(cyt_trap_reason reason)
{
    static const char *const text[CYT_TRAP_REASONS] = {
        [CYT_TRAP_FINE] = "",
        [CYT_TRAP_FEW_BLOCKS] =
            "fewer than 10 effective blocks: the estimate stands without error",
        [CYT_TRAP_NO_LIGAND] = "the slide has no values of the ligand",
        [CYT_TRAP_NO_SENDERS] = "nothing but the responders themselves secretes here",
        [CYT_TRAP_NO_BACKGROUND] =
            "no type of the background is here that neither responds nor sends",
        [CYT_TRAP_FEW_CELLS] = "fewer than 10 cells for each coefficient",
        [CYT_TRAP_MANY_COLUMNS] = "too many compartments and other covariates",
        [CYT_TRAP_COLLINEAR] = "occupancy follows from the covariates",
        [CYT_TRAP_SEPARATED] = "the covariates tell responders apart without fail",
        [CYT_TRAP_UNSOLVED] = "no largest likelihood was found",
    };
    return text[reason];
}

cyt_code cyt_trap_add(cyt_trap_results *list, const cyt_trap_result *result,
                      cyt_error *err)
{
    const cyt_code code = cyt_grow(&list->item, &list->capacity, list->n + 1,
                                   sizeof *list->item, "trap slopes", err);
    if (code == CYT_OK)
        list->item[list->n++] = *result;
    return code;
}

void cyt_trap_results_free(cyt_trap_results *list)
{
    free(list->item);
    *list = (cyt_trap_results){0};
}
