// SPDX-License-Identifier: BSD-3-Clause
#include "config_tree.h"

#include "cytotaxis/csv_record.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/text.h"

#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* State of one parse. */
typedef struct builder {
    struct fy_parser *parser;
    cyt_place base;
    cyt_complaints *complaints;
    cyt_error *err;
    cyt_node *root;
    cyt_node *stack[CYT_TREE_DEPTH]; /* open lists and maps, the innermost last */
    size_t depth;
    char *key; /* read, its value not yet */
    cyt_place key_place;
    size_t n_documents;
    int refused; /* a complaint was made that ends the parse */
} builder;

static void refuse(builder *b, cyt_place place, const char *what)
{
    cyt_complain(b->complaints, b->err, CYT_ERR_CONFIG, place, "%s", what);
    b->refused = 1;
}

/* Bytes before the mark that belong to the event: an opening quote, or the star. */
static size_t lead_of(const struct fy_event *event)
{
    if (event->type == FYET_ALIAS)
        return 1;
    if (event->type != FYET_SCALAR || !event->scalar.value)
        return 0;
    const enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);
    return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

/* Where the event stands; where its key or parent stands when it has no text. */
static cyt_place place_of(const builder *b, struct fy_event *event)
{
    cyt_place place = b->base;
    const struct fy_mark *mark = fy_event_start_mark(event);
    if (place.option)
        return place;
    if (!mark)
        return b->key ? b->key_place : b->depth ? b->stack[b->depth - 1]->place : place;
    place.line = (size_t)mark->line + 1;
    place.column = (size_t)mark->column + 1 - lead_of(event);
    return place;
}

/* The scalar's text, in one line; others are complained of and repaired. */
static char *take_text(builder *b, struct fy_event *event, cyt_place place)
{
    size_t n = 0;
    const char *text =
        event->scalar.value ? fy_token_get_text(event->scalar.value, &n) : NULL;
    char *copy =
        cyt_alloc((text ? n : 0) + 1, 1, "a value of the configuration", b->err);
    if (!copy)
        return NULL;
    if (text)
        memcpy(copy, text, n);
    copy[text ? n : 0] = '\0';
    if (text && (!cyt_text_valid(copy, n) || !cyt_one_line(copy, n))) {
        cyt_complain(b->complaints, b->err, CYT_ERR_CONFIG, place,
                     "line break or control character in a text; write it in one line");
        memcpy(copy, "?", sizeof "?");
    }
    return copy;
}

static void append(cyt_node *parent, cyt_node *node)
{
    if (parent->last)
        parent->last->next = node;
    else
        parent->child = node;
    parent->last = node;
    parent->n++;
}

/* A new node in its place in the tree. */
static cyt_node *add_node(builder *b, struct fy_event *event, cyt_node_kind kind)
{
    cyt_node *node = cyt_calloc(1, sizeof *node, "a node of the configuration", b->err);
    if (!node)
        return NULL;
    node->kind = kind;
    node->place = place_of(b, event);
    node->key_place = b->key ? b->key_place : node->place;
    node->key = b->key;
    b->key = NULL;
    if (b->depth == 0)
        b->root = node;
    else
        append(b->stack[b->depth - 1], node);
    return node;
}

static int wants_key(const builder *b)
{
    return b->depth > 0 && b->stack[b->depth - 1]->kind == CYT_NODE_MAP && !b->key;
}

static void on_scalar(builder *b, struct fy_event *event)
{
    const cyt_place place = place_of(b, event);
    char *text = take_text(b, event, place);
    if (text && wants_key(b)) {
        b->key = text;
        b->key_place = place;
        return;
    }
    cyt_node *node = text ? add_node(b, event, CYT_NODE_SCALAR) : NULL;
    if (!node) {
        free(text);
        return;
    }
    node->text = text;
    node->plain = !event->scalar.value ||
                  fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
}

static void on_start(builder *b, struct fy_event *event, cyt_node_kind kind)
{
    if (wants_key(b))
        refuse(b, place_of(b, event), "a list or mapping as key; write a plain key");
    else if (b->depth == CYT_TREE_DEPTH)
        refuse(b, place_of(b, event), "nested too deeply");
    else {
        cyt_node *node = add_node(b, event, kind);
        if (node)
            b->stack[b->depth++] = node;
    }
}

static void on_document(builder *b, struct fy_event *event)
{
    if (b->n_documents++ > 0)
        refuse(b, place_of(b, event),
               "a second document starts here; a configuration is one document");
}

static void on_event(builder *b, struct fy_event *event)
{
    if (fy_event_get_tag_token(event)) {
        refuse(b, place_of(b, event), "a tag (!name); write the value without it");
        return;
    }
    switch (event->type) {
    case FYET_DOCUMENT_START:
        on_document(b, event);
        break;
    case FYET_SCALAR:
        on_scalar(b, event);
        break;
    case FYET_SEQUENCE_START:
        on_start(b, event, CYT_NODE_LIST);
        break;
    case FYET_MAPPING_START:
        on_start(b, event, CYT_NODE_MAP);
        break;
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        b->depth--;
        break;
    case FYET_ALIAS:
        refuse(b, place_of(b, event), "an alias (*name); write the value out");
        break;
    default:
        break;
    }
}

/* What the parser noted when it gave up. */
static void complain_of_syntax(builder *b, struct fy_diag *diag)
{
    void *state = NULL;
    cyt_place place = b->base;
    const struct fy_diag_error *first = fy_diag_errors_iterate(diag, &state);
    char shown[CYT_SHOWN_SIZE * 3];
    snprintf(shown, sizeof shown, "%s",
             first && first->msg ? first->msg : "unreadable");
    shown[strcspn(shown, "\r\n")] = '\0';
    for (char *c = shown; *c; c++) /* it quotes what it met */
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            *c = '?';
    if (first && !place.option && first->line > 0) {
        place.line = (size_t)first->line;
        place.column = first->column > 0 ? (size_t)first->column : 0;
    }
    cyt_complain(b->complaints, b->err, CYT_ERR_CONFIG, place, "not valid YAML: %s",
                 shown);
    b->refused = 1;
}

static void drain(builder *b)
{
    struct fy_event *event;
    while (!b->refused && b->err->code == CYT_OK &&
           (event = fy_parser_parse(b->parser)) != NULL) {
        on_event(b, event);
        fy_parser_event_free(b->parser, event);
    }
}

/* Run the parser with a silent diagnostic object; 0 when the library cannot start. */
static int run_parser(builder *b, const char *text, size_t n)
{
    struct fy_diag_cfg quiet;
    fy_diag_cfg_default(&quiet);
    quiet.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&quiet);
    if (!diag)
        return 0;
    fy_diag_set_collect_errors(diag, true);
    const struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_JSON_NONE,
                                     .diag = diag};
    b->parser = fy_parser_create(&cfg);
    const int ready = b->parser && fy_parser_set_string(b->parser, text, n) == 0;
    if (ready) {
        drain(b);
        if (!b->refused && b->err->code == CYT_OK &&
            fy_parser_get_stream_error(b->parser))
            complain_of_syntax(b, diag);
    }
    if (b->parser)
        fy_parser_destroy(b->parser);
    fy_diag_destroy(diag);
    return ready;
}

static int by_key(const void *left, const void *right)
{
    const cyt_node *a = *(cyt_node *const *)left, *b = *(cyt_node *const *)right;
    const int order = strcmp(a->key, b->key);
    if (order || a->key_place.line != b->key_place.line)
        return order ? order : a->key_place.line < b->key_place.line ? -1 : 1;
    return (a->key_place.column > b->key_place.column) -
           (a->key_place.column < b->key_place.column);
}

static cyt_code check_map(const cyt_node *map, cyt_complaints *list, cyt_error *err)
{
    cyt_node **sorted = cyt_alloc(map->n, sizeof(cyt_node *), "keys of a mapping", err);
    if (!sorted)
        return err->code;
    size_t n = 0;
    for (cyt_node *entry = map->child; entry; entry = entry->next)
        sorted[n++] = entry;
    if (n > 0)
        qsort(sorted, n, sizeof *sorted, by_key);
    for (size_t i = 1, first = 0; i < n; i++) {
        char shown[CYT_SHOWN_SIZE], at[CYT_FIRST_SIZE];
        if (strcmp(sorted[i]->key, sorted[first]->key) != 0)
            first = i;
        else
            cyt_complain(list, err, CYT_ERR_CONFIG, sorted[i]->key_place,
                         "duplicate key '%s'%s",
                         cyt_text_shown(sorted[i]->key, strlen(sorted[i]->key), shown),
                         cyt_first_text(sorted[first]->key_place, at));
    }
    free(sorted);
    return err->code;
}

static cyt_code check_duplicates(const cyt_node *node, cyt_complaints *list,
                                 cyt_error *err)
{
    cyt_code code = node->kind == CYT_NODE_MAP ? check_map(node, list, err) : CYT_OK;
    for (const cyt_node *c = node->child; c && code == CYT_OK; c = c->next)
        code = check_duplicates(c, list, err);
    return code;
}

cyt_code cyt_tree_parse(const char *text, size_t n, cyt_place base,
                        cyt_complaints *complaints, cyt_node **root, cyt_error *err)
{
    const size_t bom = cyt_csv_bom(text, n);
    builder b = {.base = base, .complaints = complaints, .err = err};
    if (!run_parser(&b, text + bom, n - bom))
        CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "the YAML parser cannot start");
    free(b.key);
    *root = b.root;
    if (b.root && !b.refused && err->code == CYT_OK)
        return check_duplicates(b.root, complaints, err);
    cyt_tree_destroy(b.root);
    *root = NULL;
    return err->code;
}

cyt_node *cyt_tree_create(cyt_error *err)
{
    cyt_node *map = cyt_calloc(1, sizeof *map, "the configuration", err);
    if (map)
        map->kind = CYT_NODE_MAP;
    return map;
}

/* Depth is limited to CYT_TREE_DEPTH and what --set adds, so recursion is safe. */
void cyt_tree_destroy(cyt_node *root)
{
    if (!root)
        return;
    for (cyt_node *child = root->child, *next; child; child = next) {
        next = child->next;
        cyt_tree_destroy(child);
    }
    free(root->text);
    free(root->key);
    free(root);
}
