// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/synth.h"

#include "synth_parts.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void cyt_synth_init(cyt_synth_params *params)
{
    *params = (cyt_synth_params){
        .n_slides = 16,
        .n_patients = 8,
        .cells_per_slide = 5000,
        .seed = 1,
        .cells_per_mm2 = 2500,
        .lambda_um = 250,
        .beta = {0, 2},
        .patient_sd = 0.2,
        .condition = {"responder", "non-responder"},
        .write_csv = 1,
        .write_h5ad = 1,
    };
}

/* --- what was asked for ----------------------------------------------------------- */

static int is_word(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._-";
    return text && text[0] && text[strspn(text, letters)] == '\0';
}

static cyt_code check_numbers(const cyt_synth_params *p, cyt_error *err)
{
    /* The lattice and the split of the field suppose a range of several spacings. */
    const double least_um = 4 * CYT_SYNTH_SPACING_UM;
    if (!(p->lambda_um >= least_um && isfinite(p->lambda_um)))
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "lambda is %g um; give at least %g um", p->lambda_um, least_um);
    if (!(isfinite(p->beta[0]) && isfinite(p->beta[1])))
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "beta is %g and %g; give two numbers",
                        p->beta[0], p->beta[1]);
    if (!(p->patient_sd >= 0 && isfinite(p->patient_sd)))
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "the patients' standard deviation is %g; give 0 or more",
                        p->patient_sd);
    if (!(p->side_um >= 0) || (p->side_um == 0 && !(p->cells_per_mm2 > 0)))
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "side is %g um and density %g cells per mm2; give one above 0",
                        p->side_um, p->cells_per_mm2);
    return CYT_OK;
}

/* Places are 32-bit multiples of 1/64 µm, and the smallest square holds one step. */
static cyt_code check_side(const cyt_synth_params *p, cyt_error *err)
{
    const double steps = synth_side_um(p) * SYNTH_STEPS_PER_UM;
    if (steps >= 1 && steps <= INT32_MAX)
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "side is %g um; give %g to %g um",
                    synth_side_um(p), 1.0 / SYNTH_STEPS_PER_UM,
                    (double)(INT32_MAX / SYNTH_STEPS_PER_UM));
}

static cyt_code check_params(const cyt_synth_params *p, cyt_error *err)
{
    if (!p->out || !p->out[0])
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "no output folder; name one");
    if (p->n_slides < 1 || p->n_patients < 1 || p->n_patients > p->n_slides)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "%zu slides of %zu patients; give at least one slide a patient",
                        p->n_slides, p->n_patients);
    if (p->cells_per_slide < CYT_SYNTH_MIN_CELLS || p->cells_per_slide > INT32_MAX)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "%llu cells a slide; give %d to %d",
                        (unsigned long long)p->cells_per_slide, CYT_SYNTH_MIN_CELLS,
                        INT32_MAX);
    if (!is_word(p->condition[0]) || !is_word(p->condition[1]) ||
        strcmp(p->condition[0], p->condition[1]) == 0)
        return CYT_FAIL(
            err, CYT_ERR_USAGE, NULL,
            "conditions need two different names of letters, digits, . _ -");
    if (!p->write_csv && !p->write_h5ad)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "no format to write; ask for one");
    if (check_numbers(p, err) != CYT_OK)
        return err->code;
    return check_side(p, err);
}

/* --- slides ----------------------------------------------------------------------- */

static cyt_code make_slide(const cyt_synth_params *p, size_t number, synth_fact *fact,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    synth_slide slide;
    CYT_TRY(synth_slide_make(p, number, &slide, err));
    if (p->write_csv)
        CYT_TRY(synth_write_csv(&slide, err));
    if (p->write_h5ad)
        CYT_TRY(synth_write_h5ad(&slide, err));
    *fact = slide.fact;
done:
    synth_slide_free(&slide);
    return code;
}

/* Local: this rank's slides. */
static cyt_code make_slides(size_t rank, size_t size, const cyt_synth_params *p,
                            synth_fact *facts, cyt_error *err)
{
    if (!facts)
        return err->code;
    for (size_t s = rank; s < p->n_slides; s += size)
        if (make_slide(p, s, &facts[s], err) != CYT_OK)
            return err->code;
    return CYT_OK;
}

/* Facts are zero bytes but on the rank that made the slide, so "or" brings them
 * together. */
static cyt_code share_facts(MPI_Comm world, size_t n, synth_fact *facts, cyt_error *err)
{
    const int n_bytes = cyt_mpi_count(n * sizeof *facts, err);
    const cyt_code code = cyt_agree(world, err->code, err);
    if (code == CYT_OK)
        MPI_Allreduce(MPI_IN_PLACE, facts, n_bytes, MPI_BYTE, MPI_BOR, world);
    return code;
}

cyt_code cyt_synth(MPI_Comm world, const cyt_synth_params *params, cyt_error *err)
{
    const int rank = cyt_comm_rank(world), size = cyt_comm_size(world);
    cyt_code code = CYT_OK;
    synth_fact *facts = NULL;

    CYT_TRY(cyt_agree(world, check_params(params, err), err));
    CYT_TRY(cyt_agree(world, rank == 0 ? synth_folders(params, err) : CYT_OK, err));
    facts = cyt_calloc(params->n_slides, sizeof *facts, "truth of the slides", err);
    code = make_slides((size_t)rank, (size_t)size, params, facts, err);
    CYT_TRY(cyt_agree(world, code, err));
    CYT_TRY(share_facts(world, params->n_slides, facts, err));
    code = rank == 0 ? synth_write_sheets(params, facts, err) : CYT_OK;
    CYT_TRY(cyt_agree(world, code, err));
done:
    free(facts);
    return code;
}
