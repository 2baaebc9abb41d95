/**
 * @file json_pull.h
 * @brief JSON, one event after the other: for files much larger than memory should be.
 *
 *     {"a": [1, "x"]}    OBJECT  KEY a  ARRAY  NUMBER 1  TEXT x  ARRAY_END  OBJECT_END
 *
 * Strict after RFC 8259 (doi:10.17487/RFC8259): no comments, no trailing commas, no
 * leading zeros, surrogates in pairs. One liberty: NaN, Infinity and -Infinity are read
 * as numbers, because QuPath writes them among its measurements.
 *
 * Memory is that of the struct: the stack of open brackets is bounded, texts are kept
 * up to CYT_JSON_TEXT bytes and told to be cut when longer. Every error names line and
 * column.
 */
#ifndef CYT_JSON_PULL_H
#define CYT_JSON_PULL_H

#include "read/text/cursor.h"

#include "cytotaxis/status.h"

#include <stddef.h>

enum {
    CYT_JSON_DEPTH = 64,  /**< brackets open at once */
    CYT_JSON_TEXT = 1024, /**< bytes of a text that are kept, and of a number */
};

typedef enum cyt_json_event {
    CYT_JSON_END, /**< of the document */
    CYT_JSON_OBJECT,
    CYT_JSON_OBJECT_END,
    CYT_JSON_ARRAY,
    CYT_JSON_ARRAY_END,
    CYT_JSON_KEY,
    CYT_JSON_STRING,
    CYT_JSON_NUMBER,
    CYT_JSON_TRUE,
    CYT_JSON_FALSE,
    CYT_JSON_NULL,
} cyt_json_event;

typedef struct cyt_json {
    cyt_cursor *in; /**< borrowed */
    cyt_json_event event;
    cyt_spot spot;                /**< where the event begins */
    char text[CYT_JSON_TEXT + 8]; /**< of a key, a string or a number */
    size_t length;
    int cut;       /**< the text was longer */
    double number; /**< correctly rounded; not finite where too large, or NaN */
    size_t depth;
    char open[CYT_JSON_DEPTH]; /**< '{' or '[' */
    int state;
} cyt_json;

/** Begin with the document at the cursor, which is borrowed. */
void cyt_json_init(cyt_json *json, cyt_cursor *in);

/** The next event. After CYT_JSON_END there is no other. */
CYT_NODISCARD cyt_code cyt_json_next(cyt_json *json, cyt_error *err);

/** Pass over the rest of the value whose first event is the present one. */
CYT_NODISCARD cyt_code cyt_json_skip(cyt_json *json, cyt_error *err);

/** Is the present event the key or string @p text? */
int cyt_json_is(const cyt_json *json, const char *text);

/** The present event for a message: "an array", "a text". */
const char *cyt_json_what(const cyt_json *json);

#endif
