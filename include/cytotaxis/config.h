/**
 * @file config.h
 * @brief What to compute: a YAML or JSON file, checked whole, as one plain struct.
 *
 * The scalar keys are rows of one table (section, key, kind, default, unit, range,
 * sentence). Validation, defaults, the help text, the JSON Schema and the text stored
 * with the results all come from that table, so they cannot drift apart. The structured
 * keys (sets of cell types, signals, contrasts) have rows too and parsers of their own.
 *
 *     file --libfyaml--> tree of nodes, each with line and column
 *                         ^ --set section.key=value replaces nodes
 *                        tree --table--> cyt_config, problems in order of place
 *
 * Nothing is guessed: unknown keys, wrong kinds and values out of range are problems,
 * and all of them are told in one pass. The price is a tree of our own beside the one
 * that libfyaml could build; it buys a place for each fault, several faults per file,
 * and limits (size, depth, names) that hold for any bytes. Aliases and tags are
 * refused.
 */
#ifndef CYT_CONFIG_H
#define CYT_CONFIG_H

#include "cytotaxis/names.h"
#include "cytotaxis/problems.h"
#include "cytotaxis/samplesheet.h"
#include "cytotaxis/status.h"
#include "cytotaxis/stencil.h"

#include <stddef.h>

/** What the stored expression values are. Declared by the user, never guessed. */
typedef enum cyt_expression {
    CYT_EXPRESSION_UNSET, /**< only where rates are constants */
    CYT_EXPRESSION_COUNTS,
    CYT_EXPRESSION_PER_TOTAL,
    CYT_EXPRESSION_LOG1P,
} cyt_expression;

typedef enum cyt_compression {
    CYT_COMPRESS_ZSTD,
    CYT_COMPRESS_DEFLATE,
    CYT_COMPRESS_NONE,
} cyt_compression;

/** Length over which a cell compares occupancies, when nothing else is said: a
 *  round figure, not a measured one. */
#define CYT_CELL_DIAMETER_UM 10.0

/** Numbers by name, in file order. */
typedef struct cyt_amounts {
    cyt_names names;
    double *value; /**< [names.n] */
} cyt_amounts;

/** What turns relative units into absolute ones; all or nothing. */
typedef struct cyt_absolute_units {
    int are_given;
    double rate_per_s;   /**< molecules that one ligand unit secretes in a second */
    double decay_per_s;  /**< k */
    double thickness_um; /**< of the section: spreads amount per area over a volume */
    double kd_nM;        /**< of receptor and ligand */
} cyt_absolute_units;

/** One signal with one range and one kind of edge; several of either in the file give
 *  several of these. */
typedef struct cyt_signal_config {
    char *name;            /**< unique; "<name>@<lambda>um" where ranges were several */
    cyt_names ligand;      /**< genes or columns; empty when rates are constants */
    cyt_names rate_types;  /**< cell types with a constant rate; the senders then */
    double *rates;         /**< [rate_types.n] at least 0, relative */
    cyt_names senders;     /**< cell types, sets expanded */
    cyt_names receptor;    /**< genes or columns, may be empty */
    cyt_names responders;  /**< cell types, sets expanded, may be empty */
    cyt_names decoys;      /**< names of other signals of the same responders */
    double lambda_um;      /**< range of the signal, greater than 0 */
    cyt_amounts diffusion; /**< D of compartments over that of all others, > 0 */
    cyt_amounts uptake; /**< of a cell of a type, over k, µm², >= 0; sets expanded */
    cyt_edge tissue_edge; /**< closed or absorbing */
    cyt_edge view_edge;   /**< of the field of view: closed or open */
    size_t n_per_kd;
    double *per_kd;          /**< [n_per_kd] c/Kd where c is 1; none: low-dose limit */
    double cell_diameter_um; /**< greater than 0 */
    cyt_absolute_units absolute;
    char *layer; /**< where expression is read, NULL = X */
    cyt_expression expression;
} cyt_signal_config;

/** A name for several cell types, usable wherever a type is asked for. */
typedef struct cyt_type_set {
    char *name;
    cyt_names types; /**< at least one, in the order given, none twice */
} cyt_type_set;

/** How patients stand in a contrast. */
typedef enum cyt_design {
    CYT_DESIGN_TWO,         /**< patients of condition a against patients of b */
    CYT_DESIGN_PAIRED,      /**< each patient's a against its own b */
    CYT_DESIGN_INTERACTION, /**< both - first - second + control of each patient */
    CYT_DESIGN_SEVERAL,     /**< patients of more than two conditions */
} cyt_design;

/** Tests of a contrast; each design has its own of them. */
typedef enum cyt_test_kind {
    CYT_TEST_RANKS,       /**< Mann-Whitney, signed ranks, Kruskal-Wallis */
    CYT_TEST_T,           /**< Welch's, or Student's of differences */
    CYT_TEST_PERMUTATION, /**< of labels, or of signs */
    CYT_TEST_MIXED,       /**< slides within patients, adjusted for covariates */
    CYT_TEST_KINDS
} cyt_test_kind;

/** Over which p-values q-values are made, for each test by itself. */
typedef enum cyt_family {
    CYT_FAMILY_CONTRAST, /**< all metrics of the contrast */
    CYT_FAMILY_ANALYSIS, /**< those of one analysis */
} cyt_family;

/** Values of the samplesheet's column `condition` to be compared. */
typedef struct cyt_contrast {
    char *name; /**< "a vs b" unless given; unique */
    cyt_design design;
    cyt_names conditions; /**< a, b; control, first, second, both; or several */
    cyt_names adjust;     /**< covariates of the mixed model; may be empty */
    unsigned tests;       /**< bit 1 << cyt_test_kind; 0: the design's usual one */
    int family;           /**< cyt_family */
    char *place;          /**< where it stands, for messages: "config.yaml:12:3" */
} cyt_contrast;

/** What the bits of cyt_contrast.tests come to. */
unsigned cyt_contrast_tests(const cyt_contrast *contrast);
/** Are differences within patients compared? */
int cyt_contrast_is_paired(const cyt_contrast *contrast);

/** What slides of a patient weigh in the patient's mean. */
typedef enum cyt_slide_weights {
    CYT_WEIGHTS_EQUAL,
    CYT_WEIGHTS_CELLS, /**< as many as the slide has cells */
} cyt_slide_weights;

typedef struct cyt_cohort_config {
    int weights;         /**< cyt_slide_weights */
    double confidence;   /**< of intervals and bands, in (0, 1) */
    double bootstrap;    /**< draws, a whole number; 0: no intervals */
    double permutations; /**< where not all can be looked at; a whole number */
    double seed;         /**< a whole number */
    int survival;        /**< time and event are analysed where the sheet has them */
} cyt_cohort_config;

enum { CYT_MOST_ASCENDING = 64 };

/** Numbers that ascend, each greater than the one before: radii, doses, times. */
typedef struct cyt_ascending {
    size_t n;
    double value[CYT_MOST_ASCENDING];
} cyt_ascending;

/** Which cells are neighbours (graph.h). */
typedef enum cyt_graph_kind {
    CYT_GRAPH_NONE,
    CYT_GRAPH_DELAUNAY,
    CYT_GRAPH_KNN,
    CYT_GRAPH_RADIUS,
} cyt_graph_kind;

/** Where labels and values are dealt anew. */
typedef enum cyt_permute_within {
    CYT_PERMUTE_GLOBAL,
    CYT_PERMUTE_COMPARTMENT
} cyt_permute_within;

/** What is done to the values of genes as they are stored. */
typedef enum cyt_gene_transform {
    CYT_GENES_AS_STORED,
    CYT_GENES_LOG1P
} cyt_gene_transform;

typedef struct cyt_patterns_config {
    cyt_ascending pairs;    /**< µm within which pairs are counted; none: nothing is */
    cyt_ascending nearest;  /**< µm, of G, F and J; none: they are left out */
    cyt_names metric_types; /**< whose pairs are metrics, sets expanded; none: all */
    int graph;              /**< cyt_graph_kind */
    double graph_k;         /**< a whole number, at least 1; NaN unless knn */
    double graph_radius_um; /**< greater than 0; NaN unless radius */
    double longest_um;      /**< of a Delaunay edge; NaN: any */
    double permutations;    /**< of labels and of genes; a whole number, 0: none */
    int permute;            /**< cyt_permute_within */
    double seed;            /**< a whole number: of permutations, and of niches */
    cyt_names genes;        /**< genes or columns whose autocorrelation is measured */
    cyt_names bivariate;    /**< pairs of them, the first and second of each in turn */
    char *gene_layer;       /**< NULL: the layer of the signals, or X */
    int gene_transform;     /**< cyt_gene_transform */
    int weights;            /**< cyt_weights of autocorrelation.h */
    double neighbourhood_um; /**< radius of a cell's window, > 0; NaN: no such */
    double neighbourhood_k;  /**< or its nearest cells; a whole number; NaN: no such */
    double niche_starts;     /**< a whole number, at least 1 */
    cyt_ascending niches;    /**< numbers of niches to choose among; whole */
} cyt_patterns_config;

/** What is asked of trap slopes besides the slopes. */
typedef struct cyt_screen_config {
    double basin_depth;    /**< [0, 1] share of a field's range; NaN: no basins */
    double shifts;         /**< of fields, a whole number; NaN: no screen */
    double seed;           /**< of the shifts, a whole number */
    double receptor_split; /**< quantile in (0, 1); NaN: no split by receptor */
    double contest_folds;  /**< a whole number, at least 2; NaN: no contest */
    cyt_names contest_signals, contest_barriers, contest_entries;
} cyt_screen_config;

/** What counts as tissue. */
typedef enum cyt_tissue_from {
    CYT_TISSUE_BBOX,
    CYT_TISSUE_REACH,
    CYT_TISSUE_REGIONS,
} cyt_tissue_from;

typedef struct cyt_tissue_config {
    int from;              /**< cyt_tissue_from */
    double reach_um;       /**< greater than 0; NaN unless from reach */
    double close_um;       /**< at least 0, like the next */
    double fill_holes_um2; /**< holes smaller than this are filled */
    cyt_names labels;      /**< of regions; empty: all */
} cyt_tissue_config;

/** What divides the tissue. */
typedef enum cyt_compartments_from {
    CYT_COMPARTMENTS_NONE,
    CYT_COMPARTMENTS_LABELS,
    CYT_COMPARTMENTS_REGIONS,
    CYT_COMPARTMENTS_FRACTION,
} cyt_compartments_from;

typedef struct cyt_compartments_config {
    int from;            /**< cyt_compartments_from */
    cyt_names tumour;    /**< from fraction: cell types, sets expanded; else labels */
    cyt_names among;     /**< cell types the fraction is of, sets expanded; none: all */
    double bandwidth_um; /**< greater than 0; NaN unless from fraction */
    double threshold;    /**< (0, 1]; NaN unless from fraction */
    double min_area_um2; /**< at least 0 */
    double margin_um;    /**< width of the margin on each side; NaN: no zones */
    double band_um;      /**< width of a band of the profile, greater than 0 */
    double profile_um;   /**< reach of the profile on each side; NaN: no profile */
} cyt_compartments_config;

enum { CYT_MOST_DENSITIES = 15 };

/** What the trap analysis is asked for (trap.h). */
typedef struct cyt_trap_config {
    double block_lambdas; /**< side of a block over lambda, > 0; NaN: no trap */
    double bandwidth_um;  /**< of the densities that are covariates, > 0 */
    cyt_names background; /**< cell types, sets expanded; empty: no relative slope */
    cyt_ascending margin_knots; /**< µm, may be negative; fewer than two: no spline */
    cyt_names densities;        /**< types or sets whose density is a covariate too, at
                                      most CYT_MOST_DENSITIES */
    cyt_names total_counts;     /**< at most one column: counts of each cell, > 0 */
    double contrast;            /**< of theta, > 0; NaN: that of the cohort */
    int field_null; /**< test slopes against fields of the same spectrum too */
} cyt_trap_config;
/** What a receptor holds back of another's drift (block). */
typedef struct cyt_crosstalk {
    char *blocked, *released; /**< names of signals */
    double fraction;          /**< of the released signal's drift that is added at full
                                   block, (0, 1] */
    char *citation;           /**< where that is known from */
} cyt_crosstalk;

/** Choices of block.law. */
enum { CYT_LAW_UNSET, CYT_LAW_COMPETITIVE, CYT_LAW_NON_COMPETITIVE };

/** Choices of block.course_from. */
enum { CYT_COURSE_UNSET, CYT_COURSE_CELLS, CYT_COURSE_DENSITY };

/** What blocking a receptor is to be predicted for; nothing without doses. */
typedef struct cyt_block_config {
    cyt_ascending doses; /**< A/Ki, or A/IC50, at least 0 */
    int law;             /**< CYT_LAW_... */
    int relative_slope;  /**< the slope relative to the background is taken */
    cyt_names signals;   /**< whose receptor is blocked; none: each in turn */
    double draws;        /**< of the slope, a whole number, like the next */
    double seed;
    double contact_um;          /**< radius, > 0; NaN: no contacts */
    cyt_names contact_types;    /**< cells that are to be reached, sets expanded */
    double smooth_um;           /**< of the responders' density, > 0; or NaN */
    double motility;            /**< µm²/min, > 0; NaN: no course, like the next */
    double step_min;            /**< > 0 */
    cyt_ascending times_h;      /**< multiples of step_min; none: no course */
    cyt_ascending course_doses; /**< may be empty: dose 0 alone */
    int course_from;            /**< CYT_COURSE_... */
    int maps;
    size_t n_crosstalk;
    cyt_crosstalk *crosstalk;
} cyt_block_config;

typedef struct cyt_config {
    double grid_spacing_um; /**< (0, 1000] */
    double grid_padding_um; /**< empty border around the bounding box, at least 0 */
    int unit_gate;          /**< refuse slides of implausible cell distances */
    int field_gate;         /**< refuse slides whose fields of view lie on each other */
    double density_bandwidth_um; /**< greater than 0; NaN: densities left out */
    cyt_tissue_config tissue;
    cyt_compartments_config compartments;
    size_t n_type_sets;
    cyt_type_set *type_sets; /**< in file order */
    size_t n_signals;
    cyt_signal_config *signals; /**< in file order, ranges in the order given */
    cyt_patterns_config patterns;
    cyt_trap_config trap;
    cyt_block_config block;
    cyt_screen_config screen;
    double solver_tolerance;      /**< relative residual of fields, greater than 0 */
    double solver_max_iterations; /**< a whole number, at least 1 */
    cyt_cohort_config cohort;
    size_t n_contrasts;
    cyt_contrast *contrasts;
    cyt_compression compression; /**< of rasters */
    int write_fields;            /**< rasters are written */
    int write_cell_signals;      /**< what each cell sees of each signal is written */
    char *text; /**< the configuration in effect: canonical YAML, NULL before reading */
} cyt_config;

/** Every key at its default; no sets, signals or contrasts; no text. */
void cyt_config_init(cyt_config *config);

/**
 * Read and check a configuration. Serial.
 *
 * @param path      YAML or JSON file as the user named it; NULL: defaults alone
 * @param sets      [n_sets] "section.key=value" of --set, each overrides the file; the
 *                  value is YAML; the last of the same key wins
 * @param config    [out] need not be initialised; released with cyt_config_free() also
 *                  after problems, when it holds what could be read and no text
 * @param problems  [in,out] one line each, in order of place, file before --set
 * @return CYT_OK, also when problems were added; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_config_read(const char *path, size_t n_sets,
                                       const char *const *sets, cyt_config *config,
                                       cyt_problems *problems, cyt_error *err);

/** Add what is wrong between the two: contrasts of conditions that no sample has, of
 *  covariates that the sheet lacks, patients of more than one time or event.
 *  @return CYT_OK, also when problems were added; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_config_check_against(const cyt_config *config,
                                                const cyt_samplesheet *sheet,
                                                cyt_problems *problems, cyt_error *err);

void cyt_config_free(cyt_config *config);

/** Is the signal @p signal the one that is written @p name, or one of several that it
 *  became for its ranges and edges: "name@120um", "name@120um@open"? */
int cyt_signal_is_called(const char *signal, const char *name);

/** The types of the set of that name; NULL when there is no such set. */
const cyt_names *cyt_types_of_set(const cyt_config *config, const char *name);

/** All keys with kind, range, default and sentence; free(); NULL: CYT_ERR_MEMORY. */
char *cyt_config_help(cyt_error *err);

/** JSON Schema (draft 2020-12) of the file; free(); NULL: CYT_ERR_MEMORY. */
char *cyt_config_schema(cyt_error *err);

#endif
