/**
 * @file trap_stage.h
 * @brief What trap slopes of several signals share: cells by row and compartment,
 * rasters of covariates, fits without theta. They stay as long as the responders do.
 */
#ifndef CYT_SLIDE_TRAP_STAGE_H
#define CYT_SLIDE_TRAP_STAGE_H

#include "slide/trap.h"

#include "cytotaxis/trap_model.h"

struct cyt_trap_stage {
    size_t *row_cell;     /* [own rows + 1] */
    uint64_t *part_cells; /* [CYT_TRAP_PARTS * types.n] on tissue, over all ranks */
    double *log_total;    /* [cells.n]; NULL: not asked for */
    int has_margin;
    cyt_raster_box box;  /* around the tissue */
    cyt_cosine box_plan; /* on it; empty without field_null */
    float *tissue_share; /* [own pixels] of the kernel, on tissue (density.h) */
    /* Of the responders of the signal before this one. */
    char *set;     /* [types.n] 1 = responds */
    char *neither; /* [types.n] 1 = responds, or is of the background */
    int is_made;
    size_t n_planes;
    float *plane[CYT_TRAP_MOST_PLANES]; /* of cells out of set, then as asked for */
    float *cell_plane;                  /* of cells out of neither */
    cyt_glm_fit *base;                  /* [types.n] of pixels */
    size_t *base_number; /* [types.n] which fit of the slide it is; 0: none yet */
    size_t n_bases;      /* fitted so far */
};

/** Have it ready for the responders of a signal. Collective. */
CYT_NODISCARD cyt_code cyt_trap_stage_prepare(MPI_Comm group, cyt_signal_stage *stage,
                                              const cyt_signal_terms *terms,
                                              cyt_error *err);

/** Log density of cells of some types over tissue, a covariate. Collective.
 *  @param tissue_share as the stage has it
 *  @param is_in        [types.n]
 *  @param plane        [own pixels] [out] */
CYT_NODISCARD cyt_code cyt_trap_density_plane(MPI_Comm group,
                                              const cyt_slide_work *work,
                                              const float *tissue_share,
                                              const uint8_t *is_in, float *plane,
                                              cyt_error *err);

#endif
