/**
 * @file xml_pull.h
 * @brief The subset of XML that annotation files need, one element after the other.
 *
 *     <a k="v"> text <b/></a>      OPEN a (k = v)  OPEN b  CLOSE b  CLOSE a  END
 *
 * Elements and attributes are told, text between them is passed over. Comments,
 * processing instructions and CDATA are skipped. There is no DTD: a DOCTYPE is refused,
 * and with it every attack by entities; known are the five of XML 1.0 and references by
 * number. Encodings other than UTF-8 are refused.
 *
 * Memory is that of the struct: depth, attributes and the length of names and values
 * are bounded. Every error names line and column. Reference: XML 1.0, fifth edition,
 * https://www.w3.org/TR/xml/.
 */
#ifndef CYT_XML_PULL_H
#define CYT_XML_PULL_H

#include "read/text/cursor.h"

#include "cytotaxis/status.h"

#include <stddef.h>

enum {
    CYT_XML_DEPTH = 32,
    CYT_XML_NAME = 64, /**< bytes of a name, with a NUL */
    CYT_XML_ATTRIBUTES = 32,
    CYT_XML_TEXT =
        8192, /**< bytes of all names and values of an element's attributes */
};

typedef enum cyt_xml_event { CYT_XML_OPEN, CYT_XML_CLOSE, CYT_XML_END } cyt_xml_event;

/** Offsets into cyt_xml.text, where both end with a NUL. */
typedef struct cyt_xml_attribute {
    size_t name, value, length; /**< length of the value */
    cyt_spot spot;              /**< of the value */
} cyt_xml_attribute;

typedef struct cyt_xml {
    cyt_cursor *in; /**< borrowed */
    cyt_xml_event event;
    cyt_spot spot;                          /**< of the '<' */
    char name[CYT_XML_DEPTH][CYT_XML_NAME]; /**< of the elements that are open */
    cyt_spot opened[CYT_XML_DEPTH];
    size_t depth; /**< with the element just opened; without the one just closed */
    size_t n_attributes;
    cyt_xml_attribute attribute[CYT_XML_ATTRIBUTES]; /**< of the element opened last */
    char text[CYT_XML_TEXT];
    size_t text_n;
    int closes;   /**< the element opened last ends at once: <a/> */
    int has_root; /**< the root element has begun */
} cyt_xml;

/** Begin with the document at the cursor, which is borrowed. */
void cyt_xml_init(cyt_xml *xml, cyt_cursor *in);

/** The next event. @return CYT_OK; CYT_ERR_DATA with line and column; CYT_ERR_IO */
CYT_NODISCARD cyt_code cyt_xml_next(cyt_xml *xml, cyt_error *err);

/** The name of the element just opened. */
const char *cyt_xml_name(const cyt_xml *xml);

/** An attribute of the element just opened; NULL if it has none of that name. */
const cyt_xml_attribute *cyt_xml_find(const cyt_xml *xml, const char *name);
const char *cyt_xml_value(const cyt_xml *xml, const cyt_xml_attribute *attribute);

/** Pass over the rest of the element just opened, up to its CLOSE. */
CYT_NODISCARD cyt_code cyt_xml_skip(cyt_xml *xml, cyt_error *err);

#endif
