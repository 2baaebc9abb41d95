/**
 * @file synth_parts.h
 * @brief What the files of this floor share: the making of one slide, step by step.
 *
 *     nests ─► myofibroblasts ─► senders ─► theta ─► CD8 T ─► all others ─► files
 */
#ifndef CYT_SYNTH_PARTS_H
#define CYT_SYNTH_PARTS_H

#include "cytotaxis/number.h"
#include "cytotaxis/random.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/synth.h"

#include <stddef.h>
#include <stdint.h>

/* What a random number is for: the `purpose` of its counter. */
enum synth_purpose {
    SYNTH_FOR_NEST,
    SYNTH_FOR_SHUFFLE,
    SYNTH_FOR_PLACE,
    SYNTH_FOR_MOVE,
    SYNTH_FOR_SENDER,
    SYNTH_FOR_LIGAND,
    SYNTH_FOR_RECEPTOR,
    SYNTH_FOR_PATIENT,
    SYNTH_FOR_GENE, /* and those after it, one a gene */
};

/* --- cells ------------------------------------------------------------------------ */

enum synth_type {
    SYNTH_TUMOR,
    SYNTH_MYOFIBROBLAST,
    SYNTH_FIBROBLAST,
    SYNTH_ENDOTHELIAL,
    SYNTH_CD8_T,
    SYNTH_CD4_T,
    SYNTH_B,
    SYNTH_MACROPHAGE,
    SYNTH_N_TYPES,
};
extern const char *const synth_type_names[SYNTH_N_TYPES];

/* Places are whole multiples of 1/64 µm: exact in a double, and short as text. */
#define SYNTH_STEPS_PER_UM 64

typedef struct synth_cells {
    size_t n;
    int32_t *x, *y;     /* [n] 1/64 µm, in file order */
    uint8_t *type;      /* [n] enum synth_type */
    uint32_t *ligand;   /* [n] CXCL12 count, above 0 for senders alone */
    uint32_t *receptor; /* [n] CXCR4 count, above 0 for CD8 T alone */
} synth_cells;

/* --- tissue: nests in stroma ------------------------------------------------------ */

/* Border at radius_um (1 + wave[0] cos 3a + wave[1] sin 3a + wave[2] cos 5a + wave[3]
 * sin 5a) in direction a from the centre. */
typedef struct synth_nest {
    double x_um, y_um, radius_um;
    double wave[4];
    int hot; /* most myofibroblasts near it are senders */
} synth_nest;

typedef struct synth_tissue {
    double side_um;
    double pitch_um; /* between centres of the lattice the nests sit on */
    size_t n_across;
    synth_nest *nest; /* [n_across * n_across] */
} synth_tissue;

CYT_NODISCARD cyt_code synth_tissue_init(synth_tissue *tissue, double side_um,
                                         cyt_random_key key, cyt_error *err);
/* Distance from the border of the nearest nest in units of that border's radius,
 * negative inside; *hot: is that nest hot? */
double synth_tissue_gap(const synth_tissue *tissue, double x_um, double y_um, int *hot);
void synth_tissue_free(synth_tissue *tissue);

/* --- field: sum of point sources -------------------------------------------------- */

typedef struct synth_field synth_field;

/* Sources at x, y [n] µm of strength s [n], in a square [0, side_um]². Owned by the
 * caller; NULL with CYT_ERR_MEMORY in err. */
synth_field *synth_field_create(size_t n, const double *x, const double *y,
                                const double *s, double side_um, double lambda_um,
                                cyt_error *err);
/* c and theta of synth.h. Pure. */
double synth_concentration(const synth_field *field, double x_um, double y_um);
double synth_theta(const synth_field *field, double x_um, double y_um);
double synth_theta_scale(const synth_field *field);
/* K0(r / lambda) as the field sums it, the far part taken off the lattice. Pure. */
double synth_field_kernel(const synth_field *field, double r_um);
void synth_field_destroy(synth_field *field);

/* --- crowd: who is near ----------------------------------------------------------- */

typedef struct synth_crowd {
    int64_t bin; /* side of a bin, 1/64 µm, at least the spacing */
    size_t n_across;
    uint32_t *head; /* [n_across²] first cell of a bin + 1, 0 when empty */
    uint32_t *next; /* [n] the next one + 1 */
} synth_crowd;

CYT_NODISCARD cyt_code synth_crowd_init(synth_crowd *crowd, int64_t side, size_t n,
                                        cyt_error *err);
/* Has no cell put so far its place within the spacing of (x, y)? */
int synth_crowd_free_at(const synth_crowd *crowd, const synth_cells *cells, int64_t x,
                        int64_t y);
void synth_crowd_put(synth_crowd *crowd, const synth_cells *cells, size_t i);
void synth_crowd_free(synth_crowd *crowd);

/* --- slide ------------------------------------------------------------------------ */

/* What truth.csv says of a slide. Plain bytes, all zero where another rank made it. */
typedef struct synth_fact {
    double beta, beta_patient; /* of the slide; its patient's share of it */
    double side_um, theta_scale;
    uint64_t n_senders, ligand_sum;
    uint64_t n_cells[SYNTH_N_TYPES];
} synth_fact;

typedef struct synth_slide {
    const cyt_synth_params *params;
    size_t number; /* in the cohort, from 0 */
    char sample[32];
    cyt_random_key key;
    int64_t side; /* 1/64 µm: cells lie in [0, side) */
    synth_cells cells;
    synth_tissue tissue;
    synth_field *field; /* NULL until the senders are known */
    synth_crowd crowd;
    synth_fact fact;
} synth_slide;

/* Make slide `number` in memory. Released with synth_slide_free(), also after failure.
 */
CYT_NODISCARD cyt_code synth_slide_make(const cyt_synth_params *params, size_t number,
                                        synth_slide *slide, cyt_error *err);
void synth_slide_free(synth_slide *slide);

/* A log-normal count of item i, rounded, at least 1. Pure. */
uint32_t synth_count(cyt_random_key key, uint32_t purpose, size_t i, double median);

/* Find a place for cell i and put it there. */
CYT_NODISCARD cyt_code synth_place(synth_slide *slide, size_t i, cyt_error *err);

/* Side of the square that the parameters ask for. */
double synth_side_um(const cyt_synth_params *params);

/* Names as they stand in the sheets. */
void synth_sample_name(const cyt_synth_params *params, size_t number, char text[32]);
void synth_patient_name(const cyt_synth_params *params, size_t number, char text[32]);
const char *synth_condition(const cyt_synth_params *params, size_t number);

/* --- files ------------------------------------------------------------------------ */

/* A place in µm, no NUL; returns its length, below CYT_NUMBER_SIZE. */
size_t synth_place_text(int32_t place, char *text);

/* Name of cell i, no NUL; returns its length, below CYT_NUMBER_SIZE. */
size_t synth_cell_id(size_t i, char *text);

/* "<out>/<folder><name><ending>", to be released with free(); NULL when err is filled.
 */
char *synth_path(const cyt_synth_params *params, const char *folder, const char *name,
                 const char *ending, cyt_error *err);

/* Write `<out>/<name>`; takes the text. */
CYT_NODISCARD cyt_code synth_save_text(const cyt_synth_params *params, const char *name,
                                       cyt_strbuf *text, cyt_error *err);

/* Make `out` and its folder slides/. */
CYT_NODISCARD cyt_code synth_folders(const cyt_synth_params *params, cyt_error *err);
CYT_NODISCARD cyt_code synth_write_csv(const synth_slide *slide, cyt_error *err);
CYT_NODISCARD cyt_code synth_write_h5ad(const synth_slide *slide, cyt_error *err);
/* config.yaml, truth.csv and the samplesheets. */
CYT_NODISCARD cyt_code synth_write_sheets(const cyt_synth_params *params,
                                          const synth_fact *facts, cyt_error *err);

#endif
