/**
 * @file resume.h
 * @brief Stop and go on: which slides a folder has already, and why a run left it.
 *
 *     out/unfinished.json             while a run is under way; says what stopped it
 *     out/slides/<sample>.origin.json  what the slide's result was made from (origin.h)
 *     out/slides/<sample>.journal      long steps of a slide that has no result yet
 *
 * A slide is kept when its files are as they were written and it would be made from the
 * same input, configuration and program; when one of these is another, or the folder
 * has slides of another samplesheet, the run is refused, as the user may want either.
 * What a dead run left half done goes away and is done again, but for the long steps
 * of a slide that it had finished (slide/steps.h).
 */
#ifndef CYT_RESUME_H
#define CYT_RESUME_H

#include "cohort/outcome.h"

#include "cytotaxis/cohort_run.h"
#include "cytotaxis/names.h"
#include "cytotaxis/origin.h"

typedef struct cyt_resume {
    cyt_names input; /**< [sheet->n] of origins */
    char *config, *program;
    unsigned char *kept; /**< [sheet->n] has a result that stays */
    size_t n_kept;
    int was_stopped; /**< by a signal or its limit, the run before; on rank 0 */
} cyt_resume;

/**
 * Hash all input and, with run->resume, look which slides stay; their outcomes are set.
 * Then remove what is left of others and begin. Collective over @p world.
 * @param ligands, layer  as of cyt_slide_job
 * @return CYT_OK; CYT_ERR_CREATE when the folder is refused, with the difference; then
 *         nothing in it was changed; a CYT_STOP code; CYT_ERR_IO; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_resume_begin(MPI_Comm world, const cyt_run *run,
                                        const cyt_names *ligands, const char *layer,
                                        cyt_resume *resume, cyt_outcomes *outcomes,
                                        cyt_error *err);

/** What slide @p s is made from; borrowed. */
cyt_origin cyt_resume_origin(const cyt_resume *resume, size_t s);

/**
 * The run stops with @p code: note it in the folder. Collective over @p world.
 * @param n_done   slides that this run has finished
 * @param n_steps  long steps of slides that it has put down
 * @return @p code, or CYT_ERR_STUCK when the run before was stopped too and this one
 *         has finished neither a slide nor a step: it would go on like this for ever
 */
CYT_NODISCARD cyt_code cyt_resume_stopped(MPI_Comm world, const cyt_run *run,
                                          const cyt_resume *resume, size_t n_done,
                                          uint64_t n_steps, cyt_code code,
                                          cyt_error *err);

/** The run has come to its end. Serial. */
void cyt_resume_end(const cyt_run *run);

void cyt_resume_free(cyt_resume *resume);

#endif
