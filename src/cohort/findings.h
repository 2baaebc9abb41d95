/** @file findings.h  What a run found, in a few lines for people. */
#ifndef CYT_FINDINGS_H
#define CYT_FINDINGS_H

#include "cohort/cohort_file.h"

/** Collective over @p world. @p text [out] on rank 0, free(); NULL on others. */
CYT_NODISCARD cyt_code cyt_findings(MPI_Comm world, const cyt_run *run,
                                    const cyt_outcomes *outcomes,
                                    const cyt_cohort_table *table,
                                    const cyt_cohort_findings *made, char **text,
                                    cyt_error *err);

#endif
