// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/trap_model.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/p_value.h"
#include "cytotaxis/sandwich.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fewer effective blocks do not tell an error: the rule of this analysis. */
static const double LEAST_BLOCKS = 10;

cyt_trap_slope cyt_trap_no_slope(cyt_trap_reason why)
{
    return (cyt_trap_slope){.why = why,
                            .beta = NAN,
                            .variance = NAN,
                            .df = NAN,
                            .p = NAN,
                            .naive_variance = NAN,
                            .log_likelihood = NAN,
                            .base_log_likelihood = NAN,
                            .inflation = NAN,
                            .n_effective = NAN};
}

static cyt_trap_reason reason_of(cyt_glm_end end)
{
    return end == CYT_GLM_SOLVED      ? CYT_TRAP_FINE
           : end == CYT_GLM_SEPARATED ? CYT_TRAP_SEPARATED
                                      : CYT_TRAP_UNSOLVED;
}

cyt_code cyt_trap_base(MPI_Comm comm, const cyt_trap_model *design, cyt_glm_fit *base,
                       cyt_error *err)
{
    cyt_trap_model without = *design;
    without.c = NULL;
    const cyt_glm_data data = cyt_trap_data(&without);
    *base = (cyt_glm_fit){0};
    memset(base->is_kept, 1, sizeof base->is_kept);
    return cyt_glm_solve(comm, &data, base, err);
}

/* What the blocks say of the slope, the last coefficient. */
static cyt_code estimate_error(MPI_Comm comm, const cyt_glm_data *data,
                               const cyt_glm_fit *fit, cyt_trap_slope *out,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_sums = CYT_GLM_SUMS(data->n_coefs);
    cyt_sandwich s = {0};
    double *sums = cyt_alloc(data->n_blocks * n_sums, sizeof *sums, "blocks", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_glm_sum(comm, data, fit->beta, 1, sums, err));
    const cyt_sandwich_sums model = {data->n_coefs, data->n_blocks, sums, fit->is_kept};
    CYT_TRY(cyt_agree(comm, cyt_sandwich_of(&model, data->n_coefs - 1, &s, err), err));
    out->naive_variance = s.naive_variance;
    out->inflation = s.inflation;
    out->n_blocks = s.n_blocks;
    out->n_effective = s.n_effective;
    if (!(s.n_effective >= LEAST_BLOCKS) || !(s.variance > 0) || !(s.df > 0)) {
        out->why = CYT_TRAP_FEW_BLOCKS;
    } else {
        out->variance = s.variance;
        out->df = s.df;
        out->p = cyt_p_of_t(out->beta / sqrt(s.variance), s.df);
    }
done:
    free(sums);
    return code;
}

cyt_code cyt_trap_fit_slope(MPI_Comm comm, const cyt_trap_model *design,
                            const cyt_glm_fit *base, cyt_trap_slope *out,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_glm_data data = cyt_trap_data(design);
    const size_t last = data.n_coefs - 1;
    cyt_glm_fit fit = *base;
    *out = cyt_trap_no_slope(reason_of(base->end));
    if (out->why != CYT_TRAP_FINE)
        return CYT_OK;
    fit.is_kept[last] = 1;
    fit.beta[last] = 0;
    CYT_TRY(cyt_glm_solve(comm, &data, &fit, err));
    out->base_log_likelihood = base->log_likelihood;
    out->why = fit.is_kept[last] ? reason_of(fit.end) : CYT_TRAP_COLLINEAR;
    if (out->why != CYT_TRAP_FINE)
        return CYT_OK;
    out->beta = fit.beta[last];
    out->log_likelihood = fit.log_likelihood;
    CYT_TRY(estimate_error(comm, &data, &fit, out, err));
done:
    return code;
}
