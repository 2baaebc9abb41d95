/**
 * @file synth.h
 * @brief Cohorts whose truth is known, in the file formats the program reads.
 *
 * A slide is a square of tissue with wavy tumour nests in stroma. Myofibroblasts line
 * the nests; near some nests most of them secrete CXCL12. These senders are point
 * sources of a signal in the open plane, with D = 1:
 *
 *     c(x)     = sum_i S_i K0(max(|x - x_i|, r_min) / lambda) / (2 pi)
 *     theta(x) = min(1, theta_scale c(x))       theta_scale = 1 / max_i c(x_i)
 *
 * S_i being the CXCL12 count of sender i, and K0 the steady state of diffusion with
 * decay from a point. "CD8 T" cells are drawn with density proportional to exp(beta
 * theta(x)), the law that the trap analysis assumes (no net flux); the other immune
 * cells are drawn with beta = 0. beta differs between two conditions, and a little
 * between patients.
 *
 * The field is a sum of closed forms, not what the program's own solver would give, so
 * an analysis that recovers beta has not merely undone itself. The price: the sum knows
 * no tissue edge, while the program's default lets no signal out, so the two fields
 * part within about lambda of the edge.
 *
 * No two cells are nearer than CYT_SYNTH_SPACING_UM. A cell drawn into that reach of
 * another is moved to a free place nearby instead of being drawn anew, since a new draw
 * would thin the crowded parts and bend the law.
 *
 * Files under `out`, the sheets last, so that a folder with a samplesheet is whole:
 *
 *     slides/<sample>.csv      cell_id, x, y (µm), cell_type, CXCL12, CXCR4 (counts)
 *     slides/<sample>.h5ad     the same cells in the same order, with more genes
 *     config.yaml              asks for the planted signal
 *     truth.csv                what was planted, one row a slide
 *     samplesheet.csv          and samplesheet_h5ad.csv: the same samples and order
 *
 * Everything is a function of the parameters alone: any number of ranks gives the same
 * bytes. K0: Abramowitz and Stegun 1964, section 9.6, by the GNU Scientific Library.
 * The picture claims nothing about real tissue.
 */
#ifndef CYT_SYNTH_H
#define CYT_SYNTH_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** No two cells are nearer to each other, and a source is flat within it (r_min). A
 *  property of the picture. */
#define CYT_SYNTH_SPACING_UM 5.0

/** Fewest cells a slide may have: each of the eight types occurs then. */
#define CYT_SYNTH_MIN_CELLS 100

typedef struct cyt_synth_params {
    const char *out;   /**< folder: new, or empty */
    size_t n_slides;   /**< at least 1 */
    size_t n_patients; /**< 1 … n_slides; slide s is of patient s mod n_patients */
    uint64_t cells_per_slide; /**< at least CYT_SYNTH_MIN_CELLS, below 2^31 */
    uint64_t seed;
    double side_um;            /**< of the square; 0: from cells_per_mm2 */
    double cells_per_mm2;      /**< used when side_um is 0 */
    double lambda_um;          /**< range of the signal */
    double beta[2];            /**< slope of log density on theta, by condition */
    double patient_sd;         /**< standard deviation of a patient's beta around it */
    const char *condition[2];  /**< patients take them in turn; letters, digits, ._- */
    int write_csv, write_h5ad; /**< at least one */
} cyt_synth_params;

/**
 * The defaults. lambda is 250 µm, over which chemokines are held to act (Francis and
 * Palsson 1997, doi:10.1073/pnas.94.23.12258). The slopes are 0, no trap, and 2, a mild
 * one: the density where theta = 1 is e² times that where theta = 0. The others are
 * plain properties of the picture: 16 slides of 8 patients with 5000 cells, 2500 cells
 * per mm² (one in a square of 20 µm), and a standard deviation of 0.2 between patients.
 * `out` is NULL; both formats.
 */
void cyt_synth_init(cyt_synth_params *params);

/**
 * Make a cohort. Collective over @p world; all ranks pass the same @p params.
 *
 * Slide s is made by rank s mod size, in memory: about 80 bytes a cell (30 without
 * h5ad) and 8 bytes for each (lambda / 12)² of tissue. After a failure the folder is
 * left without samplesheet.
 *
 * @return CYT_OK; CYT_ERR_USAGE (params, also too many cells for the side);
 *         CYT_ERR_CREATE (folder or file cannot be made, or folder not empty);
 *         CYT_ERR_IO (a write failed); CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_synth(MPI_Comm world, const cyt_synth_params *params,
                                 cyt_error *err);

#endif
