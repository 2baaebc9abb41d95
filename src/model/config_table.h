/**
 * @file config_table.h
 * @brief The keys of the configuration: one row each, and readers for their values.
 */
#ifndef CYT_CONFIG_TABLE_H
#define CYT_CONFIG_TABLE_H

#include "config_tree.h"
#include "cytotaxis/config.h"
#include "cytotaxis/number.h"
#include "cytotaxis/strbuf.h"

typedef enum cyt_option_kind {
    CYT_OPTION_NUMBER,
    CYT_OPTION_FLAG,
    CYT_OPTION_CHOICE,
    CYT_OPTION_TYPES, /* the structured ones from here on */
    CYT_OPTION_SIGNALS,
    CYT_OPTION_CONTRASTS,
    CYT_OPTION_CROSSTALK,
    /* keys inside a signal or a contrast; names in sections too */
    CYT_OPTION_NAME,
    CYT_OPTION_NAMES,
    CYT_OPTION_LIGAND,
    CYT_OPTION_EXPRESSION,
    CYT_OPTION_NUMBERS,
    CYT_OPTION_AMOUNTS, /* a mapping of names to numbers */
    CYT_OPTION_CHOICES, /* one choice or a list of them */
    CYT_OPTION_ABSOLUTE,
    CYT_OPTION_PAIRS, /* a list of pairs of names */
} cyt_option_kind;

typedef struct cyt_range {
    double low;
    int above; /**< low itself is outside */
    double high;
} cyt_range;

enum { CYT_UNLESS_PRESET = 2 };

typedef struct cyt_option {
    const char *section; /**< NULL in the tables of keys inside a signal or contrast */
    const char *key;     /**< NULL: the section as a whole */
    cyt_option_kind kind;
    int required;      /**< CYT_UNLESS_PRESET: unless a preset gives it */
    int whole;         /**< of numbers: without a fraction */
    size_t field;      /**< offset in cyt_config, of scalars and names of sections */
    const char *start; /**< default as a user would write it; NULL: none */
    const char *unit;  /**< of numbers, "" for others */
    cyt_range range;
    const char *choices[5]; /**< ended by NULL */
    const char *help;       /**< one sentence */
    const struct cyt_option
        *next; /**< of the row that ends a table: where it goes on */
} cyt_option;

/** @name For the rows of tables. */
/** @{ */
#define FIELD(name) offsetof(cyt_config, name)
#define POSITIVE                                                                       \
    {                                                                                  \
        0, 1, INFINITY                                                                 \
    }
/** @} */

/** Rows of sections in the order of help and canonical text; ended by section NULL. Go
 *  through them with cyt_option_next(), since they stand in several tables. */
extern const cyt_option cyt_options[], cyt_options_patterns[], cyt_options_trap[],
    cyt_options_last[];
const cyt_option *cyt_option_next(const cyt_option *row);
/** The row of a key that is there. */
const cyt_option *cyt_option_of(const char *section, const char *key);

/** Keys inside a signal, its `expression`, its `absolute`, and a contrast; ended by key
 *  NULL. */
extern const cyt_option cyt_signal_keys[];
extern const cyt_option cyt_expression_keys[];
extern const cyt_option cyt_absolute_keys[];
extern const cyt_option cyt_contrast_keys[];
extern const cyt_option cyt_crosstalk_keys[];

/** "greater than 0 and at most 1000 um"; returns @p text. */
enum { CYT_RANGE_SIZE = 96 };
const char *cyt_range_text(const cyt_option *row, char text[CYT_RANGE_SIZE]);
/** "zstd, deflate or none"; returns @p text. */
const char *cyt_choices_text(const cyt_option *row, char text[CYT_RANGE_SIZE]);

/** What the functions that turn nodes into values share. Errors stick in `err`. */
typedef struct cyt_config_reader {
    cyt_complaints *complaints;
    cyt_error *err;
    size_t names_left; /**< names that may still be added; bounds any file's memory */
} cyt_config_reader;

/** Complain at the place of a value, or of its key. */
#define CYT_COMPLAIN(reader, at, ...)                                                  \
    cyt_complain((reader)->complaints, (reader)->err, CYT_ERR_CONFIG, (at), __VA_ARGS__)

/* Readers of values: each complains of what does not fit @p row and then leaves the
 * output as it is, but for a number that should be whole: that it is there is of use to
 * checks of what goes together. */
int cyt_value_number(cyt_config_reader *r, const cyt_node *node, const cyt_option *row,
                     double *value);
int cyt_value_choice(cyt_config_reader *r, const cyt_node *node, const cyt_option *row,
                     int *value);
char *cyt_value_name(cyt_config_reader *r, const cyt_node *node, const cyt_option *row);
/** One name or a list of names; none twice. */
void cyt_value_names(cyt_config_reader *r, const cyt_node *node, const cyt_option *row,
                     cyt_names *names);
/** Append unless there already. */
void cyt_names_add_once(cyt_config_reader *r, cyt_names *names, const char *name);

/** Is @p node a map? Complains of other kinds; nothing at all passes as an empty map.
 */
int cyt_value_is_map(cyt_config_reader *r, const cyt_node *node, const char *what);
/** Is @p node a list? Complains of other kinds; NULL and nothing at all are none. */
int cyt_value_is_list(cyt_config_reader *r, const cyt_node *node, const char *what);
/** Complain of keys that are not @p known. @p what: "key" or "section"; @p in: " in a
 *  signal" or "". */
void cyt_check_names(cyt_config_reader *r, const cyt_node *map, const cyt_names *known,
                     const char *what, const char *in);
/** The same, known being the keys of @p rows, of that section where it is not NULL. */
void cyt_check_keys(cyt_config_reader *r, const cyt_node *map, const cyt_option *rows,
                    const char *section, const char *in);
/** Add "; did you mean 'x'?" when one of @p names resembles @p word; else @p label and
 *  all names, or nothing when @p label is NULL. */
void cyt_add_hint(cyt_config_reader *r, cyt_strbuf *b, const char *word,
                  const cyt_names *names, const char *label);

/** Complain of keys that @p rows require and @p map lacks. */
void cyt_check_required(cyt_config_reader *r, const cyt_node *map,
                        const cyt_option *rows, const char *what);

/** Set a scalar of @p config from @p node; nothing to do when @p node is NULL. */
void cyt_option_read(cyt_config_reader *r, const cyt_node *node, const cyt_option *row,
                     cyt_config *config);
/** Set it to its default. */
void cyt_option_reset(const cyt_option *row, cyt_config *config);

/* The structured sections: config_types.c and config_signals.c. @p node may be NULL.
 * Types come first, because signals use them. */
void cyt_read_types(cyt_config_reader *r, const cyt_node *node, cyt_config *config);
void cyt_read_signals(cyt_config_reader *r, const cyt_node *node, cyt_config *config);
void cyt_signals_free(cyt_config *config);
/** Put into each signal that names a preset what it leaves out. */
void cyt_presets_expand(cyt_config_reader *r, const cyt_node *signals);

/** Complain of keys of `tissue` and `compartments` that do not go together, and replace
 *  sets of tumour cells by their types; after all sections were read. */
void cyt_check_tissue(cyt_config_reader *r, const cyt_node *root, cyt_config *config);

/** The row of @p rows that is called @p key, which is there. */
const cyt_option *cyt_key_row(const cyt_option *rows, const char *key);
/** A mapping of names to numbers within the range of @p row; names of sets give each of
 *  their types the number when @p config is not NULL. */
void cyt_value_amounts(cyt_config_reader *r, const cyt_node *node,
                       const cyt_option *row, const cyt_config *config,
                       cyt_amounts *amounts);
/** One number or a list of up to @p most. Returns how many fit, each with its place. */
size_t cyt_value_numbers(cyt_config_reader *r, const cyt_node *node,
                         const cyt_option *row, size_t most, double *value,
                         cyt_place *place);

/** Numbers of a section; complains of more than CYT_MOST_ASCENDING and of those that do
 *  not ascend. config_patterns.c, as the next. */
void cyt_read_ascending(cyt_config_reader *r, const cyt_node *node,
                        const cyt_option *row, cyt_ascending *list);
/** Complain of keys of `patterns` that do not go together; after all were read. */
void cyt_check_patterns(cyt_config_reader *r, const cyt_node *root, cyt_config *config);
/** Of those about genes, permutations, neighbourhoods and niches; config_graph.c, as
 *  the next. */
void cyt_check_graph(cyt_config_reader *r, const cyt_node *root,
                     const cyt_config *config);
/** A list of pairs of names: the first and second of each in turn, none twice. */
void cyt_value_pairs(cyt_config_reader *r, const cyt_node *node, const cyt_option *row,
                     cyt_names *pairs);
void cyt_patterns_config_free(cyt_patterns_config *patterns);

/** Complain of keys of `trap` that do not go together, and replace sets of the
 *  background by their types; after all were read. config_trap.c. */
void cyt_check_trap(cyt_config_reader *r, const cyt_node *root, cyt_config *config);

/* Cross-talk of receptors, and what keys of `block` must say together, with names of
 * sets replaced by types; after all were read. config_block.c. */
void cyt_read_crosstalk(cyt_config_reader *r, const cyt_node *node, cyt_config *config);
void cyt_check_block(cyt_config_reader *r, const cyt_node *root, cyt_config *config);
void cyt_crosstalk_text(cyt_strbuf *b, const cyt_config *config, cyt_error *err);
void cyt_block_config_free(cyt_block_config *block);
/** Complain of decoys and of keys of the screen that do not go together, and give each
 *  decoy the name of its variant; after cyt_check_trap(). config_screen.c. */
void cyt_check_screen(cyt_config_reader *r, const cyt_node *root, cyt_config *config);

/* What a signal spreads in and how it is felt: config_medium.c. */
enum { CYT_MOST_VIEWS = 2 };
void cyt_read_medium(cyt_config_reader *r, const cyt_node *map,
                     const cyt_config *config, cyt_signal_config *signal);
/** The kinds of edge of the field of view that the signal asks for, at least one.
 *  @param view [CYT_MOST_VIEWS] [out] */
size_t cyt_read_views(cyt_config_reader *r, const cyt_node *map, cyt_edge *view);
void cyt_medium_copy(cyt_config_reader *r, const cyt_signal_config *from,
                     cyt_signal_config *to);
void cyt_medium_text(cyt_strbuf *b, const cyt_signal_config *signal, cyt_error *err);
void cyt_medium_config_free(cyt_signal_config *signal);

/* The section `cohort`: config_cohort.c. */
void cyt_read_contrasts(cyt_config_reader *r, const cyt_node *node, cyt_config *config);
void cyt_contrasts_text(cyt_strbuf *b, const cyt_config *config, cyt_error *err);
void cyt_contrasts_free(cyt_config *config);

/** Append the types that @p name stands for: those of the set, or itself. */
void cyt_types_add(cyt_config_reader *r, const cyt_config *config, const char *name,
                   cyt_names *out);
/** Replace each name of a set by its types; none twice. */
void cyt_types_expand(cyt_config_reader *r, const cyt_config *config, cyt_names *names);

/** Append a name between quotes, escaped. */
void cyt_text_quoted(cyt_strbuf *b, const char *text, cyt_error *err);
/** Append names as a list: ["a", "b"]. */
void cyt_text_names(cyt_strbuf *b, const cyt_names *names, cyt_error *err);
/** The canonical text: config_text.c. */
char *cyt_config_text(const cyt_config *config, cyt_error *err);

#endif
