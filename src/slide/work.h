/**
 * @file work.h
 * @brief What the steps of one slide hand to each other (slide.c tells their order).
 *
 * Every step is collective over the group and returns the same code on each of its
 * ranks.
 */
#ifndef CYT_SLIDE_WORK_H
#define CYT_SLIDE_WORK_H

#include "slide/graph.h"
#include "slide/regions.h"
#include "slide/slide.h"

#include "cytotaxis/compartments.h"
#include "cytotaxis/cosine.h"
#include "cytotaxis/home.h"
#include "cytotaxis/journal.h"
#include "cytotaxis/margin.h"
#include "cytotaxis/metrics.h"
#include "cytotaxis/slide_file.h"
#include "cytotaxis/tissue.h"
#include "cytotaxis/trap.h"

/** What pairs of types have to do with each other; empty when nothing is asked for. */
typedef struct cyt_slide_patterns {
    cyt_type_pair_table pairs, nearest; /**< point into what follows */
    uint64_t *pair_counts, *near_counts;
    double *pair_values, *near_values;
} cyt_slide_patterns;

typedef struct cyt_slide_screen cyt_slide_screen;

/** All that a slide under way owns. */
typedef struct cyt_slide_work {
    const cyt_slide_job *job;
    cyt_slide_report *report;
    double um_per_unit;
    cyt_slide slide;
    cyt_home home;
    char *ids;
    size_t id_width;
    cyt_slide_regions regions;
    cyt_names labels;            /**< of cells, for compartments; sorted */
    uint8_t *label;              /**< [cells.n] index + 1 into labels, 0 = none; NULL */
    double *nearest_um;          /**< [types.n * cells.n] */
    double *cell_signals;        /**< [3 * signals held * cells.n] cost_model.h */
    double *cell_away;           /**< [2 * cells.n] gradient of the margin distance */
    double *view_edge_um;        /**< [cells.n] to the edge of the field of view */
    cyt_receptor **receptors;    /**< [n_signals] receptor laws of each */
    cyt_signal_columns *signals; /**< [n_signals] */
    cyt_metrics metrics;
    cyt_result_tables tables; /**< for uns */
    cyt_cosine plan;
    cyt_tissue tissue;
    cyt_compartments compartments;   /**< empty when none are asked for */
    cyt_margin_bands zones, profile; /**< empty when none are asked for */
    cyt_slide_patterns patterns;
    cyt_slide_neighbours neighbours;
    cyt_slide_screen *screen; /**< screen.h; NULL unless one is under way */
    cyt_trap_results traps;   /**< empty when no trap is asked for */
    cyt_fields fields;
    cyt_journal *journal;   /**< steps.h; on the first rank */
    uint64_t n_steps_there; /**< records that an earlier run left in it */
    char fields_path[4096], cells_path[4096], journal_path[4096];
    double phase_began, phase_cpu_s; /**< when the phase under way began */
    cyt_meter meter;                 /**< of the group, since then */
    cyt_exchange_count so_far;       /**< before: for the trace */
} cyt_slide_work;

/** Own pixels. */
static inline size_t cyt_slide_n_pixels(const cyt_slide_work *work)
{
    return cyt_slide_n_rows(&work->slide) * work->slide.grid.n_cols;
}

/** The table of that name, made when it is not there. NULL: no memory. */
cyt_result_table *cyt_slide_table(cyt_slide_work *work, const char *name,
                                  cyt_error *err);

/** A run may stop here, as any error may be returned here: stop.h. Collective.
 *  @return CYT_OK or a CYT_STOP code */
CYT_NODISCARD cyt_code cyt_slide_safe_point(MPI_Comm group, const cyt_slide_work *work,
                                            cyt_error *err);

/** Begin to count what the slide costs. Not collective. */
void cyt_slide_cost_begin(MPI_Comm group, cyt_slide_work *work);
/** Note what the phase cost that ends here. Not collective. */
void cyt_slide_end_phase(cyt_slide_work *work, cyt_phase phase);
/** The last phase is over. Collective; of a slide that @p is_whole the group's first
 *  rank learns what the others spent. */
void cyt_slide_cost_end(MPI_Comm group, cyt_slide_work *work, int is_whole);

/** Read the slide's files, move its cells to their strips, label their regions. */
CYT_NODISCARD cyt_code cyt_slide_read(MPI_Comm group, cyt_slide_work *work,
                                      cyt_error *err);

/** Distances to the nearest of each type, also as metrics. */
CYT_NODISCARD cyt_code cyt_slide_measure(MPI_Comm group, cyt_slide_work *work,
                                         cyt_error *err);

/** Tissue, compartments, distance to the tumour's border; composition and densities in
 *  zones as metrics; the plan of the filters. */
CYT_NODISCARD cyt_code cyt_slide_tissue(MPI_Comm group, cyt_slide_work *work,
                                        cyt_error *err);

/** What of it goes into the table of cells: members of @p table, and @p parts. */
void cyt_slide_tissue_table(const cyt_slide_work *work, cyt_compartment_table *parts,
                            cyt_cell_table *table);

/** Draw it into the file of rasters. */
CYT_NODISCARD cyt_code cyt_slide_tissue_draw(cyt_slide_work *work, cyt_error *err);

/** Rasters of tissue, distance, density and regions, each written and freed. */
CYT_NODISCARD cyt_code cyt_slide_map(MPI_Comm group, cyt_slide_work *work,
                                     cyt_error *err);

/** Fields of all signals, written and freed one by one; kept at the cells. */
CYT_NODISCARD cyt_code cyt_slide_signal(MPI_Comm group, cyt_slide_work *work,
                                        cyt_error *err);

/** Pairs of cells and what follows from their counts; neighbours of each type. */
CYT_NODISCARD cyt_code cyt_slide_pattern(MPI_Comm group, cyt_slide_work *work,
                                         cyt_error *err);
void cyt_slide_patterns_free(cyt_slide_patterns *patterns);

/** Write what the slide was made from; with it the result is whole. */
CYT_NODISCARD cyt_code cyt_slide_origin(MPI_Comm group, const cyt_slide_work *work,
                                        cyt_error *err);

#endif
