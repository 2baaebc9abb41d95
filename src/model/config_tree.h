/**
 * @file config_tree.h
 * @brief YAML or JSON as a tree of nodes, each knowing where it stands.
 *
 * Built from the parser's events, so that any bytes cost at most a node per few bytes:
 * nesting is limited, aliases (which could multiply) and tags are refused, and
 * duplicate keys are complained of instead of ending the parse.
 */
#ifndef CYT_CONFIG_TREE_H
#define CYT_CONFIG_TREE_H

#include "complaint.h"

enum { CYT_TREE_DEPTH = 16 };

typedef enum cyt_node_kind {
    CYT_NODE_SCALAR,
    CYT_NODE_LIST,
    CYT_NODE_MAP
} cyt_node_kind;

typedef struct cyt_node {
    cyt_node_kind kind;
    int plain;           /**< a scalar without quotes */
    char *text;          /**< of a scalar, one line */
    char *key;           /**< of an entry of a map, one line; NULL in a list */
    cyt_place place;     /**< of the value */
    cyt_place key_place; /**< of the key; the value's own in a list */
    size_t n;            /**< children */
    struct cyt_node *child, *last, *next;
} cyt_node;

/**
 * Parse @p text, borrowed until return.
 * @param base  option and order of all places; line and column are counted only when it
 *              is the file
 * @param root  [out] NULL for an empty text and after a complaint that ends the parse;
 *              duplicate keys and control characters are complained of and do not
 */
CYT_NODISCARD cyt_code cyt_tree_parse(const char *text, size_t n, cyt_place base,
                                      cyt_complaints *complaints, cyt_node **root,
                                      cyt_error *err);

/** Put the value of "section.key=value" or "section=value" into @p root, replacing.
 *  @param base  option (also what complaints quote) and order, without a line */
CYT_NODISCARD cyt_code cyt_tree_set(cyt_node *root, const char *set, cyt_place base,
                                    cyt_complaints *complaints, cyt_error *err);

/** An empty map, or NULL with CYT_ERR_MEMORY. */
cyt_node *cyt_tree_create(cyt_error *err);
void cyt_tree_destroy(cyt_node *root);

/** First entry of that key, NULL when there is none or @p map is no map. */
cyt_node *cyt_node_entry(const cyt_node *map, const char *key);
/** Is it null, ~ or nothing at all, unquoted? */
int cyt_node_is_null(const cyt_node *node);
/** "a list", "a mapping" or the scalar, quoted and cut; for messages. */
const char *cyt_node_shown(const cyt_node *node, char *shown, size_t size);

#endif
